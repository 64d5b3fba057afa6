"""Badges: what can be earned, who holds it, with which keys it is signed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.models import User
from academy.appending import Forgetting
from academy.credentials.rules import AchievementKind, EventKind
from academy.db import Base, BigKey, Localized, append_only, enum_column, pk, user_fk


class Achievement(Base):
    """What a badge stands for. Badges already issued keep the words they were issued with."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]
    description: Mapped[Localized]
    criteria: Mapped[Localized]
    kind: Mapped[AchievementKind] = enum_column(AchievementKind)
    level: Mapped[int]
    valid_days: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("level >= 1", name="level_from_one"),
        CheckConstraint("valid_days IS NULL OR valid_days > 0", name="some_days"),
    )


class SigningKey(Base):
    """One of our keys. Its private half is sealed with the installation's secret; the public half stays published."""

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(unique=True)
    public: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[str]
    created_at: Mapped[datetime]


class StatusList(Base):
    """A list with one bit for each of its badges, as it was last signed."""

    id: Mapped[pk]
    number: Mapped[int] = mapped_column(unique=True)
    credential: Mapped[dict[str, Any] | None]
    signed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("(credential IS NULL) = (signed_at IS NULL)", name="signed_with_time"),)


class Award(Base):
    """A badge held by a person. `cause` is what earned it: the same cause never earns it twice.

    `credential` is filled once, by the job that signs. Whether it was revoked stands in the events.
    """

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[user_fk]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    cause: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    results: Mapped[list[Any]]
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    status_index: Mapped[int]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    show_name: Mapped[bool] = mapped_column(default=False)
    credential: Mapped[dict[str, Any] | None]

    achievement: Mapped[Achievement] = relationship(lazy="joined", innerjoin=True)
    holder: Mapped[User] = relationship(lazy="raise")
    status_list: Mapped[StatusList] = relationship(lazy="raise")
    events: Mapped[list["AwardEvent"]] = relationship(order_by="AwardEvent.id", lazy="raise")

    __table_args__ = (
        UniqueConstraint("status_list_id", "status_index"),
        CheckConstraint("status_index >= 0", name="place_in_list"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="some_time"),
        Index("ix_award_newest", "valid_from", "id"),
    )


@append_only
class AwardEvent(Base):
    """What happened to an award, once each: issued, signed, revoked; by whom and why."""

    __forgetting__ = Forgetting(texts=("reason",))

    id: Mapped[pk]
    award_id: Mapped[int] = mapped_column(BigKey, ForeignKey("award.id"))
    kind: Mapped[EventKind] = enum_column(EventKind)
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("award_id", "kind"),
        CheckConstraint("kind <> 'revoked' OR (by_id IS NOT NULL AND reason <> '')", name="revoked_by_someone"),
    )
