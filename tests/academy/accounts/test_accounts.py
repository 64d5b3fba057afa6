"""Making an account, looking after it, and the administrator's list of people."""

import unicodedata

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from academy import logs
from academy.accounts import operations, queries
from academy.accounts.models import Identity, User
from academy.accounts.operations import LastAdministrator, NameTaken
from academy.accounts.queries import Sought
from academy.accounts.rules import tidy_name
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from tests import people
from tests.engines import both_engines
from tests.people import PASSWORD


def join(client, name="김영희", password="네 단어로 된 긴 비밀번호", **more):
    return client.post("/sign-up", data={"name": name, "password": password, "of_age": "y", **more})


@both_engines
def test_a_name_and_a_password_are_enough(client):
    assert join(client).status_code == 302
    assert client.get("/me").status_code == 200
    identity = db.session.scalars(select(Identity)).one()
    assert (identity.name, identity.email) == ("김영희", None)
    assert "m=19456,t=2,p=1" in identity.password_hash


def test_a_korean_password_is_the_same_on_every_keyboard(client):
    join(client, password="긴비밀번호여덟자")
    client.post("/sign-out")
    decomposed = unicodedata.normalize("NFD", "긴비밀번호여덟자")
    assert client.post("/sign-in", data={"name": "김영희", "password": decomposed}).status_code == 302


@both_engines
@pytest.mark.parametrize("twin", ["김영희", "김 영 희", unicodedata.normalize("NFD", "김영희"), "김영희\u200b"])
def test_a_taken_name_is_refused_with_names_that_are_free(client, twin):
    people.newcomer()
    people.person("김영희 2")
    page = join(client, twin)
    assert page.status_code == 422
    assert f"<strong>{tidy_name(twin)} 3</strong>" in page.text
    assert "<strong>김영희 2</strong>" not in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"name": "김"}, {"name": "9999"}, {"password": "short"}, {"password": "김영희김영희", "name": "김영희김영희"},
     {"email": "not an address"}, {"of_age": ""}, {"name": "x" * 2000}],
)  # fmt: skip
def test_what_can_not_be_used_is_said_beside_its_field(client, wrong):
    page = join(client, **wrong)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert db.session.scalars(select(User)).all() == []


def test_a_password_is_never_shown_again(client):
    assert "긴 비밀번호" not in join(client, name="김").text


def test_a_mistake_of_ours_does_not_write_passwords_into_the_log(app, client, monkeypatch, capfd):
    logs.configure("json")
    monkeypatch.setattr(operations, "hashed", lambda password: 1 // 0)
    assert join(client, password="a very private sentence").status_code == 500
    written = capfd.readouterr().err
    assert "ZeroDivisionError" in written
    assert "private" not in written
    assert app.secret_key not in written


def test_only_what_the_form_asks_for_is_taken(client):
    join(client, role="administrator", roles="administrator", id="7", public_id="mine")
    user = db.session.scalars(select(User)).one()
    assert user.roles == {Role.LEARNER}
    assert user.public_id != "mine"


@both_engines
def test_a_person_changes_their_name_language_and_text_size(client):
    people.sign_in(client, people.newcomer())
    data = {"name": "김영희 선생", "language": "en", "text_size": "larger"}
    assert client.post("/me", data=data).status_code == 302
    page = client.get("/me").text
    assert 'lang="en"' in page
    assert 'data-text-size="larger"' in page
    assert "김영희 선생" in page


def test_a_person_can_not_take_the_name_of_somebody_else(client):
    people.newcomer()
    people.sign_in(client, people.outsider())
    data = {"name": "김영희", "language": "ko", "text_size": "normal"}
    assert client.post("/me", data=data).status_code == 422
    assert queries.user_called("Outsider") is not None


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"text_size": "huge"}])
def test_only_languages_and_sizes_we_have_can_be_chosen(client, wrong):
    people.sign_in(client, people.newcomer())
    data = {"name": "김영희", "language": "ko", "text_size": "normal", **wrong}
    assert client.post("/me", data=data).status_code == 422


def test_the_password_until_now_is_needed_for_a_new_one(client):
    people.sign_in(client, people.newcomer())
    answer = client.post("/me/password", data={"current": "a guess of mine", "password": "another quiet evening"})
    assert answer.status_code == 422
    client.post("/sign-out")
    assert client.post("/sign-in", data={"name": "김영희", "password": PASSWORD}).status_code == 302


def test_a_borrowed_browser_does_not_give_endless_guesses_at_the_password(client):
    people.sign_in(client, people.newcomer())
    for _ in range(10):
        client.post("/me/password", data={"current": "a guess of mine", "password": "another quiet evening"})
    client.post("/me/password", data={"current": PASSWORD, "password": "another quiet evening"})
    assert operations.password_fits(queries.identity_called("김영희"), PASSWORD)


