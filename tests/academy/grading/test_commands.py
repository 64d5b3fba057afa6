"""`academy grade`: one JSON document on standard output, sentences on standard error, exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from academy.cli import main
from tests.academy.grading.drawings import drawing, thing

CAT = thing("1", 10, 10, 100, 80)
COCO = {
    "images": [
        {"id": 1, "width": 400, "height": 300, "file_name": "one.jpg"},
        {"id": 2, "width": 400, "height": 300, "file_name": "two.jpg"},
    ],
    "categories": [{"id": 5, "name": "cat"}, {"id": 9, "name": "dog"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 5, "bbox": [10, 10, 100, 80], "area": 8000, "iscrowd": 0},
        {"id": 2, "image_id": 2, "category_id": 9, "bbox": [50, 50, 40, 40], "area": 1600, "iscrowd": 0},
    ],
}


@pytest.fixture
def files(tmp_path: Path) -> Any:
    def write(**contents: Any) -> dict[str, str]:
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{name}.json").write_text(text)
        return {name: str(tmp_path / f"{name}.json") for name in contents}

    return write


def academy(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["grade", *arguments])


def test_a_report_is_one_json_document(files: Any):
    paths = files(gold=drawing(CAT), answer=drawing(thing("a", 8, 10, 102, 80)))
    done = academy("--kind", "box", "--gold", paths["gold"], "--answer", paths["answer"], "--json")
    assert done.exit_code == 0
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["passed"] is True
    assert set(report["metrics"]) >= {"pq", "sq", "rq", "precision", "recall"}
    assert report["verdicts"][0]["errors"]["left"] == -2.0


def test_without_json_it_is_told_in_words(files: Any):
    paths = files(gold=drawing(CAT | {"rule": "3.2"}), answer=drawing())
    done = academy("--kind", "box", "--gold", paths["gold"], "--answer", paths["answer"])
    assert done.exit_code == 0
    assert "not passed" in done.stdout
    assert "missed" in done.stdout
    assert "3.2" in done.stdout


def test_the_rubric_of_a_file_counts(files: Any):
    paths = files(gold=drawing(CAT), answer=drawing(thing("a", 10, 10, 100, 50)), rubric={"min_overlap": 0.9})
    common = ("--kind", "box", "--gold", paths["gold"], "--answer", paths["answer"], "--json")
    assert json.loads(academy(*common).stdout)["verdicts"][0]["verdict"] == "matched"
    strict = json.loads(academy(*common, "--rubric", paths["rubric"]).stdout)
    assert strict["verdicts"][0]["verdict"] == "loose"


def test_a_choice_is_graded_too(files: Any):
    paths = files(gold={"kind": "classification", "choice": "cat"}, answer={"kind": "classification", "choice": "cat"})
    done = academy("--kind", "classification", "--gold", paths["gold"], "--answer", paths["answer"], "--json")
    assert json.loads(done.stdout)["score"] == 1.0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (drawing(thing("b7", 0, 0, 0, 5)), '"b7"'),
        ("{", "Line 1"),
        ('{"kind": "box", "objects": [{"id": "1", "label": "a", "box": [NaN, 0, 1, 1]}]}', "NaN"),
        ('{"kind": "box", "kind": "box", "objects": []}', "twice"),
        ("[" * 100_000, "deep"),
        ("\ufeff", "Line 1"),
    ],
)
def test_what_can_not_be_graded_is_refused_with_a_sentence(files: Any, answer: Any, said: str):
    paths = files(gold=drawing(CAT), answer=answer)
    done = academy("--kind", "box", "--gold", paths["gold"], "--answer", paths["answer"], "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert said in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--kind", "box", "--gold", "{gold}"],
        ["--kind", "tarot", "--gold", "{gold}", "--answer", "{gold}"],
        ["--kind", "box", "--gold", "{gold}", "--answer", "/nowhere.json"],
        ["--gold", "{gold}", "--answer", "{gold}"],
        ["--format", "coco", "--gold", "{gold}", "--answer", "{gold}"],
        ["--format", "coco", "--kind", "classification", "--gold", "{gold}", "--answers", "{gold}"],
    ],
)
def test_a_wrong_call_is_a_matter_of_usage(files: Any, arguments: list[str]):
    paths = files(gold=drawing(CAT))
    done = academy(*(argument.format(**paths) for argument in arguments), "--json")
    assert done.exit_code == 2
    assert done.stdout == ""


def coco(files: Any, answers: Any, gold: Any = COCO) -> Result:
    paths = files(gold=gold, answers=answers)
    return academy("--format", "coco", "--gold", paths["gold"], "--answers", paths["answers"], "--json")


def test_every_picture_of_the_gold_is_listed_also_without_answers(files: Any):
    done = coco(files, [{"image_id": 1, "category_id": 5, "bbox": [10, 10, 100, 80], "score": 0.3}])
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert [(image["image_id"], image["score"]) for image in result["images"]] == [(1, 1.0), (2, 0.0)]
    assert result["summary"]["score"] == 0.5
    assert result["summary"]["metrics"]["recall"] == 0.5


def test_a_coco_file_of_ones_own_may_number_things_anew(files: Any):
    own = {
        "images": [{"id": 71, "file_name": "two.jpg"}, {"id": 2, "file_name": "one.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 71, "category_id": 1, "bbox": [50, 50, 40, 40]},
            {"id": 2, "image_id": 2, "category_id": 2, "bbox": [10, 10, 100, 80]},
        ],
    }
    result = json.loads(coco(files, own).stdout)
    assert [image["score"] for image in result["images"]] == [1.0, 1.0]
    assert json.loads(coco(files, COCO).stdout)["summary"]["score"] == 1.0


def test_a_crowd_of_a_coco_file_absorbs_many(files: Any):
    crowd = json.loads(json.dumps(COCO))
    crowd["annotations"][0]["iscrowd"] = 1
    many = [{"image_id": 1, "category_id": 5, "bbox": [10 + 20 * n, 10, 15, 40], "score": 1} for n in range(4)]
    assert json.loads(coco(files, many, crowd).stdout)["images"][0]["score"] == 1.0


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([{"image_id": 3, "category_id": 5, "bbox": [0, 0, 9, 9]}], "picture 3"),
        ([{"image_id": [1], "category_id": 5, "bbox": [0, 0, 9, 9]}], "picture [1]"),
        ([{"image_id": 1, "category_id": 6, "bbox": [0, 0, 9, 9]}], "category 6"),
        ([{"image_id": 1, "category_id": 5, "segmentation": []}], "bbox"),
        ([{"id": 44, "image_id": 1, "category_id": 5, "bbox": [0, 0, 0, 9]}], '"44"'),
        ([7], "Answer 1"),
        ("seven", "Line 1"),
        ({"images": []}, "annotations"),
    ],
)
def test_coco_answers_that_fit_nowhere_are_refused(files: Any, answers: Any, said: str):
    done = coco(files, answers)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_grading_needs_no_settings_and_no_application(files: Any):
    paths = files(gold=drawing(CAT), answer=drawing(CAT))
    done = subprocess.run(
        [sys.executable, "-m", "academy.cli", "grade", "--kind", "box", "--gold", paths["gold"], "--answer",
         paths["answer"], "--json"],
        capture_output=True, text=True, check=True,
        env={"ACADEMY_DATA": "/nowhere/that/exists", "ACADEMY_DATABASE_URL": "nonsense", "PATH": ""},
    )  # fmt: skip
    assert json.loads(done.stdout)["score"] == 1.0
