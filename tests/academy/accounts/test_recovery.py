"""Proving an address, and getting back in without the password."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from academy.accounts import operations, queries, recovering
from academy.accounts.models import Identity, OneUseLink, SignIn, User
from academy.accounts.recovering import NotForStaff
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import Job
from academy.permissions import Role
from tests import letters, people
from tests.engines import both_engines
from tests.people import PASSWORD

ADDRESS = "kim@example.kr"
NEW = "another quiet evening"


def proved(user: User, address: str = ADDRESS) -> User:
    with transaction():
        identity = db.session.get_one(Identity, user.id)
        identity.email, identity.email_verified_at = address, now()
    return user


def identity(user: User) -> Identity:
    db.session.rollback()
    return db.session.get_one(Identity, user.id, populate_existing=True)


def ask(client, who):
    return client.post("/forgot-password", data={"who": who})


# The address -------------------------------------------------------------------------------------------------------


@both_engines
def test_an_address_given_at_sign_up_is_proved_by_the_link_in_a_letter(client):
    client.post("/sign-up", data={"name": "김영희", "password": PASSWORD, "email": ADDRESS, "of_age": "y"})
    user = queries.user_called("김영희")
    assert identity(user).email_verified_at is None
    opened = client.get(letters.newest(ADDRESS).path("/verify-email/"))
    assert opened.location == "/verify-email"
    assert ADDRESS in client.get("/verify-email").text
    assert identity(user).email_verified_at is None  # opening is not proving: mail services open links
    client.post("/verify-email")
    assert identity(user).email_verified_at is not None


def test_the_token_leaves_the_address_at_once(client):
    people.sign_in(client, people.newcomer())
    client.post("/me/e-mail", data={"email": ADDRESS})
    path = letters.newest(ADDRESS).path("/verify-email/")
    answer = client.get(path)
    token = path.rpartition("/")[2]
    assert answer.location == "/verify-email"
    assert token not in client.get("/verify-email").text


@both_engines
def test_a_stranger_to_whom_a_letter_went_by_mistake_can_not_prove_the_address(client, app):
    me, stranger = people.newcomer(), people.outsider()
    people.sign_in(client, me)
    client.post("/me/e-mail", data={"email": "mistyped@example.kr"})
    path = letters.newest("mistyped@example.kr").path("/verify-email/")
    other = app.test_client()
    other.get(path)
    assert other.get("/verify-email").location.startswith("/sign-in")
    people.sign_in(other, stranger)
    other.get(path)
    page = other.get("/verify-email").text
    assert "mistyped@example.kr" not in page
    assert other.post("/verify-email").status_code == 404
    assert identity(me).email_verified_at is None
    assert identity(stranger).email is None


@both_engines
def test_a_proved_address_stays_in_use_until_the_new_one_is_proved(client):
    me = proved(people.newcomer())
    people.sign_in(client, me)
    client.post("/me/e-mail", data={"email": "new@example.kr"})
    assert (identity(me).email, identity(me).email_verified_at is None) == (ADDRESS, False)
    assert "new@example.kr" in client.get("/me").text
    client.get(letters.newest("new@example.kr").path("/verify-email/"))
    client.post("/verify-email")
    assert identity(me).email == "new@example.kr"
    assert len(letters.sent(ADDRESS)) == 1  # the address until now is told


def test_only_the_newest_letter_proves_the_address(client):
    people.sign_in(client, people.newcomer())
    client.post("/me/e-mail", data={"email": "first@example.kr"})
    client.post("/me/e-mail", data={"email": "second@example.kr"})
    client.get(letters.newest("first@example.kr").path("/verify-email/"))
    assert client.post("/verify-email").status_code == 404


def test_an_address_can_be_taken_out_again(client):
    me = proved(people.newcomer())
    people.sign_in(client, me)
    client.post("/me/e-mail", data={"email": ""})
    assert (identity(me).email, identity(me).email_key, identity(me).email_verified_at) == (None, None, None)
    assert len(letters.sent(ADDRESS)) == 1


def test_changing_the_address_asks_who_one_is(client):
    me = people.newcomer()
    people.sign_in(client, me, confirmed=False)
    assert client.post("/me/e-mail", data={"email": ADDRESS}).status_code == 403
    assert identity(me).email is None


def test_nobody_fills_a_strangers_letter_box(client):
    people.sign_in(client, people.newcomer())
    answers = [client.post("/me/e-mail", data={"email": "victim@example.kr"}).status_code for _ in range(8)]
    assert answers == [302] * 5 + [429] * 3
    for number in range(8):
        client.post("/sign-out")
        data = {"name": f"Name {number}", "password": PASSWORD, "email": "victim@example.kr", "of_age": "y"}
        assert client.post("/sign-up", data=data).status_code == 302
    assert len(letters.sent("victim@example.kr")) == 5


# A new password ----------------------------------------------------------------------------------------------------


@both_engines
@pytest.mark.parametrize("who", ["김영희", ADDRESS, "KIM@Example.KR"])
def test_whoever_proved_an_address_chooses_a_new_password_by_letter(client, app, who):
    me = proved(people.newcomer())
    elsewhere = people.sign_in(app.test_client(), me)
    assert ask(client, who).location == "/forgot-password/asked"
    client.get(letters.newest(ADDRESS).path("/reset/"))
    assert "김영희" in client.get("/reset").text
    assert client.post("/reset", data={"password": NEW}).status_code == 302
    assert client.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    assert operations.password_fits(identity(me), NEW)


def test_known_and_unknown_names_get_the_same_answer_after_the_same_work(client):
    proved(people.newcomer())
    people.outsider()
    asked_by = ("김영희", "Outsider", "nobody at all", "nobody@example.kr", ADDRESS)
    answers = [ask(client, who) for who in asked_by]
    assert len({(answer.status_code, answer.location, answer.data) for answer in answers}) == 1
    jobs = select(func.count()).where(Job.kind == "accounts.send_reset")
    assert db.session.scalar(jobs) == len(asked_by)


def test_an_address_that_was_only_typed_in_opens_nothing(client):
    client.post("/sign-up", data={"name": "김영희", "password": PASSWORD, "email": ADDRESS, "of_age": "y"})
    client.post("/sign-out")
    ask(client, ADDRESS)
    ask(client, "김영희")
    assert [letter.path("/verify-email/") for letter in letters.sent(ADDRESS)]
    assert not [link for letter in letters.sent(ADDRESS) for link in letter.links if "/reset/" in link]


def test_a_reset_link_works_once(client, app):
    me = proved(people.newcomer())
    ask(client, "김영희")
    path = letters.newest(ADDRESS).path("/reset/")
    client.get(path)
    client.post("/reset", data={"password": NEW})
    other = app.test_client()
    other.get(path)
    assert other.get("/reset").status_code == 404
    assert other.post("/reset", data={"password": "a thief was here"}).status_code == 404
    assert operations.password_fits(identity(me), NEW)


def test_a_new_password_ends_every_other_link_for_one(client, app):
    proved(people.newcomer())
    ask(client, "김영희")
    ask(client, "김영희")
    first, second = (letter.path("/reset/") for letter in letters.sent(ADDRESS))
    client.get(second)
    client.post("/reset", data={"password": NEW})
    other = app.test_client()
    other.get(first)
    assert other.get("/reset").status_code == 404


def test_a_link_is_ours_even_when_the_request_names_another_host(client):
    proved(people.newcomer())
    client.post("/forgot-password", data={"who": "김영희"}, headers={"X-Forwarded-Host": "evil.example"})
    assert client.post("/forgot-password", data={"who": "김영희"}, headers={"Host": "evil.example"}).status_code == 400
    assert all("evil" not in link for letter in letters.sent(ADDRESS) for link in letter.links)


def test_a_letter_box_is_not_filled_with_reset_links(client):
    proved(people.newcomer())
    for _ in range(6):
        assert ask(client, "김영희").status_code == 302
    assert len(letters.sent(ADDRESS)) == 3


@pytest.mark.parametrize("password", ["short", "김영희1234", "password1"])
def test_a_weak_new_password_is_refused_and_the_link_stays_good(client, password):
    me = proved(people.newcomer())
    ask(client, "김영희")
    client.get(letters.newest(ADDRESS).path("/reset/"))
    assert client.post("/reset", data={"password": password}).status_code == 422
    assert client.post("/reset", data={"password": NEW}).status_code == 302
    assert operations.password_fits(identity(me), NEW)


def test_a_family_that_shares_an_address_gets_a_letter_for_each(client):
    proved(people.newcomer())
    proved(people.candidate())
    ask(client, ADDRESS)
    assert len(letters.sent(ADDRESS)) == 2


# On paper ----------------------------------------------------------------------------------------------------------


@both_engines
def test_an_administrator_prints_a_link_for_somebody_without_mail(client, app):
    me = people.newcomer()
    people.sign_in(client, people.administrator())
    assert client.post(f"/people/{me.public_id}/reset-link").location == "/fresh-link"
    page = client.get("/fresh-link").text
    path = re.search(r"/reset/[\w-]+", page)[0]
    assert path not in client.get("/fresh-link").text  # shown once
    mine = app.test_client()
    mine.get(path)
    assert mine.post("/reset", data={"password": NEW}).status_code == 302
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.about_id == me.id)).all()
    assert acts == ["signed up", "link for a new password made", "password changed"]


def test_a_centre_can_not_open_the_account_of_somebody_with_a_role(app):
    boss, teacher = people.programme_manager(), people.instructor()
    with pytest.raises(NotForStaff), transaction():
        recovering.print_reset(db.session.get_one(User, teacher.id), boss, now(), only_learners=True)
    assert db.session.scalars(select(OneUseLink)).all() == []


def test_a_printed_link_leaves_time_to_get_home_but_not_more(app):
    me = people.newcomer()
    with transaction():
        recovering.print_reset(db.session.get_one(User, me.id), None, now())
    link = db.session.scalars(select(OneUseLink)).one()
    assert timedelta(hours=12) < link.expires_at - link.created_at <= timedelta(hours=24)


# Without a password ------------------------------------------------------------------------------------------------


@both_engines
def test_somebody_who_came_from_elsewhere_chooses_a_first_password(client):
    with transaction():
        user = operations.add_person("구글이", None, None, "ko", now())
    people.sign_in(client, user)
    assert "/me/password/first" in client.get("/me").text
    assert client.post("/me/password/first", data={"password": NEW}).status_code == 302
    assert operations.password_fits(identity(user), NEW)
    assert client.get("/me").status_code == 200
    client.post("/me/password/first", data={"password": "a second first one"})
    assert operations.password_fits(identity(user), NEW)


def test_an_account_without_a_password_opens_for_no_password(client):
    with transaction():
        operations.add_person("구글이", None, None, "ko", now())
    for password in ("", "None", "!", PASSWORD):
        assert client.post("/sign-in", data={"name": "구글이", "password": password}).status_code == 422
    assert db.session.scalars(select(SignIn)).all() == []


def test_a_closed_account_says_so_only_to_whoever_knows_its_password(client):
    me = people.person("김영희", Role.REVIEWER)
    with transaction():
        db.session.get_one(User, me.id).closed_at = now()
    right = client.post("/sign-in", data={"name": "김영희", "password": PASSWORD})
    wrong = client.post("/sign-in", data={"name": "김영희", "password": "not my password"})
    assert (right.status_code, wrong.status_code) == (422, 422)
    assert right.text != wrong.text
    assert db.session.scalars(select(SignIn)).all() == []
