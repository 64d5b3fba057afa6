"""One annotation of a COCO file as an object of ours. Pure: parsed JSON in, object out; what is odd is said.

What a file says besides an outline (its box, its area) is kept where it differs from what the outline itself tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any, NamedTuple

from academy.annotation.formats import masks
from academy.annotation.formats.found import FoundObject
from academy.annotation.formats.streams import is_number, numbers
from academy.grading.documents import LONGEST_NAME
from academy.grading.shapes import ring_area
from academy.i18n import Sentence, say

GEOMETRY = ("bbox", "segmentation", "keypoints")
KNOWN = frozenset({
    "id", "image_id", "category_id", "bbox", "segmentation", "keypoints", "num_keypoints", "area", "iscrowd", "ignore",
    "optional", "rule", "attributes", "object", "shape", "rotated_box", "caption", "accepted", "segments_info",
    "file_name", "score", "computed",
})  # fmt: skip
"""What is read of an annotation. Whatever else stands there is said once for the file."""
IMAGE_LABEL = "label"
"""The `shape` of an annotation that says what the whole picture shows."""


class Odd(NamedTuple):
    """What is to be said about an annotation, and whether it is lost."""

    sentence: Sentence
    lost: int


@dataclass(slots=True)
class Made:
    """What became of an annotation."""

    found: FoundObject | None = None
    odd: list[Odd] = field(default_factory=list)
    outline_left: bool = False
    """It has key points and an outline; an object has one shape."""


def is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def key_of(annotation: Any, place: int) -> str:
    """What an annotation is called in messages: its id, or its place in the list."""
    own = annotation.get("id") if isinstance(annotation, Mapping) else None
    return str(own)[:LONGEST_NAME] if is_id(own) and own != "" else f"#{place}"


def has_geometry(annotation: Mapping[str, Any]) -> bool:
    return any(name in annotation for name in GEOMETRY)


def made(annotation: Mapping[str, Any], key: str, label: str, kind: str = "") -> Made:
    """The object of an annotation. `kind`: take it as this kind ("box": only its box)."""
    result = Made()
    shapes = _Shapes(annotation)
    shape = shapes.wanted(kind)
    value = shapes.value(shape) if shape else None
    if value is None:
        result.odd.append(Odd(_nothing(label, kind, shapes), 1))
        return result
    result.outline_left = shape == "keypoints" and shapes.has_outline and not kind
    result.odd += [Odd(sentence, 0) for sentence in shapes.complaints(label, shape or "")]
    own = annotation.get("object")
    attributes = annotation.get("attributes")
    attributes = dict(attributes) if isinstance(attributes, Mapping) else {}
    if is_number(annotation.get("score")):
        attributes["score"] = annotation["score"]
    result.found = FoundObject(
        id=str(own)[:LONGEST_NAME] if is_id(own) and own != "" else key,
        label=label,
        shape=shape or "",
        value=value,
        crowd=annotation.get("iscrowd") in (1, True),
        ignore=annotation.get("ignore") in (1, True),
        optional=annotation.get("optional") in (1, True),
        rule=str(annotation.get("rule") or ""),
        attributes=attributes,
        beside=_beside(annotation, shape or "", value),
        called=key,
    )
    return result


class _Shapes:
    """The shapes that an annotation can be read as."""

    def __init__(self, annotation: Mapping[str, Any]) -> None:
        self.annotation = annotation
        self.drawn = annotation.get("segmentation")
        self.bad_parts = 0
        self._values: dict[str, Any] = {}

    @property
    def has_outline(self) -> bool:
        return bool(self.drawn)

    def wanted(self, kind: str) -> str:
        """The shape to take; "" if there is none that could be."""
        if kind in ("box", "polygon", "mask", "keypoints", "rotated_box"):
            return kind
        if not self.drawn and "keypoints" not in self.annotation:  # most objects of most files
            return "box" if self.value("box") is not None else ""
        said = self.annotation.get("shape")
        order = ("rotated_box", "keypoints", "mask", "polygon", "box")
        for shape in (said, *order) if said in order else order:
            if self.value(shape) is not None:
                return shape
        return ""

    def value(self, shape: str) -> Any:
        """Its geometry as this shape in the form of documents; None if it has none."""
        if shape not in self._values:
            self._values[shape] = self._read(shape)
        return self._values[shape]

    def _read(self, shape: str) -> Any:
        if shape == "box":
            box = self.annotation.get("bbox")
            return box if numbers(box, 4) else None
        if shape == "keypoints":
            return self._keypoints()
        if shape == "rotated_box":
            return self._rotated_box()
        return self._mask() if shape == "mask" else self._polygon()

    def _keypoints(self) -> list[list[float]] | None:
        flat = self.annotation.get("keypoints")
        if not numbers(flat) or not flat or len(flat) % 3 or not set(flat[2::3]) <= {0, 1, 2}:
            return None
        if not any(flat[2::3]) and self.annotation.get("shape") != "keypoints":
            return None  # COCO writes zeros for a person whose points nobody marked
        return [[flat[at], flat[at + 1], int(flat[at + 2])] for at in range(0, len(flat), 3)]

    def _rotated_box(self) -> list[float] | None:
        """Ours: COCO has no turned boxes. It counts only while the outline beside it still says the same."""
        turned = self.annotation.get("rotated_box")
        polygon = self.value("polygon") if numbers(turned, 5) else None
        if not numbers(turned, 5) or not polygon or len(polygon) != 1:
            return None
        told = [value for point in corners(turned) for value in point]
        drawn = [value for point in polygon[0][0] for value in point]
        same = len(told) == len(drawn) and all(abs(a - b) < 1e-3 for a, b in zip(told, drawn, strict=True))
        return turned if same else None

    def _mask(self) -> dict[str, Any] | None:
        if isinstance(self.drawn, Mapping):
            try:
                masks.runs(self.drawn)
            except masks.BadMask:
                return None
            return {"size": list(self.drawn["size"]), "counts": self.drawn["counts"]}
        return None

    def _polygon(self) -> list[list[list[list[float]]]] | None:
        if not isinstance(self.drawn, list):
            return None
        flats = [self.drawn] if self.drawn and numbers(self.drawn) else self.drawn
        good = [flat for flat in flats if numbers(flat) and len(flat) >= 6 and len(flat) % 2 == 0]
        self.bad_parts = len(flats) - len(good)
        return [[[[flat[at], flat[at + 1]] for at in range(0, len(flat), 2)]] for flat in good] or None

    def complaints(self, label: str, shape: str) -> list[Sentence]:
        """What was left out of an object that comes in."""
        said = []
        points = self.annotation.get("keypoints")
        if points and shape != "keypoints" and self.value("keypoints") is None and any(self._seen(points)):
            said.append(say("%(label)s: its key points are not lists of x, y and 0, 1 or 2; they were left out.",
                            label=label))  # fmt: skip
        if shape == "polygon" and self.bad_parts:
            said.append(say("%(label)s: %(count)s parts of its outline are no lists of at least three points; they "
                            "were left out.", label=label, count=self.bad_parts))  # fmt: skip
        if shape == "box" and self.has_outline and self.value("polygon") is None and self.value("mask") is None:
            said.append(say("%(label)s: its outline can not be used; its box was taken.", label=label))
        return said

    @staticmethod
    def _seen(points: Any) -> list[Any]:
        return points[2::3] if isinstance(points, list) else [True]


def _nothing(label: str, kind: str, shapes: _Shapes) -> Sentence:
    if kind == "box" or not shapes.has_outline:
        return say("%(label)s: there is no box of four numbers; the object was not imported.", label=label)
    if kind:
        return say("%(label)s: it has no shape of the kind %(kind)s; the object was not imported.", label=label,
                   kind=kind)  # fmt: skip
    if isinstance(shapes.drawn, Mapping):
        return say("%(label)s: the run lengths of its mask do not fill its size, and there is no box; the object was "
                   "not imported.", label=label)  # fmt: skip
    return say("%(label)s: its outline is no list of at least three points, and there is no box; the object was not "
               "imported.", label=label)  # fmt: skip


def _beside(annotation: Mapping[str, Any], shape: str, value: Any) -> dict[str, Any]:
    """The box and the area that the file gives, where they say more than the shape itself. Our own files say it."""
    if shape not in ("keypoints", "polygon", "mask"):
        return {}
    said: dict[str, Any] = {}
    box, area, ours = annotation.get("bbox"), annotation.get("area"), annotation.get("computed")
    around, inside = ([], -1.0) if isinstance(ours, list) else measured(shape, value)
    if numbers(box, 4) and any(box) and not _near(box, around):
        said["box"] = box
    if is_number(area) and area > 0 and abs(area - inside) > 1e-9 * max(1.0, inside):
        said["area"] = area
    return {name: number for name, number in said.items() if not isinstance(ours, list) or name not in ours}


def _near(box: list[float], other: list[float]) -> bool:
    return len(other) == 4 and all(abs(a - b) <= 1e-9 for a, b in zip(box, other, strict=True))


def measured(shape: str, value: Any) -> tuple[list[float], float]:
    """The box around a shape and its area, as COCO wants them beside it."""
    if shape == "box":
        return list(value), value[2] * value[3]
    if shape == "mask":
        return masks.bounds(value), masks.area(value)
    if shape == "polygon":
        box = _around([point for part in value for ring in part for point in ring])
        return box, sum(abs(ring_area(part[0])) for part in value)
    if shape == "rotated_box":
        return _around(corners(value)), value[2] * value[3]
    box = _around([point for point in value if point[2]] or value)
    return box, box[2] * box[3]


def _around(points: list[Any]) -> list[float]:
    across, down = [point[0] for point in points], [point[1] for point in points]
    left, top = min(across), min(down)
    return [left, top, max(across) - left, max(down) - top]


def corners(turned: list[float]) -> list[list[float]]:
    """The corners of a turned box [cx, cy, w, h, degrees clockwise], from its upper left one on."""
    x, y, width, height, degrees = turned
    turn_x, turn_y = cos(radians(degrees)), sin(radians(degrees))
    arms = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [[x + a * turn_x - d * turn_y, y + a * turn_y + d * turn_x] for a, d in arms]
