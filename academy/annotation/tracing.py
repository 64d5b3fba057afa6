"""Shapes as SVG path data: what sketch.py draws. Pure."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from academy.grading.shapes import shape_of

FILLED = frozenset({"box", "rotated_box", "polygon", "mask", "cuboid", "segment"})
_FINE, _COARSE = 1_600, 400
"""Steps into which the longer side of the view is divided: what lies closer together is one point."""
_MASK_FINE, _MASK_COARSE = 400, 80
"""Columns of a mask that are drawn."""
_LANE = 1.0

View = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trace:
    """How the objects of one document become paths."""

    view: View | None
    step: float
    columns: int
    stretched: bool = False
    from_above: bool = False
    lanes: Mapping[int, int] | None = None

    def paths(self, item: Mapping[str, Any], shape: str, edges: Iterable[Sequence[int]] = ()) -> tuple[str, str]:
        """The lines and the dots of one object."""
        if shape == "keypoints":
            return _keypoints(self, item["keypoints"], edges)
        if shape == "point":
            return "", self.dot(item["point"])
        if shape == "segment":
            return self._bar(item), ""
        return _LINES[shape](self, item[shape]), ""

    def number(self, value: float) -> str:
        """A coordinate, rounded to what can be seen."""
        rounded = round(value / self.step) * self.step
        return f"{rounded:.10g}" if abs(rounded) < 1 else f"{rounded:.6g}"

    def line(self, points: Iterable[Sequence[float]], closed: bool = False) -> str:
        seen: list[tuple[str, str]] = []
        for x, y in points:
            here = self.number(x), self.number(y)
            if not seen or seen[-1] != here:
                seen.append(here)
        if not seen:
            return ""
        return "M" + "L".join(f"{x} {y}" for x, y in seen) + ("z" if closed else "")

    def dot(self, point: Sequence[float]) -> str:
        """A line of no length: its round ends are the dot."""
        return f"M{self.number(point[0])} {self.number(point[1])}h0"

    def _bar(self, item: Mapping[str, Any]) -> str:
        start, end = item["segment"]
        top = (self.lanes or {}).get(id(item), 0) * _LANE + 0.15
        return f"M{start:.6g} {top:.6g}H{end:.6g}v.7H{start:.6g}z"


def prepare(
    objects: Sequence[Mapping[str, Any]], size: tuple[float, float], seconds: float | None, *, small: bool
) -> Trace:
    """Decide what the objects are drawn on: their picture, the ground from above, or time."""
    columns, steps = (_MASK_COARSE, _COARSE) if small else (_MASK_FINE, _FINE)
    shapes = {shape_of(item) for item in objects}
    if shapes == {"cuboid"}:
        ground = _ground([item["cuboid"] for item in objects])
        return Trace(ground, max(ground[2:]) / steps, columns, from_above=True)
    if shapes == {"segment"}:
        end = max(seconds or 0.0, *(item["segment"][1] for item in objects))
        lanes = _lanes(objects)
        return Trace((0, 0, end, (max(lanes.values()) + 1) * _LANE), end / steps, columns, stretched=True, lanes=lanes)
    view: View | None = (0, 0, *size) if min(size) > 0 else _reach(objects)
    return Trace(view, max(view[2:]) / steps if view else 1, columns)


def _reach(objects: Iterable[Mapping[str, Any]]) -> View | None:
    """What the objects take up, where nobody knows the size of their picture."""
    points = [point for item in objects for point in _ends(item)]
    if not points:
        return None
    right, low = max(x for x, _ in points), max(y for _, y in points)
    return (0, 0, right * 1.05, low * 1.05) if min(right, low) > 0 else None


def _ends(item: Mapping[str, Any]) -> Iterator[Point]:
    shape = shape_of(item)
    if shape in {"box", "track"}:
        boxes = [item["box"]] if shape == "box" else [box for box in item["track"].values() if box]
        yield from ((box[0] + box[2], box[1] + box[3]) for box in boxes)
    elif shape == "rotated_box":
        x, y, width, height, degrees = item["rotated_box"]
        yield from _turned(x, y, width, height, math.radians(degrees))
    elif shape == "mask":
        yield tuple(reversed(item["mask"]["size"]))
    elif shape in {"polygon", "polyline", "point", "keypoints"}:
        given = item[shape]
        lists = [part[0] for part in given] if shape == "polygon" else [[given]] if shape == "point" else [given]
        yield from ((point[0], point[1]) for one in lists for point in one)


def _lanes(objects: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Segments that lie upon each other go into lanes of their own."""
    free: list[float] = []
    lanes: dict[int, int] = {}
    for item in sorted(objects, key=lambda each: float(each["segment"][0])):
        start, end = item["segment"]
        lane = next((number for number, until in enumerate(free) if until <= start), len(free))
        free[lane:] = [end, *free[lane + 1 :]]
        lanes[id(item)] = lane
    return lanes


