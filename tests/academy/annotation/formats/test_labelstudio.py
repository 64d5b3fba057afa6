"""Label Studio: made sets go out and come back, what goes out has the published form, and real exports come in with
everything they say."""

import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pycocotools import mask as rle

from academy.annotation.formats import brushes
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.labelstudio import FORM
from academy.annotation.formats.labelstudio_tasks import path_of
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import (
    ROUNDS,
    Making,
    assert_same,
    leaving_sets,
    media_bytes,
    write_and_read,
)
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


def task(*results: dict[str, Any], data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    annotation = {"id": 1, "completed_by": 1, "result": list(results)}
    return {"id": 1, "data": data or {"image": "a.png"}, "annotations": [annotation]} | more


def folder_of(tmp_path: Path, *tasks: dict[str, Any], config: str = "") -> Path:
    (tmp_path / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False))
    (tmp_path / "a.png").write_bytes(picture())  # 120 x 80
    if config:
        (tmp_path / "config.xml").write_text(f"<View>{config}</View>")
    return tmp_path


def rectangle(**value: Any) -> dict[str, Any]:
    return {
        "id": "r1", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 200,
        "original_height": 100,
        "value": {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Car"]} | value,
    }  # fmt: skip


def words(**value: Any) -> dict[str, Any]:
    return {"id": "w", "type": "labels", "from_name": "ner", "to_name": "text", "value": value}


# Out and in --------------------------------------------------------------------------------------------------------


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@given(leaving=leaving_sets(FORM.carries, Making(kinds=("preference",), parts=("response1", "response2"))))
@ROUNDS
def test_pairs_of_texts_come_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


PERCENT = {"type": "number", "minimum": -1e-9, "maximum": 100 + 1e-9}
REGION = {
    "type": "object",
    "required": ["id", "type", "from_name", "to_name", "value"],
    "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "value": {"type": "object"},
                   "original_width": {"type": "number"}, "original_height": {"type": "number"}},
    "allOf": [
        {"if": {"properties": {"type": {"const": kind}}}, "then": {"properties": {"value": form}}}
        for kind, form in {
            "rectanglelabels": {"required": ["x", "y", "width", "height", "rotation", "rectanglelabels"],
                                "properties": {"width": PERCENT, "height": PERCENT}},
            "polygonlabels": {"required": ["points", "polygonlabels"], "properties": {"points": {
                "type": "array", "minItems": 3, "items": {"type": "array", "minItems": 2, "maxItems": 2}}}},
            "keypointlabels": {"required": ["x", "y", "width", "keypointlabels"], "properties": {"x": PERCENT}},
            "brushlabels": {"required": ["format", "rle", "brushlabels"], "properties": {
                "format": {"const": "rle"}, "rle": {"type": "array", "items": {"type": "integer", "maximum": 255}}}},
            "labels": {"required": ["start", "end", "labels"]},
            "choices": {"required": ["choices"], "properties": {"choices": {"type": "array"}}},
            "textarea": {"required": ["text"], "properties": {"text": {"type": "array"}}},
            "pairwise": {"properties": {"selected": {"enum": ["left", "right", "none"]}}},
            "videorectangle": {"required": ["sequence", "labels"], "properties": {"sequence": {"items": {
                "required": ["frame", "enabled", "x", "y", "width", "height", "rotation"],
                "properties": {"frame": {"type": "integer", "minimum": 1}}}}}},
        }.items()
    ],
}  # fmt: skip
RELATION = {
    "type": "object",
    "required": ["type", "from_id", "to_id", "direction"],
    "properties": {"type": {"const": "relation"}, "direction": {"enum": ["left", "right", "bi"]}},
}
TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "data", "annotations", "predictions"],
        "properties": {
            "id": {"type": "integer"},
            "data": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
            "meta": {"type": "object"},
            "predictions": {"type": "array"},
            "annotations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "result", "was_cancelled", "ground_truth"],
                    "properties": {"id": {"type": "integer"}, "was_cancelled": {"type": "boolean"},
                                   "ground_truth": {"type": "boolean"},
                                   "result": {"type": "array", "items": {"if": {"required": ["from_id"]},
                                                                         "then": RELATION, "else": REGION}}},
                },
            },
        },
    },
}  # fmt: skip
"""The task format as labelstud.io/guide/task_format describes it, with the results of its tags."""