@pytest.mark.parametrize("who", [None, people.newcomer])
def test_the_language_is_switched_and_stays(client, who):
    if who:
        people.sign_in(client, who())
    answer = client.post("/language", data={"language": "en", "next": "/sign-in?next=/me"})
    assert answer.location == "/sign-in?next=/me"
    assert '<html lang="en"' in client.get("/me" if who else "/sign-in").text
    client.post("/language", data={"language": "xx"})
    assert '<html lang="en"' in client.get("/me" if who else "/sign-in").text


def test_a_stranger_chooses_large_text_and_keeps_it_with_the_new_account(client):
    assert client.post("/text-size", data={"text_size": "larger", "next": "/sign-up"}).location == "/sign-up"
    assert 'data-text-size="larger"' in client.get("/sign-up").text
    join(client)
    assert 'data-text-size="larger"' in client.get("/me").text
    client.post("/text-size", data={"text_size": "huge"})
    client.post("/text-size", data={"text_size": "large"})
    assert 'data-text-size="large"' in client.get("/me").text
    client.post("/sign-out")
    assert 'data-text-size="large"' in client.get("/sign-in").text


def test_only_administrators_see_the_list_of_people(app, client):
    somebody = people.newcomer()
    people.sign_in(client, people.operator())
    for address in ("/people", f"/people/{somebody.public_id}"):
        assert client.get(address).status_code == 403
    for act in ("roles", "roles/revoke"):
        answer = client.post(f"/people/{somebody.public_id}/{act}", data={"role": "administrator"})
        assert answer.status_code == 403


@both_engines
def test_people_are_found_by_a_part_of_their_name_or_address(client):
    people.newcomer()
    people.candidate()
    people.sign_in(client, people.administrator())
    assert "김영희" in client.get("/people?q=영희").text
    assert "이철수" not in client.get("/people?q=영희").text
    assert "김영희" not in client.get("/people?q=100%25").text


def test_the_list_of_people_goes_on_by_key(client):
    for number in range(2, 26):
        people.person(f"학습자 {number}")
    admin = people.administrator()
    people.sign_in(client, admin)
    first = queries.people(Sought(), None)
    second = queries.people(Sought(), first.next)
    assert len(first.rows) == 20
    assert len(second.rows) == 5
    assert second.next is None
    assert "after=" in client.get("/people").text
    assert client.get("/people?after=garbage").status_code == 200


@both_engines
def test_a_role_is_given_and_taken_away_and_both_are_kept(client):
    admin, somebody = people.administrator(), people.newcomer()
    people.sign_in(client, admin)
    client.post(f"/people/{somebody.public_id}/roles", data={"role": "reviewer"})
    client.post(f"/people/{somebody.public_id}/roles", data={"role": "reviewer"})
    client.post(f"/people/{somebody.public_id}/roles/revoke", data={"role": "reviewer"})
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.about_id == somebody.id)).all()
    assert [(event.act, event.detail, event.actor_id) for event in events] == [
        ("signed up", {}, somebody.id),
        ("role granted", {"role": "reviewer", "scope": ""}, admin.id),
        ("role revoked", {"role": "reviewer", "scope": ""}, admin.id),
    ]
    assert client.get(f"/people/{somebody.public_id}").status_code == 200


@both_engines
def test_what_was_done_to_an_account_can_not_be_rewritten(app):
    people.newcomer()
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(AuditEvent.__table__.update().values(act="nothing happened"))


def test_the_last_administrator_stays(app):
    admin = people.administrator()
    with pytest.raises(LastAdministrator), transaction():
        operations.revoke_role(db.session.get(User, admin.id), Role.ADMINISTRATOR, None, now())


@pytest.mark.parametrize("role", ["learner", "king", ""])
def test_only_roles_that_can_be_given_are_given(client, role):
    admin, somebody = people.administrator(), people.newcomer()
    people.sign_in(client, admin)
    client.post(f"/people/{somebody.public_id}/roles", data={"role": role})
    assert db.session.get(User, somebody.id).roles == {Role.LEARNER}


@both_engines
def test_the_database_itself_refuses_two_people_with_one_name(app):
    people.newcomer()
    with pytest.raises(NameTaken), transaction():
        operations.sign_up("김 영희", PASSWORD, None, "ko", now())


@pytest.mark.parametrize("address", ["/sign-up", "/sign-in"])
def test_the_door_is_light_enough_for_a_slow_line(client, address):
    page = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert page.status_code == 200
    assert len(page.data) < 12_000
