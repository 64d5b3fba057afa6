"""Two accounts of one person become one: nothing is lost, nothing counts twice, and the books balance."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import UniqueConstraint, func, select, update

from academy.accounts import operations as accounts
from academy.accounts.models import Identity, SignIn, User
from academy.accounts.queries import user_called
from academy.annotation.queries import tasks_of
from academy.audit import AuditEvent
from academy.clock import now
from academy.credentials.models import Award
from academy.db import db, transaction
from academy.ledger import queries as ledger
from academy.ledger.operations import post
from academy.ledger.rules import HOUSE, EntryKind, due_account
from academy.merging import operations, queries
from academy.merging.models import AccountMerge
from academy.merging.operations import InTheWay
from academy.permissions import Role
from academy.privacy.finding import table_of
from academy.privacy.rules import Merge, merge_policy
from academy.projects.models import Lease, Unit
from academy.projects.rules import LeaseEnding, UnitState
from academy.records.models import Record
from courses.catalogue.models import Course
from courses.catalogue.rules import StepKind
from courses.learning import operations as learning
from courses.learning import queries as learning_queries
from courses.learning.models import Enrolment, StepDone
from courses.practice.models import Attempt
from exams.sittings.models import Sitting
from tests import letters, people
from tests.engines import both_engines
from tests.test_pages import counted

BEGIN, BOTH, LAST = "/me/merge/begin", "/me/merge/both", "/me/merge/last"


def settle(user: User) -> None:
    """Let nothing of this person's work be open any more."""
    with transaction():
        db.session.execute(
            update(Unit)
            .where(Unit.labeler_id == user.id, Unit.state.in_((UnitState.SUBMITTED, UnitState.RETURNED)))
            .values(state=UnitState.ACCEPTED)
        )
        held = update(Lease).where(Lease.labeler_id == user.id, Lease.ended_at.is_(None))
        db.session.execute(held.values(ended_at=now(), ending=LeaseEnding.SKIPPED))


def merged(emptied: User, kept: User) -> AccountMerge:
    with transaction():
        return operations.merge(emptied.id, kept.id, now())


def count(model, column, user: User) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(column == user.id))


def from_one_to_the_other(client, one: User, other: User, **sign_in) -> None:
    people.sign_in(client, one)
    client.post(BEGIN)
    client.post("/sign-in", data={"name": other.name, "password": people.PASSWORD, "next": BOTH, **sign_in})


@both_engines
@pytest.mark.played
def test_everything_a_person_did_goes_along(app):
    learner, kept = people.known("김영희"), people.known("Outsider")
    settle(learner)
    owned = [(Award, Award.user_id), (Sitting, Sitting.candidate_id), (Enrolment, Enrolment.user_id),
             (StepDone, StepDone.user_id), (Attempt, Attempt.learner_id), (Record, Record.user_id)]  # fmt: skip
    before = {model.__tablename__: count(model, column, learner) for model, column in owned}
    money = ledger.balance(due_account(learner.id))
    assert min(before[name] for name in ("award", "sitting", "enrolment", "attempt", "record")) > 0
    assert money > 0
    merged(learner, kept)
    assert {model.__tablename__: count(model, column, kept) for model, column in owned} == before
    assert (ledger.balance(due_account(kept.id)), ledger.balance(due_account(learner.id))) == (money, 0)
    assert ledger.check_books().right


@both_engines
@pytest.mark.played
def test_of_the_emptied_account_nothing_names_anybody(app, client):
    learner, kept = people.known("김영희"), people.known("Outsider")
    settle(learner)
    people.sign_in(client, learner)
    merged(learner, kept)
    emptied = db.session.get_one(User, learner.id)
    assert emptied.erased_at is not None
    assert emptied.identity is None
    assert client.get("/me").status_code == 302
    assert user_called("김영희") is None
    people.person("김영희")  # the name is free again


@both_engines
def test_what_both_have_stays_as_the_kept_account_has_it(app):
    one, other = people.newcomer(), people.candidate()
    with transaction():
        course = _course()
        early, late = now() - timedelta(days=9), now()
        for user, begun, done in ((one, early, early), (other, late, None)):
            db.session.add(Enrolment(user_id=user.id, course_id=course, started_at=begun, completed_at=done))
    merged(one, other)
    kept = db.session.scalars(select(Enrolment)).one()
    assert (kept.user_id, kept.completed_at) == (other.id, early)


def _course() -> int:
    both = {"ko": "x", "en": "x"}
    course = Course(slug="x", title=both, summary=both, level=both, goals=[], next_steps=[])
    db.session.add(course)
    db.session.flush()
    return course.id


