"""Pictures that somebody brings: received, checked one by one in the background, and then added together or not at all.

The check opens each picture in a process of its own and keeps what came out under the upload's name. Nothing of it can
be seen by anybody else until a person has read what the check says and adds the good ones: one short transaction.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import func, select, update

from academy import audit
from academy.annotation import queries
from academy.annotation.bringing import Upload, UploadFile
from academy.annotation.formats.found import Problem
from academy.annotation.models import Media, Task, TaskSet
from academy.annotation.rules import UploadState, Verdict
from academy.db import after_commit, db, for_change, guarded
from academy.errors import Conflict
from academy.i18n import _l
from academy.jobs import Job, request_job
from academy.storage import storage
from academy.uploads.archives import Found, files_in, looks_like_zip
from academy.uploads.pictures import Picture
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.words import sentence_of
from academy.uploads.workshop import Workshop

CHECK = "annotation.check_upload"
KEPT_UNSETTLED = timedelta(days=7)
"""So long a checked upload waits for somebody to add it."""


class Brought(NamedTuple):
    """One file as it was sent."""

    name: str
    data: bytes


class AlreadySettled(Conflict):
    """Somebody, perhaps in another window, was faster."""


class Sent(NamedTuple):
    """Files that lie in the storage as they were sent."""

    token: str
    sources: list[dict[str, str]]


def lay_down(files: Sequence[Brought], now: datetime) -> Sent:
    """Put files into the storage as they were sent. Call it before the transaction: others need not wait for a disk.

    Their day stands in the name, so that what no row speaks of (the power failed in between) is found and swept away.
    """
    token = token_hex(12)
    folder = f"incoming/{now:%Y%m%d}/{token}"
    sources = [{"name": file.name[:200], "key": f"{folder}/{number:05d}"} for number, file in enumerate(files, 1)]
    for source, file in zip(sources, files, strict=True):
        storage().put(source["key"], file.data)
    return Sent(token, sources)


def receive(
    task_set: TaskSet, sent: Sent, *, licence: str, attribution: str, public: bool, by_id: int, now: datetime
) -> tuple[Upload, Job]:
    """Take what was sent as an upload for a set, and ask for the check."""
    upload = Upload(
        token=sent.token, task_set_id=task_set.id, task_set=task_set, by_id=by_id, licence=licence,
        attribution=attribution, public=public, state=UploadState.CHECKING, sources=sent.sources, created_at=now,
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    subject = f"task-set:{task_set.slug}"
    detail = {"upload": upload.id, "files": len(sent.sources)}
    audit.note("pictures brought", by=by_id, subject=subject, detail=detail, now=now)
    return upload, request_job(CHECK, {"upload_id": upload.id}, key=str(upload.id), by=by_id)


# The check ---------------------------------------------------------------------------------------------------------


class Checked(NamedTuple):
    """What the check says, before it is written down; `total` is how many files there are as far as is known."""

    file: UploadFile
    total: int


def check(upload: Upload) -> Iterator[Checked]:
    """Look at each file. Writes good pictures into the storage and no row: the caller keeps all rows at once.

    Done again (its worker was lost) it gives the same and overwrites what it wrote.
    """
    names, hashes = queries.sources_and_hashes(upload.task_set_id)
    with Workshop() as workshop:
        for position, (found, total) in enumerate(_files(upload), 1):
            file = _look_at(workshop, upload, found, position, names, hashes)
            yield Checked(file, total)


def _files(upload: Upload) -> Iterator[tuple[Found, int]]:
    """Every file that was sent, zips unpacked, with the number of files as far as it is known."""
    total = len(upload.sources)
    for source in upload.sources:
        data = storage().get(source["key"])
        if not looks_like_zip(data[:4]):
            yield Found(source["name"], data), total
            continue
        try:
            archive = files_in(io.BytesIO(data))
        except RefusedFile as refused:
            yield Found(source["name"], refused=refused), total
            continue
        total += len(archive) - 1
        for found in archive:
            yield found, total


def _look_at(
    workshop: Workshop, upload: Upload, found: Found, position: int, names: dict[str, str], hashes: set[str]
) -> UploadFile:
    file = UploadFile(upload_id=upload.id, position=position, name=found.name, facts={}, verdict=Verdict.NEW)
    try:
        if found.refused:
            raise found.refused
        picture = workshop.open_picture(found.data)
        digest = hashlib.sha256(picture.data).hexdigest()
        if digest in hashes:
            file.verdict = Verdict.SAME
            return file
        if found.name in names:
            raise RefusedFile(Refusal.NAME_IN_USE)
    except RefusedFile as refused:
        file.verdict, file.odd = Verdict.REFUSED, True
        file.problems = [Problem(found.name, None, sentence_of(refused)).as_json()]
        return file
    names[found.name] = digest
    hashes.add(digest)
    _keep(file, upload, picture, digest)
    return file


def _keep(file: UploadFile, upload: Upload, picture: Picture, digest: str) -> None:
    file.storage_key = f"uploads/{upload.token}/{file.position:05d}.{picture.extension}"
    storage().put(file.storage_key, picture.data)
    file.content_hash, file.content_type = digest, picture.content_type
    file.width, file.height = picture.width, picture.height


def note_checked(upload_id: int, files: Sequence[UploadFile]) -> None:
    """Write down what the check said, once; what was sent is not needed any more.

    Was the upload thrown away meanwhile, what the check has kept goes too.
    """
    upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
    if upload.state is not UploadState.CHECKING:
        kept = [file.storage_key for file in files if file.storage_key]
        after_commit(lambda: _forget_files(kept))
        return
    db.session.add_all(files)
    keys = [source["key"] for source in upload.sources]
    upload.sources, upload.state = [], UploadState.CHECKED
    db.session.flush()
    after_commit(lambda: _forget_files(keys))


# Settling ----------------------------------------------------------------------------------------------------------


def add(upload: Upload, by_id: int, now: datetime) -> int:
    """Add the good pictures to the end of the set, all together; tells how many."""
    _settle(upload, UploadState.ADDED, now, UploadState.CHECKED)
    task_set = db.session.scalars(for_change(select(TaskSet).where(TaskSet.id == upload.task_set_id))).one()
    names, hashes = queries.sources_and_hashes(task_set.id)
    files = [
        file for file in queries.good_files(upload.id) if file.content_hash not in hashes and file.name not in names
    ]
    last = db.session.scalar(select(func.max(Task.position)).where(Task.task_set_id == task_set.id)) or 0
    media = _media_of(upload, task_set, files, now)
    db.session.add_all(
        Task(task_set_id=task_set.id, position=last + number, media_id=media[file.content_hash].id, source=file.name)
        for number, file in enumerate(files, 1)
    )
    subject = f"task-set:{task_set.slug}"
    audit.note(
        "pictures added", by=by_id, subject=subject, detail={"upload": upload.id, "pictures": len(files)}, now=now
    )
    taken = {each.storage_key for each in media.values()}
    left_over = [file.storage_key for file in queries.good_files(upload.id) if file.storage_key not in taken]
    after_commit(lambda: _forget_files(left_over))
    return len(files)


def _media_of(upload: Upload, task_set: TaskSet, files: Sequence[UploadFile], now: datetime) -> dict[str, Media]:
    """The pictures as rows: those kept before under the same licence, and new ones for the others."""
    same = select(Media).where(
        Media.content_hash.in_([file.content_hash for file in files]),
        Media.public == upload.public,
        Media.licence == upload.licence,
        Media.attribution == upload.attribution,
    )
    found = {media.content_hash: media for media in db.session.scalars(same)}
    made = {
        file.content_hash: Media(
            content_hash=file.content_hash, storage_key=file.storage_key, content_type=file.content_type,
            width=file.width, height=file.height, licence=upload.licence, attribution=upload.attribution,
            alt=dict(task_set.title), public=upload.public, created_at=now,
        )
        for file in files if file.content_hash not in found
    }  # fmt: skip
    db.session.add_all(made.values())
    db.session.flush()
    return found | made


def drop(upload: Upload, by_id: int | None, now: datetime) -> None:
    """Throw an upload away; its report stays readable."""
    keys = [file.storage_key for file in queries.good_files(upload.id)] + [one["key"] for one in upload.sources]
    _settle(upload, UploadState.DROPPED, now, UploadState.CHECKING, UploadState.CHECKED)
    subject = f"task-set:{upload.task_set.slug}"
    audit.note("pictures thrown away", by=by_id, subject=subject, detail={"upload": upload.id}, now=now)
    after_commit(lambda: _forget_files(keys))


def _settle(upload: Upload, state: UploadState, now: datetime, *before: UploadState) -> None:
    waiting = update(Upload).where(Upload.id == upload.id, Upload.state.in_(before))
    if guarded(waiting.values(state=state, settled_at=now)) == 0:
        raise AlreadySettled(_l("These pictures were added or thrown away already. Look at the page again."))


def _forget_files(keys: Sequence[str]) -> None:
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
    _forget_files(left)
    return len(left)
