"""COCO: what leaves comes back, pycocotools reads what we write, and foreign files of every kind come in."""

import contextlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from PIL import Image
from pycocotools import mask as rle
from pycocotools.coco import COCO

from academy.annotation.formats import masks
from academy.annotation.formats.coco import FORM
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
from academy.grading.shapes import shape_of
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, kinds_of, leaving_sets, write_and_read
from tests.academy.annotation.samples import picture
from tests.needs import samples

IMAGE = {"id": 1, "file_name": "a.png", "width": 120, "height": 80}
CELL = {"id": 7, "image_id": 1, "category_id": 3, "bbox": [10, 10, 30, 20], "area": 600, "iscrowd": 0}
RING = [10, 10, 40, 10, 40, 30, 10, 30]
SQUARE = [[10, 10], [40, 10], [40, 30], [10, 30]]


@pytest.mark.parametrize("kind", kinds_of(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, kind: str) -> None:
    @ROUNDS
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    def rounds(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)

    rounds()


@pytest.mark.parametrize("kind", ["box", "polygon", "mask", "keypoints", "mixed"])
def test_pycocotools_finds_the_same_gold(tmp_path: Path, kind: str) -> None:
    @ROUNDS
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    def reads(leaving: LeavingSet) -> None:
        assert FORM.write is not None
        FORM.write(leaving, FolderSink(tmp_path))
        with contextlib.redirect_stdout(io.StringIO()):
            read = COCO(str(tmp_path / "annotations.json"))
        names = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
        for image_id, item in enumerate(leaving.items(), 1):
            assert read.loadImgs(image_id)[0]["file_name"] == item.file_name
            annotations = read.loadAnns(read.getAnnIds(imgIds=image_id))
            things = (item.document or {}).get("objects", [])
            assert [names[one["category_id"]] for one in annotations] == [thing["label"] for thing in things]
            for one, thing in zip(annotations, things, strict=True):
                assert bool(one["iscrowd"]) == thing.get("crowd", False)
                _same_for_pycocotools(read, one, thing)

    reads()


def _same_for_pycocotools(read: COCO, one: dict[str, Any], thing: dict[str, Any]) -> None:
    shape = shape_of(thing)
    if shape == "box":
        assert one["bbox"] == thing["box"]
    elif shape == "keypoints":
        assert one["keypoints"] == [number for point in thing["keypoints"] for number in point]
        assert one["num_keypoints"] == sum(point[2] > 0 for point in thing["keypoints"])
    elif shape == "mask":
        assert (read.annToMask(one) == masks.grid(thing["mask"])).all()
    elif shape == "polygon":
        image = read.loadImgs(one["image_id"])[0]
        flat = [[number for point in part[0] for number in point] for part in thing["polygon"]]
        filled = rle.decode(rle.merge(rle.frPyObjects(flat, image["height"], image["width"])))
        assert (read.annToMask(one) == filled).all()


# What others write ----------------------------------------------------------------------------------------------------


def folder(root: Path, *annotations: Any, **changes: Any) -> Path:
    content = {"images": [IMAGE], "annotations": list(annotations), "categories": [{"id": 3, "name": "RBC"}]} | changes
    (root / "images").mkdir(exist_ok=True)
    (root / "images" / "a.png").write_bytes(picture((10, 10, 30, 20)))
    (root / "gold.json").write_text(json.dumps(content))
    return root


def found(path: Path, **options: Any) -> tuple[list[FoundItem], list[Problem], list[FoundLabel]]:
    everything: list[Found] = list(FORM.read(Place(path), Options(**options)))
    items = [thing for thing in everything if isinstance(thing, FoundItem)]
    problems = [thing for thing in everything if isinstance(thing, Problem)]
    return items, problems, [thing for thing in everything if isinstance(thing, FoundLabel)]


def only(path: Path, **options: Any) -> Any:
    """The one object of the one picture."""
    items, problems, _ = found(path, **options)
    assert [str(problem.sentence) for problem in problems] == []
    return items[0].objects[0]


def test_a_clean_file_has_no_problems(tmp_path: Path) -> None:
    thing = only(folder(tmp_path, CELL))
    assert (thing.id, thing.label, thing.shape, thing.value) == ("7", "RBC", "box", [10, 10, 30, 20])
    assert FORM.fits(Place(tmp_path))
    items, _, _ = found(tmp_path / "gold.json")
    assert (items[0].name, items[0].size, items[0].kind) == ("images/a.png", (120, 80), "box")


def test_a_picture_without_objects_is_gold_too(tmp_path: Path) -> None:
    items, _, _ = found(folder(tmp_path, CELL, images=[IMAGE, IMAGE | {"id": 2, "file_name": "b.png"}]))
    assert items[1].labelled
    assert items[1].objects == ()


def test_a_list_of_pictures_alone_is_no_gold(tmp_path: Path) -> None:
    items, problems, _ = found(folder(tmp_path))
    assert [item.labelled for item in items] == [False]
    assert not problems


def test_korean_labels_are_kept_in_one_form(tmp_path: Path) -> None:
    assert only(folder(tmp_path, CELL, categories=[{"id": 3, "name": " \u1100\u1161"}])).label == "\uac00"


def test_an_outline_of_several_parts_is_one_object(tmp_path: Path) -> None:
    thing = only(folder(tmp_path, CELL | {"segmentation": [RING, [50, 50, 60, 50, 60, 60]]}))
    assert thing.shape == "polygon"
    assert thing.value == [[SQUARE], [[[50, 50], [60, 50], [60, 60]]]]
    assert thing.beside == {"box": [10, 10, 30, 20], "area": 600}


def test_what_the_outline_tells_is_not_kept_beside_it(tmp_path: Path) -> None:
    assert only(folder(tmp_path, CELL | {"segmentation": [RING]})).beside == {}


@pytest.mark.parametrize("counts", [[810, 20, 60, 20, 8690], None])
def test_masks_come_as_numbers_or_packed(tmp_path: Path, counts: list[int] | None) -> None:
    pixels = np.zeros((80, 120), bool)
    pixels[10:30, 10:12] = True
    counts = counts or masks.from_grid(pixels)["counts"]
    thing = only(folder(tmp_path, CELL | {"iscrowd": 1, "segmentation": {"size": [80, 120], "counts": counts}}))
    assert thing.shape == "mask"
    assert thing.crowd
    assert (masks.grid(thing.value) == pixels).all()


def test_key_points_have_their_box_and_area_beside(tmp_path: Path) -> None:
    person = CELL | {"keypoints": [12, 12, 2, 30, 20, 1, 0, 0, 0], "num_keypoints": 2, "area": 500}
    category = {"id": 3, "name": "person", "keypoints": ["nose", "eye", "ear"], "skeleton": [[1, 2], [2, 3]]}
    thing = only(folder(tmp_path, person, categories=[category]))
    assert thing.shape == "keypoints"
    assert thing.value == [[12, 12, 2], [30, 20, 1], [0, 0, 0]]
    assert thing.beside == {"box": [10, 10, 30, 20], "area": 500}
    _, _, labels = found(tmp_path)
    assert labels[0].skeleton == {"points": ["nose", "eye", "ear"], "edges": [[0, 1], [1, 2]]}


def test_a_person_without_marked_points_is_an_outline(tmp_path: Path) -> None:
    assert only(folder(tmp_path, CELL | {"keypoints": [0] * 9, "segmentation": [RING]})).shape == "polygon"


def test_an_outline_beside_key_points_is_said(tmp_path: Path) -> None:
    items, problems, _ = found(folder(tmp_path, CELL | {"keypoints": [12, 12, 2], "segmentation": [RING]}))
    assert items[0].objects[0].shape == "keypoints"
    assert ["key points were taken" in str(problem.sentence) for problem in problems] == [True]
    assert only(tmp_path, kind="polygon").shape == "polygon"
    assert only(tmp_path, kind="box").value == [10, 10, 30, 20]


def test_several_captions_are_all_right(tmp_path: Path) -> None:
    said = [{"id": number, "image_id": 1, "caption": text} for number, text in enumerate(["a cell", "one cell"], 1)]
    items, problems, _ = found(folder(tmp_path, *said, categories=[]))
    assert not problems
    assert (items[0].kind, items[0].fields) == ("writing", {"text": "a cell", "accepted": ["one cell"]})


def test_labels_of_whole_pictures(tmp_path: Path) -> None:
    one = {"id": 1, "image_id": 1, "category_id": 3}
    items, _, _ = found(folder(tmp_path, one))
    assert (items[0].kind, items[0].fields) == ("classification", {"choice": "RBC"})
    categories = [{"id": 3, "name": "RBC"}, {"id": 4, "name": "WBC"}]
    items, _, _ = found(folder(tmp_path, one, one | {"id": 2, "category_id": 4}, categories=categories))
    assert (items[0].kind, items[0].fields) == ("multilabel", {"choices": ["RBC", "WBC"]})


def test_labels_may_say_colours_and_families(tmp_path: Path) -> None:
    categories = [
        {"id": 3, "name": "RBC", "supercategory": "blood", "color": [220, 20, 60]},
        {"id": 4, "name": "WBC", "supercategory": "none", "color": "#AABBCC"},
    ]
    _, _, labels = found(folder(tmp_path, CELL, categories=categories))
    assert [(label.name, label.parent, label.color) for label in labels] == [
        ("RBC", "blood", "#dc143c"), ("WBC", "", "#aabbcc"),
    ]  # fmt: skip


def test_results_are_what_one_person_drew(tmp_path: Path) -> None:
    folder(tmp_path, CELL)
    answer = {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5}
    (tmp_path / "kim.json").write_text(json.dumps([answer, answer | {"image_id": 9}]))
    items, problems, _ = found(tmp_path)
    assert [(item.annotator, item.name) for item in items] == [("", "images/a.png"), ("kim", "images/a.png")]
    assert items[1].objects[0].value == [1, 2, 3, 4]
    assert items[1].objects[0].attributes == {"score": 0.5}
    assert [(problem.object, problem.lost) for problem in problems] == [("#2", 1)]
    alone, _, _ = found(tmp_path / "kim.json", labels=tmp_path / "gold.json", annotator="이")
    assert [item.annotator for item in alone] == ["이"]
    (tmp_path / "gold.json").unlink()
    with pytest.raises(UnreadableSource, match="names no pictures"):
        found(tmp_path / "kim.json")


def test_files_beside_each_other_speak_of_one_picture(tmp_path: Path) -> None:
    folder(tmp_path, CELL)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "gold.json").rename(tmp_path / "annotations" / "instances_train2017.json")
    captions = {"images": [IMAGE], "annotations": [{"id": 7, "image_id": 1, "caption": "a cell"}], "categories": []}
    (tmp_path / "annotations" / "captions_train2017.json").write_text(json.dumps(captions))
    items, problems, _ = found(tmp_path)
    assert not problems
    assert len(items) == 1
    assert (items[0].kind, items[0].fields, items[0].tags) == ("mixed", {"text": "a cell"}, ("train",))
    (tmp_path / "annotations" / "instances_again_train2017.json").write_bytes(
        (tmp_path / "annotations" / "instances_train2017.json").read_bytes()
    )
    items, problems, _ = found(tmp_path)
    assert len(items[0].objects) == 1
    assert [(problem.object, problem.lost) for problem in problems] == [("annotations/instances_train2017.json", 1)]


