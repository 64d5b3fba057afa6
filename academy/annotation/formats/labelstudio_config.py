"""Label Studio's labelling configuration: which labels there are, what each control says, and of which data.

<View><Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Car" background="blue"/></RectangleLabels></View>
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import ImageColor

from academy.annotation.formats import own
from academy.annotation.formats.found import FoundLabel
from academy.annotation.formats.xml import add, xml_bytes

MEDIA_TAGS: Mapping[str, str] = {
    "image": "picture", "text": "text", "hypertext": "hypertext", "paragraphs": "paragraphs", "audio": "sound",
    "audioplus": "sound", "video": "video", "timeseries": "timeseries", "list": "list", "table": "table",
}  # fmt: skip
"""What each object tag shows."""
_CHOSEN = ("choice", "label")


@dataclass(frozen=True, slots=True)
class Control:
    """One way of answering: a set of labels, of choices, a field for text."""

    name: str
    type: str
    of: tuple[str, ...]
    """The names of the objects it is about."""
    labels: tuple[FoundLabel, ...] = ()
    several: bool = False
    """Whether more than one may be chosen."""


@dataclass(frozen=True, slots=True)
class Config:
    controls: Mapping[str, Control] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    """Which entry of a task's data each object shows, by the object's name."""
    shows: Mapping[str, str] = field(default_factory=dict)
    """What kind of thing each object is (a value of MEDIA_TAGS)."""

    def fitness(self, results: Iterable[Mapping[str, Any]]) -> int:
        """How many answers have their control here."""
        return sum(
            (control := self.controls.get(str(one.get("from_name")))) is not None and control.type == one.get("type")
            for one in results
        )

    def labels(self) -> Iterable[FoundLabel]:
        return (label for control in self.controls.values() for label in control.labels)


def config_of(root: ET.Element) -> Config | None:
    """The configuration below <View>; None if this is another XML."""
    if root.tag != "View":
        return None
    controls: dict[str, Control] = {}
    data: dict[str, str] = {}
    shows: dict[str, str] = {}
    for element in root.iter():
        tag, name = element.tag.lower(), element.get("name") or ""
        if element.get("toName"):
            of = tuple(part.strip() for part in (element.get("toName") or "").split(","))
            labels = tuple(_labels(element, tag))
            several = "multiple" in (element.get("choice") or "", element.get("selection") or "") or tag == "taxonomy"
            controls[name] = Control(name, tag, of, labels, several)
        elif tag in MEDIA_TAGS and name:
            data[name] = (element.get("value") or element.get("valueList") or "").lstrip("$")
            shows[name] = MEDIA_TAGS[tag]
    return Config(controls, data, shows)


def _labels(control: ET.Element, tag: str, above: str = "") -> Iterable[FoundLabel]:
    for element in control:
        if element.tag.lower() not in _CHOSEN:
            if tag != "taxonomy":
                yield from _labels(element, tag, above)
            continue
        value = own.label_or_none(element.get("alias") or element.get("value"))
        if not value:
            continue
        name = f"{above}/{value}" if above and tag == "taxonomy" else value
        title = own.label_or_none(element.get("value")) if element.get("alias") else ""
        yield FoundLabel(
            name,
            color=color(element.get("background") or ""),
            title=title,
            parent=above,
            hotkey=element.get("hotkey") or "",
            description=element.get("hint") or "",
        )
        yield from _labels(element, tag, name)


def color(written: str) -> str:
    """A colour as #rrggbb; "" if nobody can say which it is."""
    found = re.fullmatch(r"rgba\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,[^)]*\)", written.strip())
    try:
        parts = tuple(int(part) for part in found.groups()) if found else ImageColor.getrgb(written.strip())
    except ValueError:
        return ""
    return "#{:02x}{:02x}{:02x}".format(*(min(part, 255) for part in parts[:3]))


# Writing -----------------------------------------------------------------------------------------------------------

LABEL_TAGS: Mapping[str, str] = {
    "rectanglelabels": "RectangleLabels", "polygonlabels": "PolygonLabels", "keypointlabels": "KeyPointLabels",
    "brushlabels": "BrushLabels", "vectorlabels": "VectorLabels", "ellipselabels": "EllipseLabels", "labels": "Labels",
}  # fmt: skip


@dataclass
class Needs:
    """What a set has, and so what its configuration must offer."""

    shows: dict[str, str] = field(default_factory=dict)
    """Object tags by their name, which is also the name in the data."""
    types: dict[str, str] = field(default_factory=dict)
    """Types of answers, with the object they are about."""
    several: bool = False
    pair: tuple[str, ...] = ()


def write_config(needs: Needs, labels: Iterable[FoundLabel]) -> bytes:
    listed = list(labels)
    root = ET.Element("View")
    for name, tag in needs.shows.items():
        add(root, tag, **{"name": name, "value": f"${name}"})
    for kind, of in needs.types.items():
        if kind in LABEL_TAGS:
            control = add(root, LABEL_TAGS[kind], **{"name": kind, "toName": of})
            _write_labels(control, "Label", listed)
        elif kind == "choices":
            control = add(root, "Choices", **{"name": kind, "toName": of})
            if needs.several:
                control.set("choice", "multiple")
            _write_labels(control, "Choice", listed)
        elif kind == "textarea":
            add(root, "TextArea", **{"name": kind, "toName": of})
        elif kind == "videorectangle":
            add(root, "VideoRectangle", **{"name": kind, "toName": of})
            _write_labels(add(root, "Labels", **{"name": "tracklabels", "toName": of}), "Label", listed)
        elif kind == "pairwise":
            add(root, "Pairwise", **{"name": kind, "toName": ",".join(needs.pair)})
        elif kind == "relation":
            relations = add(root, "Relations")
            _write_labels(relations, "Relation", listed)
    return xml_bytes(root)


def _write_labels(control: ET.Element, tag: str, labels: Iterable[FoundLabel]) -> None:
    for label in labels:
        element = add(control, tag, value=label.name)
        for name, fact in (("background", label.color), ("hotkey", label.hotkey), ("hint", label.description)):
            if fact:
                element.set(name, fact)


def merged(label: FoundLabel, beside: FoundLabel | None) -> FoundLabel:
    """A label with what our own file beside the configuration says of it."""
    if beside is None:
        return label
    facts = ("color", "title", "parent", "hotkey", "description", "skeleton", "attributes")
    return replace(label, **{fact: getattr(beside, fact) or getattr(label, fact) for fact in facts})
