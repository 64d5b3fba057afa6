"""Reading label sets, guidelines, tasks and gold. Rooms above decide who may see which task; gold goes to graders."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from academy.annotation.editing.models import Change
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.exchange.unpacking import keys_of
from academy.annotation.media.deriving import keys_in_use
from academy.annotation.models import (
    Gold,
    Guideline,
    GuidelineRule,
    Label,
    LabelSet,
    Media,
    MediaFrame,
    Task,
    TaskSet,
)
from academy.annotation.rules import WORKABLE, Purpose, UploadState, Verdict
from academy.db import Page, db, one_or_404, page_by_key
from academy.grading.engine import KINDS as GRADED
from academy.permissions import Permission


def gold_of(task_ids: Iterable[int]) -> dict[int, Gold]:
    """The newest gold of each task that has one. Empty gold (its import was undone) is none."""
    wanted = list(task_ids)
    newest = (
        select(Gold.task_id, func.max(Gold.version).label("version"))
        .where(Gold.task_id.in_(wanted))
        .group_by(Gold.task_id)
        .subquery()
    )
    rows = db.session.scalars(
        select(Gold).join(newest, (Gold.task_id == newest.c.task_id) & (Gold.version == newest.c.version))
    )
    return {gold.task_id: gold for gold in rows if gold.document}


def labels_of(label_set_id: int) -> list[Label]:
    return list(db.session.scalars(select(Label).where(Label.label_set_id == label_set_id).order_by(Label.position)))


def rules_of(guideline_id: int) -> list[GuidelineRule]:
    query = select(GuidelineRule).where(GuidelineRule.guideline_id == guideline_id).order_by(GuidelineRule.position)
    return list(db.session.scalars(query))


def task_set_named(slug: str) -> TaskSet | None:
    """A task set with its labels and rules, in three queries."""
    query = (
        select(TaskSet)
        .where(TaskSet.slug == slug)
        .options(
            selectinload(TaskSet.label_set).selectinload(LabelSet.labels),
            selectinload(TaskSet.guideline).selectinload(Guideline.rules),
        )
    )
    return db.session.scalars(query).one_or_none()


def task_with_media(task_id: int) -> Task | None:
    return db.session.scalars(select(Task).where(Task.id == task_id)).unique().one_or_none()


def tasks_of(task_set_id: int) -> list[Task]:
    query = select(Task).where(Task.task_set_id == task_set_id).order_by(Task.position)
    return list(db.session.scalars(query).unique())


def usable() -> ColumnElement[bool]:
    """A condition on Task: it may be offered to somebody, in practice, an exam or paid work.

    Its set is released and of a kind that can be graded, nobody has withdrawn it, and what it shows is here.
    """
    return and_(Task.withdrawn_at.is_(None), workable())


def workable() -> ColumnElement[bool]:
    """A condition on Task: who holds it may work on it, also when it was withdrawn meanwhile."""
    # Under other names: the query around this may speak of sets and media itself.
    of, shown = aliased(TaskSet), aliased(Media)
    in_a_set = exists().where(of.id == Task.task_set_id, of.released_at.is_not(None), of.kind.in_(GRADED))
    here = exists().where(shown.id == Task.media_id, shown.kind.in_(WORKABLE))
    return and_(in_a_set, here)


def has_gold() -> ColumnElement[bool]:
    """A condition on Task: its newest gold says something; that of an import that was undone is empty."""
    gold, later = aliased(Gold), aliased(Gold)
    newer = exists().where(later.task_id == gold.task_id, later.version > gold.version)
    return exists().where(gold.task_id == Task.id, cast(gold.document, Text) != "{}", ~newer)


Reason = Callable[[Any, datetime], ColumnElement[bool]]
_REASONS: list[Reason] = []


def reason_to_see(reason: Reason) -> Reason:
    """Register why somebody may see a picture that measures people: `(viewer, now)` gives a condition on Media.

    Rooms above say it: a paper on which the picture stands, a piece of work that somebody holds.
    """
    _REASONS.append(reason)
    return reason


def media_for(viewer: Any, token: str, now: datetime) -> tuple[Media, bool] | None:
    """A picture by its token, and whether it is for everybody who signed in; None if this person may not see it.

    Public pictures are for strangers, those of practice for everybody who signed in. What is used in exams and paid
    work only needs a reason.
    """
    in_practice = exists().where(
        Task.media_id == Media.id, TaskSet.id == Task.task_set_id, TaskSet.purpose == Purpose.PRACTICE,
        TaskSet.released_at.is_not(None),
    )  # fmt: skip
    open_to_all = or_(Media.public, in_practice)
    query = select(Media, open_to_all).where(Media.token == token)
    if not viewer.is_authenticated:
        query = query.where(Media.public)
    elif not viewer.may(Permission.OPERATE):
        query = query.where(or_(open_to_all, *(reason(viewer, now) for reason in _REASONS)))
    found = db.session.execute(query).one_or_none()
    return (found[0], bool(found[1])) if found else None


def frame_of(media: Media, number: int) -> MediaFrame | None:
    """One picture of a video, from 0."""
    query = select(MediaFrame).where(MediaFrame.media_id == media.id, MediaFrame.number == number)
    return db.session.scalars(query).one_or_none()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a task set holds."""

    tasks: int
    with_gold: int
    versions: int


