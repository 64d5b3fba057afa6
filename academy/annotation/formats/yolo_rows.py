"""One row of YOLO's labels and the object it stands for. Pure; coordinates are shares of the picture's sides.

detect   class cx cy w h
segment  class x1 y1 x2 y2 x3 y3 ...
obb      class x1 y1 x2 y2 x3 y3 x4 y4
pose     class cx cy w h  x1 y1 [v1]  x2 y2 [v2] ...
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from academy.annotation.formats.found import near
from academy.grading.shapes import ring_area

TASKS: Mapping[str, str] = {"detect": "box", "segment": "polygon", "obb": "rotated_box", "pose": "keypoints"}
"""What a set is for, in YOLO's words, and the shape its rows have."""
SHAPES = tuple(TASKS.values())
SKEWED = 0.02
"""How far, as a share of its longest side, the corners of a turned box may be from right ones."""
ROUNDED = 1e-6
"""Shares are written with six decimals, so that an edge on the border may seem to lie so far outside."""
Size = tuple[float, float]
Geometry = tuple[str, Any, dict[str, Any]]
"""The shape, its geometry, and what is known beside."""


@dataclass(frozen=True, slots=True)
class Points:
    """How the key points of a set are written: how many there are, and how many numbers each has (2 or 3)."""

    count: int
    numbers: int


def read_row(values: Sequence[float], size: Size, task: str, points: Points | None) -> Geometry | None:
    """The geometry of the numbers behind the class; None if there are not as many as any form needs."""
    if task == "pose" and points and len(values) == 4 + points.count * points.numbers:
        return "keypoints", _keypoints(values[4:], size, points.numbers), {"box": list(_box(values, size))}
    if len(values) in (4, 5):
        return "box", _box(values, size), {}
    if len(values) < 6 or len(values) % 2:
        return None
    corners = corners_in(values, size)
    if task == "obb" and len(corners) == 4:
        return "rotated_box", turned_box(corners), {}
    return "polygon", [[corners]], {}


def corners_in(values: Sequence[float], size: Size) -> list[list[float]]:
    """The points of a row, in pixels."""
    return [
        [near(_inside(x) * size[0]), near(_inside(y) * size[1])]
        for x, y in zip(values[::2], values[1::2], strict=False)
    ]


def _inside(share: float) -> float:
    """A share, back from where rounding took it over the border."""
    return min(max(share, 0.0), 1.0) if -ROUNDED <= share <= 1 + ROUNDED else share


def _box(values: Sequence[float], size: Size) -> tuple[float, float, float, float]:
    cx, cy, w, h = values[:4]
    left, top, right, bottom = map(_inside, (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
    wide, high = (right - left) * size[0], (bottom - top) * size[1]
    return near(left * size[0]), near(top * size[1]), near(wide), near(high)


def _keypoints(values: Sequence[float], size: Size, numbers: int) -> list[list[float]]:
    found: list[list[float]] = []
    for place in range(0, len(values), numbers):
        x, y, *seen = values[place : place + numbers]
        visible = int(seen[0]) if seen else (2 if x or y else 0)
        found.append([near(_inside(x) * size[0]), near(_inside(y) * size[1]), visible] if visible else [0, 0, 0])
    return found


def turned_box(corners: Sequence[Sequence[float]]) -> tuple[float, float, float, float, float]:
    """The turned box with these four corners, its own upper left one first and clockwise."""
    ring = corners if ring_area(corners) >= 0 else [corners[0], *reversed(corners[1:])]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ring
    width = (math.hypot(x1 - x0, y1 - y0) + math.hypot(x2 - x3, y2 - y3)) / 2
    height = (math.hypot(x2 - x1, y2 - y1) + math.hypot(x3 - x0, y3 - y0)) / 2
    degrees = math.degrees(math.atan2(y1 - y0 + y2 - y3, x1 - x0 + x2 - x3)) % 360
    middle_x, middle_y = (x0 + x1 + x2 + x3) / 4, (y0 + y1 + y2 + y3) / 4
    return near(middle_x), near(middle_y), near(width), near(height), near(degrees) % 360


def corners_of(box: Sequence[float]) -> list[tuple[float, float]]:
    """The corners of a turned box, as `turned_box` takes them."""
    cx, cy, width, height, degrees = box
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (cx + x * width / 2 * cosine - y * height / 2 * sine, cy + x * width / 2 * sine + y * height / 2 * cosine)
        for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def is_rectangle(corners: Sequence[Sequence[float]]) -> bool:
    """Whether four corners make a box, turned or not."""
    drawn = corners_of(turned_box(corners))
    longest = max(math.dist(a, b) for a, b in pairwise(corners))
    return all(min(math.dist(corner, other) for other in drawn) <= SKEWED * longest for corner in corners)


# Out ---------------------------------------------------------------------------------------------------------------


def row_of(thing: Mapping[str, Any], shape: str, size: Size, points: int) -> list[float]:
    """The numbers behind the class. `points`: how many key points every row of the set has."""
    if shape == "box":
        return _box_row(thing["box"], size)
    if shape == "keypoints":
        seen = [(x, y) for x, y, v in thing["keypoints"] if v] or [(0.0, 0.0)]
        xs, ys = zip(*seen, strict=True)
        around = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        row = _box_row(thing.get("box") or around, size)
        for x, y, v in thing["keypoints"]:
            row += [x / size[0], y / size[1], v] if v else [0, 0, 0]
        return row + [0] * (3 * (points - len(thing["keypoints"])))
    ring = corners_of(thing["rotated_box"]) if shape == "rotated_box" else largest_ring(thing["polygon"])
    return [value for x, y in ring for value in (x / size[0], y / size[1])]


def largest_ring(polygon: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Sequence[Sequence[float]]:
    """The outline of the largest part: a row holds one."""
    return max((part[0] for part in polygon), key=lambda ring: abs(ring_area(ring)))


def _box_row(box: Sequence[float], size: Size) -> list[float]:
    x, y, w, h = box
    return [(x + w / 2) / size[0], (y + h / 2) / size[1], w / size[0], h / size[1]]
