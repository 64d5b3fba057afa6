"""Children under 14: an account waits until a parent or guardian has agreed, by a link or in front of staff."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, or_, select, true

from academy import audit, limits
from academy.accounts import consents
from academy.accounts.consents import Consent, Purpose, Source
from academy.accounts.links import end_links, look_at, make_link, take_link
from academy.accounts.models import Identity, OneUseLink, User
from academy.accounts.operations import end_sign_ins
from academy.accounts.recovering import LETTERS_TO_STRANGERS
from academy.accounts.rules import LinkPurpose, email_key, name_key
from academy.accounts.scopes import CENTRE, places, within
from academy.db import db
from academy.errors import Conflict, NotFound, TooMany
from academy.i18n import _l
from academy.limits import Limit
from academy.permissions import EVERYWHERE, Permission
from academy.privacy import letters
from courses.cohorts.models import Cohort, Seat

LETTERS = Limit("letters to a guardian", 3, timedelta(days=1))
WAITS_AT_MOST = timedelta(days=30)
"""So long the account of a child waits for a guardian; then it is erased."""


class NobodyWaits(NotFound):
    """There is no child of this name who waits for a guardian; whether there is anybody at all is not said."""

    code = "nobody-waits"


def ask_by_letter(child: User, address: str, now: datetime) -> None:
    """A link to a parent's address; an earlier one stops working."""
    asked = limits.count(LETTERS, child.id, at=now) > LETTERS.most
    if asked or limits.count(LETTERS_TO_STRANGERS, email_key(address), at=now) > LETTERS_TO_STRANGERS.most:
        raise TooMany(_l("Three letters a day are enough. Please wait until tomorrow."))
    token = _new_link(child, now, address=address, by=child.id)
    letters.ask_guardian(child, address, token, now)


def print_link(child: User, by: User, now: datetime) -> str:
    """A link's token for a sheet of paper that staff hand out."""
    return _new_link(child, now, address=None, by=by.id)


def _new_link(child: User, now: datetime, *, address: str | None, by: int) -> str:
    end_links(LinkPurpose.GUARDIAN_CONSENT, child.id, now)
    token = make_link(LinkPurpose.GUARDIAN_CONSENT, now, user_id=child.id, email=address, made_by=by)
    detail = {"way": "letter" if address else "paper"}
    audit.note("guardian asked", by=by, about=child.id, detail=detail, now=now)
    return token


def child_behind(token: str, now: datetime) -> User | None:
    """The child whom a link is about, while it still opens and the child still waits."""
    link = look_at(token, LinkPurpose.GUARDIAN_CONSENT, now)
    return _waiting(link) if link else None


def _waiting(link: OneUseLink) -> User | None:
    query = select(User).where(User.id == link.user_id, User.guardian_wanted_at.is_not(None))
    return db.session.scalars(query).unique().one_or_none()


def agree_by_link(token: str, now: datetime) -> User:
    """A parent or guardian pressed the button: the account opens."""
    link = take_link(token, LinkPurpose.GUARDIAN_CONSENT, now)
    child = _waiting(link)
    if child is None:
        raise Conflict(_l("This account does not wait for you any more."))
    _open(child, Source.LINK, None, now)
    return child


def agree_before_staff(child: User, by: User, way: str, now: datetime) -> None:
    """Staff write down that a guardian agreed in person ("here") or signed ("paper")."""
    end_links(LinkPurpose.GUARDIAN_CONSENT, child.id, now)
    _open(child, Source.STAFF, by.id, now)
    audit.note("guardian agreed", by=by.id, about=child.id, detail={"way": way}, now=now)


def _open(child: User, source: Source, by: int | None, now: datetime) -> None:
    child.guardian_wanted_at = None
    consents.say(child.id, Purpose.GUARDIAN, True, now, source=source, by=by)
    db.session.flush()


def take_back(child: User, by: User, now: datetime) -> None:
    """A guardian takes their consent back: the account closes at once and is erased if nobody agrees again."""
    child.guardian_wanted_at = now
    consents.say(child.id, Purpose.GUARDIAN, False, now, source=Source.STAFF, by=by.id)
    end_sign_ins(child.id, now)
    audit.note("guardian took consent back", by=by.id, about=child.id, now=now)


def child_called(name: str, viewer: User, *, waits: bool = True) -> User:
    """A child who waits for a guardian (or for whom one agreed), by the name with which they sign in; held until the
    transaction ends.

    Who waits sits in no class yet, so the staff of any centre may help them in. Whom a guardian takes out again, only
    those know who teach them, or who wrote down that the guardian agreed.
    """
    query = (
        select(User)
        .join(Identity, Identity.user_id == User.id)
        .where(Identity.name_key == name_key(name), User.guardian_wanted_at.is_not(None) == waits)
        .where(_may_come(viewer) if waits else _known_to(viewer))
        .with_for_update(of=Identity)
    )
    child = db.session.scalars(query).unique().one_or_none()
    if child is None or not (waits or consents.holds(child.id, Purpose.GUARDIAN)):
        raise NobodyWaits(_l("There is no such child of this name here. Look at the spelling again."))
    return child


def _may_come(viewer: User) -> ColumnElement[bool]:
    """Everybody who waits, for the staff of centres; nobody, for who teaches courses alone."""
    at_a_centre = EVERYWHERE in viewer.scopes(Permission.TEACH) or places(viewer, Permission.TEACH, CENTRE)
    return true() if at_a_centre else false()


def _known_to(viewer: User) -> ColumnElement[bool]:
    if EVERYWHERE in viewer.scopes(Permission.TEACH):
        return true()
    taught = within(viewer, Permission.TEACH, CENTRE, Cohort.centre_id)
    sits = select(Seat.learner_id).join(Cohort, Cohort.id == Seat.cohort_id).where(taught)
    wrote = select(Consent.user_id).where(Consent.purpose == Purpose.GUARDIAN, Consent.by_id == viewer.id)
    return or_(User.id.in_(sits), User.id.in_(wrote))


def never_agreed(now: datetime) -> list[int]:
    """Children for whom nobody agreed in time."""
    query = select(User.id).where(User.guardian_wanted_at < now - WAITS_AT_MOST, User.erased_at.is_(None))
    return list(db.session.scalars(query.limit(1000)))


def child_to_erase(user_id: int, now: datetime) -> User | None:
    """Held until the transaction ends, so that a guardian who agrees at this moment is heard."""
    query = select(User).where(User.id == user_id, User.guardian_wanted_at < now - WAITS_AT_MOST)
    held = query.with_for_update(of=User).execution_options(populate_existing=True)
    return db.session.scalars(held).unique().one_or_none()
