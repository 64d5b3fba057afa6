"""Letters on their way, and which letters a person does not want."""

from datetime import datetime
from enum import StrEnum
from secrets import token_urlsafe

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.db import Base, BigKey, enum_column, pk
from academy.mail.rules import OPTIONAL, Group


class LetterState(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Letter(Base):
    """One letter. What it says and where it goes lies sealed in `sealed` until it was delivered, then it is blanked.

    `key` makes asking twice the same as asking once. `problem` is in our own words and the server's number: servers
    repeat addresses in their answers.
    """

    id: Mapped[pk]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: token_urlsafe(16))
    kind: Mapped[str]
    key: Mapped[str | None]
    user_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    language: Mapped[str]
    sealed: Mapped[str | None]
    state: Mapped[LetterState] = enum_column(LetterState, default=LetterState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finished_with_time"),
        CheckConstraint("state <> 'sent' OR sealed IS NULL", name="blank_once_sent"),
        CheckConstraint("state <> 'waiting' OR sealed IS NOT NULL", name="something_to_send"),
        Index("ix_letter_due", "state", "due_at"),
        Index("ix_letter_created", "created_at", "id"),
    )


def _one_of(groups: tuple[Group, ...]) -> str:
    return ", ".join(f"'{group.value}'" for group in groups)


class MailChoice(Base):
    """Whether a person wants the letters of a group. Without a row they get what comes unasked."""

    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
    chosen_at: Mapped[datetime]

    __table_args__ = (CheckConstraint(f"topic IN ({_one_of(OPTIONAL)})", name="may_be_switched_off"),)
