"""Reading badges: for their holders, for whoever was given a link, for those who issue them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from academy.accounts.models import User
from academy.credentials.models import Achievement, Award, AwardEvent, SigningKey, StatusList
from academy.credentials.rules import Addresses, EventKind, Standing, highest, standing
from academy.db import Page, db, one_or_404, page_by_key


def _revoked() -> ColumnElement[bool]:
    return select(AwardEvent.id).where(AwardEvent.award_id == Award.id, AwardEvent.kind == EventKind.REVOKED).exists()


def held_levels(user_id: int, now: datetime) -> dict[str, int]:
    """Which badges a person holds right now, and at which level: what opens projects. Counts from the decision on,
    signed or not; never a badge that was revoked or has run out."""
    held = (
        select(Achievement.slug, Achievement.level)
        .join(Award, Award.achievement_id == Achievement.id)
        .where(
            Award.user_id == user_id,
            Award.valid_from <= now,
            or_(Award.valid_until.is_(None), Award.valid_until > now),
            ~_revoked(),
        )
    )
    return highest((slug, level) for slug, level in db.session.execute(held))


def _with_story(query: Select[Award]) -> Select[Award]:
    return query.options(selectinload(Award.events), joinedload(Award.status_list, innerjoin=True))


def award_public(public_id: str) -> Award:
    """The award behind a link; the link is long enough that nobody finds it without being given it."""
    query = select(Award).where(Award.public_id == public_id).options(joinedload(Award.holder, innerjoin=True))
    return one_or_404(_with_story(query))


def my_award(viewer: User, public_id: str) -> Award:
    return one_or_404(select(Award).where(Award.public_id == public_id, Award.user_id == viewer.id))


def my_awards(viewer: User, *, after: str | None = None) -> Page[Award]:
    query = _with_story(select(Award).where(Award.user_id == viewer.id))
    return page_by_key(query, Award.valid_from, Award.id, after=after)


def all_awards(*, after: str | None = None) -> Page[Award]:
    """For those who issue: every badge, with its holder."""
    query = _with_story(select(Award)).options(joinedload(Award.holder, innerjoin=True))
    return page_by_key(query, Award.valid_from, Award.id, after=after)


def achievement_named(slug: str) -> Achievement:
    return one_or_404(select(Achievement).where(Achievement.slug == slug))


def event(award: Award, kind: EventKind) -> AwardEvent | None:
    return next((event for event in award.events if event.kind == kind), None)


def standing_of(award: Award, now: datetime) -> Standing:
    return standing(
        signed=award.credential is not None,
        revoked=event(award, EventKind.REVOKED) is not None,
        valid_until=award.valid_until,
        now=now,
    )


def award_to_sign(award_id: int) -> Award | None:
    """The award with all that goes into its credential, unless it is signed already."""
    query = _with_story(select(Award).where(Award.id == award_id, Award.credential.is_(None)))
    return db.session.execute(query).unique().scalar_one_or_none()


def revoked_places(list_id: int) -> list[int]:
    return list(db.session.scalars(select(Award.status_index).where(Award.status_list_id == list_id, _revoked())))


def published_keys() -> list[tuple[str, str]]:
    """Name and public half of every key we ever signed with: old badges need the old ones."""
    return [
        (name, public)
        for name, public in db.session.execute(select(SigningKey.name, SigningKey.public).order_by(SigningKey.id))
    ]


def signed_list(number: int) -> Mapping[str, Any] | None:
    return db.session.scalar(select(StatusList.credential).where(StatusList.number == number))


def own_list(addresses: Addresses, url: str) -> Mapping[str, Any] | None:
    """Our own list at an address; of others we have none, and fetch none."""
    number = addresses.list_in(url)
    return None if number is None else signed_list(number)


def revoked_at_place(addresses: Addresses, url: str, place: int) -> bool:
    """Whether the award at this place of a list of ours was revoked: true at once, before the list is signed anew."""
    number = addresses.list_in(url)
    if number is None:
        return False
    query = (
        select(Award.id)
        .join(StatusList, StatusList.id == Award.status_list_id)
        .where(StatusList.number == number, Award.status_index == place, _revoked())
    )
    return db.session.scalar(query) is not None
