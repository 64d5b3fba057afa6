"""The one door for pictures: opened with a short list of formats, checked before loading, re-encoded, upright.

Pure: bytes in, bytes out. What a camera wrote around the picture (place, date, device, trailers) does not come through.
"""

import io
import warnings
from dataclasses import dataclass
from enum import IntEnum

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
_ORIENTATION = 0x0112


class RefusedPicture(ValueError):
    """The file is no picture we accept; the sentence says why."""


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
    """Check, turn upright and re-encode. Raises RefusedPicture with a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise RefusedPicture(f"The picture has {image.width} x {image.height} pixels; at most 40 million fit.")
        source_format = image.format
        turn = _turn_of(image)
        image.seek(0)
        upright = ImageOps.exif_transpose(image)
        upright.load()
    except RefusedPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedPicture("The picture has too many pixels; at most 40 million fit.") from error
    except UnidentifiedImageError as error:
        raise RefusedPicture("This is not a PNG, JPEG or WebP picture.") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise RefusedPicture("The picture is damaged and can not be opened.") from error
    return _encode(upright, source_format or "PNG", turn)


def _turn_of(image: Image.Image) -> Turn:
    value = image.getexif().get(_ORIENTATION, 1)
    return Turn(value) if value in set(Turn) else Turn.UPRIGHT


def _encode(image: Image.Image, source_format: str, turn: Turn) -> Picture:
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    plain = image.convert("RGBA" if clear else "L" if image.mode in {"1", "L"} else "RGB")
    # A fresh image carries nothing of the file it came from.
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    if source_format == "JPEG":
        fresh.save(out, "JPEG", quality=92, subsampling=0, optimize=True)
        return Picture(out.getvalue(), *fresh.size, "image/jpeg", "jpg", turn)
    if source_format == "WEBP":
        fresh.save(out, "WEBP", quality=92)
        return Picture(out.getvalue(), *fresh.size, "image/webp", "webp", turn)
    fresh.save(out, "PNG", compress_level=7)
    return Picture(out.getvalue(), *fresh.size, "image/png", "png", turn)
