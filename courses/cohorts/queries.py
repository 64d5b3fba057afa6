"""Reading classes: staff see those of their centres, learners their own; nobody else learns that they exist."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from academy.accounts.consents import Purpose, centre_subject, who_hold
from academy.accounts.models import Identity, RoleGrant, User
from academy.accounts.rules import name_key
from academy.accounts.scopes import CENTRE, scope_of, within
from academy.config import settings
from academy.db import Page, db, one_or_404, page_by_key
from academy.permissions import EVERYWHERE, Permission, Role
from courses.catalogue.models import Course, Lesson, Step
from courses.cohorts.models import (
    AttendanceEvent,
    Centre,
    Cohort,
    JoinCode,
    Meeting,
    Seat,
)
from courses.cohorts.rules import (
    LONGEST_MEETING,
    OPENS_BEFORE,
    Attendance,
    EventKind,
    Noted,
    StaffRole,
    Standing,
    add_up,
    code_hash,
    standing_at,
)
from courses.learning.queries import progress_of
from courses.learning.rules import Progress

SEATS_SHOWN = 200


# Who works where ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at a centre, and as what."""

    user: User
    roles: tuple[StaffRole, ...]


def _works_in(scope: str) -> ColumnElement[bool]:
    """Roles that count at the centre of this scope."""
    return and_(
        RoleGrant.scope.in_((scope, EVERYWHERE)),
        RoleGrant.role.in_([Role(role.value) for role in StaffRole]),
        RoleGrant.revoked_at.is_(None),
    )


def works_at(user_id: int, centre: Centre) -> bool:
    query = select(RoleGrant.id).where(RoleGrant.user_id == user_id, _works_in(centre.scope)).limit(1)
    return db.session.scalar(query) is not None


def _led_by(viewer: User) -> ColumnElement[bool]:
    return within(viewer, Permission.MANAGE_CENTRE, CENTRE, Centre.id)


def _known_to(viewer: User) -> ColumnElement[bool]:
    return within(viewer, Permission.TEACH, CENTRE, Centre.id)


def centres_of(viewer: User, *, after: str | None) -> Page[Centre]:
    return page_by_key(select(Centre).where(_known_to(viewer)), Centre.id, after=after)


def all_centres(*, after: str | None) -> Page[Centre]:
    """For operators, who open centres."""
    return page_by_key(select(Centre), Centre.id, after=after)


def centre_of(viewer: User, centre_id: int) -> Centre:
    return one_or_404(select(Centre).where(Centre.id == centre_id, _known_to(viewer)))


def centre_managed_by(viewer: User, centre_id: int) -> Centre:
    return one_or_404(select(Centre).where(Centre.id == centre_id, _led_by(viewer)))


def staff_of(centre: Centre) -> Sequence[Colleague]:
    """Who was given a role at this centre, the longest-serving first."""
    held = RoleGrant.scope == centre.scope
    query = (
        select(RoleGrant.role, User)
        .join(User, User.id == RoleGrant.user_id)
        .where(held, RoleGrant.revoked_at.is_(None), User.erased_at.is_(None))
        .options(lazyload(User.grants))
        .order_by(RoleGrant.id)
        .limit(SEATS_SHOWN)
    )
    roles: dict[User, list[StaffRole]] = {}
    for role, user in db.session.execute(query).unique():
        roles.setdefault(user, []).append(StaffRole(role.value))
    return [Colleague(user, tuple(held)) for user, held in roles.items()]


def person_called(name: str) -> User | None:
    query = select(User).join(Identity, Identity.user_id == User.id).where(Identity.name_key == name_key(name))
    return db.session.scalars(query).unique().one_or_none()


def published_courses() -> Sequence[Course]:
    query = (
        select(Course)
        .where(Course.published_at.is_not(None))
        .options(lazyload(Course.lessons))
        .order_by(Course.id)
        .limit(SEATS_SHOWN)
    )
    return db.session.scalars(query).all()


# Classes -----------------------------------------------------------------------------------------------------------


def _taught_by(viewer: User) -> ColumnElement[bool]:
    """Classes of the centres where this person works."""
    return within(viewer, Permission.TEACH, CENTRE, Cohort.centre_id)


def _attended_by(viewer: User) -> ColumnElement[bool]:
    return exists().where(Seat.cohort_id == Cohort.id, Seat.learner_id == viewer.id)


