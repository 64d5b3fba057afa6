"""Seats are given once, digits are guessed in vain, and attendance is only ever added to."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Refused
from courses.cohorts import operations, queries
from courses.cohorts.models import AttendanceEvent, Cohort, JoinCode, Meeting, Seat
from courses.cohorts.operations import ClassFull, CodeSpent, StaffNeedNoSeat
from courses.cohorts.rules import GUESSES, CheckIn, Mark, StaffRole
from courses.learning.models import Enrolment
from tests import people
from tests.courses.cohorts.classes import a_code, a_learner, a_room, centre, digits_now, places, seat, sit_down
from tests.engines import both_engines


def join(code: str, learner: User) -> int:
    with transaction():
        return operations.take_seat(code, db.session.get_one(User, learner.id), now()).id


def try_digits(seat_id: int, meeting_id: int, digits: str, at=None) -> CheckIn:
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        return operations.check_in(seat(seat_id), meeting, digits, at or now())


@both_engines
def test_a_code_gives_one_seat_to_one_person_and_enrols_them(app):
    room, me = a_room(people.instructor()), people.newcomer()
    code = a_code(room)
    assert join(code, me) == join(code.lower(), me)
    assert db.session.get_one(Cohort, room.cohort_id).seats_taken == 1
    assert db.session.scalars(select(Enrolment.user_id)).all() == [me.id]


@both_engines
def test_a_code_is_kept_as_a_hash_only(app):
    code = a_code(a_room(people.instructor()))
    row = db.session.scalars(select(JoinCode)).one()
    assert code not in str(vars(row))
    assert row.hint == code[-2:]


@both_engines
def test_a_code_that_is_revoked_expired_or_used_up_gives_no_seat(app):
    room = a_room(people.instructor())
    revoked, expired, used_up = a_code(room), a_code(room, until=now() - timedelta(seconds=1)), a_code(room, seats=1)
    with transaction():
        operations.revoke_code(queries.code_called(revoked), now())
    join(used_up, a_learner(1))
    late = a_learner(2)
    for code in (revoked, expired, used_up, "ABCDEFGH", ""):
        with pytest.raises(CodeSpent):
            join(code, late)


@both_engines
def test_who_has_a_seat_keeps_it_when_the_code_is_revoked(app):
    room, me = a_room(people.instructor()), people.newcomer()
    code = a_code(room)
    mine = join(code, me)
    with transaction():
        operations.revoke_code(queries.code_called(code), now())
    assert join(code, me) == mine


@both_engines
def test_racing_learners_never_overfill_a_class(app):
    room = a_room(people.instructor(), seats=5)
    code = a_code(room, seats=12)
    learner_ids = [a_learner(number).id for number in range(10)]
    outcomes: list[str] = []
    together = threading.Barrier(len(learner_ids))

    def race(learner_id: int) -> None:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    operations.take_seat(code, db.session.get_one(User, learner_id), now())
                outcomes.append("seat")
            except ClassFull:
                outcomes.append("full")
            except BaseException as problem:
                outcomes.append(repr(problem))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race, args=(learner_id,)) for learner_id in learner_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(outcomes) == ["full"] * 5 + ["seat"] * 5
    assert db.session.scalar(select(func.count()).select_from(Seat)) == 5
    assert db.session.scalars(select(JoinCode.used)).one() == 5


@both_engines
def test_a_learner_who_begins_to_work_at_the_centre_is_no_longer_counted(app):
    room, me = a_room(people.instructor()), people.newcomer()
    sit_down(room, me)
    assert len(places(room, room.meeting_ids[0])) == 1
    with transaction():
        operations.employ(centre(room), me.id, StaffRole.INSTRUCTOR, now())
    assert places(room, room.meeting_ids[0]) == []


@both_engines
def test_staff_of_the_centre_are_never_learners(app):
    room = a_room(people.instructor())
    with pytest.raises(StaffNeedNoSeat):
        join(a_code(room), room.instructor)


@both_engines
def test_checking_in_twice_counts_once(app):
    room, me = a_room(people.instructor()), people.newcomer()
    mine, today = sit_down(room, me), room.meeting_ids[2]
    assert try_digits(mine, today, digits_now(today)) is CheckIn.HERE
    assert try_digits(mine, today, digits_now(today)) is CheckIn.ALREADY
    assert db.session.scalar(select(func.count()).select_from(AttendanceEvent)) == 1


@both_engines
def test_the_digits_of_the_step_before_are_accepted_but_not_older_ones(app):
    room = a_room(people.instructor())
    first, second, today = sit_down(room, a_learner(1)), sit_down(room, a_learner(2)), room.meeting_ids[2]
    moment = now()
    step_before, two_before = digits_now(today, 1), digits_now(today, 2)
    assert try_digits(first, today, step_before, moment) is CheckIn.HERE
    assert try_digits(second, today, two_before, moment) is CheckIn.WRONG


@both_engines
def test_guessing_is_stopped_for_this_seat_only(app):
    room = a_room(people.instructor())
    mine, other, today = sit_down(room, a_learner(1)), sit_down(room, a_learner(2)), room.meeting_ids[2]
    right = digits_now(today)
    wrong = "000000" if right != "000000" and digits_now(today, 1) != "000000" else "000001"
    for _ in range(GUESSES):
        assert try_digits(mine, today, wrong) is CheckIn.WRONG
    assert try_digits(mine, today, right) is CheckIn.TOO_MANY
    assert try_digits(other, today, right) is CheckIn.HERE
    later = now() + timedelta(minutes=6)
    assert try_digits(mine, today, wrong, later) is CheckIn.WRONG


@both_engines
def test_check_in_is_closed_for_meetings_of_other_days(app):
    room = a_room(people.instructor())
    mine = sit_down(room, people.newcomer())
    for meeting_id in (room.meeting_ids[1], room.meeting_ids[3]):
        assert try_digits(mine, meeting_id, digits_now(meeting_id)) is CheckIn.CLOSED


@both_engines
def test_roll_call_adds_an_event_with_its_reason(app):
    room, me = a_room(people.instructor()), people.newcomer()
    mine, today = sit_down(room, me), room.meeting_ids[2]
    with pytest.raises(Refused), transaction():
        operations.correct(seat(mine), db.session.get_one(Meeting, today), Mark.PRESENT, "", room.instructor.id, now())
    try_digits(mine, today, digits_now(today))
    with transaction():
        meeting = db.session.get_one(Meeting, today)
        marks = {mine: Mark.EXCUSED, 999: Mark.PRESENT}
        seats = queries.seats_of(db.session.get_one(Cohort, room.cohort_id))
        assert operations.roll_call(seats, meeting, marks, "at the doctor", room.instructor.id, now()) == 1
    place = places(room, today)[0]
    assert (place.now.mark, place.now.reason) == (Mark.EXCUSED, "at the doctor")
    assert (place.attendance.attended, place.attendance.held, place.attendance.planned) == (0, 1, 2)
    assert db.session.scalar(select(func.count()).select_from(AttendanceEvent)) == 2


@both_engines
def test_attendance_is_never_edited(app):
    room = a_room(people.instructor())
    mine, today = sit_down(room, people.newcomer()), room.meeting_ids[2]
    try_digits(mine, today, digits_now(today))
    for statement in ("UPDATE attendance_event SET seat_id = seat_id", "DELETE FROM attendance_event"):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))
