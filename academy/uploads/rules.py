"""What may come in, and why something may not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_PIXELS = 40_000_000
MAX_SIDE = 16_384
"""Browsers draw nothing larger on a canvas."""
LARGEST_PICTURE = 64 * 1024 * 1024
LARGEST_SOUND = 128 * 1024 * 1024
LARGEST_CLOUD = 128 * 1024 * 1024
LARGEST_MEDIA = max(LARGEST_PICTURE, LARGEST_SOUND, LARGEST_CLOUD)
LONGEST_SOUND = 4 * 3600
"""Seconds."""
MOST_CHANNELS = 8
MOST_CLOUD_POINTS = 5_000_000
MOST_FRAMES = 20_000
"""Of one video."""
LARGEST_UPLOAD = 100 * 1024 * 1024
"""What one form may bring, with all its files."""
LARGEST_TEXT = 10 * 1024 * 1024


class Refusal(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    NOT_A_PICTURE = "not a picture"
    TOO_MANY_PIXELS = "too many pixels"
    TOO_LONG_A_SIDE = "too long a side"
    DAMAGED = "damaged"
    TOO_SLOW = "too slow"
    TOO_HUNGRY = "too hungry"
    NOT_A_ZIP = "not a zip"
    TOO_MANY_FILES = "too many files"
    OVERLAPPING = "overlapping"
    UNPACKS_TOO_LARGE = "unpacks too large"
    BAD_NAME = "bad name"
    SAME_NAME = "same name"
    ENCRYPTED = "encrypted"
    A_LINK = "a link"
    ODD_COMPRESSION = "odd compression"
    NOT_TEXT = "not text"
    NAME_IN_USE = "name in use"
    NOT_A_SOUND = "not a sound"
    DAMAGED_SOUND = "damaged sound"
    TOO_LONG_A_SOUND = "too long a sound"
    TOO_MANY_CHANNELS = "too many channels"
    ODD_RATE = "odd rate"
    NOT_A_CLOUD = "not a cloud"
    DAMAGED_CLOUD = "damaged cloud"
    NO_POINTS = "no points"
    TOO_MANY_POINTS = "too many points"
    FRAMES_DIFFER = "frames differ"
    TOO_MANY_FRAMES = "too many frames"
    NO_FRAMES = "no frames"


class RefusedFile(ValueError):
    """A file that is not taken; `academy.uploads.words` puts it into a sentence."""

    def __init__(self, why: Refusal, **facts: str | int) -> None:
        super().__init__(why.value)
        self.why = why
        self.facts: Mapping[str, str | int] = facts


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """How much one archive may hold."""

    files: int = 2000
    bytes_of_one: int = LARGEST_PICTURE
    bytes_of_all: int = 1024 * 1024 * 1024
    ratio: int = 200
    """A picture is packed already; what shrinks more than this is no picture but a trap."""
