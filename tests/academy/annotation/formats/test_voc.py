"""Pascal VOC: what is there comes in, what is odd is named, and what leaves can be read by anybody."""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from lxml import etree
from PIL import Image

from academy.annotation.formats import voc_masks
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, FoundObject, LeavingSet, Options, Problem
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from academy.annotation.formats.voc import FORM
from academy.grading.shapes import shape_of
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, leaving_sets, media_bytes, write_and_read
from tests.academy.annotation.samples import picture, voc_folder, voc_xml
from tests.needs import samples

PICTURE = picture((10, 10, 30, 20))
ANYTHING = Making()


def read(path: Path, **options: Any) -> list[Found]:
    return list(FORM.read(Place(path), Options(**options)))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


@ROUNDS
@given(leaving=leaving_sets(FORM.carries, ANYTHING))
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@ROUNDS
@given(leaving=leaving_sets(FORM.carries, ANYTHING))
def test_another_parser_reads_what_we_write(tmp_path: Path, leaving: LeavingSet) -> None:
    """As the VOC development kit does it: lists name pictures, each has its XML; boxes are edges, masks palettes."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    for item in leaving.items():
        if item.document is None:
            continue
        stem = item.file_name.removesuffix(".png")
        assert stem in (root / "ImageSets/Main/default.txt").read_text().splitlines()
        tree = etree.parse(root / "Annotations" / f"{stem}.xml")
        assert (tree.findtext("size/width"), tree.findtext("size/height")) == (str(item.width), str(item.height))
        things = tree.findall("object")
        assert [thing.findtext("name") for thing in things] == [made["label"] for made in item.document["objects"]]
        for thing, made in zip(things, item.document["objects"], strict=True):
            edges = [float(thing.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")]
            assert edges == pytest.approx(around(made), abs=1e-6)
            counted = not (made.get("optional") or made.get("ignore") or made.get("crowd"))
            assert thing.findtext("difficult") == ("0" if counted else "1")
        masks = [made for made in item.document["objects"] if "mask" in made]
        if masks:
            with Image.open(root / "SegmentationObject" / f"{stem}.png") as drawn:
                assert drawn.mode == "P"
                numbers = np.asarray(drawn)
            last = voc_masks.as_pixels(masks[-1]["mask"])
            assert (numbers[last] == len(masks)).all()


def around(made: dict[str, Any]) -> list[float]:
    if "mask" in made:
        rows, columns = np.nonzero(voc_masks.as_pixels(made["mask"]))
        return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    if shape_of(made) == "rotated_box":
        cx, cy, width, height, degrees = made["rotated_box"]
        turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
        corners = [turn * complex(x * width, y * height) / 2 for x in (-1, 1) for y in (-1, 1)]
        across, down = (max(map(abs, side)) for side in zip(*((c.real, c.imag) for c in corners), strict=True))
        return [cx - across, cy - down, cx + across, cy + down]
    left, top, width, height = made["box"]
    return [left, top, left + width, top + height]


def test_names_boxes_and_edges_that_are_missing_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    extra = (
        "<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
        "<object><name>RBC</name></object>"
        "<object><name>RBC</name><bndbox><xmin>1</xmin><ymin>nan</ymin><xmax>9</xmax></bndbox></object>"
        "<object><name>RBC</name><difficult>1</difficult><truncated>1</truncated><pose>Left</pose>"
        "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9.5</ymax></bndbox></object>"
    )
    voc_folder(tmp_path, ("a", voc_xml("a.png", extra=extra), PICTURE))
    found = read(tmp_path)
    words = ["no name", "no box", "no number"]
    assert [(file, about) for file, about, _ in said(found)] == [("Annotations/a.xml", n) for n in "123"]
    assert all(word in sentence for word, (_, _, sentence) in zip(words, said(found), strict=True))
    (thing,) = items(found)[0].objects
    assert thing == FoundObject(
        "4", "RBC", "box", (1, 1, 8, 8.5), optional=True, attributes={"pose": "Left", "truncated": True}
    )


def test_pictures_are_found_beside_their_own_labels(tmp_path: Path) -> None:
    for subset in ("train", "val"):
        voc_folder(tmp_path / subset, ("a", voc_xml("a.png", ("RBC", 1, 1, 9, 9)), PICTURE))
    found = read(tmp_path)
    assert not said(found)
    assert [item.name for item in items(found)] == ["train/JPEGImages/a.png", "val/JPEGImages/a.png"]


@pytest.mark.parametrize("written", ["../../secret.png", "C:\\data\\secret.png", "/etc/passwd", "none.png", ""])
def test_what_is_not_below_the_folder_is_never_opened(tmp_path: Path, written: str) -> None:
    (tmp_path / "secret.png").write_bytes(PICTURE)
    voc_folder(tmp_path / "data", ("a", voc_xml(written, ("RBC", 1, 1, 9, 9)), b""))
    (tmp_path / "data/JPEGImages/a.png").unlink(missing_ok=True)
    found = read(tmp_path / "data")
    (item,) = items(found)
    assert item.media is None
    assert item.missing == (written or "a")
    assert "waits" in said(found)[0][2]


def test_a_picture_named_wrongly_twice_or_nowhere_is_said(tmp_path: Path) -> None:
    voc_folder(
        tmp_path,
        ("a", voc_xml("other.png", ("RBC", 1, 1, 9, 9)), PICTURE),
        ("b", voc_xml("a.png", ("RBC", 1, 1, 9, 9)), PICTURE),
    )
    found = read(tmp_path)
    assert [(file, words.split(";")[0]) for file, _, words in said(found)] == [
        ("Annotations/a.xml", "The picture other.png is not there"),
        ("Annotations/b.xml", "a.png has labels in Annotations/a.xml already"),
        ("JPEGImages/b.png", "No XML file names this picture"),
    ]
    assert [(item.name, item.labelled) for item in items(found)] == [
        ("JPEGImages/a.png", True),
        ("JPEGImages/b.png", False),
    ]


BOMB = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><annotation>&y;</annotation>'


@pytest.mark.parametrize(
    ("xml", "words"),
    [(BOMB, "document type"), ("<annotation>\n<object>", "Line 2"), ("<annotations/>", "<annotations>")],
)
def test_a_hostile_file_is_named_and_the_others_come_in(tmp_path: Path, xml: str, words: str) -> None:
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 1, 1, 9, 9)), PICTURE), ("evil", xml, b""))
    (tmp_path / "JPEGImages/evil.png").unlink(missing_ok=True)
    found = read(tmp_path)
    assert len(items(found)) == 1
    assert [(file, about) for file, about, _ in said(found)] == [("Annotations/evil.xml", None)]
    assert words in said(found)[0][2]


def test_turned_boxes_of_other_tools_are_read(tmp_path: Path) -> None:
    extra = (
        "<object><type>robndbox</type><name>car</name><robndbox><cx>50</cx><cy>40</cy><w>20</w><h>10</h>"
        f"<angle>{math.pi / 6}</angle></robndbox></object>"
    )
    voc_folder(tmp_path, ("a", voc_xml("a.png", extra=extra), PICTURE))
    (thing,) = items(read(tmp_path))[0].objects
    assert thing.shape == "rotated_box"
    assert thing.value == pytest.approx((50, 40, 20, 10, 30))


@pytest.mark.samples
def test_the_blood_cells_come_in_whole() -> None:
    found = read(samples("boxes-bccd"))
    assert not said(found)
    assert FORM.fits(Place(samples("boxes-bccd")))
    assert (len(items(found)), sum(len(item.objects) for item in items(found))) == (84, 1176)
    assert all(item.media for item in items(found))


@pytest.mark.samples
def test_parts_actions_masks_and_lists_of_the_voc_sample_come_in() -> None:
    place = samples("formats-datumaro") / "voc_dataset" / "voc_dataset1"
    assert FORM.fits(Place(place))
    found = read(place)
    assert [(file, about) for file, about, _ in said(found)] == [("Annotations/2007_000001.xml", None)]
    assert "22 lists such as ImageSets/Main/aeroplane_train.txt" in said(found)[0][2]
    first, second = items(found)
    assert [(thing.label, thing.shape, thing.value) for thing in first.objects[:3]] == [
        ("cat", "box", (1, 2, 2, 2)),
        ("person", "box", (4, 5, 2, 2)),
        ("head", "box", (5.5, 6, 2, 2)),
    ]
    assert first.objects[0].attributes == {"truncated": True}
    assert first.objects[1].attributes["reading"] is True
    assert first.objects[1].attributes["running"] is False
    assert first.objects[2].attributes == {"part_of": "2"}
    mask = first.objects[3]
    assert (mask.label, mask.shape) == ("bicycle", "mask")
    assert voc_masks.as_pixels(mask.value).sum() == 200
    assert (first.tags, second.tags) == (("train",), ("test",))
    assert (second.labelled, second.objects) == (False, ())
    assert [thing.shape for item in items(read(place, kind="box")) for thing in item.objects] == ["box"] * 3
    assert [thing.shape for item in items(read(place, kind="mask")) for thing in item.objects] == ["mask"]


@pytest.mark.samples
def test_the_export_of_cvat_comes_in_without_its_picture() -> None:
    file = samples("formats-cvat-export") / "voc_2007_000515.xml"
    assert FORM.fits(Place(file))
    found = read(file)
    (item,) = items(found)
    assert (item.missing, item.size) == ("2007_000515.jpg", (500, 375))
    assert item.objects[0].label == "Other object"
    assert item.objects[0].value == pytest.approx((129.01, 62.48, 259.07, 254.03))
    assert [words for _, _, words in said(found) if "2007_000515.jpg" in words]


def test_the_labels_of_a_set_come_back_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    label = FoundLabel("차", color="#112233", title="자동차", attributes=({"name": "a", "values": ["b"]},))
    leaving = LeavingSet(
        slug="s", title={}, kind="box", labels=(label,), licence="", attribution="", items=lambda: iter(())
    )
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(tmp_path))
    (tmp_path / "a.xml").write_text(voc_xml("a.png"))
    assert [thing for thing in read(tmp_path) if isinstance(thing, FoundLabel)] == [label]
