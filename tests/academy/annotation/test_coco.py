"""COCO files: read with every oddity named, written so that pycocotools finds the same gold."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from academy.annotation.formats import coco_boxes as coco
from academy.annotation.formats.preparing import prepare
from academy.annotation.formats.reading import UnreadableSource
from tests.academy.annotation.samples import picture

IMAGE = {"id": 1, "file_name": "a.png", "width": 120, "height": 80}
CELL = {"id": 7, "image_id": 1, "category_id": 3, "bbox": [10, 10, 30, 20], "area": 600, "iscrowd": 0}


def folder(root: Path, *annotations: Any, **changes: Any) -> Path:
    content = {"images": [IMAGE], "annotations": list(annotations), "categories": [{"id": 3, "name": "RBC"}]} | changes
    (root / "images").mkdir(exist_ok=True)
    (root / "images" / "a.png").write_bytes(picture((10, 10, 30, 20)))
    (root / "gold.json").write_text(json.dumps(content))
    return root


def imported(path: Path) -> tuple[list[dict[str, Any]], list[tuple[str | None, str]]]:
    reading = coco.read(path)
    prepared = [prepare(item) for item in reading.items]
    problems = reading.problems + [problem for one in prepared for problem in one.problems]
    return [one.document for one in prepared if one.document], [(found.object, found.message) for found in problems]


def test_a_clean_file_has_no_problems(tmp_path: Path):
    documents, problems = imported(folder(tmp_path, CELL))
    assert problems == []
    assert documents[0]["objects"] == [{"id": "7", "label": "RBC", "box": [10, 10, 30, 20]}]
    assert imported(tmp_path / "gold.json")[0] == documents


def test_a_picture_without_objects_is_gold_too(tmp_path: Path):
    assert imported(folder(tmp_path))[0][0]["objects"] == []


def test_messages_name_the_annotation_and_the_picture(tmp_path: Path):
    again = CELL | {"id": 8, "bbox": [10, 10, 30, 21], "object": "2"}
    _, problems = imported(folder(tmp_path, CELL | {"object": "1"}, again))
    assert problems[0][0] == "8"
    assert "images/a.png" in problems[0][1]
    assert "object 7 by 0.95" in problems[0][1]


def test_more_objects_than_can_be_graded_are_not_imported(tmp_path: Path):
    many = [CELL | {"id": number} for number in range(5001)]
    documents, problems = imported(folder(tmp_path, *many))
    assert documents == []
    assert "5001 objects" in problems[0][1]


def test_korean_labels_are_kept_in_one_form(tmp_path: Path):
    documents, _ = imported(folder(tmp_path, CELL, categories=[{"id": 3, "name": " \u1100\u1161"}]))
    assert documents[0]["objects"][0]["label"] == "\uac00"


def test_a_crowd_stays_a_crowd(tmp_path: Path):
    documents, _ = imported(folder(tmp_path, CELL | {"iscrowd": 1, "segmentation": {"size": [80, 120], "counts": "x"}}))
    assert documents[0]["objects"][0]["crowd"] is True


@pytest.mark.parametrize(
    ("annotation", "about", "said"),
    [
        (CELL | {"bbox": [10, 10, 0, 20]}, "7", "no area"),
        (CELL | {"bbox": [10, 10, -1, 20]}, "7", "comes before"),
        (CELL | {"bbox": [10, 10, 5]}, "7", "four numbers"),
        (CELL | {"bbox": [10, "10", 5, 5]}, "7", "four numbers"),
        (CELL | {"bbox": None}, "7", "four numbers"),
        (CELL | {"category_id": 9}, "7", "category 9"),
        (CELL | {"category_id": []}, "7", "category"),
        (CELL | {"image_id": 9}, "7", "picture 9"),
        (CELL | {"bbox": [900, 10, 5, 5]}, "7", "outside"),
        ({"image_id": 1}, "#2", "category"),
        (17, "#2", "no JSON object"),
        (CELL | {"id": 1}, "1", "used twice"),
    ],
)
def test_what_is_odd_is_named_and_the_rest_goes_in(tmp_path: Path, annotation: Any, about: str, said: str):
    documents, problems = imported(folder(tmp_path, CELL | {"id": 1, "bbox": [50, 50, 9, 9]}, annotation))
    assert [item["id"] for item in documents[0]["objects"]] == ["1"]
    assert problems[0][0] == about
    assert said in problems[0][1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": [IMAGE, IMAGE]}, "Two pictures have the id 1"),
        ({"images": [IMAGE, {"id": 2}]}, "no id or no file name"),
        ({"images": [IMAGE, IMAGE | {"id": 2, "file_name": "../../etc/passwd"}]}, "was not found"),
        ({"images": [IMAGE, IMAGE | {"id": 2}]}, "has labels in another file already"),
        ({"images": [IMAGE | {"width": 60}]}, "60 x 80"),
        ({"categories": [{"id": 3, "name": "RBC"}, {"id": 4, "name": "RBC"}]}, "Two categories"),
        ({"categories": [{"id": 3, "name": "RBC"}, {"name": "WBC"}]}, "no id or no name"),
    ],
)
def test_odd_lists_are_named(tmp_path: Path, changes: dict[str, Any], said: str):
    _, problems = imported(folder(tmp_path, CELL, **changes))
    assert any(said in message for _, message in problems)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[" * 100_000, '{"images": [], "images": []}', '{"images": [NaN]}', '{"images": []}', "\udc80"],
)
def test_what_is_no_coco_file_is_refused_with_a_sentence(tmp_path: Path, text: str):
    (tmp_path / "gold.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    for path in (tmp_path, tmp_path / "gold.json"):
        with pytest.raises(UnreadableSource):
            coco.read(path)


numbers = st.floats(0, 500, allow_nan=False).map(lambda value: round(value, 3))
objects = st.lists(
    st.fixed_dictionaries(
        {"label": st.sampled_from(["RBC", "백혈구"]), "box": st.tuples(numbers, numbers, numbers, numbers).map(list)},
        optional={"crowd": st.just(True), "optional": st.just(True), "rule": st.just("3.2")},
    ),
    max_size=5,
)


@given(st.lists(objects, max_size=4))
def test_pycocotools_finds_the_same_gold(drawn: list[list[dict[str, Any]]]):
    golds = [[item | {"id": str(n)} for n, item in enumerate(one, 1)] for one in drawn]
    rows = [(f"{n}.png", 640, 480, one) for n, one in enumerate(golds, 1)]
    content = coco.write(rows, ["RBC", "백혈구"], title="Cells", licence="MIT", attribution="The makers")
    read = COCO()
    read.dataset = json.loads(json.dumps(content))
    with contextlib.redirect_stdout(io.StringIO()):
        read.createIndex()
    names = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
    for image_id, gold in zip(sorted(read.getImgIds()), golds, strict=True):
        found = read.loadAnns(read.getAnnIds(imgIds=image_id))
        assert [(names[one["category_id"]], one["bbox"], bool(one["iscrowd"])) for one in found] == [
            (item["label"], item["box"], bool(item.get("crowd"))) for item in gold
        ]


def test_what_we_write_we_read(tmp_path: Path):
    gold = [
        {"id": "4", "label": "RBC", "box": [10, 10, 30.25, 20], "rule": "3.2", "optional": True},
        {"id": "9", "label": "WBC", "box": [60, 10, 30, 20], "crowd": True, "attributes": {"side": "left"}},
    ]
    content = coco.write([("a.png", 120, 80, gold)], ["RBC", "WBC"], title="Cells", licence="MIT", attribution="")
    folder(tmp_path)
    (tmp_path / "gold.json").write_text(json.dumps(content))
    documents, problems = imported(tmp_path)
    assert problems == []
    assert documents[0]["objects"] == gold
