"""Courses, their lessons and the steps of each lesson."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.models import TaskSet
from academy.db import Base, BigKey, JsonColumn, Localized, enum_column, pk
from academy.questions.models import QuestionVersion
from courses.catalogue.rules import StepKind


class Course(Base):
    """Something to learn, from its first lesson to what comes after it. Unpublished, it exists for nobody else."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]
    summary: Mapped[Localized]
    level: Mapped[Localized]
    goals: Mapped[list[Any]] = mapped_column(JsonColumn)
    """What one can do afterwards: a list of texts in both languages."""
    next_steps: Mapped[list[Any]] = mapped_column(JsonColumn)
    """Where it leads: `kind` (course or exam), `slug`, `title` and `text`."""
    cover: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(index=True)

    lessons: Mapped[list["Lesson"]] = relationship(order_by="Lesson.position", back_populates="course", lazy="selectin")


class Lesson(Base):
    """A few minutes of reading, a few questions, perhaps a practice."""

    id: Mapped[pk]
    course_id: Mapped[int] = mapped_column(BigKey, ForeignKey("course.id"))
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[Localized]
    summary: Mapped[Localized]
    minutes: Mapped[int]
    body: Mapped[Localized] = mapped_column(deferred=True)
    """Markdown."""

    course: Mapped[Course] = relationship(back_populates="lessons")
    steps: Mapped[list["Step"]] = relationship(order_by="Step.position", back_populates="lesson", lazy="selectin")

    __table_args__ = (
        UniqueConstraint("course_id", "slug"),
        UniqueConstraint("course_id", "position"),
        CheckConstraint("minutes > 0", name="takes_time"),
    )


class Step(Base):
    """One thing to do in a lesson: read, answer, practise. `needed` tasks must be passed in a practice."""

    id: Mapped[pk]
    lesson_id: Mapped[int] = mapped_column(BigKey, ForeignKey("lesson.id"))
    position: Mapped[int]
    kind: Mapped[StepKind] = enum_column(StepKind)
    task_set_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("task_set.id"), index=True)
    needed: Mapped[int] = mapped_column(default=1)

    lesson: Mapped[Lesson] = relationship(back_populates="steps")
    task_set: Mapped[TaskSet | None] = relationship(lazy="joined")
    asked: Mapped[list["StepQuestion"]] = relationship(order_by="StepQuestion.position", lazy="selectin")

    __table_args__ = (
        UniqueConstraint("lesson_id", "position"),
        CheckConstraint("(kind = 'practice') = (task_set_id IS NOT NULL)", name="practice_has_tasks"),
        CheckConstraint("needed > 0", name="needs_something"),
    )


class StepQuestion(Base):
    """A question of a quiz, in the version that is asked now."""

    id: Mapped[pk]
    step_id: Mapped[int] = mapped_column(BigKey, ForeignKey("step.id"))
    position: Mapped[int]
    question_version_id: Mapped[int] = mapped_column(BigKey, ForeignKey("question_version.id"), index=True)

    version: Mapped[QuestionVersion] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("step_id", "position"), UniqueConstraint("step_id", "question_version_id"))
