"""LabelMe of today: one JSON file for each picture, beside it.

Polygons, rectangles, circles, lines, points and masks. Polygons of one label and one group are the parts of one object,
as LabelMe's own converters take them. A circle comes in as a polygon (`ellipse` in its attributes). A picture that lies
inside the JSON is taken from there where it is not beside it.
"""

import base64
import binascii
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
from PIL import Image

from academy.annotation.formats import masks, own
from academy.annotation.formats.found import Found, FoundItem, FoundObject, Problem, kind_of, whole
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.streams import BrokenJson
from academy.i18n import Sentence, say

Size = tuple[float, float] | None


@dataclass
class _Objects:
    """The objects of one picture, and what is to be said of them."""

    size: Size
    made: list[FoundObject] = field(default_factory=list)
    said: list[tuple[str, Sentence, int]] = field(default_factory=list)
    names: own.Names = field(default_factory=own.Names)
    groups: dict[tuple[str, str], FoundObject] = field(default_factory=dict)


def read_file(path: Path, place: Place, annotator: str) -> Iterator[Found]:
    """The item of one file, and what is odd in it."""
    file = place.name(path)
    try:
        content = own.object_of_file(path)
    except BrokenJson as error:
        yield Problem(file, None, error.sentence)
        return
    except OSError:
        yield Problem(file, None, say("This file can not be read; it was not imported."))
        return
    shapes = content.get("shapes")
    if not isinstance(shapes, list):
        yield Problem(file, None, say('This file of LabelMe has no list of "shapes"; it was not imported.'))
        return
    facts = own.facts_in(content.get(own.KEY))
    picture, name, problems = _picture(content, path, place)
    width, height = content.get("imageWidth"), content.get("imageHeight")
    size = (float(width), float(height)) if own.numbers((width, height)) and width and height else None
    objects = _Objects(size or (place.size(picture) if picture else None))
    for number, shape in enumerate(shapes, 1):
        _take(shape, str(number), objects)
    fields = _classes(content, facts)
    said_name = facts.get("name")
    yield FoundItem(
        name=said_name if isinstance(said_name, str) and said_name else name,
        file=file,
        kind=kind_of(objects.made, fields),
        labelled=facts.get("labelled") is not False,
        media=picture,
        missing="" if picture else name,
        size=size,
        objects=tuple(objects.made),
        fields=fields,
        annotator=annotator,
    )
    yield from (Problem(file, None, sentence) for sentence in problems)
    yield from (Problem(file, called, sentence, lost) for called, sentence, lost in objects.said)


def _picture(content: Mapping[str, Any], path: Path, place: Place) -> tuple[Path | None, str, list[Sentence]]:
    """The picture of a file, what it is called, and what is to be said of it."""
    written = content.get("imagePath")
    parts = PureWindowsPath(written).parts if isinstance(written, str) else ()
    last = parts[-1] if parts else ""
    beside = path.parent / last if last else path
    if last and beside.suffix.lower() in PICTURES and beside.is_file() and not beside.is_symlink():
        place.used.add(beside)
        return beside, place.name(beside), []
    found = place.find(PurePosixPath(*parts).as_posix(), PICTURES) if last else None
    found = found or next((one for one in (place.find(path.stem, PICTURES),) if one and one.stem == path.stem), None)
    if found is not None:
        return found, place.name(found), []
    name = last or f"{path.stem}.png"
    inside = content.get("imageData")
    if isinstance(inside, str) and inside:
        try:
            return place.keep(f"{place.name(path)}/{name}", base64.b64decode(inside)), name, []
        except (binascii.Error, ValueError):
            return None, name, [say("The picture inside the file is broken; its task waits until it is imported.")]
    return None, name, [own.missing_picture(name)]


