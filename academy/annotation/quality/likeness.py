"""How alike two people labelled the same thing: the numbers behind "they disagree here". Pure.

This looks at gold in the making and grades nobody: shapes are paired so that their overlaps add up to the most, and
labels are compared apart from shapes, because a wrong word on a right shape is another mistake than a wrong shape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask
from scipy.optimize import linear_sum_assignment
from shapely import make_valid
from shapely.affinity import rotate
from shapely.geometry import Polygon, box

from academy.grading.shapes import shape_of

Document = Mapping[str, Any]
NEAR = 0.05
"""Two points this share of the picture's diagonal apart are not alike at all."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of two documents, each in [0, 1]: `shapes` is the overlap, `labels` the share of paired objects (or of answers)
    with the same word."""

    shapes: float
    labels: float


def likeness(one: Document, other: Document) -> Likeness:
    """How alike two documents of one item are. Both empty: alike."""
    first, second = _objects(one), _objects(other)
    if not first and not second:
        same = _answer(one) == _answer(other)
        return Likeness(1.0 if same else 0.0, 1.0 if same else 0.0)
    if not first or not second:
        return Likeness(0.0, 0.0)
    diagonal = _diagonal(one) or _diagonal(other) or 1.0
    table = np.array([[overlap(a, b, diagonal) for b in second] for a in first])
    rows, columns = linear_sum_assignment(-table)
    pairs = [(a, b) for a, b in zip(rows, columns, strict=True) if table[a, b] > 0]
    shapes = 2 * sum(float(table[a, b]) for a, b in pairs) / (len(first) + len(second))
    same = sum(first[a].get("label") == second[b].get("label") for a, b in pairs)
    return Likeness(shapes, same / len(pairs) if pairs else 0.0)


def mean_likeness(documents: Sequence[Document]) -> Likeness | None:
    """The mean over all pairs of people; None for fewer than two."""
    found = [likeness(one, other) for one, other in combinations(documents, 2)]
    if not found:
        return None
    return Likeness(sum(one.shapes for one in found) / len(found), sum(one.labels for one in found) / len(found))


def _objects(document: Document) -> list[Mapping[str, Any]]:
    return [item for item in document.get("objects") or () if not item.get("ignore")]


def _answer(document: Document) -> Any:
    """What a document says that has no objects."""
    for field in ("choice", "preference", "text", "ranking"):
        if document.get(field) is not None:
            return document[field]
    choices = document.get("choices")
    return sorted(choices) if choices is not None else None


def _diagonal(document: Document) -> float:
    image = document.get("image")
    return float(np.hypot(image["width"], image["height"])) if image else 0.0


def overlap(one: Mapping[str, Any], other: Mapping[str, Any], diagonal: float = 1.0) -> float:
    """How far two objects lie upon each other, in [0, 1]; 0 for different kinds of shapes that have no area."""
    shape, second = shape_of(one), shape_of(other)
    if shape is None or second is None:
        return 0.0
    if shape in _AREAS and second in _AREAS:
        return area_overlap(_AREAS[shape](one[shape]), _AREAS[second](other[second]))
    if shape != second:
        return 0.0
    if shape in _OVERLAPS:
        return _OVERLAPS[shape](one[shape], other[shape], diagonal)
    return float(one[shape] == other[shape])


def area_overlap(one: Any, other: Any) -> float:
    """IoU of two shapely shapes; 0 if neither has an area."""
    together = one.union(other).area
    return float(one.intersection(other).area / together) if together else 0.0


def outline(parts: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Any:
    """The shapely shape of a polygon [[ring, hole, ...], ...]; lines that cross are put in order."""
    shape: Any = Polygon()
    for outer, *holes in parts:
        part = Polygon(outer, [hole for hole in holes if len(hole) >= 3]) if len(outer) >= 3 else Polygon()
        shape = shape.union(make_valid(part, method="structure"))
    return shape


def _turned(value: Sequence[float]) -> Any:
    across, down, width, height, degrees = value
    flat = box(across - width / 2, down - height / 2, across + width / 2, down + height / 2)
    return rotate(flat, degrees, origin=(across, down))


_AREAS: Mapping[str, Callable[[Any], Any]] = {
    "box": lambda value: box(value[0], value[1], value[0] + value[2], value[1] + value[3]),
    "rotated_box": _turned,
    "polygon": outline,
}


def _masks(one: Mapping[str, Any], other: Mapping[str, Any], _diagonal: float) -> float:
    if list(one["size"]) != list(other["size"]):
        return 0.0
    return float(coco_mask.iou([_runs(one)], [_runs(other)], [0])[0][0])


def _runs(mask: Mapping[str, Any]) -> Any:
    """The mask as pycocotools wants it: packed."""
    counts, size = mask["counts"], list(mask["size"])
    if isinstance(counts, list):
        return coco_mask.frPyObjects({"size": size, "counts": counts}, *size)
    return {"size": size, "counts": counts.encode() if isinstance(counts, str) else counts}


def _points(one: Sequence[float], other: Sequence[float], diagonal: float) -> float:
    distance = float(np.hypot(one[0] - other[0], one[1] - other[1]))
    return max(0.0, 1 - distance / (NEAR * diagonal))


def _keypoints(one: Sequence[Any], other: Sequence[Any], diagonal: float) -> float:
    if len(one) != len(other):
        return 0.0
    both = [(a, b) for a, b in zip(one, other, strict=True) if a[2] and b[2]]
    return sum(_points(a, b, diagonal) for a, b in both) / len(both) if both else 1.0


def _ranges(one: Sequence[float], other: Sequence[float], _diagonal: float) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, shared) / (max(one[1], other[1]) - min(one[0], other[0]))


def _lines(one: Sequence[Any], other: Sequence[Any], diagonal: float) -> float:
    """Lines are compared at as many places along them as the longer list of points has."""
    count = max(len(one), len(other), 2)
    first, second = (_along(line, count) for line in (one, other))
    forth = np.hypot(*(first - second).T).mean()
    back = np.hypot(*(first - second[::-1]).T).mean()
    return float(max(0.0, 1 - min(forth, back) / (NEAR * diagonal)))


def _along(line: Sequence[Any], count: int) -> Any:
    points = np.asarray(line, dtype=float)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, lengths[-1], count)
    return np.stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)], axis=1)


_OVERLAPS: Mapping[str, Callable[[Any, Any, float], float]] = {
    "mask": _masks,
    "point": _points,
    "keypoints": _keypoints,
    "span": _ranges,
    "segment": _ranges,
    "polyline": _lines,
}
