"""What a sign-in can be proved with, how long it lasts and when it has to be proved again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class First(StrEnum):
    """How somebody says who they are."""

    PASSWORD = "password"  # noqa: S105
    FEDERATED = "federated"
    """Another house (Google, Kakao, Naver) says so."""
    LINK = "link"
    """A link for one use: an invitation, a new password."""


class Second(StrEnum):
    """What somebody shows beside the first."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


class Proof(StrEnum):
    """What a sign-in was proved with."""

    PASSWORD = "password"  # noqa: S105
    FEDERATED = "federated"
    LINK = "link"
    PASSKEY = "passkey"
    """A passkey alone is two things: the device, and the finger or code that opens it."""
    PASSWORD_APP = "password+app"  # noqa: S105
    PASSWORD_PASSKEY = "password+passkey"  # noqa: S105
    PASSWORD_RECOVERY = "password+recovery"  # noqa: S105
    FEDERATED_APP = "federated+app"
    FEDERATED_PASSKEY = "federated+passkey"
    FEDERATED_RECOVERY = "federated+recovery"
    LINK_APP = "link+app"
    LINK_PASSKEY = "link+passkey"
    LINK_RECOVERY = "link+recovery"

    @property
    def strong(self) -> bool:
        """Whether it took more than one thing that can be stolen or guessed."""
        return self is Proof.PASSKEY or "+" in self


CONFIRMED_FOR = timedelta(minutes=15)
"""So long after proving who one is, dangerous acts are open."""

ASKED_FOR = timedelta(minutes=10)
"""So long the second step waits after the first."""

LEARNERS_STAY, STAFF_STAY = timedelta(days=30), timedelta(hours=12)
"""So long a sign-in lasts at most: a learner's phone for a month, a desk at the centre for a day's work."""

LEARNERS_REST, STAFF_REST = timedelta(days=14), timedelta(hours=1)
"""So long a sign-in lasts when nothing is asked with it."""

SEEN_EVERY = timedelta(minutes=5)
"""So exactly it is known when something was last asked: the cookie is not written at every request."""

APP_STEP = 30
RECOVERY_CODES = 10
RECOVERY_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0 and O, 1 and I: they are copied by hand."""
RECOVERY_GROUPS, RECOVERY_GROUP = 3, 4
MOST_PASSKEYS = 10
PASSKEY_NAME_LENGTH = 40
CEREMONY_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sign-in that a request comes with was proved."""

    proof: Proof = Proof.PASSWORD
    confirmed_at: datetime | None = None
    held_back: bool = False
    """Staff who have not shown a second factor: their roles do not count, and they are led to where they set one up."""

    def confirmed(self, now: datetime) -> bool:
        """Whether the person showed just now who they are."""
        return self.confirmed_at is not None and now - self.confirmed_at < CONFIRMED_FOR


def together(first: First, second: Second) -> Proof:
    return Proof(f"{first}+{second}")


def with_factor_added(proof: Proof, second: Second) -> Proof:
    """What a sign-in is proved with after a second factor was set up in it; one that was strong stays what it was."""
    return proof if proof.strong else Proof(f"{proof}+{second}")


def stays(*, staff: bool) -> timedelta:
    return STAFF_STAY if staff else LEARNERS_STAY


def rested_too_long(seen: datetime, now: datetime, *, staff: bool) -> bool:
    """Whether nothing was asked with a sign-in for so long that it ends."""
    return now - seen > (STAFF_REST if staff else LEARNERS_REST)


def app_steps(now: datetime) -> tuple[int, ...]:
    """The steps of an authenticator app that count at this moment: clocks of phones are a little off."""
    step = int(now.timestamp()) // APP_STEP
    return (step - 1, step, step + 1)


def same_digits(typed: str) -> str:
    """A code of an app as it is compared: "123 456" and full-width digits are what was meant."""
    return "".join(str(int(char)) for char in typed if char.isdecimal())


def same_recovery_code(typed: str) -> str:
    """A recovery code as it is compared: without spaces and hyphens, in capitals."""
    return "".join(char for char in typed.upper() if char.isalnum())


def shown_recovery_code(code: str) -> str:
    """A recovery code as it is shown: K7QM-2XWP-9RTD."""
    return "-".join(code[start : start + RECOVERY_GROUP] for start in range(0, len(code), RECOVERY_GROUP))