def test_pictures_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    """Roboflow numbers the pictures of each part anew."""
    for part, colour in (("train", "red"), ("valid", "blue")):
        (tmp_path / part).mkdir()
        Image.new("RGB", (120, 80), colour).save(tmp_path / part / "a.png")
        content = {"images": [IMAGE], "annotations": [CELL], "categories": [{"id": 3, "name": part}]}
        (tmp_path / part / "_annotations.coco.json").write_text(json.dumps(content))
    items, problems, _ = found(tmp_path)
    assert not problems
    assert [(item.name, item.objects[0].label) for item in items] == [
        ("train/a.png", "train"),
        ("valid/a.png", "valid"),
    ]


@pytest.mark.parametrize("first", ["train", "val"])
def test_a_missing_picture_is_not_mistaken_for_another_of_its_name(tmp_path: Path, first: str) -> None:
    second = {"train": "val", "val": "train"}[first]
    images = [IMAGE | {"id": number, "file_name": f"{part}/a.png"} for number, part in enumerate((first, second), 1)]
    folder(tmp_path, CELL, CELL | {"id": 8, "image_id": 2}, images=images)
    (tmp_path / "images").rename(tmp_path / "train")
    items, problems, _ = found(tmp_path)
    assert {item.name: item.missing for item in items} == {"train/a.png": "", "val/a.png": "val/a.png"}
    assert [len(item.objects) for item in items] == [1, 1]
    assert len(problems) == 1


