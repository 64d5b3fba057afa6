"""Gold by hand: a new version for each change, never over an unseen one of somebody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from academy.annotation import operations, queries
from academy.annotation.editing import changes
from academy.annotation.editing.changes import Change
from academy.annotation.editing.gold_words import refusal_words
from academy.annotation.locking import refuse_locked
from academy.annotation.models import Document, Gold, Label, Opinion, Task
from academy.annotation.rules import MediaKind
from academy.db import db
from academy.errors import Conflict, Refused
from academy.grading.documents import RefusedDocument
from academy.i18n import _l

EDITOR = "editor"
_LABELLED = ("classification", "multilabel", "mixed")
"""Kinds whose choices and accepted answers are labels of the set."""


class NewerGold(Conflict):
    """Somebody kept a newer version while this one was being edited."""


def save(
    task: Task,
    document: Document,
    started_from: int,
    by_id: int,
    now: datetime,
    *,
    note: str = "",
    source: str = EDITOR,
) -> Change | None:
    """Keep a new version of a task's gold; None when nothing differs from the one it was made from.

    `started_from`: the version that stood on the page (0: there was none). Raises Locked, NewerGold, Refused.
    """
    refuse_locked(task.task_set)
    newest = queries.gold_of([task.id]).get(task.id)
    version = newest.version if newest is not None else 0
    if version != started_from:
        raise NewerGold(
            _l("Somebody has kept version %(version)s meanwhile. Your work is still here; compare the two.",
               version=version)
        )  # fmt: skip
    fitted = fit(task, document)
    if newest is not None and newest.document == fitted:
        return None
    check(task, fitted)
    gold = operations.revise_gold(task, fitted, source, now, by_id=by_id, note=note)
    return changes.record(f"gold:{task.id}", "gold changed", [version], [gold.version], by_id, now)


def fit(task: Task, document: Document) -> Document:
    """The document with the picture's size and the text it is about, which nobody changes by hand."""
    fitted = dict(document)
    fitted.setdefault("kind", task.task_set.kind)
    media = task.media
    if media.kind in (MediaKind.PICTURE, MediaKind.VIDEO):
        fitted["image"] = {"width": media.width, "height": media.height}
    return fitted


def check(task: Task, document: Document) -> None:
    """Raise Refused, naming the object, unless this may be the task's gold."""
    kind = task.task_set.kind
    if kind != "mixed" and document["kind"] != kind:
        raise Refused(_l("The tasks of this set are of the kind “%(kind)s”; the document is of another.", kind=kind))
    try:
        operations.check_gold(document)
    except RefusedDocument as refused:
        raise Refused(refusal_words(refused)) from refused
    known = set(db.session.scalars(select(Label.name).where(Label.label_set_id == task.task_set.label_set_id)))
    for name, about in used_labels(document).items():
        if name not in known:
            raise Refused(
                _l("Object %(object)s: the set has no label “%(label)s”. Choose one of its labels, or add it first.",
                   object=about, label=name)
            )  # fmt: skip


def used_labels(document: Mapping[str, Any]) -> dict[str, str]:
    """Every label a document names, with the object that names it first."""
    used: dict[str, str] = {}
    for position, item in enumerate(document.get("objects") or (), 1):
        used.setdefault(item["label"], str(item.get("id", position)))
    if document.get("kind") in _LABELLED:
        chosen = [document.get("choice"), *(document.get("choices") or ()), *(document.get("accepted") or ())]
        for name in chosen:
            if isinstance(name, str):
                used.setdefault(name, "-")
    return used


def take_back(task: Task, version: int, started_from: int, by_id: int, now: datetime) -> Change | None:
    """Make an older version the newest again. Raises Locked, NewerGold, Refused."""
    older = db.session.scalar(select(Gold).where(Gold.task_id == task.id, Gold.version == version))
    if older is None or not older.document:
        raise Refused(_l("There is no version %(version)s.", version=version))
    return save(task, older.document, started_from, by_id, now, source=f"version {version}")


def take_opinion(task: Task, annotator: str, started_from: int, by_id: int, now: datetime) -> Change | None:
    """Take what an annotator said as gold. Raises Locked, NewerGold, Refused."""
    opinion = opinions_of(task.id).get(annotator)
    if opinion is None or not opinion.document:
        raise Refused(_l("This annotator has said nothing of this task."))
    return save(task, opinion.document, started_from, by_id, now, source=f"annotator:{annotator}")


def opinions_of(task_id: int) -> dict[str, Opinion]:
    """What each annotator says of a task now, by name."""
    newest = (
        select(Opinion.annotator, func.max(Opinion.version).label("version"))
        .where(Opinion.task_id == task_id)
        .group_by(Opinion.annotator)
        .subquery()
    )
    same = (Opinion.annotator == newest.c.annotator) & (Opinion.version == newest.c.version)
    rows = db.session.scalars(
        select(Opinion).join(newest, same).where(Opinion.task_id == task_id).order_by(Opinion.annotator)
    )
    return {opinion.annotator: opinion for opinion in rows if opinion.document}


FLAGS = ("ignore", "optional", "crowd")


def with_flags(document: Document, said: Mapping[str, Mapping[str, Any]]) -> Document:
    """A document whose objects say what `said` gives for their ids: ignore, optional, crowd, rule."""
    objects = []
    for position, item in enumerate(document.get("objects") or (), 1):
        told = said.get(str(item.get("id", position)))
        if told is not None:
            plain = {key: value for key, value in item.items() if key not in (*FLAGS, "rule")}
            flags = {flag: True for flag in FLAGS if told.get(flag)}
            rule = {"rule": told["rule"]} if told.get("rule") else {}
            item = {**plain, **flags, **rule}
        objects.append(item)
    return {**document, "objects": objects}


# Undo --------------------------------------------------------------------------------------------------------------


def task_of(change: Change) -> Task:
    return db.session.get_one(Task, int(change.subject.partition(":")[2]))


def _present(change: Change) -> list[Any]:
    task = task_of(change)
    newest = queries.gold_of([task.id]).get(task.id)
    return [newest.version if newest is not None else 0]


def _restore(change: Change, by_id: int, now: datetime) -> None:
    task, (version,) = task_of(change), change.before
    refuse_locked(task.task_set)
    older = db.session.scalar(select(Gold).where(Gold.task_id == task.id, Gold.version == version))
    if older is not None:
        operations.revise_gold(task, older.document, "undo", now, by_id=by_id)
        return
    # Before this the task had no gold; an empty version says that it has none any more.
    newest = db.session.scalar(select(func.max(Gold.version)).where(Gold.task_id == task.id)) or 0
    db.session.add(Gold(task_id=task.id, version=newest + 1, document={}, source="undo", created_at=now, by_id=by_id))


changes.keeps("gold", _present, _restore)
