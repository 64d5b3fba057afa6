"""The one door for pictures: opened with a short list of formats, checked before loading, re-encoded, upright.

Pure: bytes in, bytes out. What a camera wrote around the picture (place, date, device, trailers) does not come through,
nor does anything that a browser could take for a page or a script: we write the file anew. Pictures that people bring
are opened in a process of their own (see workshop.py); those we drew ourselves need none.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from PIL import Image, ImageOps, UnidentifiedImageError

from academy.uploads.rules import MAX_PIXELS, MAX_SIDE, Refusal, RefusedFile

FORMATS = ("PNG", "JPEG", "WEBP")
_ORIENTATION = 0x0112
Made = TypeVar("Made")


class Turn(IntEnum):
    """How a picture lay in its file (the EXIF orientation, CIPA DC-008)."""

    UPRIGHT = 1
    MIRRORED = 2
    UPSIDE_DOWN = 3
    FLIPPED = 4
    TRANSPOSED = 5
    ON_ITS_LEFT = 6
    TRANSVERSED = 7
    ON_ITS_RIGHT = 8

    def box(self, box: tuple[float, float, float, float], width: float, height: float) -> tuple[float, ...]:
        """Where [x, y, w, h] lies once the picture is upright; width and height are those in the file."""
        x, y, w, h = box
        left, top, right, bottom = x, y, width - x - w, height - y - h
        match self:
            case Turn.MIRRORED:
                return right, top, w, h
            case Turn.UPSIDE_DOWN:
                return right, bottom, w, h
            case Turn.FLIPPED:
                return left, bottom, w, h
            case Turn.TRANSPOSED:
                return top, left, h, w
            case Turn.ON_ITS_LEFT:
                return bottom, left, h, w
            case Turn.TRANSVERSED:
                return bottom, right, h, w
            case Turn.ON_ITS_RIGHT:
                return top, right, h, w
        return left, top, w, h


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we keep it."""

    data: bytes
    width: int
    height: int
    content_type: str
    extension: str
    turn: Turn


def open_picture(data: bytes) -> Picture:
    """Check, turn upright and re-encode. Raises RefusedFile."""
    return open_and(data, lambda _image: None)[0]


def open_and(data: bytes, then: Callable[[Image.Image], Made]) -> tuple[Picture, Made]:
    """As open_picture, and what `then` makes of the upright picture while it is at hand."""
    if not data:
        raise RefusedFile(Refusal.EMPTY)
    try:
        image, source_format, turn = _bare(data)
        return _encode(image, source_format, turn), then(image)
    except RefusedFile:
        raise
    except Image.DecompressionBombError as error:
        raise RefusedFile(Refusal.UNPACKS_TOO_LARGE) from error
    except UnidentifiedImageError as error:
        raise RefusedFile(Refusal.NOT_A_PICTURE) from error
    except MemoryError as error:
        raise RefusedFile(Refusal.TOO_HUNGRY) from error
    except Exception as error:
        # Whatever a decoder stumbles over: the file is at fault, and its sender is told so.
        raise RefusedFile(Refusal.DAMAGED) from error


def _bare(data: bytes) -> tuple[Image.Image, str, Turn]:
    """Only what is seen of a picture, upright; the copies it took to get there are given back when this returns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes, where our own limit is lower, and of metadata, which we drop
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_size(image)
        source_format, turn = image.format or "PNG", _turn_of(image)
        image.seek(0)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    plain = _eight_bits(image)
    # A fresh image carries nothing of the file it came from.
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    return fresh, source_format, turn


def _check_size(image: Image.Image) -> None:
    """What the header says, before anything is unpacked."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise RefusedFile(Refusal.TOO_MANY_PIXELS, width=width, height=height)
    if max(width, height) > MAX_SIDE:
        raise RefusedFile(Refusal.TOO_LONG_A_SIDE, width=width, height=height, most=MAX_SIDE)


def _turn_of(image: Image.Image) -> Turn:
    value = image.getexif().get(_ORIENTATION, 1)
    return Turn(value) if value in set(Turn) else Turn.UPRIGHT


def _encode(fresh: Image.Image, source_format: str, turn: Turn) -> Picture:
    out = io.BytesIO()
    if source_format in {"JPEG", "MPO"}:  # phones put several pictures into one JPEG; the first is the one they show
        fresh.save(out, "JPEG", quality=92, subsampling=0, optimize=True)
        return Picture(out.getvalue(), *fresh.size, "image/jpeg", "jpg", turn)
    if source_format == "WEBP":
        fresh.save(out, "WEBP", quality=92)
        return Picture(out.getvalue(), *fresh.size, "image/webp", "webp", turn)
    fresh.save(out, "PNG", compress_level=7)
    return Picture(out.getvalue(), *fresh.size, "image/png", "png", turn)


def _eight_bits(image: Image.Image) -> Image.Image:
    """As browsers draw it: grey or colour, with or without transparency, eight bits each."""
    if image.mode.startswith("I"):  # sixteen bits of grey; a plain conversion would make all but the darkest white
        return image.convert("I").point(lambda value: value / 256).convert("L")
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    wanted = "RGBA" if clear else "L" if image.mode in {"1", "L"} else "RGB"
    return image if image.mode == wanted else image.convert(wanted)
