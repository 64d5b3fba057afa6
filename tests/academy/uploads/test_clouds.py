"""The one door for point clouds: three forms become one, and what a header promises is not believed."""

import io
import random
import struct
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from academy.uploads import clouds
from academy.uploads.clouds import open_cloud
from academy.uploads.media import open_media
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.words import said, sentence_of
from academy.uploads.workshop import Workshop
from tests.academy.annotation.samples import picture
from tests.academy.uploads.media_samples import pcd, ply, points, sound
from tests.needs import samples

ROWS = points()


def kept(data: bytes) -> np.ndarray:
    return np.frombuffer(open_cloud(data).data, "<f4").reshape(-1, 4)


def why(data: bytes) -> Refusal:
    with pytest.raises(RefusedFile) as refused:
        open_cloud(data)
    assert said(refused.value).endswith(".")
    assert "%(" not in said(refused.value)
    assert sentence_of(refused.value).words("ko").endswith(".")
    return refused.value.why


@pytest.mark.parametrize(
    "data",
    [
        ROWS.tobytes(), pcd(ROWS), pcd(ROWS, "binary"), pcd(ROWS, "binary_compressed"), ply(ROWS),
        ply(ROWS, faces=True), ply(ROWS, "binary_little_endian"), ply(ROWS, "binary_big_endian", faces=True),
    ],
    ids=["kitti", "pcd", "pcd binary", "pcd packed", "ply", "ply with faces", "ply little", "ply big"],
)  # fmt: skip
def test_every_form_gives_the_same_points(data: bytes):
    opened = open_cloud(data)
    assert np.array_equal(kept(data), ROWS)
    assert (opened.kind, opened.content_type, opened.extension) == ("cloud", "application/octet-stream", "bin")
    assert opened.facts["points"] == len(ROWS)
    assert opened.facts["intensity"] is True
    assert np.allclose(opened.facts["bounds"], [ROWS[:, :3].min(axis=0), ROWS[:, :3].max(axis=0)])


def test_what_is_kept_comes_through_the_door_unchanged():
    opened = open_cloud(pcd(ROWS))
    assert open_cloud(opened.data).data == opened.data


