"""What of an import is new, the same, changed or not to be taken, held against the set as it is now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.formats.found import Problem
from academy.annotation.models import Gold, Media, Opinion, Task, TaskSet
from academy.annotation.rules import MediaKind, UploadState, Verdict
from academy.db import db
from academy.i18n import Sentence, say

AWAITED = "awaited:"


@dataclass(frozen=True, slots=True)
class _Known:
    """A task of the set, as far as an import asks."""

    id: int
    source: str
    media_kind: MediaKind
    content_hash: str
    withdrawn_at: datetime | None
    undone: bool
    """The import that made it was undone: bringing it again takes it back."""


def fixed_kind(task_set: TaskSet) -> str:
    """The kind that documents of the set must have; "" if the first import decides, "mixed" if all are welcome."""
    if task_set.kind != "mixed":
        return task_set.kind
    any_task = db.session.scalar(select(Task.id).where(Task.task_set_id == task_set.id).limit(1))
    return "mixed" if any_task is not None else ""


def fits_kind(kind: str, wanted: str) -> bool:
    """Whether a document of this kind may go into a set of that kind."""
    return wanted in ("", "mixed") or kind in ("", wanted) or (kind == "spans" and wanted == "relations")


def compare(task_set: TaskSet, rows: Sequence[UploadFile], wanted: str) -> None:
    """Set verdict and task of each row that is not refused; more is said where the set forbids it."""
    rows = [row for row in rows if row.verdict is not Verdict.REFUSED]
    for row in rows:
        if row.document is not None and not fits_kind(row.kind, wanted):
            sentence = say(
                "The set holds labels of the kind %(wanted)s, but these are of the kind %(kind)s; they were not "
                "imported. Bring them into another set.", wanted=wanted, kind=row.kind,
            )  # fmt: skip
            refuse(row, sentence)
    rows = [row for row in rows if row.verdict is not Verdict.REFUSED]
    tasks = _tasks_called(task_set.id, {row.name for row in rows})
    alike = _tasks_showing(task_set.id, {row.content_hash for row in rows if row.document is None})
    known = {task.id for task in tasks.values()}
    gold, opinions = newest_gold(known), newest_opinions(known)
    for row in rows:
        task = tasks.get(row.name)
        row.task_id, row.verdict = None, Verdict.NEW
        if task is None:
            if row.document is None and row.content_hash in alike:
                row.task_id, row.verdict = alike[row.content_hash], Verdict.SAME
            continue
        before = opinions.get((task.id, row.annotator)) if row.annotator else gold.get(task.id)
        _compare_one(row, task, before)


def _compare_one(row: UploadFile, task: _Known, before: dict[str, Any] | None) -> None:
    row.task_id = task.id
    brings = row.media_kind is not MediaKind.AWAITED
    awaited = task.media_kind is MediaKind.AWAITED
    if brings and not awaited and row.content_hash != task.content_hash:
        row.task_id = None
        refuse(row, say("%(name)s is not what was imported under this name before; nothing was changed.",
                        name=row.name))  # fmt: skip
        return
    same = row.document is None or same_document(row.document, before)
    if task.undone and task.withdrawn_at is not None:
        row.verdict = Verdict.NEW
    elif same and not (brings and awaited):
        row.verdict = Verdict.SAME
    else:
        row.verdict = Verdict.CHANGED


def same_document(one: dict[str, Any], other: dict[str, Any] | None) -> bool:
    """The kind of a document that says "nothing is there" is settled later, by its set."""
    if not other:
        return False
    return one == other if one["kind"] else {**one, "kind": ""} == {**other, "kind": ""}


def refuse(row: UploadFile, sentence: Sentence) -> None:
    """Nothing of the row comes in; its report says why."""
    problem = Problem(row.file or row.name, None, sentence, lost=row.objects)
    row.problems = [*row.problems, problem.as_json()]
    row.verdict, row.odd, row.objects = Verdict.REFUSED, True, 0


def _tasks_called(task_set_id: int, names: Collection[str]) -> dict[str, _Known]:
    query = (
        select(Task.id, Task.source, Media.kind, Media.content_hash, Task.withdrawn_at, Upload.state)
        .join(Media, Media.id == Task.media_id)
        .outerjoin(Upload, Upload.id == Task.upload_id)
        .where(Task.task_set_id == task_set_id, Task.source.in_(names))
        .order_by(Task.id.desc())
    )
    rows = db.session.execute(query) if names else ()
    return {
        source: _Known(task_id, source, kind, digest, withdrawn_at, state is UploadState.UNDONE)
        for task_id, source, kind, digest, withdrawn_at, state in rows
    }


def _tasks_showing(task_set_id: int, hashes: Collection[str]) -> dict[str, int]:
    query = (
        select(Media.content_hash, func.min(Task.id))
        .join(Task, Task.media_id == Media.id)
        .where(Task.task_set_id == task_set_id, Media.content_hash.in_(hashes), Task.withdrawn_at.is_(None))
        .group_by(Media.content_hash)
    )
    return {digest: task_id for digest, task_id in db.session.execute(query)} if hashes else {}


def newest_gold(task_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The document of each task's newest gold."""
    if not task_ids:
        return {}
    newest = (
        select(Gold.task_id, func.max(Gold.version).label("version"))
        .where(Gold.task_id.in_(task_ids)).group_by(Gold.task_id).subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(Gold.task_id, Gold.document)
        .join(newest, (Gold.task_id == newest.c.task_id) & (Gold.version == newest.c.version))
    )  # fmt: skip
    return {task_id: document for task_id, document in rows}


def newest_opinions(task_ids: Collection[int]) -> dict[tuple[int, str], dict[str, Any]]:
    """The newest document of each annotator of each task."""
    if not task_ids:
        return {}
    newest = (
        select(Opinion.task_id, Opinion.annotator, func.max(Opinion.version).label("version"))
        .where(Opinion.task_id.in_(task_ids)).group_by(Opinion.task_id, Opinion.annotator).subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(Opinion.task_id, Opinion.annotator, Opinion.document)
        .join(newest, (Opinion.task_id == newest.c.task_id) & (Opinion.annotator == newest.c.annotator)
              & (Opinion.version == newest.c.version))
    )  # fmt: skip
    return {(task_id, annotator): document for task_id, annotator, document in rows}
