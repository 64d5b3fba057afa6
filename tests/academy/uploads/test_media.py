"""The way in for media of every kind, and what is made of pictures while they are open."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from academy.uploads import tiles
from academy.uploads.media import kind_of_file, open_frames, open_media
from academy.uploads.pictures import Turn, open_picture
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.thumbnails import open_with_thumbnail
from academy.uploads.tiles import Pyramid
from academy.uploads.workshop import LARGEST, Workshop
from tests.academy.annotation.samples import picture
from tests.academy.uploads.media_samples import pcd, points, sound


def test_a_file_goes_to_the_door_of_its_suffix_or_of_the_kind_that_is_named(tmp_path: Path):
    for name, data in (("a.PNG", picture()), ("b.wav", sound()), ("c.pcd", pcd(points()))):
        (tmp_path / name).write_bytes(data)
    with Workshop() as shop:
        found = [open_media(shop, path).kind for path in sorted(tmp_path.iterdir())]
        assert found == ["picture", "sound", "cloud"]
        assert open_media(shop, sound(), "sound").kind == "sound"
        assert open_media(shop, picture()).kind == "picture"
        with pytest.raises(RefusedFile) as refused:
            open_media(shop, tmp_path / "b.wav", "picture")
        assert refused.value.why is Refusal.NOT_A_PICTURE
        with pytest.raises(ValueError, match="text"):
            open_media(shop, b"text", "text")


def test_the_workshop_gives_what_the_door_itself_gives():
    data = picture((1, 2, 300, 40), "JPEG", size=(800, 400))
    with Workshop() as shop:
        assert open_media(shop, data) == open_with_thumbnail(data)
        assert shop.open_picture(data) == open_picture(data)


def test_what_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(LARGEST, "sound", 1_000)
    (tmp_path / "long.wav").write_bytes(sound())
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    with Workshop() as shop, pytest.raises(RefusedFile) as refused:
        open_media(shop, tmp_path / "long.wav")
    assert refused.value.why is Refusal.TOO_LARGE


def test_suffixes_tell_the_kind():
    names = ("x.JPG", "x.webp", "x.Mp3", "x.flac", "x.ply", "x.bin", "x.gif", "x")
    assert [kind_of_file(name) for name in names] == [
        "picture", "picture", "sound", "sound", "cloud", "cloud", None, None,
    ]  # fmt: skip


# Thumbnails --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_brings_its_thumbnail_upright(form: str):
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = open_with_thumbnail(picture((0, 0, 640, 200), form, size=(640, 400), exif=exif))
    assert opened.turn is Turn.ON_ITS_LEFT
    with Image.open(io.BytesIO(opened.derived["thumbnail"])) as small:
        assert (small.format, small.size) == ("WEBP", (200, 320))
        dark = np.asarray(small.convert("L")) < 128
    assert dark[:, 150:].mean() > 0.9, "the upper half of the file is the right half of the picture"
    assert dark[:, :90].mean() < 0.1


def test_a_small_picture_needs_no_thumbnail():
    assert open_with_thumbnail(picture(size=(320, 200))).derived == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_colour_has_a_thumbnail(mode: str):
    out = io.BytesIO()
    Image.new(mode, (900, 7)).save(out, "PNG")
    with Image.open(io.BytesIO(open_with_thumbnail(out.getvalue()).derived["thumbnail"])) as small:
        assert small.size == (320, 2)


# Tiles -------------------------------------------------------------------------------------------------------------


def test_only_very_large_pictures_are_cut_into_tiles():
    assert not tiles.wanted(4_000, 3_000)
    assert tiles.wanted(4_001, 3_000)
    assert tiles.wanted(4_097, 10)
    assert "tiles" not in open_with_thumbnail(picture(size=(4_096, 10))).derived


def test_levels_halve_until_one_tile_is_enough():
    pyramid = Pyramid(8_000, 5_000)
    assert [pyramid.size(level) for level in range(pyramid.levels)] == [
        (500, 313), (1_000, 625), (2_000, 1_250), (4_000, 2_500), (8_000, 5_000),
    ]  # fmt: skip
    assert [pyramid.grid(level) for level in range(pyramid.levels)] == [(1, 1), (2, 2), (4, 3), (8, 5), (16, 10)]
    assert (Pyramid(512, 512).levels, Pyramid(513, 1).levels) == (1, 2)


def test_tiles_are_numbered_without_gaps_and_cover_each_level_once():
    pyramid = Pyramid(5_000, 1_300)
    numbers = []
    for level in range(pyramid.levels):
        area = 0.0
        for tile in pyramid.tiles(level):
            numbers.append(pyramid.place(level, tile.x, tile.y))
            area += tile.width * tile.height
        assert area == pytest.approx(5_000 * 1_300)
    assert numbers == list(range(pyramid.count))
    for level, x, y in ((pyramid.levels, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (1, -1, 0)):
        assert pyramid.place(level, x, y) is None
    assert pyramid.level_for(2_048) == 2
    assert pyramid.level_for(10) == 0


def test_the_finest_tiles_hold_every_pixel():
    chance = np.random.default_rng(3)
    coarse = Image.fromarray(chance.integers(0, 255, (6, 42, 3), dtype=np.uint8))
    image = coarse.resize((4_200, 600), Image.Resampling.BICUBIC)
    packed = io.BytesIO(tiles.pack(image))
    pyramid = Pyramid(*image.size)
    for level in (0, pyramid.levels - 1):
        whole = Image.new("RGB", pyramid.size(level))
        for tile in pyramid.tiles(level):
            with Image.open(io.BytesIO(tiles.read(packed, pyramid.place(level, tile.x, tile.y) or 0))) as part:
                whole.paste(part, (tile.x * tiles.SIDE, tile.y * tiles.SIDE))
        wanted = image.resize(whole.size, Image.Resampling.BOX)
        difference = np.abs(np.asarray(whole, np.int16) - np.asarray(wanted, np.int16))
        assert difference.mean() < 6
        assert difference.max() < 90


def test_a_file_of_tiles_that_ends_early_is_said_to():
    packed = tiles.pack(Image.new("RGB", (600, 10)))
    with pytest.raises(ValueError, match="early"):
        tiles.read(io.BytesIO(packed[:4]), 0)
    with pytest.raises(ValueError, match="early"):
        tiles.read(io.BytesIO(packed[:-1]), Pyramid(600, 10).count - 1)


def test_the_largest_picture_fits_through_with_all_its_tiles():
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (500, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((8_000, 5_000), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    with Workshop() as shop:
        opened = open_media(shop, out.getvalue())
    assert (opened.width, opened.height) == (8_000, 5_000)
    assert set(opened.derived) == {"thumbnail", "tiles"}
    assert len(opened.derived["tiles"]) > 500_000


# Frames ------------------------------------------------------------------------------------------------------------


def test_frames_come_one_after_the_other_and_are_of_one_size():
    frames = [picture((x, 2, 9, 9)) for x in (1, 20, 40)]
    with Workshop() as shop:
        opened = list(open_frames(shop, frames))
        assert len({hashlib.sha256(frame.data).hexdigest() for frame in opened}) == 3
        with pytest.raises(RefusedFile) as refused:
            list(open_frames(shop, [*frames, picture(size=(90, 90))]))
        assert refused.value.why is Refusal.FRAMES_DIFFER
        assert refused.value.facts == {"frame": 4, "width": 90, "height": 90, "first": "120 x 80"}
        with pytest.raises(RefusedFile) as refused:
            list(open_frames(shop, []))
        assert refused.value.why is Refusal.NO_FRAMES
