"""Setting up a class, letting people in, and noting who was there."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy import audit, limits
from academy.accounts import consents
from academy.accounts.consents import Purpose, centre_subject
from academy.accounts.models import User
from academy.accounts.operations import grant_role, revoke_role
from academy.config import settings
from academy.db import db, for_change, guarded
from academy.errors import Conflict, NotFound, Refused
from academy.i18n import _l
from academy.jobs import request_job
from academy.limits import Limit
from academy.permissions import Role
from academy.records import operations as records
from courses.catalogue.models import Course
from courses.cohorts import queries
from courses.cohorts.models import (
    AttendanceEvent,
    Centre,
    Cohort,
    JoinCode,
    Meeting,
    Seat,
)
from courses.cohorts.rules import (
    GUESS_WINDOW,
    GUESSES,
    CheckIn,
    EventKind,
    Mark,
    NoSuchTime,
    StaffRole,
    check_in_open,
    code_hash,
    digits_fit,
    instant,
    new_digit_secret,
    new_join_code,
    weekly,
)
from courses.learning import operations as learning

TELL_MEETINGS = "cohorts.tell_meetings"
WRONG_DIGITS = Limit("wrong digits at check-in", GUESSES, GUESS_WINDOW, slices=10)
"""Counted for one seat: whoever tries them all is stopped, and nobody else."""


class CodeSpent(NotFound):
    """A join code that is unknown, revoked, expired or used up; which of them is nobody's business."""

    code = "code-spent"


class ClassFull(Conflict):
    """Every seat is taken."""

    code = "class-full"


class StaffNeedNoSeat(Refused):
    """Who works at the centre is never counted as a learner."""

    code = "staff-need-no-seat"


# Setting up --------------------------------------------------------------------------------------------------------


