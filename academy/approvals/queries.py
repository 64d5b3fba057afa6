"""Reading requests for a second person's yes."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from academy.accounts.models import User
from academy.approvals import kinds
from academy.approvals.models import Approval
from academy.db import Page, db, for_change, one_or_404, page_by_key


def open_at(now: datetime) -> ColumnElement[bool]:
    return and_(Approval.decision.is_(None), Approval.expires_at > now)


def may_decide(viewer: User, approval: Approval) -> bool:
    """Whether this person could be the second one: neither who asked nor whom it concerns."""
    kind = kinds.KINDS.get(approval.kind)
    if kind is None or viewer.id in {approval.asked_by, approval.about_id}:
        return False
    return not kind.agree_with or any(viewer.may(permission) for permission in kind.agree_with)


def waiting(now: datetime, after: str | None = None) -> Page[Approval]:
    """What waits for a second person, newest first."""
    return _page(open_at(now), after)


def ended(now: datetime, after: str | None = None) -> Page[Approval]:
    """What was decided, withdrawn or ran out, newest first."""
    return _page(or_(Approval.decision.is_not(None), Approval.expires_at <= now), after)


def _page(condition: ColumnElement[bool], after: str | None) -> Page[Approval]:
    query = select(Approval).where(condition).options(joinedload(Approval.asker), joinedload(Approval.decider))
    return page_by_key(query, Approval.asked_at, Approval.id, after=after)


def how_many_wait(viewer: User, now: datetime) -> int:
    """Open requests that others made."""
    query = select(func.count()).select_from(Approval).where(open_at(now), Approval.asked_by != viewer.id)
    return db.session.scalar(query) or 0


def approval(approval_id: int) -> Approval:
    query = select(Approval).where(Approval.id == approval_id)
    return one_or_404(query.options(joinedload(Approval.asker), joinedload(Approval.decider)))


def approval_for_change(approval_id: int) -> Approval:
    found: Approval = one_or_404(for_change(select(Approval).where(Approval.id == approval_id)))
    return found


def open_about(kind: str, subject: str, now: datetime) -> Approval | None:
    """The request about this that waits for its second person."""
    query = select(Approval).where(Approval.kind == kind, Approval.subject == subject, open_at(now))
    return db.session.scalar(query)


def open_subjects(kind: str, subjects: list[str], now: datetime) -> set[str]:
    """Of several things, those about which a request waits."""
    query = select(Approval.subject).where(Approval.kind == kind, Approval.subject.in_(subjects), open_at(now))
    return set(db.session.scalars(query))
