"""Makes broken things out of good ones, always the same ones for the same seed."""

import copy
import io
import json
import struct
import zlib
from random import Random
from typing import Any

from PIL import Image

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, -0.0, 0.1, 1e308, -1e308, 5e-324, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**40,
    float("nan"), float("inf"), float("-inf"), "", " ", "0", "NaN", "null", "\0", "\ud800", "\udfff\ud800", "\u202e",
    "é", "e\u0301", "한글", "ﬁ", "👩", "a" * 300, "a" * 20_000, "<script>", "'; --", "{{7*7}}", "%s%n", "../..",
    [], {}, [[]], [[[[[[]]]]]], {"": {}}, {"__proto__": {}}, {"kind": "box"}, [None] * 50, list(range(300)), b"bytes",
)  # fmt: skip
WORDS = (
    b"[" * 60, b"{" * 60, b"]" * 30, b'"', b"\\", b"\\u", b"\\ud800", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b",,",
    b"NaN", b"-Infinity", b"1e999", b"99999999999999999999", b"/*x*/", b"\xef\xbb\xbf", b"\r\n", b":", b"true", b"-0",
)  # fmt: skip


def mutated_json(base: Any, chance: Random) -> bytes:
    """A body made from a good one: a few values changed, lost, doubled or wrapped, and sometimes bytes broken."""
    value = copy.deepcopy(base)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 6))):
        value = _changed(value, chance)
    text = json.dumps(value, ensure_ascii=chance.random() < 0.6, default=lambda raw: raw.decode())
    if chance.random() < 0.1:
        text = text.replace(",", f',"{chance.choice(("kind", "document", "id", "x"))}":1,', 1)
    data = text.encode("utf-8", "surrogatepass")
    return broken(data, chance) if chance.random() < 0.35 else data


def _changed(value: Any, chance: Random) -> Any:
    """The value with one place in it changed; the place is found by walking down at random."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(list(value))
        act = chance.random()
        if act < 0.12:
            del value[name]
        elif act < 0.2:
            value[chance.choice(("extra", "role", "score", "user_id", name.upper(), name + "\0"))] = value[name]
        else:
            value[name] = _changed(value[name], chance)
        return value
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        act = chance.random()
        if act < 0.15:
            del value[place]
        elif act < 0.3:
            value.insert(place, copy.deepcopy(value[place]))
        else:
            value[place] = _changed(value[place], chance)
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and chance.random() < 0.4:
        return value * chance.choice((-1, 0.5, 1e-12, 1e12, 1.0000001))
    return copy.deepcopy(chance.choice(STRANGE)) if chance.random() < 0.9 else [value]


def broken(data: bytes, chance: Random) -> bytes:
    """Some bytes turned, lost, doubled, moved or replaced."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        at = chance.randrange(len(out) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 64))
        match chance.randrange(7):
            case 0 if out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
            case 1:
                del out[at : at + length]
            case 2:
                out[at:at] = out[at : at + length] * chance.choice((1, 3))
            case 3:
                out[at:at] = chance.choice(WORDS)
            case 4:
                out[at:at] = chance.randbytes(length)
            case 5:
                del out[at:]
            case _:
                out[at : at + 4] = chance.choice((b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00"))
    return bytes(out)


def pictures() -> list[bytes]:
    """Small good pictures of every kind a phone, a scanner or an attacker may send."""
    found = []
    colours = Image.radial_gradient("L").resize((24, 18))
    for mode in ("L", "RGB", "RGBA", "P", "1", "CMYK", "I;16", "LA", "F"):
        for kind in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "ICO", "PPM", "TGA"):
            out = io.BytesIO()
            try:
                colours.convert(mode if mode != "I;16" else "I").convert(mode).save(out, kind)
            except (OSError, ValueError, KeyError):
                continue
            found.append(out.getvalue())
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    for kind, more in (
        ("JPEG", {"exif": exif, "progressive": True}), ("WEBP", {"exif": exif, "lossless": True}),
        ("PNG", {"exif": exif, "dpi": (300, 300)}),
        ("PNG", {"save_all": True, "append_images": [colours.convert("RGB")] * 2}),
        ("WEBP", {"save_all": True, "append_images": [colours.convert("RGB")] * 2}),
    ):  # fmt: skip
        out = io.BytesIO()
        colours.convert("RGB").save(out, kind, **more)
        found.append(out.getvalue())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    return [*found, svg, b"<!doctype html><script>alert(1)</script>", b"GIF89a/*<script>*/=1;", b"%PDF-1.7"]


def mutated_picture(seeds: list[bytes], chance: Random) -> bytes:
    """A picture with broken bytes, another one's head or tail, or a header that promises too much."""
    data = chance.choice(seeds)
    act = chance.random()
    if act < 0.15:
        other = chance.choice(seeds)
        cut = chance.randrange(min(len(data), len(other)) + 1)
        return data[:cut] + other[cut:]
    if act < 0.35 and data.startswith(b"\x89PNG"):
        return _png_of_another_size(data, chance)
    return broken(data, chance)


def _png_of_another_size(data: bytes, chance: Random) -> bytes:
    """The header says another size, depth or colour, with a right sum: what only the decoder can notice."""
    side = chance.choice((0, 1, 255, 30_000, 65_535, 2**31 - 1, 2**32 - 1))
    head = struct.pack(
        ">IIBBBBB", side, chance.choice((0, 1, 18, 30_000, 2**31)), chance.choice((1, 2, 4, 8, 16, 7)),
        chance.choice((0, 2, 3, 4, 6, 1)), chance.choice((0, 1)), 0, chance.choice((0, 1, 2)),
    )  # fmt: skip
    return data[:12] + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head)) + data[33:]
