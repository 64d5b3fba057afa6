"""CVAT 1.1 XML: made sets go out and come back, real exports come in with everything they say, and hostile ones do no
harm."""

import math
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from lxml import etree
from pycocotools import mask as rle

from academy.annotation.formats.cvat import FORM
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
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, media_bytes, write_and_read
from tests.academy.annotation.samples import picture
from tests.needs import samples


def read(path: Path, **options: Any) -> list[Found]:
    return list(FORM.read(Place(path), Options(**options)))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[str]:
    return [f"{thing.file} | {thing.object} | {thing.sentence}" for thing in found if isinstance(thing, Problem)]


def lost(found: Iterable[Found]) -> int:
    return sum(thing.lost for thing in found if isinstance(thing, Problem))


def file_of(tmp_path: Path, inside: str, *, name: str = "annotations.xml", encoding: str = "utf-8") -> Path:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<annotations><version>1.1</version>{inside}</annotations>'
    (tmp_path / name).write_bytes(text.encode(encoding))
    (tmp_path / "a.png").write_bytes(picture())
    return tmp_path


def image(*shapes: str, more: str = "") -> str:
    return f'<image id="0" name="a.png" width="120" height="80" {more}>{"".join(shapes)}</image>'


BOX = '<box label="car" xtl="10" ytl="20" xbr="30.5" ybr="40" occluded="0"/>'


# Out and in --------------------------------------------------------------------------------------------------------


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_another_parser_finds_the_boxes_where_cvat_wants_them(tmp_path: Path, leaving: LeavingSet) -> None:
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    drawn: Counter[tuple[str, ...]] = Counter()
    for path in root.rglob("*.xml"):
        tree = etree.parse(path)
        assert tree.findtext("version") == "1.1"
        assert {label.findtext("name") for label in tree.iterfind(".//labels/label")} >= {
            label.name for label in leaving.labels
        }
        for shape in tree.iterfind("image/box"):
            drawn[shape.get("label"), *(f"{float(shape.get(edge)):.4f}" for edge in ("xtl", "ytl", "xbr", "ybr"))] += 1
    wanted: Counter[tuple[str, ...]] = Counter()
    for item in leaving.items():
        for thing in (item.document or {}).get("objects", ()):
            if "box" in thing and "mask" not in thing and "polygon" not in thing and "keypoints" not in thing:
                x, y, w, h = thing["box"]
            elif "rotated_box" in thing:
                middle_x, middle_y, w, h, _ = thing["rotated_box"]
                x, y = middle_x - w / 2, middle_y - h / 2
            else:
                continue
            wanted[thing["label"], *(f"{edge:.4f}" for edge in (x, y, x + w, y + h))] += 1
    assert drawn == wanted


def leaving_one(*objects: dict[str, Any], media: str = "picture", frames: tuple[str, ...] = ()) -> LeavingSet:
    document = {"kind": "mixed", "image": {"width": 120, "height": 80}, "objects": list(objects)}
    item = LeavingItem(name="a", file_name="a.png", media=media, width=120, height=80, document=document, frames=frames)
    return LeavingSet(
        slug="one", title={"en": "One"}, kind="mixed", labels=(), licence="", attribution="", items=lambda: iter([item])
    )


def test_ellipses_and_cuboids_go_out_as_they_came(tmp_path: Path) -> None:
    cuboid = " ".join(
        f'{axis}{corner}="{10 * at + offset}"'
        for at, corner in enumerate(("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"))
        for axis, offset in (("x", 1), ("y", 2))
    )
    round_one = '<ellipse label="car" cx="50" cy="40" rx="20" ry="10.5" rotation="30"/>'
    source = file_of(tmp_path, image(round_one, f'<cuboid label="car" {cuboid}/>'))
    found = read(source)
    ellipse, corners = items(found)[0].objects
    assert ellipse.shape == "polygon"
    assert all(
        math.isclose(
            ((x - 50) * math.cos(math.pi / 6) + (y - 40) * math.sin(math.pi / 6)) ** 2 / 400
            + ((y - 40) * math.cos(math.pi / 6) - (x - 50) * math.sin(math.pi / 6)) ** 2 / 110.25,
            1,
        )
        for x, y in ellipse.value[0][0]
    )
    assert [point[:2] for point in corners.value][:2] == [[1, 2], [11, 12]]
    assert any("kept as a polygon" in line for line in said(found))
    assert any("eight corners" in line for line in said(found))
    things = [
        {"id": thing.id, "label": thing.label, thing.shape: thing.value, "attributes": dict(thing.attributes)}
        for thing in (ellipse, corners)
    ]
    out = tmp_path / "out"
    assert FORM.write is not None
    FORM.write(leaving_one(*things), FolderSink(out))
    tree = etree.parse(out / "annotations.xml")
    assert tree.find(".//ellipse").get("ry") == "10.5"
    assert (tree.find(".//cuboid").get("xtl1"), tree.find(".//cuboid").get("ybr2")) == ("1", "72")


