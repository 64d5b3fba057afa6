"""A learner of the class forgot their password and has no mail: whoever teaches hands them a link."""

import re

from sqlalchemy import select

from academy.accounts.models import Identity, OneUseLink, User
from academy.accounts.operations import grant_role, password_fits
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from tests import people
from tests.courses.cohorts.classes import a_room, sit_down
from tests.engines import both_engines

NEW = "another quiet evening"


@both_engines
def test_an_instructor_hands_a_learner_of_the_class_a_link(client, app):
    room, me = a_room(people.instructor()), people.newcomer()
    seat_id = sit_down(room, me)
    people.sign_in(client, room.instructor)
    assert f'value="{seat_id}"' in client.get(f"/classes/{room.cohort_id}/board").text
    assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": seat_id}).location == "/fresh-link"
    path = re.search(r"/reset/[\w-]+", client.get("/fresh-link").text)[0]
    mine = app.test_client()
    mine.get(path)
    mine.post("/reset", data={"password": NEW})
    assert password_fits(db.session.get_one(Identity, me.id, populate_existing=True), NEW)
    noted = select(AuditEvent).where(AuditEvent.act == "link for a new password made")
    event = db.session.scalars(noted).one()
    assert (event.actor_id, event.about_id) == (room.instructor.id, me.id)


def test_only_learners_of_this_class_are_helped(client):
    room, other = a_room(people.instructor()), a_room(people.person("Other", language="en"), slug="other")
    mine, theirs = sit_down(room, people.newcomer()), sit_down(other, people.candidate())
    people.sign_in(client, room.instructor)
    for seat in (theirs, 0, 999_999, "x", "9" * 30):
        assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": seat}).status_code == 404
    assert client.post(f"/classes/{other.cohort_id}/reset-link", data={"seat": theirs}).status_code == 404
    people.sign_in(client, people.outsider())
    assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": mine}).status_code == 403
    assert db.session.scalars(select(OneUseLink)).all() == []


def test_a_class_does_not_open_the_account_of_a_learner_who_holds_a_role_elsewhere(client):
    room, me = a_room(people.instructor()), people.newcomer()
    seat_id = sit_down(room, me)
    with transaction():
        grant_role(db.session.get_one(User, me.id), Role.REVIEWER, None, now())
    people.sign_in(client, room.instructor)
    assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": seat_id}).status_code == 403
    assert db.session.scalars(select(OneUseLink)).all() == []


def test_it_asks_who_one_is(client):
    room = a_room(people.instructor())
    seat_id = sit_down(room, people.newcomer())
    people.sign_in(client, room.instructor, confirmed=False)
    assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": seat_id}).status_code == 403
    assert db.session.scalars(select(OneUseLink)).all() == []


def test_a_class_does_not_open_the_account_of_a_learner_whom_letters_reach(client):
    room, me = a_room(people.instructor()), people.newcomer()
    seat_id = sit_down(room, me)
    with transaction():
        identity = db.session.get_one(Identity, me.id)
        identity.email, identity.email_verified_at = "me@example.kr", now()
    people.sign_in(client, room.instructor)
    assert client.post(f"/classes/{room.cohort_id}/reset-link", data={"seat": seat_id}).status_code == 403
    assert db.session.scalars(select(OneUseLink)).all() == []
