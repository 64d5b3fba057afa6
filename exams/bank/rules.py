"""What an exam is made of, decided without a database."""

from dataclasses import dataclass
from enum import StrEnum

FULL_SCORE = 100
"""The points of all items of one exam together."""


class Level(StrEnum):
    """The rubric a practical item is graded with; exams are stricter than practice."""

    EXAM = "exam"


class WrongExam(ValueError):
    """The items of an exam do not make an exam; the sentence is for its author."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What an exam asks, in numbers a candidate may know beforehand."""

    questions: int
    practical: int
    points_for_questions: int
    points_for_practical: int

    @property
    def items(self) -> int:
        return self.questions + self.practical


def check_points(points: list[int], pass_mark: int) -> None:
    """All items together give FULL_SCORE, so that a pass mark of 60 means 60 of 100."""
    if not points or min(points) < 1:
        raise WrongExam("Every item of an exam needs at least one point.")
    if sum(points) != FULL_SCORE:
        raise WrongExam(f"The items give {sum(points)} points together; they must give {FULL_SCORE}.")
    if not 1 <= pass_mark <= FULL_SCORE:
        raise WrongExam(f"A pass mark of {pass_mark} can not be reached or not be missed.")
