"""Staff show a second factor before their roles count; dangerous acts ask once more who is there; sign-ins end."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from academy.accounts import inviting
from academy.accounts.inviting import Offer
from academy.accounts.models import SignIn, User
from academy.accounts.signing_in import COOKIE_KEY, SEEN
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from academy.privacy.operations import ask_to_be_forgotten
from tests import people, proofs
from tests.engines import both_engines
from tests.people import PASSWORD

FACTORS, CONFIRM = "/me/second-step", "/confirm"


def roles_of(user) -> frozenset[Role]:
    db.session.rollback()
    return db.session.get_one(User, user.id).roles


# Staff -------------------------------------------------------------------------------------------------------------


@both_engines
@pytest.mark.parametrize(
    "make", [people.instructor, people.programme_manager, people.reviewer, people.project_client, people.operator,
             people.administrator],
)  # fmt: skip
def test_staff_without_a_second_step_reach_only_the_page_that_sets_it_up(client, make):
    people.sign_in(client, make(), strong=False)
    for address in ("/me", "/people", "/record", "/classes", "/me/earnings"):
        answer = client.get(address)
        assert answer.status_code == 404 or answer.location.startswith(FACTORS), address
    assert client.get(FACTORS).status_code == 200
    refused = client.post("/me", data={"name": "x"})
    assert refused.status_code == 403
    assert FACTORS in refused.text, "the page leads on"


def test_a_role_does_not_count_on_public_pages_either_before_the_second_step(client):
    people.sign_in(client, people.administrator(), strong=False)
    assert 'href="/people"' not in client.get("/").text
    people.sign_in(client, people.known("관리자"))
    assert 'href="/people"' in client.get("/").text


def test_signing_in_by_page_leads_staff_to_the_page_that_sets_it_up_and_from_there_on(client):
    people.administrator()
    sent = client.post("/sign-in", data={"name": "관리자", "password": PASSWORD, "next": "/people"})
    assert sent.location == FACTORS + "?next=/people"
    assert client.get(sent.location).status_code == 200
    proofs.with_passkey(client)
    assert 'href="/people"' in client.get(FACTORS).text, "the page they wanted"
    assert client.get("/people").status_code == 200, "the sign-in showed it just now"


def test_staff_who_are_about_to_leave_are_not_sent_round_in_circles(client):
    """Two rooms want them: the one that asks whether they stay comes first, and can be left."""
    user = people.instructor()
    with transaction():
        ask_to_be_forgotten(people.known(user.name), now())
    people.sign_in(client, user, strong=False)
    assert client.get("/me").status_code == 302
    assert client.get("/leaving").status_code == 200
    assert client.post("/leaving/stay").status_code == 302
    assert client.get(FACTORS).status_code == 200


def test_learners_may_have_a_second_step_and_need_none(client):
    people.sign_in(client, people.newcomer(), strong=False)
    assert client.get("/me").status_code == 200
    assert client.get(FACTORS).status_code == 200


def test_where_it_is_optional_staff_sign_in_with_the_password(app, client):
    chosen = app.extensions["academy.settings"]
    app.extensions["academy.settings"] = replace(chosen, staff_need_factor=False)
    try:
        people.sign_in(client, people.administrator(), strong=False)
        assert client.get("/people").status_code == 200
    finally:
        app.extensions["academy.settings"] = chosen


def test_an_administrator_lets_somebody_who_lost_everything_begin_anew(app, client):
    user = people.instructor()
    proofs.with_app(user)
    theirs = people.sign_in(app.test_client(), user)
    people.sign_in(client, people.administrator())
    assert client.post(f"/people/{user.public_id}/second-step/forget").status_code == 302
    assert not proofs.held(user).second
    assert theirs.get("/me").status_code == 302
    assert roles_of(user) == {Role.LEARNER, Role.INSTRUCTOR}


DANGEROUS = """
academy.accounts: grant revoke undo close reopen sign_out_person invite print_reset change_address first_password
academy.accounts: forget_factors begin_app app_code finish_app remove_app ask_new_passkey add_passkey remove_passkey
academy.accounts: make_codes
academy.approvals: decide
academy.audit: export
academy.credentials: revoke
academy.federation: start_link link_arrival remove
academy.merging: leave_for_the_other show last
academy.privacy: ask_export fetch erasure guardian_desk
courses.cohorts: employ dismiss print_reset all_centres
"""
"""What gives power over somebody's account, record or data, and what would let a thief stay."""


