"""A file that came through the door, of whatever kind. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from academy.uploads.pictures import Turn

Kind = Literal["picture", "sound", "cloud"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A picture, sound or point cloud as we keep it.

    data: the bytes to keep; their SHA-256 tells what was kept before.
    content_type, extension: what those bytes are ("image/jpeg", "jpg"), whatever the file was called.
    width, height: pixels of the upright picture; 0 for others.
    seconds: how long a sound is.
    facts: what was measured: of a sound `rate` and `channels`, of a cloud `points`, `bounds`, `intensity`.
    derived: what was made of it: "thumbnail" (WebP), "peaks" (JSON), "tiles" (see tiles.py), "top" and "side" (WebP).
    turn: how a picture lay in its file, so that its labels can be turned with it.
    """

    kind: Kind
    data: bytes
    content_type: str
    extension: str
    width: int = 0
    height: int = 0
    seconds: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, bytes] = field(default_factory=dict)
    turn: Turn = Turn.UPRIGHT


SUFFIXES = {"thumbnail": "webp", "peaks": "json", "tiles": "tiles", "top": "webp", "side": "webp"}
"""What the files of `derived` end with in the storage."""
