"""The picture carries the badge, whole and readable by others."""

import io
import json
import zlib

import pytest
from PIL import Image

from academy.credentials import image
from tests.academy.credentials.issuers import signed


def test_what_is_baked_in_comes_out_again_and_is_ascii():
    baked = image.bake(image.draw(1), signed())
    text = image.read_baked(baked)
    assert text.isascii()
    assert json.loads(text) == signed()


def test_another_reader_finds_one_uncompressed_text():
    with Image.open(io.BytesIO(image.bake(image.draw(2), signed()))) as picture:
        picture.load()
        assert picture.size == (image.SIDE, image.SIDE)
        assert json.loads(picture.text["openbadgecredential"]) == signed()


def test_the_picture_is_the_same_every_time_and_light_enough_for_a_phone():
    image.draw.cache_clear()
    first = image.draw(3)
    image.draw.cache_clear()
    assert image.draw(3) == first
    assert len(first) < 30_000
    assert image.draw(1) != first


def test_a_picture_without_a_badge_says_so():
    with pytest.raises(image.NotBaked, match="no badge inside"):
        image.read_baked(image.draw(1))


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda png: image.bake(png, {"second": "badge"}),
        lambda png: png[:-20],
        lambda png: png[:60] + bytes([png[60] ^ 1]) + png[61:],
        lambda png: b"GIF89a" + png,
        lambda png: png[:8],
        lambda png: png[:33] + chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0" + zlib.compress(b"{}")) + png[33:],
        lambda png: image.draw(1)[:33] + chunk(b"iTXt", b"openbadgecredential\0\0") + image.draw(1)[33:],
    ],
    ids=["two", "cut", "flipped", "not png", "head only", "packed", "half"],
)
def test_a_spoiled_picture_is_refused_with_a_sentence(spoil):
    with pytest.raises(image.NotBaked):
        image.read_baked(spoil(image.bake(image.draw(1), signed())))
