"""Where an object lies: inside its picture, partly outside it, or not in it at all. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from academy.annotation.formats.found import whole
from academy.i18n import Sentence, say

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Points = Sequence[Sequence[float]]
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Fitted:
    """A geometry as gold, None if it can not be; and what is to be said about it."""

    value: Any
    sentences: tuple[Sentence, ...] = ()


def refused(sentence: Sentence) -> Fitted:
    return Fitted(None, (sentence,))


def said(sentence: str, where: Mapping[str, Any], **more: float) -> Sentence:
    """A sentence about an object: its label, its edges, and numbers."""
    label = where["label"]
    numbers = {name: float(fact) for name, fact in (*where.items(), *more.items()) if name != "label"}
    return say(sentence, label=label, **numbers)


def bounds(points: Iterable[Sequence[float]]) -> Edges:
    """The edges of what these points span; there must be one."""
    listed = list(points)
    xs, ys = [point[0] for point in listed], [point[1] for point in listed]
    return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture: from (0, 0) to its width and height."""

    width: float
    height: float

    def cut(self, edges: Edges) -> Edges:
        left, top, right, bottom = edges
        return max(left, 0), max(top, 0), min(right, self.width), min(bottom, self.height)

    def holds(self, edges: Edges) -> bool:
        left, top, right, bottom = edges
        return left >= 0 and top >= 0 and right <= self.width and bottom <= self.height

    def misses(self, edges: Edges) -> bool:
        left, top, right, bottom = edges
        return right <= 0 or bottom <= 0 or left >= self.width or top >= self.height

    def reach(self, edges: Edges) -> float:
        """By how many pixels something leaves the picture on the side where it does most."""
        left, top, right, bottom = edges
        return max(-left, -top, right - self.width, bottom - self.height)

    def is_outside(self, where: Mapping[str, Any]) -> Sentence:
        return said(
            "%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): it lies outside the picture (%(width)s x "
            "%(height)s); the object was not imported.",
            where,
            width=self.width,
            height=self.height,
        )

    def reaching(self, where: Mapping[str, Any], edges: Edges, cut: Any, clip: bool) -> Fitted:
        """What becomes of something that leaves the picture: its cut form, or nothing."""
        far = self.reach(edges)
        if far <= _NEAR:
            return Fitted(cut)
        if clip:
            sentence = said(
                "%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): it reached %(far)s px outside the picture; "
                "it was cut.", where, far=far,
            )  # fmt: skip
            return Fitted(cut, (sentence,))
        sentence = said(
            "%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): it reaches %(far)s px outside the picture; the "
            "object was not imported, as you chose.", where, far=far,
        )  # fmt: skip
        return refused(sentence)


def plain_points(points: Iterable[Sequence[float]]) -> list[list[float]]:
    return [[whole(x), whole(y)] for x, y in points]
