"""Knowledge questions and their versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.db import Base, BigKey, JsonColumn, Localized, append_only, enum_column, pk
from academy.questions.rules import Kind


class Question(Base):
    """A question through all its versions."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)


@append_only
class QuestionVersion(Base):
    """What was asked, exactly. Never edited: an answer can always be shown beside the question it answered."""

    id: Mapped[pk]
    question_id: Mapped[int] = mapped_column(BigKey, ForeignKey("question.id"))
    number: Mapped[int]
    kind: Mapped[Kind] = enum_column(Kind)
    prompt: Mapped[Localized]
    options: Mapped[list[Any]] = mapped_column(JsonColumn)
    key: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    explanation: Mapped[Localized]
    created_at: Mapped[datetime]

    question: Mapped[Question] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("question_id", "number"),)
