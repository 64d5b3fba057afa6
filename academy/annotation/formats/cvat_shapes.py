"""The shapes of CVAT's XML, read: each element becomes an object of a document.

Two shapes have no place among ours and are kept as the nearest that has: an ellipse as a polygon (`ellipse` in its
attributes), a cuboid drawn into a picture as its eight corners (`cuboid` in its attributes). Both are said, and both go
out again as what they were.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from academy.annotation.formats import masks, own
from academy.annotation.formats.found import FoundLabel, FoundObject, whole
from academy.annotation.formats.xml import RefusedXml, number, parse_xml
from academy.i18n import Sentence, say
from academy.safe_json import RefusedJson, parse_json

CUBOID_CORNERS = tuple(f"{side}{face}" for face in "12" for side in ("tl", "bl", "tr", "br"))
"""The corners of a cuboid in CVAT's order: the near face, then the far one."""


_FOREIGN = re.compile(r"[^0-9eE+\-.,; \n\r\t]")


class Unusable(ValueError):
    """The element can not become an object; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass
class Labels:
    """What the head of the file says of its labels."""

    found: dict[str, FoundLabel] = field(default_factory=dict)

    def add(self, element: ET.Element) -> FoundLabel | None:
        """One <label>; None for the points of a skeleton (they belong to it) and for what has no name."""
        name = own.label_or_none(element.findtext("name"))
        if not name or element.findtext("parent") or name in self.found:
            return None
        said = {fact: element.get(fact, "") for fact in ("title", "hotkey", "description", "parent")}
        label = FoundLabel(
            name,
            color=(element.findtext("color") or "").strip(),
            skeleton=_skeleton(element.findtext("svg")),
            attributes=tuple(filter(None, map(_attribute_spec, element.findall("attributes/attribute")))),
            **said,
        )
        self.found[name] = label
        return label

    def type_of(self, label: str, attribute: str) -> str:
        known = self.found.get(label)
        specs = known.attributes if known else ()
        return next((spec["type"] for spec in specs if spec["name"] == attribute), "")

    def points_of(self, label: str) -> list[str]:
        known = self.found.get(label)
        return list(known.skeleton.get("points", ())) if known else []


def _attribute_spec(element: ET.Element) -> dict[str, Any] | None:
    name = (element.findtext("name") or "").strip()
    if not name:
        return None
    values, default = element.findtext("values") or "", (element.findtext("default_value") or "").strip()
    listed = values.split("\n")
    if len(listed) == 1 and default in values.split() and element.find("values[@parted]") is None:
        listed = values.split()  # datumaro's way of writing the list
    spec = {
        "name": name,
        "type": (element.findtext("input_type") or "text").strip(),
        "values": [value.strip() for value in listed if value.strip()],
    }
    said = {"default": default, "mutable": (element.findtext("mutable") or "").strip().lower() == "true"}
    return spec | {fact: value for fact, value in said.items() if value}


def _skeleton(svg: str | None) -> dict[str, Any]:
    """The points and edges of the drawing that CVAT keeps of a skeleton."""
    try:
        drawing = parse_xml(f"<svg>{svg or ''}</svg>".encode())
    except RefusedXml:
        return {}
    nodes: dict[str, str] = {}
    for circle in drawing.iter("circle"):
        node = circle.get("data-node-id") or circle.get("data-element-id") or str(len(nodes) + 1)
        nodes[node] = circle.get("data-label-name") or node
    places = {node: place for place, node in enumerate(nodes)}
    edges = [
        [places.get(line.get(f"data-node-{end}", ""), -1) for end in ("from", "to")] for line in drawing.iter("line")
    ]
    return {"points": list(nodes.values()), "edges": [edge for edge in edges if -1 not in edge]} if nodes else {}


# Objects -----------------------------------------------------------------------------------------------------------


def found_object(
    element: ET.Element, fallback: str, labels: Labels, size: tuple[int, int] | None
) -> tuple[FoundObject, list[Sentence]]:
    """The object of an element and what is to be said of it. Raises Unusable.

    size: width and height of the picture, for masks.
    """
    label = own.label_or_none(element.get("label"))
    said = [] if label else [own.unlabelled()]
    label = label or own.UNLABELLED
    read = _READERS.get(element.tag)
    if read is None:
        raise Unusable(
            say(
                "%(label)s: we do not know the shape <%(shape)s>; the object was not imported.",
                label=label,
                shape=element.tag,
            )
        )
    facts = own.from_text(element.get(own.KEY))
    try:
        shape, value = read(element, facts, labels.points_of(label), size)
    except own.TooManyPoints as error:
        raise Unusable(own.too_many_points(label)) from error
    except (TypeError, ValueError) as error:
        raise Unusable(
            say(
                "%(label)s: a number of the %(shape)s is missing or is none; the object was not imported.",
                label=label,
                shape=element.tag,
            )
        ) from error
    attributes = attributes_of(element, label, labels)
    if element.tag == "ellipse":
        attributes["ellipse"] = _ellipse_numbers(element)
        said.append(
            say(
                "%(label)s: the ellipse was kept as a polygon of %(corners)s corners.", label=label, corners=own.CORNERS
            )
        )
    if element.tag == "cuboid":
        attributes["cuboid"] = True
        said.append(say("%(label)s: the cuboid was kept as its eight corners (key points).", label=label))
    return own.found_object(
        shape, value, label, fallback=fallback, facts=facts, attributes=attributes, called=fallback
    ), said


def attributes_of(element: ET.Element, label: str, labels: Labels) -> dict[str, Any]:
    """What the object says of itself; CVAT's own marks (occluded, group, order) among it."""
    attributes: dict[str, Any] = {}
    if element.get("occluded") == "1":
        attributes["occluded"] = True
    for mark, name in (("z_order", "z_order"), ("group_id", "group")):
        at = number(element.get(mark))
        if at:
            attributes[name] = whole(at)
    for one in element.findall("attribute"):
        name = one.get("name") or ""
        if name:
            attributes[name] = attribute_value(one, labels.type_of(label, name))
    return attributes


