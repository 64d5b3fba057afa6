"""What is made of a picture once, when it comes in: a small one for lists, tiles if it is very large. Pure."""

import io

from PIL import Image

from academy.uploads import tiles
from academy.uploads.brought import Brought
from academy.uploads.pictures import open_and

SIDE = 320
"""Pixels of the longer side: twice what a list shows, for screens with fine pixels."""
_QUALITY, _METHOD = 80, 1


def open_with_thumbnail(data: bytes) -> Brought:
    """A picture through its door, with what is made of it. Raises RefusedFile."""
    picture, derived = open_and(data, derive)
    return Brought(
        kind="picture", data=picture.data, content_type=picture.content_type, extension=picture.extension,
        width=picture.width, height=picture.height, derived=derived, turn=picture.turn,
    )  # fmt: skip


def derive(image: Image.Image) -> dict[str, bytes]:
    """Thumbnail and tiles of an upright picture; nothing of one that is small already."""
    derived = {}
    if max(image.size) > SIDE:
        derived["thumbnail"] = thumbnail(image)
    if tiles.wanted(*image.size):
        derived["tiles"] = tiles.pack(image)
    return derived


def thumbnail(image: Image.Image) -> bytes:
    """A WebP whose longer side has at most SIDE pixels."""
    small = image.copy() if max(image.size) <= SIDE else _shrunk(image)
    return as_webp(small)


def _shrunk(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX)


def as_webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
    return out.getvalue()
