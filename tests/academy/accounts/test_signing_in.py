"""The door: who comes in, who is kept out, and what a copied key is worth."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from academy.accounts import guessing, operations, queries
from academy.accounts.models import SignIn, User
from academy.accounts.signing_in import COOKIE_KEY
from academy.clock import now
from academy.db import db, transaction
from academy.limits import LimitUse
from academy.permissions import Role
from tests import people
from tests.engines import both_engines
from tests.people import PASSWORD, path

SIGN_IN, SIGN_UP, ME = "/sign-in", "/sign-up", "/me"
WHO = guessing.Guesser("name", "network")


def enter(client, name, password=PASSWORD, **more):
    return client.post(
        SIGN_IN, data={"name": name, "password": password, **more}, environ_overrides=more.pop("env", {})
    )


def copied(app, client):
    """Another browser that holds a copy of this one's cookie."""
    thief = app.test_client()
    with client.session_transaction() as session:
        held = dict(session)
    with thief.session_transaction() as session:
        session.update(held)
    return thief


def signed_in(client) -> bool:
    return client.get(ME).status_code == 200


@both_engines
def test_a_name_and_a_password_open_the_door(client):
    people.newcomer()
    assert enter(client, "김영희").location == path("home")
    assert signed_in(client)


@both_engines
def test_any_spelling_of_the_name_that_looks_the_same_opens_the_door(client):
    people.newcomer()
    assert enter(client, " 김 영희 ").status_code == 302


@both_engines
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client):
    people.newcomer()
    known = enter(client, "김영희", "not the password")
    unknown = enter(client, "김순자", "not the password")
    assert known.status_code == unknown.status_code == 422
    assert without_token(known.text).replace("김영희", "") == without_token(unknown.text).replace("김순자", "")


def without_token(page):
    """The page but for its token against foreign requests, which holds the second in which it was made."""
    bare, found = re.subn(r'(name="csrf[-_]token" (?:content|value)=")[^"]+', r"\1", page)
    assert found > 1
    return bare


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(client, monkeypatch):
    people.newcomer()
    calls = []

    class CountingHasher:
        def verify(self, kept, password):
            calls.append(kept[:31])
            raise operations.VerificationError

    monkeypatch.setattr(operations, "_hasher", CountingHasher())
    enter(client, "김영희", "not the password")
    enter(client, "김순자", "not the password")
    assert len(calls) == 2
    assert calls[0] == calls[1], "both hashes have the same costs"
    assert "m=19456,t=2,p=1" in calls[0]


@pytest.mark.parametrize("how", ["sign-out", "everywhere", "password", "granted", "revoked", "ended elsewhere"])
def test_a_copied_cookie_dies(app: Flask, client, how):
    user = people.reviewer()
    people.sign_in(client, user)
    thief = copied(app, client)
    assert signed_in(thief)
    if how == "sign-out":
        client.post("/sign-out")
    elif how == "everywhere":
        client.post("/me/sign-out-everywhere")
    elif how == "password":
        data = {"current": PASSWORD, "password": "another quiet evening"}
        assert client.post("/me/password", data=data).status_code == 302
        assert signed_in(client), "the browser that changed the password stays"
    elif how == "granted":
        with transaction():
            operations.grant_role(db.session.get(User, user.id), Role.OPERATOR, None, now())
    elif how == "revoked":
        with transaction():
            operations.revoke_role(db.session.get(User, user.id), Role.REVIEWER, None, now())
    else:
        other = people.sign_in(app.test_client(), db.session.get(User, user.id))
        sign_in_id = db.session.scalar(select(func.min(SignIn.id)))
        other.post(f"/me/sign-ins/{sign_in_id}/end")
        assert signed_in(other)
    assert not signed_in(thief)


def test_somebody_elses_browser_can_not_be_signed_out(app, client):
    people.sign_in(client, people.newcomer())
    outsider = people.sign_in(app.test_client(), people.outsider())
    answer = outsider.post(f"/me/sign-ins/{db.session.scalar(select(func.min(SignIn.id)))}/end")
    assert answer.status_code == 404
    assert signed_in(client)


def test_a_session_planted_before_signing_in_is_worth_nothing_after_it(app, client):
    user = people.newcomer()
    with client.session_transaction() as session:
        session[COOKIE_KEY] = "planted"
        session["left"] = "behind"
    thief = copied(app, client)
    enter(client, user.name)
    assert signed_in(client)
    assert not signed_in(thief)
    with client.session_transaction() as session:
        assert session[COOKIE_KEY] != "planted"
        assert "left" not in session


