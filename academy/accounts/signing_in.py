"""How a request learns whose it is: the cookie holds a token, the database knows whether it still counts."""

from flask import Flask, Request, session
from flask_login import AnonymousUserMixin, LoginManager

from academy.accounts import guessing, operations, queries
from academy.accounts.models import User
from academy.clock import now
from academy.permissions import Permission, Role

COOKIE_KEY = "sign_in"
LANGUAGE, TEXT_SIZE = "language", "text_size"
KEPT = (LANGUAGE, TEXT_SIZE, guessing.KNOWN)
"""What a browser was told, and keeps whoever signs in or out."""
GUEST_KEYS = (*KEPT, "trial", "join_code")
"""What a guest brings along when they sign in: also the picture they tried and the class they are to join."""


class Stranger(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody who has not signed in: may do nothing that is not public."""

    id = None
    name = ""
    language = None
    roles: frozenset[Role] = frozenset()

    @property
    def text_size(self) -> str:
        """As this browser was told."""
        return str(session.get(TEXT_SIZE, "normal"))

    def may(self, _permission: Permission) -> bool:
        return False


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.anonymous_user = Stranger
    manager.init_app(app)
    manager.request_loader(_whose)


def _whose(_request: Request) -> User | None:
    token = session.get(COOKIE_KEY)
    return queries.person_signed_in(token, now()) if isinstance(token, str) else None


def enter(user: User, browser: str) -> None:
    """Sign in, inside a transaction: what the browser held before is dropped, so no fixed session survives."""
    token = operations.start_sign_in(user, browser, now())
    kept = {name: session[name] for name in GUEST_KEYS if name in session}
    session.clear()
    session.update(kept)
    session[COOKIE_KEY] = token
    session.permanent = True
    guessing.remember(user.name, now())


def leave() -> None:
    """Sign out, inside a transaction."""
    token = session.pop(COOKIE_KEY, None)
    if isinstance(token, str):
        operations.end_sign_in(token, now())
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)
    session.permanent = guessing.KNOWN in kept
