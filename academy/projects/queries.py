"""Reading paid work. What comes out is what this viewer may see; the gold of a picture never does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from academy.accounts import consents
from academy.accounts.consents import Purpose
from academy.accounts.models import User
from academy.accounts.scopes import PROJECT, places, within
from academy.annotation.models import Media, Task, TaskSet
from academy.annotation.queries import reason_to_see, usable
from academy.credentials.queries import held_levels
from academy.db import Page, db, one_or_404, page_by_key
from academy.i18n import _, pick
from academy.ledger.queries import pieces_of
from academy.permissions import Permission
from academy.projects.models import (
    Lease,
    Project,
    ProjectRequirement,
    Review,
    ReviewDecision,
    Submission,
    Unit,
)
from academy.projects.rules import (
    LeaseEnding,
    ProjectState,
    Requirement,
    UnitState,
    adult_path,
    still_missing,
    subject_of,
)

QUEUE_SHOWN = 20


# What opens a project ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is still missing, in words, with the page where it is earned."""

    text: str
    href: str
    done: bool = False
    act: str = ""
    """What the button that leads there says, where it is more than "see where to earn it"."""

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return str(Markup('<a href="{}">{}</a>').format(self.href, self.text))


def need_in_words(row: ProjectRequirement, *, done: bool = False) -> Need:
    words = _("Badge: %(title)s", title=pick(row.title))
    return Need(words, row.earn_path, done)


def needs_of(project: Project, held: Mapping[str, int]) -> list[Need]:
    """What this person must still earn, in words; empty when the project is open to them."""
    rows = {row.badge: row for row in project.requirements}
    missing = still_missing((Requirement(row.badge, row.level) for row in project.requirements), held)
    return [need_in_words(rows[need.badge]) for need in missing]


def adult_need(labeler_id: int, project_id: int, now: datetime) -> Need:
    """Paid work is for adults; whoever has not said yet that they are one, says so once, before the first of it.

    A child, who came with a parent's consent, is not asked.
    """
    done = consents.holds(labeler_id, Purpose.ADULT)
    asked = not done and not consents.still_a_child(labeler_id, now)
    return Need(_("You are 18 or older"), adult_path(project_id) if asked else "", done, _("Say that I am 18 or older"))


def levels_of(viewer: User | None, now: datetime) -> dict[str, int]:
    return held_levels(viewer.id, now) if viewer else {}


# Projects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A project as the list shows it."""

    project: Project
    missing: list[Need]


def opened_by(held: Mapping[str, int]) -> ColumnElement[bool]:
    """Projects of which nothing is missing for somebody who holds these levels."""
    satisfied = or_(
        false(),
        *(and_(ProjectRequirement.badge == slug, ProjectRequirement.level <= level) for slug, level in held.items()),
    )
    return ~exists().where(ProjectRequirement.project_id == Project.id, ~satisfied)


def projects_listed(held: Mapping[str, int], *, opened: bool, after: str | None) -> Page[Card]:
    """Running projects, newest first: those open to this person, or those that still ask for something."""
    query = (
        select(Project)
        .where(Project.state == ProjectState.OPEN, opened_by(held) if opened else ~opened_by(held))
        .options(joinedload(Project.tally), selectinload(Project.requirements))
    )
    page = page_by_key(query, Project.id, after=after)
    return Page([Card(project, needs_of(project, held)) for project in page.rows], page.next)


def watched_by(viewer: User) -> ColumnElement[bool]:
    """Projects whose progress this person follows: those they brought, those they are a client of; an operator's all.

    Who is a client everywhere may bring projects, but is not let into those that others brought.
    """
    if viewer.may(Permission.OPERATE):
        return Project.id.is_not(None)
    return or_(Project.client_id == viewer.id, Project.id.in_(places(viewer, Permission.BRING_PROJECTS, PROJECT)))


def watches(viewer: User, project: Project) -> bool:
    """The same for one project that was already read."""
    named = places(viewer, Permission.BRING_PROJECTS, PROJECT)
    return viewer.may(Permission.OPERATE) or project.client_id == viewer.id or project.id in named


