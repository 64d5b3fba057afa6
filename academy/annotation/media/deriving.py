"""What is made of media once: thumbnails, tiles of very large pictures, peaks of sounds, views of clouds.

It is made where a file is opened (academy.uploads) and kept beside it in the storage; a medium that came before there
was any is caught up with at night, in a process of its own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Text, cast, or_, select, update

from academy.annotation.models import Media, MediaFrame
from academy.annotation.rules import MediaKind
from academy.clock import now
from academy.db import db, guarded, transaction
from academy.jobs import JobHandle, every_minute, job, request_job
from academy.storage import storage
from academy.uploads.media import SUFFIXES, open_media
from academy.uploads.rules import RefusedFile
from academy.uploads.thumbnails import SIDE
from academy.uploads.workshop import Workshop

log = structlog.get_logger(__name__)

DERIVE = "annotation.derive"
CAUGHT_UP_AT = (18, 40)
"""Hour and minute, UTC: at night in Korea."""
_AT_ONCE = 200


def keep_derived(base: str, derived: Mapping[str, bytes]) -> dict[str, str]:
    """Put what was made of a medium into the storage, beside it; `base` is the medium's key without its suffix.

    Gives Media.derived: name and key.
    """
    keys = {name: f"{base}-{name}.{SUFFIXES[name]}" for name in derived}
    for name, key in keys.items():
        storage().put(key, derived[name])
    return keys


def keys_of(derived: Mapping[str, Any]) -> set[str]:
    """Everything in the storage that belongs to a Media.derived."""
    return {str(key) for key in derived.values()}


def keys_in_use(prefix: str) -> set[str]:
    """Keys below a prefix that some medium has: its bytes, its frames, and what was made of it."""
    rows = db.session.execute(select(Media.storage_key, Media.derived))
    used = {key for stored, derived in rows for key in (stored, *keys_of(derived))}
    used |= set(db.session.scalars(select(MediaFrame.storage_key)))
    return {key for key in used if key and key.startswith(prefix)}


# Catching up -------------------------------------------------------------------------------------------------------


@every_minute
def catch_up_at_night() -> None:
    at = now()
    if (at.hour, at.minute) == CAUGHT_UP_AT:
        catch_up(at)


def catch_up(at: datetime) -> None:
    """Ask for the night's work, if there is any."""
    if _without(0, 1):
        with transaction():
            request_job(DERIVE, {}, key=f"{at:%Y-%m-%d}")


@job(DERIVE)
def derive_missing(handle: JobHandle) -> None:
    """Make what is missing of every picture, sound and cloud; what can not be opened is passed over."""
    after = done = 0
    with Workshop() as workshop:
        while batch := _without(after, _AT_ONCE):
            for media_id, kind, key in batch:
                after = media_id
                _derive(workshop, media_id, kind, key)
                done += 1
                handle.progress(done, done + (len(batch) == _AT_ONCE))


def _without(after: int, most: int) -> list[tuple[int, str, str]]:
    """Media of which nothing was made and that are not small already, by id."""
    kinds = Media.kind.in_((MediaKind.PICTURE, MediaKind.SOUND, MediaKind.CLOUD))
    large = or_(Media.kind != MediaKind.PICTURE, Media.width > SIDE, Media.height > SIDE)
    query = select(Media.id, Media.kind, Media.storage_key).where(
        Media.id > after, kinds, large, cast(Media.derived, Text) == "{}"
    )
    rows = db.session.execute(query.order_by(Media.id).limit(most))
    return [(media_id, kind.value, key) for media_id, kind, key in rows]


def _derive(workshop: Workshop, media_id: int, kind: str, key: str) -> None:
    try:
        brought = open_media(workshop, storage().get(key), kind)
    except (RefusedFile, FileNotFoundError) as error:
        log.warning("nothing could be made of a medium", media=media_id, why=str(error))
        return
    if not brought.derived:
        return
    keys = keep_derived(key.rpartition(".")[0], brought.derived)
    with transaction():
        guarded(update(Media).where(Media.id == media_id).values(derived=keys))
