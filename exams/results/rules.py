"""Marking: from shares and grades to points, a score of 100 and a pass. Values in, values out."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

PASS_MARK = 60
"""Points of 100 that pass."""

CATEGORY_CUTS = (0.40, 0.55, 0.70, 0.85)
"""A practical item is cut into ordered categories 0..4 by the score of the grading engine at exam level.

Below .40 nothing is earned, from .85 everything. Careful people differ from the gold by a pixel or two; above .85 the
engine would grade the screen they sit at rather than their eye.
"""

SECURE, GROWING = 0.8, 0.6


class Strength(StrEnum):
    """How a domain went, told in words instead of a figure from two or three items."""

    SECURE = "secure"
    GROWING = "growing"
    PRACTISE = "practise"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one item earned."""

    position: int
    domain: str
    points: float
    of: int
    category: int | None = None
    """For practical items: 0..4, see CATEGORY_CUTS."""


@dataclass(frozen=True, slots=True)
class DomainResult:
    domain: str
    points: float
    of: int

    @property
    def strength(self) -> Strength:
        share = self.points / self.of
        if share >= SECURE:
            return Strength.SECURE
        return Strength.GROWING if share >= GROWING else Strength.PRACTISE


@dataclass(frozen=True, slots=True)
class Marking:
    """The marks of one paper and what they come to."""

    marks: tuple[Mark, ...]
    score: float
    passed: bool
    domains: tuple[DomainResult, ...]


def category(score: float) -> int:
    """The ordered category of a practical grade: how many cuts it reached."""
    return bisect_right(CATEGORY_CUTS, round(score, 6))


def practical_points(score: float | None, points: int) -> tuple[float, int]:
    """Points and category of a practical item; None is an item without an answer."""
    reached = 0 if score is None else category(score)
    return round(points * reached / len(CATEGORY_CUTS), 2), reached


def question_points(share: float, points: int) -> float:
    """Points of a question from the share of it that is right."""
    return round(points * min(1.0, max(0.0, share)), 2)


def mark_paper(marks: Iterable[Mark], pass_mark: int = PASS_MARK) -> Marking:
    """Add the marks up to a score of 100. Exactly the pass mark passes."""
    all_marks = tuple(sorted(marks, key=lambda mark: mark.position))
    possible = sum(mark.of for mark in all_marks)
    score = round(100 * sum(mark.points for mark in all_marks) / possible, 2) if possible else 0.0
    names = dict.fromkeys(mark.domain for mark in all_marks)
    domains = tuple(
        DomainResult(
            name,
            round(sum(mark.points for mark in all_marks if mark.domain == name), 2),
            sum(mark.of for mark in all_marks if mark.domain == name),
        )
        for name in names
    )
    return Marking(all_marks, score, score >= pass_mark, domains)
