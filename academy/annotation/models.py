"""Media, label sets, guidelines, tasks and gold. Uploads stand in exchange/models.py, changes in editing/models.py."""

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.annotation.rules import MediaKind, Purpose
from academy.clock import now
from academy.db import Base, BigKey, JsonDict, Localized, append_only, enum_column, pk


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
    description: Mapped[Localized] = mapped_column(default=dict)
    color: Mapped[str]
    hotkey: Mapped[str] = mapped_column(default="")
    """One sign; "" gives the number of its place."""
    parent_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("label.id"))
    attributes: Mapped[list[Any]] = mapped_column(default=list)
    """What an object of it may say besides: {"name", "title", "type": choice | text | number | flag, "values"}."""
    skeleton: Mapped[JsonDict] = mapped_column(default=dict)
    """For key points: {"points": [names], "edges": [[0, 1], ...], "sigmas": [...]}; empty for other labels."""
    retired_at: Mapped[datetime | None]
    """Not offered any more; what was labelled with it stays."""

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
    good_media_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("media.id"))
    bad_media_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("media.id"))

    good_media: Mapped["Media | None"] = relationship(foreign_keys=[good_media_id])
    bad_media: Mapped["Media | None"] = relationship(foreign_keys=[bad_media_id])

    __table_args__ = (UniqueConstraint("guideline_id", "number"),)


class Media(Base):
    """What a task shows, as we keep it: re-encoded, upright, without metadata. `token` is its name in addresses."""

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(unique=True, default=lambda: token_urlsafe(18))
    kind: Mapped[MediaKind] = enum_column(MediaKind, default=MediaKind.PICTURE)
    content_hash: Mapped[str] = mapped_column(index=True)
    storage_key: Mapped[str]
    """"" for texts, which stand in `parts`, for videos, whose frames have keys, and for what is awaited."""
    content_type: Mapped[str]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float | None]
    parts: Mapped[list[Any]] = mapped_column(default=list)
    """Of a text: {"name", "text"}; a single one has the name ""."""
    facts: Mapped[JsonDict] = mapped_column(default=dict)
    """What was measured: sample rate and channels, points and bounds, frames."""
    derived: Mapped[JsonDict] = mapped_column(default=dict)
    """What we made of it, by storage key: "thumbnail", "peaks", "tiles" (see academy.annotation.media.deriving)."""
    licence: Mapped[str] = mapped_column(default="")
    attribution: Mapped[str] = mapped_column(default="")
    alt: Mapped[Localized]
    public: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("content_hash", "public", "licence", "attribution"),
        CheckConstraint("kind NOT IN ('picture', 'video') OR (width > 0 AND height > 0)", name="has_a_size"),
    )


class MediaFrame(Base):
    """One picture of a video."""

    id: Mapped[pk]
    media_id: Mapped[int] = mapped_column(BigKey, ForeignKey("media.id"))
    number: Mapped[int]
    storage_key: Mapped[str]
    content_type: Mapped[str]

    __table_args__ = (UniqueConstraint("media_id", "number"),)


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
    released_at: Mapped[datetime | None]
    """Before that nobody practises on it, is examined with it or paid for it."""
    locked_at: Mapped[datetime | None]
    """Since then its gold stays as it is: no import, no edit, no undo."""

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
    difficulty: Mapped[int | None]
    """From 1, easy, to 5, hard; empty if nobody has said."""
    withdrawn_at: Mapped[datetime | None]
    """Taken out of its set: by an import that was undone, or by hand. Who worked on it still sees it."""
    upload_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("upload.id"), index=True)

    task_set: Mapped[TaskSet] = relationship()
    media: Mapped[Media] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("task_set_id", "position"),
        # What an import asks for each picture: have we seen it before?
        Index("ix_task_source", "task_set_id", "source"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_in_range"),
    )


class TaskTag(Base):
    """A word by which tasks are found."""

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    tag: Mapped[str]

    __table_args__ = (UniqueConstraint("task_id", "tag"), Index("ix_task_tag_tag", "tag", "task_id"))


@append_only
class Gold(Base):
    """One version of a task's trusted answer. Never edited: who was graded by it can always be shown why."""

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    version: Mapped[int]
    document: Mapped[JsonDict]
    source: Mapped[str]
    """Where it came from: "coco:annotations.json", "editor", "undo"."""
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    upload_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("upload.id"), index=True)
    note: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("task_id", "version"), CheckConstraint("version > 0", name="counts_from_one"))


@append_only
class Opinion(Base):
    """One version of what one of several annotators said of a task. Gold is chosen among opinions, or made of them."""

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("task.id"))
    annotator: Mapped[str]
    """The name in the file they came in: a word for a person, never an account here."""
    version: Mapped[int]
    document: Mapped[JsonDict]
    """Empty: an import was undone, and before it the annotator had said nothing."""
    source: Mapped[str]
    created_at: Mapped[datetime]
    upload_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("upload.id"), index=True)

    __table_args__ = (UniqueConstraint("task_id", "annotator", "version"),)


Document = dict[str, Any]
"""An annotation document as docs/grading.md describes it."""
