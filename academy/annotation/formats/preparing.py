"""From what a file says to gold that can be graded: each box is held against its picture and turned with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from academy.annotation.formats.reading import (
    LARGEST_PICTURE,
    FoundItem,
    FoundObject,
    Problem,
    UnreadableSource,
    read_bytes,
)
from academy.grading.documents import LONGEST_NAME, Box, RefusedDocument, read_box
from academy.grading.geometry import overlaps
from academy.uploads.pictures import Picture, Turn, open_picture
from academy.uploads.rules import RefusedFile
from academy.uploads.words import said

DOUBLE = 0.9
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as we keep it and its gold; neither, if the item can not be imported."""

    item: FoundItem
    picture: Picture | None
    document: dict[str, Any] | None
    problems: tuple[Problem, ...]

    @property
    def objects(self) -> int:
        return len(self.document["objects"]) if self.document else 0


def prepare(item: FoundItem, opened: Callable[[bytes], Picture] = open_picture) -> Prepared:
    """Open the picture and check the boxes. What is odd is reported; what is good goes on."""
    if item.picture is None:
        return Prepared(item, None, None, ())
    try:
        picture = opened(read_bytes(item.picture, LARGEST_PICTURE))
    except RefusedFile as refused:
        return Prepared(item, None, None, (Problem(item.picture.name, None, f"{said(refused)} It was not imported."),))
    except (UnreadableSource, OSError) as error:
        return Prepared(item, None, None, (Problem(item.picture.name, None, f"{error} It was not imported."),))
    problems: list[Problem] = []
    in_file = _size_in_file(picture)
    turn = picture.turn
    if item.size is not None and item.size != in_file:
        upright = (picture.width, picture.height)
        sizes = f"{item.size[0]:g} x {item.size[1]:g}", f"{in_file[0]:g} x {in_file[1]:g}"
        if item.size != upright:
            message = (
                f"The labels are for a picture of {sizes[0]} pixels, but {item.name} has {sizes[1]}; not imported."
            )
            return Prepared(item, None, None, (item.problem(None, message),))
        turn, in_file = Turn.UPRIGHT, upright
        message = (
            f"{item.name} lies turned in its file, but its labels were drawn upright; they were taken as they are."
        )
        problems.append(item.problem(None, message))
    objects = []
    for thing in item.objects:
        kept, complaint = _check(thing, in_file)
        if complaint:
            problems.append(item.problem(thing.id, complaint))
        if kept is not None:
            objects.append(_as_gold(kept, turn, in_file))
    document = {"kind": "box", "image": {"width": picture.width, "height": picture.height}, "objects": objects}
    try:
        boxes = read_box(document, gold=True).boxes
    except RefusedDocument as error:
        problems.append(item.problem(error.object_id, f"{error.message} The picture was not imported."))
        return Prepared(item, None, None, tuple(problems))
    problems += _doubles(boxes, item)
    return Prepared(item, picture, document, tuple(problems))


def _size_in_file(picture: Picture) -> Size:
    lying = picture.turn >= Turn.TRANSPOSED
    return (picture.height, picture.width) if lying else (picture.width, picture.height)


def _check(thing: FoundObject, size: Size) -> tuple[FoundObject | None, str]:
    """The object, cut to the picture, and what is to be said about it. None: it can not be gold."""
    x, y, w, h = thing.box
    where = f"{thing.label} at ({x:g}, {y:g})-({x + w:g}, {y + h:g})"
    if not thing.label or len(thing.label) > LONGEST_NAME:
        return None, f"The label is empty or longer than {LONGEST_NAME} characters; the object was not imported."
    if w < 0 or h < 0:
        return (
            None,
            f"{where}: the right or lower edge comes before the left or upper one; the object was not imported.",
        )
    if w == 0 or h == 0:
        return None, f"{where}: the box has no area (width {w:g}, height {h:g}); the object was not imported."
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, size[0]), min(y + h, size[1])
    if right <= left or bottom <= top:
        return (
            None,
            f"{where}: the box lies outside the picture ({size[0]:g} x {size[1]:g}); the object was not imported.",
        )
    if (right - left) * (bottom - top) < 1:
        return None, f"{where}: less than one square pixel lies in the picture; the object was not imported."
    if (left, top, right, bottom) == (x, y, x + w, y + h):
        return thing, ""
    cut = FoundObject(
        thing.id, thing.label, (left, top, right - left, bottom - top), thing.crowd, thing.ignore, thing.optional,
        thing.rule, thing.attributes,
    )  # fmt: skip
    outside = max(left - x, top - y, x + w - right, y + h - bottom)
    return cut, f"{where}: the box reached {outside:g} px outside the picture; it was cut." if outside > 1e-6 else ""


def _as_gold(thing: FoundObject, turn: Turn, size: Size) -> dict[str, Any]:
    box = [_plain(value) for value in turn.box(thing.box, *size)]
    gold: dict[str, Any] = {"id": thing.id, "label": thing.label, "box": box}
    gold |= {flag: True for flag in ("crowd", "ignore", "optional") if getattr(thing, flag)}
    if thing.rule:
        gold["rule"] = thing.rule
    if thing.attributes:
        gold["attributes"] = thing.attributes
    return gold


def _plain(value: float) -> float:
    """Whole numbers stay whole, so that the same gold is written the same way."""
    return int(value) if value == int(value) else value


def _doubles(boxes: tuple[Box, ...], item: FoundItem) -> Iterator[Problem]:
    """Two boxes on nearly the same place. Both are imported: which of them is right, a person decides."""
    places = {thing.id: place for place, thing in enumerate(item.objects)}
    called = {thing.id: thing.called or thing.id for thing in item.objects}
    near: list[tuple[Box, Box, float]] = []
    for (one, other), overlap in overlaps(boxes, boxes).items():
        if one < other and overlap >= DOUBLE:
            earlier, later = sorted((boxes[one], boxes[other]), key=lambda box: places[box.id])
            near.append((earlier, later, overlap))
    for earlier, later, overlap in sorted(near, key=lambda pair: places[pair[1].id]):
        if earlier.crowd or later.crowd or earlier.ignore or later.ignore:
            continue
        labels = later.label if earlier.label == later.label else f"{later.label} and {earlier.label}"
        yield item.problem(
            later.id,
            f"{labels}: the box overlaps object {called[earlier.id]} by {overlap:.2f}; possibly one object labelled "
            "twice. Both were imported.",
        )
