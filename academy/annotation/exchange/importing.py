"""Data that somebody brings for a task set: received, checked line by line in the background, then added together or
not at all, and taken back again if it was a mistake. The page and the command line go the same way.

The check (inspecting.py) opens each medium in a process of its own and keeps what came out under the upload's name.
Nothing of it can be seen by anybody else until a person has read what the check says and adds the good lines: one
transaction (adding.py). Done again, each step gives the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update

from academy import audit
from academy.annotation import queries
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.exchange.unpacking import keys_of
from academy.annotation.locking import refuse_locked
from academy.annotation.models import TaskSet
from academy.annotation.rules import Outside, UploadState
from academy.db import after_commit, db, guarded
from academy.errors import Conflict
from academy.i18n import _l
from academy.jobs import Job, request_job
from academy.storage import storage

CHECK = "annotation.check_upload"
ADD = "annotation.add_upload"
UNDO = "annotation.undo_upload"
KEPT_UNSETTLED = timedelta(days=7)
"""So long a checked upload waits for somebody to add it."""


class Brought(NamedTuple):
    """One file as it was sent."""

    name: str
    data: bytes


class AlreadySettled(Conflict):
    """Somebody, perhaps in another window, was faster."""


class Sent(NamedTuple):
    """Files that lie in the storage as they were sent: each with its name and its `key`, or its `pieces`."""

    token: str
    sources: list[dict[str, Any]]


def lay_down(files: Sequence[Brought], now: datetime) -> Sent:
    """Put files into the storage as they were sent. Call it before the transaction: others need not wait for a disk.

    Their day stands in the name, so that what no row speaks of (the power failed in between) is found and swept away.
    """
    token = token_hex(12)
    folder = f"incoming/{now:%Y%m%d}/{token}"
    sources: list[dict[str, Any]] = [
        {"name": file.name[:200], "key": f"{folder}/{number:05d}"} for number, file in enumerate(files, 1)
    ]
    for source, file in zip(sources, files, strict=True):
        storage().put(source["key"], file.data)
    return Sent(token, sources)


def receive(
    task_set: TaskSet, sent: Sent, *, licence: str, attribution: str, public: bool, by_id: int, now: datetime,
    form: str = "", options: Mapping[str, Any] | None = None, outside: Outside = Outside.CLIP,
) -> tuple[Upload, Job]:  # fmt: skip
    """Take what was sent as an upload for a set, and ask for the check. `form` "" lets the check guess the format;
    `options`: see formats.found.Options (`labels` names a file among those sent). Raises Locked."""
    refuse_locked(task_set)
    upload = Upload(
        token=sent.token, task_set_id=task_set.id, task_set=task_set, by_id=by_id, licence=licence,
        attribution=attribution, public=public, state=UploadState.CHECKING, sources=sent.sources, created_at=now,
        form=form, guessed=False, options=dict(options or {}), outside=outside, labels=[],
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    _note("data brought", upload, by_id, now, files=len(sent.sources))
    return upload, request_job(CHECK, {"upload_id": upload.id}, key=str(upload.id), by=by_id)


def check_again(
    upload: Upload, *, form: str, options: Mapping[str, Any], outside: Outside, by_id: int, now: datetime
) -> Job:
    """Read the same files another way. What the check before said is forgotten. Raises AlreadySettled."""
    values = {"state": UploadState.CHECKING, "form": form, "guessed": False, "options": dict(options),
              "outside": outside, "problem": None, "labels": []}  # fmt: skip
    _move(upload, values, UploadState.CHECKED)
    forget_lines(upload)
    _note("data brought", upload, by_id, now, files=len(upload.sources))
    return request_job(CHECK, {"upload_id": upload.id}, key=_next_key(CHECK, upload), by=by_id)


def add(upload: Upload, by_id: int, now: datetime) -> Job:
    """Have the good lines added to the set, all together. Raises AlreadySettled, Locked."""
    refuse_locked(upload.task_set)
    _move(upload, {"state": UploadState.ADDING, "problem": None}, UploadState.CHECKED)
    _note("data added", upload, by_id, now)
    return request_job(ADD, {"upload_id": upload.id, "by_id": by_id}, key=_next_key(ADD, upload), by=by_id)


def drop(upload: Upload, by_id: int | None, now: datetime) -> None:
    """Throw an upload away; its report stays readable. Raises AlreadySettled."""
    _move(upload, {"state": UploadState.DROPPED, "settled_at": now}, UploadState.CHECKING, UploadState.CHECKED)
    _note("data thrown away", upload, by_id, now)
    keys = [*kept_keys(upload.id), *sent_keys(upload)]
    upload.sources = []
    after_commit(lambda: forget(keys))


def undo(upload: Upload, by_id: int, now: datetime) -> Job:
    """Take back what an import did: its new tasks leave the set, and what it changed says again what it said before.
    Raises AlreadySettled, Locked."""
    refuse_locked(upload.task_set)
    _move(upload, {"state": UploadState.UNDOING, "problem": None}, UploadState.ADDED)
    _note("import undone", upload, by_id, now)
    return request_job(UNDO, {"upload_id": upload.id, "by_id": by_id}, key=_next_key(UNDO, upload), by=by_id)


def _move(upload: Upload, values: Mapping[str, Any], *before: UploadState) -> None:
    waiting = update(Upload).where(Upload.id == upload.id, Upload.state.in_(before))
    if guarded(waiting.values(**values)) == 0:
        raise AlreadySettled(_l("This import was added, thrown away or undone already. Look at the page again."))


def _note(act: str, upload: Upload, by_id: int | None, now: datetime, **detail: int) -> None:
    subject = f"task-set:{upload.task_set.slug}"
    audit.note(act, by=by_id, subject=subject, detail={"upload": upload.id, **detail}, now=now)


def _next_key(kind: str, upload: Upload) -> str:
    """A key that no work of this kind for this upload has yet: the same can be done again after it was undone."""
    asked = select(func.count()).select_from(Job).where(Job.kind == kind, Job.key.startswith(f"{upload.id}/"))
    return f"{upload.id}/{(db.session.scalar(asked) or 0) + 1}"


def job_of(upload: Upload) -> Job | None:
    """The background work that the upload waits for, or waited for last."""
    kind = {UploadState.ADDING: ADD, UploadState.ADDED: ADD, UploadState.UNDOING: UNDO, UploadState.UNDONE: UNDO}.get(
        upload.state, CHECK
    )
    mine = (Job.key == str(upload.id)) | Job.key.startswith(f"{upload.id}/")
    return db.session.scalars(select(Job).where(Job.kind == kind, mine).order_by(Job.id.desc()).limit(1)).one_or_none()


# What lies in the storage ------------------------------------------------------------------------------------------


def sent_keys(upload: Upload) -> list[str]:
    return [key for source in upload.sources for key in keys_of(source)]


def forget_lines(upload: Upload) -> None:
    """The lines of a check, and what it kept, go."""
    keys = kept_keys(upload.id)
    db.session.execute(delete(UploadFile).where(UploadFile.upload_id == upload.id))
    after_commit(lambda: forget(keys))


def kept_keys(upload_id: int) -> list[str]:
    """What a check kept in the storage."""
    columns = UploadFile.storage_key, UploadFile.derived, UploadFile.frames
    rows = db.session.execute(select(*columns).where(UploadFile.upload_id == upload_id))
    return sorted({key for row in rows for key in row_keys(*row)})


def row_keys(storage_key: str, derived: Mapping[str, str], frames: Sequence[Mapping[str, str]]) -> list[str]:
    keys = [storage_key, *derived.values(), *(frame["key"] for frame in frames)]
    return [key for key in keys if key]


def forget(keys: Sequence[str]) -> None:
    for key in keys:
        storage().delete(key)


def sweep_storage(now: datetime) -> int:
    """Delete what lies in the storage for no row: leftovers of requests and workers that were cut off."""
    yesterday = f"incoming/{now - timedelta(days=1):%Y%m%d}"
    waiting = queries.sent_and_waiting()
    left = [
        stored.key for stored in storage().list("incoming/") if stored.key < yesterday and stored.key not in waiting
    ]
    found = {stored.key for stored in storage().list("uploads/")}
    if not queries.checks_under_way():  # asked after looking: a check writes files before any row names them
        left += sorted(found - queries.needed_of_uploads())
    forget(left)
    return len(left)


Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many as far as is known."""
