"""Time, revisions and waiting."""

from datetime import UTC, datetime, timedelta

import pytest

from exams.sittings.rules import (
    GRACE,
    RETAKE_WAIT,
    Hindrance,
    Obstacle,
    Outcome,
    Phase,
    deadline,
    hindrance,
    judge,
    phase,
    seconds_left,
)

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
END = deadline(START, 40)


def test_everybody_has_the_same_duration():
    assert timedelta(minutes=40) == END - START


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (START, Phase.RUNNING),
        (END, Phase.RUNNING),
        (END + timedelta(microseconds=1), Phase.LAST_SECONDS),
        (END + GRACE, Phase.LAST_SECONDS),
        (END + GRACE + timedelta(microseconds=1), Phase.OVER),
    ],
)
def test_an_answer_counts_until_fifteen_seconds_after_the_deadline(at, expected):
    assert phase(END, None, at) is expected


def test_a_closed_sitting_is_over_at_once():
    assert phase(END, START, START) is Phase.OVER
    assert seconds_left(END, START, START) == 0


def test_the_time_left_never_goes_below_nothing_and_rounds_up():
    assert seconds_left(END, None, START) == 2400
    assert seconds_left(END, None, END - timedelta(milliseconds=200)) == 1
    assert seconds_left(END, None, END + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("base", "stored", "same", "counts", "outcome"),
    [
        (0, 0, False, True, Outcome.SAVED),
        (3, 3, False, True, Outcome.SAVED),
        (2, 3, False, True, Outcome.CONFLICT),
        (4, 3, False, True, Outcome.CONFLICT),
        (2, 3, True, True, Outcome.SAVED),
        (3, 3, False, False, Outcome.LATE),
        (2, 3, True, False, Outcome.LATE),
    ],
)
def test_what_becomes_of_an_answer(base, stored, same, counts, outcome):
    assert judge(base_rev=base, stored_rev=stored, same=same, counts=counts) is outcome


def test_nothing_keeps_a_newcomer_from_starting():
    assert hindrance([], False, START) is None


def test_a_running_sitting_is_gone_on_with():
    assert hindrance([START, None], False, END) == Hindrance(Obstacle.RUNNING)


def test_whoever_holds_the_badge_has_nothing_left_to_prove():
    assert hindrance([START], True, START + RETAKE_WAIT) == Hindrance(Obstacle.HELD)


def test_the_wait_counts_from_the_last_end_and_says_until_when():
    waits = hindrance([START, START + timedelta(hours=5)], False, START + timedelta(hours=6))
    assert waits == Hindrance(Obstacle.WAITING, START + timedelta(hours=5) + RETAKE_WAIT)
    assert hindrance([START], False, START + RETAKE_WAIT) is None
