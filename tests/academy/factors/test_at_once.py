"""What is sent many times at the same moment counts as often as what is sent once."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.factors import operations
from tests import people, proofs
from tests.authenticator import Authenticator
from tests.engines import both_engines
from tests.people import PASSWORD

AT_ONCE = 6


def successes(app: Flask, tried: Callable[[], bool]) -> int:
    """How many of those who try at the same moment get through."""
    start, through = threading.Barrier(AT_ONCE), []

    def one() -> None:
        with app.app_context():
            start.wait(10)
            with transaction():
                got = tried()
            if got:
                through.append(1)
            db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(through)


@both_engines
def test_six_digits_sent_at_once_open_the_door_once(app):
    user = people.newcomer()
    phone, user_id = proofs.with_app(user), user.id
    typed = proofs.digits(phone)
    assert successes(app, lambda: operations.app_fits(user_id, typed, settings().secret_key, now())) == 1


@both_engines
def test_a_recovery_code_sent_at_once_opens_the_door_once(app):
    user = people.newcomer()
    proofs.with_app(user)
    code, user_id = proofs.with_codes(user)[0], user.id
    code_hash = operations.hash_of_code(user_id, code)
    assert successes(app, lambda: operations.use_code(user_id, code_hash, now())) == 1


@both_engines
@pytest.mark.slow
def test_an_answer_of_a_passkey_sent_at_once_opens_the_door_once(app, client):
    user = people.newcomer()
    device = proofs.with_passkey(people.sign_in(app.test_client(), user), Authenticator())
    client.post("/sign-in", data={"name": user.name, "password": PASSWORD})
    options = client.post(proofs.QUESTION, json={"purpose": "second step"}).get_json()
    body = {"purpose": "second step", "credential": device.sign(options)}
    with client.session_transaction() as session:
        held = dict(session)
    browsers = [app.test_client() for _ in range(AT_ONCE)]
    for browser in browsers:
        with browser.session_transaction() as session:
            session.update(held)
    codes: list[int] = []

    def send(browser: FlaskClient) -> None:
        with app.app_context():
            codes.append(browser.post(proofs.ANSWER, json=body).status_code)
            db.session.remove()

    threads = [threading.Thread(target=send, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [422] * (AT_ONCE - 1)
