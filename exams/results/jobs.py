"""Marking happens in the background, so that handing in needs no heavy request."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from academy.clock import now
from academy.config import settings
from academy.credentials.rules import may_issue
from academy.db import db, for_change, transaction
from academy.jobs import JobHandle, each_alone, every_minute, job
from exams.results import operations, queries
from exams.sittings.models import Sitting
from exams.sittings.queries import exam_of

LOOK_BACK = timedelta(days=30)
NONE_LEFT = "exams.no_badge_left"


def _held(sitting_id: int) -> Sitting:
    """The sitting, held until the transaction ends: it is marked by one worker at a time."""
    sitting: Sitting = db.session.scalars(for_change(select(Sitting).where(Sitting.id == sitting_id))).one()
    return sitting


def _mark(sitting_id: int) -> None:
    operations.mark_sitting(_held(sitting_id), now())


def _badge(sitting_id: int) -> None:
    sitting = _held(sitting_id)
    result = queries.result_of(sitting_id)
    if result is not None and result.passed:
        operations.give_badge(sitting, exam_of(sitting), result, now())


@job("exams.mark")
def mark_sitting(handle: JobHandle, sitting_id: int) -> None:
    """Mark one closed sitting; asked twice, it finds its result and does nothing."""
    with transaction():
        _mark(sitting_id)


@every_minute
def mark_what_was_left() -> None:
    """Sittings that closed and were never marked, should a job have been lost."""
    each_alone(queries.unmarked(now() - LOOK_BACK, limit=100), _mark)


@every_minute
def badge_what_was_left() -> None:
    """Passes from a time when this installation could not issue badges.

    Looking costs a walk through all passes. Once none is left there is no need to look again: whether badges can be
    issued is a setting, and changes with a new process only.
    """
    if not may_issue(settings().public_url) or NONE_LEFT in current_app.extensions:
        return
    left = [result.sitting_id for result in queries.passed_without_badge(limit=50)]
    if not left:
        current_app.extensions[NONE_LEFT] = True
    each_alone(left, _badge)
