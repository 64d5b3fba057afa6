"""The cast: always the same people, so that a test reads like a story. Call inside an application context."""

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select, update

from academy.accounts import consents, operations
from academy.accounts.consents import Purpose
from academy.accounts.models import Identity, SignIn, User
from academy.accounts.signing_in import COOKIE_KEY
from academy.clock import now
from academy.db import db, transaction
from academy.factors.rules import CONFIRMED_FOR, Proof
from academy.permissions import EVERYWHERE, Role

PASSWORD = "a calm morning by the river"


ELSEWHERE = "centre:900"
"""The centre of staff who have nothing to do with the story."""


def person(name: str, *roles: Role, language: str = "ko", scope: str = EVERYWHERE) -> User:
    """Somebody with these roles, in one place or everywhere, signed up just now; they have said that they are 18."""
    with transaction():
        user = operations.sign_up(name, PASSWORD, None, language, now())
        consents.say(user.id, Purpose.ADULT, True, now())
        for role in roles:
            operations.grant_role(user, role, None, now(), scope)
    return user


def known(name: str) -> User:
    """Somebody who signed up before, by name."""
    return db.session.scalars(select(User).join(Identity).where(Identity.name == name)).unique().one()


def newcomer(language: str = "ko") -> User:
    return person("김영희", language=language)


def candidate(language: str = "ko") -> User:
    return person("이철수", language=language)


def outsider() -> User:
    return person("Outsider", language="en")


def instructor() -> User:
    """Teaches at a centre of their own."""
    return person("박선생", Role.INSTRUCTOR, scope=ELSEWHERE)


def programme_manager() -> User:
    """Leads a centre of their own."""
    return person("최과장", Role.PROGRAMME_MANAGER, scope=ELSEWHERE)


def reviewer() -> User:
    return person("정검수", Role.REVIEWER)


def project_client() -> User:
    return person("Client Co", Role.CLIENT, language="en")


def operator() -> User:
    return person("운영자", Role.OPERATOR)


def administrator() -> User:
    return person("관리자", Role.ADMINISTRATOR)


def sign_in(client: FlaskClient, user: User, *, strong: bool = True, confirmed: bool = True) -> FlaskClient:
    """Sign this client in as `user`, as the sign-in page would: just now, and with a second step unless told."""
    proof = Proof.PASSWORD_APP if strong else Proof.PASSWORD
    with transaction():
        token = operations.start_sign_in(user, "test", now(), proof)
        if not confirmed:
            db.session.execute(
                update(SignIn).where(SignIn.user_id == user.id).values(confirmed_at=now() - CONFIRMED_FOR)
            )
    with client.session_transaction() as session:
        session.clear()
        session[COOKIE_KEY] = token
    return client


def path(endpoint: str, **values: object) -> str:
    """The address of an endpoint, without needing a request."""
    return current_app.url_map.bind("localhost").build(endpoint, values)
