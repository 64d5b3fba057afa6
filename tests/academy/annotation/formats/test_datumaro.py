"""Datumaro: what leaves comes back, and what Datumaro and CVAT write comes in."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from academy.annotation.formats import masks
from academy.annotation.formats.datumaro import FORM
from academy.annotation.formats.every import guess
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, kinds_of, leaving_sets, write_and_read
from tests.academy.annotation.samples import picture
from tests.needs import samples


@pytest.mark.parametrize("kind", kinds_of(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, kind: str) -> None:
    @ROUNDS
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    def rounds(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)

    rounds()


KEYS: Mapping[str, set[str]] = {
    "label": {"label_id"},
    "caption": {"caption"},
    "bbox": {"label_id", "bbox", "z_order"},
    "polygon": {"label_id", "points", "z_order"},
    "polyline": {"label_id", "points", "z_order"},
    "points": {"label_id", "points", "z_order", "visibility"},
    "mask": {"label_id", "rle", "z_order"},
    "cuboid_3d": {"label_id", "position", "rotation", "scale"},
}
"""What Datumaro's own reader asks of each type, beside id, type, attributes and group."""


@ROUNDS
@given(leaving_sets(FORM.carries))
def test_what_we_write_has_all_that_datumaro_asks_for(tmp_path: Path, leaving: LeavingSet) -> None:
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(tmp_path))
    content = json.loads((tmp_path / "annotations" / "default.json").read_text("utf-8"))
    labels = content["categories"]["label"]["labels"]
    assert all(label.keys() >= {"name", "parent", "attributes"} for label in labels)
    for item in content["items"]:
        assert isinstance(item["id"], str)
        assert "image" in item or "point_cloud" in item
        for annotation in item["annotations"]:
            assert annotation.keys() >= {"id", "type", "attributes", "group"} | KEYS[annotation["type"]]
            assert 0 <= annotation.get("label_id", 0) < max(1, len(labels))
            if annotation["type"] == "points":
                assert len(annotation["points"]) == 2 * len(annotation["visibility"])


# What others write ----------------------------------------------------------------------------------------------------

LABELS = [{"name": "car", "parent": "", "attributes": ["side"]}, {"name": "cat", "parent": "car", "attributes": []}]
BOX = {"id": 5, "type": "bbox", "attributes": {}, "group": 0, "label_id": 0, "bbox": [10, 10, 30, 20], "z_order": 0}


def folder(root: Path, *annotations: Any, categories: Any = None, **changes: Any) -> Path:
    item = {"id": "a", "annotations": list(annotations), "image": {"path": "a.png", "size": [80, 120]}}
    content = {"info": {}, "categories": {"label": {"labels": LABELS}} | (categories or {}), "items": [item]} | changes
    for name in ("annotations", "images/train"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "images" / "train" / "a.png").write_bytes(picture((10, 10, 30, 20)))
    (root / "annotations" / "train.json").write_text(json.dumps(content))
    return root


def found(path: Path) -> tuple[list[FoundItem], list[Problem], list[FoundLabel]]:
    everything: list[Found] = list(FORM.read(Place(path), Options()))
    items = [thing for thing in everything if isinstance(thing, FoundItem)]
    problems = [thing for thing in everything if isinstance(thing, Problem)]
    return items, problems, [thing for thing in everything if isinstance(thing, FoundLabel)]


def only(path: Path) -> Any:
    items, problems, _ = found(path)
    assert [str(problem.sentence) for problem in problems] == []
    return items[0].objects[0]


def test_a_clean_file_has_no_problems(tmp_path: Path) -> None:
    thing = only(folder(tmp_path, BOX))
    assert (thing.id, thing.label, thing.shape, thing.value) == ("5", "car", "box", [10, 10, 30, 20])
    items, _, labels = found(tmp_path / "annotations" / "train.json")
    assert (items[0].name, items[0].size, items[0].tags) == ("images/train/a.png", (120, 80), ("train",))
    assert [(label.name, label.parent) for label in labels] == [("car", ""), ("cat", "car")]
    assert labels[0].attributes == ({"name": "side", "type": "text", "values": []},)


PACKED = masks.from_grid(np.eye(80, 120, dtype=bool))


