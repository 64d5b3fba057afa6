"""What we keep of a person, and of the browsers they are signed in with."""

from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.clock import now
from academy.db import Base, BigKey, append_only, enum_column, pk, user_fk
from academy.permissions import Permission, Role, permissions_of


class User(Base):
    """A person to whom everything else refers. Who they are stands in `Identity`, so that it can be forgotten."""

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: token_urlsafe(12))
    language: Mapped[str] = mapped_column(default="ko")
    text_size: Mapped[str] = mapped_column(default="normal")
    created_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]

    identity: Mapped["Identity | None"] = relationship(back_populates="user", lazy="joined", innerjoin=False)
    grants: Mapped[list["RoleGrant"]] = relationship(
        primaryjoin="and_(User.id == RoleGrant.user_id, RoleGrant.revoked_at.is_(None))",
        foreign_keys="RoleGrant.user_id",
        viewonly=True,
        lazy="selectin",
    )

    __table_args__ = (
        CheckConstraint("language IN ('ko', 'en')", name="known_language"),
        CheckConstraint("text_size IN ('normal', 'large', 'larger')", name="known_text_size"),
    )

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login would keep; the sign-in itself is kept on the server (see queries.person_signed_in)."""
        return str(self.id)

    @property
    def name(self) -> str:
        """The name others see; empty for somebody who was erased."""
        return self.identity.name if self.identity else ""

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({Role.LEARNER, *(grant.role for grant in self.grants)})

    def may(self, permission: Permission) -> bool:
        return permission in permissions_of(self.roles)


class Identity(Base):
    """Who a person is. Erasing somebody deletes this row and nothing else."""

    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    """The name as it is compared: see rules.name_key."""
    email: Mapped[str | None]
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship(back_populates="identity")


class RoleGrant(Base):
    """A role somebody was given; taken away by a date, not by deleting."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    role: Mapped[Role] = enum_column(Role)
    granted_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    granted_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_role_grant_live", "user_id", "role", unique=True,
            sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL"),
        ),
        CheckConstraint("role <> 'learner'", name="everybody_is_a_learner"),
    )  # fmt: skip


class SignIn(Base):
    """One browser in which a person is signed in. Its cookie holds a token; here is only the token's hash."""

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[user_fk]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")


@append_only
class SignInAttempt(Base):
    """One try to sign in, counted to slow down guessing. Kept without name or address: only their keyed hashes."""

    id: Mapped[pk]
    name_hash: Mapped[str]
    network_hash: Mapped[str]
    succeeded: Mapped[bool]
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_sign_in_attempt_name", "name_hash", "at"),
        Index("ix_sign_in_attempt_network", "network_hash", "at"),
    )
