"""How a request learns whose it is: the cookie holds a token, the database knows whether it still counts.

Everybody comes in through `enter_or_ask`, however they said who they are (a password, another house, a link): somebody
who has a second factor is asked for it first, and until then the browser holds nothing but the question.
"""

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Request, Response, g, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, current_user

from academy.accounts import guessing, notices, operations, queries
from academy.accounts.models import User
from academy.accounts.rules import browser_name
from academy.clock import now
from academy.config import settings
from academy.factors import queries as factors
from academy.factors.rules import (
    ASKED_FOR,
    SEEN_EVERY,
    First,
    Proof,
    Second,
    Standing,
    rested_too_long,
    with_factor_added,
)
from academy.permissions import EVERYWHERE, Permission, Role

security_log = structlog.get_logger("security")

COOKIE_KEY = "sign_in"
SEEN = "seen"
"""When something was last asked with this sign-in, in seconds: in the signed cookie, so that reading writes no row."""
ASKED = "asked"
"""Who said who they are and is asked for the second step."""
LANGUAGE, TEXT_SIZE = "language", "text_size"
KEPT = (LANGUAGE, TEXT_SIZE, guessing.KNOWN)
"""What a browser was told, and keeps whoever signs in or out."""
GUEST_KEYS = (*KEPT, "trial", "join_code", "arrival", "merge", "link_verify", "link_invited")
"""What a guest brings along when they sign in: also the picture they tried, the class they are to join, who another
house said they are, the account that is to become one with theirs, and the links from letters they opened."""


class Stranger(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody who has not signed in: may do nothing that is not public."""

    id = None
    name = ""
    language = None
    roles: frozenset[Role] = frozenset()
    is_staff = False
    standing = Standing()

    @property
    def text_size(self) -> str:
        """As this browser was told."""
        return str(session.get(TEXT_SIZE, "normal"))

    def may(self, _permission: Permission) -> bool:
        return False

    def may_in(self, _permission: Permission, _scope: str = EVERYWHERE) -> bool:
        return False

    def scopes(self, _permission: Permission) -> frozenset[str]:
        return frozenset()


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.anonymous_user = Stranger
    manager.init_app(app)
    manager.request_loader(_whose)
    app.after_request(_note_seen)


def _whose(_request: Request) -> User | None:
    token = session.get(COOKIE_KEY)
    found = queries.person_signed_in(token, now()) if isinstance(token, str) else None
    if found is None:
        return None
    user, sign_in = found
    seen = _seen(sign_in.started_at)
    if rested_too_long(seen, now(), staff=user.is_staff):
        return None
    if now() - seen > SEEN_EVERY:
        g.seen_anew = True
    held_back = settings().staff_need_factor and user.is_staff and not sign_in.factor.strong
    user.standing = Standing(sign_in.factor, sign_in.confirmed_at, held_back)
    return user


def _seen(started_at: datetime) -> datetime:
    seconds = session.get(SEEN)
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else started_at


def _note_seen(response: Response) -> Response:
    """Write the time into the cookie now and then, with pages only: what browsers keep for long carries no cookie."""
    if g.get("seen_anew") and COOKIE_KEY in session and response.mimetype in {"text/html", "application/json"}:
        session[SEEN] = int(now().timestamp())
    return response


def enter(user: User, browser: str, proof: Proof = Proof.PASSWORD) -> None:
    """Sign in, inside a transaction: what the browser held before is dropped, so no fixed session survives."""
    _hold(operations.start_sign_in(user, browser, now(), proof))
    if guessing.guesser(user.name).browser is None:  # nobody of this name came in here before
        notices.new_sign_in(user, browser_name(browser), now())
    guessing.remember(user.name, now())
    security_log.info("signed-in", person=user.public_id, proof=proof.value)


def stay() -> None:
    """Sign in anew, inside a transaction that ended all sign-ins of this person: with another password, with a new
    role, this browser goes on. It is proved by no more than before, and dangerous acts ask when they would have."""
    standing = current_user.standing
    _hold(operations.start_sign_in(current_user, request.user_agent.string, now(), standing=standing))
    security_log.info("signed-in-anew", person=current_user.public_id, proof=standing.proof.value)


def _hold(token: str) -> None:
    """Let this browser hold the sign-in, and nothing of what it held before."""
    _begin_anew()
    session[COOKIE_KEY] = token
    session[SEEN] = int(now().timestamp())
    session.permanent = True


def enter_or_ask(user: User, first: First, target: str | None = None) -> str:
    """Sign in after the first step, inside a transaction; answers with the address to go to.

    That is `target` (already checked to be ours) or the first page; for somebody with a second factor the page that
    asks for it, and for staff without one the page on which they set it up.
    """
    if not factors.has_second(user.id):
        enter(user, request.user_agent.string, Proof(first))
        if user.is_staff and settings().staff_need_factor:
            return url_for("academy.accounts.factors", next=target)
        return target or url_for("home")
    _begin_anew()
    session[ASKED] = {
        "who": user.id,
        "first": first.value,
        "stamp": stamp(user),
        "until": int((now() + ASKED_FOR).timestamp()),
        "next": target,
    }
    return url_for("academy.accounts.second_step")


def stamp(user: User) -> str:
    """Changes with the password: a first step that was taken with an older one leads nowhere."""
    identity = operations.identity_of(user)
    return identity.password_set_at.astimezone(UTC).isoformat()


def asked() -> dict[str, Any] | None:
    """The question for the second step that this browser holds, if it is still fresh."""
    held = session.get(ASKED)
    if not isinstance(held, dict) or held.get("until", 0) <= now().timestamp():
        return None
    return held


def confirm_here(second: Second | None = None) -> None:
    """The person who is signed in showed once more who they are, inside a transaction: by a second factor, which makes
    the sign-in as strong as if it had been shown at the door, or (None) as they did there."""
    token = this_token()
    if token is not None:
        proof = with_factor_added(current_user.standing.proof, second) if second else None
        operations.confirm_sign_in(token, proof, now())


def this_token() -> str | None:
    """The token of this browser's own sign-in."""
    token = session.get(COOKIE_KEY)
    return token if isinstance(token, str) else None


def leave() -> None:
    """Sign out, inside a transaction."""
    token = session.pop(COOKIE_KEY, None)
    if isinstance(token, str):
        operations.end_sign_in(token, now())
        security_log.info("signed-out")
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)
    session.permanent = guessing.KNOWN in kept


def _begin_anew() -> None:
    kept = {name: session[name] for name in GUEST_KEYS if name in session}
    session.clear()
    session.update(kept)
