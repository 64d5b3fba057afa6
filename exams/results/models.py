"""Results. A correction is a new version; what was certified is never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.appending import Forgetting
from academy.db import Base, append_only, pk
from exams.sittings.models import Sitting


@append_only
class Result(Base):
    """What one sitting came to. The highest version is the one that holds."""

    __forgetting__ = Forgetting("OLD.marked_at", texts=("reason",))

    __table_args__ = (
        UniqueConstraint("sitting_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("passed = (score >= pass_mark)", name="passed_by_score"),
    )

    id: Mapped[pk]
    sitting_id: Mapped[int] = mapped_column(ForeignKey(Sitting.id))
    version: Mapped[int]
    score: Mapped[float]
    pass_mark: Mapped[int]
    passed: Mapped[bool]
    marks: Mapped[list[Any]]
    domains: Mapped[list[Any]]
    reason: Mapped[str]
    marked_at: Mapped[datetime]
