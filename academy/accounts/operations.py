"""Changing what we keep of people."""

import hashlib
from datetime import datetime
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from academy import audit, hashing
from academy.accounts import notices, rules
from academy.accounts.models import Identity, RoleGrant, SignIn, User
from academy.accounts.role_words import ROLE_NAMES
from academy.db import db, for_change, guarded
from academy.errors import Conflict
from academy.factors.rules import Proof, Standing, stays
from academy.i18n import _l
from academy.permissions import EVERYWHERE, Role

# RFC 9106 allows less memory than the library's default, which takes most of a second on a small server and would let
# a storm of sign-ins stop it. OWASP's figure: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS_HASH = _hasher.hash(token_urlsafe(16))


NAME_TAKEN = _l("This name is already taken. Please choose another one.")


class NameTaken(Conflict):
    """Somebody already signs in with this name."""


class LastAdministrator(Conflict):
    """Without an administrator nobody could give roles any more."""


def hashed(password: str) -> str:
    """How a password is kept. Takes 30 to 110 ms, so views call it before they take the write lock."""
    with hashing.turn():
        return _hasher.hash(rules.same_password(password))


def password_fits(identity: Identity | None, password: str) -> bool:
    """Whether this is the person's password. An unknown person takes as long as a known one."""
    known = identity.password_hash if identity else None
    try:
        with hashing.turn():
            return _hasher.verify(known or _NOBODYS_HASH, rules.same_password(password)) and known is not None
    except (VerificationError, InvalidHashError):
        return False


def sign_up(name: str, password: str, email: str | None, language: str, now: datetime) -> User:
    """A new person. Raises NameTaken when the name (or one that looks the same) is in use."""
    return add_person(name, hashed(password), email, language, now)


def add_person(name: str, password_hash: str | None, email: str | None, language: str, now: datetime) -> User:
    """A new person whose password is already hashed, or who signs in elsewhere and has none; raises NameTaken."""
    user = User(language=language, created_at=now)
    db.session.add(user)
    db.session.flush()
    user.identity = Identity(
        user_id=user.id,
        name=rules.tidy_name(name),
        name_key=rules.name_key(name),
        email=email or None,
        password_hash=password_hash,
        password_set_at=now,
    )
    _flush_name()
    audit.note("signed up", by=user.id, about=user.id, now=now)
    return user


def identity_of(user: User) -> Identity:
    """Who this person is. Somebody erased has no identity left to change."""
    if user.identity is None:
        raise LookupError(f"person {user.id} was erased")
    return user.identity


def change_profile(user: User, name: str, language: str, text_size: str, now: datetime) -> None:
    """What a person says about themselves; raises NameTaken."""
    identity = identity_of(user)
    if identity.name != rules.tidy_name(name):
        audit.note("name changed", by=user.id, about=user.id, now=now)
    identity.name = rules.tidy_name(name)
    identity.name_key = rules.name_key(name)
    user.language = language
    user.text_size = text_size
    _flush_name()


def _flush_name() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise NameTaken(NAME_TAKEN) from error


def change_password(user: User, password: str, now: datetime) -> None:
    """A new password; every browser is signed out."""
    set_password(user, hashed(password), user, now)


def set_password(user: User, password_hash: str, by: User | None, now: datetime) -> None:
    """A new password, already hashed; every browser is signed out."""
    identity = identity_of(user)
    identity.password_hash = password_hash
    identity.password_set_at = now
    end_sign_ins(user.id, now)
    audit.note("password changed", by=by.id if by else None, about=user.id, now=now)
    notices.password_changed(user, now)


def token_hash(token: str) -> str:
    """How a sign-in's token is kept: a stolen database opens no account."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_sign_in(
    user: User, browser: str, now: datetime, proof: Proof = Proof.PASSWORD, standing: Standing | None = None
) -> str:
    """Sign a person in; the token goes into the browser's cookie and nowhere else.

    `standing`: how the sign-in stood that this one takes the place of. It is proved by no more, and no later.
    """
    token = token_urlsafe(32)
    db.session.add(
        SignIn(
            token_hash=token_hash(token),
            user_id=user.id,
            started_at=now,
            expires_at=now + stays(staff=user.is_staff),
            browser=browser[:200],
            factor=standing.proof if standing else proof,
            confirmed_at=standing.confirmed_at if standing else now,
        )
    )
    db.session.flush()
    return token


def confirm_sign_in(token: str, proof: Proof | None, now: datetime) -> None:
    """The person showed once more who they are; `proof` is what the sign-in was proved with by now, if that changed."""
    held = update(SignIn).where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None))
    guarded(held.values(confirmed_at=now, **({"factor": proof} if proof else {})))


def end_sign_in(token: str, now: datetime) -> None:
    """Sign this browser out: a copy of its cookie is worth nothing from now on."""
    held = update(SignIn).where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None))
    guarded(held.values(ended_at=now))


def end_one(sign_in: SignIn, now: datetime) -> None:
    """Sign one of a person's browsers out; one that is signed out already keeps its time."""
    guarded(update(SignIn).where(SignIn.id == sign_in.id, SignIn.ended_at.is_(None)).values(ended_at=now))


def end_sign_ins(user_id: int, now: datetime, *, but: str | None = None) -> None:
    """Sign a person out everywhere, but for the browser that holds the token `but`."""
    living = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if but is not None:
        living = living.where(SignIn.token_hash != token_hash(but))
    guarded(living.values(ended_at=now))


def grant_role(user: User, role: Role, by: User | None, now: datetime, scope: str = EVERYWHERE) -> None:
    """Give a role, everywhere or in one place; twice changes nothing. The person's browsers are signed out."""
    if any(grant.role is role and grant.scope == scope for grant in user.grants):
        return
    db.session.add(RoleGrant(user_id=user.id, role=role, scope=scope, granted_by=by.id if by else None, granted_at=now))
    _role_changed("role granted", user, role, scope, by, now)
    notices.role_given(user, ROLE_NAMES[role], now)


def revoke_role(user: User, role: Role, by: User | None, now: datetime, scope: str = EVERYWHERE) -> None:
    """Take a role away. The person's browsers are signed out, so no page drawn for the role stays usable."""
    live = select(RoleGrant).where(RoleGrant.role == role, RoleGrant.scope == scope, RoleGrant.revoked_at.is_(None))
    grants = db.session.scalars(for_change(live)).all()
    grant = next((each for each in grants if each.user_id == user.id), None)
    if grant is None:
        return
    if role is Role.ADMINISTRATOR:
        keep_an_administrator(user)
    grant.revoked_at = now
    grant.revoked_by = by.id if by else None
    _role_changed("role revoked", user, role, scope, by, now)


def other_administrators(leaving: User) -> Select[int]:
    """Whoever else can give roles, and stays: a closed account, or one that is about to be deleted, gives none."""
    return (
        select(RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.user_id != leaving.id,
            User.closed_at.is_(None),
            User.erased_at.is_(None),
            User.leaving_at.is_(None),
        )
    )


def keep_an_administrator(leaving: User) -> None:
    """Raises LastAdministrator unless somebody else could still give roles."""
    if db.session.scalars(for_change(other_administrators(leaving))).first() is None:
        raise LastAdministrator(_l("This is the last administrator. Make somebody else an administrator first."))


def _role_changed(act: str, user: User, role: Role, scope: str, by: User | None, now: datetime) -> None:
    end_sign_ins(user.id, now)
    detail = {"role": role.value, "scope": scope}
    audit.note(act, by=by.id if by else None, about=user.id, subject=scope, detail=detail, now=now)
    db.session.flush()
    db.session.expire(user, ["grants"])
