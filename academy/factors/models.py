"""What people show beside their password. Nothing here opens an account by itself if the database is stolen."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.db import Base, BigKey, JsonColumn, pk, user_fk

_SET_UP, _BEGUN = text("confirmed_at IS NOT NULL"), text("confirmed_at IS NULL")


class AuthenticatorApp(Base):
    """The app on a person's phone that shows six digits. It counts once its first code was entered."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    sealed: Mapped[str]
    """The secret both sides share, readable with the installation's secret only (see academy/sealing.py)."""
    last_step: Mapped[int | None]
    """The step of the newest code that was used: neither it nor an older one counts again."""
    started_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_authenticator_app_set_up", "user_id", unique=True, sqlite_where=_SET_UP, postgresql_where=_SET_UP),
        Index("uq_authenticator_app_begun", "user_id", unique=True, sqlite_where=_BEGUN, postgresql_where=_BEGUN),
        CheckConstraint("(confirmed_at IS NULL) = (last_step IS NULL)", name="confirmed_by_a_code"),
    )


class Passkey(Base):
    """A key that lives in a person's phone, computer or security key; here is only its public half."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    name: Mapped[str]
    transports: Mapped[list[str]] = mapped_column(JsonColumn)
    synced: Mapped[bool]
    """Whether its maker keeps a copy, so that it survives the loss of the device."""
    added_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyCeremony(Base):
    """A question put to a browser's passkeys. It is deleted when it is answered, so no answer counts twice."""

    id: Mapped[pk]
    challenge: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    """None where a passkey is to say who signs in."""
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("purpose IN ('add', 'sign in', 'second step', 'confirm')", name="known_purpose"),
        CheckConstraint("(purpose = 'sign in') = (user_id IS NULL)", name="whose"),
    )


class RecoveryCode(Base):
    """One of the codes on paper that stand in for a lost phone, each once."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    salt: Mapped[str]
    """The same for all codes made together, so that a typed code is hashed once and not ten times."""
    code_hash: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
