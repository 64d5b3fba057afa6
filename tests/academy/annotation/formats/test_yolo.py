"""YOLO: shares of pixels in every layout, and what leaves can be read by anybody."""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from PIL import Image

from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.losses import losses_of
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from academy.annotation.formats.yaml_lines import read_yaml
from academy.annotation.formats.yolo import FORM
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, media_bytes, write_and_read
from tests.academy.annotation.samples import picture
from tests.needs import samples

PICTURE = picture(size=(200, 100))


def read(path: Path, **options: Any) -> list[Found]:
    return list(FORM.read(Place(path), Options(**options)))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


def lay(root: Path, **files: str | bytes) -> Path:
    """Files by names in which "__" stands for "/" and "_dot_" for a dot."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_another_parser_reads_what_we_write(tmp_path: Path, leaving: LeavingSet) -> None:
    """As a training script does it: the names from data.yaml, the size from the picture, the rest arithmetic."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    told = yaml.safe_load((root / "data.yaml").read_text())
    names = [told["names"][number] for number in range(told["nc"])] if told["nc"] else []
    assert names == [label.name for label in leaving.labels]
    for item in leaving.items():
        stem = item.file_name.removesuffix(".png")
        with Image.open(root / told["train"] / item.file_name) as opened:
            width, height = opened.size
        file = root / "labels/train" / f"{stem}.txt"
        assert file.exists() == (item.document is not None)
        rows = [list(map(float, line.split())) for line in file.read_text().splitlines()] if file.exists() else []
        things = item.document["objects"] if item.document else []
        assert [names[int(row[0])] for row in rows] == [thing["label"] for thing in things]
        for row, thing in zip(rows, things, strict=True):
            pixels = [value * (width, height)[place % 2] for place, value in enumerate(row[1:])]
            assert_drawn(pixels, row[1:], thing, told)


def assert_drawn(pixels: list[float], shares: list[float], thing: dict[str, Any], told: dict[str, Any]) -> None:
    if "box" in thing:
        cx, cy, w, h = pixels
        assert [cx - w / 2, cy - h / 2, w, h] == pytest.approx(thing["box"], abs=1e-6)
    elif "polygon" in thing:
        assert pixels == pytest.approx([value for point in thing["polygon"][0][0] for value in point], abs=1e-6)
    elif "rotated_box" in thing:
        cx, cy, w, h, degrees = thing["rotated_box"]
        corners = [complex(*pixels[place : place + 2]) for place in range(0, 8, 2)]
        assert sum(corners) / 4 == pytest.approx(complex(cx, cy))
        assert abs(corners[1] - corners[0]) == pytest.approx(w)
        assert abs(corners[2] - corners[1]) == pytest.approx(h)
        turn = (corners[1] - corners[0]) / abs(corners[1] - corners[0])
        assert turn == pytest.approx(complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees))))
    else:
        count, numbers = told["kpt_shape"]
        assert len(shares) == 4 + count * numbers
        assert told["task"] == "pose"