_WITH_FRAME = (
    joinedload(Cohort.centre),
    joinedload(Cohort.instructor).lazyload(User.grants),
    joinedload(Cohort.course).lazyload(Course.lessons),
)


def classes_taught(viewer: User, *, after: str | None) -> Page[Cohort]:
    query = select(Cohort).where(_taught_by(viewer)).options(*_WITH_FRAME)
    return page_by_key(query, Cohort.id, after=after)


def classes_attended(viewer: User, *, after: str | None) -> Page[Cohort]:
    query = select(Cohort).where(_attended_by(viewer)).options(*_WITH_FRAME)
    return page_by_key(query, Cohort.id, after=after)


def classes_at(centre: Centre, *, after: str | None) -> Page[Cohort]:
    query = select(Cohort).where(Cohort.centre_id == centre.id).options(*_WITH_FRAME)
    return page_by_key(query, Cohort.id, after=after)


def class_for(viewer: User, cohort_id: int) -> Cohort:
    """A class this person teaches or attends, with its meetings."""
    return one_or_404(
        select(Cohort)
        .where(Cohort.id == cohort_id, or_(_taught_by(viewer), _attended_by(viewer)))
        .options(*_WITH_FRAME, selectinload(Cohort.meetings))
    )


def class_taught(viewer: User, cohort_id: int) -> Cohort:
    """A class of a centre where this person works, with its meetings."""
    return one_or_404(
        select(Cohort)
        .where(Cohort.id == cohort_id, _taught_by(viewer))
        .options(*_WITH_FRAME, selectinload(Cohort.meetings))
    )


def meeting_taught(viewer: User, cohort_id: int, meeting_id: int) -> Meeting:
    return one_or_404(
        select(Meeting)
        .join(Cohort, Cohort.id == Meeting.cohort_id)
        .where(Meeting.id == meeting_id, Meeting.cohort_id == cohort_id, _taught_by(viewer))
        .options(joinedload(Meeting.cohort))
    )


def seat_of(user_id: int, cohort_id: int) -> Seat | None:
    query = select(Seat).where(Seat.cohort_id == cohort_id, Seat.learner_id == user_id)
    return db.session.scalars(query).one_or_none()


def seat_in(cohort: Cohort, seat_id: int) -> Seat:
    """One of the seats of a class."""
    return one_or_404(
        select(Seat).where(Seat.id == seat_id, Seat.cohort_id == cohort.id).options(joinedload(Seat.learner))
    )


def seats_of(cohort: Cohort) -> Sequence[Seat]:
    """Every learner of a class, in the order in which they came; nobody who works at the centre by now."""
    works_there = exists().where(RoleGrant.user_id == Seat.learner_id, _works_in(scope_of(CENTRE, cohort.centre_id)))
    query = (
        select(Seat)
        .where(Seat.cohort_id == cohort.id, ~works_there)
        .options(joinedload(Seat.learner).lazyload(User.grants))
        .order_by(Seat.id)
        .limit(SEATS_SHOWN)
    )
    return db.session.scalars(query).all()


def current_meeting(meetings: Sequence[Meeting], now: datetime) -> Meeting | None:
    """The meeting that is on, or about to be; else the next one; else the last."""
    ahead = [meeting for meeting in meetings if meeting.ends_at > now]
    return ahead[0] if ahead else (meetings[-1] if meetings else None)