@pytest.mark.parametrize(
    ("annotation", "shape", "value"),
    [
        ({"type": "polygon", "points": [1, 2, 9, 2, 9, 8]}, "polygon", [[[[1, 2], [9, 2], [9, 8]]]]),
        ({"type": "polyline", "points": [1, 2, 9, 2]}, "polyline", [[1, 2], [9, 2]]),
        ({"type": "points", "points": [1, 2], "visibility": [2]}, "point", [1, 2]),
        ({"type": "points", "points": [1, 2, 3, 4], "visibility": [2, 0]}, "keypoints", [[1, 2, 2], [3, 4, 0]]),
        ({"type": "points", "points": [1, 2, 3, 4]}, "keypoints", [[1, 2, 2], [3, 4, 2]]),
        ({"type": "skeleton", "points": [1, 2, 2, 3, 4, 1]}, "keypoints", [[1, 2, 2], [3, 4, 1]]),
        ({"type": "mask", "rle": PACKED}, "mask", PACKED),
        ({"type": "rotated_bbox", "cx": 9, "cy": 8, "w": 4, "h": 2, "r": 30}, "rotated_box", [9, 8, 4, 2, 30]),
        ({"attributes": {"rotation": 30.0}}, "rotated_box", [25.0, 20.0, 30, 20, 30.0]),
        ({"attributes": {"rotation": 0.0}}, "box", [10, 10, 30, 20]),
        (
            {"type": "cuboid_3d", "position": [1, 2, 3], "rotation": [0, 0, 0.5], "scale": [4, 5, 6]},
            "cuboid",
            [1, 2, 3, 4, 5, 6, 0.5],
        ),
    ],
)
def test_every_type_becomes_its_shape(tmp_path: Path, annotation: Any, shape: str, value: Any) -> None:
    thing = only(folder(tmp_path, BOX | annotation))
    assert (thing.shape, thing.value) == (shape, value)


def test_an_ellipse_becomes_an_outline_and_that_is_said(tmp_path: Path) -> None:
    items, problems, _ = found(folder(tmp_path, BOX | {"type": "ellipse", "points": [10, 10, 30, 20]}))
    assert masks.area(masks.from_polygon(items[0].objects[0].value, 80, 120)) == pytest.approx(math.pi * 50, rel=0.05)
    assert ["outline of 72 corners" in str(problem.sentence) for problem in problems] == [True]


def test_polygons_of_one_group_are_one_outline(tmp_path: Path) -> None:
    part = BOX | {"type": "polygon", "group": 4, "points": [1, 2, 9, 2, 9, 8]}
    other = part | {"id": 6, "points": [20, 20, 30, 20, 30, 30]}
    items, problems, _ = found(folder(tmp_path, part, other, part | {"id": 7, "label_id": 1}))
    assert not problems
    assert [(thing.id, len(thing.value)) for thing in items[0].objects] == [("5", 2), ("7", 1)]


def test_key_points_and_their_box_are_one_object(tmp_path: Path) -> None:
    person = BOX | {"type": "points", "group": 4, "points": [12, 12, 30, 20], "visibility": [2, 1]}
    categories = {"points": {"items": [{"label_id": 0, "labels": ["nose", "ear"], "joints": [[1, 2]]}]}}
    folder(tmp_path, person, BOX | {"group": 4, "id": 9}, categories=categories)
    thing = only(tmp_path)
    assert (thing.shape, thing.beside) == ("keypoints", {"box": [10, 10, 30, 20]})
    _, _, labels = found(tmp_path)
    assert labels[0].skeleton == {"points": ["nose", "ear"], "edges": [[0, 1]]}


def test_crowds_and_the_order_on_top_of_each_other_are_kept(tmp_path: Path) -> None:
    thing = only(folder(tmp_path, BOX | {"attributes": {"is_crowd": True, "side": "left"}, "z_order": 2}))
    assert thing.crowd
    assert thing.attributes == {"side": "left", "z_order": 2}


def test_ids_that_stand_twice_are_told_apart(tmp_path: Path) -> None:
    items, problems, _ = found(folder(tmp_path, BOX, BOX, BOX | {"id": 0}))
    assert not problems
    assert [thing.id for thing in items[0].objects] == ["5", "5-2", "#3"]


def test_colours_come_from_the_colour_map(tmp_path: Path) -> None:
    colours = {"mask": {"colormap": [{"label_id": 1, "r": 220, "g": 20, "b": 60}]}}
    _, _, labels = found(folder(tmp_path, BOX, categories=colours))
    assert [label.color for label in labels] == ["", "#dc143c"]


