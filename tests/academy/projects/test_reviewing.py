"""Work is decided once, paid once, and comes back with a reason."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict, Forbidden
from academy.jobs import do_minute_work
from academy.ledger import queries as ledger
from academy.ledger.rules import due_account
from academy.projects import operations, reviewing
from academy.projects.models import Project, Review, ReviewDecision, Unit
from academy.projects.rules import Reason, UnitState
from academy.records.models import Record
from tests import people
from tests.academy.projects.work import (
    SECRET_BOX,
    a_project,
    document,
    give_badge,
    hand_in,
    held,
    revoke,
    submissions_of,
    take,
)
from tests.engines import both_engines


def accept(review_id: int, reviewer_id: int | None) -> None:
    with transaction():
        reviewing.accept(db.session.get_one(Review, review_id), reviewer_id, now())


def send_back(review_id: int, reviewer_id: int, **more: object) -> None:
    with transaction():
        review = db.session.get_one(Review, review_id)
        reviewing.send_back(review, reviewer_id, Reason.MISSED, "The bus at the left.", now(), **more)


def after_days(days: int) -> None:
    """The minute work of a day to come."""
    with time_machine.travel(now() + timedelta(days=days), tick=False):
        do_minute_work()
    db.session.rollback()
    db.session.expire_all()


@both_engines
def test_starting_sets_the_clients_money_aside(app):
    client = people.project_client()
    project_id = a_project(client, 3, price=100)
    assert ledger.balance(held(project_id)) == 300
    assert ledger.balance(f"client:{client.id}") == 0


@both_engines
def test_a_project_starts_once(app):
    project_id = a_project(people.project_client())
    with pytest.raises(Conflict), transaction():
        operations.start_project(db.session.get_one(Project, project_id), now())


@both_engines
def test_accepted_work_is_paid_once(app):
    project_id, me, reviewer = a_project(people.project_client()), people.newcomer(), people.reviewer()
    review_id = hand_in(take(project_id, me), me)
    assert ledger.balance(due_account(me.id)) == 0
    accept(review_id, reviewer.id)
    with pytest.raises(reviewing.AlreadyDecided):
        accept(review_id, reviewer.id)
    assert ledger.balance(due_account(me.id)) == 100
    assert ledger.balance(held(project_id)) == 200
    assert ledger.check_books().right


@both_engines
def test_many_reviewers_accepting_at_once_pay_once(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    review_id = hand_in(take(project_id, me), me)
    reviewer_id = people.reviewer().id
    outcomes: list[str] = []
    together = threading.Barrier(6)

    def click() -> None:
        with app.app_context():
            together.wait()
            try:
                accept(review_id, reviewer_id)
                outcomes.append("paid")
            except reviewing.AlreadyDecided:
                outcomes.append("late")
            except BaseException as problem:
                outcomes.append(repr(problem))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(outcomes) == ["late"] * 5 + ["paid"]
    assert ledger.balance(due_account(me.id)) == 100
    assert ledger.check_books().right


@both_engines
def test_returned_fixed_accepted_pays_once_and_keeps_every_version(app):
    project_id, me, reviewer = a_project(people.project_client()), people.newcomer(), people.reviewer()
    unit_id = take(project_id, me)
    first = hand_in(unit_id, me, boxes=1)
    send_back(first, reviewer.id, pins=["1", "nothing of the kind"], rule_number="1")
    decision = db.session.scalars(select(ReviewDecision)).one()
    assert (decision.reason, decision.note, decision.rule_number) == (Reason.MISSED, "The bus at the left.", "1")
    assert decision.pins == ["1"]
    second = hand_in(unit_id, me, "fixed it", boxes=2)
    accept(second, reviewer.id)
    assert ledger.balance(due_account(me.id)) == 100
    assert [len(one.document["objects"]) for one in submissions_of(unit_id)] == [1, 2]
    tally = db.session.get_one(Project, project_id).tally
    assert (tally.in_review, tally.returned, tally.accepted, tally.left) == (0, 0, 1, 2)
    kinds = list(db.session.scalars(select(Record.kind).where(Record.user_id == me.id).order_by(Record.id)))
    assert kinds == ["work submitted", "work returned", "work submitted", "work accepted"]


@both_engines
def test_fixed_work_is_seen_by_the_same_reviewer_first(app):
    project_id, me, reviewer = a_project(people.project_client()), people.newcomer(), people.reviewer()
    unit_id = take(project_id, me)
    send_back(hand_in(unit_id, me), reviewer.id)
    again = hand_in(unit_id, me, "fixed it")
    other = people.operator()
    with pytest.raises(Conflict):
        accept(again, other.id)
    accept(again, reviewer.id)


@both_engines
def test_a_retry_of_handing_in_finds_the_first(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    unit_id = take(project_id, me)
    assert hand_in(unit_id, me, "one key") == hand_in(unit_id, me, "one key")
    with pytest.raises(operations.AlreadyHandedIn):
        hand_in(unit_id, me, "another key")
    assert len(submissions_of(unit_id)) == 1


@both_engines
def test_a_retry_that_overtakes_its_first_try_finds_it_too(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    unit_id, me_id = take(project_id, me), me.id
    kept, goes_on, numbers = threading.Event(), threading.Event(), []

    def send(first: bool) -> None:
        with transaction():
            unit = db.session.get_one(Unit, unit_id)
            numbers.append(operations.hand_in(unit, me_id, document(SECRET_BOX), "one key", now()).number)
            if first:
                kept.set()
                goes_on.wait(0.5)

    def first_try() -> None:
        with app.app_context():
            send(first=True)
            db.session.remove()

    trying = threading.Thread(target=first_try)
    trying.start()
    kept.wait(10)
    send(first=False)
    goes_on.set()
    trying.join()
    assert numbers == [1, 1]
    assert len(submissions_of(unit_id)) == 1


@both_engines
def test_nobody_reviews_own_work_not_even_past_our_code(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    unit_id = take(project_id, me)
    review_id = hand_in(unit_id, me)
    with pytest.raises(reviewing.OwnWork):
        accept(review_id, me.id)
    row = {
        "review_id": review_id, "unit_id": unit_id, "submission_id": submissions_of(unit_id)[0].id,
        "labeler_id": me.id, "reviewer_id": me.id, "verdict": "accepted", "note": "", "pins": [], "decided_at": now(),
    }  # fmt: skip
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(insert(ReviewDecision).values(row))


@both_engines
@pytest.mark.parametrize("table", ["submission", "review_decision"])
def test_what_was_handed_in_and_decided_is_never_edited(app, table):
    project_id, me, reviewer = a_project(people.project_client()), people.newcomer(), people.reviewer()
    accept(hand_in(take(project_id, me), me), reviewer.id)
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


@both_engines
def test_a_revoked_badge_closes_the_project_but_what_was_done_is_paid(app):
    project_id = a_project(people.project_client(), 3, badge="sharp-eye")
    me, reviewer, operator = people.newcomer(), people.reviewer(), people.operator()
    award = give_badge(me)
    done = take(project_id, me)
    review_id = hand_in(done, me)
    on_the_desk = take(project_id, me)
    revoke(award, operator)
    with pytest.raises(Forbidden):
        hand_in(on_the_desk, me)
    with pytest.raises(Forbidden):
        take(project_id, me)
    send_back(review_id, reviewer.id)
    again = hand_in(done, me, "fixed although the badge is gone")
    accept(again, reviewer.id)
    assert ledger.balance(due_account(me.id)) == 100


@both_engines
def test_work_that_nobody_looks_at_is_accepted(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    unit_id = take(project_id, me)
    hand_in(unit_id, me)
    after_days(6)
    assert ledger.balance(due_account(me.id)) == 0
    after_days(8)
    assert db.session.get_one(Unit, unit_id).state is UnitState.ACCEPTED
    assert ledger.balance(due_account(me.id)) == 100


@both_engines
def test_one_review_that_can_not_be_paid_does_not_hold_up_the_others(app, monkeypatch):
    project_id, me = a_project(people.project_client()), people.newcomer()
    first = take(project_id, me)
    stuck = hand_in(first, me, "first work")
    second = take(project_id, me)
    hand_in(second, me, "second work")
    accept_as_always = reviewing.accept

    def accept_all_but_the_first(review: Review, *rest: object) -> None:
        if review.id == stuck:
            raise RuntimeError("on purpose")
        accept_as_always(review, *rest)

    monkeypatch.setattr(reviewing, "accept", accept_all_but_the_first)
    after_days(8)
    assert db.session.get_one(Unit, first).state is UnitState.SUBMITTED
    assert db.session.get_one(Unit, second).state is UnitState.ACCEPTED
