"""Locking and releasing a set: a locked one keeps its gold as it is, an unreleased one is offered to nobody."""

from datetime import datetime

from academy import audit
from academy.annotation.models import TaskSet
from academy.db import db
from academy.errors import Conflict
from academy.i18n import _l


class Locked(Conflict):
    """The set is locked: its gold stays as it is."""


def refuse_locked(task_set: TaskSet) -> None:
    """Raise Locked before anything of a locked set is changed."""
    if task_set.locked_at is not None:
        raise Locked(_l("This set is locked, so its gold stays as it is. Unlock it first."))


def lock(task_set: TaskSet, by_id: int, now: datetime) -> None:
    """From now on no import, no edit and no undo. What is locked already stays so."""
    if task_set.locked_at is None:
        task_set.locked_at = now
        _note("set locked", task_set, by_id, now)


def unlock(task_set: TaskSet, by_id: int, now: datetime) -> None:
    if task_set.locked_at is not None:
        task_set.locked_at = None
        _note("set unlocked", task_set, by_id, now)


def release(task_set: TaskSet, by_id: int, now: datetime) -> None:
    """Practice, exams and projects may use the set."""
    if task_set.released_at is None:
        task_set.released_at = now
        _note("set released", task_set, by_id, now)


def hold_back(task_set: TaskSet, by_id: int, now: datetime) -> None:
    """Offer the set to nobody new; who has a task of it in hand finishes it."""
    if task_set.released_at is not None:
        task_set.released_at = None
        _note("set held back", task_set, by_id, now)


def _note(act: str, task_set: TaskSet, by_id: int, now: datetime) -> None:
    db.session.flush()
    audit.note(act, by=by_id, subject=f"task-set:{task_set.slug}", detail={}, now=now)
