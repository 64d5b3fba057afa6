"""What grading answers: a score, how it came about, and a verdict for every object. Words are made elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

MATCHED = "matched"
WRONG_LABEL = "wrong_label"
LOOSE = "loose"
DUPLICATE = "duplicate"
MISSED = "missed"
EXTRA = "extra"
MERGED = "merged"
SPLIT = "split"


class Verdict(NamedTuple):
    """What became of one object of the gold or of the answer, or of both where they were paired.

    Errors are signed: answer minus gold in pixels, so a positive error at the right edge is "too far to the right".
    Classification has no objects; there `gold` and `answer` are the labels themselves.
    """

    verdict: str
    gold: str | None
    answer: str | None
    similarity: float
    errors: dict[str, float]
    rule: str | None


@dataclass(frozen=True, slots=True)
class GradeReport:
    """`clipped` and `ignored` name the objects of the answer that were cut to the picture or do not count."""

    score: float
    passed: bool
    metrics: Mapping[str, float]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()
    clipped: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "passed": self.passed,
            "metrics": dict(self.metrics),
            "verdicts": [verdict._asdict() for verdict in self.verdicts],
            "notes": list(self.notes),
            "clipped": list(self.clipped),
            "ignored": list(self.ignored),
        }
