"""The cast: always the same people, so that a test reads like a story. Call inside an application context."""

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.accounts import operations
from academy.accounts.models import Identity, User
from academy.accounts.signing_in import COOKIE_KEY
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role

PASSWORD = "a calm morning by the river"


def person(name: str, *roles: Role, language: str = "ko") -> User:
    """Somebody with these roles, signed up just now."""
    with transaction():
        user = operations.sign_up(name, PASSWORD, None, language, now())
        for role in roles:
            operations.grant_role(user, role, None, now())
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
    return person("박선생", Role.INSTRUCTOR)


def programme_manager() -> User:
    return person("최과장", Role.PROGRAMME_MANAGER)


def reviewer() -> User:
    return person("정검수", Role.REVIEWER)


def project_client() -> User:
    return person("Client Co", Role.CLIENT, language="en")


def operator() -> User:
    return person("운영자", Role.OPERATOR)


def administrator() -> User:
    return person("관리자", Role.ADMINISTRATOR)


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    """Sign this client in as `user`, as the sign-in page would."""
    with transaction():
        token = operations.start_sign_in(user, "test", now())
    with client.session_transaction() as session:
        session.clear()
        session[COOKIE_KEY] = token
    return client


def path(endpoint: str, **values: object) -> str:
    """The address of an endpoint, without needing a request."""
    return current_app.url_map.bind("localhost").build(endpoint, values)