def test_every_dangerous_act_asks_who_is_there(app):
    rooms = (line.split(": ") for line in DANGEROUS.split("\n") if line)
    named = {f"{room}.{act}" for room, acts in rooms for act in acts.split()}
    assert named == {name for name, view in app.view_functions.items() if getattr(view, "confirmed", False)}


# Dangerous acts ----------------------------------------------------------------------------------------------------


@both_engines
def test_a_role_is_not_given_by_somebody_who_signed_in_an_hour_ago(client):
    user = people.newcomer()
    people.sign_in(client, people.administrator(), confirmed=False)
    page = f"/people/{user.public_id}"
    answer = client.post(page + "/roles", data={"role": "operator"}, headers={"Referer": f"http://localhost{page}?a=b"})
    assert answer.status_code == 403
    assert f"{CONFIRM}?next={page}?a%3Db" in answer.text
    assert roles_of(user) == {Role.LEARNER}


@pytest.mark.parametrize("referrer", ["https://evil.example/people", "//evil.example", "http://[", "", "garbage"])
def test_the_way_back_from_confirming_is_a_page_of_ours(client, referrer):
    user = people.newcomer()
    people.sign_in(client, people.administrator(), confirmed=False)
    answer = client.post(f"/people/{user.public_id}/roles", data={}, headers={"Referer": referrer})
    assert answer.status_code == 403
    assert "evil" not in answer.text


def test_a_program_is_told_where_to_confirm(client):
    people.sign_in(client, people.newcomer(), confirmed=False)
    answer = client.post(FACTORS + "/passkeys/question", json={})
    assert answer.status_code == 403
    assert answer.get_json()["type"].endswith(":confirm-first")
    assert answer.get_json()["next"] == CONFIRM


def test_a_page_that_asks_for_it_leads_there_and_back(client):
    people.sign_in(client, people.newcomer(), strong=False, confirmed=False)
    assert client.get(FACTORS + "/app").location == CONFIRM + "?next=/me/second-step/app"
    asked = client.get(CONFIRM + "?next=/me/second-step/app")
    assert 'name="password"' in asked.text
    wrong = client.post(CONFIRM, data={"password": "not mine", "next": "/me/second-step/app"})
    assert wrong.status_code == 422
    right = client.post(CONFIRM, data={"password": PASSWORD, "next": "/me/second-step/app"})
    assert right.location == "/me/second-step/app"
    assert client.get(FACTORS + "/app").location == FACTORS, "let through; there is no app to finish"


@both_engines
def test_somebody_with_a_second_step_confirms_with_it_and_not_with_the_password(client):
    user = people.newcomer()
    phone = proofs.with_app(user)
    people.sign_in(client, user, confirmed=False)
    assert 'name="password"' not in client.get(CONFIRM).text
    assert client.post(CONFIRM, data={"password": PASSWORD}).status_code == 422
    assert client.post(CONFIRM, data={"code": "000000"}).status_code == 422
    assert client.post(CONFIRM, data={"code": proofs.digits(phone)}).location == "/"
    assert client.post(FACTORS + "/app").status_code == 302


def test_a_passkey_confirms(app, client):
    user = people.newcomer()
    device = proofs.with_passkey(people.sign_in(app.test_client(), user))
    people.sign_in(client, user, confirmed=False)
    assert proofs.answer(client, device, "confirm", next="/record").get_json() == {"next": "/record"}
    assert client.post(FACTORS + "/app").status_code == 302


def test_the_digits_that_opened_the_door_do_not_confirm_too(client):
    user = people.newcomer()
    phone = proofs.with_app(user)
    typed = proofs.digits(phone)
    client.post("/sign-in", data={"name": user.name, "password": PASSWORD})
    client.post("/sign-in/second-step", data={"code": typed})
    assert client.post(CONFIRM, data={"code": typed}).status_code == 422


def test_confirming_is_no_place_to_guess_passwords(client):
    people.sign_in(client, people.newcomer(), strong=False, confirmed=False)
    for _ in range(10):
        assert client.post(CONFIRM, data={"password": "guessed"}).status_code == 422
    assert client.post(CONFIRM, data={"password": PASSWORD}).status_code == 429


