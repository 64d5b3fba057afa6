"""Time, revisions and waiting: everything a sitting decides, as plain values."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(seconds=15)
"""An answer counts when the server received it by the deadline and this much more: slow networks cost nobody."""

SETTLES_WITHIN = timedelta(seconds=30)
"""What was received in time may still wait for its turn to be written; so long the server leaves a sitting open."""

RETAKE_WAIT = timedelta(hours=24)
"""Who did not pass may sit the same exam again after this long."""

ANSWERS_IN_ONE_REQUEST = 40
ANSWER_BYTES = 100_000


class ClosedReason(StrEnum):
    """How a sitting came to its end."""

    HANDED_IN = "handed_in"
    TIME_OVER = "time_over"


class Outcome(StrEnum):
    """What became of one answer that reached us. All three are kept."""

    SAVED = "saved"
    CONFLICT = "conflict"
    LATE = "late"


class Phase(StrEnum):
    """Where a sitting stands at a moment, whatever its row says already."""

    RUNNING = "running"
    LAST_SECONDS = "last_seconds"
    OVER = "over"


class Obstacle(StrEnum):
    """Why an exam can not be started now."""

    RUNNING = "running"
    HELD = "held"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One obstacle, and the moment it goes away by itself (None: it does not)."""

    obstacle: Obstacle
    until: datetime | None = None


def deadline(started_at: datetime, minutes: int) -> datetime:
    """Everybody has the same duration, not the same end."""
    return started_at + timedelta(minutes=minutes)


def counts_until(deadline_at: datetime) -> datetime:
    """The last instant at which a received answer counts."""
    return deadline_at + GRACE


def phase(deadline_at: datetime, closed_at: datetime | None, now: datetime) -> Phase:
    """Where the sitting stands; asked by every page, because nobody may be served a closed paper as open."""
    if closed_at is not None or now > counts_until(deadline_at):
        return Phase.OVER
    return Phase.RUNNING if now <= deadline_at else Phase.LAST_SECONDS


def seconds_left(deadline_at: datetime, closed_at: datetime | None, now: datetime) -> int:
    """Whole seconds until the deadline by the server's clock, the only one that is asked."""
    if closed_at is not None:
        return 0
    return max(0, math.ceil((deadline_at - now).total_seconds()))


def judge(*, base_rev: int, stored_rev: int, same: bool, counts: bool) -> Outcome:
    """What becomes of an answer that started from `base_rev` while `stored_rev` is what we hold.

    An answer equal to the stored one is no conflict: both windows say the same.
    """
    if not counts:
        return Outcome.LATE
    return Outcome.SAVED if same or base_rev == stored_rev else Outcome.CONFLICT


def hindrance(ends: Iterable[datetime | None], holds_badge: bool, now: datetime) -> Hindrance | None:
    """What keeps a person from starting an exam now; None opens it.

    `ends` are the ends of the earlier sittings of this exam, None for one that still runs.
    """
    ended = list(ends)
    if None in ended:
        return Hindrance(Obstacle.RUNNING)
    if holds_badge:
        return Hindrance(Obstacle.HELD)
    opens = max((end + RETAKE_WAIT for end in ended if end is not None), default=now)
    return Hindrance(Obstacle.WAITING, opens) if opens > now else None
