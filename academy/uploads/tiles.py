"""Very large pictures cut into tiles, so that a browser fetches only what is looked at. Pure.

All tiles of a picture lie in one file: a table of where each stands and how long it is (little-endian, 8 and 4 bytes),
then the tiles. A level is half the size of the next; level 0 fits into one tile, the last one has the picture's pixels.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

SIDE = 512
LARGEST_WHOLE = 12_000_000
LONGEST_WHOLE = 4_096
"""Pixels, and pixels of one side, of a picture that is shown whole: phones draw no larger texture."""
_ENTRY = struct.Struct("<QI")
_QUALITY, _METHOD = 90, 1


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile, and which part of the picture it shows, in pixels of the picture."""

    level: int
    x: int
    y: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pyramid:
    """How the tiles of a picture of this size are numbered."""

    width: int
    height: int

    @property
    def levels(self) -> int:
        """How many; 1 for a picture that fits into one tile."""
        return max(0, (max(self.width, self.height) - 1).bit_length() - (SIDE - 1).bit_length()) + 1

    def size(self, level: int) -> tuple[int, int]:
        """Width and height of the whole picture at a level, in pixels."""
        by = 1 << (self.levels - 1 - level)
        return -(-self.width // by), -(-self.height // by)

    def grid(self, level: int) -> tuple[int, int]:
        """Columns and rows of a level."""
        width, height = self.size(level)
        return -(-width // SIDE), -(-height // SIDE)

    def place(self, level: int, x: int, y: int) -> int | None:
        """The number of a tile among all, row by row; None if there is none."""
        if not 0 <= level < self.levels:
            return None
        columns, rows = self.grid(level)
        if not (0 <= x < columns and 0 <= y < rows):
            return None
        return sum(self._count(below) for below in range(level)) + y * columns + x

    def level_for(self, longest: int) -> int:
        """The largest level of which no side is longer than this; level 0 if all are."""
        return max((level for level in range(self.levels) if max(self.size(level)) <= longest), default=0)

    def tiles(self, level: int) -> Iterator["Tile"]:
        """All tiles of a level, with the part of the picture that each shows."""
        width, height = self.size(level)
        columns, rows = self.grid(level)
        wide, high = self.width / width, self.height / height
        for y in range(rows):
            for x in range(columns):
                left, top = x * SIDE, y * SIDE
                right, bottom = min(left + SIDE, width), min(top + SIDE, height)
                yield Tile(level, x, y, left * wide, top * high, (right - left) * wide, (bottom - top) * high)

    @property
    def count(self) -> int:
        return sum(self._count(level) for level in range(self.levels))

    def _count(self, level: int) -> int:
        columns, rows = self.grid(level)
        return columns * rows


def wanted(width: int, height: int) -> bool:
    """Whether a picture of this size is too large to be shown whole."""
    return width * height > LARGEST_WHOLE or max(width, height) > LONGEST_WHOLE


def pack(image: Image.Image) -> bytes:
    """All tiles of a picture, as WebP in one file."""
    pyramid = Pyramid(*image.size)
    by_level: list[list[bytes]] = []
    shrunk = image
    for level in reversed(range(pyramid.levels)):
        if shrunk.size != pyramid.size(level):
            shrunk = shrunk.resize(pyramid.size(level), Image.Resampling.BOX)
        by_level.insert(0, list(_cut(shrunk, *pyramid.grid(level))))
    tiles = [tile for level in by_level for tile in level]
    table, at = bytearray(), _ENTRY.size * len(tiles)
    for tile in tiles:
        table += _ENTRY.pack(at, len(tile))
        at += len(tile)
    return bytes(table) + b"".join(tiles)


def _cut(image: Image.Image, columns: int, rows: int) -> Iterator[bytes]:
    width, height = image.size
    for y in range(rows):
        for x in range(columns):
            left, top = x * SIDE, y * SIDE
            out = io.BytesIO()
            tile = image.crop((left, top, min(left + SIDE, width), min(top + SIDE, height)))
            tile.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
            yield out.getvalue()


def read(file: BinaryIO, place: int) -> bytes:
    """The tile of this number, in two reads. Raises ValueError when the file does not hold it."""
    file.seek(place * _ENTRY.size)
    entry = file.read(_ENTRY.size)
    if len(entry) != _ENTRY.size:
        raise ValueError("the table of the tiles ends early")
    at, length = _ENTRY.unpack(entry)
    file.seek(at)
    tile = file.read(length)
    if len(tile) != length:
        raise ValueError("the tile ends early")
    return tile
