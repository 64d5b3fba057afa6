"""Supervisely: cuboids in point clouds come in, and what else is there is said."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

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
from academy.annotation.formats.supervisely import FORM
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, write_and_read
from tests.needs import samples


def read(path: Path) -> list[Found]:
    return list(FORM.read(Place(path), Options()))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


def figure(key: str = "k", **more: Any) -> dict[str, Any]:
    axes = {"x": 1, "y": 2, "z": 3}
    still = {"x": 0, "y": 0, "z": 0.5}
    geometry = {"position": axes, "dimensions": axes, "rotation": still}
    return {"objectKey": key, "geometryType": "cuboid_3d", "geometry": geometry} | more


def project(root: Path, *figures: Any) -> Path:
    (root / "ds/ann").mkdir(parents=True)
    (root / "ds/pointcloud").mkdir()
    (root / "ds/pointcloud/a.pcd").write_bytes(b"x")
    (root / "meta.json").write_text(json.dumps({"classes": [{"title": "car"}], "projectType": "point_clouds"}))
    told = {"objects": [{"key": "k", "classTitle": "car", "tags": [{"name": "n", "value": 1}]}], "figures": figures}
    (root / "ds/ann/a.pcd.json").write_text(json.dumps(told))
    return root


def test_figures_that_are_none_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    tilted = figure()
    tilted["geometry"]["rotation"] = {"x": 0.3, "y": 0, "z": 0}
    broken = figure(geometry={"position": {"x": 1}})
    root = project(tmp_path, figure(), figure("nobody"), figure(geometryType="point_3d"), broken, tilted, [])
    found = read(root)
    words = ["no object", "point_3d", "missing", "tilted", "no JSON"]
    assert [about for _, about, _ in said(found)] == ["2", "3", "4", "5", "6"]
    assert all(word in sentence for word, (_, _, sentence) in zip(words, said(found), strict=True))
    (item,) = items(found)
    assert [thing.value for thing in item.objects] == [[1, 2, 3, 1, 2, 3, 0.5], [1, 2, 3, 1, 2, 3, 0]]
    assert item.objects[0].attributes == {"n": 1}


def test_a_broken_file_is_named_and_the_others_come_in(tmp_path: Path) -> None:
    root = project(tmp_path, figure())
    (root / "ds/ann/b.pcd.json").write_text('{"figures": [')
    found = read(root)
    assert [(file, about) for file, about, _ in said(found)] == [("ds/ann/b.pcd.json", None)]
    assert len(items(found)) == 1


def test_a_folder_without_a_project_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"classes": []}')
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)


@pytest.mark.samples
def test_the_sample_comes_in() -> None:
    place = samples("formats-datumaro") / "sly_pointcloud_dataset"
    assert FORM.fits(Place(place))
    found = read(place)
    labels = [(label.name, label.color) for label in found if isinstance(label, FoundLabel)]
    assert labels == [("car", "#fa3253"), ("bus", "#fafa37")]
    first, second = items(found)
    assert [item.media and item.media.name for item in (first, second)] == ["frame1.pcd", "frame2.pcd"]
    assert first.tags == ("tag2: 65", "tag1: 25dsd")
    assert [(thing.label, thing.shape, dict(thing.attributes)) for thing in first.objects] == [
        ("car", "cuboid", {"tag3": "4s", "tag1": "fd"}),
        ("car", "cuboid", {"tag1": "v12"}),
    ]
    (bus,) = second.objects
    assert (bus.label, bus.value) == ("bus", [0.59, 14.41, -0.61, 1, 1, 1, 0])
    assert [(file, "photographs" in words) for file, _, words in said(found)] == [("ds0/ann/frame1.pcd.json", True)]
