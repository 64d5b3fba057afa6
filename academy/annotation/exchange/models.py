"""Tables of what somebody brings: a transfer in pieces, the upload it becomes, and the lines of its preview."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.models import TaskSet
from academy.annotation.rules import MediaKind, Outside, UploadState, Verdict
from academy.db import Base, BigKey, JsonDict, enum_column, pk, user_fk


class Transfer(Base):
    """A file on its way here in pieces; who was cut off goes on where the last piece ended."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True)
    by_id: Mapped[user_fk]
    name: Mapped[str]
    size: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    pieces: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of the pieces in the storage, in order."""
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("size > 0 AND received BETWEEN 0 AND size", name="no_more_than_all"),
        Index("ix_transfer_touched_at", "touched_at"),
    )


class Upload(Base):
    """Data that somebody brought for a task set: first all of it is checked, then it goes in together or not at all."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True)
    """Below this name its files lie in the storage."""
    task_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task_set.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    """Empty: the command line."""
    licence: Mapped[str]
    attribution: Mapped[str]
    public: Mapped[bool]
    form: Mapped[str] = mapped_column(default="")
    """The format's token; "" until the check has guessed it, "pictures" for media without labels."""
    guessed: Mapped[bool] = mapped_column(default=False)
    options: Mapped[JsonDict] = mapped_column(default=dict)
    """text_column, label_column, annotator, kind, labels (the name of a file in the upload)."""
    outside: Mapped[Outside] = enum_column(Outside, default=Outside.CLIP)
    state: Mapped[UploadState] = enum_column(UploadState, default=UploadState.CHECKING)
    sources: Mapped[list[Any]]
    """What was sent and waits to be checked: names and keys (or pieces); emptied after the check."""
    labels: Mapped[list[Any]] = mapped_column(default=list)
    """Labels the source defines or uses, as FoundLabel has them."""
    problem: Mapped[JsonDict | None]
    """Why nothing could be read at all, as a Sentence."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    task_set: Mapped[TaskSet] = relationship()

    __table_args__ = (
        CheckConstraint(
            "(state IN ('added', 'dropped', 'undoing', 'undone')) = (settled_at IS NOT NULL)", name="settled_with_time"
        ),
        Index(
            "ix_upload_unsettled", "created_at",
            sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"),
        ),
    )  # fmt: skip


class UploadFile(Base):
    """One line of the preview: an item with one person's labels, or a file that none could be read from.

    Its media lie in the storage until it is added.
    """

    id: Mapped[pk]
    upload_id: Mapped[int] = mapped_column(BigKey, ForeignKey("upload.id"))
    position: Mapped[int]
    name: Mapped[str]
    verdict: Mapped[Verdict] = enum_column(Verdict)
    odd: Mapped[bool] = mapped_column(default=False)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    """As formats.found.Problem.as_json has them."""
    file: Mapped[str] = mapped_column(default="")
    annotator: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    document: Mapped[JsonDict | None]
    objects: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    media_kind: Mapped[MediaKind] = enum_column(MediaKind, default=MediaKind.PICTURE)
    content_hash: Mapped[str] = mapped_column(default="")
    storage_key: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str] = mapped_column(default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float | None]
    parts: Mapped[list[Any]] = mapped_column(default=list)
    facts: Mapped[JsonDict] = mapped_column(default=dict)
    derived: Mapped[JsonDict] = mapped_column(default=dict)
    frames: Mapped[list[Any]] = mapped_column(default=list)
    """Keys and content types of a video's frames."""
    task_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("task.id"))
    """The task it belongs to: known before (same, changed) or made when it was added."""

    upload: Mapped[Upload] = relationship()

    __table_args__ = (
        UniqueConstraint("upload_id", "position"),
        Index("ix_upload_file_task_id", "task_id"),
        Index("ix_upload_file_verdict", "upload_id", "verdict", "position"),
        CheckConstraint("verdict <> 'refused' OR odd", name="refused_is_odd"),
    )
