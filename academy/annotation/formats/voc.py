"""Pascal VOC: one XML file for each picture, lists of pictures, and masks as pictures of classes and of objects.

Coordinates are taken as they stand, without a +1: a box from 10 to 20 is 10 wide. `difficult` objects become optional
gold, as they count neither way in VOC. Parts become objects that name the one they belong to (attribute `part_of`),
actions become attributes. The `path` element names a place on somebody else's computer and is never read. What VOC has
no place for goes into an <academy> element of the object, which other tools pass over; turned boxes go out as
<robndbox>, as roLabelImg writes them, beside the box around them.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from academy.annotation.formats import own, voc_lists, voc_masks, voc_writing
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    Options,
    Problem,
    UnreadableSource,
    near,
)
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.sidecar import read_labels, read_names
from academy.annotation.formats.voc_writing import MARKS
from academy.annotation.formats.xml import RefusedXml, number, read_xml
from academy.i18n import Sentence, say

_LOOKED_AT = 5
_HEAD = 16 * 1024


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every picture of a VOC folder, or that of one XML file."""
    files = [path for path in place.labels(".xml") if path.suffix.lower() == ".xml"]
    if not files and not voc_lists.are_there(place):
        raise UnreadableSource(say("%(place)s holds no XML files.", place=place.path.name))
    source = _Source(place, options)
    yield from source.labels.values()
    yield from source.lists.problems(place.name(files[0]) if files else "")
    for file in files:
        yield from source.items_of(file)
    if place.file is None:
        yield from source.left_over()


class _Source:
    """What the files of one folder share."""

    def __init__(self, place: Place, options: Options) -> None:
        self.place, self.options = place, options
        self.pairing = Pairing(place, passed=voc_masks.FOLDERS)
        self.labels = read_labels(place)
        self.lists = voc_lists.Lists(place)
        self.masks = voc_masks.Masks(place, tuple(self.labels))
        self.names = read_names(place)
        self.seen: dict[Path, str] = {}

    def items_of(self, file: Path) -> Iterator[FoundItem | Problem]:
        """The picture of one XML file, and what is odd in it."""
        name = self.place.name(file)
        try:
            tree = read_xml(file)
        except RefusedXml as error:
            yield Problem(name, None, error.sentence)
            return
        if tree.tag != "annotation":
            sentence = say(
                "This file was not imported: its outermost element is <%(tag)s>, not <annotation>.", tag=tree.tag
            )
            yield Problem(name, None, sentence)
            return
        written = (tree.findtext("filename") or "").strip()
        picture = self.pairing.find(file, written) if written else None
        if picture is None:
            picture = self.pairing.find(file, file.stem)
            yield self._without(name, written or file.stem, picture)
        if picture in self.seen:
            yield self._again(name, picture, tree)
            return
        if picture is not None:
            self.seen[picture] = name
        size = _size(tree)
        if size is None and tree.find("size") is not None:
            yield Problem(name, None, say("The file gives no usable size; the size of the picture was taken."))
        stem = PurePosixPath(written).stem if written else file.stem
        objects: list[FoundObject] = []
        for thing in self._objects(tree, name, picture or file, stem):
            if isinstance(thing, Problem):
                yield thing
            else:
                objects.append(thing)
        missing = "" if picture else written or file.stem
        yield FoundItem(
            name=self._called(picture, missing),
            file=name,
            media=picture,
            missing=missing,
            size=size,
            objects=tuple(objects),
            tags=self.lists.tags(picture.stem if picture else stem),
        )

    def _called(self, picture: Path | None, missing: str) -> str:
        name = self.place.name(picture) if picture else missing
        return self.names.get(name if picture else f"JPEGImages/{missing}", name)

    def _without(self, name: str, written: str, picture: Path | None) -> Problem:
        if picture is None:
            return Problem(name, None, own.missing_picture(written))
        sentence = say(
            "The picture %(written)s is not there; %(taken)s was taken because it has the name of this file.",
            written=written,
            taken=picture.name,
        )
        return Problem(name, None, sentence)

    def _again(self, name: str, picture: Path | None, tree: ET.Element) -> Problem:
        sentence = say(
            "%(picture)s has labels in %(other)s already; those of this file were not imported.",
            picture=picture.name if picture else "",
            other=self.seen[picture] if picture else "",
        )
        return Problem(name, None, sentence, len(tree.findall("object")) + len(tree.findall("object/part")))

    def _objects(self, tree: ET.Element, name: str, beside: Path, stem: str) -> Iterator[FoundObject | Problem]:
        names = own.Names()
        yield from _Reader(name, names, boxes=self.options.kind != "mask").objects(tree)
        if self.options.kind not in ("box", "rotated_box") and tree.find("object/academy") is None:
            yield from self.masks.of(beside, stem, name, names)

    def left_over(self) -> Iterator[FoundItem | Problem]:
        """Pictures that no XML file names: tasks without gold."""
        for paths in self.pairing.by_folder.values():
            for picture in paths:
                if picture in self.place.used:
                    continue
                name = self.place.name(picture)
                objects = tuple(
                    thing for thing in self.masks.of(picture, picture.stem, name, own.Names())
                    if isinstance(thing, FoundObject)
                )  # fmt: skip
                if not objects and not self.lists.knows(picture.stem):
                    sentence = say("No XML file names this picture; it came in as a task without gold.")
                    yield Problem(name, None, sentence)
                self.place.used.add(picture)
                yield FoundItem(
                    name=self._called(picture, ""),
                    file=name,
                    labelled=bool(objects),
                    media=picture,
                    objects=objects,
                    tags=self.lists.tags(picture.stem),
                )