def test_confirming_is_no_place_to_guess_codes(client):
    user = people.newcomer()
    phone = proofs.with_app(user)
    people.sign_in(client, user, confirmed=False)
    for _ in range(10):
        assert client.post(CONFIRM, data={"code": "000000"}).status_code == 422
    assert client.post(CONFIRM, data={"code": proofs.digits(phone)}).status_code == 429


def test_confirming_in_one_browser_confirms_nothing_in_another(app, client):
    user = people.newcomer()
    other = people.sign_in(app.test_client(), user, strong=False, confirmed=False)
    people.sign_in(client, user, strong=False)
    db.session.rollback()
    assert client.get(FACTORS + "/app").location == FACTORS
    assert other.get(FACTORS + "/app").location.startswith(CONFIRM)


def test_a_confirmation_ends_after_a_quarter_of_an_hour(client):
    people.sign_in(client, people.newcomer())
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert client.get(FACTORS + "/app").location.startswith(CONFIRM)


# The end of a sign-in ----------------------------------------------------------------------------------------------


def test_staff_are_signed_out_after_an_hour_without_a_click(client):
    people.sign_in(client, people.administrator())
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert client.get("/people").location.startswith("/sign-in")


def test_staff_who_go_on_working_stay_until_the_day_is_over(client):
    people.sign_in(client, people.administrator())
    start = now()
    for minutes in range(50, 12 * 60, 50):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/people").status_code == 200, minutes
    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert client.get("/people").location.startswith("/sign-in")


def test_learners_stay_for_a_month_if_they_come_by(client):
    people.sign_in(client, people.newcomer())
    start = now()
    for days in (10, 20, 29):
        with time_machine.travel(start + timedelta(days=days)):
            assert client.get("/me").status_code == 200
    with time_machine.travel(start + timedelta(days=30, minutes=1)):
        assert client.get("/me").status_code == 302


def test_learners_who_do_not_come_by_for_two_weeks_sign_in_again(client):
    people.sign_in(client, people.newcomer())
    with time_machine.travel(now() + timedelta(days=15)):
        assert client.get("/me").status_code == 302


def test_reading_writes_no_row_to_know_when_somebody_was_here(client):
    people.sign_in(client, people.administrator())
    before = db.session.scalars(select(SignIn)).one()
    seen = (before.started_at, before.expires_at, before.confirmed_at)
    with time_machine.travel(now() + timedelta(minutes=20)):
        answer = client.get("/people")
        assert "Set-Cookie" in answer.headers, "the time stands in the cookie"
        with client.session_transaction() as session:
            assert session[SEEN] > before.started_at.timestamp() + 60
    after = db.session.scalars(select(SignIn)).one()
    assert (after.started_at, after.expires_at, after.confirmed_at) == seen


def test_the_cookie_is_not_written_at_every_request(client):
    people.sign_in(client, people.administrator())
    client.get("/people")
    assert "Set-Cookie" not in client.get("/people").headers


def test_a_cookie_without_the_time_counts_from_the_start_of_the_sign_in(client):
    people.sign_in(client, people.administrator())
    with client.session_transaction() as session:
        session.pop(SEEN, None)
        assert COOKIE_KEY in session
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert client.get("/people").status_code == 302


def test_the_own_list_says_what_each_sign_in_was_proved_with(app, client):
    user = people.person("Reader", language="en")
    people.sign_in(app.test_client(), user, strong=False)
    people.sign_in(client, user)
    page = client.get("/me").text
    assert "with the password and the app" in page
    assert page.count("with the password") == 2
    assert db.session.scalar(select(func.count(SignIn.id))) == 2


def test_another_password_or_role_makes_no_sign_in_fresh(app, client):
    """All sign-ins end then, but for the one that goes on: it is worth what it was worth before."""
    user = people.newcomer()
    proofs.with_app(user)
    people.sign_in(client, user, confirmed=False)
    assert client.get("/me/data/erasure").location.startswith("/confirm")
    typed = {"current": people.PASSWORD, "password": "another calm morning by the sea"}
    assert client.post("/me/password", data=typed).status_code == 302
    assert client.get("/me/data/erasure").location.startswith("/confirm")
    chief = people.administrator()
    with transaction():
        address, _sent = inviting.invite(db.session.get_one(User, chief.id), Offer(Role.REVIEWER), now())
    client.get("/invited/" + address.rpartition("/")[2])
    assert client.post("/invited").location == "/"
    assert client.get("/reviews").status_code == 200
    assert client.get("/me/data/erasure").location.startswith("/confirm")
