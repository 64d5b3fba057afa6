"""Folders of labels beside pictures, broken in every way: what is good is found, the rest is said, nothing breaks."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest

from academy.annotation.formats import icdar, kitti, mot, supervisely, voc, yolo
from academy.annotation.formats.found import Found, FoundItem, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.annotation.formats.preparing import prepare
from academy.annotation.formats.registry import Format
from academy.annotation.formats.voc_masks import png
from tests.academy.annotation.samples import picture, voc_xml
from tests.fuzz.mutating import broken

PICTURE = picture()
MASK = png(np.array([[0, 1], [2, 0]]), 2)
MORE = (
    "<object><name>차</name><robndbox><cx>9</cx><cy>9</cy><w>4</w><h>3</h><angle>0.5</angle></robndbox>"
    '<academy>{"id": "o", "attributes": {"a": [1]}, "rule": "1.1"}</academy><part><name>b</name></part></object>'
)
CUBOID = {
    "position": {"x": 1, "y": 2, "z": 3},
    "rotation": {"x": 0, "y": 0, "z": 0},
    "dimensions": {"x": 1, "y": 1, "z": 1},
}
SUPERVISELY = {
    "objects": [{"key": "k", "classTitle": "차", "tags": [{"name": "n", "value": 1}]}],
    "figures": [
        {"objectKey": "k", "geometryType": "cuboid_3d", "geometry": CUBOID, "academy": {"id": "o", "box": [1]}}
    ],
}
KITTI = "Car 0.00 0 -0.20 1.40 3.00 8.73 30.92 1.89 0.48 1.20 1.84 1.47 8.41 0.01\nDontCare{}\n".format(" -1" * 14)

SOURCES: list[tuple[Format, Mapping[str, bytes]]] = [
    (voc.FORM, {
        "Annotations/a.xml": voc_xml("a.png", ("차", 1, 1, 9, 9), extra=MORE).encode(), "JPEGImages/a.png": PICTURE,
        "ImageSets/Main/train.txt": b"a\n", "SegmentationObject/a.png": MASK, "SegmentationClass/a.png": MASK,
        "labelmap.txt": "차:128,0,0::\n".encode(),
        "academy-labels.json": b'{"labels": [{"name": "b", "color": "#11"}]}',
    }),
    (yolo.FORM, {
        "data.yaml": b"names:\n  0: a\n  1: 'b'\nkpt_shape: [2, 3]\nkpt_names: {0: [x, y]}\n", "images/a.png": PICTURE,
        "labels/a.txt": b"0 .5 .5 .1 .1\n1 .1 .1 .2 .1 .2 .3\n0 .5 .5 .1 .1 .2 .2 2 .3 .3 1\n", "obj.names": b"a\nb\n",
    }),
    (kitti.FORM, {
        "label_2/1.txt": KITTI.encode(), "image_2/1.png": PICTURE, "velodyne/1.bin": bytes(16),
        "calib/1.txt": b"R0_rect: 1 0 0 0 1 0 0 0 1\nTr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0\n",
    }),
    (mot.FORM, {
        "s/gt/gt.txt": b"1,1,0,0,4,4,1,1,1\n3,1,1,0,4,4,1,2,1\n2,-1,5,5,4,4,0,3,1\n", "s/gt/labels.txt": b"a\nb\n",
        "s/seqinfo.ini": b"[Sequence]\nseqLength=3\nimDir=img1\nimWidth=8\n[Tracks]\n1 = 2 gone\n",
        "s/img1/1.png": PICTURE,
    }),
    (icdar.FORM, {
        "gt_a.txt": '0,0,9,0,9,5,0,5,"가"\n1 2 3 4 b\n'.encode(), "a.png": PICTURE,
        "gt.txt": b'a.png, "b"\nc.png, "d"\n',
        "1_GT.txt": b'128 0 0 0 0 0 0 1 1 "a"\n\n#0 0 1 0 0 0 0 1 1 "b"\n', "1_GT.png": MASK,
    }),
    (supervisely.FORM, {
        "meta.json": b'{"classes": [{"title": "a", "color": "#112233"}], "projectType": "point_clouds"}',
        "ds/ann/a.pcd.json": json.dumps(SUPERVISELY).encode(), "ds/pointcloud/a.pcd": b"x",
    }),
]  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "cp949")


def found(form: Format, root: Path, kind: str = "") -> list[Found]:
    """Everything that is found, said in both languages and prepared; nothing where the source is refused."""
    things: list[Found] = []
    for place in (Place(root), *(Place(path) for path in sorted(root.rglob("*.txt"))[:1])):
        form.fits(place)
        with suppress(UnreadableSource):
            for thing in form.read(place, Options(kind=kind)):
                things.append(thing)
                if isinstance(thing, Problem):
                    assert thing.words("ko")
                    json.dumps(thing.as_json())
                elif isinstance(thing, FoundItem):
                    assert thing.name
                    assert len({one.id for one in thing.objects}) == len(thing.objects)
                    prepare(thing)
    return things


def lay(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


@pytest.mark.parametrize(("form", "files"), SOURCES, ids=[form.token for form, _ in SOURCES])
def test_no_broken_file_breaks_a_reader(tmp_path: Path, form: Format, files: Mapping[str, bytes]) -> None:
    chance = Random(7)
    lay(tmp_path, files)
    assert any(isinstance(thing, FoundItem) and thing.objects for thing in found(form, tmp_path))
    names = [name for name in files if not name.endswith("a.png") or "Segmentation" in name]
    for _ in range(150):
        hurt = chance.sample(names, chance.randint(1, min(2, len(names))))
        lay(tmp_path, {name: broken(files[name], chance) for name in hurt})
        found(form, tmp_path, chance.choice(("", "", "box", "mask", "cuboid", "polygon", "rotated_box")))
        lay(tmp_path, {name: files[name] for name in hurt})


@pytest.mark.parametrize(("form", "files"), SOURCES, ids=[form.token for form, _ in SOURCES])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_encodings_say_the_same(tmp_path: Path, form: Format, files: Mapping[str, bytes], encoding: str) -> None:
    """As Windows and Korean tools save them. JSON is UTF-8 by its standard."""
    lay(tmp_path / "a", files)
    texts = {name: data for name, data in files.items() if name.endswith((".txt", ".xml", ".yaml", ".ini", ".names"))}
    lay(tmp_path / "b", files | {name: data.decode().encode(encoding) for name, data in texts.items()})
    plain, other = ([thing for thing in found(form, tmp_path / side) if isinstance(thing, FoundItem)] for side in "ab")
    assert [(item.name, item.objects, item.fields) for item in other] == [
        (item.name, item.objects, item.fields) for item in plain
    ]
