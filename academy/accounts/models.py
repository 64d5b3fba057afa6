"""What we keep of a person, and of the browsers they are signed in with."""

from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from academy.accounts.rules import LinkPurpose, email_key
from academy.clock import now
from academy.db import Base, BigKey, JsonDict, enum_column, pk, user_fk
from academy.factors.rules import Proof, Standing
from academy.permissions import EVERYWHERE, Permission, Role, permissions_of


class User(Base):
    """A person to whom everything else refers. Who they are stands in `Identity`, so that it can be forgotten."""

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: token_urlsafe(12))
    language: Mapped[str] = mapped_column(default="ko")
    text_size: Mapped[str] = mapped_column(default="normal")
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    """Since when this account lets nobody in; it can be opened again."""
    guardian_wanted_at: Mapped[datetime | None]
    """Since when somebody under 14 waits for a parent or guardian to agree."""
    leaving_at: Mapped[datetime | None]
    """When this person will be erased, as they asked; they can still think better of it."""
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
    standing = Standing()
    """How the sign-in of this request was proved; set for the person who asks, of no meaning for others."""

    def get_id(self) -> str:
        """What Flask-Login would keep; the sign-in itself is kept on the server (see queries.person_signed_in)."""
        return str(self.id)

    @property
    def name(self) -> str:
        """The name others see; empty for somebody who was erased."""
        return self.identity.name if self.identity else ""

    @property
    def roles(self) -> frozenset[Role]:
        """What this person is here for, be it everywhere or in one place."""
        return frozenset({Role.LEARNER, *(grant.role for grant in self._counting())})

    @property
    def is_staff(self) -> bool:
        """Whether this person holds any role beside a learner's, be it counted in this request or not."""
        return bool(self.grants)

    def _counting(self) -> list["RoleGrant"]:
        return [] if self.standing.held_back else self.grants

    def scopes(self, permission: Permission) -> frozenset[str]:
        """Where this person may do this: EVERYWHERE, or places such as "centre:3"; empty when nowhere."""
        held = frozenset(
            grant.scope for grant in self._counting() if permission in permissions_of(frozenset({grant.role}))
        )
        return held | {EVERYWHERE} if permission in permissions_of(frozenset({Role.LEARNER})) else held

    def may(self, permission: Permission) -> bool:
        """Whether this person may do this anywhere at all; what of it they then find, the query decides."""
        return bool(self.scopes(permission))

    def may_in(self, permission: Permission, scope: str) -> bool:
        """Whether this person may do this in one place."""
        return not self.scopes(permission).isdisjoint({EVERYWHERE, scope})


class Identity(Base):
    """Who a person is. Erasing somebody deletes this row and nothing else."""

    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    """The name as it is compared: see rules.name_key."""
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(index=True)
    """The address as it is compared; follows `email` by itself. A family may share one address, so it is not unique."""
    email_verified_at: Mapped[datetime | None]
    """When this person proved that letters to the address reach them."""
    password_hash: Mapped[str | None]
    """None for somebody who signs in elsewhere and never chose a password here."""
    password_set_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship(back_populates="identity")

    __table_args__ = (
        CheckConstraint("email_verified_at IS NULL OR email IS NOT NULL", name="only_an_address_is_verified"),
    )

    @validates("email")
    def _follow(self, _name: str, email: str | None) -> str | None:
        self.email_key = email_key(email) if email else None
        return email


class RoleGrant(Base):
    """A role somebody was given, everywhere or in one place; taken away by a date, not by deleting."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    role: Mapped[Role] = enum_column(Role)
    scope: Mapped[str] = mapped_column(default=EVERYWHERE, server_default=EVERYWHERE)
    """Where it counts: "" is everywhere, else "centre:3", "project:7", "course:2"."""
    granted_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    granted_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_role_grant_live", "user_id", "role", "scope", unique=True,
            sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_role_grant_scope", "scope", "role"),
        CheckConstraint("role <> 'learner'", name="everybody_is_a_learner"),
        CheckConstraint("scope = '' OR scope LIKE '%:%'", name="scope_names_a_place"),
        CheckConstraint("scope = '' OR role NOT IN ('operator', 'administrator')", name="some_are_everywhere"),
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
    factor: Mapped[Proof] = enum_column(Proof, default=Proof.PASSWORD, server_default=Proof.PASSWORD.value)
    """What it was proved with."""
    confirmed_at: Mapped[datetime | None]
    """When the person last showed who they are; dangerous acts ask for it anew."""


class OneUseLink(Base):
    """A link that works once, for one purpose, until a moment. Here is only the hash of what it carries."""

    id: Mapped[pk]
    purpose: Mapped[LinkPurpose] = enum_column(LinkPurpose)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    """Whom it is about; None for somebody who has no account yet."""
    email_hash: Mapped[str | None]
    """Keyed hash of the address it was sent to."""
    data: Mapped[JsonDict]
    """What it was made for; emptied when the link is used."""
    made_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("expires_at > created_at", name="lasts_a_while"),)
