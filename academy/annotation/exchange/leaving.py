"""A task set on its way out: its tasks with their newest gold and everybody's opinions, read some at a time."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select

from academy.annotation import queries
from academy.annotation.exchange.comparing import newest_gold, newest_opinions
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet
from academy.annotation.models import Label, MediaFrame, Task, TaskSet
from academy.annotation.rules import MediaKind
from academy.db import db

CHUNK = 200
SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "audio/wav": ".wav", "audio/x-wav": ".wav",
    "audio/flac": ".flac", "audio/mpeg": ".mp3", "text/plain": ".txt",
}  # fmt: skip


def leaving_set(task_set: TaskSet) -> LeavingSet:
    """The set as writers take it. Its items are read anew each time they are asked for."""
    labels = queries.labels_of(task_set.label_set_id)
    names = {label.id: label.name for label in labels}
    set_id = task_set.id
    return LeavingSet(
        slug=task_set.slug, title=dict(task_set.title), kind=task_set.kind,
        labels=tuple(_label(label, names) for label in labels), licence=task_set.licence,
        attribution=task_set.attribution, items=lambda: _items(set_id),
    )  # fmt: skip


def _label(label: Label, names: dict[int, str]) -> FoundLabel:
    title = label.title.get("en", "")
    return FoundLabel(
        name=label.name, color=label.color, title=title if title != label.name else "",
        parent=names.get(label.parent_id or 0, ""), hotkey=label.hotkey,
        description=(label.description or {}).get("en", ""), skeleton=dict(label.skeleton or {}),
        attributes=tuple(label.attributes or ()),
    )  # fmt: skip


def _items(task_set_id: int) -> Iterator[LeavingItem]:
    """By position; a task that was withdrawn stays behind."""
    after, taken = 0, set[str]()
    while True:
        query = (
            select(Task)
            .where(Task.task_set_id == task_set_id, Task.position > after, Task.withdrawn_at.is_(None))
            .order_by(Task.position).limit(CHUNK)
        )  # fmt: skip
        tasks = list(db.session.scalars(query).unique())
        if not tasks:
            return
        after = tasks[-1].position
        ids = [task.id for task in tasks]
        gold = newest_gold(ids)
        opinions: dict[int, dict[str, Any]] = {}
        for (task_id, annotator), document in newest_opinions(ids).items():
            if document:
                opinions.setdefault(task_id, {})[annotator] = document
        frames = _frames([task.media_id for task in tasks if task.media.kind is MediaKind.VIDEO])
        for task in tasks:
            yield _item(task, gold.get(task.id) or None, opinions.get(task.id, {}), frames, taken)
        for task in tasks:
            db.session.expunge(task)


def _frames(media_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    if not media_ids:
        return {}
    query = select(MediaFrame.media_id, MediaFrame.storage_key).where(MediaFrame.media_id.in_(media_ids))
    found: dict[int, tuple[str, ...]] = {}
    for media_id, key in db.session.execute(query.order_by(MediaFrame.media_id, MediaFrame.number)):
        found[media_id] = (*found.get(media_id, ()), key)
    return found


def _item(
    task: Task, gold: dict[str, Any] | None, opinions: dict[str, Any], frames: dict[int, tuple[str, ...]],
    taken: set[str],
) -> LeavingItem:  # fmt: skip
    media = task.media
    return LeavingItem(
        name=_own_name(task, taken), file_name=_file_name(task, taken), media=media.kind.value,
        content_type=media.content_type, width=media.width, height=media.height, seconds=media.seconds,
        parts=tuple((part["name"], part["text"]) for part in media.parts), document=gold, opinions=opinions,
        licence=media.licence, attribution=media.attribution, key=media.storage_key,
        frames=frames.get(media.id, ()),
    )  # fmt: skip


def _own_name(task: Task, taken: set[str]) -> str:
    """What the task came as; where two share that, the later one is called by its number."""
    marked = f"task {task.source}"
    name = f"{task.position:06d}" if not task.source or marked in taken else task.source
    taken.add(marked)
    return name


def _file_name(task: Task, taken: set[str]) -> str:
    """The name that the file came with, if it is one and still its own; else the task's number."""
    suffix = SUFFIXES.get(task.media.content_type) or PurePosixPath(task.media.storage_key).suffix
    if task.media.kind is MediaKind.AWAITED:
        suffix = PurePosixPath(task.source).suffix
    name = PurePosixPath(task.source).name
    fits = name.lower().endswith((suffix, suffix.replace("jpg", "jpeg"))) if suffix else True
    if not name or not fits or name.lower() in taken or any(sign in name for sign in ':\\\0"<>|?*') or len(name) > 100:
        numbered = f"{task.position:06d}"
        name = f"{numbered}{suffix}"
        tries = 1
        while name.lower() in taken:  # a picture of another folder has the very name
            tries += 1
            name = f"{numbered}-{tries}{suffix}"
    taken.add(name.lower())
    return name
