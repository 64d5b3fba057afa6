"""What counts in practice. Pure: values in, answer out.

The first try at a picture is its score; later tries are repairs. A set is done when its pictures have been passed,
first time or repaired: nobody is stuck because of a bad first day, and the score still says how the first day was.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

USUALLY_NEEDED = 10
"""So many passed pictures are enough, however large the set, where no lesson asks for another number."""

MOST_OBJECTS = 1_000
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is with one picture."""

    tries: int = 0
    first_score: float | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is with a set of pictures. `average` is over first tries, None before the first one."""

    pictures: int
    needed: int
    tried: int
    passed: int
    average: float | None

    @property
    def left(self) -> int:
        """How many pictures must still be passed."""
        return max(0, self.needed - self.passed)

    @property
    def done(self) -> bool:
        return self.pictures > 0 and self.left == 0


def progress(pictures: int, standings: Iterable[Standing], asked: int | None = None) -> Progress:
    """Where somebody stands in a set of so many pictures; `asked` is how many of them a lesson wants passed."""
    tried = [standing for standing in standings if standing.tries]
    firsts = [standing.first_score for standing in tried if standing.first_score is not None]
    average = sum(firsts) / len(firsts) if firsts else None
    needed = min(pictures, asked or USUALLY_NEEDED)
    return Progress(pictures, needed, len(tried), sum(standing.passed for standing in tried), average)


class Band(StrEnum):
    """A score in a word."""

    EXCELLENT = "excellent"
    GOOD = "good"
    NEARLY = "nearly"
    NOT_YET = "not yet"


def band(score: float, *, passed: bool) -> Band:
    if passed:
        return Band.EXCELLENT if score >= 0.9 else Band.GOOD
    return Band.NEARLY if score >= 0.5 else Band.NOT_YET


def is_key(key: object) -> bool:
    """Whether this can name a try: made by the browser at random, the same for every time it is sent."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


class UnfitAnswer(ValueError):
    """The answer is not one to this picture; `reason` is a stable word for those who put it into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def answer_document(kind: str, sent: Any, *, width: int, height: int, labels: Collection[str]) -> dict[str, Any]:
    """What was sent, reduced to what an answer to this picture may hold; the size is always the picture's own."""
    if not isinstance(sent, Mapping) or sent.get("kind", kind) != kind:
        raise UnfitAnswer("shape")
    head: dict[str, Any] = {"kind": kind, "image": {"width": width, "height": height}}
    if kind == "classification":
        choice = sent.get("choice")
        if not isinstance(choice, str) or choice not in labels:
            raise UnfitAnswer("choice")
        return {**head, "choice": choice}
    objects = sent.get("objects")
    if not isinstance(objects, list):
        raise UnfitAnswer("shape")
    if len(objects) > MOST_OBJECTS:
        raise UnfitAnswer("count")
    return {**head, "objects": [_object(item, labels) for item in objects]}


def _object(item: Any, labels: Collection[str]) -> dict[str, Any]:
    if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
        raise UnfitAnswer("shape")
    label = item.get("label")
    if not isinstance(label, str) or label not in labels:
        raise UnfitAnswer("label")
    return {"id": item["id"], "label": label, "box": item.get("box")}
