"""A label gets another name, or goes over into another label: wherever it stands in gold, as new versions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, tuple_

from academy.annotation.editing import changes, label_edits
from academy.annotation.editing.changes import Change, ChangedSince
from academy.annotation.locking import refuse_locked
from academy.annotation.models import Gold, Label, LabelSet, Opinion, Task, TaskSet
from academy.db import db
from academy.errors import Refused
from academy.i18n import _l

SOURCE = "label"
MOST = 50_000
"""Documents that one change may touch: others wait while they are written."""
_BATCH = 500


def rename(label_set: LabelSet, label: Label, name: str, by_id: int, now: datetime) -> Change | None:
    """Give a label another name, in gold and opinions too. Raises NameTaken, Locked."""
    if name == label.name:
        return None
    label_edits.refuse_taken(label_set, name, label)
    return _carry_over(label_set, label, name, "label given another name", by_id, now, retired=False)


def merge(label_set: LabelSet, label: Label, into: Label, by_id: int, now: datetime) -> Change | None:
    """Everything labelled with `label` is labelled `into` from now on, and `label` is retired."""
    if label is into:
        raise Refused(_l("Choose another label to merge this one into."))
    if into.retired_at is not None:
        raise Refused(_l("The label to merge into is retired. Bring it back first."))
    return _carry_over(label_set, label, into.name, "labels merged", by_id, now, retired=True)


def _carry_over(
    label_set: LabelSet, label: Label, name: str, act: str, by_id: int, now: datetime, *, retired: bool
) -> Change | None:
    old, before = label.name, label_edits.snapshot(label_set)
    sets = label_edits.sets_using(label_set.id)
    golds = [one for task_set in sets for one in _rewrite(task_set, Gold, old, name, by_id, now)]
    opinions = [one for task_set in sets for one in _rewrite(task_set, Opinion, old, name, by_id, now)]
    rubrics = [one for task_set in sets for one in _rewrite_rubric(task_set, old, name)]
    if retired:
        label.retired_at = label.retired_at or now
    else:
        label.name = name
    db.session.flush()
    after = label_edits.snapshot(label_set)
    told = {"old": old, "new": name}
    return changes.record(
        f"label-names:{label_set.id}", act,
        [told, before, [rubric[:2] for rubric in rubrics], [[task, version - 1] for task, version in golds],
         [[task, who, version - 1] for task, who, version in opinions]],
        [told, after, [[rubric[0], rubric[2]] for rubric in rubrics], golds, opinions],
        by_id, now,
    )  # fmt: skip


def renamed(document: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """A document in which one label has another name; the same document if it does not name it."""
    changed = dict(document)
    if any(item.get("label") == old for item in document.get("objects", ())):
        changed["objects"] = [
            {**item, "label": new} if item.get("label") == old else item for item in document["objects"]
        ]
    if document.get("choice") == old:
        changed["choice"] = new
    if document.get("kind") in ("classification", "multilabel", "mixed"):
        for field in ("choices", "accepted"):
            if old in (document.get(field) or ()):
                changed[field] = list(dict.fromkeys(new if one == old else one for one in document[field]))
    return changed


def _newest(task_set: TaskSet, model: Any) -> Iterator[Any]:
    """The newest version of each task's gold, or of each annotator's opinion, a batch at a time."""
    keys = [model.task_id, *([Opinion.annotator] if model is Opinion else [])]
    newest = (
        select(*keys, func.max(model.version).label("version"))
        .join(Task, Task.id == model.task_id)
        .where(Task.task_set_id == task_set.id)
        .group_by(*keys)
        .subquery()
    )
    same = (model.task_id == newest.c.task_id) & (model.version == newest.c.version)
    if model is Opinion:
        same &= Opinion.annotator == newest.c.annotator
    columns = [*keys, model.version, model.document]
    rows = db.session.execute(select(*columns).join(newest, same).execution_options(yield_per=_BATCH))
    yield from rows.partitions()


def _rewrite(task_set: TaskSet, model: Any, old: str, new: str, by_id: int, now: datetime) -> list[list[Any]]:
    """New versions of what names the label; tells [task, (annotator,) version] of each."""
    wanted: list[dict[str, Any]] = []
    for part in _newest(task_set, model):
        for *keys, version, document in part:
            changed = renamed(document, old, new) if document else document
            if changed != document:
                names = ["task_id", "annotator"][: len(keys)]
                row = {**dict(zip(names, keys, strict=True)), "version": version + 1, "document": changed}
                wanted.append(row)
    if not wanted:
        return []
    refuse_locked(task_set)
    if len(wanted) > MOST:
        raise Refused(
            _l("More than %(most)s tasks name this label. Export the set, change the file, and import it again.",
               most=f"{MOST:,}")
        )  # fmt: skip
    _insert(model, wanted, by_id, now)
    return [[row[key] for key in ("task_id", "annotator", "version") if key in row] for row in wanted]


def _insert(model: Any, rows: list[dict[str, Any]], by_id: int, now: datetime, source: str = SOURCE) -> None:
    made = {"source": source, "created_at": now, **({"by_id": by_id, "note": ""} if model is Gold else {})}
    for start in range(0, len(rows), _BATCH):
        db.session.execute(insert(model), [{**row, **made} for row in rows[start : start + _BATCH]])


def _rewrite_rubric(task_set: TaskSet, old: str, new: str) -> list[list[Any]]:
    """The label in what the rubric says of labels; tells [task set, before, after] if it stood there."""
    before = dict(task_set.rubric)
    after = dict(before)
    if old in (before.get("ordinal") or ()):
        after["ordinal"] = list(dict.fromkeys(new if one == old else one for one in before["ordinal"]))
    if before.get("taxonomy"):
        names = {
            (new if one == old else one): (new if above == old else above) for one, above in before["taxonomy"].items()
        }
        after["taxonomy"] = {one: above for one, above in names.items() if one != above}
    if before.get("cannot_tell") == old:
        after["cannot_tell"] = new
    if after == before:
        return []
    refuse_locked(task_set)
    task_set.rubric = after
    return [[task_set.id, before, after]]


# Undo --------------------------------------------------------------------------------------------------------------


def _present(change: Change) -> list[Any]:
    told, _snapshot, rubrics, golds, opinions = change.after
    label_set = label_edits.set_of(change)
    sets = {task_set.id: task_set for task_set in label_edits.sets_using(label_set.id)}
    return [
        told,
        label_edits.snapshot(label_set),
        [[set_id, dict(sets[set_id].rubric)] for set_id, _rubric in rubrics if set_id in sets],
        _versions(golds, Gold),
        _versions(opinions, Opinion),
    ]


def _versions(kept: list[list[Any]], model: Any) -> list[list[Any]]:
    """The newest versions now of what a change wrote, in the same order."""
    keys = [model.task_id, *([Opinion.annotator] if model is Opinion else [])]
    found: dict[tuple[Any, ...], int] = {}
    for start in range(0, len(kept), _BATCH):
        tasks = [row[0] for row in kept[start : start + _BATCH]]
        rows = db.session.execute(
            select(*keys, func.max(model.version)).where(model.task_id.in_(tasks)).group_by(*keys)
        )
        found |= {tuple(key): version for *key, version in rows}
    return [[*row[:-1], found.get(tuple(row[:-1]), 0)] for row in kept]


def _restore(change: Change, by_id: int, now: datetime) -> None:
    _told, before, rubrics, golds, opinions = change.before
    label_set = label_edits.set_of(change)
    sets = label_edits.sets_using(label_set.id)
    touched = {row[0] for row in golds} | {row[0] for row in opinions}
    locked = [task_set for task_set in sets if task_set.locked_at is not None]
    if locked:
        _refuse_touched(locked, touched, {set_id for set_id, _rubric in rubrics})
    label_edits.put_back(label_set, before, now)
    by_number = {task_set.id: task_set for task_set in sets}
    for set_id, rubric in rubrics:
        by_number[set_id].rubric = rubric
    _again(golds, Gold, by_id, now)
    _again(opinions, Opinion, by_id, now)


def _refuse_touched(locked: list[TaskSet], tasks: set[int], rubrics: set[int]) -> None:
    for task_set in locked:
        inside = set(db.session.scalars(select(Task.id).where(Task.task_set_id == task_set.id)))
        if inside & tasks or task_set.id in rubrics:
            refuse_locked(task_set)


def _again(kept: list[list[Any]], model: Any, by_id: int, now: datetime) -> None:
    """A new version that equals the one before the change."""
    names = ["task_id", *(["annotator"] if model is Opinion else []), "version"]
    columns = [getattr(model, name) for name in names]
    for start in range(0, len(kept), _BATCH):
        part = kept[start : start + _BATCH]
        found = db.session.execute(select(*columns, model.document).where(tuple_(*columns).in_(map(tuple, part)))).all()
        if len(found) != len(part):
            raise ChangedSince(_l("What was before is not there any more."))
        rows = [dict(zip([*names, "document"], row, strict=True)) for row in found]
        _insert(model, [{**row, "version": row["version"] + 2} for row in rows], by_id, now, "undo")


changes.keeps("label-names", _present, _restore)
