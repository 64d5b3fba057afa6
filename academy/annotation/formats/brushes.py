"""Masks as Label Studio keeps what its brush painted: the bytes of a picture of four channels, run lengths packed bit
by bit (thi.ng/rle-pack). Only the last channel (how opaque a pixel is) counts. Pure.

The head says how many values follow (32 bits), how wide one is (5 bits, less one) and four widths of run lengths (4
bits each, less one). Then, until all values are there: one bit whether a value repeats, two bits for the width of the
length, the length less one, and the value, or as many values.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from academy.annotation.formats import masks

_WIDTHS = (3, 4, 8, 16)
_LONGEST = 1 << _WIDTHS[-1]
_PAINTED = 255


class BadBrush(ValueError):
    """These bytes are no mask of this size."""


class _Bits:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data + bytes(8), 0
        self.end = len(data) * 8

    def read(self, count: int) -> int:
        if self.at + count > self.end:
            raise BadBrush("the bytes are cut off")
        first = self.at >> 3
        eight = int.from_bytes(self.data[first : first + 8], "big")
        value = (eight >> (64 - (self.at & 7) - count)) & ((1 << count) - 1)
        self.at += count
        return value


def decode(painted: Sequence[Any], width: int, height: int) -> dict[str, Any]:
    """The mask {"size", "counts"} of a brush's bytes. Raises BadBrush."""
    if not all(type(byte) is int and 0 <= byte <= 255 for byte in painted):
        raise BadBrush("the run lengths are no bytes")
    bits = _Bits(bytes(painted))
    count, wide = bits.read(32), bits.read(5) + 1
    widths = [bits.read(4) + 1 for _ in range(4)]
    if count != width * height * 4 or width * height > masks.MOST_PIXELS:
        raise BadBrush("the size is another than the picture's")
    inside = np.zeros(width * height, bool)
    at = 0
    while at < count:
        repeats = bits.read(1)
        until = min(count, at + 1 + bits.read(widths[bits.read(2)]))
        if repeats:
            if bits.read(wide):
                inside[at // 4 : until // 4] = True  # pixels whose last value lies in the run
            at = until
            continue
        for place in range(at, until):
            if bits.read(wide) and place % 4 == 3:
                inside[place // 4] = True
        at = until
    return masks.from_grid(inside.reshape(height, width))


def encode(mask: dict[str, Any]) -> list[int]:
    """The bytes of a mask, as Label Studio's own converter writes them."""
    pixels = masks.grid(mask).ravel()
    edges = np.flatnonzero(np.diff(pixels.astype(np.int8))) + 1
    lengths = np.diff([0, *edges.tolist(), pixels.size]).tolist()
    bits = [f"{pixels.size * 4:032b}", f"{8 - 1:05b}", *(f"{width - 1:04b}" for width in _WIDTHS)]
    painted = bool(pixels[0])
    for length in lengths:
        bits += _run(length * 4, _PAINTED if painted else 0)
        painted = not painted
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))


def _run(length: int, value: int) -> Iterator[str]:
    while length > 0:
        now = min(length, _LONGEST)
        place = next(place for place, width in enumerate(_WIDTHS) if now <= 1 << width)
        yield f"1{place:02b}{now - 1:0{_WIDTHS[place]}b}{value:08b}"
        length -= now