def test_panoptic_segments_are_masks(tmp_path: Path) -> None:
    ids = np.zeros((80, 120, 3), np.uint8)
    ids[10:30, 10:40] = (7, 1, 0)
    ids[50:60, 50:60] = (9, 0, 0)
    segments = [
        {"id": 7 + 256, "category_id": 3, "iscrowd": 0, "bbox": [10, 10, 30, 20], "area": 600},
        {"id": 8, "category_id": 3},
    ]
    annotation = {"image_id": 1, "file_name": "a.png", "segments_info": segments}
    (folder(tmp_path, annotation) / "gold.json").rename(tmp_path / "panoptic_gold.json")
    (tmp_path / "panoptic_gold").mkdir()
    Image.fromarray(ids).save(tmp_path / "panoptic_gold" / "a.png")
    items, problems, _ = found(tmp_path)
    assert items[0].media == tmp_path / "images" / "a.png"
    assert [(thing.id, masks.bounds(thing.value)) for thing in items[0].objects] == [("263", [10, 10, 30, 20])]
    assert [(problem.object, problem.lost) for problem in problems] == [("8", 1), (None, 0)]


@pytest.mark.parametrize(
    ("annotation", "about", "said", "lost"),
    [
        (CELL | {"bbox": [10, 10, 5]}, "7", "four numbers", 1),
        (CELL | {"bbox": [10, "10", 5, 5]}, "7", "four numbers", 1),
        (CELL | {"bbox": [10, float("nan"), 5, 5]}, "7", "four numbers", 1),
        (CELL | {"bbox": [10, 1e300, 5, 5]}, "7", "four numbers", 1),
        (CELL | {"bbox": [10, 10**30, 5, 5]}, "7", "four numbers", 1),
        (CELL | {"bbox": None}, "7", "four numbers", 1),
        (CELL | {"bbox": None, "segmentation": [[1, 2, 3, 4]]}, "7", "at least three points", 1),
        (CELL | {"bbox": None, "segmentation": {"size": [80, 120], "counts": [5]}}, "7", "run lengths", 1),
        (CELL | {"segmentation": [[1, 2, 3, 4]]}, "7", "its box was taken", 0),
        (CELL | {"segmentation": {"size": [80, 120], "counts": "x"}}, "7", "its box was taken", 0),
        (CELL | {"segmentation": [RING, [1, 2, 3]]}, "7", "1 parts of its outline", 0),
        (CELL | {"keypoints": [1, 2, 5]}, "7", "key points", 0),
        (CELL | {"category_id": 9}, "7", "category 9", 1),
        (CELL | {"category_id": []}, "7", "category", 1),
        (CELL | {"image_id": 9}, "7", "picture 9", 1),
        (CELL | {"image_id": None}, "7", "names no picture", 1),
        ({"image_id": 1}, "#2", "category", 1),
        (17, "#2", "no JSON object", 1),
        (CELL | {"id": 1}, "1", "used twice", 1),
        (CELL | {"mood": "sad"}, None, "mood", 0),
    ],
)
def test_what_is_odd_is_named_and_the_rest_goes_in(
    tmp_path: Path, annotation: Any, about: str | None, said: str, lost: int
) -> None:
    items, problems, _ = found(folder(tmp_path, CELL | {"id": 1, "bbox": [50, 50, 9, 9]}, annotation))
    assert [thing.id for thing in items[0].objects] == ["1", "7"][: 2 - lost]
    assert [(problem.object, problem.lost) for problem in problems] == [(about, lost)]
    for language in ("en", "ko"):
        assert problems[0].words(language)
    assert said in str(problems[0].sentence)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": [IMAGE, IMAGE]}, "Two pictures have the id 1"),
        ({"images": [IMAGE, {"id": 2}]}, "no id or no file name"),
        ({"images": [IMAGE, IMAGE | {"id": 2, "file_name": "../../etc/passwd"}]}, "was not found"),
        ({"images": [IMAGE, IMAGE | {"id": 2}]}, "is listed twice"),
        ({"categories": [{"id": 3, "name": "RBC"}, {"id": 4, "name": "RBC"}]}, "Two categories are called RBC"),
        ({"categories": [{"id": 3, "name": "RBC"}, {"id": 3, "name": "WBC"}]}, "Two categories have the id 3"),
        ({"categories": [{"id": 3, "name": "RBC"}, {"name": "WBC"}]}, "no id or no name"),
    ],
)
def test_odd_lists_are_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    items, problems, _ = found(folder(tmp_path, CELL, **changes))
    assert [said in str(problem.sentence) for problem in problems] == [True]
    assert len(items[0].objects) == 1


