"""Accounts elsewhere that open an account here, and the way there and back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.models import User
from academy.db import Base, BigKey, enum_column, pk, user_fk
from academy.federation.rules import Purpose


class FederatedIdentity(Base):
    """An account at another house that opens this person's account. The house's number for them says who it is, never
    an e-mail address: addresses change hands."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    provider: Mapped[str]
    """The name under which the operator set the house up; only for showing."""
    issuer: Mapped[str]
    subject: Mapped[str]
    hint: Mapped[str]
    """Enough of its name for its owner to recognise it, such as "ki…@gmail.com"."""
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class RoundTrip(Base):
    """Somebody on the way to another house. Who comes back must name its state, in the browser it began in.
    The row is deleted then, so nobody comes back twice."""

    id: Mapped[pk]
    state_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str]
    provider: Mapped[str]
    purpose: Mapped[Purpose] = enum_column(Purpose)
    user_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    """Who set out, where somebody signed in did."""
    nonce: Mapped[str]
    verifier: Mapped[str]
    next: Mapped[str]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("(purpose = 'enter') = (user_id IS NULL)", name="whose"),)


class Arrival(Base):
    """Somebody who came back and has no account here yet, as far as we know. Deleted when they made or opened one."""

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]
    issuer: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    email_verified: Mapped[bool]
    next: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
