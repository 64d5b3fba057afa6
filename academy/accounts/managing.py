"""What administrators do to accounts: close and open them, sign people out, take the last change back."""

from datetime import datetime

from sqlalchemy import select, update

from academy import audit
from academy.accounts import notices, scopes
from academy.accounts.models import User
from academy.accounts.operations import end_sign_ins, grant_role, keep_an_administrator, revoke_role
from academy.audit import AuditEvent
from academy.db import db, guarded
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.permissions import EVERYWHERE, Role

GRANTED, REVOKED = "role granted", "role revoked"
CLOSED, REOPENED = "account closed", "account reopened"
CAN_BE_UNDONE = (GRANTED, REVOKED, CLOSED, REOPENED)


class NotTheLastChange(Conflict):
    """Something else was changed since; the page shows what."""

    code = "not-the-last-change"


class OwnAccount(Refused):
    """Somebody wanted to shut themselves out."""

    code = "own-account"


def give(user: User, role: Role, scope: str, by: User, now: datetime) -> None:
    """Give a role where it can be held, if it is `by`'s to give."""
    scopes.check_place(role, scope)
    scopes.must_give(by, role, scope)
    grant_role(user, role, by, now, scope)


def take(user: User, role: Role, scope: str, by: User, now: datetime) -> None:
    """Take a role away, if it is `by`'s to take."""
    scopes.must_give(by, role, scope)
    revoke_role(user, role, by, now, scope)


def close(user: User, by: User | None, now: datetime) -> None:
    """Let nobody into this account any more; everything in it stays, and it can be opened again."""
    if by is not None and by.id == user.id:
        raise OwnAccount(_l("You can not close your own account here. Another administrator can."))
    if any(grant.role is Role.ADMINISTRATOR for grant in user.grants):
        keep_an_administrator(user)
    open_one = update(User).where(User.id == user.id, User.closed_at.is_(None))
    if guarded(open_one.values(closed_at=now)):
        end_sign_ins(user.id, now)
        audit.note(CLOSED, by=by.id if by else None, about=user.id, now=now)
        notices.account_closed(user, now)


def reopen(user: User, by: User | None, now: datetime) -> None:
    """Let somebody back into their account, with the roles they had."""
    closed_one = update(User).where(User.id == user.id, User.closed_at.is_not(None))
    if guarded(closed_one.values(closed_at=None)):
        audit.note(REOPENED, by=by.id if by else None, about=user.id, now=now)


def sign_out(user: User, by: User, now: datetime) -> None:
    """Sign somebody out in every browser: a lost phone, a computer left open."""
    end_sign_ins(user.id, now)
    audit.note("signed out everywhere", by=by.id, about=user.id, now=now)


# Taking back -------------------------------------------------------------------------------------------------------


def last_change(user: User) -> AuditEvent | None:
    """The newest change of an account that can be taken back."""
    query = select(AuditEvent).where(AuditEvent.about_id == user.id, AuditEvent.act.in_(CAN_BE_UNDONE))
    return db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(1)).one_or_none()


def undo(user: User, event_id: int, by: User, now: datetime) -> AuditEvent:
    """Take the last change back: a new change that does the opposite. Raises NotTheLastChange.

    The number of the change is asked for, so that a second click, or somebody else who was faster, undoes nothing that
    nobody meant.
    """
    _hold(user)
    event = last_change(user)
    if event is None or event.id != event_id:
        raise NotTheLastChange(_l("Something else was changed since. Look at the page again."))
    if event.act in {CLOSED, REOPENED}:
        (reopen if event.act == CLOSED else close)(user, by, now)
    else:
        role, scope = Role(event.detail["role"]), str(event.detail.get("scope", EVERYWHERE))
        (take if event.act == GRANTED else give)(user, role, scope, by, now)
    return event


def _hold(user: User) -> None:
    """Let changes of one account come one after another."""
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
