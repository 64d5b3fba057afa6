"""Reading practice: what this learner may try, has tried and may see. Gold is read only for a try that was graded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from academy.accounts.models import User
from academy.annotation import queries as annotation
from academy.annotation.models import Guideline, LabelSet, Media, Task, TaskSet
from academy.annotation.rules import Purpose, reveals_gold
from academy.db import db, one_or_404
from academy.errors import NotFound
from academy.i18n import _
from courses.catalogue.models import Step
from courses.practice.models import Attempt, Trial
from courses.practice.rules import Progress, Standing, progress

PAGE = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a set, and how far the viewer is with it."""

    task: Task
    standing: Standing


@dataclass(frozen=True, slots=True)
class Pictures:
    """One page of the pictures of a set; `next` is the position after which the next page begins."""

    rows: Sequence[Picture]
    next: int | None


def practice_set(slug: str) -> TaskSet:
    """A set anybody who is signed in may practise, with its labels and rules."""
    return _for_practice(annotation.task_set_named(slug))


def practice_set_alone(slug: str) -> TaskSet:
    """The same without labels and rules."""
    return _for_practice(db.session.scalars(select(TaskSet).where(TaskSet.slug == slug)).one_or_none())


def _for_practice(found: TaskSet | None) -> TaskSet:
    # Sets of exams and of paid work do not exist here, nor do those that nobody has released.
    if found is None or not reveals_gold(found.purpose) or found.released_at is None:
        raise NotFound(_("There is no such practice. It may have been renamed; look in your course."))
    return found


def practice_task(viewer: User, task_set: TaskSet, task_id: int) -> Task:
    """A picture of this set that has gold to be graded by; one that was withdrawn only for who has tried it."""
    tried = exists().where(Attempt.task_id == Task.id, Attempt.learner_id == viewer.id)
    return one_or_404(_workable(task_set.id, task_id).where(or_(Task.withdrawn_at.is_(None), tried)))


def task_to_hand_in(task_set: TaskSet, task_id: int) -> Task:
    """The same for somebody who was drawing: what was withdrawn meanwhile can still be handed in."""
    return one_or_404(_workable(task_set.id, task_id))


def _workable(task_set_id: int, task_id: int) -> Select[Task]:
    query = select(Task).where(Task.id == task_id, Task.task_set_id == task_set_id)
    return query.where(annotation.has_gold(), annotation.workable())


def _gradable(task_set_id: int) -> Select[Task]:
    """What the set offers."""
    return select(Task).where(Task.task_set_id == task_set_id, annotation.has_gold(), annotation.usable())


@annotation.reason_to_see
def _tried(viewer: Any, _now: datetime) -> ColumnElement[bool]:
    """Pictures that somebody has practised on, also when the set was taken back since."""
    return exists().where(
        Attempt.learner_id == viewer.id, Task.id == Attempt.task_id, Task.media_id == Media.id,
        TaskSet.id == Task.task_set_id, TaskSet.purpose == Purpose.PRACTICE,
    )  # fmt: skip


def pictures(viewer: User, task_set: TaskSet, after: int) -> Pictures:
    """A page of the set in its order, beginning behind the position `after`."""
    query = _gradable(task_set.id).where(Task.position > after).order_by(Task.position).limit(PAGE + 1)
    tasks = db.session.scalars(query).unique().all()
    known = standings(viewer, [task.id for task in tasks])
    rows = [Picture(task, known.get(task.id, Standing())) for task in tasks[:PAGE]]
    return Pictures(rows, rows[-1].task.position if len(tasks) > PAGE else None)


def standings(viewer: User, task_ids: Iterable[int]) -> dict[int, Standing]:
    """How far the viewer is with each of these pictures; untried ones are left out."""
    query = _standings(viewer.id).where(Attempt.task_id.in_(list(task_ids)))
    return {row[0]: Standing(row[1], row[2], bool(row[3])) for row in db.session.execute(query)}


