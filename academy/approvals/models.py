"""Requests for a second person's yes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.models import User
from academy.approvals.rules import Decision
from academy.db import Base, BigKey, JsonDict, enum_column, pk

_OPEN = text("decision IS NULL")


class Approval(Base):
    """One request. The database itself refuses that somebody agrees to what they asked for."""

    id: Mapped[pk]
    kind: Mapped[str]
    subject: Mapped[str]
    """What it is about, such as "award:x8Qz"."""
    about_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    """The person it concerns; what was written about them goes when they are erased."""
    detail: Mapped[JsonDict]
    """What else is needed to carry it out: numbers and words of ours."""
    reason: Mapped[str] = mapped_column(default="")
    """What the asker wrote."""
    asked_by: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decision: Mapped[Decision | None] = enum_column(Decision)
    decided_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    """What the second person wrote."""

    asker: Mapped[User] = relationship(foreign_keys=[asked_by], lazy="raise")
    decider: Mapped[User | None] = relationship(foreign_keys=[decided_by], lazy="raise")

    __table_args__ = (
        CheckConstraint(
            "decision IS NULL OR decision NOT IN ('approved', 'refused') OR "
            "(decided_by IS NOT NULL AND decided_by <> asked_by)",
            name="decided_by_another",
        ),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_with_time"),
        CheckConstraint("expires_at > asked_at", name="open_for_a_while"),
        Index("uq_approval_open", "kind", "subject", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_approval_newest", "asked_at", "id"),
    )
