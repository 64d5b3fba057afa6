"""Whatever happens, the books add up and a cause is entered once."""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from academy.clock import now
from academy.db import db, transaction
from academy.ledger import operations, queries
from academy.ledger.models import Entry, LedgerAccount, Posting
from academy.ledger.operations import CauseTaken, NotEnoughMoney
from academy.ledger.rules import EntryKind, Unbalanced
from tests.engines import both_engines

MONDAY = datetime(2026, 11, 16, 3, tzinfo=UTC)


def deposit(client_id: int, amount: int, cause: str) -> Entry:
    return operations.post(
        EntryKind.DEPOSIT, cause, [("house", -amount), (f"client:{client_id}", amount)], now(), subject="deposit"
    )


def pay(user_id: int, amount: int, cause: str, at: datetime = MONDAY, project: int = 1) -> Entry:
    return operations.post(
        EntryKind.ACCEPTANCE,
        cause,
        [("hold:1", -amount), (f"due:{user_id}", amount)],
        at,
        subject=f"project:{project}",
        about={"title": {"en": f"Project {project}", "ko": f"Project {project}"}},
    )


def fill_hold(amount: int) -> None:
    operations.post(EntryKind.HOLD, "fill", [("house", -amount), ("hold:1", amount)], MONDAY)


ACCOUNTS = ["client:1", "hold:1", "hold:2", "due:1", "due:2", "paid:1", "house"]
acts = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(1, 5000)),
    max_size=25,
)
runs = itertools.count()


@both_engines
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_any_sequence_of_entries_balances_to_nothing(app, done):
    run, entered = next(runs), set()
    expected = queries.balances(ACCOUNTS)
    for number, source, target, amount in done:
        cause = f"{run}-{number}"
        try:
            with transaction():
                operations.post(EntryKind.CORRECTION, cause, [(source, -amount), (target, amount)], now())
        except (NotEnoughMoney, CauseTaken, Unbalanced):
            continue
        if cause not in entered:
            entered.add(cause)
            expected[source] -= amount
            expected[target] += amount
    assert queries.balances(ACCOUNTS) == expected
    assert all(amount >= 0 for name, amount in expected.items() if name != "house")
    assert queries.check_books().right


@both_engines
def test_a_retry_with_the_same_cause_pays_nothing(app):
    with transaction():
        fill_hold(1000)
    for _ in range(3):
        with transaction():
            pay(7, 80, "acceptance:1")
    assert queries.balance("due:7") == 80
    assert queries.balance("hold:1") == 920


@both_engines
def test_the_same_cause_with_another_amount_is_refused(app):
    with transaction():
        fill_hold(1000)
        pay(7, 80, "acceptance:1")
    with pytest.raises(CauseTaken), transaction():
        pay(7, 90, "acceptance:1")
    assert queries.balance("due:7") == 80


@both_engines
def test_only_the_house_may_owe(app):
    with transaction():
        fill_hold(100)
    with pytest.raises(NotEnoughMoney), transaction():
        pay(7, 101, "acceptance:1")
    assert queries.balance("hold:1") == 100
    assert queries.check_books().right


@both_engines
def test_an_entry_that_fails_leaves_nothing_even_when_its_caller_goes_on(app):
    with transaction():
        fill_hold(100)
        with pytest.raises(NotEnoughMoney):
            pay(7, 101, "acceptance:1")
    assert db.session.scalar(select(Entry).where(Entry.cause == "acceptance:1")) is None
    assert queries.check_books().right


@both_engines
@pytest.mark.parametrize("table", ["entry", "posting"])
def test_the_database_refuses_to_edit_the_books(app, table):
    with transaction():
        fill_hold(100)
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


@both_engines
def test_the_database_refuses_an_overdrawn_account_and_an_empty_posting(app):
    with transaction():
        fill_hold(100)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(update(LedgerAccount).where(LedgerAccount.name == "hold:1").values(balance=-1))
    entry_id = db.session.scalars(select(Entry.id)).one()
    standing = db.session.scalars(select(Posting)).one()
    empty = {"entry_id": entry_id, "source_id": standing.target_id, "target_id": standing.source_id, "amount": 0}
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(insert(Posting).values(empty))


@both_engines
def test_one_cause_paid_from_many_sides_at_once_is_paid_once(app):
    with transaction():
        fill_hold(10_000)
    problems: list[BaseException] = []
    together = threading.Barrier(8)

    def racer() -> None:
        with app.app_context():
            together.wait()
            try:
                for round_ in range(5):
                    with transaction():
                        pay(7, 80, f"acceptance:{round_}")
            except BaseException as problem:
                problems.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=racer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert problems == []
    assert queries.balance("due:7") == 5 * 80
    assert queries.check_books().right


@both_engines
def test_a_statement_tells_weeks_and_projects(app):
    with transaction():
        fill_hold(10_000)
        pay(7, 80, "a", MONDAY)
        pay(7, 80, "b", MONDAY + timedelta(days=2))
        pay(7, 350, "c", MONDAY + timedelta(days=7), project=2)
        pay(8, 350, "d", MONDAY)
        operations.post(EntryKind.PAYOUT, "p", [("due:7", -100), ("paid:7", 100)], MONDAY + timedelta(days=8))
    money = queries.earnings_of(7)
    assert (money.earned, money.due, money.paid) == (510, 410, 100)
    assert [(line.subject, line.amount, line.pieces) for line in money.projects] == [
        ("project:2", 350, 1),
        ("project:1", 160, 2),
    ]
    assert [(line.week.isoformat(), line.earned, line.paid_out) for line in money.weeks] == [
        ("2026-11-23", 350, 100),
        ("2026-11-16", 160, 0),
    ]
    assert [line.amount for line in queries.whole_statement(7, None)] == [-100, 350, 80, 80]


@both_engines
def test_a_long_statement_is_paged_by_key(app):
    with transaction():
        fill_hold(10_000)
        for number in range(45):
            pay(7, 1, f"n{number}")
    seen, after, pages = [], None, 0
    while pages == 0 or after:
        page = queries.statement(7, after=after)
        seen += [line.id for line in page.rows]
        after, pages = page.next, pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 45
    assert seen == sorted(seen, reverse=True)
