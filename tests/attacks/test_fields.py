"""Fields that nobody asked for change nothing: role, score, user_id and their kin, at every address."""

import json

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from academy.accounts.models import RoleGrant, User
from academy.annotation.models import Gold
from academy.db import db
from courses.practice.models import Attempt
from exams.sittings.models import Sitting
from tests import people
from tests.browsing import come_in
from tests.tour import World, addresses, right_answer

FORGED = {
    "role": "administrator", "roles": "administrator", "is_admin": "true", "is_staff": "1", "permission": "administer",
    "scope": "", "score": "1.0", "passed": "true", "graded_at": "2020-01-01", "number": "1", "user_id": "1",
    "learner_id": "1", "candidate_id": "1", "labeler_id": "1", "public_id": "x", "id": "1", "price": "1000000",
    "amount": "1000000", "state": "accepted", "verdict": "accepted", "reviewer_id": "1", "closed_at": "",
    "deadline_at": "2099-01-01T00:00:00Z", "email_verified_at": "2020-01-01", "password_hash": "x", "factor": "passkey",
    "confirmed_at": "2099-01-01T00:00:00Z", "erased_at": "", "by": "1", "made_by": "1", "granted_by": "1",
}  # fmt: skip


def money_and_power() -> dict[str, object]:
    """Everything that must not move: roles, factors, results, and every account of the books."""
    db.session.rollback()
    counted = {}
    for table in inspect(db.engine).get_table_names():
        if table.startswith(("ledger", "posting", "entry", "account", "role_grant", "award", "result", "approval")):
            counted[table] = db.session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
    return counted


def test_fields_nobody_asked_for_at_the_door(app: Flask):
    client = app.test_client()
    good = {"name": "새 사람", "password": people.PASSWORD, "of_age": "y"}
    assert client.post("/sign-up", data=FORGED | good).status_code == 302
    user = people.known("새 사람")
    assert user.roles == people.person("비교").roles
    assert db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).all() == []
    assert client.get("/people").status_code == 403


def test_fields_nobody_asked_for_in_the_own_account(app: Flask):
    victim, user = people.newcomer(), people.outsider()
    client = people.sign_in(app.test_client(), user)
    sent = {**FORGED, "user_id": str(victim.id), "id": str(victim.id), "public_id": victim.public_id}
    sent |= {"name": "Outsider again", "language": "en", "text_size": "normal"}
    client.post("/me", data=sent)
    db.session.expire_all()
    assert people.known("김영희").id == victim.id
    assert db.session.get_one(User, user.id).public_id != victim.public_id
    assert client.get("/people").status_code == 403


@pytest.mark.played
def test_fields_nobody_asked_for_change_nothing(app: Flask, world: World):
    """Every address that takes something, as a learner, with every forged field in form, JSON and address."""
    before = money_and_power()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.startswith(("academy.privacy", "academy.merging")):
            continue
        values = {name: 1 for name in rule.arguments} | addresses(world).get(rule.endpoint, {})
        address = people.path(rule.endpoint, **values)
        client = people.sign_in(app.test_client(), people.known("Outsider"))
        client.post(address, data=FORGED)
        client.post(address, query_string=FORGED)
        client.post(address, data=json.dumps(FORGED), content_type="application/json")
    assert money_and_power() == before
    client = people.sign_in(app.test_client(), people.known("Outsider"))
    assert client.get("/people").status_code == 403
    assert client.get("/reviews").status_code == 403


@pytest.mark.played
def test_a_score_that_is_sent_along_is_not_the_score(app: Flask, world: World):
    client = people.sign_in(app.test_client(), people.known("Outsider"))
    wrong = {"kind": "box", "objects": [], "score": 1.0, "passed": True, "report": {"score": 1.0}}
    body = {"document": wrong, "score": 1.0, "passed": True, "learner_id": people.known("김영희").id, "number": 1}
    address = people.path("courses.practice.submit", set_slug=world.practice_set, task_id=world.untried_task)
    answer = client.post(address, json=body, headers={"Idempotency-Key": "forged-0123456789ab"})
    assert answer.status_code == 200
    attempt = db.session.get_one(Attempt, answer.json["attempt"])
    assert attempt.learner_id == people.known("Outsider").id
    assert not attempt.passed
    assert attempt.score < 0.5
    assert set(attempt.document) <= {"kind", "image", "objects"}


@pytest.mark.played
def test_gold_that_is_sent_along_is_not_gold(app: Flask, world: World):
    """An answer that calls itself gold, accepted or ignorable is read as an answer."""
    gold = db.session.scalars(select(Gold).where(Gold.task_id == world.untried_task)).first()
    assert gold is not None
    answer = right_answer(gold.document)
    for thing in answer["objects"]:
        thing |= {"ignore": True, "optional": True, "crowd": True, "rule": "1"}
    client = people.sign_in(app.test_client(), people.known("Outsider"))
    address = people.path("courses.practice.submit", set_slug=world.practice_set, task_id=world.untried_task)
    sent = {"document": {**answer, "objects": [], "accepted": ["person"]}}
    told = client.post(address, json=sent, headers={"Idempotency-Key": "forged-0123456789ac"})
    assert not db.session.get_one(Attempt, told.json["attempt"]).passed


@pytest.mark.played
def test_time_that_is_sent_along_is_not_the_time(app: Flask, world: World):
    client = people.sign_in(app.test_client(), people.known("이철수"))
    before = db.session.scalars(select(Sitting.deadline_at).where(Sitting.public_id == world.running_sitting)).one()
    body = {"client": "forged-client", "answers": [], "received_at": "2020-01-01", **FORGED}
    assert (
        client.post(people.path("exams.sittings.save", public_id=world.running_sitting), json=body).status_code == 200
    )
    after = db.session.scalars(select(Sitting.deadline_at).where(Sitting.public_id == world.running_sitting)).one()
    assert before == after


def test_a_parameter_given_twice_counts_once(app: Flask):
    """Form and address never add up: what stands behind the question mark does not become the form's."""
    people.newcomer()
    client = app.test_client()
    answer = client.post("/sign-in?name=김영희&password=" + people.PASSWORD, data={"name": "x", "password": "y"})
    assert answer.status_code == 422
    client.post("/sign-in", data={"name": ["김영희", "x"], "password": [people.PASSWORD, "y"]})
    assert client.get("/me").status_code == 200
    assert come_in(app.test_client(), "김영희").status_code == 302
