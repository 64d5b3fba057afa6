"""A class for tests: a centre with staff, a course, meetings around now, people with seats."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.rules import StepKind
from courses.cohorts import operations, queries
from courses.cohorts.models import Centre, Cohort, Meeting, Seat
from courses.cohorts.rules import StaffRole, digits_at, step_of
from tests import people

TITLE = {"ko": "중앙 센터", "en": "Central"}


@dataclass(frozen=True, slots=True)
class Room:
    """A class in which `instructor` teaches; the numbers are those of its rows."""

    centre_id: int
    cohort_id: int
    instructor: User
    meeting_ids: tuple[int, ...]


def a_course(slug: str = "course", lessons: int = 2) -> int:
    known = db.session.scalar(select(Course.id).where(Course.slug == slug))
    if known:
        return known
    with transaction():
        course = Course(
            slug=slug, title=TITLE, summary=TITLE, level=TITLE, goals=[], next_steps=[], published_at=now(),
            lessons=[
                Lesson(
                    slug=f"lesson-{number}", position=number, title=TITLE, summary=TITLE, minutes=5, body=TITLE,
                    steps=[Step(position=1, kind=StepKind.TEXT, needed=1)],
                )
                for number in range(1, lessons + 1)
            ],
        )  # fmt: skip
        db.session.add(course)
        db.session.flush()
        return course.id


def a_room(
    instructor: User, *, slug: str = "central", seats: int = 18, meetings: tuple[int, ...] = (-14, -7, 0, 7)
) -> Room:
    """A class with meetings on these days from now; the one on day 0 has just begun."""
    course_id = a_course()
    with transaction():
        centre = operations.open_centre(slug, TITLE, "Asia/Seoul", now())
        operations.employ(centre, instructor.id, StaffRole.INSTRUCTOR, now())
        course = db.session.get_one(Course, course_id)
        cohort = operations.open_cohort(centre, course, instructor.id, f"Class {slug}", seats, now())
        begin = now() - timedelta(minutes=5)
        planned = [operations.add_meeting(cohort, begin + timedelta(days=day), 180, "Asia/Seoul") for day in meetings]
        return Room(centre.id, cohort.id, instructor, tuple(meeting.id for meeting in planned))


def a_code(room: Room, seats: int = 18, until: datetime | None = None) -> str:
    with transaction():
        cohort = db.session.get_one(Cohort, room.cohort_id)
        return operations.make_code(cohort, seats, until or now() + timedelta(days=1), room.instructor.id, now())


def sit_down(room: Room, learner: User) -> int:
    code = a_code(room)
    with transaction():
        return operations.take_seat(code, db.session.get_one(User, learner.id), now(), shows_progress=True).id


def digits_now(meeting_id: int, back: int = 0) -> str:
    meeting = db.session.get_one(Meeting, meeting_id)
    return digits_at(meeting.digit_secret, step_of(now()) - back)


def seat(seat_id: int) -> Seat:
    return db.session.get_one(Seat, seat_id)


def centre(room: Room) -> Centre:
    return db.session.get_one(Centre, room.centre_id)


def places(room: Room, meeting_id: int):  # type: ignore[no-untyped-def]
    cohort = queries.class_taught(room.instructor, room.cohort_id)
    meeting = next(meeting for meeting in cohort.meetings if meeting.id == meeting_id)
    return queries.places_of(cohort, meeting, now())


def a_learner(number: int) -> User:
    return people.person(f"Learner {number}", language="en")
