"""Reading second factors. Everything here is asked about one person: the one who signs in or looks at their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from academy.db import db, one_or_404
from academy.factors.models import AuthenticatorApp, Passkey, RecoveryCode


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody can show as a second step."""

    app: bool
    passkeys: int
    codes_left: int

    @property
    def second(self) -> bool:
        """Recovery codes alone do not count: they stand in for something that was lost."""
        return self.app or self.passkeys > 0


def held_by(user_id: int) -> Held:
    """What this person can show."""
    apps = select(func.count(AuthenticatorApp.id)).where(
        AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_not(None)
    )
    keys = select(func.count(Passkey.id)).where(Passkey.user_id == user_id)
    codes = select(func.count(RecoveryCode.id)).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    app, passkeys, left = db.session.execute(
        select(apps.scalar_subquery(), keys.scalar_subquery(), codes.scalar_subquery())
    ).one()
    return Held(app > 0, passkeys, left)


def has_second(user_id: int) -> bool:
    """Whether this person is asked for a second step."""
    return held_by(user_id).second


def app_of(user_id: int) -> AuthenticatorApp | None:
    """The authenticator app that counts for this person."""
    return db.session.scalars(
        select(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_not(None))
    ).one_or_none()


def app_begun_by(user_id: int) -> AuthenticatorApp | None:
    """The authenticator app whose first code is still awaited."""
    return db.session.scalars(
        select(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_(None))
    ).one_or_none()


def passkeys_of(user_id: int) -> Sequence[Passkey]:
    """A person's passkeys, the newest first."""
    return db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id.desc())).all()


def passkey_of(user_id: int, passkey_id: int) -> Passkey:
    """One of a person's own passkeys; somebody else's does not exist for them."""
    return one_or_404(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id))


def passkey_called(credential_id: str) -> Passkey | None:
    """The passkey a browser answered with, whoever it belongs to."""
    return db.session.scalars(select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none()


def unused_codes(user_id: int) -> Sequence[RecoveryCode]:
    """The recovery codes that still open the door."""
    return db.session.scalars(
        select(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    ).all()
