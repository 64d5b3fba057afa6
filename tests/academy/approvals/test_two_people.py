"""What can hurt somebody needs two people: one asks, another agrees, and only then it happens."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from academy.approvals import operations, queries
from academy.approvals.kinds import KINDS, ApprovalKind, Told, register
from academy.approvals.models import Approval
from academy.approvals.rules import OPEN_FOR, Decision, State, state_of
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Forbidden
from academy.permissions import Role
from tests import people
from tests.engines import both_engines

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def done(app):
    """What was carried out."""
    acts: list[tuple] = []
    kind = ApprovalKind(
        "tests.act", "An act", lambda *about: acts.append(about), lambda subject, _detail: Told(f"An act on {subject}")
    )
    register(kind)
    yield acts
    del KINDS["tests.act"]


def asked(by, subject="thing:1", at=None) -> int:
    with transaction():
        return operations.ask("tests.act", subject, {"reason": "so"}, by, at or now()).id


def decide(approval_id, by, approve=True, reason="no", at=None) -> None:
    with transaction():
        operations.decide(queries.approval_for_change(approval_id), by, approve, reason, at or now())


@both_engines
def test_it_happens_when_a_second_person_agrees_and_not_before(done):
    operator, administrator = people.operator(), people.administrator()
    number = asked(operator)
    assert done == []
    at = now()
    decide(number, administrator, at=at)
    assert done == [("thing:1", {"reason": "so"}, operator.id, administrator.id, at)]


@both_engines
def test_nobody_agrees_to_what_they_asked_for(done):
    operator = people.person("Both", Role.OPERATOR, Role.ADMINISTRATOR)
    number = asked(operator)
    with pytest.raises(operations.NotByTheSame):
        decide(number, operator)
    assert done == []


@both_engines
def test_the_database_itself_refuses_the_same_person(done):
    operator = people.operator()
    number = asked(operator)
    with transaction():
        found = queries.approval_for_change(number)
        found.decision, found.decided_by, found.decided_at = Decision.APPROVED, operator.id, now()
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


@both_engines
def test_what_fails_while_it_is_carried_out_leaves_the_request_open(done):
    def fail(*_about):
        raise Forbidden("not now")

    number = asked(people.operator())
    register(ApprovalKind("tests.act", "An act", fail, lambda *_about: Told("")))
    with pytest.raises(Forbidden):
        decide(number, people.administrator())
    db.session.expire_all()
    assert queries.approval(number).decision is None


@both_engines
def test_it_is_carried_out_once_however_often_somebody_agrees(done):
    number, administrator = asked(people.operator()), people.administrator()
    decide(number, administrator)
    with pytest.raises(operations.NotOpen):
        decide(number, administrator)
    assert len(done) == 1


@both_engines
def test_the_same_is_not_asked_twice_while_it_waits(done):
    operator = people.operator()
    asked(operator)
    with pytest.raises(operations.AskedAlready):
        asked(operator)
    asked(operator, "thing:2")


@both_engines
def test_after_a_week_nobody_can_agree_any_more_and_it_can_be_asked_anew(done):
    operator, administrator = people.operator(), people.administrator()
    number = asked(operator, at=now() - OPEN_FOR)
    assert queries.waiting(now()).rows == []
    with pytest.raises(operations.NotOpen):
        decide(number, administrator)
    decide(asked(operator), administrator)
    assert len(done) == 1


def test_refusing_needs_a_reason_and_changes_nothing(done):
    number, administrator = asked(people.operator()), people.administrator()
    with pytest.raises(operations.ReasonNeeded):
        decide(number, administrator, approve=False, reason=" ")
    decide(number, administrator, approve=False, reason="I looked at it, and it was theirs.")
    assert done == []
    assert queries.approval(number).decision is Decision.REFUSED


def test_only_whoever_asked_withdraws(done):
    operator, administrator = people.operator(), people.administrator()
    number = asked(operator)
    with pytest.raises(Forbidden), transaction():
        operations.withdraw(queries.approval_for_change(number), administrator, now())
    with transaction():
        operations.withdraw(queries.approval_for_change(number), operator, now())
    with pytest.raises(operations.NotOpen):
        decide(number, administrator)


def test_both_acts_are_written_down(done):
    operator, administrator = people.operator(), people.administrator()
    decide(asked(operator), administrator)
    events = db.session.execute(
        select(AuditEvent.act, AuditEvent.actor_id, AuditEvent.subject).where(AuditEvent.act.startswith("approval"))
    ).all()
    assert events == [("approval asked", operator.id, "thing:1"), ("approval given", administrator.id, "thing:1")]


def test_nobody_has_to_mark_a_request_as_run_out():
    at = now()
    assert state_of(None, at + timedelta(seconds=1), at) is State.OPEN
    assert state_of(None, at, at) is State.EXPIRED
    assert state_of(Decision.WITHDRAWN, at, at) is State.WITHDRAWN


# On the pages ------------------------------------------------------------------------------------------------------


def test_the_desk_shows_what_waits_and_the_second_person_agrees_there(app, client, done):
    operator, administrator = people.operator(), people.administrator()
    number = asked(operator)
    people.sign_in(client, administrator)
    assert "An act" in client.get("/approvals", headers=ENGLISH).text
    page = client.get(f"/approvals/{number}", headers=ENGLISH)
    assert "An act on thing:1" in page.text
    assert client.post(f"/approvals/{number}", data={"decision": "approve"}).status_code == 302
    assert len(done) == 1
    assert "thing:1" not in client.get("/approvals").text
    assert client.get("/approvals?ended").status_code == 200


def test_whoever_asked_sees_that_somebody_else_has_to_agree(client, done):
    operator = people.operator()
    number = asked(operator)
    people.sign_in(client, operator)
    page = client.get(f"/approvals/{number}")
    assert 'value="approve"' not in page.text
    assert client.post(f"/approvals/{number}", data={"decision": "approve"}).status_code == 403
    assert client.post(f"/approvals/{number}/withdraw").status_code == 302
    assert done == []


def test_a_refusal_without_a_reason_is_asked_for_one(client, done):
    number = asked(people.operator())
    people.sign_in(client, people.administrator())
    assert client.post(f"/approvals/{number}", data={"decision": "refuse"}).status_code == 422
    assert client.post(f"/approvals/{number}", data={"decision": "perhaps"}).status_code == 400
    assert client.post(f"/approvals/{number}", data={"decision": "refuse", "reason": "No."}).status_code == 302
    assert db.session.scalars(select(Approval.answer)).all() == ["No."]


def test_agreeing_asks_who_one_is_once_more(client, done):
    number = asked(people.operator())
    people.sign_in(client, people.administrator(), confirmed=False)
    assert client.post(f"/approvals/{number}", data={"decision": "approve"}).status_code == 403
    assert done == []


def test_nobody_decides_on_what_concerns_themselves(app, done):
    operator, administrator = people.operator(), people.administrator()
    with transaction():
        number = operations.ask("tests.act", "award:1", {"reason": "so"}, administrator, now(), about=operator.id).id
    desk = people.sign_in(app.test_client(), operator)
    for decision in ("approve", "refuse"):
        answer = desk.post(f"/approvals/{number}", data={"decision": decision, "reason": "it is mine"})
        assert answer.status_code == 403
    assert done == []
