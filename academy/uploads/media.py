"""The one way in for media of every kind, for whoever imports: a file in, what we keep of it out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from academy.uploads.brought import SUFFIXES, Brought, Kind
from academy.uploads.rules import MOST_FRAMES, Refusal, RefusedFile
from academy.uploads.workshop import LARGEST, Workshop

__all__ = ["SUFFIXES", "Brought", "Kind", "kind_of_file", "open_frames", "open_media"]

_KINDS: dict[str, Kind] = {
    ".png": "picture", ".jpg": "picture", ".jpeg": "picture", ".webp": "picture",
    ".wav": "sound", ".flac": "sound", ".mp3": "sound",
    ".pcd": "cloud", ".bin": "cloud", ".ply": "cloud",
}  # fmt: skip


def kind_of_file(name: str) -> Kind | None:
    """What a file of this name is meant to be; its door looks at the bytes."""
    return _KINDS.get(Path(name).suffix.lower())


def open_media(workshop: Workshop, source: Path | bytes, kind: str = "") -> Brought:
    """Open a file in the workshop's process, check it and write it anew.

    kind: "picture", "sound" or "cloud" (a MediaKind does); "" goes by the suffix of the path, or is a picture.
    Raises RefusedFile; academy.uploads.words says it in a sentence. A file that can not be read is an OSError.
    """
    door = _door(kind or (kind_of_file(source.name) if isinstance(source, Path) else None) or "picture")
    return workshop.open(_bytes_of(source, door), door)


def open_frames(workshop: Workshop, frames: Sequence[Path | bytes]) -> Iterator[Brought]:
    """The pictures of a video in their order, one in memory at a time; all must have the size of the first.

    The thumbnail of the first is the video's own. Raises RefusedFile with the number of the frame (from 1).
    """
    if not frames:
        raise RefusedFile(Refusal.NO_FRAMES)
    if len(frames) > MOST_FRAMES:
        raise RefusedFile(Refusal.TOO_MANY_FRAMES, most=MOST_FRAMES)
    first: tuple[int, int] | None = None
    for number, source in enumerate(frames, 1):
        frame = open_media(workshop, source, "picture")
        size = frame.width, frame.height
        first = first or size
        if size != first:
            raise RefusedFile(
                Refusal.FRAMES_DIFFER, frame=number, width=size[0], height=size[1], first=f"{first[0]} x {first[1]}"
            )
        yield frame


def _door(kind: str) -> Kind:
    for door in LARGEST:
        if door == kind:
            return door
    raise ValueError(f"no door for media of the kind {kind!r}")


def _bytes_of(source: Path | bytes, kind: Kind) -> bytes:
    """No more than a door would take is read."""
    if isinstance(source, bytes):
        return source
    if source.stat().st_size > LARGEST[kind]:
        raise RefusedFile(Refusal.TOO_LARGE, most=LARGEST[kind] // 2**20)
    return source.read_bytes()
