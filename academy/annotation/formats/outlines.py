"""Outlines and lines held against their picture. Pure; what is inside stays exactly as it was, point by point."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from academy.annotation.formats.spot import Fitted, Frame, Points, bounds, plain_points, refused, said
from academy.grading.shapes import ring_area
from academy.i18n import Sentence

Rings = Sequence[Sequence[Points]]
"""Parts, each its outer ring and then its holes."""


def fit_outline(label: str, value: Rings, frame: Frame | None, clip: bool) -> Fitted:
    """A polygon of one or several parts."""
    edges = bounds(point for part in value for point in part[0])
    where = {"label": label, "left": edges[0], "top": edges[1], "right": edges[2], "bottom": edges[3]}
    good = [
        [ring for ring in part if len({(x, y) for x, y in ring}) >= 3]
        for part in value
        if len({(x, y) for x, y in part[0]}) >= 3
    ]
    if not good:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the outline has fewer than "
                            "three different points; the object was not imported.", where))  # fmt: skip
    area = sum(abs(ring_area(part[0])) - sum(abs(ring_area(hole)) for hole in part[1:]) for part in good)
    crossing = _crossing(good, where)
    if area <= 0 and not shapely.make_valid(_polygons(good)).area:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the outline has no area; the "
                            "object was not imported.", where))  # fmt: skip
    sentences = [*_repeats(good, where), *crossing]
    if 0 < area < 1:
        sentences.append(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): it is smaller than one square "
                              "pixel; it was imported as it is.", where))  # fmt: skip
    if sum(map(len, value)) != sum(map(len, good)):
        sentences.append(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): a ring of the outline has "
                              "fewer than three different points; this ring was left out.", where))  # fmt: skip
    kept = [[plain_points(ring) for ring in part] for part in good]
    if frame is None or frame.holds(edges):
        return Fitted(kept, tuple(sentences))
    if frame.misses(edges):
        return refused(frame.is_outside(where))
    cut = _cut(kept, frame) if clip else kept
    if not cut:
        return refused(frame.is_outside(where))
    fitted = frame.reaching(where, edges, cut, clip)
    return Fitted(fitted.value, (*sentences, *fitted.sentences))


def _repeats(parts: Rings, where: dict[str, Any]) -> list[Sentence]:
    """Points that repeat the one before: legal, but some tools stumble over them."""
    rings = [ring for part in parts for ring in part]
    repeats = sum((one[0], one[1]) == (two[0], two[1]) for ring in rings for one, two in pairwise(ring))
    if not repeats:
        return []
    return [said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the outline repeats a point %(count)s "
                 "times in a row; it was imported as it is.", where, count=repeats)]  # fmt: skip


def _crossing(parts: Rings, where: dict[str, Any]) -> list[Sentence]:
    """Whether an outline crosses itself, as a bow tie does."""
    why = shapely.is_valid_reason(_polygons(parts))
    if not why.startswith("Self-intersection"):
        return []
    return [said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the outline crosses itself; it was "
                 "imported as it is. Look whether it was drawn in the right order.", where)]  # fmt: skip


def _polygons(parts: Rings) -> BaseGeometry:
    made = [Polygon(part[0], part[1:]) for part in parts]
    return made[0] if len(made) == 1 else MultiPolygon(made)


def overlap_of(one: Rings, two: Rings) -> float:
    """Intersection over union of two outlines."""
    first, second = (shapely.make_valid(_polygons(parts)) for parts in (one, two))
    union = first.union(second).area
    return float(first.intersection(second).area / union) if union else 0.0


def _cut(parts: Rings, frame: Frame) -> list[list[list[list[float]]]]:
    """What of the outline lies in the picture, part by part; rings without the point that closes them."""
    area = box(0, 0, frame.width, frame.height)
    kept = []
    for part in parts:
        inside = shapely.make_valid(Polygon(part[0], part[1:])).intersection(area)
        kept += [
            [plain_points(ring.coords[:-1]) for ring in (piece.exterior, *piece.interiors)]
            for piece in _pieces(inside, Polygon)
            if piece.area > 0
        ]
    return kept


def fit_line(label: str, value: Points, frame: Frame | None, clip: bool) -> Fitted:
    """A line of two points or more. What leaves the picture and comes back stays with its longest piece."""
    edges = bounds(value)
    where = {"label": label, "left": edges[0], "top": edges[1], "right": edges[2], "bottom": edges[3]}
    if len({(x, y) for x, y in value}) < 2:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the line has fewer than two "
                            "different points; the object was not imported.", where))  # fmt: skip
    if frame is None or frame.holds(edges):
        return Fitted(plain_points(value))
    inside = LineString(value).intersection(box(0, 0, frame.width, frame.height))
    pieces = _pieces(inside, LineString)
    if not pieces:
        return refused(frame.is_outside(where))
    longest = max(pieces, key=lambda piece: piece.length)
    return frame.reaching(where, edges, plain_points(longest.coords), clip)


def _pieces(geometry: Any, kind: type[Any]) -> list[Any]:
    if isinstance(geometry, MultiLineString) and kind is LineString:
        geometry = shapely.line_merge(geometry)
    parts = getattr(geometry, "geoms", [geometry])
    return [piece for piece in parts if isinstance(piece, kind) and not piece.is_empty]
