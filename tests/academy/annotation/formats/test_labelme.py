"""LabelMe: made sets go out as its JSON and come back; the web tool's XML comes in with everything it says."""

import base64
import csv
import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from academy.annotation.formats import masks
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.labelme import FORM
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from academy.i18n import LANGUAGES
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


def folder_of(tmp_path: Path, *shapes: dict[str, Any], **more: Any) -> Path:
    content = {
        "version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.png", "imageData": None,
        "imageHeight": 80, "imageWidth": 120,
    } | more  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(content))
    (tmp_path / "a.png").write_bytes(picture())  # 120 x 80
    return tmp_path


def shape(kind: str, *points: list[float], **more: Any) -> dict[str, Any]:
    return {"label": "car", "points": list(points), "group_id": None, "shape_type": kind, "flags": {}} | more


# Out and in --------------------------------------------------------------------------------------------------------


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_is_what_labelme_itself_would_open(tmp_path: Path, leaving: LeavingSet) -> None:
    """The checks that LabelMe makes when it opens a file."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    for item in leaving.items():
        content = json.loads((root / item.file_name).with_suffix(".json").read_text())
        assert {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"} <= content.keys()
        assert (root / content["imagePath"]).is_file()
        for one in content["shapes"]:
            assert isinstance(one["label"], str)
            assert one["points"]
            assert all(len(point) == 2 and all(isinstance(at, int | float) for at in point) for point in one["points"])
            assert one["shape_type"] in {"polygon", "rectangle", "circle", "line", "point", "linestrip", "mask"}
            assert all(isinstance(value, bool) for value in one["flags"].values())
            assert one["group_id"] is None or isinstance(one["group_id"], int)
            assert one["mask"] is None or base64.b64decode(one["mask"]).startswith(b"\x89PNG")


# The web tool ------------------------------------------------------------------------------------------------------


def test_four_annotators_come_in_side_by_side() -> None:
    found = read(samples("polygons-cars"))
    listed = items(found)
    assert len(listed) == 48
    assert sum(len(item.objects) for item in listed) == 48
    assert Counter(item.annotator for item in listed) == dict.fromkeys((f"annotator{n}" for n in range(1, 5)), 12)
    with (samples("polygons-cars") / "index.csv").open() as table:
        rows = list(csv.reader(table))[1:]
    assert {(item.name, Path(item.file).name) for item in listed} == {(row[0], row[1]) for row in rows}
    assert all(item.media is not None and item.size == (64, 64) for item in listed)
    assert lost(found) == 0


def test_each_oddity_of_the_cars_is_named_by_file_and_object() -> None:
    found = read(samples("polygons-cars"))
    told = [thing for thing in found if isinstance(thing, Problem)]
    with (samples("polygons-cars") / "anomalies.csv").open() as table:
        rows = list(csv.DictReader(table))
    words = {
        "object marked deleted=1": "marked as deleted",
        "free-text label, not the class name": "with a number behind it",
        "number in the label does not match the file": "not that of the file",
        "annotators disagree on the class": "do not agree",
    }
    for row in rows:
        about = [
            problem for problem in told
            if words[row["what"]] in str(problem.sentence)
            and (problem.file == row["file"] or row["file"].removeprefix("image ") in str(problem.sentence))
            and (row["detail"].startswith("[") or row["detail"] in str(problem.sentence))
        ]  # fmt: skip
        assert about, row
    assert len(told) == len(rows)
    assert all(problem.object is not None for problem in told if "agree" not in str(problem.sentence))
    assert all(problem.words(language) for problem in told for language in LANGUAGES)


def test_masks_parts_and_what_people_wrote_come_in() -> None:
    found = read(samples("formats-datumaro") / "labelme_dataset")
    (item,) = items(found)
    things = {thing.id: thing for thing in item.objects}
    assert Counter(thing.shape for thing in item.objects) == {"polygon": 4, "mask": 2, "box": 1}
    assert things["4"].value == [13, 19, 10, 11]
    assert things["3"].attributes == {"kj": True, "part_of": "2"}
    assert things["0"].attributes == {"username": "admin"}
    assert things["2"].attributes == {"a1": True, "occluded": True}
    assert things["1"].beside == {"box": [58, 66, 4, 2]}
    assert things["1"].value["size"] == [77, 102]
    assert [line for line in said(found) if "scribbles" in line] == said(found)
    assert len(said(found)) == 2


def web(tmp_path: Path, inside: str) -> list[Found]:
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "a.xml").write_text(
        f"<annotation><filename>a.png</filename><folder>x</folder><source/>{inside}<imagesize><nrows>80</nrows>"
        "<ncols>120</ncols></imagesize></annotation>"
    )
    return read(tmp_path)


def test_what_can_not_become_an_object_is_said(tmp_path: Path) -> None:
    point = "<pt><x>1</x><y>2</y></pt>"
    found = web(
        tmp_path,
        f"<object><name>dot</name><id>0</id><polygon>{point}</polygon></object>"
        f"<object><name>odd</name><id>1</id><polygon>{point}<pt><x>inf</x><y>1</y></pt></polygon></object>"
        "<object><name>none</name><id>2</id></object>"
        "<object><name>gone</name><id>3</id><segm><mask>../../etc/passwd</mask></segm></object>"
        f"<object><name></name><id>0</id><polygon>{point}<pt><x>5</x><y>6</y></pt></polygon></object>",
    )
    (item,) = items(found)
    assert [(thing.id, thing.label, thing.shape) for thing in item.objects] == [
        ("0", "dot", "point"), ("0-2", "unlabelled", "polyline"),
    ]  # fmt: skip
    assert lost(found) == 3
    assert [line.split(" | ")[1] for line in said(found)] == ["1", "2", "3", "0"]


def test_two_people_of_one_picture_without_a_table(tmp_path: Path) -> None:
    for person, label in (("ann", "car"), ("bo", "bus")):
        (tmp_path / person).mkdir()
        (tmp_path / person / "p1.xml").write_text(
            f"<annotation><filename>p1.png</filename><object><name>{label}</name><polygon><pt><x>1</x><y>2</y></pt>"
            "</polygon></object></annotation>"
        )
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "p1.png").write_bytes(picture())
    found = read(tmp_path)
    assert [(item.name, item.annotator) for item in items(found)] == [("images/p1.png", "ann"), ("images/p1.png", "bo")]
    (line,) = said(found)
    assert "images/p1.png: the annotators do not agree on what is there (ann: car; bo: bus)" in line


# The program of today ----------------------------------------------------------------------------------------------


def test_every_shape_of_the_program_comes_in(tmp_path: Path) -> None:
    found = read(
        folder_of(
            tmp_path,
            shape("polygon", [0, 0], [10, 0], [0, 10], description="red one", flags={"old": True, "wet": False}),
            shape("rectangle", [30, 40], [10, 20]),
            shape("circle", [50, 40], [53, 44]),
            shape("line", [0, 0], [5, 5]),
            shape("linestrip", [0, 0], [5, 5], [9, 1]),
            shape("point", [7, 8]),
            shape("points", [7, 8], [9, 10]),
            shape("oriented_rectangle", [10, 10], [10, 20], [5, 20], [5, 10]),
        )
    )
    (item,) = items(found)
    polygon, box, circle, line, strip, point, points, turned = item.objects
    assert polygon.attributes == {"old": True, "description": "red one"}
    assert box.value == [10, 20, 20, 20]
    assert circle.attributes["ellipse"] == [50, 40, 5, 5, 0]
    assert (line.shape, strip.shape) == ("polyline", "polyline")
    assert (point.value, points.value) == ([7, 8], [[7, 8, 2], [9, 10, 2]])
    assert turned.value == pytest.approx([7.5, 15, 10, 5, 90])
    assert any("circle was kept as a polygon" in line for line in said(found))


def test_polygons_of_one_group_are_one_object(tmp_path: Path) -> None:
    triangle = [[0, 0], [10, 0], [0, 10]]
    moved = [[20, 20], [30, 20], [20, 30]]
    source = folder_of(tmp_path, *(shape("polygon", *ring, group_id=4) for ring in (triangle, moved)))
    (thing,) = items(read(source))[0].objects
    assert thing.value == [[triangle], [moved]]
    assert thing.attributes == {"group": 4}


def test_a_mask_lies_in_its_rectangle(tmp_path: Path) -> None:
    mask = base64.b64encode(picture((0, 0, 1, 2), size=(3, 2))).decode()  # white, with a black column on the left
    (thing,) = items(read(folder_of(tmp_path, shape("mask", [5, 7], [7, 8], mask=mask))))[0].objects
    assert [tuple(map(int, place)) for place in zip(*masks.grid(thing.value).nonzero(), strict=True)] == [
        (7, 6), (7, 7), (8, 6), (8, 7),
    ]  # fmt: skip


def test_flags_of_the_picture_are_its_classes(tmp_path: Path) -> None:
    assert items(read(folder_of(tmp_path, flags={"day": True, "night": False})))[0].fields == {"choice": "day"}
    assert items(read(folder_of(tmp_path, flags={"day": True, "wet": True})))[0].fields == {"choices": ["day", "wet"]}


def test_a_picture_inside_the_file_is_taken_from_there(tmp_path: Path) -> None:
    folder_of(tmp_path, shape("point", [1, 2]), imageData=base64.b64encode(picture()).decode(), imagePath="..\\b.png")
    (tmp_path / "a.png").unlink()
    place = Place(tmp_path)
    (item,) = [thing for thing in FORM.read(place, Options()) if isinstance(thing, FoundItem)]
    assert item.name == "b.png"
    assert item.media is not None
    assert item.media.read_bytes() == picture()


def test_labels_may_be_listed_beside(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "labels.txt").write_text("__ignore__\n_background_\ncar\n버스\n")
    assert [thing.name for thing in read(tmp_path) if isinstance(thing, FoundLabel)] == ["car", "버스"]


@pytest.mark.parametrize(
    "odd",
    [
        shape("polygon"), shape("rectangle", [1, 2]), shape("circle", [1, 2]), shape("star", [1, 2], [3, 4]),
        shape("mask", [0, 0], [9, 9], mask="AAAA"), shape("mask", [0, 0], [9, 9]), shape("point", ["a", 2]),
        shape("mask", [118, 0], [120, 1], mask=base64.b64encode(picture(size=(3, 2))).decode()),
        {"label": 5, "points": 7}, "no shape",
    ],
)  # fmt: skip
def test_a_shape_without_usable_numbers_is_named_and_the_rest_comes_in(tmp_path: Path, odd: Any) -> None:
    found = read(folder_of(tmp_path, shape("point", [1, 2]), odd))
    assert [thing.value for thing in items(found)[0].objects] == [[1, 2]]
    assert lost(found) == 1
    assert all(line.startswith("a.json | 2 | ") for line in said(found))


@pytest.mark.parametrize(
    "text", ["", "[", '{"shapes": 5, "imagePath": "a.png"}', '{"shapes": [], "shapes": []}', "[" * 9000]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    found = read(tmp_path / "a.json")
    assert not items(found)
    assert said(found)[0].startswith("a.json | None | ")


def test_a_picture_without_labels_and_labels_without_a_picture(tmp_path: Path) -> None:
    folder_of(tmp_path, shape("point", [1, 2]))
    (tmp_path / "b.png").write_bytes(picture())
    (tmp_path / "c.json").write_text(json.dumps({"shapes": [], "imagePath": "c.png", "flags": {}}))
    found = read(tmp_path)
    by_name = {item.name: item for item in items(found)}
    assert not by_name["b.png"].labelled
    assert (by_name["c.png"].missing, by_name["c.png"].labelled) == ("c.png", True)
    assert len(said(found)) == 2


def test_a_folder_of_others_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [], "annotations": [], "categories": []}')
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)
