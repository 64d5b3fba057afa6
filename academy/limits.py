"""How often somebody may do what costs us much, or what can be guessed: counted in one table, for every process.

Who is counted is a person, a network, a seat, a name ... : any words. They are kept as a keyed hash, so that nobody can
tell from the table whose rows they are, and a row goes as soon as it counts no more. Time is cut into slices; a use
counts until `within` after the beginning of its slice, which is never longer than what people are told to wait.

A class behind one address is never locked out: whoever has signed in is counted by account, and what is left to be
counted by network leaves room for a hundred people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, cast

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import CheckConstraint, Index, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from academy import jobs
from academy.accounts.rules import keyed_hash, network_of
from academy.clock import now
from academy.config import settings
from academy.db import Base, db, transaction
from academy.errors import TooMany
from academy.i18n import _l

Who = str | int | None
View = Callable[..., ResponseReturnValue]

STORM = timedelta(minutes=10)
"""How far `limited` looks back."""


class LimitUse(Base):
    """How often something was done in one slice of time. `family` ties keys together of which the different ones are
    counted, such as the names that one network tried."""

    key: Mapped[str] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(primary_key=True)
    """When this slice counts no more."""
    family: Mapped[str] = mapped_column(default="")
    uses: Mapped[int]

    __table_args__ = (
        Index("ix_limit_use_ends_at", "ends_at"),
        Index(
            "ix_limit_use_family", "family", "ends_at", sqlite_where=family != "", postgresql_where=family != ""
        ),
        CheckConstraint("uses > 0", name="was_used"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` uses `within` this time; more slices follow the clock more closely and cost more rows."""

    name: str
    most: int
    within: timedelta
    slices: int = 1

    def key(self, *who: Who) -> str:
        """Whose uses these are, as the table keeps it."""
        return _hashed(self.name, who)

    def ends_at(self, at: datetime) -> datetime:
        """When a use of this moment counts no more: its slice began with a multiple of the slice's length."""
        length = self.within.total_seconds() / self.slices
        return datetime.fromtimestamp(at.timestamp() // length * length, UTC) + self.within


def used(limit: Limit, *who: Who, at: datetime) -> int:
    """How often that was done lately. Reads only."""
    query = select(func.sum(LimitUse.uses)).where(LimitUse.key == limit.key(*who), LimitUse.ends_at > at)
    return int(db.session.scalar(query) or 0)


def different(limit: Limit, *family: Who, at: datetime) -> int:
    """How many different ones of a family were counted lately. Reads only."""
    query = select(func.count(LimitUse.key.distinct())).where(
        LimitUse.family == _hashed(limit.name, family), LimitUse.ends_at > at
    )
    return int(db.session.scalar(query) or 0)


def count(limit: Limit, *who: Who, at: datetime, family: tuple[Who, ...] = ()) -> int:
    """Count one more use inside the caller's transaction() and tell how many there are now, this one included.

    One statement, atomic on both engines: of two at the same moment the second counts the first.
    """
    here = db.session.get_bind().dialect.name
    insert: Any = postgresql.insert if here == "postgresql" else sqlite.insert
    row = {
        "key": limit.key(*who),
        "ends_at": limit.ends_at(at),
        "family": _hashed(limit.name, family) if family else "",
        "uses": 1,
    }
    statement = insert(LimitUse).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[LimitUse.key, LimitUse.ends_at], set_={"uses": LimitUse.uses + 1}
    ).returning(LimitUse.uses)
    uses = cast(int, db.session.execute(statement).scalar_one())
    return uses if limit.slices == 1 else used(limit, *who, at=at)


def spend(limit: Limit, *who: Who, at: datetime) -> None:
    """Count one more use inside the caller's transaction(); raises TooMany, which undoes it, when there were enough."""
    if count(limit, *who, at=at) > limit.most:
        wait = min(limit.within, limit.ends_at(at) - at)
        sentence = _l("That was tried too often. Wait a little and try again.")
        raise TooMany(sentence, retry_after=max(1, int(wait.total_seconds())))


def forget(limit: Limit, *who: Who) -> None:
    """Begin to count anew, inside the caller's transaction(): a second step that was passed, a new password."""
    db.session.execute(delete(LimitUse).where(LimitUse.key == limit.key(*who)))


def network() -> str:
    """The network that asks, as it is counted: an IPv4 address, or the IPv6 /64 that one household owns."""
    return network_of(request.remote_addr)


def asker() -> tuple[Who, ...]:
    """Who asks: the account of somebody who signed in, the network of a stranger."""
    if current_user.is_authenticated:
        return "person", int(current_user.id)
    return "network", network()


def limited(most: int) -> Callable[[View], View]:
    """Let a view be posted to at most so often within ten minutes by one asker; stands below the route decorator.

    Counted before the view begins, so that what costs us much has not begun either. Where an answer is saved every few
    seconds, the view calls `spend` inside its own transaction() instead: that costs no second commit.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def counted(*arguments: Any, **named: Any) -> ResponseReturnValue:
            if request.method == "POST":
                limit = Limit(str(request.endpoint), most, STORM)
                who = asker()
                with transaction():
                    spend(limit, *who, at=now())
            return view(*arguments, **named)

        return counted

    return wrap


@jobs.every_minute
def prune() -> None:
    """Drop what counts no more."""
    with transaction():
        db.session.execute(delete(LimitUse).where(LimitUse.ends_at <= now()))


def _hashed(name: str, who: tuple[Who, ...]) -> str:
    return keyed_hash(settings().secret_key, "limit", "\0".join((name, *map(str, who))))[:32]