def _classes(content: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Flags of the whole picture: one is its class, several are its classes."""
    flags = own.facts_in(content.get("flags"))
    chosen = [label for label in (own.label_or_none(name) for name, on in flags.items() if on is True) if label]
    if facts.get("choices") is True or len(chosen) > 1:
        return {"choices": chosen}
    return {"choice": chosen[0]} if chosen else {}


# Objects -----------------------------------------------------------------------------------------------------------


def _take(shape: Any, called: str, objects: _Objects) -> None:
    if not isinstance(shape, dict):
        objects.said.append((called, say("This shape is no JSON object; it was not imported."), 1))
        return
    label = own.label_or_none(shape["label"] if isinstance(shape.get("label"), str) else "")
    if not label:
        objects.said.append((called, own.unlabelled(), 0))
        label = own.UNLABELLED
    kind = str(shape.get("shape_type") or "polygon")
    facts, attributes = own.facts_in(shape.get(own.KEY)), _attributes(shape)
    try:
        form, value = _geometry(shape, kind, facts, attributes, objects.size)
    except own.TooManyPoints:
        objects.said.append((called, own.too_many_points(label), 1))
        return
    except (TypeError, ValueError, LookupError, OSError, SyntaxError, Image.DecompressionBombError):
        sentence = say(
            "%(label)s: its %(shape)s has no usable numbers, or is a shape that we do not know; the object was not "
            "imported.",
            label=label,
            shape=kind[:40],
        )
        objects.said.append((called, sentence, 1))
        return
    if kind == "circle" and not facts:
        sentence = say(
            "%(label)s: the circle was kept as a polygon of %(corners)s corners.", label=label, corners=own.CORNERS
        )
        objects.said.append((called, sentence, 0))
    thing = own.found_object(form, value, label, fallback=called, facts=facts, attributes=attributes, called=called)
    _join_or_add(thing, shape.get("group_id"), facts, objects)


def _attributes(shape: Mapping[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {name: on for name, on in own.facts_in(shape.get("flags")).items() if on is True}
    if isinstance(shape.get("description"), str) and shape["description"]:
        attributes["description"] = shape["description"]
    if isinstance(shape.get("group_id"), int) and own.KEY not in shape:
        attributes["group"] = shape["group_id"]
    return attributes | own.facts_in(own.facts_in(shape.get(own.KEY)).get("attributes"))


def _join_or_add(thing: FoundObject, group: Any, facts: Mapping[str, Any], objects: _Objects) -> None:
    """Parts of a polygon and key points of a skeleton belong to the object of their group."""
    key = ("own", thing.id) if facts.get("id") else (thing.label, f"{thing.shape} {group}")
    first = objects.groups.get(key) if group is not None else None
    if first is not None and thing.shape == first.shape == "polygon":
        first.value.extend(thing.value)
        return
    if first is not None and thing.shape == first.shape == "keypoints" and len(first.value) == len(thing.value):
        for place, point in enumerate(thing.value):
            first.value[place] = point if point[2] else first.value[place]
        return
    free = objects.names.free(thing.id)
    if free != thing.id:
        thing = FoundObject(
            free, thing.label, thing.shape, thing.value, thing.crowd, thing.ignore, thing.optional, thing.rule,
            thing.attributes, thing.beside, thing.called,
        )  # fmt: skip
    objects.made.append(thing)
    if group is not None:
        objects.groups.setdefault(key, thing)


def _geometry(
    shape: Mapping[str, Any], kind: str, facts: Mapping[str, Any], attributes: dict[str, Any], size: Size
) -> tuple[str, Any]:
    own.few_enough(len(shape["points"]) if isinstance(shape.get("points"), list) else 0)
    points = [_point(point) for point in shape["points"]] if isinstance(shape.get("points"), list) else []
    if kind == "mask":
        return "mask", _mask(shape, points, size)
    if kind == "circle":
        (x, y), edge = points[0], points[1]
        radius = math.dist((x, y), edge)
        attributes.setdefault("ellipse", [x, y, radius, radius, 0])
        return "polygon", [[own.ellipse(x, y, radius, radius, 0)]]
    if kind == "rectangle":
        (left, top), (right, bottom) = points[0], points[2 if len(points) == 4 else 1]
        return "box", [min(left, right), min(top, bottom), whole(abs(right - left)), whole(abs(bottom - top))]
    if kind == "oriented_rectangle" or own.is_number(facts.get("degrees")):
        return "rotated_box", _turned_box(points, facts.get("degrees"))
    if kind == "point":
        return _single(points[0], own.facts_in(facts.get("point")))
    if kind == "points":
        return "keypoints", [[x, y, 2] for x, y in points]
    if kind in ("line", "linestrip"):
        return "polyline", points
    if kind != "polygon" or not points:
        raise ValueError(kind)
    return "polygon", [[points]]


def _point(written: Any) -> list[float]:
    x, y = written
    if own.numbers((x, y)) is None:
        raise ValueError(written)
    return [whole(x), whole(y)]


def _single(point: list[float], skeleton: Mapping[str, Any]) -> tuple[str, Any]:
    place, of, seen = skeleton.get("place"), skeleton.get("of"), skeleton.get("seen")
    if type(place) is int and type(of) is int and seen in (0, 1, 2) and 0 <= place < of <= 1_000:
        points: list[list[float]] = [[0, 0, 0] for _ in range(of)]
        points[place] = [*point, seen]
        return "keypoints", points
    return "point", point


def _turned_box(corners: list[list[float]], degrees: Any) -> list[float]:
    """From its four corners, the upper left one of the box before it was turned first, clockwise."""
    first, second, third, fourth = corners
    middle = [sum(corner[axis] for corner in corners) / 4 for axis in (0, 1)]
    turn = math.degrees(math.atan2(second[1] - first[1], second[0] - first[0]))
    width = (math.dist(first, second) + math.dist(third, fourth)) / 2
    height = (math.dist(second, third) + math.dist(fourth, first)) / 2
    return [*middle, width, height, degrees if own.is_number(degrees) else turn % 360]


def _mask(shape: Mapping[str, Any], points: list[list[float]], size: Size) -> dict[str, Any]:
    """A PNG of the pixels inside the rectangle that its two points span, both included."""
    if size is None or size[0] * size[1] > masks.MOST_PIXELS:
        raise ValueError("size")
    with Image.open(io.BytesIO(base64.b64decode(shape["mask"])), formats=("PNG",)) as picture:
        if picture.width * picture.height > masks.MOST_IDS:
            raise ValueError("too large")
        painted = np.asarray(picture.convert("L")) > 0
    left, top = (int(edge) for edge in points[0])
    width, height = int(size[0]), int(size[1])
    if left < 0 or top < 0 or left + painted.shape[1] > width or top + painted.shape[0] > height:
        raise ValueError("outside")
    grid = np.zeros((height, width), bool)
    grid[top : top + painted.shape[0], left : left + painted.shape[1]] = painted
    return masks.from_grid(grid)