def test_only_a_hash_of_the_token_is_kept(client):
    people.sign_in(client, people.newcomer())
    with client.session_transaction() as session:
        token = session[COOKIE_KEY]
    kept = db.session.scalars(select(SignIn)).one()
    assert token not in (kept.token_hash, kept.browser)


def test_a_sign_in_ends_by_itself_after_thirty_days(client):
    people.sign_in(client, people.newcomer())
    with time_machine.travel(now() + timedelta(days=30, minutes=1)):
        assert not signed_in(client)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil",
     "evil.example", "/ /evil", "http:/evil", "/\n//evil.example", ""],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(client, target):
    people.newcomer()
    assert enter(client, "김영희", next=target).location == path("home")


def test_a_person_comes_back_to_where_they_wanted_to_go(client):
    people.newcomer()
    sent = client.get(ME).location
    assert sent == "/sign-in?next=/me"
    assert enter(client, "김영희", next="/me?from=here").location == "/me?from=here"


@pytest.mark.parametrize("address", [SIGN_IN, SIGN_UP, "/sign-out", "/language", "/me/password", "/me"])
def test_a_page_of_somebody_else_can_not_send_our_forms(app, client, address):
    people.sign_in(client, people.newcomer())
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post(address, data={"language": "en"}).status_code == 419
    assert signed_in(client)


@both_engines
def test_after_ten_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(client):
    people.newcomer()
    for _ in range(10):
        assert enter(client, "김영희", "wrong again").status_code == 422
    refused = enter(client, "김영희")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert enter(client, "김영희").status_code == 302


def test_an_unknown_name_is_slowed_down_just_the_same(client):
    answers = [enter(client, "김순자", "wrong again").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_guesses_from_elsewhere_do_not_keep_the_owner_out(client):
    people.newcomer()
    for _ in range(12):
        client.post(
            SIGN_IN, data={"name": "김영희", "password": "wrong"}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}
        )
    assert enter(client, "김영희").status_code == 302


def test_tries_are_counted_without_name_and_address(client):
    enter(client, "김순자", "wrong again")
    rows = db.session.scalars(select(LimitUse)).all()
    assert len(rows) == 2
    for row in rows:
        assert re.fullmatch(r"[0-9a-f]{32}", row.key)
        assert re.fullmatch(r"|[0-9a-f]{32}", row.family)


def test_sending_one_form_many_times_at_once_gives_no_more_guesses(client, monkeypatch):
    """The count is taken again under the lock: whatever passed the first look meanwhile is refused there."""
    people.newcomer()
    real, seen = operations.password_fits, []
    real_guesser = guessing.guesser
    monkeypatch.setattr(guessing, "guesser", lambda name: seen.append(real_guesser(name)) or seen[0])

    def while_others_guess(identity, password):
        with transaction():
            for _ in range(10):
                guessing.note_wrong(seen[0], now())
        return real(identity, password)

    monkeypatch.setattr(operations, "password_fits", while_others_guess)
    assert enter(client, "김영희").status_code == 429


@both_engines
def test_a_password_that_is_being_changed_ends_the_sign_in_that_used_it(app):
    user = people.newcomer()
    user_id, before = user.id, user.identity.password_hash
    changed, goes_on = threading.Event(), threading.Event()

    def change() -> None:
        with app.app_context():
            with transaction():
                operations.set_password(db.session.get_one(User, user_id), "another hash", None, now())
                changed.set()
                goes_on.wait(0.5)
            db.session.remove()

    changing = threading.Thread(target=change)
    changing.start()
    changed.wait(10)
    with transaction():
        assert queries.person_with_password(user_id, before) is None
        goes_on.set()
    changing.join()


@both_engines
def test_a_try_counts_those_that_were_sent_at_the_same_moment(app):
    name = people.newcomer().name
    noted, goes_on = threading.Event(), threading.Event()

    def guess() -> None:
        with app.app_context():
            with transaction():
                queries.hold_name(name)
                guessing.note_wrong(WHO, now())
                noted.set()
                goes_on.wait(0.5)
            db.session.remove()

    guessing_thread = threading.Thread(target=guess)
    guessing_thread.start()
    noted.wait(10)
    with transaction():
        queries.hold_name(name)
        assert guessing.guesses(WHO, now()).for_name == 1
        goes_on.set()
    guessing_thread.join()