def attribute_value(element: ET.Element, kind: str) -> Any:
    text = element.text or ""
    if element.get("json") == "1":
        try:
            return parse_json(text)
        except RefusedJson:
            return text
    if kind == "checkbox" and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    value = number(text) if kind == "number" else None
    return text if value is None else whole(value)


Geometry = tuple[str, Any]


def _number(element: ET.Element, name: str) -> float:
    value = number(element.get(name))
    if value is None:
        raise ValueError(name)
    return whole(value)


def box_of(element: ET.Element) -> list[float]:
    left, top, right, bottom = (_number(element, edge) for edge in ("xtl", "ytl", "xbr", "ybr"))
    return [left, top, whole(right - left), whole(bottom - top)]


def points_of(text: str | None) -> list[list[float]]:
    """Points as CVAT writes them: "1.5,2;3,4". Raises ValueError."""
    text = text or ""
    own.few_enough(text.count(";") + 1)
    if _FOREIGN.search(text):  # float() knows more kinds of numbers than we take
        raise ValueError(text[:80])
    points = []
    for written in text.split(";"):
        x, y = written.split(",")
        points.append([_plain(float(x)), _plain(float(y))])
    return points


def _plain(value: float) -> float:
    if math.isinf(value):
        raise ValueError(value)
    return int(value) if value.is_integer() else value


def _box(element: ET.Element, facts: Mapping[str, Any], _names: list[str], _size: Any) -> Geometry:
    left, top, width, height = box_of(element)
    degrees = _number(element, "rotation") if element.get("rotation") else 0
    if not degrees and not facts.get("turned"):
        return "box", [left, top, width, height]
    return "rotated_box", [left + width / 2, top + height / 2, width, height, degrees]


