"""Reading people and sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from academy.accounts import rules
from academy.accounts.models import Identity, RoleGrant, SignIn, User
from academy.accounts.operations import token_hash
from academy.audit import AuditEvent
from academy.db import Page, db, for_change, one_or_404, page_by_key
from academy.permissions import Role


def person_signed_in(token: str, now: datetime) -> tuple[User, SignIn] | None:
    """Whose browser holds this token, and how they signed in, if the sign-in still lives."""
    query = (
        select(User, SignIn)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            User.erased_at.is_(None),
            User.closed_at.is_(None),
        )
    )
    found = db.session.execute(query).unique().one_or_none()
    return (found[0], found[1]) if found else None


def person_who_may_enter(user_id: int) -> User | None:
    """Somebody whose account is neither closed nor erased."""
    query = select(User).join(User.identity).where(User.id == user_id)
    query = query.where(User.erased_at.is_(None), User.closed_at.is_(None))
    return db.session.scalars(query).unique().one_or_none()


def identity_called(name: str) -> Identity | None:
    """Who signs in with this name, or with one that looks the same."""
    return db.session.scalars(select(Identity).where(Identity.name_key == rules.name_key(name))).one_or_none()


def hold_name(name: str) -> None:
    """Let tries at this name come one after another until the transaction ends, so that each counts those before it."""
    db.session.execute(for_change(select(Identity.user_id).where(Identity.name_key == rules.name_key(name))))


def person_with_password(user_id: int, password_hash: str | None) -> User | None:
    """The person, unless the password was changed, or the account closed or erased, while it was being compared.

    Held until the transaction ends: a password that is being changed at this moment ends the sign-in that used it.
    """
    query = select(User).join(User.identity).where(User.id == user_id, Identity.password_hash == password_hash)
    query = query.where(User.closed_at.is_(None), User.erased_at.is_(None)).with_for_update(of=Identity)
    return db.session.scalars(query).unique().one_or_none()


def free_names(name: str, wanted: int = 3) -> list[str]:
    """Names close to `name` that nobody has."""
    ideas = list(rules.other_names(name))
    keys = {idea: rules.name_key(idea) for idea in ideas}
    taken = set(db.session.scalars(select(Identity.name_key).where(Identity.name_key.in_(set(keys.values())))))
    free: dict[str, str] = {}
    for idea, key in keys.items():
        if key not in taken:
            free.setdefault(key, idea)
    return list(free.values())[:wanted]


def live_sign_ins(viewer: User, now: datetime) -> Sequence[SignIn]:
    """The browsers in which the viewer is signed in, newest first."""
    return db.session.scalars(
        select(SignIn)
        .where(SignIn.user_id == viewer.id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.id.desc())
        .limit(50)
    ).all()


def sign_in_of(viewer: User, sign_in_id: int) -> SignIn:
    """One of the viewer's own sign-ins; somebody else's does not exist for them."""
    return one_or_404(select(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == viewer.id))


@dataclass(frozen=True, slots=True)
class Sought:
    """Which people an administrator looks for. What is left empty does not matter."""

    words: str = ""
    role: str = ""
    scope: str | None = None
    """None: wherever. "" asks for roles that count everywhere."""
    state: str = ""


def people(sought: Sought, after: str | None, size: int = 20) -> Page[User]:
    """People who fit, newest first. For administrators and the command line."""
    query = select(User).join(User.identity)
    if sought.words.strip():
        key = rules.name_key(sought.words)
        found = Identity.email_key.contains(rules.email_key(sought.words), autoescape=True)
        query = query.where(or_(found, Identity.name_key.contains(key, autoescape=True)) if key else found)
    if sought.state in {"open", "closed"}:
        query = query.where(User.closed_at.is_(None) if sought.state == "open" else User.closed_at.is_not(None))
    return page_by_key(query.where(*_with_role(sought)), User.id, after=after, size=size)


def _with_role(sought: Sought) -> tuple[ColumnElement[bool], ...]:
    held = exists().where(RoleGrant.user_id == User.id, RoleGrant.revoked_at.is_(None))
    if sought.role == Role.LEARNER:
        return (~held,)
    if sought.role in set(Role):
        held = held.where(RoleGrant.role == Role(sought.role))
    if sought.scope is not None:
        held = held.where(RoleGrant.scope == sought.scope)
    return (held,) if sought.role in set(Role) or sought.scope is not None else ()


def scopes_in_use(most: int = 200) -> list[str]:
    """Every place in which somebody holds a role."""
    query = select(RoleGrant.scope).where(RoleGrant.revoked_at.is_(None)).distinct().order_by(RoleGrant.scope)
    return list(db.session.scalars(query.limit(most)))


def whom_to_remind(text: str, most: int = 5) -> list[int]:
    """The accounts of whoever forgot a password: by name, or all that proved this address (families share one)."""
    query = select(User.id).join(User.identity).where(User.closed_at.is_(None), User.erased_at.is_(None))
    by_name = Identity.name_key == rules.name_key(text)
    by_address = and_(Identity.email_key == rules.email_key(text), Identity.email_verified_at.is_not(None))
    return list(db.session.scalars(query.where(or_(by_name, by_address)).order_by(User.id).limit(most)))


def person(public_id: str) -> User:
    """Somebody as the administrator sees them."""
    return one_or_404(select(User).join(User.identity).where(User.public_id == public_id))


def events_of(user: User, limit: int = 50) -> Sequence[tuple[AuditEvent, str | None]]:
    """What was done to an account, newest first, each with the name of who did it."""
    who = aliased(Identity)
    rows = db.session.execute(
        select(AuditEvent, who.name)
        .outerjoin(who, who.user_id == AuditEvent.actor_id)
        .where(AuditEvent.about_id == user.id)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return [(event, name) for event, name in rows]


def user_called(name: str) -> User | None:
    """The person with this name; for the command line."""
    query = select(User).join(User.identity).options(joinedload(User.identity))
    return db.session.scalars(query.where(Identity.name_key == rules.name_key(name))).unique().one_or_none()
