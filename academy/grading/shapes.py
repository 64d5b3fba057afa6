"""Every kind of document the house keeps, checked for its form: docs/gold.md describes them.

Pure. A document that passes can be kept, shown and exported; the graders read it further. Coordinates are pixels of the
original picture (float, origin top left), seconds, metres and radians, or code points, as the shape asks for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeGuard

from academy.grading.documents import FARTHEST, LONGEST_NAME, MOST_OBJECTS, RefusedDocument

MOST_POINTS = 100_000
"""Of one object. What has more was not drawn by a person, and takes a browser minutes to show."""
LONGEST_TEXT = 100_000
MOST_KEYS = 50_000

SHAPES = (
    "cuboid", "track", "keypoints", "mask", "polygon", "rotated_box", "polyline", "box", "point", "span", "relation",
    "segment",
)  # fmt: skip
"""The names of what an object may be; an object is the first of these that it has. A mask, a polygon or key points may
carry a `box` and an `area` beside, as COCO writes them."""

KIND_SHAPES: Mapping[str, frozenset[str]] = {
    "box": frozenset({"box"}),
    "rotated_box": frozenset({"rotated_box"}),
    "polygon": frozenset({"polygon"}),
    "mask": frozenset({"mask"}),
    "polyline": frozenset({"polyline"}),
    "points": frozenset({"point"}),
    "keypoints": frozenset({"keypoints"}),
    "cuboid": frozenset({"cuboid"}),
    "track": frozenset({"track"}),
    "spans": frozenset({"span"}),
    "relations": frozenset({"span", "relation"}),
    "segments": frozenset({"segment"}),
    "mixed": frozenset(SHAPES),
}
"""Kinds whose documents hold objects, and the shapes these may have; `mixed` is what files of other tools may hold."""

FIELD_KINDS = ("classification", "multilabel", "transcription", "preference", "ranking", "writing", "inspection")
"""Kinds whose documents are one answer."""

KINDS = (*KIND_SHAPES, *FIELD_KINDS)
SHAPE_KINDS: Mapping[str, str] = {
    shape: next(kind for kind, shapes in KIND_SHAPES.items() if shape in shapes) for shape in SHAPES
}
"""The kind of a document that holds only this shape."""


def shape_of(item: Mapping[str, Any]) -> str | None:
    """What an object is, by the geometry it has."""
    return next((shape for shape in SHAPES if item.get(shape) is not None), None)


def check_form(kind: str, document: Mapping[str, Any], *, gold: bool) -> None:
    """Raise RefusedDocument, naming the object, unless the document has the form of its kind."""
    if kind not in KINDS:
        raise RefusedDocument(f'There is no kind "{kind}"; known are {", ".join(KINDS)}.', reason="kind")
    _check_picture(document.get("image"))
    if kind in KIND_SHAPES:
        _check_objects(kind, document)
    if kind in FIELD_KINDS or kind == "mixed":
        _check_fields(kind, document, gold)


def _check_picture(image: Any) -> None:
    if image is None:
        return
    sides = [image.get(side) for side in ("width", "height")] if isinstance(image, Mapping) else []
    if len(sides) != 2 or not all(_is_number(side) and 1 <= side <= FARTHEST for side in sides):
        raise RefusedDocument('"image" must give a width and a height of at least 1.', "image", "image")


def _check_objects(kind: str, document: Mapping[str, Any]) -> None:
    objects = document.get("objects")
    if not isinstance(objects, list | tuple):
        raise RefusedDocument('The document needs a list of "objects" (it may be empty).', "objects", "shape")
    if len(objects) > MOST_OBJECTS:
        message = f"The document has {len(objects)} objects; at most {MOST_OBJECTS} can be kept."
        raise RefusedDocument(message, "objects", "count")
    names: set[str] = set()
    for position, item in enumerate(objects, 1):
        if not isinstance(item, Mapping):
            raise RefusedDocument(f"Object {position} must be a JSON object with braces.", str(position))
        name = str(item.get("id", position))
        if not 0 < len(name) <= LONGEST_NAME:
            raise RefusedDocument(f"The id of object {position} must be a short text.", str(position), "id")
        if name in names:
            raise RefusedDocument(f'Two objects have the id "{name}"; give each its own.', name, "id")
        names.add(name)
        _check_object(kind, item, name, document)
    for item in objects:
        if item.get("relation") is not None and not {str(item["relation"][end]) for end in ("head", "tail")} <= names:
            _refuse(str(item.get("id")), "relates objects that the document does not have.", "relation")


def _check_object(kind: str, item: Mapping[str, Any], name: str, document: Mapping[str, Any]) -> None:
    shape = shape_of(item)
    if shape is None or shape not in KIND_SHAPES[kind]:
        wanted = ", ".join(sorted(KIND_SHAPES[kind]))
        _refuse(name, f"has no shape that belongs here; a document of the kind {kind} holds: {wanted}.", "shape")
    label = item.get("label")
    if not isinstance(label, str) or not 0 < len(label) <= LONGEST_NAME:
        _refuse(name, f"needs a label of 1 to {LONGEST_NAME} characters.", "label")
    for flag in ("crowd", "ignore", "optional"):
        if item.get(flag, False) not in (True, False):
            _refuse(name, f'must say true or false for "{flag}".', "flag")
    attributes = item.get("attributes", {})
    if not isinstance(attributes, Mapping):
        _refuse(name, "must give its attributes as names with values.", "shape")
    _CHECKS[shape](item[shape], name, document)


def _box(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    _, _, width, height = _numbers(value, 4, name, "a box of four numbers: left, top, width and height")
    _positive(width, height, name)


def _rotated_box(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    words = "a turned box of five numbers: the middle (x, y), width, height and degrees"
    _, _, width, height, _ = _numbers(value, 5, name, words)
    _positive(width, height, name)


def _positive(width: float, height: float, name: str) -> None:
    if width <= 0 or height <= 0:
        _refuse(name, f"must have a width and a height above 0, not {width:g} x {height:g}.", "size")
    if width * height < 1:
        _refuse(name, "is smaller than one square pixel; draw it larger or delete it.", "size")


def _polygon(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    """[[ring, hole, ...], ...]: each part has its outer ring first, and then its holes."""
    words = "needs a polygon: a list of parts, each a list of rings (the outer one first), each a list of points."
    if not isinstance(value, list | tuple) or not value or not all(isinstance(part, list | tuple) for part in value):
        _refuse(name, words, "shape")
    rings = [ring for part in value for ring in part]
    if not all(value) or not all(isinstance(ring, list | tuple) for ring in rings):
        _refuse(name, words, "shape")
    if sum(map(len, rings)) > MOST_POINTS:
        _refuse(name, f"has more than {MOST_POINTS:,} points; simplify it first.", "count")
    for ring in rings:
        if len(set(_points(ring, name))) < 3:
            _refuse(name, "has a ring of fewer than three different points; a polygon needs three.", "size")


def ring_area(ring: Sequence[Sequence[float]]) -> float:
    """The area inside a ring [[x, y], ...] by the shoelace formula; negative if it runs the other way round."""
    turned = [*ring[1:], ring[0]]
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(ring, turned, strict=True)) / 2


def _polyline(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    if len(set(_points(value, name))) < 2:
        _refuse(name, "has fewer than two different points; a line needs two.", "size")


def _points(value: Any, name: str) -> list[tuple[float, float]]:
    if not isinstance(value, list | tuple):
        _refuse(name, "needs a list of points [x, y].", "shape")
    if len(value) > MOST_POINTS:
        _refuse(name, f"has more than {MOST_POINTS:,} points; simplify it first.", "count")
    points = []
    for point in value:
        x, y = _numbers(point, 2, name, "points of two numbers")
        points.append((x, y))
    return points


def _point(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    _numbers(value, 2, name, "a point of two numbers")


def _keypoints(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= 1_000:
        _refuse(name, "needs a list of key points [x, y, v].", "shape")
    for point in value:
        *_, seen = _numbers(point, 3, name, "key points of three numbers: x, y and how visible")
        if seen not in (0, 1, 2):
            _refuse(name, "has a key point whose visibility is not 0, 1 or 2.", "shape")


def _mask(value: Any, name: str, document: Mapping[str, Any]) -> None:
    size = value.get("size") if isinstance(value, Mapping) else None
    counts = value.get("counts") if isinstance(value, Mapping) else None
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(type(side) is int and side > 0 for side in size):
        _refuse(name, 'needs a mask with its "size": [height, width].', "shape")
    if not isinstance(counts, str) and not (isinstance(counts, list) and all(type(run) is int for run in counts)):
        _refuse(name, 'needs a mask with its "counts" (COCO run lengths).', "shape")
    if isinstance(counts, list) and (min(counts, default=0) < 0 or sum(counts) != size[0] * size[1]):
        _refuse(name, "has a mask whose runs do not fill its size.", "size")
    image = document.get("image")
    if image and (size[1], size[0]) != (image["width"], image["height"]):
        _refuse(name, f"has a mask of {size[1]} x {size[0]} pixels, which is not the size of the picture.", "size")


def _cuboid(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    words = "a cuboid of seven numbers: the middle (x, y, z), length, width, height and yaw"
    _, _, _, length, width, height, _ = _numbers(value, 7, name, words)
    if min(length, width, height) <= 0:
        _refuse(name, "must have a length, a width and a height above 0.", "size")


def _track(value: Any, name: str, document: Mapping[str, Any]) -> None:
    if not isinstance(value, Mapping) or not 0 < len(value) <= MOST_KEYS:
        _refuse(name, "needs a track: key frames with their boxes.", "shape")
    for frame, box in value.items():
        if not str(frame).isdecimal():
            _refuse(name, f"has a key frame that is no whole number ({str(frame)[:20]}).", "shape")
        if box is not None:
            _box(box, name, document)


def _span(value: Any, name: str, document: Mapping[str, Any]) -> None:
    start, end = _numbers(value, 2, name, "a span of two numbers: where it starts and where it ends")
    length = len(document["text"]) if isinstance(document.get("text"), str) else None
    if type(start) is not int or type(end) is not int or start < 0 or end <= start:
        _refuse(name, "must start and end at whole characters, and end after it starts.", "size")
    if length is not None and end > length:
        _refuse(name, f"ends after the text, which has {length} characters.", "outside")


def _segment(value: Any, name: str, document: Mapping[str, Any]) -> None:
    start, end = _numbers(value, 2, name, "a segment of two numbers: seconds from and to")
    if start < 0 or end <= start:
        _refuse(name, "must end after it starts.", "size")
    audio = document.get("audio")
    seconds = audio.get("seconds") if isinstance(audio, Mapping) else None
    if _is_number(seconds) and end > seconds + 1e-6:
        _refuse(name, f"ends after the sound, which has {seconds:g} seconds.", "outside")


def _relation(value: Any, name: str, _document: Mapping[str, Any]) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(value.get(end), str | int) for end in ("head", "tail")):
        _refuse(name, 'needs a relation with a "head" and a "tail".', "shape")


_CHECKS: Mapping[str, Callable[[Any, str, Mapping[str, Any]], None]] = {
    "box": _box, "rotated_box": _rotated_box, "polygon": _polygon, "polyline": _polyline, "point": _point,
    "keypoints": _keypoints, "mask": _mask, "cuboid": _cuboid, "track": _track, "span": _span, "segment": _segment,
    "relation": _relation,
}  # fmt: skip


def _check_fields(kind: str, document: Mapping[str, Any], gold: bool) -> None:
    _check_labels(document, "accepted")
    _check_labels(document, "choices")
    choice = document.get("choice")
    if choice is not None and (not isinstance(choice, str) or not 0 < len(choice) <= LONGEST_NAME):
        raise RefusedDocument(f"The choice must be a text of 1 to {LONGEST_NAME} characters.", "choice", "label")
    text = document.get("text")
    if text is not None and (not isinstance(text, str) or len(text) > LONGEST_TEXT):
        raise RefusedDocument(f"The text must have at most {LONGEST_TEXT:,} characters.", "text", "shape")
    if not gold or kind == "mixed":
        return
    needed = {"multilabel": "choices", "transcription": "text", "preference": "preference", "ranking": "ranking"}
    if kind == "classification" and choice is None and not document.get("accepted"):
        raise RefusedDocument("The gold names no right choice.", "choice", "label")
    if kind in needed and document.get(needed[kind]) is None and not document.get("accepted"):
        raise RefusedDocument(f'The gold needs "{needed[kind]}".', needed[kind], "shape")
    if kind == "preference" and document.get("preference") not in ("A", "B", "tie"):
        raise RefusedDocument('The preference must be "A", "B" or "tie".', "preference", "label")


def _check_labels(document: Mapping[str, Any], field: str) -> None:
    listed = document.get(field)
    if listed is None:
        return
    if not isinstance(listed, list | tuple) or len(listed) > MOST_OBJECTS:
        raise RefusedDocument(f'"{field}" must be a list of labels.', field, "shape")
    if not all(isinstance(label, str) and 0 < len(label) <= LONGEST_TEXT for label in listed):
        raise RefusedDocument(f'"{field}" must hold labels of at least one character.', field, "label")


def _numbers(value: Any, count: int, name: str, words: str) -> Sequence[float]:
    if not isinstance(value, list | tuple) or len(value) != count or not all(map(_is_number, value)):
        _refuse(name, f"needs {words}.", "shape")
    if not all(math.isfinite(number) and abs(number) <= FARTHEST for number in value):
        _refuse(name, "has a number that is not finite or far too large.", "number")
    return value


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(name: str, what: str, reason: str) -> NoReturn:
    raise RefusedDocument(f'Object "{name}" {what}', name, reason)
