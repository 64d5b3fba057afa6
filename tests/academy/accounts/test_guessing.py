"""Who guesses is slowed down; who mistypes, or sits beside somebody who guesses, is not."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from academy.accounts import guessing, operations
from academy.accounts.models import Identity
from academy.clock import now
from academy.db import db, transaction
from tests import people
from tests.engines import both_engines
from tests.people import PASSWORD

WRONG = "not the password"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


def enter(client: FlaskClient, name: str, password: str = PASSWORD, **more) -> int:
    return client.post("/sign-in", data={"name": name, "password": password}, **more).status_code


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """What is counted does not depend on how long a hash takes."""
    monkeypatch.setattr(operations, "password_fits", lambda identity, password: bool(identity) and password == PASSWORD)


@pytest.fixture
def a_class(app):
    """A hundred learners, without waiting for a hundred hashes."""
    with transaction():
        return [operations.add_person(f"학습자 {number}", "a hash", None, "ko", now()).name for number in range(2, 102)]


@both_engines
def test_a_class_of_a_hundred_behind_one_address_gets_in_however_badly_it_types(app, a_class):
    browsers = [app.test_client() for _ in a_class]
    for _ in range(2):
        for browser, name in zip(browsers, a_class, strict=True):
            assert enter(browser, name + "!", WRONG) == 422
            assert enter(browser, name, WRONG) == 422
    for browser, name in zip(browsers, a_class, strict=True):
        assert enter(browser, name) == 302


def test_one_of_the_class_who_tries_hundreds_of_names_does_not_shut_out_who_came_in_here_before(app, a_class):
    assert enter(app.test_client(), a_class[0]) == 302
    guesser = app.test_client()
    answers = [enter(guesser, f"name {number}", WRONG) for number in range(guessing.rules.NAMES_PER_NETWORK + 1)]
    assert answers[-2:] == [422, 429]
    assert enter(app.test_client(), a_class[0]) == 302, "another browser, but this name came in from here before"
    assert enter(app.test_client(), a_class[1]) == 429, "a name that never came in from here waits"
    assert enter(app.test_client(), a_class[1], environ_overrides=ELSEWHERE) == 302


def test_the_neighbour_who_guesses_my_password_does_not_lock_my_own_browser(app):
    people.newcomer()
    mine, neighbours = app.test_client(), app.test_client()
    assert enter(mine, "김영희") == 302
    mine.post("/sign-out")
    assert [enter(neighbours, "김영희", WRONG) for _ in range(11)][-2:] == [422, 429]
    assert enter(neighbours, "김영희") == 429
    assert enter(mine, "김영희") == 302


def test_a_browser_that_is_known_gets_no_more_guesses_than_any_other(app):
    people.newcomer()
    mine = app.test_client()
    enter(mine, "김영희")
    mine.post("/sign-out")
    assert [enter(mine, "김영희", WRONG) for _ in range(11)][-2:] == [422, 429]
    assert enter(mine, "김영희") == 429
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert enter(mine, "김영희") == 302


def test_a_browser_known_for_one_name_is_a_stranger_to_every_other(app):
    people.newcomer()
    people.candidate()
    mine = app.test_client()
    enter(mine, "이철수")
    mine.post("/sign-out")
    for _ in range(10):
        enter(mine, "김영희", WRONG)
    assert enter(app.test_client(), "김영희", WRONG) == 429


def test_a_stranger_with_many_addresses_does_not_shut_the_owner_out(app):
    people.newcomer()
    mine = app.test_client()
    enter(mine, "김영희")
    mine.post("/sign-out")
    for number in range(guessing.rules.GUESSES_PER_NAME):
        enter(app.test_client(), "김영희", WRONG, environ_overrides={"REMOTE_ADDR": f"198.51.100.{number}"})
    assert enter(app.test_client(), "김영희", environ_overrides=ELSEWHERE) == 429
    assert enter(mine, "김영희") == 302


def test_what_a_browser_holds_names_nobody(app):
    people.newcomer()
    client = app.test_client()
    enter(client, "김영희")
    client.post("/sign-out")
    with client.session_transaction() as session:
        held = session[guessing.KNOWN]
        assert session.permanent
    assert held.keys() == {"browser", "names"}
    assert [len(name) for name in held["names"]] == [16]
    assert db.session.query(Identity).one().name not in str(held)


def test_a_shared_browser_remembers_the_last_few_and_no_more(app):
    client = app.test_client()
    for number in range(2, 14):
        people.person(f"person {number}")
        enter(client, f"person {number}")
        client.post("/sign-out")
    with client.session_transaction() as session:
        assert len(session[guessing.KNOWN]["names"]) == guessing.MOST_KNOWN