def open_centre(slug: str, title: Mapping[str, str], zone: str, now: datetime, by_id: int | None = None) -> Centre:
    centre = Centre(slug=slug, title=dict(title), zone=ZoneInfo(zone).key, created_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(centre)
    except IntegrityError as taken:
        raise Conflict(_l("Another centre has this short name.")) from taken
    audit.note("centre opened", by=by_id, subject=centre.scope, now=now)
    return centre


def employ(centre: Centre, user_id: int, role: StaffRole, now: datetime, by: User | None = None) -> None:
    """Let somebody work at a centre; somebody who already does gets this role instead of the one until now."""
    user = db.session.get_one(User, user_id)
    for other in StaffRole:
        if other is not role:
            revoke_role(user, Role(other.value), by, now, centre.scope)
    grant_role(user, Role(role.value), by, now, centre.scope)


def dismiss(centre: Centre, user_id: int, now: datetime, by: User | None = None) -> None:
    """Somebody no longer works at a centre."""
    user = db.session.get(User, user_id)
    if user is not None:
        for role in StaffRole:
            revoke_role(user, Role(role.value), by, now, centre.scope)


def open_cohort(
    centre: Centre,
    course: Course,
    instructor_id: int,
    title: str,
    seats: int,
    now: datetime,
    by_id: int | None = None,
) -> Cohort:
    cohort = Cohort(
        centre_id=centre.id, course_id=course.id, instructor_id=instructor_id, title=title, seats=seats, seats_taken=0,
        created_at=now,
    )  # fmt: skip
    db.session.add(cohort)
    db.session.flush()
    audit.note("class opened", by=by_id, about=instructor_id, subject=f"cohort:{cohort.id}", now=now)
    return cohort


def plan_meetings(
    cohort: Cohort,
    first: date,
    at: time,
    minutes: int,
    zone: str,
    now: datetime,
    *,
    times: int = 1,
    topic: str = "",
    by_id: int | None = None,
) -> list[Meeting]:
    """Meetings at the same wall time on the same day of the week, `times` weeks in a row."""
    try:
        starts = [instant(day, at, ZoneInfo(zone)) for day in weekly(first, times)]
    except NoSuchTime as gap:
        raise Refused(_l("On one of these days the clocks jump over this time. Choose another.")) from gap
    planned = [add_meeting(cohort, start, minutes, zone, topic) for start in starts]
    audit.note("meetings planned", by=by_id, subject=f"cohort:{cohort.id}", detail={"number": len(planned)}, now=now)
    about = {"cohort_id": cohort.id, "starts": [start.isoformat() for start in starts]}
    request_job(TELL_MEETINGS, about, key=f"{cohort.id}:{planned[0].id}", by=by_id)
    return planned


def add_meeting(cohort: Cohort, starts_at: datetime, minutes: int, zone: str, topic: str = "") -> Meeting:
    meeting = Meeting(
        cohort_id=cohort.id, topic=topic, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes),
        zone=zone, digit_secret=new_digit_secret(),
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(meeting)
    except IntegrityError as taken:
        raise Conflict(_l("The class already meets at this time.")) from taken
    return meeting


def make_code(cohort: Cohort, seats: int, expires_at: datetime, by_id: int | None, now: datetime) -> str:
    """A new join code. It is returned here and nowhere else: only its hash is kept."""
    code = new_join_code()
    row = JoinCode(
        cohort_id=cohort.id, hash=code_hash(settings().secret_key, code), hint=code[-2:], made_by_id=by_id,
        made_at=now, expires_at=expires_at, seats=seats, used=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.note("join code made", by=by_id, subject=f"cohort:{cohort.id}", detail={"seats": seats}, now=now)
    return code


def revoke_code(code: JoinCode, now: datetime, by_id: int | None = None) -> None:
    """The code gives no more seats; those it gave stay."""
    live = update(JoinCode).where(JoinCode.id == code.id, JoinCode.revoked_at.is_(None))
    if guarded(live.values(revoked_at=now)):
        audit.note("join code ended", by=by_id, subject=f"cohort:{code.cohort_id}", now=now)


# Taking a seat -----------------------------------------------------------------------------------------------------


def take_seat(code: str, learner: User, now: datetime, *, shows_progress: bool = False) -> Seat:
    """The learner's seat in the class this code belongs to; the same person finds the same seat again.

    `shows_progress`: the learner allows the people of the centre to see how far they are.
    """
    found = queries.code_called(code)
    if found is None:
        raise CodeSpent(_l("This code does not open a class. Ask your instructor for a new one."))
    standing = queries.seat_of(learner.id, found.cohort_id)
    if standing is not None:
        return standing
    if queries.works_at(learner.id, found.cohort.centre):
        raise StaffNeedNoSeat(_l("You work at this centre, so you need no seat in its classes."))
    try:
        with db.session.begin_nested():
            seat = _sit_down(found, learner, now)
    except IntegrityError:
        standing = queries.seat_of(learner.id, found.cohort_id)
        if standing is None:
            raise
        return standing
    if shows_progress:
        consents.say(learner.id, Purpose.CENTRE, True, now, subject=centre_subject(found.cohort.centre_id))
    learning.enrol(learner, found.cohort.course, now)
    about = {"title": {"ko": found.cohort.title, "en": found.cohort.title}, "centre": found.cohort.centre.title}
    records.note(learner.id, "class joined", f"cohort:{found.cohort_id}", about, now)
    return seat


def _sit_down(code: JoinCode, learner: User, now: datetime) -> Seat:
    """Count the code and the class along; either of them may just have run out."""
    counted = guarded(
        update(JoinCode)
        .where(
            JoinCode.id == code.id,
            JoinCode.revoked_at.is_(None),
            JoinCode.expires_at > now,
            JoinCode.used < JoinCode.seats,
        )
        .values(used=JoinCode.used + 1)
    )
    if counted == 0:
        raise CodeSpent(_l("This code does not open a class. Ask your instructor for a new one."))
    placed = guarded(
        update(Cohort)
        .where(Cohort.id == code.cohort_id, Cohort.seats_taken < Cohort.seats)
        .values(seats_taken=Cohort.seats_taken + 1)
    )
    if placed == 0:
        raise ClassFull(_l("Every seat of this class is taken. Your instructor can help."))
    seat = Seat(cohort_id=code.cohort_id, learner_id=learner.id, code_id=code.id, taken_at=now)
    db.session.add(seat)
    db.session.flush()
    return seat


# Being there -------------------------------------------------------------------------------------------------------


def check_in(seat: Seat, meeting: Meeting, typed: str, now: datetime) -> CheckIn:
    """Note that somebody came in, if the digits are those on the board; a second time changes nothing."""
    held = db.session.execute(for_change(select(Seat.id).where(Seat.id == seat.id))).scalar_one()
    if queries.entered(held, meeting.id):
        return CheckIn.ALREADY
    if not check_in_open(meeting.starts_at, meeting.ends_at, now):
        return CheckIn.CLOSED
    if limits.used(WRONG_DIGITS, held, at=now) >= WRONG_DIGITS.most:
        return CheckIn.TOO_MANY
    if not digits_fit(meeting.digit_secret, typed, now):
        limits.count(WRONG_DIGITS, held, at=now)
        return CheckIn.WRONG
    try:
        with db.session.begin_nested():
            db.session.add(AttendanceEvent(meeting_id=meeting.id, seat_id=held, kind=EventKind.ENTRY, at=now))
    except IntegrityError:
        return CheckIn.ALREADY
    about = {"title": {"ko": meeting.cohort.title, "en": meeting.cohort.title}}
    records.note(seat.learner_id, "meeting attended", f"meeting:{meeting.id}", about, now)
    return CheckIn.HERE


def correct(seat: Seat, meeting: Meeting, mark: Mark, reason: str, by_id: int, now: datetime) -> None:
    """Put a learner's attendance right: a new event with its reason; what was noted before stays readable."""
    if not reason:
        raise Refused(_l("Say in a few words why you change this."))
    event = AttendanceEvent(
        meeting_id=meeting.id, seat_id=seat.id, kind=EventKind.CORRECTION, mark=mark, by_id=by_id, reason=reason, at=now
    )
    db.session.add(event)
    db.session.flush()
    subject, detail = f"meeting:{meeting.id}", {"mark": mark.value}
    audit.note("attendance corrected", by=by_id, about=seat.learner_id, subject=subject, detail=detail, now=now)


def roll_call(
    seats: Sequence[Seat], meeting: Meeting, marks: Mapping[int, Mark], reason: str, by_id: int, now: datetime
) -> int:
    """Several corrections at once, by seat; answers how many."""
    known = {seat.id: seat for seat in seats}
    wanted = [(known[seat_id], mark) for seat_id, mark in marks.items() if seat_id in known]
    for seat, mark in wanted:
        correct(seat, meeting, mark, reason, by_id, now)
    return len(wanted)