def task_counts(task_set_ids: Iterable[int]) -> dict[int, Counts]:
    """Tasks, tasks with gold and versions of gold of each set that has tasks; withdrawn ones are not counted."""
    rows = db.session.execute(
        select(
            Task.task_set_id, func.count(Task.id.distinct()), func.count(Gold.task_id.distinct()), func.count(Gold.id)
        )
        .outerjoin(Gold, Gold.task_id == Task.id)
        .where(Task.task_set_id.in_(list(task_set_ids)), Task.withdrawn_at.is_(None))
        .group_by(Task.task_set_id)
    )
    return {set_id: Counts(tasks, golds, versions) for set_id, tasks, golds, versions in rows}


def set_page(after: str | None) -> Page[TaskSet]:
    """Task sets, newest first; for operators."""
    query = select(TaskSet).options(selectinload(TaskSet.label_set))
    return page_by_key(query, TaskSet.created_at, TaskSet.id, after=after)


def task_page(task_set_id: int, after: str | None) -> Page[Task]:
    """The pictures of a set, last added first; for operators."""
    return page_by_key(select(Task).where(Task.task_set_id == task_set_id), Task.position, Task.id, after=after)


def versions_of(task_id: int) -> list[Gold]:
    """Every gold a task has had, newest first; for operators."""
    return list(db.session.scalars(select(Gold).where(Gold.task_id == task_id).order_by(Gold.version.desc())))


def guideline_named(slug: str, version: int | None = None) -> Guideline | None:
    """A guideline with its rules: the newest, or the version asked for."""
    query = select(Guideline).where(Guideline.slug == slug).order_by(Guideline.version.desc()).limit(1)
    if version is not None:
        query = query.where(Guideline.version == version)
    return db.session.scalars(query.options(selectinload(Guideline.rules))).one_or_none()


def changes_of(subject: str, after: str | None) -> Page[Change]:
    """What was changed by hand, newest first; for operators."""
    return page_by_key(select(Change).where(Change.subject == subject), Change.at, Change.id, after=after)


# Uploads -----------------------------------------------------------------------------------------------------------


def upload_named(upload_id: int) -> Upload:
    """An upload with its set; for operators."""
    return one_or_404(select(Upload).where(Upload.id == upload_id).options(joinedload(Upload.task_set)))


def uploads_of(task_set_id: int, most: int = 10) -> list[Upload]:
    """What was brought for a set, newest first; for operators."""
    query = select(Upload).where(Upload.task_set_id == task_set_id).order_by(Upload.id.desc()).limit(most)
    return list(db.session.scalars(query))


def verdicts_of(upload_ids: Iterable[int]) -> dict[int, dict[Verdict, int]]:
    """How many files of each upload were found what."""
    rows = db.session.execute(
        select(UploadFile.upload_id, UploadFile.verdict, func.count())
        .where(UploadFile.upload_id.in_(list(upload_ids)))
        .group_by(UploadFile.upload_id, UploadFile.verdict)
    )
    counts: dict[int, dict[Verdict, int]] = {}
    for upload_id, verdict, count in rows:
        counts.setdefault(upload_id, {})[verdict] = count
    return counts


def forgotten_uploads(before: datetime) -> list[int]:
    """Uploads that nobody added or threw away."""
    waits = Upload.state.in_((UploadState.CHECKING, UploadState.CHECKED))
    query = select(Upload.id).where(waits, Upload.created_at < before)
    return list(db.session.scalars(query.order_by(Upload.id).limit(100)))


def uploads_at_work() -> list[int]:
    """Uploads that are being added or undone."""
    query = select(Upload.id).where(Upload.state.in_((UploadState.ADDING, UploadState.UNDOING)))
    return list(db.session.scalars(query.order_by(Upload.id).limit(100)))


def sent_and_waiting() -> set[str]:
    """Keys of files that were sent for uploads that are not settled: they may be checked again."""
    query = select(Upload.sources).where(Upload.settled_at.is_(None))
    return {key for sources in db.session.scalars(query) for source in sources for key in keys_of(source)}


def needed_of_uploads() -> set[str]:
    """Keys below `uploads/` that a medium has, or an upload that is not settled may come to have."""
    waiting = (
        select(UploadFile.storage_key, UploadFile.derived, UploadFile.frames)
        .join(Upload, Upload.id == UploadFile.upload_id)
        .where(Upload.settled_at.is_(None), UploadFile.content_hash != "")
    )
    needed = keys_in_use("uploads/")
    for storage_key, derived, frames in db.session.execute(waiting):
        needed |= {storage_key, *derived.values(), *(frame["key"] for frame in frames)}
    return needed - {""}


def checks_under_way() -> bool:
    """Whether some upload is being checked, whose files no row names yet."""
    return db.session.scalar(select(Upload.id).where(Upload.state == UploadState.CHECKING).limit(1)) is not None
