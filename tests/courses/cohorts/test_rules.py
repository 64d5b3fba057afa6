"""Digits, codes, wall time and what attendance adds up to."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.cohorts.rules import (
    CODE_LENGTH,
    CODE_LETTERS,
    STEP_SECONDS,
    EventKind,
    Mark,
    NoSuchTime,
    Noted,
    add_up,
    check_in_open,
    code_hash,
    digits_at,
    digits_fit,
    instant,
    new_digit_secret,
    new_join_code,
    seconds_left,
    shown_code,
    standing_at,
    step_of,
    weekly,
)

NINE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
RFC_SECRET = b"12345678901234567890".hex()


@pytest.mark.parametrize(("counter", "digits"), [(1, "287082"), (37037036, "081804"), (41152263, "005924")])
def test_digits_are_those_of_the_standard(counter, digits):
    assert digits_at(RFC_SECRET, counter) == digits


@given(st.integers(1_500_000_000, 2_500_000_000))
def test_this_step_and_the_one_before_fit_and_none_to_come(seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    step = step_of(moment)
    shown = [digits_at(RFC_SECRET, step + ahead) for ahead in (-2, -1, 0, 1, 2)]
    assert digits_fit(RFC_SECRET, shown[2], moment)
    assert digits_fit(RFC_SECRET, f" {shown[1][:3]} {shown[1][3:]}", moment)
    for other in (shown[0], shown[3], shown[4]):
        assert digits_fit(RFC_SECRET, other, moment) == (other in shown[1:3])
    assert 1 <= seconds_left(moment) <= STEP_SECONDS


def test_each_meeting_has_its_own_digits():
    assert new_digit_secret() != new_digit_secret()


def test_codes_are_easy_to_read_and_typed_in_any_way():
    code = new_join_code()
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_LETTERS)
    assert not set("01OIL") & set(CODE_LETTERS)
    assert code_hash("secret", shown_code(code).lower()) == code_hash("secret", f" {code} ")
    assert code_hash("secret", code) != code_hash("another", code)
    assert code_hash("secret", code + "A") != code_hash("secret", code)


def test_wall_time_follows_the_zone_over_the_year():
    london = ZoneInfo("Europe/London")
    assert instant(date(2026, 7, 1), time(9), london) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert instant(date(2026, 12, 1), time(9), london) == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_a_time_that_the_clocks_jump_over_is_refused():
    with pytest.raises(NoSuchTime):
        instant(date(2026, 3, 29), time(1, 30), ZoneInfo("Europe/London"))


def test_weeks_keep_the_day():
    assert weekly(date(2026, 11, 23), 3) == [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)]
    assert len(weekly(date(2026, 11, 23), 10_000)) == 30


def test_check_in_opens_before_and_closes_at_the_end():
    ends = NINE + timedelta(hours=3)
    assert not check_in_open(NINE, ends, NINE - timedelta(minutes=31))
    assert check_in_open(NINE, ends, NINE - timedelta(minutes=30))
    assert check_in_open(NINE, ends, ends - timedelta(seconds=1))
    assert not check_in_open(NINE, ends, ends)


def entry(minutes: int) -> Noted:
    return Noted(EventKind.ENTRY, None, NINE + timedelta(minutes=minutes))


def corrected(mark: Mark) -> Noted:
    return Noted(EventKind.CORRECTION, mark, NINE, "the bus was late")


def test_an_early_entry_counts_at_the_start():
    assert standing_at(NINE, [entry(-25)]).mark is Mark.PRESENT
    assert standing_at(NINE, [entry(10)]).mark is Mark.PRESENT


def test_a_late_entry_says_by_how_much():
    standing = standing_at(NINE, [entry(25)])
    assert (standing.mark, standing.minutes_late, standing.here) == (Mark.LATE, 25, True)


def test_the_last_correction_counts():
    standing = standing_at(NINE, [entry(25), corrected(Mark.ABSENT), corrected(Mark.EXCUSED)])
    assert (standing.mark, standing.corrected, standing.reason) == (Mark.EXCUSED, True, "the bus was late")
    assert standing_at(NINE, []).mark is None


def test_seven_of_eight_meetings():
    meetings = [(number, NINE + timedelta(weeks=number)) for number in range(10)]
    events = {number: [Noted(EventKind.ENTRY, None, starts)] for number, starts in meetings[:8] if number != 3}
    total = add_up(meetings, events, NINE + timedelta(weeks=7, hours=1))
    assert (total.attended, total.held, total.planned) == (7, 8, 10)


@given(st.lists(st.sampled_from([None, *Mark]), max_size=12), st.integers(-2, 14))
def test_sums_never_exceed_what_was_held(marks, week):
    meetings = [(number, NINE + timedelta(weeks=number)) for number in range(len(marks))]
    events = {number: [corrected(mark)] for number, mark in enumerate(marks) if mark}
    total = add_up(meetings, events, NINE + timedelta(weeks=week))
    assert total.late <= total.attended
    assert total.attended + total.excused <= total.held <= total.planned
