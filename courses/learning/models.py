"""Who learns what, and what they have done of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.db import Base, BigKey, JsonDict, pk, user_fk


class Enrolment(Base):
    """A person in a course. There is one, however often they press the button."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    course_id: Mapped[int] = mapped_column(BigKey, ForeignKey("course.id"), index=True)
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "course_id"),)


class StepDone(Base):
    """A step that was read or answered. Practices are counted by their tasks instead."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    step_id: Mapped[int] = mapped_column(BigKey, ForeignKey("step.id"))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "step_id"),)


class TaskPassed(Base):
    """A practice task that was passed at least once."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    task_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task_set.id"))
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "task_id"),)


class QuizAnswer(Base):
    """What somebody answered first. Afterwards the key is open to them, so there is no second answer."""

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    step_id: Mapped[int] = mapped_column(BigKey, ForeignKey("step.id"))
    question_version_id: Mapped[int] = mapped_column(BigKey, ForeignKey("question_version.id"))
    answer: Mapped[JsonDict]
    share: Mapped[float]
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("user_id", "step_id", "question_version_id"),
        CheckConstraint("share >= 0 AND share <= 1", name="share_of_one"),
    )
