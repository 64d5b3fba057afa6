"""Codes that let people in, and what attendance adds up to. Values in, answers out."""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L: a code is read from a board and typed on a phone."""
CODE_LENGTH = 8

STEP_SECONDS = 20
DIGITS = 6
OPENS_BEFORE = timedelta(minutes=30)
GUESSES = 5
GUESS_WINDOW = timedelta(minutes=5)
LATE_AFTER = timedelta(minutes=10)
"""Coming in so long after the start is on time: the slow line and the shared computer are not the learner's fault."""

MOST_REPEATS = 30
LONGEST_MEETING = timedelta(hours=12)


class StaffRole(StrEnum):
    PROGRAMME_MANAGER = "programme_manager"
    INSTRUCTOR = "instructor"


class EventKind(StrEnum):
    ENTRY = "entry"
    CORRECTION = "correction"


class Mark(StrEnum):
    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


class CheckIn(StrEnum):
    """What became of a try to check in."""

    HERE = "here"
    ALREADY = "already"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    CLOSED = "closed"


class NoSuchTime(ValueError):
    """The clocks jump over this time of day on that day."""


# Codes -------------------------------------------------------------------------------------------------------------


def new_join_code() -> str:
    """Eight letters and digits, about 8 x 10^11 of them."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def tidy_code(typed: str) -> str:
    """A code as people type it: small letters, spaces and hyphens do not matter."""
    return "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)[: CODE_LENGTH + 1]


def shown_code(code: str) -> str:
    """`ABCD-EFGH`: two groups are read out more easily than eight letters."""
    return f"{code[:4]}-{code[4:]}"


def code_hash(secret: str, code: str) -> str:
    """How a join code is kept: without the installation's secret nobody can try codes against it."""
    return hmac.new(secret.encode(), b"join code:" + tidy_code(code).encode(), hashlib.sha256).hexdigest()


def new_digit_secret() -> str:
    return secrets.token_hex(20)


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def digits_at(secret: str, step: int) -> str:
    """The six digits of one step (RFC 6238 with SHA-1 and steps of 20 seconds)."""
    mac = hmac.new(bytes.fromhex(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def seconds_left(now: datetime) -> int:
    """How long the digits of this moment stay on the board."""
    return STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS


def digits_fit(secret: str, typed: str, now: datetime) -> bool:
    """Whether these are the digits of this step or of the one before; never of one to come."""
    given = "".join(sign for sign in typed if sign.isdecimal() and sign.isascii())
    steps = (step_of(now), step_of(now) - 1)
    fits = [hmac.compare_digest(digits_at(secret, step), given) for step in steps]
    return any(fits)


def check_in_open(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    return starts_at - OPENS_BEFORE <= now < ends_at


# Times -------------------------------------------------------------------------------------------------------------


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which clocks on the centre's wall show this; refused where they jump over it."""
    wall = datetime.combine(day, at, tzinfo=zone)
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise NoSuchTime(f"{day} {at:%H:%M} does not exist in {zone.key}.")
    return moment


def weekly(day: date, times: int) -> list[date]:
    """The same day of the week, `times` weeks in a row."""
    return [day + timedelta(weeks=number) for number in range(min(times, MOST_REPEATS))]


# Attendance --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Noted:
    """One event as attendance needs it: in the order in which they were written."""

    kind: EventKind
    mark: Mark | None
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands at one meeting, and why."""

    mark: Mark | None
    minutes_late: int = 0
    corrected: bool = False
    reason: str = ""

    @property
    def here(self) -> bool:
        return self.mark in {Mark.PRESENT, Mark.LATE}


@dataclass(frozen=True, slots=True)
class Attendance:
    """All meetings of one seat so far, added up."""

    attended: int
    late: int
    excused: int
    held: int
    planned: int


def standing_at(starts_at: datetime, events: Iterable[Noted]) -> Standing:
    """The last correction counts; without one, the first entry, and an early one counts at the start."""
    noted = list(events)
    for event in reversed(noted):
        if event.kind is EventKind.CORRECTION:
            return Standing(event.mark, corrected=True, reason=event.reason)
    entries = [event.at for event in noted if event.kind is EventKind.ENTRY]
    if not entries:
        return Standing(None)
    late = max(min(entries), starts_at) - starts_at
    if late > LATE_AFTER:
        return Standing(Mark.LATE, minutes_late=int(late.total_seconds() // 60))
    return Standing(Mark.PRESENT)


def add_up(
    meetings: Sequence[tuple[int, datetime]], events: Mapping[int, Sequence[Noted]], now: datetime
) -> Attendance:
    """Attendance of one seat over `meetings` (number and start); what has not begun does not count yet."""
    standings = {number: standing_at(starts, events.get(number, ())) for number, starts in meetings}
    begun = [number for number, starts in meetings if starts <= now or standings[number].here]
    marks = [standings[number].mark for number in begun]
    return Attendance(
        attended=sum(standings[number].here for number in begun),
        late=marks.count(Mark.LATE),
        excused=marks.count(Mark.EXCUSED),
        held=len(begun),
        planned=len(meetings),
    )
