"""Bringing a project, holding a unit, handing it in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from academy import audit
from academy.annotation import queries as annotation
from academy.annotation.models import Task, TaskSet
from academy.annotation.rules import Purpose
from academy.credentials.queries import held_levels
from academy.db import db, for_change, guarded
from academy.errors import Conflict, Forbidden, NotFound, Refused
from academy.i18n import _l
from academy.ledger import operations as ledger
from academy.ledger.rules import EntryKind, client_account, hold_account
from academy.projects import queries
from academy.projects.models import (
    Lease,
    Project,
    ProjectRequirement,
    ProjectTally,
    Review,
    ReviewDecision,
    Submission,
    Unit,
)
from academy.projects.rules import (
    PAY_FLOOR_PER_HOUR,
    SAME_REVIEWER,
    LeaseEnding,
    ProjectState,
    UnitState,
    hold_needed,
    lease_ends,
    pay_per_hour,
    subject_of,
)
from academy.records import operations as records

CLAIM_TRIES = 20
OVERDUE_AT_ONCE = 50


class NothingLeft(NotFound):
    """No unit of this project is free for this person now."""

    code = "nothing-left"


class LeaseLost(Conflict):
    """The hold on a unit ended and somebody else has taken it."""

    code = "lease-lost"


class AlreadyHandedIn(Conflict):
    """The unit is in review or accepted; work is not changed behind a reviewer's back."""

    code = "already-handed-in"


class NotForWork(ValueError):
    """The task set is for practice or for exams; the sentence is for whoever sets the project up."""


class PaysTooLittle(Refused):
    """Below the floor nobody starts a project."""

    code = "pays-too-little"


# Bringing a project ------------------------------------------------------------------------------------------------


def bring_project(
    slug: str,
    client_id: int,
    task_set: TaskSet,
    *,
    title: Mapping[str, str],
    summary: Mapping[str, str],
    price: int,
    seconds_per_unit: int,
    now: datetime,
    lease_minutes: int = 60,
    needs: Iterable[ProjectRequirement] = (),
) -> Project:
    """A draft with one unit for each task of the set that can be worked on; nobody sees it until it is started."""
    if task_set.purpose is not Purpose.WORK:
        raise NotForWork(f"The pictures of {task_set.slug} are not kept for paid work, so their gold may be known.")
    project = Project(
        slug=slug, client_id=client_id, task_set_id=task_set.id, title=dict(title), summary=dict(summary),
        price=price, seconds_per_unit=seconds_per_unit, lease_minutes=lease_minutes, created_at=now,
        state=ProjectState.DRAFT, requirements=list(needs),
    )  # fmt: skip
    db.session.add(project)
    db.session.flush()
    usable = select(Task).where(Task.task_set_id == task_set.id, annotation.usable()).order_by(Task.position)
    tasks = db.session.scalars(usable).all()
    db.session.add_all(
        Unit(project_id=project.id, task_id=task.id, position=number, since=now, state=UnitState.WAITING)
        for number, task in enumerate(tasks, 1)
    )
    project.tally = ProjectTally(project_id=project.id, units=len(tasks), in_review=0, returned=0, accepted=0)
    db.session.flush()
    audit.note("project brought", by=client_id, subject=subject_of(project.id), detail={"units": len(tasks)}, now=now)
    return project


def start_project(project: Project, now: datetime, by_id: int | None = None) -> None:
    """Set the client's money aside and open the project: what is started can be paid to the last unit."""
    if pay_per_hour(project.price, project.seconds_per_unit) < PAY_FLOOR_PER_HOUR:
        raise PaysTooLittle(_l("This project would pay less per hour than the floor. Raise the price per picture."))
    units = project.tally.units
    if units == 0:
        raise Refused(_l("This project has no pictures yet."))
    started = guarded(
        update(Project)
        .where(Project.id == project.id, Project.state == ProjectState.DRAFT)
        .values(state=ProjectState.OPEN, started_at=now)
    )
    if started == 0:
        raise Conflict(_l("This project was started before."))
    audit.note("project started", by=by_id, subject=subject_of(project.id), detail={"units": units}, now=now)
    amount = hold_needed(project.price, units)
    ledger.post(
        EntryKind.HOLD,
        f"start:{project.id}",
        [(client_account(project.client_id), -amount), (hold_account(project.id), amount)],
        now,
        subject=subject_of(project.id),
        about={"title": project.title},
    )


