"""Pictures, label sets, guidelines, tasks and their gold."""

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.rules import Purpose, UploadState, Verdict
from academy.clock import now
from academy.db import Base, BigKey, JsonDict, Localized, append_only, enum_column, pk, user_fk
from academy.uploads.rules import Refusal


class LabelSet(Base):
    """The classes an object may have, in the order of their number keys."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]

    labels: Mapped[list["Label"]] = relationship(order_by="Label.position", back_populates="label_set")


class Label(Base):
    """One class: `name` stands in documents and files, `title` on pages."""

    id: Mapped[pk]
    label_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("label_set.id"))
    position: Mapped[int]
    name: Mapped[str]
    title: Mapped[Localized]
    color: Mapped[str]

    label_set: Mapped[LabelSet] = relationship(back_populates="labels")

    __table_args__ = (UniqueConstraint("label_set_id", "name"), UniqueConstraint("label_set_id", "position"))


class Guideline(Base):
    """One version of the rules of a task set. A changed guideline is a new version."""

    id: Mapped[pk]
    slug: Mapped[str]
    version: Mapped[int]
    title: Mapped[Localized]
    created_at: Mapped[datetime] = mapped_column(default=now)

    rules: Mapped[list["GuidelineRule"]] = relationship(order_by="GuidelineRule.position")

    __table_args__ = (UniqueConstraint("slug", "version"),)


class GuidelineRule(Base):
    """A numbered rule, with what it looks like done well and done badly."""

    id: Mapped[pk]
    guideline_id: Mapped[int] = mapped_column(BigKey, ForeignKey("guideline.id"))
    position: Mapped[int]
    number: Mapped[str]
    title: Mapped[Localized]
    text: Mapped[Localized]
    good: Mapped[Localized]
    bad: Mapped[Localized]

    __table_args__ = (UniqueConstraint("guideline_id", "number"),)


class Media(Base):
    """One picture as we keep it: re-encoded, upright, without metadata. `token` is its name in addresses."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True, default=lambda: token_urlsafe(18))
    content_hash: Mapped[str] = mapped_column(index=True)
    storage_key: Mapped[str]
    content_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    licence: Mapped[str] = mapped_column(default="")
    attribution: Mapped[str] = mapped_column(default="")
    alt: Mapped[Localized]
    public: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("content_hash", "public", "licence", "attribution"),
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
    )


class TaskSet(Base):
    """Tasks of one kind with one label set, one guideline and one rubric."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]
    kind: Mapped[str]
    purpose: Mapped[Purpose] = enum_column(Purpose)
    label_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("label_set.id"))
    guideline_id: Mapped[int] = mapped_column(BigKey, ForeignKey("guideline.id"))
    rubric: Mapped[JsonDict]
    licence: Mapped[str] = mapped_column(default="")
    attribution: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)

    label_set: Mapped[LabelSet] = relationship()
    guideline: Mapped[Guideline] = relationship()


class Task(Base):
    """Something to label."""

    id: Mapped[pk]
    task_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task_set.id"))
    position: Mapped[int]
    media_id: Mapped[int] = mapped_column(BigKey, ForeignKey("media.id"), index=True)
    source: Mapped[str] = mapped_column(default="")
    """Where the task came from (a file's name); tells an import what it has seen before."""

    task_set: Mapped[TaskSet] = relationship()
    media: Mapped[Media] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("task_set_id", "position"),
        # What an import asks for each picture: have we seen it before?
        Index("ix_task_source", "task_set_id", "source"),
    )


@append_only
class Gold(Base):
    """One version of a task's trusted answer. Never edited: who was graded by it can always be shown why."""

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    version: Mapped[int]
    document: Mapped[JsonDict]
    source: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("task_id", "version"), CheckConstraint("version > 0", name="counts_from_one"))


class Upload(Base):
    """Pictures that somebody brought for a task set: first all are checked, then the good ones go in together."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True)
    """Below this name its files lie in the storage."""
    task_set_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task_set.id"), index=True)
    by_id: Mapped[user_fk]
    licence: Mapped[str]
    attribution: Mapped[str]
    public: Mapped[bool]
    state: Mapped[UploadState] = enum_column(UploadState, default=UploadState.CHECKING)
    sources: Mapped[list[Any]]
    """What was sent and waits to be checked: names and keys; emptied after the check."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    task_set: Mapped[TaskSet] = relationship()

    __table_args__ = (
        CheckConstraint("(state IN ('added', 'dropped')) = (settled_at IS NOT NULL)", name="settled_with_time"),
        Index(
            "ix_upload_unsettled", "created_at",
            sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"),
        ),
    )  # fmt: skip


class UploadFile(Base):
    """One file of an upload and what the check said of it; a good one lies in the storage until it is added."""

    id: Mapped[pk]
    upload_id: Mapped[int] = mapped_column(BigKey, ForeignKey("upload.id"))
    position: Mapped[int]
    name: Mapped[str]
    verdict: Mapped[Verdict] = enum_column(Verdict)
    refusal: Mapped[Refusal | None] = enum_column(Refusal)
    facts: Mapped[JsonDict]
    """The numbers that the sentence about a refusal names."""
    content_hash: Mapped[str] = mapped_column(default="")
    storage_key: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str] = mapped_column(default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)

    upload: Mapped[Upload] = relationship()

    __table_args__ = (
        UniqueConstraint("upload_id", "position"),
        CheckConstraint("(verdict = 'refused') = (refusal IS NOT NULL)", name="refused_with_reason"),
        CheckConstraint("verdict <> 'good' OR (width > 0 AND height > 0)", name="good_has_a_size"),
    )


Document = dict[str, Any]
"""An annotation document as docs/grading.md describes it."""
