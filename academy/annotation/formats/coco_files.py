"""One COCO file, looked through once: its labels, its pictures, and its annotations put aside by picture.

A file of any size: pictures and the places of annotations stay in memory, annotations wait on disk (streams.Groups).
"""

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from academy.annotation.formats.coco_objects import IMAGE_LABEL, KNOWN, has_geometry, is_id, key_of
from academy.annotation.formats.found import FoundLabel, Problem, plain_label
from academy.annotation.formats.places import Place
from academy.annotation.formats.streams import Groups, JsonStream, is_number
from academy.grading.documents import LONGEST_NAME
from academy.grading.shapes import KINDS
from academy.i18n import Sentence, say

ROLES = ("instances", "person_keypoints", "stuff", "captions", "labels", "panoptic", "image_info")
"""What the several files of one set hold, as COCO calls them: several may speak of one picture."""
SUBSETS = ("train", "val", "valid", "test", "trainval", "minival", "testdev", "unlabeled")
_SUBSET = re.compile(rf"(?:^|[_\-.])({'|'.join(SUBSETS)})\d*$")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Image(NamedTuple):
    """A picture as the file lists it. `labelled`: None where the file does not say."""

    group: int
    name: str
    size: tuple[float, float] | None
    labelled: bool | None


@dataclass(slots=True)
class CocoFile:
    """What one file holds. `results`: it is a list of answers without pictures of its own."""

    path: Path
    name: str
    groups: Groups
    subset: str = ""
    role: str = "instances"
    kind: str = ""
    results: bool = False
    labels: dict[Any, str] = field(default_factory=dict)
    listed: list[FoundLabel] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)
    """The group of each picture's id."""
    problems: list[Problem] = field(default_factory=list)
    doubles: set[int] = field(default_factory=set)
    """Places of annotations whose id stood in the file before."""
    geometry: bool = False
    panoptic: bool = False
    several: bool = False
    """Some picture has more than one label of its own."""

    def complain(self, about: str | None, sentence: Sentence, lost: int = 0) -> None:
        self.problems.append(Problem(self.name, about, sentence, lost))

    def group(self, image_id: Any) -> int:
        return self.numbers.setdefault(image_id, len(self.numbers))


def look_through(path: Path, place: Place) -> CocoFile | None:
    """Everything of a file but its annotations themselves; None if it is no COCO file. Raises BrokenJson."""
    stem = path.stem.removesuffix(".coco")
    found = _SUBSET.search(stem.lower()) or _SUBSET.search(path.parent.name.lower())
    file = CocoFile(path, _name(path, place), Groups(), subset=found[1] if found else "")
    file.role = next((role for role in ROLES if stem.lower().startswith(role)), "instances")
    stream, look = JsonStream(path), _Look(file)
    for record in stream:
        if record.section in ("annotations", ""):
            look.annotation(record.value, stream.text)
        elif record.section == "images":
            look.image(record.value)
        elif record.section == "categories":
            look.category(record.value)
        elif record.section == "info" and isinstance(record.value, Mapping):
            file.kind = record.value["kind"] if record.value.get("kind") in KINDS else ""
    file.results = "" in stream.lists
    listed = "images" in stream.lists and (file.images or "annotations" in stream.lists)
    if not (look.answers if file.results else listed):
        file.groups.close()
        return None
    look.finish()
    return file


def _name(path: Path, place: Place) -> str:
    return place.name(path) if path.is_relative_to(place.root) else path.name


