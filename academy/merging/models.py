"""What we keep of two accounts that became one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from academy.db import Base, BigKey, JsonDict, append_only, pk


@append_only
class AccountMerge(Base):
    """Everything of one account became another's, and the emptied one was closed. That can not be undone."""

    id: Mapped[pk]
    emptied_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), unique=True)
    kept_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"))
    moved: Mapped[JsonDict]
    """How many rows of which table."""
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_account_merge_kept", "kept_id"),
        CheckConstraint("emptied_id <> kept_id", name="two_accounts"),
    )
