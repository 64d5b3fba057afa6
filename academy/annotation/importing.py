"""Bringing prepared pictures and their gold into a task set, and out again. Doing it twice changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select

from academy.annotation import operations, queries
from academy.annotation.formats.preparing import Prepared
from academy.annotation.formats.reading import Problem
from academy.annotation.models import Gold, Task, TaskSet
from academy.annotation.rules import Purpose
from academy.db import db

SUFFIXES: Mapping[str, str] = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a new set is to be called and used. An existing set keeps what it has."""

    slug: str
    title: Mapping[str, str]
    licence: str = ""
    attribution: str = ""
    purpose: Purpose = Purpose.PRACTICE
    public: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did with one picture."""

    objects: int
    problem: Problem | None = None


def open_set(plan: Plan, labels: Sequence[str], titles: Mapping[str, Mapping[str, str]]) -> TaskSet:
    """The task set of this name, made if it is new, with all these labels."""
    label_set = operations.ensure_label_set(
        plan.slug, plan.title, [{"name": name, "title": titles.get(name, {"ko": name, "en": name})} for name in labels]
    )
    found = db.session.scalars(select(TaskSet).where(TaskSet.slug == plan.slug)).one_or_none()
    if found is not None:
        known = {label.name for label in queries.labels_of(found.label_set_id)}
        if found.label_set_id != label_set.id and not set(labels) <= known:
            named = [{"name": name, "title": titles.get(name, {"ko": name, "en": name})} for name in labels]
            operations.ensure_label_set(found.label_set.slug, found.label_set.title, named)
        return found
    guideline = queries.guideline_named(plan.slug) or operations.ensure_guideline(plan.slug, plan.title, [])
    return operations.ensure_task_set(
        plan.slug,
        plan.title,
        "box",
        label_set,
        guideline,
        licence=plan.licence,
        attribution=plan.attribution,
        purpose=plan.purpose,
    )


def bring_in(task_set: TaskSet, prepared: Prepared, source: str, public: bool, now: datetime) -> Outcome:
    """A new task, a new version of the gold of a task we have, or (if nothing differs) nothing."""
    if prepared.picture is None or prepared.document is None:
        return Outcome(0)
    item, document = prepared.item, prepared.document
    media = operations.keep_picture(
        prepared.picture,
        licence=task_set.licence,
        attribution=task_set.attribution,
        alt=task_set.title,
        public=public,
    )
    task = _task_called(task_set, item.name)
    if task is None:
        task = operations.add_task(task_set, media, None, item.name, now)
        operations.revise_gold(task, document, source, now)
        return Outcome(prepared.objects)
    if (task.media.content_hash, task.media.width) != (media.content_hash, media.width):
        message = f"{item.name} is not the picture that was imported under this name before; nothing was changed."
        return Outcome(0, Problem(item.file, None, message))
    newest = queries.gold_of([task.id]).get(task.id)
    if newest is not None and newest.document == document:
        return Outcome(0)
    operations.revise_gold(task, document, source, now)
    return Outcome(prepared.objects)


def _task_called(task_set: TaskSet, source: str) -> Task | None:
    query = select(Task).where(Task.task_set_id == task_set.id, Task.source == source)
    return db.session.scalars(query).unique().one_or_none()


@dataclass(frozen=True, slots=True)
class Leaving:
    """One picture on its way out: the name it gets, its task and its newest gold."""

    name: str
    task: Task
    objects: list[dict[str, Any]]


def leaving(task_set: TaskSet) -> Iterator[Leaving]:
    """The pictures of a set that have gold, each with a name of its own."""
    tasks = queries.tasks_of(task_set.id)
    gold: dict[int, Gold] = queries.gold_of(task.id for task in tasks)
    taken: set[str] = set()
    for task in tasks:
        if task.id not in gold:
            continue
        suffix = SUFFIXES.get(task.media.content_type, ".png")
        name = PurePosixPath(task.source).name
        if not name.lower().endswith((suffix, suffix.replace("jpg", "jpeg"))) or name in taken or ":" in name:
            name = f"{task.position:06d}{suffix}"
        taken.add(name)
        yield Leaving(name, task, gold[task.id].document["objects"])
