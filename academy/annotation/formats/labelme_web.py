"""LabelMe's web tool: one XML file for each picture and person.

Polygons, boxes, masks, parts; what is marked as deleted stays out. Where several people labelled the same pictures,
each in a folder of their own, every picture is read with all its people, so that where they disagree can be said.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from academy.annotation.formats import masks, own
from academy.annotation.formats.found import Found, FoundItem, FoundObject, Problem, kind_of, whole
from academy.annotation.formats.labelme_index import Index
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import Place
from academy.annotation.formats.xml import RefusedXml, number, read_xml
from academy.i18n import Sentence, say

ASIDE = frozenset({"masks", "scribbles"})
"""Folders whose pictures are not there to be labelled."""
_NUMBERED = re.compile(r"(?P<base>.*[^\W\d_])[ _-]*(?P<number>\d+)")
_FREE_TEXT = re.compile(r"\s*,\s*")


@dataclass
class Reading:
    place: Place
    index: Index
    pairing: Pairing
    annotator: str = ""
    labels: set[str] = field(default_factory=set)
    """Labels without a number behind them, as far as we have read."""


def read_files(files: Sequence[Path], reading: Reading) -> Iterator[Found]:
    """The items of all files, picture by picture; of one picture person by person."""
    for together in _groups(files, reading):
        said: dict[str, list[str]] = {}
        last: FoundItem | None = None
        for annotator, path in together:
            for found in _file(path, annotator, reading):
                yield found
                if isinstance(found, FoundItem):
                    last = found
                    said[annotator] = sorted(_base(thing.label, reading.labels) for thing in found.objects)
        if last is not None and len({tuple(labels) for labels in said.values()}) > 1:
            yield Problem(last.place, None, _disagreement(last.name, said))


def _disagreement(picture: str, said: Mapping[str, list[str]]) -> Sentence:
    by_labels: dict[str, list[str]] = {}
    for person, labels in said.items():
        by_labels.setdefault(", ".join(labels) or "-", []).append(person)
    views = "; ".join(f"{', '.join(people)}: {labels}" for labels, people in by_labels.items())
    return say("%(picture)s: the annotators do not agree on what is there (%(views)s).", picture=picture, views=views)


def _groups(files: Sequence[Path], reading: Reading) -> Iterator[list[tuple[str, Path]]]:
    """Files of the same picture together, with their annotators; a file alone has none."""
    by_picture: dict[object, list[Path]] = {}
    alike: dict[str, list[Path]] = {}
    for path in files:
        alike.setdefault(path.name, []).append(path)
    for path in files:
        several = len(alike[path.name]) > 1
        picture = reading.index.picture_of(path) or reading.pairing.find(path, path.stem) if several else None
        by_picture.setdefault(picture or path, []).append(path)
    for together in by_picture.values():
        if len(together) == 1:
            yield [(reading.annotator, together[0])]
            continue
        names = [path.parent.name for path in together]
        if len(set(names)) < len(names):
            names = [reading.place.name(path.parent) for path in together]
        yield list(zip(names, together, strict=True))


def _file(path: Path, annotator: str, reading: Reading) -> Iterator[Found]:
    file = reading.place.name(path)
    try:
        tree = read_xml(path)
    except RefusedXml as error:
        yield Problem(file, None, error.sentence)
        return
    if tree.tag != "annotation":
        sentence = say("This is no file of LabelMe: its root is <%(root)s>. It was not imported.", root=tree.tag)
        yield Problem(file, None, sentence)
        return
    written = (tree.findtext("filename") or "").strip()
    folder = (tree.findtext("folder") or "").strip()
    picture = reading.index.picture_of(path)
    if picture is None and written:
        picture = reading.pairing.find(path, f"{folder}/{written}") or reading.pairing.find(path, written)
    picture = picture or reading.pairing.find(path, path.stem)
    objects: list[FoundObject] = []
    problems = list(_objects(tree, file, folder, annotator, reading, objects))
    if picture is None:
        problems.append(Problem(file, None, own.missing_picture(written or path.stem)))
    width, height = number(tree.findtext("imagesize/ncols")), number(tree.findtext("imagesize/nrows"))
    yield FoundItem(
        name=reading.place.name(picture) if picture else f"{folder}/{written}".strip("/") or path.stem,
        file=file,
        kind=kind_of(objects),
        media=picture,
        missing="" if picture else written or path.stem,
        size=(width, height) if width and height else None,
        objects=tuple(objects),
        annotator=annotator,
    )
    yield from problems


def _objects(
    tree: ET.Element, file: str, folder: str, annotator: str, reading: Reading, into: list[FoundObject]
) -> Iterator[Problem]:
    names = own.Names()
    for place_of, element in enumerate(tree.findall("object")):
        called = (element.findtext("id") or "").strip() or str(place_of)
        label = own.label_or_none(element.findtext("name"))
        if (element.findtext("deleted") or "").strip() == "1":
            sentence = say("%(label)s: it is marked as deleted in LabelMe; it was left out.", label=label or called)
            yield Problem(file, called, sentence)
            continue
        if not label:
            yield Problem(file, called, own.unlabelled())
            label = own.UNLABELLED
        yield from (Problem(file, called, sentence) for sentence in _odd_label(label, file, reading))
        attributes = _attributes(element, annotator)
        shape = _shape(element, folder, reading.place)
        if isinstance(shape, Sentence):
            yield Problem(file, called, say(shape.msgid, **{**shape.facts, "label": label}), lost=1)
            continue
        if element.find("segm/scribbles") is not None:
            sentence = say("%(label)s: the scribbles were left out; the mask that came of them was taken.", label=label)
            yield Problem(file, called, sentence)
        facts = {"box": beside} if (beside := _box_beside(element)) else {}
        free = names.free(called)
        into.append(own.found_object(*shape, label, fallback=free, facts=facts, attributes=attributes, called=called))


def _odd_label(label: str, file: str, reading: Reading) -> Iterator[Sentence]:
    """A label with a number behind it, where others write it without: somebody's slip, or somebody's own numbering."""
    found = _NUMBERED.fullmatch(label)
    own_number = re.findall(r"\d+", Path(file).stem)[-1:]
    if found is None:
        reading.labels.add(label)
        return
    fits = bool(own_number) and len(found["number"]) > 1 and int(own_number[0]) == int(found["number"])
    if found["base"] not in reading.labels and not fits:
        return
    yield say(
        '%(label)s: the label looks like "%(base)s" with a number behind it. It was taken as it is; rename it if it is '
        "a slip.",
        label=label,
        base=found["base"],
    )
    if own_number and not fits:
        yield say(
            "%(label)s: the number in the label is not that of the file (%(number)s); it may have been copied from "
            "another picture.",
            label=label,
            number=own_number[0],
        )


def _base(label: str, known: set[str]) -> str:
    found = _NUMBERED.fullmatch(label)
    return found["base"] if found and found["base"] in known else label


def _attributes(element: ET.Element, annotator: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for written in filter(None, _FREE_TEXT.split((element.findtext("attributes") or "").strip())):
        name, said, value = written.partition("=")
        attributes[name.strip()] = value.strip() if said else True
    if (element.findtext("occluded") or "").strip() == "yes":
        attributes["occluded"] = True
    part_of = (element.findtext("parts/ispartof") or "").strip()
    if part_of:
        attributes["part_of"] = part_of
    person = (element.findtext("polygon/username") or element.findtext("segm/username") or "").strip()
    if person and person not in (annotator, "anonymous"):
        attributes["username"] = person
    return attributes


# Shapes ------------------------------------------------------------------------------------------------------------


def _shape(element: ET.Element, folder: str, place: Place) -> tuple[str, Any] | Sentence:
    if element.find("segm") is not None:
        return _mask(element, folder, place)
    points = []
    for point in element.findall("polygon/pt"):
        x, y = number(point.findtext("x")), number(point.findtext("y"))
        if x is None or y is None:
            return say("%(label)s: a point of the polygon is missing or is no number; the object was not imported.")
        points.append([whole(x), whole(y)])
    if not points:
        return say("%(label)s: it has neither a polygon nor a mask; the object was not imported.")
    if (element.findtext("type") or "").strip() == "bounding_box" and (box := _as_box(points)):
        return "box", box
    if len(points) == 1:
        return "point", points[0]
    return ("polyline", points) if len(points) == 2 else ("polygon", [[points]])


def _as_box(points: list[list[float]]) -> list[float] | None:
    """The box whose four corners these are."""
    across, down = sorted({x for x, _ in points}), sorted({y for _, y in points})
    if len(points) != 4 or len(across) != 2 or len(down) != 2:
        return None
    return [across[0], down[0], across[1] - across[0], down[1] - down[0]]


def _box_beside(element: ET.Element) -> list[float] | None:
    edges = [number(element.findtext(f"segm/box/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")]
    left, top, right, bottom = edges
    if left is None or top is None or right is None or bottom is None or right <= left or bottom <= top:
        return None
    return [whole(left), whole(top), whole(right - left), whole(bottom - top)]


def _mask(element: ET.Element, folder: str, place: Place) -> tuple[str, Any] | Sentence:
    written = (element.findtext("segm/mask") or "").strip()
    path = place.find(f"Masks/{folder}/{written}", frozenset({".png"})) if written else None
    if path is None:
        return say("%(label)s: its mask %(mask)s was not found; the object was not imported.", mask=written or "?")
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if picture.width * picture.height > masks.MOST_IDS:
                raise ValueError("too large")
            painted = np.asarray(picture.convert("RGBA")).max(axis=2) > 0
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return say("%(label)s: its mask %(mask)s can not be opened; the object was not imported.", mask=written)
    return "mask", masks.from_grid(painted)