# Holding a unit ----------------------------------------------------------------------------------------------------


def check_open_to(project: Project, labeler_id: int, now: datetime) -> None:
    """Raise what is still missing. Asked at every request, so a revoked badge closes the project at the next one."""
    if project.client_id == labeler_id:
        raise Forbidden(_l("This is your own project. Others label it for you."))
    missing = queries.needs_of(project, held_levels(labeler_id, now))
    adult = queries.adult_need(labeler_id, project.id, now)
    if not adult.done:
        missing.append(adult)
    if missing:
        raise Forbidden(_l("This project asks for something that you do not hold at the moment."), missing=missing)


def take_next(project: Project, labeler_id: int, now: datetime) -> Lease:
    """The unit this person holds in the project, else the next free one, held from now on.

    A unit comes to one person only: the row is locked, the update is guarded, and the table refuses a second hold.
    """
    check_open_to(project, labeler_id, now)
    standing = queries.open_lease(project.id, labeler_id)
    if standing is not None and standing.expires_at > now:
        return standing
    if project.state is not ProjectState.OPEN:
        raise Conflict(_l("This project gives out no pictures at the moment."))
    end_overdue_leases(now, project_id=project.id)
    for _attempt in range(CLAIM_TRIES):
        lease = _try_to_take(project, labeler_id, now)
        if lease is not None:
            return lease
        standing = queries.open_lease(project.id, labeler_id)
        if standing is not None:
            return standing
    raise NothingLeft(_l("Many people are asking for pictures right now. Try again in a moment."))


def _try_to_take(project: Project, labeler_id: int, now: datetime) -> Lease | None:
    """A new lease; None when somebody (perhaps this person's second click) was faster."""
    try:
        with db.session.begin_nested():
            unit_id = db.session.scalar(queries.next_free(project.id, labeler_id))
            if unit_id is None:
                raise NothingLeft(_l("No picture is free for you here right now. Look in again later."))
            if not move_unit(unit_id, UnitState.WAITING, UnitState.LEASED, now):
                return None
            lease = Lease(
                project_id=project.id, unit_id=unit_id, labeler_id=labeler_id, taken_at=now,
                expires_at=lease_ends(now, project.lease_minutes),
            )  # fmt: skip
            db.session.add(lease)
            db.session.flush()
            return lease
    except IntegrityError:
        return None


def move_unit(unit_id: int, before: UnitState, after: UnitState, now: datetime, labeler_id: int | None = None) -> bool:
    moved = guarded(
        update(Unit)
        .where(Unit.id == unit_id, Unit.state == before)
        .values(state=after, since=now, labeler_id=labeler_id)
    )
    return moved == 1


def _end_lease(lease_id: int, ending: LeaseEnding, now: datetime) -> bool:
    ended = guarded(
        update(Lease).where(Lease.id == lease_id, Lease.ended_at.is_(None)).values(ended_at=now, ending=ending)
    )
    return ended == 1


class _SomebodyWasFaster(Exception):
    """Undo this lease's ending; the next look will find it as it is then."""


def _give_back(lease_id: int, unit_id: int, ending: LeaseEnding, now: datetime) -> bool:
    """End a hold and put the unit back; both or neither."""
    try:
        with db.session.begin_nested():
            if not move_unit(unit_id, UnitState.LEASED, UnitState.WAITING, now):
                return False
            if not _end_lease(lease_id, ending, now):
                raise _SomebodyWasFaster
            return True
    except _SomebodyWasFaster:
        return False


def end_overdue_leases(now: datetime, *, project_id: int | None = None) -> int:
    """Put back what was held for too long; answers how many units are free again."""
    overdue = db.session.execute(queries.overdue_leases(now, project_id, OVERDUE_AT_ONCE)).all()
    return sum(_give_back(lease_id, unit_id, LeaseEnding.EXPIRED, now) for lease_id, unit_id in overdue)


def skip(unit: Unit, labeler_id: int, now: datetime) -> None:
    """Give the unit back undone; somebody else will get it, this person will not get it again."""
    lease = queries.open_lease_on(unit.id, labeler_id)
    if lease is not None:
        _give_back(lease.id, unit.id, LeaseEnding.SKIPPED, now)


