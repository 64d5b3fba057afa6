"""Reading label sets, guidelines, tasks and gold. Rooms above decide who may see which task; gold goes to graders."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from academy.annotation.models import Gold, Guideline, GuidelineRule, Label, LabelSet, Task, TaskSet
from academy.db import db


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
