"""The one door for pictures: what comes through it is upright, bare and small enough."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from academy.annotation.pictures import RefusedPicture, Turn, open_picture
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


def _huge_png() -> bytes:
    """A PNG that claims 100,000 x 100,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a PNG"),
        (b"hello", "not a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a PNG"),
        (_gif(), "not a PNG"),
        (_huge_png(), "million"),
        (picture((1, 1, 9, 9))[:200], "damaged"),
        (picture((1, 1, 9, 9), "JPEG")[:300], "damaged"),
    ],
    ids=["empty", "text", "svg", "gif", "huge", "cut png", "cut jpeg"],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes, said: str):
    with pytest.raises(RefusedPicture, match=said):
        open_picture(data)


def test_more_than_forty_million_pixels_are_refused_before_loading():
    out = io.BytesIO()
    Image.new("1", (8000, 5001)).save(out, "PNG")
    with pytest.raises(RefusedPicture, match="40 million"):
        open_picture(out.getvalue())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_comes_through(mode: str):
    out = io.BytesIO()
    Image.new(mode, (9, 7)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    opened = open_picture(out.getvalue())
    assert (opened.width, opened.height) == (9, 7)
