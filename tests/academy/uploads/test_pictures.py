"""The one door for pictures: what comes through it is upright, bare and small enough."""

import io
import random
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from academy.uploads.pictures import Turn, open_picture
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.words import said
from tests.academy.annotation.samples import HEIGHT, WIDTH, picture

ORIENTATION, GPS = 0x0112, 0x8825


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = "secret description"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (37.0, 33.0, 59.0)
    return exif


def _dark_box(image: Image.Image) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(np.asarray(image.convert("L")) < 128)
    return int(xs.min()), int(ys.min()), int(xs.max() - xs.min() + 1), int(ys.max() - ys.min() + 1)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_gold_is_turned_together_with_the_picture(orientation: int, form: str):
    marked = (16, 8, 40, 24)
    opened = open_picture(picture(marked, form, exif=_exif(orientation)))
    assert opened.turn is Turn(orientation)
    lying = orientation >= 5
    assert (opened.width, opened.height) == ((HEIGHT, WIDTH) if lying else (WIDTH, HEIGHT))
    assert opened.turn.box(marked, WIDTH, HEIGHT) == _dark_box(Image.open(io.BytesIO(opened.data)))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_nothing_but_the_picture_is_kept(form: str):
    data = picture((16, 8, 40, 24), form, exif=_exif(1)) + b"<script>alert(1)</script> trailer"
    opened = open_picture(data)
    kept = Image.open(io.BytesIO(opened.data))
    assert not kept.getexif()
    assert b"secret" not in opened.data
    assert b"trailer" not in opened.data
    assert opened.turn is Turn.UPRIGHT
    assert opened.content_type == f"image/{form.lower()}"


def test_the_same_picture_is_kept_the_same_way():
    assert open_picture(picture((1, 1, 9, 9))).data == open_picture(picture((1, 1, 9, 9))).data


def test_only_the_first_frame_is_kept():
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("white", "black")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    kept = Image.open(io.BytesIO(open_picture(out.getvalue()).data))
    assert getattr(kept, "n_frames", 1) == 1


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int, rows: int = 0) -> bytes:
    """A PNG whose header promises this size; it holds so many empty rows."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * ((width + 7) // 8 + 1) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "GIF")
    return out.getvalue()


def _page_behind(form: str) -> bytes:
    """A picture that is a page, too, for a browser that guesses."""
    return picture((1, 1, 9, 9), form) + b"<!doctype html><script>alert(1)</script>"


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
WHOLE_PNG, WHOLE_JPEG = picture((1, 1, 9, 9)), picture((1, 1, 9, 9), "JPEG")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Refusal.EMPTY),
        (b"hello", Refusal.NOT_A_PICTURE),
        (SVG, Refusal.NOT_A_PICTURE),
        (b"<?xml version='1.0'?>" + SVG, Refusal.NOT_A_PICTURE),
        (b"<!doctype html><script>alert(1)</script>" + WHOLE_PNG, Refusal.NOT_A_PICTURE),
        (_gif(), Refusal.NOT_A_PICTURE),
        (b"GIF89a=1;/*" + WHOLE_JPEG + b"*/alert(1)", Refusal.NOT_A_PICTURE),
        (b"%PDF-1.7\n" + WHOLE_JPEG, Refusal.NOT_A_PICTURE),
        (png_that_claims(100_000, 100_000), Refusal.UNPACKS_TOO_LARGE),
        (png_that_claims(8_000, 5_001), Refusal.TOO_MANY_PIXELS),
        (png_that_claims(20_000, 10), Refusal.TOO_LONG_A_SIDE),
        (WHOLE_PNG[:200], Refusal.DAMAGED),
        (WHOLE_JPEG[:300], Refusal.DAMAGED),
        (WHOLE_PNG[:60] + b"\xff" * 40 + WHOLE_PNG[100:], Refusal.DAMAGED),
    ],
    ids=["empty", "text", "svg", "svg as xml", "page before png", "gif", "gif and script and jpeg", "pdf and jpeg",
         "huge", "too many pixels", "too long", "truncated png", "truncated jpeg", "broken png"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes, why: Refusal):
    with pytest.raises(RefusedFile) as refused:
        open_picture(data)
    assert refused.value.why is why
    assert said(refused.value).endswith(".")
    assert "%(" not in said(refused.value)


def test_thirty_thousand_pixels_in_twenty_kilobytes_are_refused_before_they_are_unpacked():
    data = png_that_claims(30_000, 30_000, rows=5_000)
    assert len(data) < 20_000
    with pytest.raises(RefusedFile) as refused:
        open_picture(data)
    assert refused.value.why in {Refusal.UNPACKS_TOO_LARGE, Refusal.TOO_MANY_PIXELS}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_page_hidden_behind_a_picture_does_not_come_through(form: str):
    assert b"script" not in open_picture(_page_behind(form)).data


def test_a_page_hidden_in_a_comment_of_a_picture_does_not_come_through():
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=b"<script>alert(1)</script>")
    assert b"script" in out.getvalue()
    assert b"script" not in open_picture(out.getvalue()).data


def test_sixteen_bits_of_grey_keep_their_shades():
    out = io.BytesIO()
    Image.fromarray(np.array([[0, 16_384, 32_768, 65_535]], dtype=np.uint16)).save(out, "PNG")
    kept = np.asarray(Image.open(io.BytesIO(open_picture(out.getvalue()).data)))
    assert kept.tolist() == [[0, 64, 128, 255]]


def test_the_inks_of_a_printer_become_the_colours_of_a_screen():
    out = io.BytesIO()
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(out, "JPEG", quality=95)
    opened = Image.open(io.BytesIO(open_picture(out.getvalue()).data))
    assert opened.mode == "RGB"
    red, green, blue = opened.getpixel((4, 4))
    assert red > 200
    assert max(green, blue) < 60


def test_a_phone_that_puts_several_pictures_into_one_jpeg_gets_its_first_one_as_a_jpeg():
    out = io.BytesIO()
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("white", "black"))
    first.save(out, "MPO", save_all=True, append_images=[second])
    opened = open_picture(out.getvalue())
    assert opened.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(opened.data)).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("seed", range(40))
def test_a_picture_with_bytes_changed_at_random_is_opened_or_refused_and_nothing_else(seed: int):
    chance = random.Random(seed)
    data = bytearray(picture((16, 8, 40, 24), chance.choice(["PNG", "JPEG", "WEBP"]), exif=_exif(6)))
    for _ in range(chance.randint(1, 60)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(RefusedFile):
        open_picture(bytes(data))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_comes_through(mode: str):
    out = io.BytesIO()
    Image.new(mode, (9, 7)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    opened = open_picture(out.getvalue())
    assert (opened.width, opened.height) == (9, 7)
