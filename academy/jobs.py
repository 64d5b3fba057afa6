"""Background work that is done once, even if the power fails between the request and the work.

A request writes its job as a row, in the same transaction as whatever asked for it. After the commit a queue (Huey) is
told the number of the row; the queue is only a bell, the row is the truth. A sweep rings again for rows that nobody
heard. A function registered with `@job` may be called twice for the same row (a worker can die after its last line), so
it asks what is already done before it does it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from academy import queue
from academy.clock import now
from academy.config import settings
from academy.db import Base, BigKey, JsonDict, after_commit, db, enum_column, guarded, pk, transaction

log = structlog.get_logger(__name__)

MOST_TRIES = 5
UNHEARD_AFTER = timedelta(seconds=30)
LOST_AFTER = timedelta(minutes=10)
"""A running job that has shown no progress for this long has lost its worker."""


class JobState(StrEnum):
    """Where a piece of background work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of background work. `key` makes asking twice the same as asking once."""

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("(state IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="finished_with_time"),
        Index("ix_job_open", "state", "due_at", postgresql_where="state IN ('waiting', 'running')"),
    )

    id: Mapped[pk]
    kind: Mapped[str]
    key: Mapped[str]
    arguments: Mapped[JsonDict]
    state: Mapped[JobState] = enum_column(JobState, default=JobState.WAITING)
    requested_by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(default="")
    problem: Mapped[str | None]


class JobHandle:
    """What a running job knows of itself."""

    def __init__(self, job_id: int) -> None:
        self.id = job_id
        self._shown_at = now()

    def progress(self, done: int, total: int, words: str = "") -> None:
        """Show how far the work is. Opens its own `transaction()`; at most twice a second, and at the end."""
        at = now()
        if done < total and at - self._shown_at < timedelta(seconds=0.5):
            return
        self._shown_at = at
        with transaction():
            guarded(update(Job).where(Job.id == self.id).values(done=done, total=total, words=words, seen_at=at))


Work = TypeVar("Work", bound=Callable[..., None])
_KINDS: dict[str, Callable[..., None]] = {}
_EVERY_MINUTE: list[Callable[[], None]] = []


class UnknownJob(LookupError):
    """A row asks for work that no module of this version offers."""


def job(kind: str) -> Callable[[Work], Work]:
    """Register a function `(handle, **arguments)` as background work called `room.verb`."""

    def register(work: Work) -> Work:
        if kind in _KINDS and _KINDS[kind].__qualname__ != work.__qualname__:
            raise RuntimeError(f"Two jobs are called {kind}.")
        _KINDS[kind] = work
        return work

    return register


def every_minute(work: Callable[[], None]) -> Callable[[], None]:
    """Register a function that the worker calls each minute. It may be called by two workers at once."""
    _EVERY_MINUTE.append(work)
    return work


def request_job(kind: str, arguments: Mapping[str, Any], *, key: str, by: int | None = None) -> Job:
    """Ask for background work inside the current transaction; it starts after the commit, and only then.

    The same kind and key give the same job; one that failed is tried again.
    """
    found = _asked_before(kind, key)
    if found is None:
        at = now()
        found = Job(
            kind=kind, key=key, arguments=dict(arguments), requested_by_id=by, requested_at=at, due_at=at,
            state=JobState.WAITING, tries=0, done=0, total=0, words="",
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(found)
        except IntegrityError:
            found = db.session.execute(select(Job).where(Job.kind == kind, Job.key == key)).scalar_one()
    elif found.state == JobState.FAILED:
        found.state, found.tries, found.finished_at, found.problem, found.due_at = (
            JobState.WAITING,
            0,
            None,
            None,
            now(),
        )
        db.session.flush()
    job_id = found.id
    after_commit(lambda: start(job_id))
    return found


def _asked_before(kind: str, key: str) -> Job | None:
    return db.session.execute(select(Job).where(Job.kind == kind, Job.key == key)).scalar_one_or_none()


def start(job_id: int) -> None:
    """Have the work begin: in this process where settings say so, else by a worker. Never fails its caller."""
    if settings().jobs_at_once:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with app.app_context():  # its own session: the caller's objects stay as they are
            run(job_id)
        return
    try:
        queue.ring(job_id)
    except Exception as error:
        log.warning("queue does not answer, the sweep will ring again", job=job_id, error=type(error).__name__)


def run(job_id: int) -> None:
    """Do the work of one row, if nobody else is doing it or has done it."""
    at = now()
    with transaction():
        claimed = guarded(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.WAITING, Job.due_at <= at)
            .values(state=JobState.RUNNING, seen_at=at, tries=Job.tries + 1)
        )
        found = db.session.get(Job, job_id)
    if not claimed or found is None:
        return
    with structlog.contextvars.bound_contextvars(job=job_id, kind=found.kind):
        try:
            work = _KINDS.get(found.kind)
            if work is None:
                raise UnknownJob(f"This version does not know the work {found.kind!r}.")
            work(JobHandle(job_id), **found.arguments)
        except Exception as error:
            log.exception("job failed", tries=found.tries)
            db.session.rollback()
            _note_failure(job_id, found.tries, error)
            if settings().jobs_at_once:
                raise
        else:
            _note_success(job_id)


def _note_success(job_id: int) -> None:
    at = now()
    with transaction():
        guarded(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.RUNNING)
            .values(state=JobState.DONE, finished_at=at, seen_at=at, problem=None)
        )


def _note_failure(job_id: int, tries: int, error: Exception) -> None:
    at = now()
    problem = f"{type(error).__name__}: {error}"[:500]
    last = tries >= MOST_TRIES or isinstance(error, UnknownJob)
    values: dict[str, Any] = {"problem": problem, "seen_at": at}
    if last:
        values |= {"state": JobState.FAILED, "finished_at": at}
    else:
        values |= {"state": JobState.WAITING, "due_at": at + timedelta(seconds=10 * 4 ** (tries - 1))}
    with transaction():
        guarded(update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(values))


def sweep() -> int:
    """Ring for rows nobody heard and take back rows whose worker was lost; tells how many rang."""
    at = now()
    with transaction():
        guarded(
            update(Job)
            .where(Job.state == JobState.RUNNING, Job.seen_at < at - LOST_AFTER)
            .values(state=JobState.WAITING, due_at=at)
        )
    return ring_for_all(start, before=at - UNHEARD_AFTER)


def ring_for_all(ring: Callable[[int], None], *, before: datetime | None = None) -> int:
    """Ring for every row that waits and is due (and, first tries, was asked for `before`)."""
    at = now()
    waiting = select(Job.id).where(
        Job.state == JobState.WAITING, Job.due_at <= at, or_(Job.tries > 0, Job.requested_at <= (before or at))
    )
    numbers = db.session.scalars(waiting.order_by(Job.id).limit(1000)).all()
    db.session.rollback()
    for job_id in numbers:
        ring(job_id)
    return len(numbers)


def take_back_all() -> int:
    """At the start of an installation's only worker: whatever is still marked as running was cut off."""
    with transaction():
        return guarded(update(Job).where(Job.state == JobState.RUNNING).values(state=JobState.WAITING, due_at=now()))


def do_minute_work() -> None:
    """Everything registered with `every_minute`; one that fails does not keep the others from their turn."""
    for work in _EVERY_MINUTE:
        try:
            work()
        except Exception:
            db.session.rollback()
            log.exception("minute work failed", work=f"{work.__module__}.{work.__name__}")


def each_alone(rows: Iterable[int], work: Callable[[int], object]) -> None:
    """Do `work` for each row in a transaction() of its own; one that fails does not hold up the rest, even every minute
    anew."""
    for row_id in rows:
        try:
            with transaction():
                work(row_id)
        except Exception:
            log.exception("work on one row failed", work=f"{work.__module__}.{work.__qualname__}", row=row_id)
