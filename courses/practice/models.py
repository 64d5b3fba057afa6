"""Tries at practice pictures, and how each was graded."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.models import Gold, Task
from academy.appending import Forgetting
from academy.db import Base, BigKey, JsonDict, append_only, pk, user_fk


@append_only
class Attempt(Base):
    """One graded try. A new try is a new row; the gold it was graded by stays with it."""

    __forgetting__ = Forgetting("OLD.handed_in_at")

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    gold_id: Mapped[int] = mapped_column(BigKey, ForeignKey("gold.id"))
    learner_id: Mapped[user_fk]
    number: Mapped[int]
    idempotency_key: Mapped[str]
    document: Mapped[JsonDict]
    report: Mapped[JsonDict]
    score: Mapped[float]
    passed: Mapped[bool]
    handed_in_at: Mapped[datetime]

    task: Mapped[Task] = relationship()
    gold: Mapped[Gold] = relationship()

    __table_args__ = (
        UniqueConstraint("task_id", "learner_id", "number"),
        UniqueConstraint("learner_id", "idempotency_key"),
        CheckConstraint("number > 0", name="counts_from_one"),
        CheckConstraint("score >= 0 AND score <= 1", name="score_is_a_share"),
    )


class Trial(Base):
    """A guest's try at one picture, known by the token in their cookie until they take it into an account."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True)
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    gold_id: Mapped[int] = mapped_column(BigKey, ForeignKey("gold.id"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    document: Mapped[JsonDict]
    report: Mapped[JsonDict]
    score: Mapped[float]
    passed: Mapped[bool]
    handed_in_at: Mapped[datetime]
    attempt_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("attempt.id"))
    """The learner's attempt it became."""

    task: Mapped[Task] = relationship()
    gold: Mapped[Gold] = relationship()

    __table_args__ = (
        Index("ix_trial_handed_in_at", "handed_in_at"),
        CheckConstraint("score >= 0 AND score <= 1", name="score_is_a_share"),
    )
