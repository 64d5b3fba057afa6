"""Task sets by hand: made, named, licensed, measured by a rubric."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.annotation.editing import changes
from academy.annotation.editing.changes import Change
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.locking import refuse_locked
from academy.annotation.models import Guideline, LabelSet, TaskSet
from academy.annotation.rules import Purpose
from academy.db import db
from academy.errors import Conflict
from academy.grading.rubric import Rubric
from academy.i18n import _l

RESERVED = frozenset({"new", "tasks", "uploads", "changes", "uploaded", "looks", "quality", "import", "transfers"})
"""Words that stand in addresses where a set's name could stand."""
_FIELDS = ("title", "licence", "attribution", "guideline_id", "rubric")


def make_set(
    slug: str,
    title: Mapping[str, str],
    kind: str,
    purpose: Purpose,
    label_set: LabelSet,
    guideline: Guideline,
    *,
    licence: str,
    attribution: str,
    by_id: int,
    now: datetime,
) -> TaskSet:
    """A new set without tasks, which nobody is offered before it is released."""
    if slug in RESERVED or db.session.scalar(select(TaskSet.id).where(TaskSet.slug == slug)) is not None:
        raise NameTaken(_l("There is a set with this name already. Choose another name."))
    made = TaskSet(
        slug=slug, title=dict(title), kind=kind, purpose=purpose, label_set_id=label_set.id,
        guideline_id=guideline.id, rubric={}, licence=licence, attribution=attribution, created_at=now,
        released_at=None,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    changes.record(f"task-set:{made.id}", "set made", [], [_state(made)], by_id, now)
    return made


def change_set(task_set: TaskSet, values: Mapping[str, Any], by_id: int, now: datetime) -> Change | None:
    """Change what a set says of itself: title, licence, attribution, guideline_id. Raises Locked."""
    return _change(task_set, "set changed", values, by_id, now)


def set_rubric(task_set: TaskSet, rubric: Mapping[str, Any], by_id: int, now: datetime) -> Change | None:
    """Measure a set's tasks with another rubric from now on. Raises RefusedDocument if it measures nothing."""
    Rubric.from_dict(rubric, kind=task_set.kind)
    return _change(task_set, "rubric changed", {"rubric": dict(rubric)}, by_id, now)


def _change(task_set: TaskSet, act: str, values: Mapping[str, Any], by_id: int, now: datetime) -> Change | None:
    refuse_locked(task_set)
    before = _state(task_set)
    for name in _FIELDS:
        if name in values:
            setattr(task_set, name, values[name])
    db.session.flush()
    return changes.record(f"task-set:{task_set.id}", act, [before], [_state(task_set)], by_id, now)


def _state(task_set: TaskSet) -> dict[str, Any]:
    return {name: getattr(task_set, name) for name in _FIELDS}


def set_of(change: Change) -> TaskSet:
    return db.session.get_one(TaskSet, int(change.subject.partition(":")[2]))


def _present(change: Change) -> list[Any]:
    return [_state(set_of(change))]


def _restore(change: Change, _by_id: int, _now: datetime) -> None:
    task_set = set_of(change)
    refuse_locked(task_set)
    if not change.before:
        raise Conflict(_l("A set that was made stays. Withdraw its tasks if they are not needed."))
    for name, value in change.before[0].items():
        setattr(task_set, name, value)


changes.keeps("task-set", _present, _restore)