def _size(tree: ET.Element) -> tuple[float, float] | None:
    width, height = (number(tree.findtext(f"size/{side}")) for side in ("width", "height"))
    return (width, height) if width and height and min(width, height) > 0 else None


class _Reader:
    """The objects of one file."""

    def __init__(self, name: str, names: own.Names, *, boxes: bool) -> None:
        self.name, self.names, self.boxes = name, names, boxes

    def objects(self, tree: ET.Element) -> Iterator[FoundObject | Problem]:
        for position, element in enumerate(tree.findall("object"), 1):
            whole = self._object(element, str(position))
            yield from whole
            owner = next((thing.id for thing in whole if isinstance(thing, FoundObject)), "")
            for place, part in enumerate(element.findall("part"), 1):
                yield from self._object(part, f"{position}.{place}", owner)

    def _object(self, element: ET.Element, place: str, part_of: str = "") -> list[FoundObject | Problem]:
        label = own.label_or_none(element.findtext("name"))
        if not label:
            return [self._lost(place, say("The object has no name; it was not imported."))]
        facts = own.from_text(element.findtext("academy"))
        shaped = _geometry(element, facts)
        if shaped is None:
            if element.find("bndbox") is None:
                return [self._lost(place, say("%(label)s: the object has no box; it was not imported.", label=label))]
            sentence = say(
                "%(label)s: an edge of the box is missing or is no number; it was not imported.", label=label
            )
            return [self._lost(place, sentence)]
        shape, value = shaped
        if not self.boxes and shape != "mask":
            return []
        attributes = _attributes(element, facts) | ({"part_of": part_of} if part_of else {})
        if not any(facts.get(flag) for flag in own.FLAGS):
            facts["optional"] = _said(element, "difficult") == "1"
        if shape == "box" and "box" in facts:
            facts["box"] = list(value)
        facts["id"] = self.names.free(facts["id"] if isinstance(facts.get("id"), str) else place)
        return [
            own.found_object(
                shape, value, label, fallback=place, facts=facts, attributes=attributes,
                called=place if facts["id"] != place else "",
            )
        ]  # fmt: skip

    def _lost(self, place: str, sentence: Sentence) -> Problem:
        return Problem(self.name, place, sentence, 1)


def _said(element: ET.Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _geometry(element: ET.Element, facts: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The shape of an object, the most particular that it gives; None if nothing of it can be read."""
    if voc_masks.is_runs(facts.get("mask")):
        return "mask", facts["mask"]
    turned = [number(element.findtext(f"robndbox/{part}")) for part in ("cx", "cy", "w", "h", "angle")]
    if None not in turned:
        cx, cy, w, h, angle = (part or 0.0 for part in turned)
        exact = facts.get("degrees")
        return "rotated_box", (cx, cy, w, h, exact if own.is_number(exact) else math.degrees(angle) % 360)
    edges = [number(element.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")]
    if None in edges:
        return None
    left, top, right, bottom = (edge or 0.0 for edge in edges)
    return "box", (left, top, near(right - left), near(bottom - top))


def _attributes(element: ET.Element, facts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pose = _said(element, "pose")
    if pose not in ("", "Unspecified"):
        found["pose"] = pose
    found |= {mark: True for mark in MARKS if _said(element, mark) in ("1", "true", "True")}
    found |= {action.tag: (action.text or "").strip() == "1" for action in element.findall("actions/*")}
    for attribute in element.findall("attributes/attribute"):
        if name := (attribute.findtext("name") or "").strip():
            found[name] = attribute.findtext("value") or ""
    exact = facts.get("attributes")
    return found | (exact if isinstance(exact, dict) else {})


def _fits(place: Place) -> bool:
    files = [path for path in place.labels(".xml") if path.suffix.lower() == ".xml"]
    return any(map(_looks_like_voc, files[:_LOOKED_AT])) or (not files and voc_lists.are_there(place))


def _looks_like_voc(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    named = b"<bndbox" in head or b"<robndbox" in head or b"<size>" in head
    return b"<annotation" in head and b"<annotations" not in head and named and b"<imagesize" not in head


FORM = Format(
    "voc",
    "Pascal VOC",
    read=read,
    write=voc_writing.write,
    fits=_fits,
    carries=Carries(
        shapes=frozenset(voc_writing.SHAPES),
        media=frozenset({"picture", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area", "text"}),
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
)
