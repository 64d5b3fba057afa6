"""Wishes to be forgotten, copies of a person's own data, and the marks under which old rows may go."""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.db import Base, pk, user_fk

STANDING = text("cancelled_at IS NULL AND done_at IS NULL")


class ErasureWish(Base):
    """Somebody asked to be forgotten. Until `due_at` they can think better of it."""

    __table_args__ = (
        Index("uq_erasure_wish_standing", "user_id", unique=True, sqlite_where=STANDING, postgresql_where=STANDING),
        Index("ix_erasure_wish_due", "due_at", sqlite_where=STANDING, postgresql_where=STANDING),
        CheckConstraint("cancelled_at IS NULL OR done_at IS NULL", name="one_ending"),
        CheckConstraint("due_at >= asked_at", name="due_later"),
    )

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class DataExport(Base):
    """A zip with all we keep about one person, for that person, for a few days."""

    __table_args__ = (
        CheckConstraint("(ready_at IS NULL) = (size IS NULL)", name="ready_with_size"),
        Index("ix_data_export_asked", "asked_at"),
    )

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: token_hex(16))
    user_id: Mapped[user_fk]
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    size: Mapped[int | None]
    job_id: Mapped[int | None]
    """The row of the background work; no foreign key, because finished work is forgotten sooner."""


class RetentionMark(Base):
    """The moment before which rows of an append-only table may go, or that words in it may be blanked.

    Set and taken away within one transaction: outside of it nobody ever sees one.
    """

    name: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[datetime]

    __table_args__ = (CheckConstraint("act IN ('delete', 'blank')", name="known_act"),)
