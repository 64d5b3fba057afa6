"""What opens a project, how a unit of work lives, and what people at work are promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

FIX_TIME = timedelta(days=7)
"""Work that came back waits so long for its labeler before somebody else may take the picture."""

SAME_REVIEWER = timedelta(days=2)
"""Fixed work waits so long for the reviewer who sent it back before any reviewer sees it."""

REVIEW_TIME = timedelta(days=7)
"""Work that nobody has looked at for so long is accepted: waiting is not the labeler's fault."""

PAY_FLOOR_PER_HOUR = 10_320
"""No project starts below this; the minimum wage of Korea in 2026."""


class ProjectState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class UnitState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class LeaseEnding(StrEnum):
    SUBMITTED = "submitted"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Reason(StrEnum):
    """Why work is sent back: the kinds of errors that grading knows, and a free sentence."""

    MISSED = "missed"
    EXTRA = "extra"
    WRONG_LABEL = "wrong_label"
    LOOSE = "loose"
    GUIDELINE = "guideline"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A badge (its achievement's slug) and the level it must be held at."""

    badge: str
    level: int = 1


def still_missing(required: Iterable[Requirement], held: Mapping[str, int]) -> list[Requirement]:
    """What the labeler must still earn; an empty list opens the project."""
    return [need for need in required if held.get(need.badge, 0) < need.level]


def pay_per_hour(price: int, seconds_per_unit: int) -> int:
    """What somebody earns in an hour at the pace this project was measured at."""
    return price * 3600 // seconds_per_unit


def hold_needed(price: int, units: int) -> int:
    """What a client sets aside so that every unit can be paid."""
    return price * units


def lease_ends(taken_at: datetime, minutes: int) -> datetime:
    return taken_at + timedelta(minutes=minutes)


def fix_until(returned_at: datetime) -> datetime:
    return returned_at + FIX_TIME


def may_review(reviewer_id: int, labeler_id: int, asked_reviewer_id: int | None, reserved_until: datetime | None,
               now: datetime) -> bool:  # fmt: skip
    """Nobody reviews own work; fixed work is first for the reviewer who sent it back."""
    if reviewer_id == labeler_id:
        return False
    reserved = asked_reviewer_id is not None and reserved_until is not None and now < reserved_until
    return not reserved or reviewer_id == asked_reviewer_id


def as_handed_in(kind: str, document: Mapping[str, Any], width: int, height: int) -> dict[str, Any]:
    """Only what a labeler may say: the size is the picture's own, unknown fields are left behind."""
    head = {"kind": kind, "image": {"width": width, "height": height}}
    if kind == "classification":
        return head | {"choice": document.get("choice")}
    things = enumerate(document.get("objects", []), 1)
    kept = [{"id": str(t.get("id", number)), "label": t["label"], "box": list(t["box"])} for number, t in things]
    return head | {"objects": kept}


def labels_used(document: Mapping[str, Any]) -> set[str]:
    """The labels a document names; a question left open names none."""
    if document.get("kind") == "classification":
        return {document["choice"]} if document.get("choice") else set()
    return {thing["label"] for thing in document["objects"]}


def subject_of(project_id: int) -> str:
    """What the project is called in the books."""
    return f"project:{project_id}"


def adult_path(project_id: int) -> str:
    """Where somebody says that they are of age, and comes back from to this project."""
    return f"/me/data/adult?next=/projects/{project_id}"