def test_nothing_drawn_is_gold_where_others_drew(tmp_path: Path) -> None:
    empty = {"id": "b", "annotations": [], "image": {"path": "b.png"}}
    drawn = {"id": "a", "annotations": [BOX], "image": {"path": "a.png"}}
    items, _, _ = found(folder(tmp_path, items=[drawn, empty]))
    assert [item.labelled for item in items] == [True, True]
    said = {"id": "a", "annotations": [{"id": 1, "type": "label", "label_id": 0}], "image": {"path": "a.png"}}
    items, _, _ = found(folder(tmp_path, items=[said, empty]))
    assert [(item.labelled, item.kind) for item in items] == [(True, "classification"), (False, "")]


@pytest.mark.parametrize(
    ("annotation", "about", "said", "lost"),
    [
        (BOX | {"bbox": [1, 2, 3]}, "5", "missing or wrong", 1),
        (BOX | {"type": "polygon", "points": [1, 2, 3]}, "5", "missing or wrong", 1),
        (BOX | {"type": "polygon", "points": [1, 2, 3, None]}, "5", "missing or wrong", 1),
        (BOX | {"type": "mask", "rle": {"size": [80, 120], "counts": "x"}}, "5", "missing or wrong", 1),
        (BOX | {"type": "mask", "rle": None}, "5", "missing or wrong", 1),
        (BOX | {"type": "skeleton", "points": [1, 2, 7]}, "5", "missing or wrong", 1),
        (BOX | {"type": "cuboid_3d"}, "5", "missing or wrong", 1),
        (BOX | {"type": "hash_key"}, "5", "type hash_key", 1),
        (BOX | {"label_id": 9}, "5", "label number 9", 1),
        (BOX | {"label_id": None}, "5", "label number None", 1),
        ({"type": "caption", "caption": ""}, "#2", "caption is empty", 1),
        (17, "#2", "no JSON object", 1),
        (
            BOX | {"type": "cuboid_3d", "position": [1, 2, 3], "rotation": [0.1, 0, 0], "scale": [4, 5, 6], "id": 6},
            "6", "is tilted", 0,
        ),
    ],
)  # fmt: skip
def test_what_is_odd_is_named_and_the_rest_goes_in(
    tmp_path: Path, annotation: Any, about: str, said: str, lost: int
) -> None:
    items, problems, _ = found(folder(tmp_path, BOX, annotation))
    assert len(items[0].objects) == 2 - lost
    assert [(problem.object, problem.lost) for problem in problems] == [(about, lost)]
    assert said in str(problems[0].sentence)


def test_odd_items_are_named(tmp_path: Path) -> None:
    good = {"id": "a", "annotations": [BOX], "image": {"path": "a.png"}}
    missing = {"id": "b", "annotations": [BOX], "image": {"path": "b.png"}}
    items, problems, _ = found(folder(tmp_path, items=[good, good, {"annotations": [BOX, BOX]}, 17, missing]))
    assert [item.missing for item in items] == ["", "b.png"]
    assert [problem.lost for problem in problems] == [1, 2, 0, 0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"items": {}}', '{"categories": {}}', '{"items": [' + "[" * 100_000])
def test_what_is_no_datumaro_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    for path in (tmp_path, tmp_path / "a.json"):
        with pytest.raises(UnreadableSource) as refused:
            found(path)
        assert str(refused.value)


@pytest.mark.samples
def test_the_samples_of_datumaro() -> None:
    place = Place(samples("formats-datumaro") / "datumaro_dataset" / "legacy")
    guessed = guess(place)
    assert guessed is not None
    assert guessed.token == "datumaro"
    items, problems, labels = found(place.path)
    assert [label.name for label in labels] == ["car", "bicycle", "tom", "mary"]
    said = {item.name: item.fields.get("choices") for item in items}
    assert said == {
        "images/test/c.jpg": ["bicycle", "mary"],
        "images/train/a.jpg": ["car"],
        "images/train/b.jpg": ["car", "bicycle", "tom", "mary"],
        "images/validation/d.jpg": None,
    }
    assert [item.labelled for item in items] == [True, True, True, False]
    assert {problem.lost for problem in problems} <= {0}