def projects_watched(viewer: User, *, after: str | None) -> Page[Project]:
    query = select(Project).where(watched_by(viewer)).options(joinedload(Project.tally))
    return page_by_key(query, Project.id, after=after)


def seen_by(viewer: User | None) -> ColumnElement[bool]:
    """Running projects are public; others are for who brought them, runs them or has worked in them."""
    if viewer is None:
        return Project.state == ProjectState.OPEN
    worked = exists().where(Lease.project_id == Project.id, Lease.labeler_id == viewer.id)
    return or_(Project.state == ProjectState.OPEN, watched_by(viewer), and_(Project.started_at.is_not(None), worked))


def project_for(viewer: User | None, project_id: int) -> Project:
    return one_or_404(
        select(Project)
        .where(Project.id == project_id, seen_by(viewer))
        .options(
            joinedload(Project.tally),
            joinedload(Project.task_set).joinedload(TaskSet.guideline),
            selectinload(Project.requirements),
        )
    )


def own_work_in(viewer: User, project: Project) -> dict[UnitState, int]:
    """How many units of a project this person has in review, to fix, and accepted; what is zero is left out.

    The accepted ones pile up for ever, so they are read from the books, where they are added up week by week.
    """
    undecided = (UnitState.SUBMITTED, UnitState.RETURNED)
    query = (
        select(Unit.state, func.count())
        .where(Unit.labeler_id == viewer.id, Unit.state.in_(undecided), Unit.project_id == project.id)
        .group_by(Unit.state)
    )
    accepted = pieces_of(viewer.id, subject_of(project.id))
    return dict(db.session.execute(query).all()) | ({UnitState.ACCEPTED: accepted} if accepted else {})


# Units and leases --------------------------------------------------------------------------------------------------


