"""A new installation has a class in which everything can be tried."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from courses.cohorts import operations, starter
from courses.cohorts.models import Cohort, Meeting
from courses.cohorts.rules import CheckIn, check_in_open, digits_at, step_of
from tests import people
from tests.engines import both_engines

pytestmark = pytest.mark.starter


@both_engines
def test_a_printed_code_leads_to_a_meeting_that_can_be_checked_in_to(app):
    me = people.newcomer()
    with transaction():
        code = starter.open_the_door(now())
        seat = operations.take_seat(code, db.session.get_one(User, me.id), now())
        meetings = db.session.scalars(select(Meeting)).all()
        today = next(m for m in meetings if check_in_open(m.starts_at, m.ends_at, now()))
        digits = digits_at(today.digit_secret, step_of(now()))
        assert operations.check_in(seat, today, digits, now()) is CheckIn.HERE
    assert len(meetings) == starter.MEETINGS


def test_on_another_day_the_door_opens_again(app):
    later = now() + timedelta(days=3)
    with transaction():
        assert starter.open_the_door(later)
    starts = db.session.execute(select(Meeting.starts_at, Meeting.ends_at)).all()
    assert any(check_in_open(begin, end, later) for begin, end in starts)


def test_loading_again_changes_nothing(app):
    with transaction():
        starter.load(now())
    assert len(db.session.scalars(select(Cohort)).all()) == 1
