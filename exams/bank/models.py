"""Exams and their items. An item pins the version of what it asks, so a later correction changes no old paper."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.annotation.models import Gold
from academy.db import Base, Localized, enum_column, pk
from academy.questions.models import QuestionVersion
from exams.bank.rules import Level


class Exam(Base):
    """One exam people can sit. `mock` says that its items are public and that it certifies nothing official."""

    __table_args__ = (
        CheckConstraint("duration_minutes BETWEEN 1 AND 600", name="duration"),
        CheckConstraint("pass_mark BETWEEN 1 AND 100", name="pass_mark"),
    )

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]
    summary: Mapped[Localized]
    duration_minutes: Mapped[int]
    pass_mark: Mapped[int]
    achievement_slug: Mapped[str]
    mock: Mapped[bool]
    created_at: Mapped[datetime]


class ExamItem(Base):
    """One thing an exam asks: either a version of a question or a version of the gold of a task."""

    __table_args__ = (
        UniqueConstraint("exam_id", "position"),
        CheckConstraint("(question_version_id IS NULL) <> (gold_id IS NULL)", name="question_or_practical"),
        CheckConstraint("points > 0", name="points"),
    )

    id: Mapped[pk]
    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id))
    position: Mapped[int]
    question_version_id: Mapped[int | None] = mapped_column(ForeignKey(QuestionVersion.id))
    gold_id: Mapped[int | None] = mapped_column(ForeignKey(Gold.id))
    domain: Mapped[str]
    domain_title: Mapped[Localized]
    points: Mapped[int]
    level: Mapped[Level] = enum_column(Level, default=Level.EXAM)
