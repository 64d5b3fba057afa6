"""What happens to uploads in the background: the check, adding, undoing, and dropping what nobody came back for."""

from collections.abc import Callable

from sqlalchemy import select

from academy.annotation import queries
from academy.annotation.exchange import adding, importing, inspecting
from academy.annotation.exchange.models import Upload
from academy.annotation.locking import Locked
from academy.annotation.rules import UploadState
from academy.clock import now
from academy.db import db, for_change, transaction
from academy.i18n import say
from academy.jobs import JobHandle, JobState, each_alone, every_minute, job

SWEPT_AT = (18, 20)
"""Hour and minute, UTC."""


@job(importing.CHECK)
def check_upload(handle: JobHandle, upload_id: int) -> None:
    """Look at every line of what was sent."""
    inspecting.check_upload(upload_id, handle.progress)


@job(importing.ADD)
def add_upload(handle: JobHandle, upload_id: int, by_id: int | None) -> None:
    """All good lines go in, or none. Nobody sees it half done, not even this job: it has no steps to show."""
    _do(upload_id, UploadState.CHECKED, lambda: adding.add_now(upload_id, by_id, now()))


@job(importing.UNDO)
def undo_upload(handle: JobHandle, upload_id: int, by_id: int | None) -> None:
    _do(upload_id, UploadState.ADDED, lambda: adding.undo_now(upload_id, by_id, now()))


def _do(upload_id: int, before: UploadState, work: Callable[[], object]) -> None:
    try:
        with transaction():
            work()
    except Locked:  # meanwhile: nothing was done, and the page says why
        sentence = say("This set is locked, so its gold stays as it is. Unlock it first.")
        with transaction():
            adding.failed(upload_id, before, sentence.as_json())


@every_minute
def free_stuck() -> None:
    """What was to be added or undone and failed for good is as it was before: to be tried again, or thrown away."""
    each_alone(queries.uploads_at_work(), _free)


def _free(upload_id: int) -> None:
    upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
    asked = importing.job_of(upload)
    failed = asked is None or asked.state is JobState.FAILED
    if not failed or upload.state not in (UploadState.ADDING, UploadState.UNDOING):
        return
    before = UploadState.CHECKED if upload.state is UploadState.ADDING else UploadState.ADDED
    sentence = say("That did not work, and nothing was changed. Try it again; the people who run this house can see "
                   "why it failed.")  # fmt: skip
    adding.failed(upload_id, before, sentence.as_json())


@every_minute
def drop_forgotten() -> None:
    each_alone(queries.forgotten_uploads(now() - importing.KEPT_UNSETTLED), _drop)


@every_minute
def sweep_storage() -> None:
    """Once a day, at night in Korea."""
    at = now()
    if (at.hour, at.minute) == SWEPT_AT:
        importing.sweep_storage(at)


def _drop(upload_id: int) -> None:
    importing.drop(db.session.get_one(Upload, upload_id), None, now())
