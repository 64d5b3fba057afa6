"""KITTI: boxes in photographs, cuboids in clouds, and the axes of both."""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from academy.annotation.formats.found import Found, FoundItem, LeavingSet, Options, Problem, UnreadableSource
from academy.annotation.formats.kitti import FORM
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, media_bytes, write_and_read
from tests.academy.annotation.samples import picture

PICTURE = picture(size=(1242, 375))
# The first scene of KITTI's own training data, and its calibration.
PEDESTRIAN = (
    "Pedestrian 0.00 0 -0.20 712.40 143.00 810.73 307.92 1.89 0.48 1.20 1.84 1.47 8.41 0.01\n"
    "DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10\n"
)
CALIBRATION = (
    "P2: 707.0493 0 604.0814 45.75831 0 707.0493 180.5066 -0.3454157 0 0 1 0.004981016\n"
    "R0_rect: 9.999128e-01 1.009263e-02 -8.511932e-03 -1.012729e-02 9.999406e-01 -4.037671e-03 8.470675e-03 "
    "4.123522e-03 9.999556e-01\n"
    "Tr_velo_to_cam: 6.927964e-03 -9.999722e-01 -2.757829e-03 -2.457729e-02 -1.162982e-03 2.749836e-03 -9.999955e-01 "
    "-6.127237e-02 9.999753e-01 6.931141e-03 -1.143899e-03 -3.321029e-01\n"
)


def read(path: Path, **options: Any) -> list[Found]:
    return list(FORM.read(Place(path), Options(**options)))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


def scene(root: Path, rows: str = PEDESTRIAN, *, cloud: bool = False, calibration: str = "") -> Path:
    for folder in ("label_2", "image_2", "image_3", "velodyne", "calib", "ImageSets"):
        (root / "training" / folder).mkdir(parents=True, exist_ok=True)
    (root / "training/label_2/000000.txt").write_text(rows)
    (root / "training/image_2/000000.png").write_bytes(PICTURE)
    (root / "training/image_3/000000.png").write_bytes(PICTURE)
    (root / "training/ImageSets/train.txt").write_text("000000\n")
    if cloud:
        (root / "training/velodyne/000000.bin").write_bytes(bytes(32))
    if calibration:
        (root / "training/calib/000000.txt").write_text(calibration)
    return root


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_another_parser_reads_what_we_write(tmp_path: Path, leaving: LeavingSet) -> None:
    """As KITTI's development kit does it: fifteen columns parted by blanks."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    for item in leaving.items():
        for line, thing in zip(
            (root / "label_2" / f"{item.file_name[:-4]}.txt").read_text().splitlines() if item.document else [],
            item.document["objects"] if item.document else [],
            strict=True,
        ):
            cells = line.split(" ")
            assert len(cells) == 15
            numbers = list(map(float, cells[1:]))
            if "box" in thing:
                x, y, w, h = thing["box"]
                assert numbers[3:7] == pytest.approx([x, y, x + w, y + h])
            else:
                x, y, z, length, width, height, yaw = thing["cuboid"]
                assert numbers[7:13] == pytest.approx([height, width, length, -y, height / 2 - z, x])
                assert math.cos(numbers[13]) == pytest.approx(-math.sin(yaw), abs=1e-9)


def test_a_photograph_gets_boxes_and_what_the_row_says_besides(tmp_path: Path) -> None:
    root = scene(tmp_path)
    assert FORM.fits(Place(root))
    found = read(root)
    assert not said(found)
    (item,) = items(found)
    assert (item.name, item.tags) == ("training/image_2/000000.png", ("train",))
    person, region = item.objects
    assert (person.label, person.ignore) == ("Pedestrian", False)
    assert person.value == pytest.approx((712.40, 143.00, 98.33, 164.92))
    assert person.attributes == {
        "truncated": 0, "occluded": 0, "alpha": -0.2, "sides": [1.89, 0.48, 1.2], "floor": [1.84, 1.47, 8.41],
        "turn": 0.01,
    }  # fmt: skip
    assert (region.label, region.ignore, region.attributes) == ("DontCare", True, {})


def test_a_cloud_gets_cuboids_in_its_own_axes(tmp_path: Path) -> None:
    found = read(scene(tmp_path, cloud=True, calibration=CALIBRATION))
    assert not said(found)
    photograph, cloud = items(found)
    assert [len(item.objects) for item in (photograph, cloud)] == [2, 1]
    assert photograph.objects[0].attributes == {"truncated": 0, "occluded": 0, "alpha": -0.2}
    (thing,) = cloud.objects
    # Back into the camera by the calibration's own numbers.
    rows = {line.split(":")[0]: np.array(line.split(":")[1].split(), float) for line in CALIBRATION.splitlines()}
    turned, mounted = np.eye(4), np.eye(4)
    turned[:3, :3], mounted[:3] = rows["R0_rect"].reshape(3, 3), rows["Tr_velo_to_cam"].reshape(3, 4)
    seen = turned @ mounted @ [*thing.value[:3], 1]
    assert seen[:3] == pytest.approx([1.84, 1.47 - 1.89 / 2, 8.41])
    assert thing.value[3:6] == [1.2, 0.48, 1.89]
    assert thing.value[6] == pytest.approx(-0.01 - math.pi / 2, abs=0.02)
    assert [item.media and item.media.suffix for item in items(read(tmp_path, kind="cuboid"))] == [".bin"]
    assert [item.media and item.media.suffix for item in items(read(tmp_path, kind="box"))] == [".png"]


def test_a_cloud_without_calibration_is_said(tmp_path: Path) -> None:
    found = read(scene(tmp_path, cloud=True), kind="cuboid")
    assert [(file, "calibration" in words) for file, _, words in said(found)] == [("training/label_2/000000.txt", True)]
    (thing,) = items(found)[0].objects
    assert thing.value == pytest.approx([8.41, -1.84, -1.47 + 1.89 / 2, 1.2, 0.48, 1.89, -0.01 - math.pi / 2])


def test_rows_that_are_none_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    found = read(scene(tmp_path, PEDESTRIAN + "Car 0 0\nCar 0 0 x 1 2 3 4 5 6 7 8 9 10 11\n"))
    assert [(file, about) for file, about, _ in said(found)] == [
        ("training/label_2/000000.txt", "3"),
        ("training/label_2/000000.txt", "4"),
    ]
    assert len(items(found)[0].objects) == 2


def test_labels_alone_wait_for_their_photograph(tmp_path: Path) -> None:
    file = tmp_path / "000007.txt"
    file.write_text(PEDESTRIAN)
    assert FORM.fits(Place(file))
    assert [(item.missing, len(item.objects)) for item in items(read(file))] == [("000007.png", 2)]
    assert [(item.missing, len(item.objects)) for item in items(read(file, kind="cuboid"))] == [("000007.bin", 1)]


def test_a_folder_without_rows_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1 0.5 0.5 0.1 0.1\n")
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)