@pytest.mark.played
def test_tries_are_numbered_on_and_their_record_leads_to_the_copies(app):
    learner, kept = people.known("김영희"), people.known("Outsider")
    settle(learner)
    old = db.session.scalars(select(Attempt).where(Attempt.learner_id == learner.id)).first()
    with transaction():
        values = {column.name: getattr(old, column.name) for column in Attempt.__table__.columns if column.name != "id"}
        db.session.add(Attempt(**values | {"learner_id": kept.id, "idempotency_key": "own", "number": 1}))
    merged(learner, kept)
    tries = db.session.scalars(select(Attempt).where(Attempt.learner_id == kept.id).order_by(Attempt.number)).all()
    assert [each.number for each in tries] == [1, 2]
    named = [row.data["attempt"] for row in db.session.scalars(select(Record).where(Record.user_id == kept.id))
             if "attempt" in row.data]  # fmt: skip
    assert named == [tries[1].id]


@both_engines
@pytest.mark.starter
def test_what_both_did_apart_may_be_whole_together(app):
    """One account did the first half of a course, the other the second: neither finished it, both together did."""
    one, other = people.newcomer(), people.candidate()
    with transaction():
        course = db.session.scalars(select(Course)).one()
        for user in (one, other):
            learning.enrol(user, course, now())
        steps = [step for lesson in course.lessons for step in lesson.steps]
        for number, step in enumerate(steps):
            user = (one, other)[number % 2]
            if step.kind is StepKind.PRACTICE:
                for task in tasks_of(step.task_set_id):
                    learning.complete_practice(user.id, step.task_set_id, now(), task_id=task.id)
            else:
                learning.complete_step(user.id, step, now())
        assert not learning_queries.progress(one, course).complete
        assert not learning_queries.progress(other, course).complete
    merged(one, other)
    assert db.session.scalars(select(Enrolment.completed_at).where(Enrolment.user_id == other.id)).one() is not None
    kinds = db.session.scalars(select(Record.kind).where(Record.user_id == other.id)).all()
    assert kinds.count("course finished") == 1
    assert kinds.count("lesson finished") == len(course.lessons)


@both_engines
@pytest.mark.played
def test_what_stands_in_the_way_stops_it_as_a_whole(app):
    learner, kept = people.known("김영희"), people.known("Outsider")
    with pytest.raises(InTheWay):
        merged(learner, kept)
    assert count(Award, Award.user_id, learner) > 0
    assert db.session.scalars(select(AccountMerge)).all() == []


def test_an_account_with_a_role_is_kept_and_not_emptied(app):
    head, learner = people.administrator(), people.newcomer()
    with pytest.raises(InTheWay):
        merged(head, learner)
    merged(learner, head)
    assert Role.ADMINISTRATOR in db.session.get_one(User, head.id).roles


@both_engines
def test_an_account_is_emptied_once(app):
    one, other, third = people.newcomer(), people.candidate(), people.outsider()
    merged(one, other)
    for rest in (other, third):
        with pytest.raises(InTheWay):
            merged(one, rest)
        with pytest.raises(InTheWay):
            merged(rest, one)


@both_engines
def test_money_goes_along_by_one_entry_that_balances(app):
    one, other = people.newcomer(), people.candidate()
    with transaction():
        for user, won in ((one, 7000), (other, 500)):
            post(EntryKind.STIPEND, f"s{user.id}", [(HOUSE, -won), (due_account(user.id), won)], now())
    done = merged(one, other)
    assert ledger.balance(due_account(other.id)) == 7500
    assert ledger.check_books().right
    line = ledger.statement(other.id, after=None).rows[0]
    assert (line.kind, line.amount, line.subject) == (EntryKind.CORRECTION, 7000, f"merge:{done.id}")


def test_it_is_written_down_without_a_name(app):
    one, other = people.newcomer(), people.candidate()
    done = merged(one, other)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "accounts merged")).one()
    assert (event.actor_id, event.about_id, event.subject) == (other.id, other.id, f"merge:{done.id}")
    assert "김영희" not in str(event.detail)


def test_both_addresses_are_told(app):
    one, other = people.newcomer(language="en"), people.candidate(language="en")
    with transaction():
        for user, address in ((one, "one@example.org"), (other, "other@example.org")):
            identity = db.session.get_one(Identity, user.id)
            identity.email, identity.email_verified_at = address, now()
    merged(one, other)
    for address in ("one@example.org", "other@example.org"):
        assert [letter.subject for letter in letters.sent(address)] == ["Two accounts became one"]


def test_every_table_that_moves_or_is_copied_names_its_person_in_one_column(app):
    for row in [*queries.to(Merge.MOVE), *queries.to(Merge.COPY)]:
        assert queries.owner_of(row).column in table_of(row.table).columns
    assert {row.table for row in queries.to(Merge.COPY)} == {"attempt", "record"}


