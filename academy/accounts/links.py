"""Links that work once: to prove an address, to choose a new password, to accept an invitation, to give consent.

The link carries a token; the database holds only its hash, so whoever reads the database can open nothing. A link is
bound to one purpose, looked at as often as its reader likes (mail services open links to check them), and used up by
one guarded UPDATE: of two people who press the button at once, one is told that the link was used.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, or_, select, update

from academy.accounts.models import OneUseLink, User
from academy.accounts.operations import token_hash
from academy.accounts.rules import LINK_LASTS, LinkPurpose, email_key, keyed_hash
from academy.config import settings
from academy.db import db, guarded
from academy.errors import NotFound
from academy.i18n import _l


class LinkSpent(NotFound):
    """A link that is unknown, used, too old or meant for something else; which of them is nobody's business."""

    code = "link-spent"


def make_link(
    purpose: LinkPurpose,
    now: datetime,
    *,
    user_id: int | None = None,
    email: str | None = None,
    data: Mapping[str, Any] | None = None,
    made_by: int | None = None,
    lasts: timedelta | None = None,
) -> str:
    """A new link's token. It is returned here and nowhere else; `address_of` makes the address that carries it."""
    token = token_urlsafe(32)
    link = OneUseLink(
        purpose=purpose,
        token_hash=token_hash(token),
        user_id=user_id,
        email_hash=address_hash(email) if email else None,
        data=dict(data or {}),
        made_by=made_by,
        created_at=now,
        expires_at=now + (lasts or LINK_LASTS[purpose]),
    )
    db.session.add(link)
    db.session.flush()
    return token


def look_at(token: str, purpose: LinkPurpose, now: datetime) -> OneUseLink | None:
    """The link this token opens, without using it; None when it opens nothing."""
    return db.session.scalars(select(OneUseLink).where(*_opens(token, purpose, now))).one_or_none()


def take_link(token: str, purpose: LinkPurpose, now: datetime) -> OneUseLink:
    """Use the link up and return it with what it was made for; raises LinkSpent when it opens nothing (any more).

    The row forgets its `data`; the object returned, which is no longer part of the session, still has it.
    """
    link = look_at(token, purpose, now)
    if link is not None:
        db.session.expunge(link)
    taken = update(OneUseLink).where(*_opens(token, purpose, now)).values(used_at=now, data={})
    if link is None or guarded(taken) == 0:
        raise LinkSpent(_l("This link was used before, or it is too old. Ask for a new one."))
    return link


def end_links(purpose: LinkPurpose, user_id: int, now: datetime) -> int:
    """Let every open link of this purpose about this person open nothing more; answers how many there were."""
    open_ones = update(OneUseLink).where(
        OneUseLink.purpose == purpose, OneUseLink.user_id == user_id, OneUseLink.used_at.is_(None)
    )
    return guarded(open_ones.values(used_at=now, data={}))


def open_link(purpose: LinkPurpose, user_id: int, now: datetime) -> OneUseLink | None:
    """The newest link of this purpose about this person that still opens."""
    query = select(OneUseLink).where(
        OneUseLink.purpose == purpose, OneUseLink.user_id == user_id, *_still_good(now)
    )  # fmt: skip
    return db.session.scalars(query.order_by(OneUseLink.id.desc()).limit(1)).one_or_none()


def address_of(path: str, token: str) -> str:
    """The address of a page that takes a token at its end. Always ours: the Host a request names is never asked."""
    return f"{settings().public_url}{path}/{quote(token, safe='')}"


def address_hash(email: str) -> str:
    """An address as links keep it: comparable, but not readable without the installation's secret."""
    return keyed_hash(settings().secret_key, "e-mail", email_key(email))


def _opens(token: str, purpose: LinkPurpose, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (OneUseLink.token_hash == token_hash(token), OneUseLink.purpose == purpose, *_still_good(now))


def _still_good(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Neither used nor too old, and not about somebody whose account was closed or erased meanwhile."""
    gone = select(User.id).where(
        User.id == OneUseLink.user_id, or_(User.closed_at.is_not(None), User.erased_at.is_not(None))
    )
    return (and_(OneUseLink.used_at.is_(None), OneUseLink.expires_at > now), ~gone.exists())