def _standings(learner_id: int) -> Select[int, int, Any, int]:
    return (
        select(
            Attempt.task_id,
            func.max(Attempt.number),
            func.max(case((Attempt.number == 1, Attempt.score))),
            func.max(case((Attempt.passed, 1), else_=0).cast(Integer)),
        )
        .where(Attempt.learner_id == learner_id)
        .group_by(Attempt.task_id)
    )


def progress_of(learner_id: int, task_set_id: int) -> Progress:
    """How far a learner is with a set."""
    gradable = _gradable(task_set_id).with_only_columns(Task.id)
    count, asked = db.session.execute(
        select(
            select(func.count()).select_from(gradable.subquery()).scalar_subquery(),
            select(func.max(Step.needed)).where(Step.task_set_id == task_set_id).scalar_subquery(),
        )
    ).one()
    rows = db.session.execute(_standings(learner_id).where(Attempt.task_id.in_(gradable)))
    return progress(count, [Standing(row[1], row[2], bool(row[3])) for row in rows], asked)


def next_task_id(viewer: User, task_set: TaskSet, after: int = 0) -> int | None:
    """Where to go on: the next picture never tried, else the next not passed yet; None when all are passed."""
    tried = select(Attempt.task_id).where(Attempt.learner_id == viewer.id)
    passed = tried.where(Attempt.passed)
    for done in (tried, passed):
        query = _gradable(task_set.id).with_only_columns(Task.id).where(Task.id.not_in(done))
        behind_first = case((Task.position > after, 0), else_=1)
        found = db.session.scalar(query.order_by(behind_first, Task.position).limit(1))
        if found is not None:
            return found
    return None


def last_attempt(viewer: User, task: Task) -> Attempt | None:
    """The viewer's latest try at a picture."""
    query = select(Attempt).where(Attempt.learner_id == viewer.id, Attempt.task_id == task.id)
    return db.session.scalars(query.order_by(Attempt.number.desc()).limit(1)).one_or_none()


def attempt_for(viewer: User, attempt_id: int) -> Attempt:
    """The viewer's own try, with its picture, set, labels, rules and the gold it was graded by."""
    return one_or_404(
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.learner_id == viewer.id)
        .options(joinedload(Attempt.gold), *_details(joinedload(Attempt.task).joinedload(Task.task_set)))
    )


def _details(task_set: Any) -> tuple[Any, Any]:
    """Load labels and rules along with a task set."""
    return (
        task_set.joinedload(TaskSet.label_set).selectinload(LabelSet.labels),
        task_set.joinedload(TaskSet.guideline).selectinload(Guideline.rules),
    )


def trial_task() -> Task | None:
    """The picture a guest may try: the first public one, boxes before choices."""
    first_public = (
        select(Task.id)
        .join(Media, Media.id == Task.media_id)
        .where(Task.task_set_id == TaskSet.id, Media.public, annotation.has_gold(), annotation.usable())
        .order_by(Task.position)
        .limit(1)
        .correlate(TaskSet)
        .scalar_subquery()
    )
    # Set by set, so that a set of a hundred thousand pictures costs one look at its index.
    chosen = (
        select(first_public)
        .select_from(TaskSet)
        .where(TaskSet.purpose == Purpose.PRACTICE, first_public.is_not(None))
        .order_by(case((TaskSet.kind == "box", 0), else_=1), TaskSet.id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(Task).where(Task.id == chosen).options(*_details(joinedload(Task.task_set)))
    return db.session.scalars(query).unique().one_or_none()


def trial_of(token: object) -> Trial | None:
    """The try of the guest whose cookie holds this token."""
    if not isinstance(token, str):
        return None
    details = _details(joinedload(Trial.task).joinedload(Task.task_set))
    query = select(Trial).where(Trial.token == token).options(joinedload(Trial.gold), *details)
    return db.session.scalars(query).unique().one_or_none()