def test_a_packed_cloud_may_repeat_itself():
    """Runs that point back, also into themselves, as PCL writes them."""
    rows = np.zeros((100, 3), "<f4")
    plain = rows.T.tobytes()
    packed = bytes([0, 0]) + b"".join(bytes([0b111_00000, 255, 0]) for _ in range((len(plain) - 1) // 264))
    left = len(plain) - 1 - (len(plain) - 1) // 264 * 264
    packed += bytes([0b111_00000, left - 9, 0])
    head = pcd(rows, "ascii", "x y z").split(b"DATA")[0] + b"DATA binary_compressed\n"
    assert len(kept(head + struct.pack("<II", len(packed), len(plain)) + packed)) == 100


def test_other_columns_are_named_and_not_kept():
    rows = np.column_stack([ROWS[:, :3], ROWS])
    opened = open_cloud(pcd(rows, "binary", "x y z rgb ring time curvature"))
    assert opened.facts["other_columns"] == ["curvature", "rgb", "ring", "time"]
    assert opened.facts["intensity"] is False
    assert np.array_equal(np.frombuffer(opened.data, "<f4").reshape(-1, 4)[:, :3], ROWS[:, :3])


def test_points_without_a_place_are_left_out_and_counted():
    rows = ROWS.copy()
    rows[3, 0], rows[7, 2], rows[9, 1], rows[11, 3] = np.nan, np.inf, 1e9, np.nan
    opened = open_cloud(pcd(rows, "binary"))
    assert (opened.facts["points"], opened.facts["left_out"]) == (len(ROWS) - 3, 3)
    assert open_cloud(pcd(rows)).data == opened.data


def test_what_is_drawn_of_a_cloud_says_where_it_lies():
    opened = open_cloud(pcd(ROWS))
    for name in ("top", "side"):
        view = opened.facts["views"][name]
        with Image.open(io.BytesIO(opened.derived[name])) as drawn:
            assert drawn.size == (view["width"], view["height"])
            assert drawn.format == "WEBP"
        assert max(view["width"], view["height"]) == clouds.VIEW
    view = opened.facts["views"]["top"]
    assert view["left"] < ROWS[:, 0].min()
    assert view["left"] + view["width"] * view["metres"] > ROWS[:, 0].max()
    with Image.open(io.BytesIO(opened.derived["thumbnail"])) as small:
        assert max(small.size) == 320


def test_one_point_and_a_flat_cloud_can_be_drawn():
    assert open_cloud(pcd(ROWS[:1])).facts["points"] == 1
    flat = ROWS.copy()
    flat[:, 2] = 0
    assert open_cloud(pcd(flat)).facts["bounds"][1][2] == 0


def test_a_point_far_away_does_not_make_the_rest_small():
    rows = np.vstack([points(2_000), np.array([[90_000, 0, 0, 0]], "<f4")])
    view = open_cloud(rows.tobytes()).facts["views"]["top"]
    assert view["width"] * view["metres"] < 100


def test_elements_before_the_points_are_passed_over():
    before = "element camera 2\nproperty double f\nproperty uchar kind\n"
    head, body = ply(ROWS, "binary_little_endian", before).split(b"end_header\n")
    assert np.array_equal(kept(head + b"end_header\n" + bytes(18) + body), ROWS)
    head, body = ply(ROWS, "ascii", before).split(b"end_header\n")
    assert np.array_equal(kept(head + b"end_header\n1.5 3\n2.5 4\n" + body), ROWS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Refusal.EMPTY),
        (b"hello", Refusal.NOT_A_CLOUD),
        (b"hello, this is text " * 8, Refusal.NOT_A_CLOUD),
        (picture((1, 1, 9, 9), "JPEG")[: 16 * 40], Refusal.NOT_A_CLOUD),
        (sound()[:7_998], Refusal.NOT_A_CLOUD),
        (pcd(ROWS)[:-300], Refusal.DAMAGED_CLOUD),
        (pcd(ROWS, "binary")[:-1], Refusal.DAMAGED_CLOUD),
        (pcd(ROWS, "binary_compressed")[:-1], Refusal.DAMAGED_CLOUD),
        (ply(ROWS, "binary_big_endian")[:-1], Refusal.DAMAGED_CLOUD),
        (ply(ROWS).replace(b"end_header", b"end_of_it"), Refusal.DAMAGED_CLOUD),
        (pcd(ROWS).replace(b"POINTS 50", b"POINTS 999999999"), Refusal.TOO_MANY_POINTS),
        (pcd(ROWS).replace(b"POINTS 50", b"POINTS -5"), Refusal.NO_POINTS),
        (ply(ROWS).replace(b"vertex 50", b"vertex 6000000"), Refusal.TOO_MANY_POINTS),
        (pcd(ROWS).replace(b"x y z", b"a b c"), Refusal.DAMAGED_CLOUD),
        (pcd(ROWS).replace(b"COUNT 1", b"COUNT 9999999"), Refusal.DAMAGED_CLOUD),
        (pcd(np.full((4, 4), np.nan)), Refusal.NO_POINTS),
        (np.full((4, 4), np.nan, "<f4").tobytes(), Refusal.NOT_A_CLOUD),
    ],
)
def test_what_is_no_cloud_is_refused_with_a_sentence(data: bytes, reason: Refusal):
    assert why(data) is reason


def test_packed_bytes_that_burst_are_stopped():
    head = pcd(ROWS, "ascii").split(b"DATA")[0] + b"DATA binary_compressed\n"
    burst = bytes([0, 0]) + bytes([0b111_00000, 255, 0]) * 100_000
    assert why(head + struct.pack("<II", len(burst), 800) + burst) is Refusal.DAMAGED_CLOUD


@pytest.mark.parametrize("seed", range(30))
def test_a_cloud_with_bytes_changed_at_random_is_opened_or_refused_and_nothing_else(seed: int):
    chance = random.Random(seed)
    forms = (pcd(ROWS), pcd(ROWS, "binary"), pcd(ROWS, "binary_compressed"), ply(ROWS), ply(ROWS, "binary_big_endian"))
    data = bytearray(chance.choice(forms))
    for _ in range(chance.randint(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(RefusedFile):
        open_cloud(bytes(data))


@pytest.mark.samples
def test_the_clouds_of_supervisely_come_through_the_workshop():
    folder = samples("formats-datumaro") / "sly_pointcloud_dataset" / "ds0" / "pointcloud"
    with Workshop() as shop:
        opened = [open_media(shop, path) for path in sorted(folder.glob("*.pcd"))]
    assert [one.facts["points"] for one in opened] == [100, 200]
    assert {one.facts["left_out"] for one in opened} == {0}
