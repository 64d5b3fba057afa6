"""The learner's record: one row per thing that happened."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from academy.appending import Forgetting
from academy.db import Base, JsonDict, append_only, pk, user_fk


@append_only
class Record(Base):
    """Something that happened to a person. `kind` says what in words, `subject` names the row it is about."""

    __forgetting__ = Forgetting("OLD.at")

    id: Mapped[pk]
    user_id: Mapped[user_fk]
    kind: Mapped[str]
    subject: Mapped[str]
    data: Mapped[JsonDict]
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_record_person_time", "user_id", "at", "id"),
        Index("ix_record_kind_subject", "kind", "subject"),
    )