def test_a_moved_row_never_meets_a_unique_constraint(app):
    """Each unique key that holds the owner is compared before rows move; one that is new would be noticed here."""
    for row in queries.to(Merge.MOVE):
        table, owner = table_of(row.table), queries.owner_of(row).column
        keys = [key for key in table.constraints if isinstance(key, UniqueConstraint) and owner in key.columns]
        condition = str(queries.already_there(row, 1))
        for key in keys:
            for column in key.columns:
                assert column.name in condition, (row.table, column.name)


def test_work_stays_with_the_account_that_did_it():
    assert {merge_policy(name) for name in ("unit", "lease", "review", "submission", "review_decision")} == {Merge.STAY}


# On the pages -----------------------------------------------------------------------------------------------------


@both_engines
def test_somebody_proves_both_and_says_so_twice(client):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    page = client.get(BOTH)
    assert page.status_code == 200
    assert "김영희" in page.text
    assert client.get(LAST, query_string={"keep": other.public_id}).status_code == 200
    form = {"keep": other.public_id, "name": "김영희", "sure": "y"}
    assert client.post(LAST, data=form).location == people.path("home")
    assert client.get("/me").status_code == 200
    assert user_called("김영희") is None


@both_engines
def test_whoever_closes_the_account_they_are_in_signs_in_to_the_other(client):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    form = {"keep": one.public_id, "name": "이철수", "sure": "y"}
    assert client.post(LAST, data=form).location == "/sign-in"
    assert client.get("/me").status_code == 302
    assert user_called("이철수") is None
    assert db.session.scalars(select(SignIn).where(SignIn.user_id == other.id, SignIn.ended_at.is_(None))).all() == []


@pytest.mark.parametrize("wrong", [{"name": "이철수"}, {"name": ""}, {"sure": ""}])
def test_without_the_second_yes_nothing_happens(client, wrong):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    form = {"keep": other.public_id, "name": "김영희", "sure": "y"} | wrong
    assert client.post(LAST, data={key: value for key, value in form.items() if value}).status_code == 422
    assert user_called("김영희") is not None


def test_without_having_come_from_the_one_account_the_other_can_not_be_merged(client):
    one, other = people.newcomer(), people.candidate()
    people.sign_in(client, other)
    assert client.get(BOTH).location == "/me/merge"
    form = {"keep": other.public_id, "name": "김영희", "sure": "y"}
    assert client.post(LAST, data=form).location == "/me/merge"
    assert user_called(one.name) is not None


def test_a_third_account_can_not_be_named(client):
    one, other, victim = people.newcomer(), people.candidate(), people.outsider()
    from_one_to_the_other(client, one, other)
    form = {"keep": victim.public_id, "name": "김영희", "sure": "y"}
    assert client.post(LAST, data=form).status_code == 404
    form = {"keep": other.public_id, "name": "Outsider", "sure": "y"}
    assert client.post(LAST, data=form).status_code == 422


def test_beginning_asks_anew_who_sits_there(client):
    people.sign_in(client, people.newcomer(), confirmed=False)
    assert client.post(BEGIN).status_code == 403


def test_the_offer_is_over_after_a_quarter_of_an_hour(client):
    one, other = people.newcomer(), people.candidate()
    people.sign_in(client, one)
    client.post(BEGIN)
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        client.post("/sign-in", data={"name": other.name, "password": people.PASSWORD})
        assert client.get(BOTH).location == "/me/merge"


def test_signing_out_ends_the_offer(client):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    client.post("/sign-out")
    people_again = {"name": other.name, "password": people.PASSWORD}
    client.post("/sign-in", data=people_again)
    assert client.get(BOTH).location == "/me/merge"


def test_a_new_password_ends_the_offer(client):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    with transaction(), time_machine.travel(now() + timedelta(seconds=5), tick=True):
        accounts.set_password(db.session.get_one(User, one.id), "hash", None, now())
    assert client.get(BOTH).location == "/me/merge"


def test_the_same_account_twice_is_told_so(client):
    one = people.newcomer()
    from_one_to_the_other(client, one, one)
    assert client.get(BOTH).location == "/me/merge"
    assert user_called(one.name) is not None


def test_cancelling_leaves_both_as_they_are(client):
    one, other = people.newcomer(), people.candidate()
    from_one_to_the_other(client, one, other)
    client.post("/me/merge/cancel")
    assert client.get(BOTH).location == "/me/merge"


@pytest.mark.played
def test_the_page_says_what_stands_in_the_way_and_asks_little(client):
    learner, other = people.known("김영희"), people.known("Outsider")
    from_one_to_the_other(client, learner, other)
    with counted() as statements:
        page = client.get(BOTH)
    assert page.status_code == 200
    assert len(statements) <= 12
    assert f"keep={learner.public_id}" in page.text  # the other way round it would work
    assert f"keep={other.public_id}" not in page.text
    assert client.get(LAST, query_string={"keep": other.public_id}).location == BOTH
