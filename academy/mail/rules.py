"""What letters there are, who may switch which off, and when a letter that did not go is tried again. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Group(StrEnum):
    """What letters are about. The first four always go; the others a person may switch off."""

    SECURITY = "security"
    EXAM = "exam"
    PAYMENT = "payment"
    LEGAL = "legal"
    COURSE = "course"
    CLASS = "class"
    WORK = "work"
    NEWS = "news"

    @property
    def always_sent(self) -> bool:
        return self in {Group.SECURITY, Group.EXAM, Group.PAYMENT, Group.LEGAL}

    @property
    def wanted_unasked(self) -> bool:
        """Whether somebody who never chose gets these. Advertising needs to be asked for first."""
        return self is not Group.NEWS


OPTIONAL = tuple(group for group in Group if not group.always_sent)


@dataclass(frozen=True, slots=True)
class LetterKind:
    """One kind of letter. `name` is package.room.letter and leads to its template:
    "academy.accounts.reset" is drawn from templates/academy/accounts/mail/reset.txt.

    `sample` are words with which the letter can be looked at without being sent to anybody.
    """

    name: str
    group: Group
    sample: Mapping[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """Where its templates lie, without .txt and .html."""
        *room, letter = self.name.split(".")
        return "/".join([*room, "mail", letter])


KINDS: dict[str, LetterKind] = {}
"""Every kind of letter, by name: the rooms register theirs when they are imported."""


def register(kind: LetterKind) -> LetterKind:
    """Make a kind of letter known. Two of one name are a mistake of ours."""
    if KINDS.get(kind.name, kind).template != kind.template or not re.fullmatch(r"[a-z_]+(\.[a-z_]+){2,}", kind.name):
        raise ValueError(f"{kind.name!r} can not be the name of a letter.")
    KINDS[kind.name] = kind
    return kind


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter goes to. `user_id` is None for somebody without an account, such as a guardian."""

    user_id: int | None
    address: str
    language: str
    name: str


_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+")


def is_address(text: str) -> bool:
    """Whether a letter can be sent there: one plain address, nothing that could be read as two or as a header."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def masked(address: str) -> str:
    """An address as staff see it: enough to recognise it, not enough to write to it."""
    local, _, host = address.rpartition("@")
    return f"{local[:2]}…@{host}" if local else "…"


MOST_TRIES = 8
ON_ITS_WAY = timedelta(minutes=10)
"""So long nobody else takes a letter that somebody is sending; after it, whoever sent it is lost."""
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)


def next_try_in(tries: int) -> timedelta | None:
    """How long to wait after the try of this number (counted from 1); None when it was the last."""
    return _WAITS[tries - 1] if tries < MOST_TRIES else None


class Problem(StrEnum):
    """Why a letter did not go, in our own words."""

    ADDRESS_REFUSED = "address refused"
    LETTER_REFUSED = "letter refused"
    SENDER_REFUSED = "sender refused"
    PASSWORD_REFUSED = "password refused"  # noqa: S105 - no password, but what is said about one
    UNPROTECTED = "connection not protected"
    NO_ANSWER = "no answer"
    SECRET_CHANGED = "secret changed"  # noqa: S105

    def is_final(self, code: int | None) -> bool:
        """Whether trying again can not help. A server that refuses us, not the letter, can be put right meanwhile."""
        if self is Problem.SECRET_CHANGED:
            return True
        return self in {Problem.ADDRESS_REFUSED, Problem.LETTER_REFUSED} and (code is None or code >= 500)


class Way(StrEnum):
    """How letters leave the house."""

    OFF = "off"
    CONSOLE = "console"
    FILE = "file"
    SMTP = "smtp"
    SMTPS = "smtps"


class Tls(StrEnum):
    """How a connection to the mail server is protected."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Route:
    """Where letters are handed over, as ACADEMY_MAIL says."""

    way: Way
    folder: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls.NONE
    ca: str = ""

    @property
    def works(self) -> bool:
        return self.way is not Way.OFF


ROUTE_HELP = (
    "Examples: off, console:, file:/var/lib/academy/mail, smtp://user:password@mail.example:587, "
    "smtps://user:password@mail.example, smtp://localhost:25?tls=none"
)


def read_route(value: str) -> Route:
    """ACADEMY_MAIL, understood; raises ValueError with a sentence for the operator (never with the password)."""
    if value == "off":
        return Route(Way.OFF)
    try:
        parts = urlsplit(value)
        port, query = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ValueError(f"ACADEMY_MAIL can not be read. {ROUTE_HELP}") from error
    if parts.scheme == "console":
        return Route(Way.CONSOLE)
    if parts.scheme == "file" and parts.path:
        return Route(Way.FILE, folder=unquote(parts.path))
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or set(query) - {"tls", "ca"}:
        raise ValueError(f"ACADEMY_MAIL can not be read. {ROUTE_HELP}")
    tls = _tls(parts.scheme, query.get("tls", [""])[-1])
    if parts.username and tls is Tls.NONE and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("ACADEMY_MAIL would send its password without protection. Leave out tls=none.")
    return Route(
        Way(parts.scheme),
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        ca=query.get("ca", [""])[-1],
    )


def _tls(scheme: str, asked: str) -> Tls:
    if scheme == "smtps":
        return Tls.IMPLICIT
    if asked not in {"", "starttls", "none"}:
        raise ValueError("ACADEMY_MAIL: tls is starttls (the usual) or none (for a mail server on this machine).")
    return Tls(asked or "starttls")
