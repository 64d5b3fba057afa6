"""The app with six digits, and the codes on paper for the day the phone is lost."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from academy.accounts.models import SignIn
from academy.accounts.operations import change_password
from academy.accounts.signing_in import COOKIE_KEY
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.factors import operations
from academy.factors.models import AuthenticatorApp, RecoveryCode
from academy.factors.rules import Proof
from tests import people, proofs
from tests.engines import both_engines
from tests.people import PASSWORD

SECOND_STEP, FACTORS = "/sign-in/second-step", "/me/second-step"


def first_step(client, name="김영희", **more):
    return client.post("/sign-in", data={"name": name, "password": PASSWORD, **more})


def second_step(client, code):
    return client.post(SECOND_STEP, data={"recovery" if "-" in code or " " in code else "code": code})


def signed_in(client) -> bool:
    return client.get(FACTORS).status_code == 200


def newest_proof() -> Proof:
    db.session.rollback()
    return db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first().factor


def set_up_by_page(client) -> pyotp.TOTP:
    """As a person does it: look at the picture, type what the app shows."""
    assert client.post(FACTORS + "/app").location == FACTORS + "/app"
    page = client.get(FACTORS + "/app").text
    app = pyotp.TOTP(re.search(r'<code class="setup-key">([A-Z2-7 ]+)</code>', page).group(1).replace(" ", ""))
    assert client.post(FACTORS + "/app/code", data={"code": proofs.digits(app)}).location == FACTORS
    return app


@both_engines
def test_a_person_sets_the_app_up_and_is_asked_for_its_digits_from_then_on(app, client):
    phone = set_up_by_page(people.sign_in(client, people.newcomer(), strong=False))
    other = app.test_client()
    assert first_step(other).location == SECOND_STEP
    assert not signed_in(other), "the password alone opens nothing"
    with time_machine.travel(now() + timedelta(seconds=40)):
        assert second_step(other, proofs.digits(phone)).location == "/"
        assert signed_in(other)
    assert newest_proof() is Proof.PASSWORD_APP


def test_the_picture_holds_what_the_app_needs_and_no_other_address_is_asked_for_it(client):
    people.sign_in(client, people.newcomer())
    client.post(FACTORS + "/app")
    page = client.get(FACTORS + "/app")
    assert 'src="data:image/svg+xml' in page.text
    assert "otpauth://totp/Labeler%20Academy:" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_secret_lies_sealed_in_the_database(client):
    phone = proofs.with_app(people.newcomer())
    kept = db.session.scalars(select(AuthenticatorApp)).one()
    assert phone.secret not in kept.sealed


@both_engines
def test_totp_replay_the_same_digits_do_not_count_twice(app, client):
    phone = proofs.with_app(people.newcomer())
    typed = proofs.digits(phone)
    first_step(client)
    assert second_step(client, typed).status_code == 302
    thief = app.test_client()
    first_step(thief)
    assert second_step(thief, typed).status_code == 422
    assert not signed_in(thief)


def test_older_digits_do_not_count_after_newer_ones(app, client):
    phone = proofs.with_app(people.newcomer())
    older, newer = proofs.digits(phone, now() - timedelta(seconds=30)), proofs.digits(phone)
    first_step(client)
    assert second_step(client, newer).status_code == 302
    thief = app.test_client()
    first_step(thief)
    assert second_step(thief, older).status_code == 422


def test_the_digits_used_to_set_it_up_open_nothing(app, client):
    phone = set_up_by_page(people.sign_in(client, people.newcomer(), strong=False))
    other = app.test_client()
    first_step(other)
    assert second_step(other, proofs.digits(phone)).status_code == 422


def test_digits_of_another_person_do_not_count(client):
    proofs.with_app(people.newcomer())
    foreign = proofs.with_app(people.candidate())
    first_step(client)
    assert second_step(client, proofs.digits(foreign)).status_code == 422


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "'; --", "٣" * 60])
def test_what_is_no_code_gets_a_sentence(client, typed):
    proofs.with_app(people.newcomer())
    first_step(client)
    answer = second_step(client, typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@both_engines
def test_after_ten_wrong_codes_the_right_one_waits_too(app, client):
    phone = proofs.with_app(people.newcomer())
    first_step(client)
    for _ in range(10):
        assert second_step(client, "000000").status_code == 422
    refused = second_step(client, proofs.digits(phone))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    again = app.test_client()
    first_step(again)
    assert second_step(again, proofs.digits(phone)).status_code == 429, "a new first step does not begin to count anew"
    with time_machine.travel(now() + timedelta(minutes=17)):
        first_step(again)
        assert second_step(again, proofs.digits(phone)).status_code == 302


def test_the_right_code_forgets_the_wrong_ones_before_it(client, app):
    phone = proofs.with_app(people.newcomer())
    for turn in range(3):
        browser = app.test_client()
        with time_machine.travel(now() + timedelta(minutes=turn)):
            first_step(browser)
            for _ in range(5):
                second_step(browser, "000000")
            assert second_step(browser, proofs.digits(phone)).status_code == 302


def test_the_second_step_waits_ten_minutes_and_no_longer(client):
    phone = proofs.with_app(people.newcomer())
    first_step(client)
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert second_step(client, proofs.digits(phone)).location == "/sign-in"
        assert not signed_in(client)


def test_a_new_password_ends_the_first_step_that_was_taken_with_the_old_one(client):
    user = people.newcomer()
    phone = proofs.with_app(user)
    first_step(client)
    with time_machine.travel(now() + timedelta(seconds=5)), transaction():
        change_password(people.known("김영희"), "quite another evening", now())
    assert second_step(client, proofs.digits(phone)).location == "/sign-in"
    assert not signed_in(client)


def test_nobody_gets_to_the_second_step_without_the_first(client):
    assert client.get(SECOND_STEP).location == "/sign-in"
    assert second_step(client, "123456").location == "/sign-in"


def test_after_the_second_step_a_person_is_where_they_wanted_to_go(client):
    phone = proofs.with_app(people.newcomer())
    first_step(client, next="/record")
    assert second_step(client, proofs.digits(phone)).location == "/record"


def test_the_first_step_leaves_no_sign_in_behind(client):
    proofs.with_app(people.newcomer())
    first_step(client)
    with client.session_transaction() as session:
        assert COOKIE_KEY not in session
    assert db.session.scalars(select(SignIn)).all() == []


def test_setting_up_a_second_step_signs_out_every_browser_that_never_showed_it(app, client):
    user = people.newcomer()
    elsewhere = people.sign_in(app.test_client(), user, strong=False)
    set_up_by_page(people.sign_in(client, user, strong=False))
    assert signed_in(client)
    assert not signed_in(elsewhere)


def test_removing_it_signs_out_the_others_and_ends_the_question(app, client):
    user = people.newcomer()
    proofs.with_app(user)
    proofs.with_codes(user)
    elsewhere = people.sign_in(app.test_client(), user)
    people.sign_in(client, user)
    assert client.post(FACTORS + "/app/remove").location == FACTORS
    assert not signed_in(elsewhere)
    assert db.session.scalars(select(RecoveryCode)).all() == [], "codes stand in for something"
    other = app.test_client()
    assert first_step(other).location == "/"


def test_setting_it_up_on_another_phone_replaces_the_first_only_when_it_is_finished(app, client):
    user = people.newcomer()
    old = proofs.with_app(user)
    people.sign_in(client, user)
    client.post(FACTORS + "/app")
    other = app.test_client()
    first_step(other)
    assert second_step(other, proofs.digits(old)).status_code == 302
    with time_machine.travel(now() + timedelta(minutes=2)):
        new = set_up_by_page(client)
        assert proofs.held(user).app
    with time_machine.travel(now() + timedelta(minutes=4)):
        last = app.test_client()
        first_step(last)
        assert second_step(last, proofs.digits(old)).status_code == 422
        assert second_step(last, proofs.digits(new)).status_code == 302


def test_after_the_secret_of_the_house_was_changed_codes_on_paper_still_open_the_door(app, client):
    user = people.newcomer()
    phone = proofs.with_app(user)
    code = proofs.with_codes(user)[0]
    first_step(client)
    chosen = app.extensions["academy.settings"]
    app.extensions["academy.settings"] = replace(chosen, secret_key="quite another secret that is long enough")
    try:
        assert second_step(client, proofs.digits(phone)).status_code == 422
        assert second_step(client, code).status_code == 302
    finally:
        app.extensions["academy.settings"] = chosen


# Codes on paper ----------------------------------------------------------------------------------------------------


@both_engines
def test_a_recovery_code_opens_the_door_once(app, client):
    user = people.newcomer()
    proofs.with_app(user)
    code = proofs.with_codes(user)[4]
    first_step(client)
    assert second_step(client, code.lower().replace("-", " ")).location == FACTORS
    assert newest_proof() is Proof.PASSWORD_RECOVERY
    assert proofs.held(user).codes_left == 9
    thief = app.test_client()
    first_step(thief)
    assert second_step(thief, code).status_code == 422


def test_after_a_recovery_code_the_page_that_was_wanted_is_one_step_away(client):
    user = people.newcomer()
    proofs.with_app(user)
    code = proofs.with_codes(user)[0]
    first_step(client, next="/my/record")
    led = second_step(client, code).location
    assert led == FACTORS + "?next=/my/record"
    assert 'href="/my/record"' in client.get(led).text.split("<main")[1]


def test_recovery_codes_are_shown_once_and_kept_as_hashes(client):
    user = people.newcomer()
    proofs.with_app(user)
    people.sign_in(client, user)
    page = client.post(FACTORS + "/codes")
    shown = re.findall(r"<code>([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})</code>", page.text)
    assert len(shown) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert not any(code in client.get(FACTORS).text for code in shown)
    kept = db.session.scalars(select(RecoveryCode)).all()
    assert not {row.code_hash for row in kept} & {code.replace("-", "") for code in shown}


def test_new_codes_replace_the_old_ones(client):
    user = people.newcomer()
    proofs.with_app(user)
    old = proofs.with_codes(user)
    proofs.with_codes(user)
    first_step(client)
    assert second_step(client, old[0]).status_code == 422


def test_without_a_second_step_there_are_no_codes(client):
    people.sign_in(client, people.newcomer())
    assert client.post(FACTORS + "/codes").location == FACTORS
    assert db.session.scalars(select(RecoveryCode)).all() == []


def test_a_wrong_recovery_code_costs_one_hash_and_not_ten(client, monkeypatch):
    user = people.newcomer()
    proofs.with_app(user)
    proofs.with_codes(user)
    made = []
    real = operations.codes.hashed
    monkeypatch.setattr(operations.codes, "hashed", lambda *given: made.append(1) or real(*given))
    first_step(client)
    second_step(client, "AAAA-BBBB-CCCC")
    second_step(client, "000000")
    assert len(made) == 1


def test_every_change_of_the_second_step_is_written_down_without_secrets(client):
    people.sign_in(client, people.newcomer(), strong=False)
    phone = set_up_by_page(client)
    client.post(FACTORS + "/codes")
    client.post(FACTORS + "/app/remove")
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    acts = [event.act for event in events]
    assert acts[-3:] == ["factor added", "recovery codes made", "factor removed"]
    assert not any(phone.secret in str(event.detail) for event in events)
