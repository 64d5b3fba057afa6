"""Keeping media of every kind: the same bytes under the same licence are kept once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from academy.annotation.media.deriving import keep_derived
from academy.annotation.models import Media, MediaFrame
from academy.annotation.rules import MediaKind
from academy.db import db
from academy.storage import storage
from academy.uploads.media import Brought

_FOLDERS = {"picture": "pictures", "sound": "sounds", "cloud": "clouds"}


class Rights(NamedTuple):
    """What every medium carries with it wherever it is shown."""

    licence: str
    attribution: str
    alt: Mapping[str, str]
    public: bool


def keep(brought: Brought, rights: Rights) -> Media:
    """Keep a picture, a sound or a cloud that came through its door."""
    digest = hashlib.sha256(brought.data).hexdigest()
    known = _known(digest, rights)
    if known is not None:
        return known
    base = f"{_FOLDERS[brought.kind]}/{digest[:2]}/{digest}"
    key = f"{base}.{brought.extension}"
    storage().put(key, brought.data)
    return _add(
        rights, kind=MediaKind(brought.kind), content_hash=digest, storage_key=key, content_type=brought.content_type,
        width=brought.width, height=brought.height, seconds=brought.seconds, facts=dict(brought.facts),
        derived=keep_derived(base, brought.derived),
    )  # fmt: skip


def keep_text(parts: Sequence[tuple[str, str]], rights: Rights) -> Media:
    """Keep a text: [("", text)], or several as (name, text)."""
    digest = text_hash(parts)
    return _known(digest, rights) or _add(
        rights, kind=MediaKind.TEXT, content_hash=digest, storage_key="", content_type="text/plain",
        parts=[{"name": name, "text": text} for name, text in parts],
    )  # fmt: skip


def keep_video(frames: Sequence[Brought], rights: Rights) -> Media:
    """Keep the frames of a video in their order; all have one size (academy.uploads.media.open_frames)."""
    digests = [hashlib.sha256(frame.data).hexdigest() for frame in frames]
    digest = video_hash(digests)
    known = _known(digest, rights)
    if known is not None:
        return known
    keys = [f"videos/{digest[:2]}/{digest}/{number:06d}.{frame.extension}" for number, frame in enumerate(frames)]
    for key, frame in zip(keys, frames, strict=True):
        storage().put(key, frame.data)
    first = frames[0]
    small = {name: data for name, data in first.derived.items() if name == "thumbnail"}
    media = _add(
        rights, kind=MediaKind.VIDEO, content_hash=digest, storage_key="", content_type=first.content_type,
        width=first.width, height=first.height, facts={"frames": len(frames)},
        derived=keep_derived(f"videos/{digest[:2]}/{digest}/video", small),
    )  # fmt: skip
    db.session.add_all(
        MediaFrame(media_id=media.id, number=number, storage_key=key, content_type=frame.content_type)
        for number, (key, frame) in enumerate(zip(keys, frames, strict=True))
    )
    db.session.flush()
    return media


def text_hash(parts: Sequence[tuple[str, str]]) -> str:
    """What tells a text apart: its parts with their names."""
    written = json.dumps([[name, text] for name, text in parts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def video_hash(digests: Sequence[str]) -> str:
    """What tells a video apart: the hashes of its frames in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _known(digest: str, rights: Rights) -> Media | None:
    same = select(Media).where(
        Media.content_hash == digest,
        Media.public == rights.public,
        Media.licence == rights.licence,
        Media.attribution == rights.attribution,
    )
    return db.session.scalars(same).one_or_none()


def _add(rights: Rights, **known: Any) -> Media:
    media = Media(
        licence=rights.licence, attribution=rights.attribution, alt=dict(rights.alt), public=rights.public, **known
    )
    db.session.add(media)
    db.session.flush()
    return media
