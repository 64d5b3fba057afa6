"""What people allow and declare: each purpose by itself, every change a new row, the newest counts.

Rooms ask `holds(...)` before they do what needs a consent; the pages where people choose are those of academy.privacy.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from academy import audit
from academy.accounts.models import User
from academy.appending import Forgetting
from academy.db import Base, BigKey, append_only, db, enum_column, pk

WORDS_VERSION = "2026-11"
"""Which wording of terms and questions people are shown now; raise it when their meaning changes."""


class Purpose(StrEnum):
    """What a person allows or declares. Nothing of the first kind is ever needed to learn or to sit an exam."""

    CENTRE = "centre sees my work"
    CITY_REPORT = "city report"
    CLIENTS = "clients see my indicators"
    RECOMMENDED = "being recommended"
    NEWS = "news by mail"
    FOURTEEN = "fourteen or older"
    GUARDIAN = "guardian agrees"
    ADULT = "eighteen or older"
    TERMS = "privacy notice read"


OPTIONAL = (Purpose.CENTRE, Purpose.CITY_REPORT, Purpose.CLIENTS, Purpose.RECOMMENDED, Purpose.NEWS)
"""Consents: given and taken back at any time, and nobody has less for not giving them."""

DECLARED = (Purpose.FOURTEEN, Purpose.GUARDIAN, Purpose.ADULT, Purpose.TERMS)


FROM_CHILD_TO_ADULT = timedelta(days=4 * 365)
"""Whoever needed a parent's consent was younger than 14, and is not 18 before this has passed."""


class Source(StrEnum):
    """How a consent reached us."""

    PAGE = "page"
    LINK = "link"
    STAFF = "staff"


@append_only
class Consent(Base):
    """One yes or no. `subject` narrows it to one place ("centre:3"); `by_id` is staff who wrote it down."""

    __forgetting__ = Forgetting("OLD.at")

    id: Mapped[pk]
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"))
    purpose: Mapped[Purpose] = enum_column(Purpose)
    subject: Mapped[str] = mapped_column(default="")
    given: Mapped[bool]
    source: Mapped[Source] = enum_column(Source, default=Source.PAGE)
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    words_version: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_consent_newest", "user_id", "purpose", "subject", "id"),)


def centre_subject(centre_id: int) -> str:
    """The name under which "this centre may see my work" is kept."""
    return f"centre:{centre_id}"


def say(
    user_id: int,
    purpose: Purpose,
    given: bool,
    now: datetime,
    *,
    subject: str = "",
    source: Source = Source.PAGE,
    by: int | None = None,
) -> Consent | None:
    """Write a yes or no down; saying the same again changes nothing. `by` is staff who record it for the person."""
    standing = _newest(user_id, purpose, subject)
    if standing is not None and standing.given == given and standing.words_version == WORDS_VERSION:
        return None
    if standing is None and not given:
        return None
    consent = Consent(
        user_id=user_id, purpose=purpose, subject=subject, given=given, source=source, by_id=by,
        words_version=WORDS_VERSION, at=now,
    )  # fmt: skip
    db.session.add(consent)
    db.session.flush()
    if by is not None:
        detail = {"purpose": purpose.value, "given": given, "subject": subject}
        audit.note("consent written down", by=by, about=user_id, detail=detail, now=now)
    return consent


def say_at_sign_up(user: User, younger: bool, now: datetime) -> None:
    """What somebody declares with a new account. A child's account waits until a parent or guardian has agreed."""
    say(user.id, Purpose.TERMS, True, now)
    if younger:
        user.guardian_wanted_at = now
        db.session.flush()
    else:
        say(user.id, Purpose.FOURTEEN, True, now)


def _newest(user_id: int, purpose: Purpose, subject: str) -> Consent | None:
    query = select(Consent).where(Consent.user_id == user_id, Consent.purpose == purpose, Consent.subject == subject)
    return db.session.scalars(query.order_by(Consent.id.desc()).limit(1)).one_or_none()


def holds(user_id: int, purpose: Purpose, subject: str = "") -> bool:
    """Whether this person has said yes to this, and not no since."""
    newest = _newest(user_id, purpose, subject)
    return newest is not None and newest.given


def still_a_child(user_id: int, now: datetime) -> bool:
    """Whether a parent had to agree so lately that this person can not be 18 yet, whatever they say."""
    agreed = _newest(user_id, Purpose.GUARDIAN, "")
    return agreed is not None and now < agreed.at + FROM_CHILD_TO_ADULT


def who_hold(user_ids: Iterable[int], purpose: Purpose, subject: str = "") -> frozenset[int]:
    """Those of these people whose last word was yes; one query for a whole class."""
    newest = (
        select(func.max(Consent.id))
        .where(Consent.user_id.in_(list(user_ids)), Consent.purpose == purpose, Consent.subject == subject)
        .group_by(Consent.user_id)
    )
    return frozenset(db.session.scalars(select(Consent.user_id).where(Consent.id.in_(newest), Consent.given)))


def standing_of(user_id: int) -> Mapping[tuple[Purpose, str], Consent]:
    """A person's last word on everything they were ever asked."""
    newest = select(func.max(Consent.id)).where(Consent.user_id == user_id).group_by(Consent.purpose, Consent.subject)
    rows = db.session.scalars(select(Consent).where(Consent.id.in_(newest)))
    return {(row.purpose, row.subject): row for row in rows}


def history_of(user_id: int, limit: int = 100) -> Sequence[Consent]:
    """Every yes and no of a person, newest first."""
    query = select(Consent).where(Consent.user_id == user_id).order_by(Consent.id.desc()).limit(limit)
    return db.session.scalars(query).all()