def test_a_moved_corner_keeps_an_ellipse_from_going_out_as_one(tmp_path: Path) -> None:
    source = file_of(tmp_path, image('<ellipse label="car" cx="50" cy="40" rx="20" ry="10"/>'))
    thing = items(read(source))[0].objects[0]
    ring = [list(point) for point in thing.value[0][0]]
    ring[0][0] += 3
    moved = {"id": "1", "label": "car", "polygon": [[ring]], "attributes": dict(thing.attributes)}
    assert FORM.write is not None
    FORM.write(leaving_one(moved), FolderSink(tmp_path / "out"))
    assert etree.parse(tmp_path / "out" / "annotations.xml").find(".//polygon") is not None


# Real exports ------------------------------------------------------------------------------------------------------


def test_an_export_of_cvat_comes_in_whole() -> None:
    found = read(samples("formats-cvat-export"))
    by_name = {item.name: item for item in items(found)}
    assert Counter(thing.shape for item in items(found) for thing in item.objects) == {
        "box": 1, "polygon": 1, "keypoints": 2,
    }  # fmt: skip
    assert by_name["2007_000549.jpg"].fields == {"choice": "cat"}
    box = by_name["2007_000515.jpg"].objects[0]
    assert box.value == pytest.approx([129.01, 62.48, 388.08 - 129.01, 316.51 - 62.48])
    assert len(by_name["2007_000528.jpg"].objects[0].value[0][0]) == 40
    assert by_name["2007_000549.jpg"].size == (375, 500)
    assert {thing.name: thing.color for thing in found if isinstance(thing, FoundLabel)} == {
        "cat": "#33ddff", "Other object": "#fa3253", "abcd_category": "#db21b7",
    }  # fmt: skip
    assert sum("was not found" in line for line in said(found)) == 4
    assert lost(found) == 0


def test_a_task_and_a_project_of_pictures_come_in_whole() -> None:
    folder = samples("formats-datumaro") / "cvat_dataset" / "for_images"
    project = read(folder / "export_project")
    assert [item.name for item in items(project)] == [
        f"images/{subset}/{name}" for subset in ("Test", "Train", "Validation") for name in ("img0.jpg", "img1.jpg")
    ]
    assert [item.tags for item in items(project)][::2] == [("Test",), ("Train",), ("Validation",)]
    assert all(len(item.objects) == 2 and item.media for item in items(project))
    assert items(project)[0].objects[0].attributes == {
        "a1": True, "a2": "v3", "a3": "0003", "a4": 2.4, "occluded": True, "z_order": 1,
    }  # fmt: skip
    assert not said(project)
    task = read(folder / "export_task")
    assert [[thing.label for thing in item.objects] for item in items(task)] == [
        ["label1", "unlabelled"], ["unlabelled", "label2"],
    ]  # fmt: skip
    assert sum("has no label" in line for line in said(task)) == 2


def test_a_film_comes_in_with_its_tracks_and_goes_out_as_it_was(tmp_path: Path) -> None:
    found = read(samples("formats-datumaro") / "cvat_dataset" / "for_video")
    film = items(found)[0]
    assert (film.name, len(film.frames), film.size) == ("t.mp4", 3, (25, 20))
    boxes, points, line = film.objects
    assert boxes.value == {"0": [3, 4, 7, 1], "1": None}
    assert points.value["0"] == pytest.approx([2.23, 3.16, 19.72, 11.93])
    assert list(line.value) == ["1", "2"]
    assert sum("boxes around them" in text for text in said(found)) == 2
    things = [
        {"id": thing.id, "label": thing.label, "track": thing.value, "attributes": dict(thing.attributes)}
        for thing in film.objects
    ]
    assert FORM.write is not None
    FORM.write(leaving_one(*things, media="video", frames=("0", "1", "2")), FolderSink(tmp_path))
    tree = etree.parse(next(tmp_path.rglob("annotations.xml")))
    assert tree.find(".//points").get("points") == "21.95,8.00;2.55,15.09;2.23,3.16"
    assert [one.get("outside") for one in tree.iterfind("track[3]/polyline")] == ["0", "1"]
    assert tree.findtext("track[2]/points/attribute") == "hgkf"


def test_a_mask_lies_where_cvat_drew_it(tmp_path: Path) -> None:
    source = file_of(tmp_path, image('<mask label="car" rle="1, 3, 1, 1" left="5" top="7" width="3" height="2"/>'))
    thing = items(read(source))[0].objects[0]
    pixels = rle.decode({**thing.value, "counts": thing.value["counts"].encode()})
    assert [tuple(place) for place in zip(*pixels.nonzero(), strict=True)] == [(7, 6), (7, 7), (8, 5), (8, 7)]