def test_a_missing_picture_leaves_its_item_waiting(tmp_path: Path) -> None:
    folder(tmp_path, CELL)
    (tmp_path / "images" / "a.png").unlink()
    items, problems, _ = found(tmp_path)
    assert (items[0].media, items[0].missing, len(items[0].objects)) == (None, "a.png", 1)
    assert [problem.lost for problem in problems] == [0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_files_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    folder(tmp_path, CELL, categories=[{"id": 3, "name": "백혈구"}])
    content = json.loads((tmp_path / "gold.json").read_text())
    (tmp_path / "gold.json").write_text(json.dumps(content, ensure_ascii=False), encoding)
    assert FORM.fits(Place(tmp_path))
    assert only(tmp_path).label == "백혈구"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[" * 100_000, '{"images": [], "images": []}', '{"images": [NaN]}', '{"images": []}', "\udc80",
     '{"images": [], "annotations": [{"id": 1, "image_id": 1, "bbox": [1', '{"images": [], "annotations": []} x',
     '{"images": [], "annotations": [{"id": "\\ud800"}]}', '{"images": [], "annotations": [{"id": "\\u0000"}]}',
     '{"images": [], "annotations": [{}, ]}', '{"images": [], "annotations": [' + '{"a":' * 60 + "1" + "}" * 60 + "]}"],
)  # fmt: skip
def test_what_is_no_coco_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "gold.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    for path in (tmp_path, tmp_path / "gold.json"):
        with pytest.raises(UnreadableSource) as refused:
            found(path)
        assert str(refused.value)


