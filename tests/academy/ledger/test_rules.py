"""Lines become moves, and moves can not fail to balance."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.ledger.rules import Line, Unbalanced, moves, plain_cell, week_of

SEOUL = ZoneInfo("Asia/Seoul")
NAMES = ["house", *(f"{kind}:{number}" for kind in ("client", "hold", "due", "paid") for number in (1, 2))]


@st.composite
def balanced_lines(draw: st.DrawFn) -> list[Line]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True))
    amounts = [draw(st.integers(-10_000, 10_000).filter(bool)) for _ in names[:-1]]
    rest = -sum(amounts)
    if rest == 0:
        amounts[0], rest = amounts[0] + (1 if amounts[0] != -1 else 2), -(1 if amounts[0] != -1 else 2)
    return list(zip(names, [*amounts, rest], strict=True))


@given(balanced_lines())
def test_moves_do_to_every_account_what_its_line_says(lines):
    change = dict.fromkeys(NAMES, 0)
    for move in moves(lines):
        assert move.amount > 0
        assert move.source != move.target
        change[move.source] -= move.amount
        change[move.target] += move.amount
    assert {name: amount for name, amount in change.items() if amount} == dict(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("house", 0), ("due:1", 0)],
        [("house", -5), ("due:1", 4)],
        [("house", -5), ("due:1", 5), ("house", 0)],
        [("house", -5), ("house", 5)],
        [("house", -5.0), ("due:1", 5.0)],
        [("house", True), ("due:1", -1)],
        [("pocket:1", -5), ("due:1", 5)],
        [("due:0", -5), ("due:1", 5)],
        [("due:1; drop", -5), ("due:1", 5)],
    ],
)
def test_lines_that_do_not_balance_are_refused(lines):
    with pytest.raises(Unbalanced):
        moves(lines)


def test_a_week_begins_on_monday_where_the_books_are_kept():
    sunday_evening_in_london = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert week_of(sunday_evening_in_london, SEOUL) == date(2026, 11, 23)
    assert week_of(datetime(2026, 11, 22, 14, 59, tzinfo=UTC), SEOUL) == date(2026, 11, 16)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%0A"])
def test_no_cell_is_a_formula(text):
    assert plain_cell(text) == "'" + text


def test_usual_words_stay_as_they_are():
    assert plain_cell("공원 사진") == "공원 사진"
