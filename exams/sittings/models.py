"""A sitting, its paper and its answers. What was acknowledged is a row; what arrived is a row that never changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.annotation.models import Gold
from academy.appending import Forgetting
from academy.db import Base, JsonColumn, append_only, enum_column, pk, user_fk
from academy.questions.models import QuestionVersion
from exams.bank.models import Exam, ExamItem
from exams.sittings.rules import ClosedReason, Outcome


class Sitting(Base):
    """One candidate at one paper. The deadline is an instant, fixed at the start."""

    __table_args__ = (
        # One running sitting for each exam and person: a double click meets this index.
        Index(
            "uq_sitting_running",
            "exam_id",
            "candidate_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        # What the closing job looks for each minute.
        Index(
            "ix_sitting_due",
            "deadline_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        # What the marking that was left behind looks for.
        Index("ix_sitting_closed_at", "closed_at"),
        CheckConstraint("(closed_at IS NULL) = (closed_reason IS NULL)", name="closed_with_reason"),
        CheckConstraint("handed_in_at IS NULL OR closed_at IS NOT NULL", name="handed_in_is_closed"),
        CheckConstraint("deadline_at > started_at", name="deadline_after_start"),
    )

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id))
    candidate_id: Mapped[user_fk]
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[ClosedReason | None] = enum_column(ClosedReason)
    device: Mapped[str | None]
    """The window that opened the paper last; an older one is told."""


class PaperItem(Base):
    """One item of one paper, with the versions pinned and the order in which its options are shown."""

    __table_args__ = (
        UniqueConstraint("sitting_id", "position"),
        CheckConstraint("(question_version_id IS NULL) <> (gold_id IS NULL)", name="question_or_practical"),
    )

    id: Mapped[pk]
    sitting_id: Mapped[int] = mapped_column(ForeignKey(Sitting.id))
    position: Mapped[int]
    exam_item_id: Mapped[int] = mapped_column(ForeignKey(ExamItem.id))
    question_version_id: Mapped[int | None] = mapped_column(ForeignKey(QuestionVersion.id))
    gold_id: Mapped[int | None] = mapped_column(ForeignKey(Gold.id))
    option_order: Mapped[list[str]]


class Answer(Base):
    """The answer that counts for an item now. `rev` goes up by one with each change."""

    __table_args__ = (CheckConstraint("rev >= 1", name="rev"),)

    id: Mapped[pk]
    paper_item_id: Mapped[int] = mapped_column(ForeignKey(PaperItem.id), unique=True)
    rev: Mapped[int]
    answer: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


@append_only
class AnswerEvent(Base):
    """Everything that reached us, saved or not: the key of idempotency and the record in a dispute."""

    __forgetting__ = Forgetting("OLD.received_at")

    __table_args__ = (
        UniqueConstraint("sitting_id", "client_id", "seq"),
        CheckConstraint("(outcome = 'conflict') OR (stored IS NULL)", name="stored_only_in_conflict"),
    )

    id: Mapped[pk]
    sitting_id: Mapped[int] = mapped_column(ForeignKey(Sitting.id))
    paper_item_id: Mapped[int] = mapped_column(ForeignKey(PaperItem.id), index=True)
    client_id: Mapped[str]
    seq: Mapped[int]
    base_rev: Mapped[int]
    answer: Mapped[dict[str, Any]]
    outcome: Mapped[Outcome] = enum_column(Outcome)
    rev: Mapped[int]
    """The revision that was answered: the new one, or the stored one in a conflict."""
    stored: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    received_at: Mapped[datetime]