def test_a_broken_file_beside_a_good_one_is_named_by_its_line(tmp_path: Path) -> None:
    folder(tmp_path, CELL)
    (tmp_path / "bad.json").write_text('{"images": [\n{"id": 1,\n"file_name": oops}]}')
    items, problems, _ = found(tmp_path)
    assert len(items) == 1
    assert problems[0].file == "bad.json"
    assert "Line 3" in str(problems[0].sentence)


# The real sets --------------------------------------------------------------------------------------------------------


@pytest.mark.samples
@pytest.mark.parametrize(
    ("part", "shapes"),
    [
        ("coco", {"box": 1, "polygon": 1, "mask": 6, "keypoints": 3}),
        ("coco_instances", {"box": 1, "polygon": 1, "mask": 1}),
        ("coco_roboflow", {"box": 1, "polygon": 1, "mask": 1}),
        ("mmdet_coco", {"box": 1, "polygon": 1, "mask": 1}),
        ("coco_person_keypoints", {"keypoints": 3}),
        ("coco_panoptic", {"mask": 3}),
        ("coco_stuff", {"mask": 2}),
        ("coco_captions", {}),
        ("coco_labels", {}),
        ("coco_image_info", {}),
    ],
)
def test_every_coco_sample_of_datumaro(part: str, shapes: dict[str, int]) -> None:
    path = samples("formats-datumaro") / "coco_dataset" / part
    assert FORM.fits(Place(path))
    items, problems, _ = found(path)
    assert len(items) == 2
    assert all(item.media for item in items)
    assert Counter(thing.shape for item in items for thing in item.objects) == shapes
    assert sum(problem.lost for problem in problems) == 0
    assert [item.labelled for item in items] == [part != "coco_image_info"] * 2


@pytest.mark.samples
def test_document_pages() -> None:
    items, problems, labels = found(samples("polygons-publaynet"))
    assert (len(items), len(problems)) == (12, 0)
    count = Counter(thing.label for item in items for thing in item.objects)
    assert count == {"text": 73, "title": 12, "figure": 5, "table": 4, "list": 3}
    assert {label.name for label in labels} == set(count)


@pytest.mark.samples
def test_the_export_of_cvat() -> None:
    items, problems, _ = found(samples("formats-cvat-export") / "coco_instances_default.json")
    things = {item.name: item.objects for item in items}
    assert things["2007_000515.jpg"][0].value == [129.01, 62.48, 259.07, 254.03]
    assert len(things["2007_000528.jpg"][0].value[0][0]) == 40
    assert things["2007_000528.jpg"][0].beside["area"] == 18698.0
    assert ["was not found" in str(problem.sentence) for problem in problems] == [True] * 4