# One function for each shape ---------------------------------------------------------------------------------------


def _box(trace: Trace, box: Sequence[float]) -> str:
    left, top, width, height = box
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    return trace.line(corners, closed=True)


def _rotated_box(trace: Trace, box: Sequence[float]) -> str:
    x, y, width, height, degrees = box
    return trace.line(_turned(x, y, width, height, math.radians(degrees)), closed=True)


def _turned(x: float, y: float, width: float, height: float, angle: float) -> Iterator[Point]:
    """The corners of a rectangle that is turned about its middle; clockwise where y goes down."""
    cos, sin = math.cos(angle), math.sin(angle)
    for across, down in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        right, low = across * width, down * height
        yield x + right * cos - low * sin, y + right * sin + low * cos


def _polygon(trace: Trace, parts: Sequence[Sequence[Sequence[Sequence[float]]]]) -> str:
    return "".join(trace.line(ring, closed=True) for rings in parts for ring in rings)


def _polyline(trace: Trace, points: Sequence[Sequence[float]]) -> str:
    return trace.line(points)


def _track(trace: Trace, frames: Mapping[str, Sequence[float] | None]) -> str:
    """Where it is first, and the way of its middle from there."""
    boxes = [box for _, box in sorted(frames.items(), key=lambda pair: int(pair[0])) if box is not None]
    if not boxes:
        return ""
    way = [(left + width / 2, top + height / 2) for left, top, width, height in boxes]
    return _box(trace, boxes[0]) + (trace.line(way) if len(way) > 1 else "")


def _keypoints(trace: Trace, points: Sequence[Sequence[float]], edges: Iterable[Sequence[int]]) -> tuple[str, str]:
    there = {number for number, point in enumerate(points) if point[2]}
    lines = "".join(trace.line([points[one][:2], points[other][:2]]) for one, other in edges if {one, other} <= there)
    return lines, "".join(trace.dot(points[number]) for number in sorted(there))


def _cuboid(trace: Trace, cuboid: Sequence[float]) -> str:
    """Its outline from above, and a line from its middle to where its front is."""
    x, y, _z, length, width, _height, yaw = cuboid
    corners = [_from_above(*corner) for corner in _turned(x, y, length, width, yaw)]
    front = x + math.cos(yaw) * length / 2, y + math.sin(yaw) * length / 2
    return trace.line(corners, closed=True) + trace.line([_from_above(x, y), _from_above(*front)])


def _from_above(x: float, y: float) -> Point:
    """x is forward and y is left; on the page forward is up."""
    return -y, -x


def _ground(cuboids: Sequence[Sequence[float]]) -> View:
    """What is seen from above: all cuboids, and the place where the scanner stood."""
    reach = [(*_from_above(one[0], one[1]), math.hypot(one[3], one[4]) / 2) for one in cuboids] + [(0.0, 0.0, 2.0)]
    left, top = min(x - far for x, _, far in reach), min(y - far for _, y, far in reach)
    right, low = max(x + far for x, _, far in reach), max(y + far for _, y, far in reach)
    return left, top, right - left, low - top


def _mask(trace: Trace, mask: Mapping[str, Any]) -> str:
    """Upright strips, as COCO's runs go down the columns; of wide masks every so many columns."""
    height, width = mask["size"]
    counts = mask["counts"]
    runs = []
    at, inside = 0, False
    for run in counts if isinstance(counts, list) else unpacked(counts):
        if inside and run:
            runs.append((at, at + run))
        at, inside = at + run, not inside
    wide = max(1, width // trace.columns)
    strips = [strip for start, end in runs for strip in _strips(start, end, height, wide)]
    if not strips:  # so thin that it lies between the columns that are drawn
        wide, strips = 1, [strip for start, end in runs for strip in _strips(start, end, height, 1)]
    return "".join(f"M{x} {y}h{wide}v{down}h-{wide}z" for x, y, down in strips)


def _strips(start: int, end: int, height: int, wide: int) -> Iterator[tuple[int, int, int]]:
    """What of one run lies in each column that is drawn."""
    first, last = start // height, (end - 1) // height
    for column in range(first + -first % wide, last + 1, wide):
        top = max(start - column * height, 0)
        yield column, top, min(end - column * height, height) - top


def unpacked(counts: str) -> Iterator[int]:
    """The runs of a mask from COCO's text: numbers of five bits a sign, from the third on as differences to the one
    before the last."""
    before: list[int] = []
    number = shift = 0
    for sign in counts:
        bits = ord(sign) - 48
        number |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            number -= 1 << shift
        if len(before) > 2:
            number += before[-2]
        before.append(number)
        yield number
        number = shift = 0


_LINES: Mapping[str, Callable[[Trace, Any], str]] = {
    "box": _box, "rotated_box": _rotated_box, "polygon": _polygon, "polyline": _polyline, "track": _track,
    "cuboid": _cuboid, "mask": _mask,
}  # fmt: skip
