"""Reading label sets, guidelines, tasks and gold. Rooms above decide who may see which task; gold goes to graders."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from academy.annotation.models import Gold, Guideline, GuidelineRule, Label, LabelSet, Media, Task, TaskSet
from academy.db import Page, db, page_by_key


def gold_of(task_ids: Iterable[int]) -> dict[int, Gold]:
    """The newest gold of each task that has one."""
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
    return {gold.task_id: gold for gold in rows}


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


def media_for(viewer: Any, token: str) -> Select[Media]:
    """A picture by its token. Those that are not public need somebody who has signed in."""
    query = select(Media).where(Media.token == token)
    return query if viewer.is_authenticated else query.where(Media.public)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a task set holds."""

    tasks: int
    with_gold: int
    versions: int


def task_counts(task_set_ids: Iterable[int]) -> dict[int, Counts]:
    """Tasks, tasks with gold and versions of gold of each set that has tasks."""
    rows = db.session.execute(
        select(
            Task.task_set_id, func.count(Task.id.distinct()), func.count(Gold.task_id.distinct()), func.count(Gold.id)
        )
        .outerjoin(Gold, Gold.task_id == Task.id)
        .where(Task.task_set_id.in_(list(task_set_ids)))
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
