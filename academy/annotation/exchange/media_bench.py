"""Opens the media of an import two at a time, each in a process of its own, and keeps what comes out.

Threads only wait for those processes and for the storage; nothing of a file is in memory once it is kept.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from academy.annotation.formats.found import FoundItem
from academy.annotation.media.keeping import text_hash, video_hash
from academy.annotation.rules import MediaKind
from academy.storage import Storage
from academy.uploads.media import SUFFIXES, Brought, open_frames, open_media
from academy.uploads.pictures import Turn
from academy.uploads.workshop import Workshop

WORKSHOPS = 2
LARGEST_KNOWN = 256 * 1024**2
REMEMBERED = 5_000
"""So many media are known again when another item of the same import shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A medium that was opened; `keys` are those written for it, none if it was kept before or nothing is kept."""

    kind: str
    content_hash: str
    storage_key: str = ""
    content_type: str = ""
    width: int = 0
    height: int = 0
    seconds: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    frames: Sequence[Mapping[str, str]] = ()
    turn: Turn = Turn.UPRIGHT


class MediaBench:
    """Use it as a context manager. `store` None: look only. `known`: what the set shows already, by hash.

    A file with the very bytes that we keep is what we keep: encoded once more it would be another one."""

    def __init__(self, store: Storage | None, folder: str, known: Mapping[str, Kept] | None = None) -> None:
        self._store, self._folder, self._known = store, folder, known or {}
        self._pool = ThreadPoolExecutor(WORKSHOPS, thread_name_prefix="media")
        self._free: SimpleQueue[Workshop] = SimpleQueue()
        self._workshops = [Workshop() for _ in range(WORKSHOPS)]
        for workshop in self._workshops:
            self._free.put(workshop)
        self._seen: OrderedDict[tuple[Path, ...], Future[Kept]] = OrderedDict()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for workshop in self._workshops:
            workshop.close()
        self._pool.shutdown()

    def ask(self, item: FoundItem) -> "Future[Kept] | Kept | None":
        """What the item shows: soon, at once (a text), or never (its picture is missing)."""
        paths = item.frames or ((item.media,) if item.media else ())
        if not paths:
            return text_of(item) if item.parts else None
        asked = self._seen.get(paths)
        if asked is None:
            self._number += 1
            asked = self._pool.submit(self._open, paths, f"{self._folder}/{self._number:07d}", bool(item.frames))
            self._seen[paths] = asked
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return asked

    def _open(self, paths: tuple[Path, ...], key: str, video: bool) -> Kept:
        workshop = self._free.get()
        try:
            if video:
                return self._video(workshop, paths, key)
            return self._kept_before(paths[0]) or self._one(open_media(workshop, paths[0]), key)
        finally:
            self._free.put(workshop)

    def _kept_before(self, path: Path) -> Kept | None:
        if not self._known or path.stat().st_size > LARGEST_KNOWN:
            return None
        return self._known.get(hashlib.sha256(path.read_bytes()).hexdigest())

    def _one(self, brought: Brought, key: str) -> Kept:
        digest = hashlib.sha256(brought.data).hexdigest()
        written = self._store is not None and digest not in self._known
        storage_key = f"{key}.{brought.extension}"
        if written:
            self._put(storage_key, brought.data)
        return Kept(
            kind=brought.kind, content_hash=digest, storage_key=storage_key if written else "",
            content_type=brought.content_type, width=brought.width, height=brought.height, seconds=brought.seconds,
            facts=dict(brought.facts), derived=self._derived(brought, key) if written else {}, turn=brought.turn,
        )  # fmt: skip

    def _derived(self, brought: Brought, key: str) -> dict[str, str]:
        """As academy.annotation.media.deriving.keep_derived, but outside of the application, in a thread."""
        keys = {name: f"{key}-{name}.{SUFFIXES[name]}" for name in brought.derived}
        for name, data in brought.derived.items():
            self._put(keys[name], data)
        return keys

    def _video(self, workshop: Workshop, paths: tuple[Path, ...], key: str) -> Kept:
        """The frames of a video, kept one by one. What was kept before is found out at the end, so it is kept anew."""
        digests: list[str] = []
        frames: list[dict[str, str]] = []
        derived: dict[str, str] = {}
        size = (0, 0)
        for number, frame in enumerate(open_frames(workshop, paths)):
            digests.append(hashlib.sha256(frame.data).hexdigest())
            frame_key = f"{key}-{number:06d}.{frame.extension}"
            if self._store is not None:
                self._put(frame_key, frame.data)
                frames.append({"key": frame_key, "content_type": frame.content_type})
            if number == 0:
                size = frame.width, frame.height
                derived = self._derived(frame, key) if self._store is not None else {}
        return Kept(
            kind=MediaKind.VIDEO.value, content_hash=video_hash(digests),
            content_type=frames[0]["content_type"] if frames else "",
            width=size[0], height=size[1], facts={"frames": len(paths)}, derived=derived, frames=frames,
        )  # fmt: skip

    def _put(self, key: str, data: bytes) -> None:
        if self._store is not None:
            self._store.put(key, data)


def text_of(item: FoundItem) -> Kept:
    """Texts stand in the row itself."""
    return Kept(kind=MediaKind.TEXT.value, content_hash=text_hash(item.parts), content_type="text/plain")