@given(leaving=leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_has_the_published_form_and_a_configuration_that_fits(tmp_path: Path, leaving: LeavingSet) -> None:
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    tasks = json.loads((root / "tasks.json").read_text())
    jsonschema.validate(tasks, TASKS)
    config = etree.parse(root / "label_config.xml")
    shown = {tag.get("name"): tag.get("value") for tag in config.getroot() if tag.get("value")}
    controls = {tag.get("name"): tag for tag in config.iter() if tag.get("toName")}
    for one in tasks:
        assert {f"${key}" for key in one["data"]} <= set(shown.values())
        for annotation in one["annotations"]:
            for result in annotation["result"]:
                if result["type"] == "relation":
                    continue
                control = controls[result["from_name"]]
                assert set(result["to_name"].split(",")) <= set(shown)
                assert control.tag.lower() in (result["type"], "labels")
                listed = [label.get("value") for label in control]
                chosen = next((value for name, value in result["value"].items() if name.endswith("labels")), [])
                assert set(chosen) <= set(listed)


@given(leaving=leaving_sets(FORM.carries, Making(kinds=("rotated_box",))))
@ROUNDS
def test_a_turned_box_turns_about_its_upper_left_corner(tmp_path: Path, leaving: LeavingSet) -> None:
    """As labelstud.io/templates/image_bbox tells how to find the corners."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    tasks = json.loads((root / "tasks.json").read_text())
    for one, item in zip(tasks, leaving.items(), strict=True):
        if item.document is None:
            continue
        gold = next(annotation for annotation in one["annotations"] if annotation["ground_truth"])
        for result, thing in zip(gold["result"], item.document["objects"], strict=True):
            value, turn = result["value"], math.radians(result["value"]["rotation"])
            left, top = value["x"] / 100 * item.width, value["y"] / 100 * item.height
            w, h = value["width"] / 100 * item.width, value["height"] / 100 * item.height
            opposite = [
                left + w * math.cos(turn) - h * math.sin(turn),
                top + w * math.sin(turn) + h * math.cos(turn),
            ]
            middle = [(left + opposite[0]) / 2, (top + opposite[1]) / 2]
            assert [*middle, w, h] == pytest.approx(thing["rotated_box"][:4], abs=1e-6)


@given(width=st.integers(1, 40), height=st.integers(1, 40), dice=st.randoms(use_true_random=False))
@ROUNDS
def test_a_brush_comes_back_and_another_reader_sees_the_same(width: int, height: int, dice: Any) -> None:
    grid = np.array([[dice.random() < 0.4 for _ in range(width)] for _ in range(height)])
    packed = rle.encode(np.asfortranarray(grid.astype(np.uint8)))
    mask = {"size": [height, width], "counts": packed["counts"].decode()}
    painted = brushes.encode(mask)
    assert brushes.decode(painted, width, height) == mask
    bits = "".join(f"{byte:08b}" for byte in painted)
    values: list[int] = []
    at = 32 + 5 + 16
    sizes = [int(bits[37 + 4 * place : 41 + 4 * place], 2) + 1 for place in range(4)]
    while len(values) < int(bits[:32], 2):
        wide = sizes[int(bits[at + 1 : at + 3], 2)]
        length = int(bits[at + 3 : at + 3 + wide], 2) + 1
        assert bits[at] == "1"
        values += [int(bits[at + 3 + wide : at + 11 + wide], 2)] * length
        at += 11 + wide
    assert (np.array(values).reshape(height, width, 4)[:, :, 3] > 0).tolist() == grid.tolist()


@pytest.mark.parametrize("painted", [[], [0] * 4, [255] * 40, [0, 0, 4, 0, 57, 37, 15, 1], ["x"], [300]])
def test_a_broken_brush_is_refused(painted: list[Any]) -> None:
    with pytest.raises(brushes.BadBrush):
        brushes.decode(painted, 16, 16)


# Real exports ------------------------------------------------------------------------------------------------------


def test_real_exports_come_in_whole() -> None:
    found = read(samples("formats-labelstudio"))
    assert Counter(thing.shape for item in items(found) for thing in item.objects) == {"box": 9, "polygon": 1}
    assert lost(found) == 0
    (classified,) = [item for item in items(found) if item.fields]
    assert classified.fields == {"choice": 'Yes " "" \n \t \t а б в'}
    assert classified.parts == (("", "rawWork:spotify:publisher:WCPWW008648058000"),)
    labels = {thing.name: thing.color for thing in found if isinstance(thing, FoundLabel)}
    assert labels == {"parasites": "#da01ee", "white": "#00ff00", "Airplane": "#ff0000", "Car": "#0000ff"}


def test_percent_become_pixels() -> None:
    found = read(samples("formats-labelstudio") / "test_export_yolo" / "data.json")
    first = items(found)[0]
    assert first.size == (2800, 2800)
    assert first.objects[0].value == pytest.approx(
        [37.15846994535519 * 28, 70.67395264116576 * 28, 4.189435336976321 * 28, 4.735883424408015 * 28]
    )
    polygon = items(read(samples("formats-labelstudio") / "test_export_yolo" / "data_polygons.json"))[0]
    assert polygon.objects[0].value[0][0][0] == pytest.approx([60 * 6.4, 19.55922865013774 * 4.26])


def test_work_that_a_reviewer_rejected_is_no_gold() -> None:
    found = read(samples("formats-labelstudio") / "test_export_csv" / "csv_test.json")
    assert {item.annotator for item in items(found)} == {"annotator@example.com"}
    assert items(found)[0].objects[0].attributes == {"origin": "prediction-changed"}
    lines = said(found)
    assert sum("reviewer@example.com rejected the work of annotator@example.com" in line for line in lines) == 2
    assert sum("nobody has confirmed them: predictions (model 0), 1 of them" in line for line in lines) == 2
    assert sum("The task shows more (text, audio)" in line for line in lines) == 2


def test_two_annotators_of_a_task_are_opinions_and_one_alone_is_gold() -> None:
    found = read(samples("formats-labelstudio") / "test_export_yolo" / "data.json")
    assert [(item.name, item.annotator) for item in items(found)] == [("image1", "2"), ("image1", "1"), ("image2", "")]


# How things are said there -----------------------------------------------------------------------------------------


def test_a_region_joins_its_results(tmp_path: Path) -> None:
    region = rectangle()
    text = {"id": "r1", "type": "textarea", "from_name": "ocr", "to_name": "image", "value": {"text": ["STOP"]}}
    state = {"id": "r1", "type": "choices", "from_name": "state", "to_name": "image", "value": {"choices": ["old"]}}
    (item,) = items(read(folder_of(tmp_path, task(region, text, state))))
    (thing,) = item.objects
    assert (thing.id, thing.label, thing.value) == ("r1", "Car", [20, 20, 60, 40])
    assert (thing.beside, thing.attributes) == ({"text": "STOP"}, {"state": "old"})
    assert item.media == tmp_path / "a.png"


def test_results_of_one_region_may_repeat_its_shape(tmp_path: Path) -> None:
    """As the template for reading texts in pictures has it."""
    place = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
    sizes = {"original_width": 200, "original_height": 100, "to_name": "image", "id": "q"}
    results = [
        {"type": "rectangle", "from_name": "box", "value": place},
        {"type": "labels", "from_name": "label", "value": place | {"labels": ["Sign"]}},
        {"type": "textarea", "from_name": "text", "value": place | {"text": ["STOP"]}},
        {"type": "rectanglelabels", "from_name": "other", "value": place | {"x": 50, "rectanglelabels": ["Car"]}},
    ]
    (item,) = items(read(folder_of(tmp_path, task(*(result | sizes for result in results)))))
    assert [(thing.label, thing.value, thing.beside) for thing in item.objects] == [
        ("Sign", [20, 20, 60, 40], {"text": "STOP"}), ("Car", [100, 20, 60, 40], {}),
    ]  # fmt: skip


def test_a_shape_and_its_label_may_be_two_results(tmp_path: Path) -> None:
    bare = rectangle() | {"type": "rectangle", "id": "q"}
    del bare["value"]["rectanglelabels"]
    label = {"id": "q", "type": "labels", "from_name": "l", "to_name": "image", "value": {"labels": ["Bus"]}}
    (item,) = items(read(folder_of(tmp_path, task(bare, label))))
    assert [thing.label for thing in item.objects] == ["Bus"]


@pytest.mark.parametrize(
    ("start", "end"),
    [(3, 5), (4, 6)],
    ids=["characters, as Label Studio writes since 2022", "UTF-16 units, as it wrote before"],
)
def test_the_marked_text_tells_how_offsets_are_counted(tmp_path: Path, start: int, end: int) -> None:
    result = words(start=start, end=end, text="서울", labels=["LOC"])
    (item,) = items(read(folder_of(tmp_path, task(result, data={"text": "😀 a서울 시"}))))
    assert item.parts == (("", "😀 a서울 시"),)
    assert item.objects[0].value == [3, 5]


def test_offsets_that_fit_no_counting_are_said(tmp_path: Path) -> None:
    found = read(folder_of(tmp_path, task(words(start=0, end=2, text="서울", labels=["LOC"]), data={"text": "a서울"})))
    assert any("is not what the annotation says (서울)" in line for line in said(found))
    assert items(found)[0].objects[0].value == [0, 2]


def test_relations_ratings_rankings_and_pairs(tmp_path: Path) -> None:
    one, two = words(start=0, end=1, labels=["A"]), words(start=1, end=2, labels=["B"]) | {"id": "v"}
    relation = {"type": "relation", "from_id": "w", "to_id": "v", "direction": "left", "labels": ["of"]}
    related = task(one, two, relation, data={"text": "ab"})
    answers = [
        ({"text": "cd"}, "text", {"type": "rating", "value": {"rating": 4}}),
        ({"text": "ef"}, "text", {"type": "ranker", "value": {"ranker": {"_": ["b", "a"]}}}),
        ({"t1": "one", "t2": "two"}, "t1,t2", {"type": "pairwise", "value": {"selected": "right"}}),
        ({"text": "gh"}, "text", {"type": "choices", "value": {"choices": ["u", "v"]}}),
    ]
    tasks = [
        task({"id": "x", "from_name": "q", "to_name": about, **answer}, data=data, id=number)
        for number, (data, about, answer) in enumerate(answers, 2)
    ]
    first, *rest = items(read(folder_of(tmp_path, related, *tasks)))
    assert first.kind == "relations"
    assert first.objects[2].value == {"head": "v", "tail": "w"}
    assert [dict(item.fields) for item in rest] == [
        {"choice": "4"}, {"ranking": ["b", "a"]}, {"preference": "B"}, {"choices": ["u", "v"]},
    ]  # fmt: skip
    assert rest[2].parts == (("t1", "one"), ("t2", "two"))


def test_sounds_and_films(tmp_path: Path) -> None:
    said_words = {"id": "s", "type": "labels", "from_name": "l", "to_name": "audio",
                  "value": {"start": 0.5, "end": 1.25, "channel": 0, "labels": ["speech"]}}  # fmt: skip
    typed = {"id": "s", "type": "textarea", "from_name": "t", "to_name": "audio", "value": {"text": ["hello"]}}
    keys = [{"frame": frame, "enabled": enabled, "x": 10, "y": 10, "width": 20, "height": 50, "rotation": 0, "time": 0}
            for frame, enabled in ((1, True), (4, False), (8, True))]  # fmt: skip
    film = {"id": "v", "type": "videorectangle", "from_name": "b", "to_name": "video", "original_width": 200,
            "original_height": 100, "value": {"sequence": keys, "labels": ["Cell"], "framesCount": 9}}  # fmt: skip
    found = read(
        folder_of(tmp_path, task(said_words, typed, data={"audio": "x.wav"}), task(film, data={"video": "y.mp4"}, id=2))
    )
    sound, moving = items(found)
    assert (sound.objects[0].shape, sound.objects[0].value, sound.objects[0].beside) == (
        "segment", [0.5, 1.25], {"text": "hello"},
    )  # fmt: skip
    box = [20, 10, 40, 50]
    assert moving.objects[0].value == {"0": box, "3": box, "4": None, "7": box}
    assert (sound.missing, moving.missing) == ("x.wav", "y.mp4")


def test_the_short_export_comes_in(tmp_path: Path) -> None:
    short = {
        "image": "/data/upload/1/0123abcd-a.png", "id": 7, "annotator": 3, "annotation_id": 9, "lead_time": 1.5,
        "label": [{"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Car"],
                   "original_width": 200, "original_height": 100}],
        "quality": "good",
    }  # fmt: skip
    config = (
        '<Image name="image" value="$image"/><RectangleLabels name="label" toName="image"><Label value="Car"/>'
        '</RectangleLabels><Choices name="quality" toName="image"><Choice value="good"/></Choices>'
    )
    (item,) = items(read(folder_of(tmp_path, short, config=config)))
    assert (item.media, item.objects[0].value, item.fields) == (
        tmp_path / "a.png",
        [20, 20, 60, 40],
        {"choice": "good"},
    )


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("https://data.example.com/open/a%20b.jpg?x=1", "open/a b.jpg"),
        ("/data/upload/3/bc171829-a.png", "a.png"),
        ("/data/local-files/?d=set/one/a.png", "set/one/a.png"),
        ("s3://bucket/set/a.png", "set/a.png"),
        ("media/가 나.png", "media/가 나.png"),
    ],
)
def test_addresses_become_names(written: str, path: str) -> None:
    assert path_of(written) == path


# What is odd, broken or hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"x": "a"}, {"width": None}, {"x": 1e999}, {"rotation": "left"}, {"points": [[1, 2], [3]]},
        {"rle": [1, 2, 3], "format": "rle"}, {"vertices": [{"x": 1}]}, {"sequence": []}, {"points": 5, "x": []},
    ],
)  # fmt: skip
def test_a_region_without_usable_numbers_is_named_and_the_rest_comes_in(tmp_path: Path, value: dict[str, Any]) -> None:
    found = read(folder_of(tmp_path, task(rectangle(), rectangle(**value) | {"id": "odd"})))
    assert [thing.id for thing in items(found)[0].objects] == ["r1"]
    (line,) = said(found)
    assert line.startswith("tasks.json: a.png | odd | Car: ")
    assert lost(found) == 1


def test_places_in_percent_of_nobody_knows_what_are_said(tmp_path: Path) -> None:
    result = {name: fact for name, fact in rectangle().items() if not name.startswith("original")}
    found = read(folder_of(tmp_path, task(result, data={"image": "gone.jpg"})))
    assert any("nothing says how large the picture is" in line for line in said(found))
    there = read(folder_of(tmp_path, task(result)))
    assert items(there)[0].objects[0].value == [12, 16, 36, 32]


def test_skipped_work_and_unknown_answers_are_said(tmp_path: Path) -> None:
    skipped = task(rectangle())
    skipped["annotations"][0]["was_cancelled"] = True
    odd = {"id": "x", "type": "datetime", "from_name": "when", "to_name": "image", "value": {"datetime": "2026"}}
    found = read(folder_of(tmp_path, skipped, task(odd, id=2, data={"image": "b.png"})))
    assert lost(found) == 2
    assert any("1 skipped this task" in line for line in said(found))
    assert any("The answer when is of a kind that we do not keep" in line for line in said(found))
    assert not items(found)[0].labelled


def test_a_file_that_breaks_off_gives_what_stands_before(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, task(rectangle()), task(rectangle(), id=2, data={"image": "b.png"}))
    text = (folder / "tasks.json").read_text()
    (folder / "tasks.json").write_text(text[:-40])
    found = read(folder)
    assert len(items(found)) == 1
    assert any("cut off" in line for line in said(found))


@pytest.mark.parametrize(
    "hostile", ["[" * 100_000, '[{"data": {"a": ' * 50, '{"annotations": 1e999}', '[1, null, "x"]']
)
def test_what_is_no_list_of_tasks_does_no_harm(tmp_path: Path, hostile: str) -> None:
    (tmp_path / "tasks.json").write_text(hostile)
    found = read(tmp_path / "tasks.json")
    assert not items(found)
    assert said(found)


def test_a_folder_without_tasks_is_said_to_hold_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [], "annotations": [], "categories": []}')
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)
