"""Reading wishes, copies and what stands in the way of a wish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from academy.accounts.models import User
from academy.accounts.operations import other_administrators
from academy.db import db, for_change, one_or_404
from academy.ledger.queries import balance
from academy.ledger.rules import due_account
from academy.permissions import Role
from academy.privacy.models import DataExport, ErasureWish
from academy.projects.models import Project
from academy.projects.rules import ProjectState
from courses.cohorts.models import Centre, Cohort, Seat


def wish_of(user_id: int) -> ErasureWish | None:
    """This person's wish to be forgotten, while it stands."""
    query = select(ErasureWish).where(
        ErasureWish.user_id == user_id, ErasureWish.cancelled_at.is_(None), ErasureWish.done_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def wishes_due(now: datetime, most: int = 1000) -> Sequence[int]:
    """The people whose days to think it over have passed."""
    query = select(ErasureWish.user_id).where(
        ErasureWish.due_at <= now, ErasureWish.cancelled_at.is_(None), ErasureWish.done_at.is_(None)
    )
    return db.session.scalars(query.order_by(ErasureWish.due_at).limit(most)).all()


def person_to_erase(user_id: int, now: datetime) -> User | None:
    """Held until the transaction ends, so that whoever thinks better of it at this moment is heard."""
    due = (
        select(User)
        .join(ErasureWish, ErasureWish.user_id == User.id)
        .where(User.id == user_id, User.erased_at.is_(None))
        .where(ErasureWish.due_at <= now, ErasureWish.cancelled_at.is_(None), ErasureWish.done_at.is_(None))
        .with_for_update(of=ErasureWish)
    )
    return db.session.scalars(due).unique().one_or_none()


@dataclass(frozen=True, slots=True)
class Leaving:
    """What to know before somebody leaves: what stands in the way, and what they would give up."""

    last_administrator: bool
    running_projects: int
    money_due: int

    @property
    def possible(self) -> bool:
        return not self.last_administrator and not self.running_projects


def leaving_of(user: User) -> Leaving:
    running = (ProjectState.OPEN, ProjectState.PAUSED)
    projects = select(func.count()).where(Project.client_id == user.id, Project.state.in_(running))
    administers = any(grant.role is Role.ADMINISTRATOR for grant in user.grants)
    alone = administers and db.session.scalar(other_administrators(user).limit(1)) is None
    return Leaving(alone, db.session.scalar(projects) or 0, balance(due_account(user.id)))


# Copies ------------------------------------------------------------------------------------------------------------


def export_key(public_id: str) -> str:
    """Where the zip of a copy lies among the media."""
    return f"exports/{public_id}.zip"


def exports_of(viewer: User) -> Sequence[DataExport]:
    query = select(DataExport).where(DataExport.user_id == viewer.id).order_by(DataExport.id.desc())
    return db.session.scalars(query.limit(10)).all()


def export_for(viewer: User, public_id: str) -> DataExport:
    """A copy of the viewer's own data; anybody else's does not exist for them."""
    return one_or_404(select(DataExport).where(DataExport.public_id == public_id, DataExport.user_id == viewer.id))


def export_asked_since(user_id: int, since: datetime) -> DataExport | None:
    """The newest copy somebody asked for since then; the person is held, so that two clicks ask once."""
    db.session.execute(for_change(select(User.id).where(User.id == user_id)))
    query = select(DataExport).where(DataExport.user_id == user_id, DataExport.asked_at > since)
    return db.session.scalars(query.order_by(DataExport.id.desc()).limit(1)).one_or_none()


# Consents ----------------------------------------------------------------------------------------------------------


def centres_attended(viewer: User) -> Sequence[Centre]:
    """The centres in whose classes this person sits."""
    attended = select(Cohort.centre_id).join(Seat, Seat.cohort_id == Cohort.id).where(Seat.learner_id == viewer.id)
    return db.session.scalars(select(Centre).where(Centre.id.in_(attended)).order_by(Centre.id)).all()