def on_now(viewer: User, now: datetime) -> Meeting | None:
    """The meeting this person can check in to now, for the first page."""
    query = (
        select(Meeting)
        .join(Cohort, Cohort.id == Meeting.cohort_id)
        .where(
            _attended_by(viewer),
            Meeting.starts_at.between(now - LONGEST_MEETING, now + OPENS_BEFORE),  # a few of all that ever were
            Meeting.ends_at > now,
        )
        .options(joinedload(Meeting.cohort))
        .order_by(Meeting.starts_at)
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


# Codes -------------------------------------------------------------------------------------------------------------


def code_called(code: str) -> JoinCode | None:
    """The join code behind what somebody typed, whether or not it still gives seats."""
    query = (
        select(JoinCode)
        .where(JoinCode.hash == code_hash(settings().secret_key, code))
        .options(
            joinedload(JoinCode.cohort).joinedload(Cohort.centre),
            joinedload(JoinCode.cohort).joinedload(Cohort.instructor).lazyload(User.grants),
        )
    )
    return db.session.scalars(query).one_or_none()


def working_code(code: str, now: datetime) -> JoinCode | None:
    """The same, if it gives a seat right now."""
    found = code_called(code)
    if found is None or found.revoked_at is not None or found.expires_at <= now or found.used >= found.seats:
        return None
    return found


def codes_of(cohort: Cohort, *, after: str | None = None) -> Page[JoinCode]:
    return page_by_key(select(JoinCode).where(JoinCode.cohort_id == cohort.id), JoinCode.id, after=after)


def code_of(cohort: Cohort, code_id: int) -> JoinCode:
    return one_or_404(select(JoinCode).where(JoinCode.id == code_id, JoinCode.cohort_id == cohort.id))


# Attendance --------------------------------------------------------------------------------------------------------


def entered(seat_id: int, meeting_id: int) -> bool:
    query = select(AttendanceEvent.id).where(
        AttendanceEvent.seat_id == seat_id,
        AttendanceEvent.meeting_id == meeting_id,
        AttendanceEvent.kind == EventKind.ENTRY,
    )
    return db.session.scalar(query) is not None


def _noted(seat_ids: Iterable[int]) -> dict[int, dict[int, list[Noted]]]:
    """Events by seat and meeting, in the order in which they were written."""
    query = select(AttendanceEvent).where(AttendanceEvent.seat_id.in_(list(seat_ids))).order_by(AttendanceEvent.id)
    found: dict[int, dict[int, list[Noted]]] = {}
    for event in db.session.scalars(query):
        noted = Noted(event.kind, event.mark, event.at, event.reason)
        found.setdefault(event.seat_id, {}).setdefault(event.meeting_id, []).append(noted)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """One learner as the instructor's list shows them; the learner's page and the list read the same rows."""

    seat: Seat
    now: Standing
    attendance: Attendance
    progress: Progress | None
    """None for those who do not show it to their centre."""


@dataclass(frozen=True, slots=True)
class OwnAttendance:
    """A learner's own attendance: at each meeting, and all together."""

    standings: Mapping[int, Standing]
    attendance: Attendance


def _added(seat: Seat, meetings: Sequence[Meeting], events: Mapping[int, list[Noted]], now: datetime) -> Attendance:
    """Added up over the meetings since this person joined; earlier ones are held against nobody."""
    counted = [
        (meeting.id, meeting.starts_at)
        for meeting in meetings
        if meeting.ends_at > seat.taken_at or events.get(meeting.id)
    ]
    return add_up(counted, events, now)


def own_attendance(seat: Seat, meetings: Sequence[Meeting], now: datetime) -> OwnAttendance:
    events = _noted([seat.id]).get(seat.id, {})
    standings = {meeting.id: standing_at(meeting.starts_at, events.get(meeting.id, ())) for meeting in meetings}
    return OwnAttendance(standings, _added(seat, meetings, events, now))


def places_of(cohort: Cohort, meeting: Meeting | None, now: datetime) -> list[Place]:
    """Who is here and how far those are who show it: the same few queries for three people or for thirty."""
    seats = seats_of(cohort)
    events = _noted(seat.id for seat in seats)
    learners = [seat.learner_id for seat in seats]
    showing = who_hold(learners, Purpose.CENTRE, centre_subject(cohort.centre_id)) if seats else frozenset[int]()
    far = progress_of(sorted(showing), course_with_steps(cohort)) if showing else {}
    return [
        Place(
            seat,
            standing_at(meeting.starts_at, events.get(seat.id, {}).get(meeting.id, ())) if meeting else Standing(None),
            _added(seat, cohort.meetings, events.get(seat.id, {}), now),
            far.get(seat.learner_id),
        )
        for seat in seats
    ]


def course_with_steps(cohort: Cohort) -> Course:
    """The course with what progress needs: lessons and steps, without their questions and pictures."""
    query = (
        select(Course)
        .where(Course.id == cohort.course_id)
        .options(
            selectinload(Course.lessons)
            .selectinload(Lesson.steps)
            .options(lazyload(Step.asked), lazyload(Step.task_set))
        )
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()
