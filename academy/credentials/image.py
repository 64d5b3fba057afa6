"""The picture of a badge: drawn by us, and baked (the signed credential travels inside the PNG). Pure."""

import io
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw

KEYWORD = b"openbadgecredential"
SIDE = 480
MAX_BYTES = 4_000_000
_SCALE = 3
_MAGIC = b"\x89PNG\r\n\x1a\n"

_PAPER, _DEEP, _ACCENT, _SOFT, _WARM = "#faf7f1", "#074846", "#0c6664", "#dcefeb", "#f2c777"


class NotBaked(ValueError):
    """There is no credential in this picture; the sentence says why."""


@lru_cache(maxsize=32)
def draw(level: int) -> bytes:
    """A seal with a bounding box around a tick, and one star for each level. No words: those are on the page."""
    side = SIDE * _SCALE
    canvas = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    middle = side / 2
    pen.polygon(_scallops(middle, middle, side * 0.485, side * 0.455, 28), fill=_DEEP)
    _disc(pen, middle, middle, side * 0.425, _ACCENT)
    _disc(pen, middle, middle, side * 0.385, _PAPER)
    _disc(pen, middle, middle, side * 0.365, _SOFT)
    _box(pen, middle, side * 0.44, side * 0.17, side * 0.018)
    _tick(pen, middle, side * 0.44, side * 0.11, side * 0.036)
    stars = max(1, min(level, 5))
    for number in range(stars):
        across = middle + (number - (stars - 1) / 2) * side * 0.1
        pen.polygon(_star(across, side * 0.73, side * 0.042), fill=_WARM, outline=_DEEP, width=_SCALE)
    small = canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(64, Image.Quantize.FASTOCTREE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: str) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _scallops(x: float, y: float, outer: float, inner: float, count: int) -> list[tuple[float, float]]:
    """The wavy edge of a seal."""
    points = []
    for step in range(count * 12):
        angle = math.tau * step / (count * 12)
        radius = inner + (outer - inner) * (0.5 + 0.5 * math.cos(angle * count))
        points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return points


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    return [
        (
            x + (radius if corner % 2 == 0 else radius * 0.45) * math.sin(math.tau * corner / 10),
            y - (radius if corner % 2 == 0 else radius * 0.45) * math.cos(math.tau * corner / 10),
        )
        for corner in range(10)
    ]


def _box(pen: ImageDraw.ImageDraw, x: float, y: float, half: float, line: float) -> None:
    """A labeller's box: four lines and a handle on each corner."""
    pen.rectangle((x - half, y - half, x + half, y + half), outline=_ACCENT, width=round(line))
    handle = line * 1.6
    for corner_x in (x - half, x + half):
        for corner_y in (y - half, y + half):
            frame = (corner_x - handle, corner_y - handle, corner_x + handle, corner_y + handle)
            pen.rectangle(frame, fill=_PAPER, outline=_DEEP, width=round(line * 0.6))


def _tick(pen: ImageDraw.ImageDraw, x: float, y: float, reach: float, line: float) -> None:
    points = [(x - reach, y), (x - reach * 0.25, y + reach * 0.75), (x + reach, y - reach * 0.75)]
    pen.line(points, fill=_DEEP, width=round(line), joint="curve")
    for point in (points[0], points[2]):
        _disc(pen, *point, line / 2, _DEEP)


def bake(picture: bytes, credential: Mapping[str, Any]) -> bytes:
    """The PNG with the credential in one uncompressed iTXt, as ASCII, before the pixels."""
    text = json.dumps(credential, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    content = KEYWORD + b"\0" + b"\0\0" + b"\0" + b"\0" + text
    header = next(_chunks(picture))
    if header[0] != b"IHDR":
        raise NotBaked("The picture is not a PNG.")
    cut = len(_MAGIC) + 12 + len(header[1])
    return picture[:cut] + _chunk(b"iTXt", content) + picture[cut:]


def read_baked(picture: bytes) -> bytes:
    """The text of the one credential in a PNG."""
    found = [content for kind, content in _chunks(picture) if kind == b"iTXt" and content.startswith(KEYWORD + b"\0")]
    if not found:
        raise NotBaked("There is no badge inside this picture. Some phones and chats remove it; use the link instead.")
    if len(found) > 1:
        raise NotBaked("There is more than one badge inside this picture.")
    rest = found[0][len(KEYWORD) + 1 :]
    if rest[:1] != b"\0":
        raise NotBaked("The badge inside this picture is packed in a way we do not read.")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) != 3:
        raise NotBaked("The badge inside this picture is cut off.")
    return parts[2]


def is_png(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not is_png(picture) or len(picture) > MAX_BYTES:
        raise NotBaked("The file is not a PNG, or it is too large.")
    at = len(_MAGIC)
    while at + 12 <= len(picture):
        length = int.from_bytes(picture[at : at + 4])
        kind, end = picture[at + 4 : at + 8], at + 12 + length
        if end > len(picture) or zlib.crc32(picture[at + 4 : end - 4]) != int.from_bytes(picture[end - 4 : end]):
            raise NotBaked("The picture is damaged.")
        yield kind, picture[at + 8 : end - 4]
        if kind == b"IEND":
            return
        at = end
    raise NotBaked("The picture is cut off.")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)
