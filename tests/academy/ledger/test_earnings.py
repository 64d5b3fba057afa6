"""My earnings: mine only, readable, and safe to open in a spreadsheet."""

import csv
import io
from datetime import UTC, datetime

import time_machine

from academy.clock import now
from academy.db import transaction
from academy.ledger import operations
from academy.ledger.rules import EntryKind, due_account
from tests import people
from tests.counting import queries_of


def earn(user, amount: int, cause: str, title: str = "Park scenes") -> None:
    with transaction():
        operations.post(
            EntryKind.ACCEPTANCE,
            cause,
            [("house", -amount), (due_account(user.id), amount)],
            now(),
            subject="project:1",
            about={"title": {"ko": title, "en": title}},
        )


def test_earnings_show_my_money_and_nobody_elses(client):
    me, other = people.outsider(), people.newcomer()
    earn(me, 80, "mine")
    earn(other, 99_999, "theirs")
    people.sign_in(client, me)
    page = client.get(people.path("academy.ledger.earnings")).get_data(as_text=True)
    assert "KRW 80" in page
    assert "99,999" not in page


def test_without_earnings_the_page_says_how_to_begin(client):
    people.sign_in(client, people.outsider())
    page = client.get(people.path("academy.ledger.earnings")).get_data(as_text=True)
    assert people.path("academy.projects.index") in page


def test_the_statement_opens_in_a_spreadsheet_without_a_formula(client):
    me = people.outsider()
    earn(me, 80, "mine", title='=HYPERLINK("http://x")')
    people.sign_in(client, me)
    answer = client.get(people.path("academy.ledger.statement"))
    assert answer.mimetype == "text/csv"
    text = answer.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][2] == '\'=HYPERLINK("http://x")'
    assert rows[1][3] == "80"


def test_a_week_can_be_asked_for_and_nonsense_is_not_found(client):
    me = people.outsider()
    earn(me, 80, "mine")
    people.sign_in(client, me)
    url = people.path("academy.ledger.statement")
    assert client.get(f"{url}?week=2001-01-01").get_data(as_text=True).count("\n") == 1
    assert client.get(f"{url}?week=yesterday").status_code == 404


def test_the_page_needs_few_queries_whatever_the_rows(client):
    me = people.outsider()
    people.sign_in(client, me)
    for number in range(60):
        earn(me, 80, f"mine {number}")
    with queries_of() as asked:
        assert client.get(people.path("academy.ledger.earnings")).status_code == 200
    assert len(asked) <= 12, asked


def test_the_statement_dates_what_happened_by_the_calendar_of_the_academy(client):
    me = people.outsider()
    with time_machine.travel(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), tick=False):  # half past eight in Seoul
        earn(me, 80, "early in the morning")
        people.sign_in(client, me)
        answer = client.get(people.path("academy.ledger.statement"))
    assert "2026-11-22" in answer.get_data(as_text=True)
    assert "earnings-2026-11-22.csv" in answer.headers["Content-Disposition"]