def _polygon(element: ET.Element, _facts: Any, _names: Any, _size: Any) -> Geometry:
    return "polygon", [[points_of(element.get("points"))]]


def _polyline(element: ET.Element, _facts: Any, _names: Any, _size: Any) -> Geometry:
    return "polyline", points_of(element.get("points"))


def _points(element: ET.Element, _facts: Any, _names: Any, _size: Any) -> Geometry:
    points = points_of(element.get("points"))
    return ("point", points[0]) if len(points) == 1 else ("keypoints", [[x, y, 2] for x, y in points])


def _skeleton_points(element: ET.Element, _facts: Any, names: list[str], _size: Any) -> Geometry:
    """In the order of the label's skeleton if the file names its points, else as they stand."""
    drawn: dict[str, list[float]] = {}
    in_order = []
    for point in element.findall("points"):
        ((x, y),) = points_of(point.get("points"))
        seen = 0 if point.get("outside") == "1" else 1 if point.get("occluded") == "1" else 2
        in_order.append([x, y, seen])
        drawn[point.get("label") or ""] = in_order[-1]
    if not in_order:
        raise ValueError("no points")
    if names and len(drawn) == len(in_order) and set(drawn) <= set(names):
        return "keypoints", [drawn.get(name, [0, 0, 0]) for name in names]
    return "keypoints", in_order


def _cuboid(element: ET.Element, _facts: Any, _names: Any, _size: Any) -> Geometry:
    corners = [[_number(element, f"x{corner}"), _number(element, f"y{corner}"), 2] for corner in CUBOID_CORNERS]
    return "keypoints", corners


def _ellipse_numbers(element: ET.Element) -> list[float]:
    degrees = _number(element, "rotation") if element.get("rotation") else 0
    return [*(_number(element, name) for name in ("cx", "cy", "rx", "ry")), degrees]


def _ellipse(element: ET.Element, _facts: Any, _names: Any, _size: Any) -> Geometry:
    middle_x, middle_y, radius_x, radius_y, degrees = _ellipse_numbers(element)
    return "polygon", [[own.ellipse(middle_x, middle_y, radius_x, radius_y, degrees)]]


def _mask(element: ET.Element, _facts: Any, _names: Any, size: tuple[int, int] | None) -> Geometry:
    """Runs row by row inside the mask's own rectangle, nothing first."""
    left, top, width, height = (int(_number(element, name)) for name in ("left", "top", "width", "height"))
    runs = [int(run) for run in (element.get("rle") or "").split(",")]
    if (
        size is None
        or size[0] * size[1] > masks.MOST_PIXELS
        or min(left, top, *runs) < 0
        or sum(runs) != width * height
    ):
        raise ValueError("runs")
    if left + width > size[0] or top + height > size[1]:
        raise ValueError("outside")
    inside = np.repeat(np.arange(len(runs), dtype=np.uint8) % 2, runs).reshape(height, width)
    grid = np.zeros((size[1], size[0]), bool)
    grid[top : top + height, left : left + width] = inside
    return "mask", masks.from_grid(grid)


_READERS = {
    "box": _box, "polygon": _polygon, "polyline": _polyline, "points": _points, "skeleton": _skeleton_points,
    "cuboid": _cuboid, "ellipse": _ellipse, "mask": _mask,
}  # fmt: skip


def with_parts(objects: Iterator[tuple[FoundObject, bool]]) -> list[FoundObject]:
    """Polygons of several parts, which we write as several with one id, put together again."""
    whole_ones: dict[str, FoundObject] = {}
    for thing, is_part in objects:
        first = whole_ones.get(thing.id)
        if is_part and first is not None and first.shape == thing.shape == "polygon":
            first.value.extend(thing.value)
        else:
            whole_ones[f"{thing.id}\0{len(whole_ones)}" if thing.id in whole_ones else thing.id] = thing
    return list(whole_ones.values())