class _Look:
    """Looks at the records of a file as they pass."""

    def __init__(self, file: CocoFile) -> None:
        self.file = file
        self.ids = array("q")
        self.seen: set[Any] = set()
        self.names: set[str] = set()
        self.unread: set[str] = set()
        self.image_labels: dict[int, int] = {}
        self.captions = self.answers = 0

    def annotation(self, annotation: Any, text: str) -> None:
        file, own = self.file, annotation.get("id") if isinstance(annotation, Mapping) else None
        place = len(self.ids)
        # A hash of 64 bits, so that a million ids take eight bytes each.
        self.ids.append(hash(str(own)) if is_id(own) else hash(("", place)))
        if not isinstance(annotation, Mapping):
            file.complain(key_of(annotation, place + 1), say("This annotation is no JSON object; it was not imported."),
                          1)  # fmt: skip
            return
        image_id = annotation.get("image_id")
        if not is_id(image_id):
            sentence = say("The annotation names no picture; it was not imported.")
            file.complain(key_of(annotation, place + 1), sentence, _count(annotation))
            return
        group = file.group(image_id)
        file.groups.add(group, f'{{"place":{place},"said":{text}}}')
        self.answers += "category_id" in annotation or "caption" in annotation
        self.captions += "caption" in annotation
        self.unread |= annotation.keys() - KNOWN
        file.panoptic |= "segments_info" in annotation
        if has_geometry(annotation):
            file.geometry = True
        elif "caption" not in annotation and annotation.get("shape", IMAGE_LABEL) == IMAGE_LABEL:
            self.image_labels[group] = self.image_labels.get(group, 0) + (not annotation.get("accepted"))

    def image(self, image: Any) -> None:
        file, place = self.file, len(self.seen) + 1
        image_id = image.get("id") if isinstance(image, Mapping) else None
        if not is_id(image_id) or not isinstance(image.get("file_name"), str) or not image["file_name"].strip():
            file.complain(None, say("Picture %(place)s of the list has no id or no file name; it was not imported.",
                                    place=place))  # fmt: skip
            self.seen.add(("", place))
            return
        if image_id in self.seen:
            file.complain(None, say("Two pictures have the id %(id)s; the second was not imported.", id=str(image_id)))
            return
        self.seen.add(image_id)
        width, height = image.get("width"), image.get("height")
        size = (width, height) if is_number(width) and is_number(height) and width > 0 and height > 0 else None
        labelled = image.get("labelled") if isinstance(image.get("labelled"), bool) else None
        file.images.append(Image(file.group(image_id), image["file_name"], size, labelled))

    def category(self, category: Any) -> None:
        file, place = self.file, len(self.file.labels) + 1
        own = category.get("id") if isinstance(category, Mapping) else None
        name = category.get("name") if isinstance(category, Mapping) else None
        name = plain_label(name)[:LONGEST_NAME] if isinstance(name, str) else ""
        if not is_id(own) or not name:
            file.complain(None, say("Category %(place)s of the list has no id or no name.", place=place))
            return
        if own in file.labels:
            file.complain(None, say("Two categories have the id %(id)s; the second was passed over.", id=str(own)))
            return
        file.labels[own] = name
        if name in self.names:
            sentence = say("Two categories are called %(label)s; they were taken as one label.", label=name)
            file.complain(None, sentence)
            return
        self.names.add(name)
        file.listed.append(label_of(name, category))

    def finish(self) -> None:
        file = self.file
        ids = np.asarray(self.ids, np.int64)
        order = np.argsort(ids, kind="stable")
        again = np.flatnonzero(ids[order][1:] == ids[order][:-1]) + 1
        file.doubles = set(order[again].tolist())
        file.groups.close_in(len(file.numbers))
        file.several = any(count > 1 for count in self.image_labels.values())
        if file.panoptic:
            file.role = "panoptic"
        elif self.captions and not file.geometry and not self.image_labels:
            file.role = "captions"
        elif self.image_labels and not file.geometry:
            file.role = "labels"
        if self.unread:
            names = ", ".join(sorted(self.unread)[:10])
            file.complain(None, say("Annotations also say %(names)s, which is not kept.", names=names[:300]))


def _count(annotation: Mapping[str, Any]) -> int:
    segments = annotation.get("segments_info")
    return len(segments) if isinstance(segments, list) else 1


def label_of(name: str, category: Mapping[str, Any]) -> FoundLabel:
    """A category as a label. Titles, hotkeys and the like are ours; COCO knows names, families and skeletons."""

    def text(key: str) -> str:
        value = category.get(key)
        return plain_label(value) if isinstance(value, str) else ""

    family = text("supercategory")
    family = "" if family.lower() == "none" or family == name else family
    attributes = category.get("attributes")
    return FoundLabel(
        name=name,
        color=_colour(category.get("color")),
        title=text("title"),
        parent=(text("parent") or family)[:LONGEST_NAME],
        hotkey=text("hotkey"),
        description=text("description"),
        skeleton=_skeleton(category),
        attributes=tuple(thing for thing in attributes if isinstance(thing, Mapping))
        if isinstance(attributes, list)
        else (),
    )


def _colour(value: Any) -> str:
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value.lower()
    if isinstance(value, list) and len(value) == 3 and all(type(part) is int and 0 <= part < 256 for part in value):
        return "#{:02x}{:02x}{:02x}".format(*value)
    return ""


def _skeleton(category: Mapping[str, Any]) -> dict[str, Any]:
    """COCO counts the points of its edges from 1; some tools write from 0."""
    points, edges = category.get("keypoints"), category.get("skeleton")
    pairs = [
        edge for edge in edges if isinstance(edge, list) and len(edge) == 2 and all(type(end) is int for end in edge)
    ] if isinstance(edges, list) else []  # fmt: skip
    names = [str(point) for point in points] if isinstance(points, list) else []
    first = 0 if any(0 in edge for edge in pairs) else 1
    most = max((end for edge in pairs for end in edge), default=first - 1) - first + 1
    if not names and most > 0:
        names = [str(number) for number in range(1, min(most, 1_000) + 1)]
    ends = [[edge[0] - first, edge[1] - first] for edge in pairs]
    ends = [edge for edge in ends if min(edge) >= 0 and max(edge) < len(names)]
    return {"points": names, "edges": ends} if names else {}


def annotations_of(file: CocoFile, group: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The annotations of one picture with their places in the file's list (from 0)."""
    for _, kept in file.groups.of(group):
        yield kept["place"], kept["said"]
