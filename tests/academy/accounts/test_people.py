"""The administrator's pages: finding people, giving roles in a place, taking a change back, closing an account."""

import pytest
from sqlalchemy import select

from academy.accounts import managing, operations, queries
from academy.accounts.managing import NotTheLastChange, OwnAccount
from academy.accounts.models import User
from academy.accounts.operations import LastAdministrator
from academy.accounts.queries import Sought
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import EVERYWHERE, Role
from tests import letters, people
from tests.courses.cohorts.classes import a_room
from tests.engines import both_engines
from tests.people import PASSWORD


def names(**sought: str) -> set[str]:
    db.session.rollback()
    return {user.name for user in queries.people(Sought(**sought), None).rows}


def held(user: User) -> set[tuple[Role, str]]:
    db.session.rollback()
    user = db.session.get_one(User, user.id, populate_existing=True)
    return {(grant.role, grant.scope) for grant in user.grants}


def last_event(user: User) -> AuditEvent:
    db.session.rollback()
    event = managing.last_change(user)
    assert event is not None
    return event


@both_engines
def test_people_are_found_by_role_by_place_and_by_whether_their_account_is_open(app):
    people.newcomer()
    people.instructor()
    people.person("Traveller", Role.INSTRUCTOR)
    gone = people.candidate()
    with transaction():
        managing.close(db.session.get_one(User, gone.id), None, now())
    assert names(role="instructor") == {"박선생", "Traveller"}
    assert names(role="instructor", scope=people.ELSEWHERE) == {"박선생"}
    assert names(scope=EVERYWHERE) == {"Traveller"}
    assert names(role="learner") == {"김영희", "이철수"}
    assert names(state="closed") == {"이철수"}
    assert names(words="영희", role="learner", state="open") == {"김영희"}
    assert names(role="king", state="nonsense") == {"김영희", "박선생", "Traveller", "이철수"}


def test_the_page_of_people_filters_and_keeps_the_filter_when_it_goes_on(client):
    for number in range(25):
        people.person(f"Reviewer {number}", Role.REVIEWER, language="en")
    people.sign_in(client, people.administrator())
    page = client.get("/people?role=reviewer&scope=&state=open").text
    assert "Reviewer 24" in page
    assert "관리자</a>" not in page
    assert "role=reviewer" in page.partition('rel="next"')[0].rpartition("<a")[2]
    assert client.get("/people?scope=nonsense&role=%27&state=x&after=x").status_code == 200


@both_engines
def test_a_role_is_given_at_a_centre_and_its_name_stands_on_the_page(client):
    room = a_room(people.instructor())
    somebody = people.newcomer(language="en")
    people.sign_in(client, people.administrator())
    scope = f"centre:{room.centre_id}"
    assert client.post(f"/people/{somebody.public_id}/roles", data={"role": "instructor", "scope": scope}).location
    assert held(somebody) == {(Role.INSTRUCTOR, scope)}
    assert "중앙 센터" in client.get(f"/people/{somebody.public_id}").text
    people.sign_in(client, somebody)
    assert client.get(f"/classes/{room.cohort_id}/board").status_code == 200


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("reviewer", "centre:1"),
        ("reviewer", "?"),
        ("instructor", "centre:999999"),
        ("instructor", "galaxy:1"),
        ("administrator", "centre:1"),
    ],
)
def test_a_place_that_does_not_fit_or_does_not_exist_is_refused(client, role, scope):
    a_room(people.instructor())
    somebody = people.newcomer()
    people.sign_in(client, people.administrator())
    answer = client.post(f"/people/{somebody.public_id}/roles", data={"role": role, "scope": scope})
    assert answer.status_code == 422
    assert held(somebody) == set()


@both_engines
def test_the_last_change_is_taken_back_and_so_is_the_taking_back(client):
    admin, somebody = people.administrator(), people.newcomer()
    people.sign_in(client, admin)
    here = f"/people/{somebody.public_id}"
    client.post(f"{here}/roles", data={"role": "reviewer"})
    for expected in (set(), {(Role.REVIEWER, EVERYWHERE)}, set()):
        client.post(f"{here}/undo", data={"event": last_event(somebody).id})
        assert held(somebody) == expected
    acts = select(AuditEvent.act).where(AuditEvent.about_id == somebody.id).order_by(AuditEvent.id)
    given, taken = "role granted", "role revoked"
    assert db.session.scalars(acts).all() == ["signed up", given, taken, given, taken]