def open_lease(project_id: int, labeler_id: int) -> Lease | None:
    query = select(Lease).where(
        Lease.project_id == project_id, Lease.labeler_id == labeler_id, Lease.ended_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def open_lease_on(unit_id: int, labeler_id: int) -> Lease | None:
    query = select(Lease).where(Lease.unit_id == unit_id, Lease.labeler_id == labeler_id, Lease.ended_at.is_(None))
    return db.session.scalars(query).one_or_none()


def last_lease(unit_id: int, labeler_id: int) -> Lease | None:
    query = select(Lease).where(Lease.unit_id == unit_id, Lease.labeler_id == labeler_id)
    return db.session.scalars(query.order_by(Lease.id.desc()).limit(1)).one_or_none()


def next_free(project_id: int, labeler_id: int) -> Select[int]:
    """The next unit for this person: never one they labelled, skipped or reviewed before, nor one whose task was
    withdrawn or whose set is held back: who holds it goes on, but nobody begins."""
    mine = exists().where(
        Lease.unit_id == Unit.id,
        Lease.labeler_id == labeler_id,
        or_(Lease.ending.is_(None), Lease.ending != LeaseEnding.EXPIRED),
    )
    labelled = exists().where(Submission.unit_id == Unit.id, Submission.labeler_id == labeler_id)
    reviewed = exists().where(ReviewDecision.unit_id == Unit.id, ReviewDecision.reviewer_id == labeler_id)
    offered = exists().where(Task.id == Unit.task_id, usable())
    return (
        select(Unit.id)
        .where(Unit.project_id == project_id, Unit.state == UnitState.WAITING, ~mine, ~labelled, ~reviewed, offered)
        .order_by(Unit.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def overdue_leases(now: datetime, project_id: int | None, most: int) -> Select[int, int]:
    """Holds that ran out, as pairs of lease and unit; rows that somebody else is just putting back are left out."""
    query = (
        select(Lease.id, Lease.unit_id)
        .join(Unit, Unit.id == Lease.unit_id)
        .where(Lease.ended_at.is_(None), Lease.expires_at <= now)
    )
    if project_id is not None:
        query = query.where(Lease.project_id == project_id)
    return query.order_by(Lease.id).limit(most).with_for_update(of=Unit, skip_locked=True)


def belongs_to(viewer: User) -> ColumnElement[bool]:
    """Units on this person's desk: handed in by them, or held (also when the hold has just run out)."""
    held = exists().where(
        Lease.unit_id == Unit.id,
        Lease.labeler_id == viewer.id,
        or_(Lease.ended_at.is_(None), and_(Lease.ending == LeaseEnding.EXPIRED, Unit.labeler_id.is_(None))),
    )
    return or_(Unit.labeler_id == viewer.id, held)


def unit_for(viewer: User, unit_id: int) -> Unit:
    """A unit with all that its page shows; somebody else's does not exist for this person."""
    return one_or_404(
        select(Unit)
        .where(Unit.id == unit_id, belongs_to(viewer))
        .options(
            joinedload(Unit.project).joinedload(Project.task_set).joinedload(TaskSet.label_set),
            joinedload(Unit.project).joinedload(Project.task_set).joinedload(TaskSet.guideline),
            joinedload(Unit.project).selectinload(Project.requirements),
            joinedload(Unit.task).joinedload(Task.media),
        )
    )


@reason_to_see
def _works_on(viewer: Any, now: datetime) -> ColumnElement[bool]:
    """Pictures of work on somebody's own desk, of work they review, of projects they brought or follow."""
    unit = exists().where(Unit.task_id == Task.id, Task.media_id == Media.id)
    reviews = exists().where(
        Unit.task_id == Task.id, Task.media_id == Media.id, Submission.unit_id == Unit.id,
        Review.submission_id == Submission.id, reviewable_by(viewer, now),
    )  # fmt: skip
    return or_(unit.where(belongs_to(viewer)), reviews, unit.where(Project.id == Unit.project_id, watched_by(viewer)))


def last_submission(unit_id: int, labeler_id: int) -> Submission | None:
    query = select(Submission).where(Submission.unit_id == unit_id, Submission.labeler_id == labeler_id)
    return db.session.scalars(query.order_by(Submission.number.desc()).limit(1)).one_or_none()


def decisions_on(unit_id: int, labeler_id: int) -> Sequence[ReviewDecision]:
    """What reviewers said about this person's work on a unit, newest first."""
    query = select(ReviewDecision).where(ReviewDecision.unit_id == unit_id, ReviewDecision.labeler_id == labeler_id)
    return db.session.scalars(query.order_by(ReviewDecision.id.desc()).limit(QUEUE_SHOWN)).all()


def latest_decisions(unit_ids: Iterable[int], labeler_id: int) -> dict[int, ReviewDecision]:
    """The newest decision on each unit of one labeler."""
    later = aliased(ReviewDecision)
    query = select(ReviewDecision).where(
        ReviewDecision.unit_id.in_(list(unit_ids)),
        ReviewDecision.labeler_id == labeler_id,
        ~exists().where(
            later.unit_id == ReviewDecision.unit_id,
            later.labeler_id == labeler_id,
            later.id > ReviewDecision.id,
        ),
    )
    return {decision.unit_id: decision for decision in db.session.scalars(query)}


@dataclass(frozen=True, slots=True)
class MyUnit:
    """One row of "my work"."""

    unit: Unit
    decision: ReviewDecision | None


def units_handed_in(viewer: User, *, after: str | None) -> Page[MyUnit]:
    query = select(Unit).where(Unit.labeler_id == viewer.id).options(joinedload(Unit.project))
    page = page_by_key(query, Unit.since, Unit.id, after=after)
    decided = latest_decisions([unit.id for unit in page.rows], viewer.id)
    return Page([MyUnit(unit, decided.get(unit.id)) for unit in page.rows], page.next)


def units_returned(viewer: User) -> list[MyUnit]:
    """What waits for this person's fixing, oldest first."""
    query = (
        select(Unit)
        .where(Unit.labeler_id == viewer.id, Unit.state == UnitState.RETURNED)
        .options(joinedload(Unit.project))
        .order_by(Unit.since, Unit.id)
        .limit(QUEUE_SHOWN)
    )
    units = db.session.scalars(query).all()
    decided = latest_decisions([unit.id for unit in units], viewer.id)
    return [MyUnit(unit, decided.get(unit.id)) for unit in units]


def leases_held(viewer: User) -> Sequence[Lease]:
    query = (
        select(Lease)
        .where(Lease.labeler_id == viewer.id, Lease.ended_at.is_(None))
        .options(joinedload(Lease.unit).joinedload(Unit.project))
        .order_by(Lease.id.desc())
        .limit(QUEUE_SHOWN)
    )
    return db.session.scalars(query).all()


# Reviews -----------------------------------------------------------------------------------------------------------


def reviewable_by(viewer: User, now: datetime) -> ColumnElement[bool]:
    """Work in projects this person reviews; not their own, and not what another reviewer is to see first."""
    return and_(
        within(viewer, Permission.REVIEW, PROJECT, Review.project_id),
        Review.labeler_id != viewer.id,
        or_(Review.reserved_until.is_(None), Review.reserved_until <= now, Review.reviewer_id == viewer.id),
    )


def review_queue(viewer: User, now: datetime, *, fixed_for_me: bool) -> Sequence[Review]:
    """The oldest work that waits for a reviewer: fixed work that this reviewer sent back, or everything else."""
    mine = and_(Review.reviewer_id == viewer.id, Review.reviewer_id.is_not(None))
    others = or_(Review.reviewer_id.is_(None), Review.reviewer_id != viewer.id)
    query = (
        select(Review)
        .where(Review.decided_at.is_(None), reviewable_by(viewer, now), mine if fixed_for_me else others)
        .options(joinedload(Review.project), joinedload(Review.submission).joinedload(Submission.unit))
        .order_by(Review.requested_at, Review.id)
        .limit(QUEUE_SHOWN)
    )
    return db.session.scalars(query).all()


def review_for(viewer: User, review_id: int, now: datetime) -> Review:
    """A review with all that its page shows; own work does not exist here."""
    return one_or_404(
        select(Review)
        .where(Review.id == review_id, reviewable_by(viewer, now))
        .join(Review.submission)
        .options(
            contains_eager(Review.submission).joinedload(Submission.unit).joinedload(Unit.task).joinedload(Task.media),
            joinedload(Review.project).joinedload(Project.task_set).joinedload(TaskSet.label_set),
            joinedload(Review.project).joinedload(Project.task_set).joinedload(TaskSet.guideline),
        )
    )


def unseen_reviews(before: datetime, most: int) -> Sequence[int]:
    """Open reviews that were asked for before `before`, the oldest first."""
    query = select(Review.id).where(Review.decided_at.is_(None), Review.requested_at < before)
    return db.session.scalars(query.order_by(Review.requested_at, Review.id).limit(most)).all()


def unseen_review(review_id: int, before: datetime) -> Select[Review]:
    """One of them, held until the transaction ends; nothing if a reviewer is just deciding it."""
    query = select(Review).where(Review.id == review_id, Review.decided_at.is_(None), Review.requested_at < before)
    return query.with_for_update(of=Review, skip_locked=True)


def unfixed_units(before: datetime, most: int) -> Sequence[int]:
    """Units that came back before `before` and were not fixed, the oldest first."""
    query = select(Unit.id).where(Unit.state == UnitState.RETURNED, Unit.since < before)
    return db.session.scalars(query.order_by(Unit.since).limit(most)).all()


def unfixed_unit(unit_id: int, before: datetime) -> Select[Unit]:
    """One of them, held until the transaction ends; nothing if its labeler is just handing it in."""
    query = select(Unit).where(Unit.id == unit_id, Unit.state == UnitState.RETURNED, Unit.since < before)
    return query.with_for_update(of=Unit, skip_locked=True)