LAYOUTS = {
    "darknet": {
        "obj_dot_names": "a\nb\n",
        "obj_dot_data": "classes = 2\nnames = data/obj.names\n",
        "train_dot_txt": "data/obj_train_data/1.jpg\n",
        "obj_train_data__1_dot_png": PICTURE,
        "obj_train_data__1_dot_txt": "1 .5 .5 .1 .2\n",
    },
    "ultralytics": {
        "data_dot_yaml": "train: images/train\nnames: [a, 'b']\n",
        "images__train__1_dot_png": PICTURE,
        "labels__train__1_dot_txt": "1 0.5 0.5 0.1 0.2\r\n",
        "images__val__1_dot_png": picture(size=(100, 100)),
    },
    "labelImg": {"classes_dot_txt": "a\nb", "1_dot_png": PICTURE, "1_dot_txt": "1 0.5 0.5 0.1 0.2"},
    "roboflow": {
        "data_dot_yaml": "names:\n- a\n- b\nnc: 2\n",
        "train__images__1_dot_png": PICTURE,
        "train__labels__1_dot_txt": "1 5e-1 0.5 0.1 0.2\n",
        "README_dot_roboflow_dot_txt": "This dataset was exported.\n",
        "README_dot_dataset_dot_txt": "Cells",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_box(tmp_path: Path, layout: str) -> None:
    root = lay(tmp_path, **LAYOUTS[layout])
    assert FORM.fits(Place(root))
    found = read(root)
    assert not said(found)
    (item,) = [item for item in items(found) if item.labelled]
    (thing,) = item.objects
    assert (thing.label, thing.shape) == ("b", "box")
    assert thing.value == pytest.approx((90, 40, 20, 20))
    assert [label.name for label in found if isinstance(label, FoundLabel)] == ["a", "b"]
    if layout == "ultralytics":
        assert [(item.name, item.labelled, item.tags) for item in items(found)] == [
            ("images/train/1.png", True, ("train",)),
            ("images/val/1.png", False, ("val",)),
        ]


def test_rows_that_are_none_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    rows = "0 .5 .5 .1 .1\n0 x .5 .1 .1\n\n9 .5 .5 .1 .1\n0 .5 .5 .1\n0 nan .5 .5 .1\n0 .2 .2 .1 .1 0.97\n"
    root = lay(tmp_path, classes_dot_txt="a", a_dot_png=PICTURE, a_dot_txt=rows)
    found = read(root)
    assert [(file, about) for file, about, _ in said(found)] == [("a.txt", row) for row in "2456"]
    assert [
        next(word for word in ("no number", "class 9", "4 numbers") if word in words) for _, _, words in said(found)
    ] == ["no number", "class 9", "4 numbers", "no number"]
    assert [thing.id for thing in items(found)[0].objects] == ["1", "7"]


def test_an_empty_file_says_that_nothing_is_there(tmp_path: Path) -> None:
    root = lay(
        tmp_path, data_dot_yaml="names: [a]", images__a_dot_png=PICTURE, labels__a_dot_txt="", images__b_dot_png=PICTURE
    )
    assert [(item.name, item.labelled) for item in items(read(root))] == [
        ("images/a.png", True),
        ("images/b.png", False),
    ]


def test_corners_are_turned_boxes_only_if_all_of_them_are(tmp_path: Path) -> None:
    turned = "0 .30 .2 .35 .3 .25 .5 .20 .4\n"  # (60,20) (70,30) (50,50) (40,40) in 200 x 100
    root = lay(tmp_path, classes_dot_txt="a", a_dot_png=PICTURE, a_dot_txt=turned)
    (thing,) = items(read(root))[0].objects
    assert thing.shape == "rotated_box"
    assert thing.value == pytest.approx((55, 35, math.hypot(10, 10), math.hypot(20, 20), 45))
    (thing,) = items(read(root, kind="polygon"))[0].objects
    assert thing.value == [[pytest.approx(point) for point in ([60, 20], [70, 30], [50, 50], [40, 40])]] or thing.shape
    assert thing.shape == "polygon"
    lay(root, a_dot_txt=turned + "0 .1 .1 .3 .1 .2 .4\n")
    assert [thing.shape for thing in items(read(root))[0].objects] == ["polygon", "polygon"]
    lay(root, a_dot_txt="0 .1 .1 .5 .1 .5 .5 .1 .9\n", data_dot_yaml="names: [a]\ntask: obb\n")
    found = read(root)
    assert "make no box" in said(found)[0][2]
    assert items(found)[0].objects[0].shape == "rotated_box"


def test_key_points_are_read_with_two_numbers_or_three(tmp_path: Path) -> None:
    for shape, row in (("[2, 3]", "0 .5 .5 .2 .2 .4 .4 2 0 0 0"), ("[2, 2]", "0 .5 .5 .2 .2 .4 .4 0 0")):
        lay(tmp_path, data_dot_yaml=f"names: [a]\nkpt_shape: {shape}", images__a_dot_png=PICTURE, labels__a_dot_txt=row)
        (thing,) = items(read(tmp_path))[0].objects
        assert thing.value == [pytest.approx([80, 40, 2]), [0, 0, 0]]
        assert thing.beside["box"] == pytest.approx([80, 40, 40, 20])


def test_without_names_the_numbers_are_the_labels_and_a_list_can_be_given(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "in", a_dot_png=PICTURE, a_dot_txt="1 .5 .5 .1 .1", b_dot_png=PICTURE, b_dot_txt="0 .5 .5 1 1"
    )
    found = read(root)
    assert [thing.label for item in items(found) for thing in item.objects] == ["1", "0"]
    assert len(said(found)) == 1
    assert "called by their numbers" in said(found)[0][2]
    for content in ("0 cat, 1\n1 Other object", "cat, 1\nOther object"):
        names = tmp_path / "names.txt"
        names.write_text(content)
        found = read(root, labels=names)
        assert not said(found)
        assert [thing.label for item in items(found) for thing in item.objects] == ["Other object", "cat, 1"]


def test_a_picture_that_is_missing_or_labelled_twice_is_said(tmp_path: Path) -> None:
    root = lay(tmp_path, classes_dot_txt="a", labels__x_dot_txt="0 .5 .5 .1 .1\n0 .2 .2 .1 .1")
    (problem,) = [thing for thing in read(root) if isinstance(thing, Problem)]
    assert (problem.file, problem.lost) == ("labels/x.txt", 2)
    assert "x was not found" in str(problem.sentence)
    lay(root, labels__y_dot_txt="0 .5 .5 .1 .1", images__y_dot_png=PICTURE, images__y_dot_txt="0 .5 .5 .1 .1")
    assert [(file, "already" in words) for file, _, words in said(read(root))] == [
        ("labels/x.txt", False),
        ("labels/y.txt", True),
    ]


def test_the_description_of_a_folder_stands_for_it(tmp_path: Path) -> None:
    root = lay(tmp_path, data_dot_yaml="names: [a]", images__a_dot_png=PICTURE, labels__a_dot_txt="0 .5 .5 .1 .1")
    assert FORM.fits(Place(root / "data.yaml"))
    (item,) = items(read(root / "data.yaml"))
    assert [thing.label for thing in item.objects] == ["a"]


def test_a_picture_that_lies_turned_is_said(tmp_path: Path) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    root = lay(tmp_path, classes_dot_txt="a", a_dot_png=picture(exif=exif), a_dot_txt="0 .5 .5 .1 .1")
    found = read(root)
    assert ["lies turned" in words for _, _, words in said(found)] == [True]
    assert len(items(found)[0].objects) == 1


def test_a_folder_without_rows_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource):
        read(lay(tmp_path, README_dot_txt="Hello", notes_dot_txt="Nothing here"))
    assert not FORM.fits(Place(tmp_path))


def test_a_mixed_set_goes_out_in_the_shape_that_most_objects_have(tmp_path: Path) -> None:
    shapes = [
        {"box": [1, 1, 5, 5]},
        {"polygon": [[[[1, 1], [9, 1], [9, 9]]]]},
        {"polygon": [[[[1, 1], [9, 1], [5, 5]]]]},
    ]
    objects = [{"id": str(place), "label": "a", **shape} for place, shape in enumerate(shapes)]
    document = {"kind": "mixed", "image": {"width": 200, "height": 100}, "objects": objects}
    item = LeavingItem(name="1.png", file_name="1.png", media="picture", key="1-200x100.png", document=document)
    leaving = LeavingSet(
        slug="s", title={}, kind="mixed", labels=(FoundLabel("a"),), licence="", attribution="",
        items=lambda: iter([item]),
    )  # fmt: skip
    (back,) = items(write_and_read(FORM, leaving, tmp_path))
    assert [thing.shape for thing in back.objects] == ["polygon", "polygon"]
    lost = losses_of(leaving, FORM)
    assert lost.objects == 2
    assert [str(sentence) for sentence in lost.sentences] == [
        "YOLO holds objects of one shape in a whole set: 1 objects of other shapes are left out."
    ]


def test_an_edge_that_rounding_took_over_the_border_is_on_it(tmp_path: Path) -> None:
    root = lay(
        tmp_path, classes_dot_txt="a", a_dot_png=PICTURE, a_dot_txt="0 0.133333 0.3 0.266667 0.2\n0 .1 .1 .4 .1\n"
    )
    first, second = items(read(root))[0].objects
    assert first.value[0] == 0
    assert second.value[0] == pytest.approx(-20)


@pytest.mark.samples
@pytest.mark.parametrize("layout", ["annotations", "labels", "strict"])
def test_the_layouts_of_the_sample_come_in(layout: str) -> None:
    place = samples("formats-datumaro") / "yolo_dataset" / layout
    assert FORM.fits(Place(place))
    found = read(place)
    assert not said(found)
    assert len([thing for thing in found if isinstance(thing, FoundLabel)]) == 10
    assert len(items(found)) == (2 if layout == "labels" else 1)
    for item in items(found):
        assert item.media
        assert item.size
        width, height = item.size
        assert [(thing.label, thing.shape) for thing in item.objects] == [("label_2", "box"), ("label_4", "box")]
        assert item.objects[0].value == pytest.approx((0, 0.2 * height, 0.266667 * width, 0.2 * height), abs=1e-4)


@pytest.mark.samples
def test_the_export_of_cvat_gives_the_same_box_as_its_other_files(tmp_path: Path) -> None:
    file = samples("formats-cvat-export") / "yolo_2007_000515.txt"
    names = tmp_path / "names.txt"
    names.write_text("0 cat\n1 Other object\n2 abcd_category\n")
    assert FORM.fits(Place(file))
    found = read(file, labels=names)
    (item,) = items(found)
    assert (item.missing, item.size) == ("2007_000515.jpg", (500, 375))
    (thing,) = item.objects
    assert thing.label == "Other object"
    assert thing.value == pytest.approx((129.01, 62.48, 259.07, 254.03), abs=0.001)
    assert [words for _, _, words in said(found)] == [
        "The picture 2007_000515.jpg was not found beside the labels; its task waits until the picture is imported."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "names: ['a', 'b c']\nnc: 2\n",
        "names:\n- a\n- b\nnc: 2\n",
        "names:\n  0: person # x\n  1: 'it''s'\n  2: \"q\\\"#: 가\"\ntrain: ../a b/c\nkpt_shape: [17, 3]\n",
        "names: {0: a, 1: 'b: c'}\nkpt_names:\n  0:\n    - nose\n    - eye\n  1: [x, y]\nflip_idx: [0, 1,\n  2]\n",
        "path: C#\nurl: http://x/y#z\n",
        "a: [1, [2, 3], {b: 4}]\n",
        "# c\n---\nnames:\n    0: a\n",
    ],
)
def test_descriptions_are_read_as_yaml_reads_them(text: str) -> None:
    assert read_yaml(text) == texts(yaml.safe_load(text))


def texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): texts(one) for key, one in value.items()}
    return list(map(texts, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize(
    "text", ["[" * 10_000, "a: " + "{" * 10_000, "a:\n" * 5_000, "a: '" * 9_999, "- " * 9_999, "\t:"]
)
def test_a_hostile_description_says_nothing(text: str) -> None:
    assert isinstance(read_yaml(text), dict)


@pytest.mark.parametrize("token", ["voc", "yolo", "kitti"])
def test_items_keep_their_names(tmp_path: Path, token: str) -> None:
    """Where the file of an item can not be called like it, a file beside says what it is called."""
    document = {"kind": "box", "image": {"width": 20, "height": 10}, "objects": []}
    item = LeavingItem(name="a/b: c", file_name="1.png", media="picture", key="1-20x10.png", document=document)
    bare = LeavingItem(name="d", file_name="2.png", media="picture", key="2-20x10.png")
    leaving = LeavingSet(
        slug="s",
        title={},
        kind="box",
        labels=(FoundLabel("a"),),
        licence="",
        attribution="",
        items=lambda: iter([item, bare]),
    )
    assert {found.name for found in items(write_and_read(FORMATS[token], leaving, tmp_path))} == {"a/b: c", "d"}