@both_engines
def test_a_second_click_undoes_nothing_that_nobody_meant(client):
    somebody = people.newcomer()
    people.sign_in(client, people.administrator())
    here = f"/people/{somebody.public_id}"
    client.post(f"{here}/roles", data={"role": "reviewer"})
    event = last_event(somebody).id
    assert client.post(f"{here}/undo", data={"event": event}).status_code == 302
    assert client.post(f"{here}/undo", data={"event": event}).status_code == 409
    assert client.post(f"{here}/undo", data={"event": "x"}).status_code == 409
    assert held(somebody) == set()


def test_the_change_of_another_account_can_not_be_undone_by_its_number(app):
    admin, one, other = people.administrator(), people.newcomer(), people.candidate()
    with transaction():
        operations.grant_role(db.session.get_one(User, other.id), Role.REVIEWER, None, now())
    with pytest.raises(NotTheLastChange), transaction():
        managing.undo(
            db.session.get_one(User, one.id), last_event(other).id, db.session.get_one(User, admin.id), now()
        )  # fmt: skip
    assert held(other) == {(Role.REVIEWER, EVERYWHERE)}


@both_engines
def test_a_closed_account_lets_nobody_in_and_is_opened_with_the_roles_it_had(client, app):
    somebody = people.person("정검수", Role.REVIEWER)
    theirs = people.sign_in(app.test_client(), somebody)
    people.sign_in(client, people.administrator())
    here = f"/people/{somebody.public_id}"
    assert client.post(f"{here}/close").status_code == 302
    assert theirs.get("/me").location.startswith("/sign-in")
    entered = theirs.post("/sign-in", data={"name": "정검수", "password": PASSWORD})
    assert entered.status_code == 422
    client.post(f"{here}/undo", data={"event": last_event(somebody).id})
    assert theirs.post("/sign-in", data={"name": "정검수", "password": PASSWORD}).status_code == 302
    assert held(somebody) == {(Role.REVIEWER, EVERYWHERE)}


def test_nobody_closes_their_own_account_here_nor_the_last_administrators(app):
    admin = people.administrator()
    with pytest.raises(OwnAccount), transaction():
        managing.close(db.session.get_one(User, admin.id), admin, now())
    with pytest.raises(LastAdministrator), transaction():
        managing.close(db.session.get_one(User, admin.id), None, now())


def test_an_administrator_whose_account_is_closed_does_not_count_as_one(app):
    first, second = people.administrator(), people.person("둘째", Role.ADMINISTRATOR)
    with transaction():
        managing.close(db.session.get_one(User, second.id), None, now())
    with pytest.raises(LastAdministrator), transaction():
        operations.revoke_role(db.session.get_one(User, first.id), Role.ADMINISTRATOR, None, now())


def test_somebody_is_signed_out_everywhere_by_an_administrator(client, app):
    somebody = people.newcomer()
    theirs = people.sign_in(app.test_client(), somebody)
    people.sign_in(client, people.administrator())
    client.post(f"/people/{somebody.public_id}/sign-out")
    assert theirs.get("/me").location.startswith("/sign-in")


@pytest.mark.parametrize("act", ["roles", "roles/revoke", "undo", "close", "reopen", "sign-out", "reset-link"])
def test_every_act_asks_who_one_is_when_that_is_long_ago(client, act):
    somebody = people.newcomer()
    people.sign_in(client, people.administrator(), confirmed=False)
    answer = client.post(f"/people/{somebody.public_id}/{act}", data={"role": "reviewer"})
    assert answer.status_code == 403
    assert "/confirm" in answer.text
    assert held(somebody) == set()


def test_the_person_is_told_of_a_role_and_of_a_closed_account(app):
    somebody = people.newcomer()
    with transaction():
        user = db.session.get_one(User, somebody.id)
        user.identity.email, user.identity.email_verified_at = "kim@example.kr", now()
    with transaction():
        operations.grant_role(db.session.get_one(User, somebody.id), Role.REVIEWER, None, now())
        managing.close(db.session.get_one(User, somebody.id), None, now())
    assert len(letters.sent("kim@example.kr")) == 2
