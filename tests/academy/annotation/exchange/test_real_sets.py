"""The shared sets through the real command line: counts as their READMEs say, each oddity named, nothing else refused.

Every set is looked at without a database, brought in, and brought in a second time, which must change nothing.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from academy.annotation.exchange.commands import gold as gold_command
from academy.annotation.exchange.models import UploadFile
from academy.annotation.models import Gold, Opinion, Task, TaskSet
from academy.db import db
from tests.needs import samples

pytestmark = [pytest.mark.samples, pytest.mark.slow]

Odd = tuple[str, str | None, str]
"""File (its end), object (None: of the whole file; "*": whichever) and words of the sentence."""


@dataclass(frozen=True)
class RealSet:
    """One set, and what its README says of it."""

    path: str
    form: str
    items: int
    objects: int
    odd: tuple[Odd, ...] = ()
    lost: int = 0
    kind: str = ""
    golds: int | None = None
    opinions: int = 0
    words: tuple[str, ...] = ()
    told: Callable[[Path], list[Odd]] | None = field(default=None)
    may_say: tuple[str, ...] = ()
    """Words of what is said besides, though no README calls it odd."""


def _in_table(path: Path) -> Iterator[dict[str, str]]:
    with (path / "anomalies.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _blood_cells(path: Path) -> list[Odd]:
    words = {"zero-area box": "the box has no area"}
    return [(row["file"], "*", words.get(row["what"], "possibly one object labelled twice")) for row in _in_table(path)]


def _cars(path: Path) -> list[Odd]:
    words = {"object marked deleted=1": "deleted", "free-text label, not the class name": "number behind it",
             "number in the label does not match the file": "not that of the file",
             "annotators disagree on the class": "do not agree"}  # fmt: skip
    return [
        ("" if row["file"].startswith("image ") else row["file"], "*", words[row["what"]]) for row in _in_table(path)
    ]


def _pages(path: Path) -> list[Odd]:
    return [("", row["annotation_id"], "repeats a point") for row in _in_table(path)]


COLUMNS = "The columns were read so"
WAITS = "task waits"
ASKED_ABOUT = "not kept"
COCO, DATUMARO = "formats-datumaro/coco_dataset", "formats-datumaro"

SETS = (
    RealSet("boxes-bccd", "voc", 84, 1176, lost=1, kind="box", told=_blood_cells),
    RealSet("polygons-cars", "labelme", 12, 48, kind="polygon", golds=0, opinions=48, told=_cars,
            may_say=("repeats a point",)),
    RealSet("polygons-publaynet", "coco", 12, 97, kind="polygon", told=_pages),
    RealSet("keypoints-openfield", "csv", 24, 24, kind="keypoints"),
    RealSet("images-fashion", "csv", 500, 500, kind="classification", may_say=(COLUMNS,)),
    RealSet("images-signdigits", "csv", 300, 300, kind="classification", may_say=(COLUMNS,)),
    RealSet("audio-digits", "csv", 120, 120, kind="classification", may_say=(COLUMNS,)),
    RealSet("text-nsmc", "csv", 3300, 3000, kind="classification", golds=3000, may_say=(COLUMNS,),
            odd=(("ratings.tsv", None, "Quotes do not come in pairs"),)),
    RealSet("text-klue-ner", "bio", 1500, 4268, kind="spans",
            odd=(("klue-ner-v1_dev_01115-wikitree", None, "The tags were taken"),)),
    RealSet("crowd-klue-nli", "jsonl", 1002, 6012, kind="classification", golds=1002, opinions=5010,
            may_say=(COLUMNS,)),
    RealSet("crowd-barzan", "csv", 1000, 6000, kind="classification", golds=1000, opinions=5000,
            may_say=("wait for it",)),
    RealSet("crowd-hitspam", "csv", 2744, 21781, lost=2164, kind="classification", golds=51, opinions=19566,
            may_say=("wait for it",), odd=(("labels.tsv", "*", "it was taken once"),)),
    RealSet("preference-pandalm", "jsonl", 408, 1224, kind="preference", golds=0, opinions=1224, may_say=(COLUMNS,),
            odd=(("pairs.json", "*", "it stays an empty answer"),)),
    RealSet(f"{COCO}/coco", "coco", 2, 13, may_say=("the key points were taken",)),
    RealSet(f"{COCO}/coco_captions", "coco", 2, 2),
    RealSet(f"{COCO}/coco_image_info", "coco", 2, 0, golds=0),
    RealSet(f"{COCO}/coco_instances", "coco", 2, 3),
    RealSet(f"{COCO}/coco_labels", "coco", 2, 2),
    RealSet(f"{COCO}/coco_panoptic", "coco", 2, 3, may_say=("upper left corner",)),
    RealSet(f"{COCO}/coco_person_keypoints", "coco", 2, 3, may_say=("the key points were taken",)),
    RealSet(f"{COCO}/coco_roboflow", "coco", 2, 3),
    RealSet(f"{COCO}/coco_stuff", "coco", 2, 2),
    RealSet(f"{COCO}/mmdet_coco", "coco", 2, 3),
    RealSet(f"{DATUMARO}/voc_dataset/voc_dataset1", "voc", 2, 4, golds=1, may_say=("lists such as",)),
    RealSet(f"{DATUMARO}/yolo_dataset/annotations", "yolo", 1, 2, kind="box"),
    RealSet(f"{DATUMARO}/yolo_dataset/labels", "yolo", 2, 4, kind="box"),
    RealSet(f"{DATUMARO}/yolo_dataset/strict", "yolo", 1, 2, kind="box"),
    RealSet(f"{DATUMARO}/cvat_dataset/for_images/export_task", "cvat", 2, 4, may_say=("unlabelled",)),
    RealSet(f"{DATUMARO}/cvat_dataset/for_images/export_project", "cvat", 6, 12),
    RealSet(f"{DATUMARO}/cvat_dataset/for_video", "cvat", 1, 3, kind="track", may_say=("the boxes around them",)),
    RealSet(f"{DATUMARO}/labelme_dataset", "labelme", 1, 7, may_say=("scribbles",)),
    RealSet(f"{DATUMARO}/datumaro_dataset", "datumaro", 4, 3, golds=3, may_say=(ASKED_ABOUT,)),
    RealSet(f"{DATUMARO}/sly_pointcloud_dataset", "supervisely", 2, 3, kind="cuboid", may_say=("photographs",)),
    RealSet(f"{DATUMARO}/icdar_dataset/text_localization", "icdar", 2, 3),
    RealSet(f"{DATUMARO}/icdar_dataset/word_recognition", "icdar", 2, 2, kind="transcription"),
    RealSet(f"{DATUMARO}/icdar_dataset/text_segmentation", "icdar", 1, 3,
            odd=(("1_GT.txt", "1", "outside the picture"),)),
    RealSet(f"{DATUMARO}/mot_dataset/mot_seq", "mot", 1, 1, kind="track"),
    RealSet(f"{DATUMARO}/mot_dataset/mot_seq_with_seqinfo", "mot", 1, 1, kind="track", may_say=(WAITS,)),
    RealSet("formats-cvat-export/cvat_annotations.xml", "cvat", 4, 5, may_say=(WAITS, "eight corners"),
            odd=(("2007_000529.jpg", "1", "0.12 px outside the picture"),)),
    RealSet("formats-cvat-export/coco_instances_default.json", "coco", 4, 2, may_say=("waits for it",)),
    RealSet("formats-cvat-export/voc_2007_000515.xml", "voc", 1, 1, kind="box", may_say=(WAITS,)),
    RealSet("formats-cvat-export/yolo_2007_000515.txt", "yolo", 1, 1, kind="box", words=("yolo",),
            may_say=(WAITS, "called by their numbers")),
    RealSet("formats-labelstudio/test_export_yolo/data.json", "labelstudio", 2, 6, kind="box", golds=1,
            may_say=(WAITS,)),
    RealSet("formats-labelstudio/test_export_yolo/data_polygons.json", "labelstudio", 1, 1, may_say=(WAITS,)),
    RealSet("formats-labelstudio/test_export_csv/csv_test.json", "labelstudio", 2, 3, golds=0,
            may_say=(WAITS, "shows more", "nobody has confirmed", "it was cut"),
            odd=(("csv_test.json: open-images/train_0/mini/0030019819f25b28.jpg", "7", "rejected the work"),)),
    RealSet("formats-labelstudio/test_export_csv/csv_test2.json", "labelstudio", 1, 1),
)  # fmt: skip


def call(app: Callable[[], Flask], real: RealSet, *more: str) -> dict[str, Any]:
    first, _, below = real.path.partition("/")
    path = samples(first) / below if below else samples(first)
    words = ["import", *real.words, str(path), "--set", "real", "--json", *more]
    done = CliRunner().invoke(gold_command, words, obj=app)
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def no_app() -> Flask:
    raise AssertionError("a dry run opened the application")


def named(real: RealSet) -> str:
    return real.path.removeprefix("formats-").replace("/", "-")


@pytest.mark.parametrize("real", SETS, ids=named)
def test_a_real_set_comes_in_as_its_readme_says(app: Flask, real: RealSet):
    looked = call(no_app, real, "--dry-run")
    brought = call(lambda: app, real)
    for report in (looked, brought):
        assert (report["format"], report["items"], report["objects"]) == (real.form, real.items, real.objects)
        assert report["guessed"] is not bool(real.words)
    assert looked["importable"] == brought["imported"] == real.objects - real.lost
    assert looked["problems"] == brought["problems"]
    _check_oddities(real, brought["problems"])
    _check_rows(real)
    before = _counts()
    again = call(lambda: app, real)
    assert (again["imported"], again["new"], again["changed"]) == (0, 0, 0)
    assert _counts() == before, "the same import again changes nothing"


def _check_oddities(real: RealSet, problems: list[dict[str, Any]]) -> None:
    """Each oddity is told by file and object, in both languages; nothing is told that is neither odd nor expected."""
    first, _, _below = real.path.partition("/")
    expected = [*real.odd, *(real.told(samples(first)) if real.told else ())]
    for file, about, words in expected:
        assert any(
            file in f"{problem['file']} {problem['object'] or ''}" and words in problem["message"]
            and about in ("*", problem["object"]) for problem in problems
        ), (file, about, words)  # fmt: skip
    known = (*{words for _file, _about, words in expected}, *real.may_say)
    for problem in problems:
        assert any(words in problem["message"] for words in known), problem
        assert problem["file"]
        assert problem["messages"]["en"] == problem["message"]
        assert problem["messages"]["ko"]
        assert "%(" not in problem["message"] + problem["messages"]["ko"]
    if real.told:
        counted = Counter(words for _file, _about, words in expected)
        for words, count in counted.items():
            assert sum(words in problem["message"] for problem in problems) == count, words


def _check_rows(real: RealSet) -> None:
    task_set = db.session.scalars(select(TaskSet)).one()
    assert task_set.kind == (real.kind or task_set.kind)
    counts = _counts()
    assert counts["task"] == real.items
    assert counts["gold"] == (real.items if real.golds is None else real.golds)
    assert counts["opinion"] == real.opinions or (real.form == "labelstudio" and real.opinions == 0)
    lines = dict(
        db.session.execute(select(UploadFile.verdict, func.count()).group_by(UploadFile.verdict)).tuples().all()
    )
    refused = lines.get("refused", 0)
    assert refused == 0 or real.lost, "nothing is refused that the README does not call odd"


def _counts() -> dict[str, int]:
    db.session.rollback()  # the command has its own session: look at what is there by now
    return {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (TaskSet, Task, Gold, Opinion)
    }


def test_the_same_task_in_four_formats_gives_the_same_box(app: Flask):
    """formats-cvat-export: the box of 2007_000515.jpg in CVAT, COCO, VOC and (rounded) YOLO."""
    corners = []
    for name, words, tolerance in (
        ("cvat_annotations.xml", [], 0.01),
        ("coco_instances_default.json", [], 0.01),
        ("voc_2007_000515.xml", [], 0.01),
        ("yolo_2007_000515.txt", ["yolo"], 0.01),
    ):
        path = samples("formats-cvat-export") / name
        slug = name.partition(".")[0].replace("_", "-").lower()
        done = CliRunner().invoke(gold_command, ["import", *words, str(path), "--set", slug, "--json"], obj=lambda: app)
        assert done.exit_code == 0, done.stderr
        db.session.rollback()
        found = db.session.execute(
            select(Gold.document).join(Task, Task.id == Gold.task_id).join(TaskSet, TaskSet.id == Task.task_set_id)
            .where(TaskSet.slug == slug, Task.source.contains("2007_000515"))
        ).scalar_one()  # fmt: skip
        x, y, width, height = next(item["box"] for item in found["objects"] if "box" in item)
        corners.append((x, y, x + width, y + height))
        assert corners[-1] == pytest.approx((129.01, 62.48, 388.08, 316.51), abs=tolerance), name
