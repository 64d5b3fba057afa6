"""The documents that people draw and gold is kept in: reading them, and refusing what can not be graded.

Reading also puts the objects into one canonical order, so that the order of drawing can never change a grade.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn, TypeGuard

FARTHEST = 1e9
MOST_OBJECTS = 5_000
LONGEST_NAME = 200
NUMBERS = frozenset({int, float})
FLAGS = frozenset({"crowd", "ignore", "optional", "rule"})


class RefusedDocument(ValueError):
    """A document that can not be graded; says in a sentence which object is wrong and why.

    `reason` is a stable word ("size", "label", ...) for those who say the same in another language.
    """

    def __init__(self, message: str, object_id: str | None = None, reason: str = "shape") -> None:
        super().__init__(message)
        self.message = message
        self.object_id = object_id
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """The size of the original picture, which all coordinates refer to."""

    width: float
    height: float


class Box(NamedTuple):
    """One box by its corners. Tuples compare field by field: that is the canonical order."""

    label: str
    left: float
    top: float
    right: float
    bottom: float
    crowd: bool
    ignore: bool
    optional: bool
    rule: str
    id: str


@dataclass(frozen=True, slots=True)
class BoxDocument:
    """Boxes in canonical order, cut to the picture; `clipped` names those that reached outside.

    `flagged`: some are a crowd, ignored or optional. Most gold has none of these, and grading it is shorter.
    """

    picture: Picture | None
    boxes: tuple[Box, ...]
    clipped: tuple[str, ...]
    flagged: bool


@dataclass(frozen=True, slots=True)
class ChoiceDocument:
    """One choice; gold may accept several. None is a question left open."""

    choice: str | None
    accepted: frozenset[str]
    rule: str


def read_box(document: Any, *, gold: bool) -> BoxDocument:
    """Read a box document; `ignore`, `optional`, `crowd` and `rule` are heard from gold only."""
    fields = _fields(document, "box")
    picture = _picture(fields)
    objects = _objects(fields)
    boxes, clipped = _usual_boxes(objects, picture), list[str]()
    flagged = False
    for position, item in enumerate(objects[len(boxes) :], len(boxes) + 1):
        box, cut = _box(item, position, picture, gold)
        boxes.append(box)
        flagged = flagged or box.crowd or box.ignore or box.optional
        if cut:
            clipped.append(box.id)
    if len({box.id for box in boxes}) < len(boxes):
        _refuse_repeat(boxes)
    boxes.sort()
    return BoxDocument(picture, tuple(boxes), tuple(sorted(clipped)), flagged)


def read_classification(document: Any, *, gold: bool) -> ChoiceDocument:
    """Read one choice. An answer may leave it open (null); gold must know at least one right answer."""
    fields = _fields(document, "classification")
    _picture(fields)
    choice = fields.get("choice")
    if choice is not None:
        choice = _label(choice, "choice", "The choice")
    accepted: set[str] = set()
    if gold:
        listed = fields.get("accepted", [])
        if not isinstance(listed, list | tuple):
            raise RefusedDocument('"accepted" must be a list of labels.', "accepted", "shape")
        accepted = {_label(label, "accepted", "An accepted answer") for label in listed}
        if choice is not None:
            accepted.add(choice)
        if not accepted:
            raise RefusedDocument("The gold names no right choice.", "choice", "label")
    rule = fields.get("rule") if gold else None
    return ChoiceDocument(choice, frozenset(accepted), str(rule) if rule is not None else "")


READERS = {"box": read_box, "classification": read_classification}


def check_document(kind: str, document: Any, *, gold: bool) -> None:
    """Raise RefusedDocument, naming the object, unless this document could be graded."""
    reader = READERS.get(kind)
    if reader is None:
        raise RefusedDocument(
            f'The kind "{kind}" can not be graded; known are {", ".join(sorted(READERS))}.', reason="kind"
        )
    reader(document, gold=gold)


def _fields(document: Any, kind: str) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise RefusedDocument("The document must be a JSON object with braces.")
    named = document.get("kind", kind)
    if named != kind:
        raise RefusedDocument(f'The document is of the kind "{named}", not "{kind}".', reason="kind")
    return document


def _picture(fields: Mapping[str, Any]) -> Picture | None:
    image = fields.get("image")
    if image is None:
        return None
    if not isinstance(image, Mapping):
        raise RefusedDocument('"image" must give the width and height of the picture.', "image", "image")
    width, height = image.get("width"), image.get("height")
    if not (_is_number(width) and _is_number(height) and 1 <= width <= FARTHEST and 1 <= height <= FARTHEST):
        raise RefusedDocument("The width and height of the picture must be numbers of at least 1.", "image", "image")
    return Picture(width, height)


def _objects(fields: Mapping[str, Any]) -> list[Any] | tuple[Any, ...]:
    objects = fields.get("objects")
    if not isinstance(objects, list | tuple):
        raise RefusedDocument('The document needs a list of "objects" (it may be empty).', "objects", "shape")
    if len(objects) > MOST_OBJECTS:
        raise RefusedDocument(
            f"The document has {len(objects)} objects; at most {MOST_OBJECTS} can be graded.", "objects", "count"
        )
    return objects


def _usual_boxes(objects: list[Any] | tuple[Any, ...], picture: Picture | None) -> list[Box]:
    """The short way for usual boxes, which have nothing to explain: as many as come before the first that has.

    It is half of the price of reading, so it is written for speed: no call for each box.
    """
    if picture is None:
        return []
    across, down, make = picture.width, picture.height, tuple.__new__
    boxes: list[Box] = []
    for item in objects:
        if type(item) is not dict or (len(item) > 3 and not FLAGS.isdisjoint(item)):
            break
        name, label, box = item.get("id"), item.get("label"), item.get("box")
        if type(box) is not list or len(box) != 4:
            break
        left, top, width, height = box
        if not (
            type(name) is type(label) is str
            and 0 < len(name) <= LONGEST_NAME
            and 0 < len(label) <= LONGEST_NAME
            and label.isascii()
            and type(left) in NUMBERS
            and type(top) in NUMBERS
            and type(width) in NUMBERS
            and type(height) in NUMBERS
            and width >= 1
            and height >= 1
            and left >= 0
            and top >= 0
            and left + width <= across
            and top + height <= down
        ):
            break
        # What Box(...) does, at half of its price.
        boxes.append(make(Box, (label, left, top, left + width, top + height, False, False, False, "", name)))
    return boxes


def _box(item: Any, position: int, picture: Picture | None, gold: bool) -> tuple[Box, bool]:
    if type(item) is not dict and not isinstance(item, Mapping):
        raise RefusedDocument(f"Object {position} must be a JSON object with braces.", str(position))
    name = _name(item, position)
    label = _label(item.get("label"), name, f'The label of object "{name}"')
    left, top, right, bottom = _corners(item.get("box"), name)
    cut = False
    if picture is not None and (left < 0 or top < 0 or right > picture.width or bottom > picture.height):
        outside = max(-left, -top, right - picture.width, bottom - picture.height)
        cut = outside > 1e-6
        left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, picture.width), min(bottom, picture.height)
        if right <= left or bottom <= top or (right - left) * (bottom - top) < 1:
            _refuse(name, "lies outside the picture; move it inside or delete it.", "outside")
    if not gold or FLAGS.isdisjoint(item):
        return Box(label, left, top, right, bottom, False, False, False, "", name), cut
    rule = item.get("rule")
    crowd, ignore, optional = (_flag(item, flag, name) for flag in ("crowd", "ignore", "optional"))
    return Box(label, left, top, right, bottom, crowd, ignore, optional, "" if rule is None else str(rule), name), cut


def _refuse_repeat(boxes: list[Box]) -> NoReturn:
    repeated = next(name for name, times in Counter(box.id for box in boxes).items() if times > 1)
    raise RefusedDocument(f'Two objects have the id "{repeated}"; give each its own.', repeated, "id")


def _corners(box: Any, name: str) -> tuple[float, float, float, float]:
    if type(box) not in (list, tuple) or len(box) != 4:
        _refuse(name, "needs a box of four numbers: left, top, width and height.", "shape")
    left, top, width, height = box
    if not {type(left), type(top), type(width), type(height)} <= NUMBERS and not all(map(_is_number, box)):
        _refuse(name, "has a coordinate that is not a number.", "number")
    # A comparison with NaN is false, so this refuses NaN and infinity too.
    if not (
        -FARTHEST <= left <= FARTHEST and -FARTHEST <= top <= FARTHEST and width <= FARTHEST and height <= FARTHEST
    ):
        _refuse(name, "has a coordinate that is not a finite number.", "number")
    if width <= 0 or height <= 0:
        _refuse(name, f"must have a width and a height above 0, not {width:g} x {height:g}.", "size")
    if width * height < 1:
        _refuse(name, "is smaller than one square pixel; draw it larger or delete it.", "size")
    return left, top, left + width, top + height


def _name(item: Mapping[str, Any], position: int) -> str:
    name = item.get("id", position)
    if type(name) is int:
        name = str(name)
    if type(name) is not str or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedDocument(
            f"The id of object {position} must be a short text or a whole number.", str(position), "id"
        )
    return name


def _label(value: Any, name: str, what: str) -> str:
    if type(value) is not str or not value or len(value) > LONGEST_NAME:
        raise RefusedDocument(f"{what} must be a text of 1 to {LONGEST_NAME} characters.", name, "label")
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _flag(item: Mapping[str, Any], flag: str, name: str) -> bool:
    value = item.get(flag, False)
    if value is not True and value is not False:
        _refuse(name, f'must say true or false for "{flag}".', "flag")
    return bool(value)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(name: str, what: str, reason: str) -> NoReturn:
    raise RefusedDocument(f'Object "{name}" {what}', name, reason)
