"""What runs in the background: copies of people's data, and every night what is to be forgotten."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from academy.accounts.mailing import recipient_of
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.jobs import Job, JobHandle, each_alone, every_minute, job, request_job
from academy.mail import operations as mail
from academy.mail.rules import Recipient
from academy.privacy import erasing, guardians, letters, queries
from academy.privacy.exporting import write_export
from academy.privacy.forgetting import forget_what_is_old
from academy.privacy.models import DataExport
from academy.privacy.operations import EXPORT
from academy.storage import storage

NIGHTLY = "privacy.nightly"
BEGINS_AT = 3
"""The hour of the night after which the work begins, on the academy's own clock."""

security = structlog.get_logger("security")


@job(EXPORT)
def export_own_data(handle: JobHandle, export_id: int) -> None:
    """Put everything about one person into a zip. One that is ready, or no longer wanted, is left alone."""
    export = db.session.get(DataExport, export_id)
    if export is None or export.ready_at is not None:
        return
    public_id, user_id, at = export.public_id, export.user_id, now()
    db.session.rollback()
    with tempfile.TemporaryDirectory(prefix="academy-export-") as folder:
        target = Path(folder) / "export.zip"
        write_export(target, user_id, at, handle.progress)
        data = target.read_bytes()
    storage().put(queries.export_key(public_id), data)
    with transaction():
        export = db.session.get(DataExport, export_id)
        if export is not None:
            export.ready_at, export.size = now(), len(data)
            letters.tell_export_ready(user_id, export, now())
    if export is None:  # erased or forgotten meanwhile
        storage().delete(queries.export_key(public_id))


@every_minute
def ask_for_the_night() -> None:
    """Once a night, whichever worker comes first, also where none was awake at the hour itself."""
    local = now().astimezone(ZoneInfo(settings().timezone))
    key = (local - timedelta(hours=BEGINS_AT)).date().isoformat()
    asked = db.session.scalar(select(Job.id).where(Job.kind == NIGHTLY, Job.key == key))
    db.session.rollback()
    if asked is None:
        with transaction():
            request_job(NIGHTLY, {}, key=key)


@job(NIGHTLY)
def forget(handle: JobHandle) -> None:
    """Fulfil the wishes that are due, then delete what is past its term."""
    at = now()
    due = queries.wishes_due(at)
    db.session.rollback()
    each_alone(due, lambda user_id: erase_one(user_id, at))
    late = guardians.never_agreed(at)
    db.session.rollback()
    each_alone(late, lambda user_id: erase_child(user_id, at))
    forget_what_is_old(at, handle.progress)


def erase_one(user_id: int, at: datetime) -> None:
    """Erase one person who did not think better of it; the last letter goes out before their address is forgotten."""
    user = queries.person_to_erase(user_id, at)
    if user is None:
        return
    to = recipient_of(user)
    if to is not None:
        nobody = Recipient(None, to.address, to.language, to.name)
        mail.send(letters.ERASED.name, to=nobody, words={}, now=at, key=None)
    public_id = user.public_id
    erasing.erase(user, at)
    security.info("account-erased", person=public_id)


def erase_child(user_id: int, at: datetime) -> None:
    """Erase the account of a child for whom no guardian agreed in time."""
    child = guardians.child_to_erase(user_id, at)
    if child is not None:
        public_id = child.public_id
        erasing.erase(child, at)
        security.info("account-of-a-child-erased", person=public_id)
