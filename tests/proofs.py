"""What people of the cast show beside their password. Call inside an application context."""

from datetime import datetime, timedelta

import pyotp
from flask.testing import FlaskClient

from academy.accounts.models import User
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.factors import codes, operations, queries
from tests.authenticator import Authenticator

QUESTION, ANSWER = "/passkeys/question", "/passkeys/answer"
EARLIER = timedelta(minutes=5)


def with_app(user: User) -> pyotp.TOTP:
    """An authenticator app that was set up a while ago; its `at(moment)` are the six digits."""
    moment = now() - EARLIER
    with transaction():
        secret = operations.app_secret(
            operations.begin_app(user.id, settings().secret_key, moment), settings().secret_key
        )
        app = pyotp.TOTP(secret)
        operations.finish_app(user.id, digits(app, moment), settings().secret_key, moment)
    return app


def digits(app: pyotp.TOTP, moment: datetime | None = None) -> str:
    """What the app shows, now or then."""
    return app.at(moment or now())


def with_codes(user: User) -> list[str]:
    """Recovery codes on paper."""
    made = codes.new_codes()
    with transaction():
        operations.keep_codes(user.id, made, now())
    return list(made.plain)


def with_passkey(client: FlaskClient, device: Authenticator | None = None) -> Authenticator:
    """A passkey of whoever is signed in here, added over HTTP."""
    device = device or Authenticator()
    options = client.post("/me/second-step/passkeys/question", json={"purpose": "add"}).get_json()
    added = client.post("/me/second-step/passkeys", json={"credential": device.make(options)})
    assert added.status_code == 200, added.text
    return device


def answer(client: FlaskClient, device: Authenticator, purpose: str, **more: str):
    """Ask for this device's passkey and send what it answers."""
    options = client.post(QUESTION, json={"purpose": purpose}).get_json()
    return client.post(ANSWER, json={"purpose": purpose, "credential": device.sign(options), **more})


def held(user: User) -> queries.Held:
    db.session.rollback()
    return queries.held_by(user.id)
