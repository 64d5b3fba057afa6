"""Tables of what people change by hand: each change can be taken back, and gold is looked at a second time."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.models import Task
from academy.annotation.rules import Look
from academy.db import Base, BigKey, JsonDict, enum_column, pk, user_fk


class Change(Base):
    """One change by hand, with what was before and after: `subject` is "label-set:3", "task-set:2", "tasks:2" (many
    tasks of a set at once), "gold:17" (a task's gold) or "guideline:street-boxes"."""

    id: Mapped[pk]
    subject: Mapped[str]
    act: Mapped[str]
    """A past participle, as in the audit: "labels edited"."""
    before: Mapped[list[Any]]
    after: Mapped[list[Any]]
    by_id: Mapped[user_fk]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)

    __table_args__ = (
        Index("ix_change_subject", "subject", "id"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
    )


class SecondLook(Base):
    """A task drawn from a sample for a second pair of eyes, and what these said of its gold."""

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"), index=True)
    gold_id: Mapped[int] = mapped_column(BigKey, ForeignKey("gold.id"))
    sample: Mapped[str]
    """The sample's name: all tasks drawn at one time share it."""
    reason: Mapped[str]
    """Why it was drawn: "random", "label", "suspicious", "disagreement"."""
    asked_by_id: Mapped[user_fk]
    asked_at: Mapped[datetime]
    verdict: Mapped[Look | None] = enum_column(Look)
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    looked_at: Mapped[datetime | None]

    task: Mapped[Task] = relationship()

    __table_args__ = (
        UniqueConstraint("sample", "task_id"),
        CheckConstraint("(verdict IS NULL) = (looked_at IS NULL)", name="looked_with_time"),
        CheckConstraint("(verdict IS NULL) = (by_id IS NULL)", name="looked_by_somebody"),
    )


class QualityReport(Base):
    """What the gold of a set looked like when it was last measured; measured again, it is written over."""

    task_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task_set.id"), primary_key=True, autoincrement=False)
    measured_at: Mapped[datetime]
    last_gold_id: Mapped[int]
    """The newest gold that was counted: what is newer has not been measured."""
    content: Mapped[JsonDict]
    """See academy.annotation.quality.survey.Survey.as_json, and "suspects"."""