# Handing in --------------------------------------------------------------------------------------------------------


def hand_in(unit: Unit, labeler_id: int, document: Mapping[str, Any], key: str, now: datetime) -> Submission:
    """Keep the work and ask for its review. The same key finds the same submission."""
    # One at a time: a retry that overtakes its first try waits for it here, and then finds what it kept.
    db.session.execute(for_change(select(Unit.id).where(Unit.id == unit.id)))
    earlier = db.session.scalars(
        select(Submission).where(Submission.labeler_id == labeler_id, Submission.key == key)
    ).one_or_none()
    if earlier is not None:
        if earlier.unit_id != unit.id:
            raise Conflict(_l("This was handed in for another picture. Reload the page."))
        return earlier
    fixed = unit.state is UnitState.RETURNED and unit.labeler_id == labeler_id
    if fixed:
        # What was returned may always be fixed: the work was done while the project was open to this person.
        moved = move_unit(unit.id, UnitState.RETURNED, UnitState.SUBMITTED, now, labeler_id)
    else:
        moved = _hand_in_held(unit, labeler_id, now)
    if not moved:
        raise AlreadyHandedIn(_l("This picture was handed in before. You find it under my work."))
    submission = _keep(unit, labeler_id, document, key, now)
    _ask_for_review(submission, unit, now)
    count(unit.project_id, in_review=1, returned=-1 if fixed else 0)
    records.note(labeler_id, "work submitted", f"unit:{unit.id}", {"project": unit.project_id}, now)
    db.session.flush()
    return submission


def _hand_in_held(unit: Unit, labeler_id: int, now: datetime) -> bool:
    """Work on a held unit; a hold that ran out still counts as long as nobody else took the picture."""
    if unit.labeler_id == labeler_id:
        return False
    lease = queries.last_lease(unit.id, labeler_id)
    if lease is None or lease.ending is LeaseEnding.SKIPPED:
        raise NotFound(_l("This picture is not yours."))
    check_open_to(unit.project, labeler_id, now)
    if lease.ended_at is None:
        moved = move_unit(unit.id, UnitState.LEASED, UnitState.SUBMITTED, now, labeler_id)
        moved = moved and _end_lease(lease.id, LeaseEnding.SUBMITTED, now)
    else:
        moved = move_unit(unit.id, UnitState.WAITING, UnitState.SUBMITTED, now, labeler_id)
    if not moved:
        raise LeaseLost(
            _l("Your time for this picture ended and somebody else has it now. Your drawing stays in this browser.")
        )
    return True


def _keep(unit: Unit, labeler_id: int, document: Mapping[str, Any], key: str, now: datetime) -> Submission:
    latest = db.session.scalar(select(func.max(Submission.number)).where(Submission.unit_id == unit.id))
    submission = Submission(
        unit_id=unit.id, labeler_id=labeler_id, number=(latest or 0) + 1, key=key, document=dict(document),
        submitted_at=now,
    )  # fmt: skip
    db.session.add(submission)
    db.session.flush()
    return submission


def _ask_for_review(submission: Submission, unit: Unit, now: datetime) -> None:
    """Put the work into the queue; fixed work goes to the reviewer who sent it back first."""
    before = db.session.scalars(
        select(ReviewDecision)
        .where(ReviewDecision.unit_id == unit.id, ReviewDecision.labeler_id == submission.labeler_id)
        .order_by(ReviewDecision.id.desc())
        .limit(1)
    ).one_or_none()
    reviewer_id = before.reviewer_id if before else None
    review = Review(
        submission_id=submission.id, project_id=unit.project_id, labeler_id=submission.labeler_id,
        reviewer_id=reviewer_id, requested_at=now,
        reserved_until=now + SAME_REVIEWER if reviewer_id else None,
    )  # fmt: skip
    db.session.add(review)


def count(project_id: int, *, in_review: int = 0, returned: int = 0, accepted: int = 0) -> None:
    guarded(
        update(ProjectTally)
        .where(ProjectTally.project_id == project_id)
        .values(
            in_review=ProjectTally.in_review + in_review,
            returned=ProjectTally.returned + returned,
            accepted=ProjectTally.accepted + accepted,
        )
    )
