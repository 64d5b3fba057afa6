"""What happens to uploads in the background: the check, and throwing away what nobody came back for."""

from academy.annotation import arrivals, queries
from academy.annotation.bringing import Upload
from academy.annotation.rules import UploadState
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import JobHandle, each_alone, every_minute, job

SWEPT_AT = (18, 20)
"""Hour and minute, UTC."""


@job(arrivals.CHECK)
def check_upload(handle: JobHandle, upload_id: int) -> None:
    """Open every picture, then write down all verdicts at once."""
    upload = db.session.get_one(Upload, upload_id)
    if upload.state is not UploadState.CHECKING:
        return
    db.session.expunge(upload)
    files = []
    for checked in arrivals.check(upload):
        files.append(checked.file)
        handle.progress(len(files), checked.total)
    with transaction():
        arrivals.note_checked(upload_id, files)


@every_minute
def drop_forgotten() -> None:
    each_alone(queries.forgotten_uploads(now() - arrivals.KEPT_UNSETTLED), _drop)


@every_minute
def sweep_storage() -> None:
    """Once a day, at night in Korea."""
    at = now()
    if (at.hour, at.minute) == SWEPT_AT:
        arrivals.sweep_storage(at)


def _drop(upload_id: int) -> None:
    arrivals.drop(db.session.get_one(Upload, upload_id), None, now())
