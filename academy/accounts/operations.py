"""Changing what we keep of people."""

import hashlib
from datetime import datetime
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy.accounts import rules
from academy.accounts.models import AccountEvent, Identity, RoleGrant, SignIn, User
from academy.db import db, guarded
from academy.errors import Conflict
from academy.i18n import _l
from academy.permissions import Role

# RFC 9106 allows less memory than the library's default, which takes most of a second on a small server and would let
# a storm of sign-ins stop it. OWASP's figure: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS_HASH = _hasher.hash(token_urlsafe(16))


class NameTaken(Conflict):
    """Somebody already signs in with this name."""


def sign_up(name: str, password: str, email: str | None, language: str, now: datetime) -> User:
    """A new person. Raises NameTaken when the name (or one that looks the same) is in use."""
    user = User(language=language, created_at=now)
    db.session.add(user)
    db.session.flush()
    identity = Identity(
        user_id=user.id,
        name=rules.tidy_name(name),
        name_key=rules.name_key(name),
        email=email or None,
        password_hash=_hasher.hash(password),
        password_set_at=now,
    )
    user.identity = identity
    try:
        db.session.flush()
    except IntegrityError as error:
        raise NameTaken(_l("This name is already taken. Please choose another one.")) from error
    return user


def password_fits(identity: Identity | None, password: str) -> bool:
    """Whether this is the person's password. An unknown person takes as long as a known one."""
    try:
        return _hasher.verify(identity.password_hash if identity else _NOBODYS_HASH, password) and identity is not None
    except (VerificationError, InvalidHashError):
        return False


def change_password(user: User, password: str, now: datetime) -> None:
    """A new password; every browser is signed out."""
    assert user.identity is not None
    user.identity.password_hash = _hasher.hash(password)
    user.identity.password_set_at = now
    end_sign_ins(user.id, now)
    _note(user.id, user.id, "password changed", "", now)


def token_hash(token: str) -> str:
    """How a sign-in's token is kept: a stolen database opens no account."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_sign_in(user: User, browser: str, now: datetime) -> str:
    """Sign a person in; the token goes into the browser's cookie and nowhere else."""
    token = token_urlsafe(32)
    db.session.add(
        SignIn(
            token_hash=token_hash(token),
            user_id=user.id,
            started_at=now,
            expires_at=now + rules.SIGN_IN_LASTS,
            browser=browser[:200],
        )
    )
    db.session.flush()
    return token


def end_sign_in(token: str, now: datetime) -> None:
    """Sign this browser out: a copy of its cookie is worth nothing from now on."""
    guarded(update(SignIn).where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None)).values(ended_at=now))


def end_sign_ins(user_id: int, now: datetime) -> None:
    """Sign a person out everywhere."""
    guarded(update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=now))


def grant_role(user: User, role: Role, by: User | None, now: datetime) -> None:
    """Give a role; giving it twice changes nothing."""
    if role in user.roles:
        return
    db.session.add(RoleGrant(user_id=user.id, role=role, granted_by=by.id if by else None, granted_at=now))
    _note(user.id, by.id if by else None, "role granted", role.value, now)
    db.session.flush()
    db.session.expire(user, ["grants"])


def revoke_role(user: User, role: Role, by: User | None, now: datetime) -> None:
    """Take a role away. The person's browsers are signed out, so no page drawn for the role stays usable."""
    live = select(RoleGrant).where(
        RoleGrant.user_id == user.id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
    )
    grant = db.session.scalars(live).one_or_none()
    if grant is None:
        return
    grant.revoked_at = now
    grant.revoked_by = by.id if by else None
    end_sign_ins(user.id, now)
    _note(user.id, by.id if by else None, "role revoked", role.value, now)
    db.session.flush()
    db.session.expire(user, ["grants"])


def _note(user_id: int, by_id: int | None, act: str, detail: str, now: datetime) -> None:
    db.session.add(AccountEvent(user_id=user_id, by_id=by_id, act=act, detail=detail, at=now))