def test_a_skeleton_comes_in_the_order_of_its_label(tmp_path: Path) -> None:
    svg = (
        '&lt;line data-type="edge" data-node-from="2" data-node-to="1"/&gt;'
        '&lt;circle data-node-id="1" data-label-name="nose"/&gt;&lt;circle data-node-id="2" data-label-name="tail"/&gt;'
    )
    label = f"<label><name>cat</name><type>skeleton</type><svg>{svg}</svg></label>"
    below = "<label><name>nose</name><parent>cat</parent></label>"
    skeleton = (
        '<skeleton label="cat"><points label="tail" outside="0" occluded="1" points="3,4"/>'
        '<points label="nose" outside="1" occluded="0" points="1,2"/></skeleton>'
    )
    found = read(file_of(tmp_path, f"<meta><task><labels>{label}{below}</labels></task></meta>{image(skeleton)}"))
    assert items(found)[0].objects[0].value == [[1, 2, 0], [3, 4, 1]]
    (cat,) = [thing for thing in found if isinstance(thing, FoundLabel)]
    assert cat.skeleton == {"points": ["nose", "tail"], "edges": [[1, 0]]}


# What is odd, broken or hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [
        '<box label="car" xtl="nan" ytl="0" xbr="5" ybr="5"/>',
        '<box label="car" xtl="0" ytl="0" xbr="5"/>',
        '<polygon label="car" points="1,2;3"/>',
        '<polygon label="car" points="1e999,2;3,4;5,6"/>',
        '<polyline label="car" points=""/>',
        '<mask label="car" rle="1,2" left="0" top="0" width="9" height="9"/>',
        '<mask label="car" rle="-1,2" left="0" top="0" width="1" height="1"/>',
        '<mask label="car" rle="1000000" left="0" top="0" width="1000" height="1000"/>',
        '<hexagon label="car" points="1,2;3,4"/>',
    ],
)
def test_a_shape_without_usable_numbers_is_named_and_the_rest_comes_in(tmp_path: Path, shape: str) -> None:
    found = read(file_of(tmp_path, image(BOX, shape)))
    assert [thing.value for thing in items(found)[0].objects] == [[10, 20, 20.5, 20]]
    (line,) = said(found)
    assert line.startswith("annotations.xml: a.png | 2 | car: ")
    assert lost(found) == 1


def test_a_file_that_breaks_off_gives_what_stands_before(tmp_path: Path) -> None:
    source = file_of(tmp_path, image(BOX) + image(BOX, more='subset="b"'))
    whole = (source / "annotations.xml").read_text()
    (source / "annotations.xml").write_text(whole[: whole.rindex("<box")])
    found = read(source)
    assert len(items(found)) == 1
    assert any("not well-formed" in line for line in said(found))


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "annotations.xml").write_text(
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>'
    )
    found = read(tmp_path / "annotations.xml") if FORM.fits(Place(tmp_path)) else []
    assert not items(found)
    with pytest.raises(UnreadableSource):
        read(tmp_path)


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8"])
def test_korean_labels_come_in_from_any_encoding(tmp_path: Path, encoding: str) -> None:
    found = read(file_of(tmp_path, image(BOX.replace("car", "자동차")), encoding=encoding))
    assert [thing.label for thing in items(found)[0].objects] == ["자동차"]


def test_a_picture_named_twice_and_one_without_a_name_are_said(tmp_path: Path) -> None:
    found = read(file_of(tmp_path, image(BOX) + image(BOX, BOX) + '<image id="7"><box/></image>'))
    assert len(items(found)) == 1
    assert lost(found) == 3
    assert any("twice" in line for line in said(found))
    assert any("Picture 7 has no name" in line for line in said(found))


def test_a_film_without_its_frames_waits_for_them(tmp_path: Path) -> None:
    box = '<box frame="{}" outside="0" keyframe="1" occluded="0" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    track = f'<track id="0" label="car">{box.format(0)}{box.format(4)}</track>'
    meta = "<meta><task><id>1</id><name>ride</name></task></meta>"
    (tmp_path / "annotations.xml").write_text(f"<annotations>{meta}{track}</annotations>")
    found = read(tmp_path)
    (film,) = items(found)
    assert (film.name, film.missing, list(film.objects[0].value)) == ("ride", "ride", ["0", "4"])
    assert any("No frames of the film ride" in line for line in said(found))


def test_a_folder_without_files_of_cvat_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "other.xml").write_text("<annotation/>")
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)
