"""Marking happens in the background, so that handing in needs no heavy request."""

from datetime import timedelta

from sqlalchemy import select

from academy.clock import now
from academy.config import settings
from academy.credentials.rules import may_issue
from academy.db import db, for_change, transaction
from academy.jobs import JobHandle, every_minute, job
from exams.results import operations, queries
from exams.sittings.models import Sitting
from exams.sittings.queries import exam_of

LOOK_BACK = timedelta(days=30)


def _mark(sitting_id: int) -> None:
    with transaction():
        sitting = db.session.scalars(for_change(select(Sitting).where(Sitting.id == sitting_id))).one()
        operations.mark_sitting(sitting, now())


@job("exams.mark")
def mark_sitting(handle: JobHandle, sitting_id: int) -> None:
    """Mark one closed sitting; asked twice, it finds its result and does nothing."""
    _mark(sitting_id)


@every_minute
def mark_what_was_left() -> None:
    """Sittings that closed and were never marked, should a job have been lost."""
    for sitting_id in queries.unmarked(now() - LOOK_BACK, limit=100):
        _mark(sitting_id)


@every_minute
def badge_what_was_left() -> None:
    """Passes from a time when this installation could not issue badges."""
    if not may_issue(settings().public_url):
        return
    for sitting_id in [result.sitting_id for result in queries.passed_without_badge(limit=50)]:
        with transaction():
            sitting = db.session.scalars(for_change(select(Sitting).where(Sitting.id == sitting_id))).one()
            result = queries.result_of(sitting.id)
            if result is not None and result.passed:
                operations.give_badge(sitting, exam_of(sitting), result, now())
