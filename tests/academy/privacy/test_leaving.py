"""Leaving is asked for on purpose, can be called off, and holds nobody who wants to come back."""

import pytest
from sqlalchemy import select

from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from academy.privacy import operations, queries
from academy.privacy.gate import ALWAYS_OPEN
from academy.privacy.models import ErasureWish
from tests import people

SURE = {"sure": "y", "give_up": "y"}


@pytest.fixture
def learner(app):
    return people.newcomer()


@pytest.fixture
def client(app, learner):
    return people.sign_in(app.test_client(), learner)


def leaves(client) -> None:
    assert client.post("/me/data/erasure", data=SURE).location == "/left"


def test_one_has_to_say_so_on_purpose(client, learner):
    assert client.post("/me/data/erasure").status_code == 422
    assert queries.wish_of(learner.id) is None


def test_and_to_show_who_one_is(app, learner):
    late = people.sign_in(app.test_client(), learner, confirmed=False)
    assert late.get("/me/data/erasure").location.startswith("/confirm")
    assert late.post("/me/data/erasure", data=SURE).status_code == 403
    assert queries.wish_of(learner.id) is None


def test_whoever_leaves_is_signed_out_everywhere(app, client, learner):
    elsewhere = people.sign_in(app.test_client(), learner)
    leaves(client)
    for browser in (client, elsewhere):
        assert browser.get("/me").location.startswith("/sign-in")
    assert client.get("/left").status_code == 200


def test_whoever_comes_back_is_asked_first_and_stays_by_one_button(app, client, learner):
    leaves(client)
    again = people.sign_in(app.test_client(), learner)
    for address in ("/", "/me", "/my/work"):
        assert again.get(address).location == "/leaving", address
    assert again.post("/join/seat").status_code == 403
    assert "/leaving/stay" in again.get("/leaving").get_data(as_text=True)
    again.post("/leaving/stay")
    assert again.get("/me").status_code == 200
    assert queries.wish_of(learner.id) is None


def test_whoever_leaves_can_still_take_a_copy_along(app, client, learner):
    leaves(client)
    again = people.sign_in(app.test_client(), learner)
    page = again.post("/me/data/exports").location
    assert again.get(page).status_code == 200
    assert again.get(f"{page}/file").mimetype == "application/zip"


def test_after_calling_it_off_one_can_ask_anew(app, client, learner):
    leaves(client)
    again = people.sign_in(app.test_client(), learner)
    again.post("/leaving/stay")
    leaves(again)
    assert len(db.session.scalars(select(ErasureWish)).all()) == 2


def test_the_buttons_of_leaving_do_nothing_to_others(app, client, learner):
    leaves(client)
    other = people.sign_in(app.test_client(), people.outsider())
    other.post("/leaving/stay")
    assert queries.wish_of(learner.id) is not None
    assert other.get("/leaving").status_code == 302


def test_whoever_was_called_off_too_late_is_told_that_nothing_stood(learner):
    with transaction():
        assert not operations.think_better_of_it(db.session.get_one(User, learner.id), now())


def test_every_open_door_of_the_waiting_rooms_exists(app):
    assert set(app.view_functions) >= ALWAYS_OPEN


@pytest.mark.played
def test_the_page_says_how_much_would_be_given_up(app, world):
    client = people.sign_in(app.test_client(), people.known("김영희"))
    assert 'name="give_up"' in client.get("/me/data/erasure").get_data(as_text=True)
    refused = client.post("/me/data/erasure", data={"sure": "y"})
    assert refused.status_code == 422
    leaves(client)


def test_a_client_with_running_projects_is_told_what_to_do_first(app):
    chief = people.administrator()
    page = people.sign_in(app.test_client(), chief)
    assert 'name="sure"' not in page.get("/me/data/erasure").get_data(as_text=True)
    assert page.post("/me/data/erasure", data=SURE).status_code == 409
