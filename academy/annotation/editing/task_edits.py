"""Many tasks of a set at once: difficulty, tags, taken out and brought back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from academy.annotation.editing import changes
from academy.annotation.editing.changes import Change
from academy.annotation.editing.set_edits import set_of
from academy.annotation.locking import refuse_locked
from academy.annotation.models import Task, TaskSet, TaskTag
from academy.db import db
from academy.errors import Refused
from academy.i18n import _l

MOST = 20_000
"""Tasks that one change may touch: it is kept whole, so that it can be taken back."""
LONGEST_TAG = 50
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be done with each task; what is None or empty stays as it is. A difficulty of 0 means: not said."""

    difficulty: int | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    withdraw: bool | None = None

    @property
    def act(self) -> str:
        if self.withdraw is not None:
            return "tasks withdrawn" if self.withdraw else "tasks brought back"
        return "tasks changed"


def edit(task_set: TaskSet, task_ids: Sequence[int], what: Edit, by_id: int, now: datetime) -> int:
    """Do one thing with many tasks of a set; tells how many it changed. Raises Locked, Refused."""
    refuse_locked(task_set)
    if len(task_ids) > MOST:
        raise Refused(_l("These are more than %(most)s tasks. Search for fewer of them.", most=f"{MOST:,}"))
    before = states(task_set.id, task_ids)
    after = [_edited(state, what, now) for state in before]
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    _write([new for _old, new in pairs], [old for old, _new in pairs])
    subject = f"tasks:{task_set.id}"
    changes.record(subject, what.act, [old for old, _new in pairs], [new for _old, new in pairs], by_id, now)
    return len(pairs)


def _edited(state: dict[str, Any], what: Edit, now: datetime) -> dict[str, Any]:
    tags = (set(state["tags"]) | set(what.add_tags)) - set(what.remove_tags)
    withdrawn = state["withdrawn"]
    if what.withdraw is not None:
        withdrawn = (withdrawn or now.isoformat()) if what.withdraw else None
    difficulty = state["difficulty"] if what.difficulty is None else what.difficulty or None
    return {"id": state["id"], "difficulty": difficulty, "tags": sorted(tags), "withdrawn": withdrawn}


def states(task_set_id: int, task_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Tasks of a set as plain values, by number; those of another set are passed over."""
    wanted = sorted(set(task_ids))
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        query = select(Task.id, Task.difficulty, Task.withdrawn_at)
        rows = db.session.execute(
            query.where(Task.id.in_(part), Task.task_set_id == task_set_id).order_by(Task.id)
        ).all()
        tags = tags_of([row.id for row in rows])
        found += [
            {
                "id": row.id,
                "difficulty": row.difficulty,
                "tags": tags.get(row.id, []),
                "withdrawn": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            }
            for row in rows
        ]
    return found


def tags_of(task_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of each task that has some, in order."""
    rows = db.session.execute(
        select(TaskTag.task_id, TaskTag.tag).where(TaskTag.task_id.in_(list(task_ids))).order_by(TaskTag.tag)
    )
    found: dict[int, list[str]] = {}
    for task_id, tag in rows:
        found.setdefault(task_id, []).append(tag)
    return {task_id: sorted(tags) for task_id, tags in found.items()}


def _write(after: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]) -> None:
    """Bring tasks from one state to another."""
    plain = [
        {"id": new["id"], "difficulty": new["difficulty"],
         "withdrawn_at": datetime.fromisoformat(new["withdrawn"]) if new["withdrawn"] else None}
        for new in after
    ]  # fmt: skip
    added = [
        {"task_id": new["id"], "tag": tag}
        for old, new in zip(before, after, strict=True)
        for tag in new["tags"]
        if tag not in old["tags"]
    ]
    for start in range(0, len(plain), _BATCH):
        db.session.execute(update(Task), plain[start : start + _BATCH])
    for start in range(0, len(before), _BATCH):
        _remove_tags(before[start : start + _BATCH], after[start : start + _BATCH])
    for start in range(0, len(added), _BATCH):
        db.session.execute(insert(TaskTag), added[start : start + _BATCH])
    db.session.flush()


def _remove_tags(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> None:
    gone: dict[str, list[int]] = {}
    for old, new in zip(before, after, strict=True):
        for tag in set(old["tags"]) - set(new["tags"]):
            gone.setdefault(tag, []).append(new["id"])
    for tag, task_ids in gone.items():
        db.session.execute(delete(TaskTag).where(TaskTag.tag == tag, TaskTag.task_id.in_(task_ids)))


def read_tags(text: str) -> tuple[str, ...]:
    """Tags as a person types them: parted by commas."""
    tags = tuple(dict.fromkeys(tag for tag in (" ".join(part.split()) for part in text.split(",")) if tag))
    if any(len(tag) > LONGEST_TAG for tag in tags) or len(tags) > 20:
        raise Refused(_l("At most 20 tags of at most %(most)s characters each, parted by commas.", most=LONGEST_TAG))
    return tags


# Undo --------------------------------------------------------------------------------------------------------------


def _present(change: Change) -> list[Any]:
    return states(set_of(change).id, [state["id"] for state in change.after])


def _restore(change: Change, _by_id: int, _now: datetime) -> None:
    refuse_locked(set_of(change))
    _write(change.before, change.after)


changes.keeps("tasks", _present, _restore)
