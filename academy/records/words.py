"""What each kind of event is called on the page of the person it happened to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from academy.i18n import _, _l, pick, won
from academy.records.models import Record

KINDS: dict[str, tuple[Any, str]] = {
    "badge issued": (_l("You earned a badge"), "ok"),
    "badge revoked": (_l("A badge was taken back"), "bad"),
    "course begun": (_l("You started a course"), "plain"),
    "course finished": (_l("You finished a course"), "ok"),
    "lesson finished": (_l("You finished a lesson"), "ok"),
    "quiz answered": (_l("You answered questions"), "plain"),
    "practice passed": (_l("You passed a practice"), "ok"),
    "practice tried": (_l("You practised"), "plain"),
    "exam passed": (_l("You passed an exam"), "ok"),
    "exam not passed": (_l("An exam did not work out this time"), "warn"),
    "work submitted": (_l("You handed in work"), "plain"),
    "work accepted": (_l("Your work was accepted"), "ok"),
    "work returned": (_l("Work came back for fixing"), "warn"),
    "work given back": (_l("Work went back to others because its time was over"), "plain"),
    "class joined": (_l("You joined a class"), "plain"),
    "meeting attended": (_l("You were at a class"), "ok"),
}
"""The sentence and the colour. A room that notes a new kind adds it here; a test compares."""

OTHER: tuple[Any, str] = (_l("Something was noted"), "plain")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page."""

    at: datetime
    title: str
    text: str
    kind: str


def line(record: Record) -> Line:
    """A record in words: what happened, and with what."""
    title, colour = KINDS.get(record.kind, OTHER)
    return Line(record.at, str(title), _detail(record.kind, record.data), colour)


def _detail(kind: str, data: Mapping[str, Any]) -> str:
    title = data.get("title")
    parts = [pick(title) if isinstance(title, Mapping) else str(title or "")]
    if isinstance(data.get("score"), int | float) and not isinstance(data["score"], bool):
        # Practice is graded from 0 to 1, an exam from 0 to 100; people read both as points of 100.
        points = round(100 * data["score"]) if kind.startswith("practice") else data["score"]
        parts.append(_("%(score)s points", score=f"{points:g}"))
    if isinstance(data.get("amount"), int):
        parts.append(won(data["amount"]))
    if isinstance(data.get("note"), str):
        parts.append(data["note"])
    return " · ".join(part for part in parts if part)
