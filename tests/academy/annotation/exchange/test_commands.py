"""Task sets and their gold in the database; import and export on both engines."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from pycocotools.coco import COCO
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from academy.annotation import operations, queries
from academy.annotation.exchange.commands import gold as gold_command
from academy.annotation.models import Gold, Label, LabelSet, Media, Task, TaskSet
from academy.clock import now
from academy.db import db, transaction
from academy.grading.documents import RefusedDocument
from academy.grading.engine import grade
from academy.storage import storage
from tests.academy.annotation.samples import box_set, gold, one_task, picture, voc_folder, voc_xml
from tests.engines import both_engines
from tests.needs import samples

PICTURE = picture((10, 10, 30, 20))


def run(app: Flask, *arguments: str | Path) -> Result:
    return CliRunner().invoke(gold_command, [str(argument) for argument in arguments], obj=lambda: app)


def import_voc(app: Flask, path: Path, *more: str) -> dict[str, Any]:
    done = run(app, "import", "voc", path, "--set", "cells", "--json", *more)
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@both_engines
def test_gold_is_never_changed_only_followed(app: Flask):
    with transaction():
        task = one_task(box_set())
        operations.revise_gold(task, gold((11, 10, 30, 20)), "a second look", now())
    newest = queries.gold_of([task.id])[task.id]
    assert (newest.version, newest.document["objects"][0]["box"]) == (2, [11, 10, 30, 20])
    assert [version.version for version in queries.versions_of(task.id)] == [2, 1]
    for statement in (update(Gold).values(source="somebody else"), delete(Gold)):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(statement)
    assert count(Gold) == 2


@both_engines
def test_two_golds_can_not_have_the_same_version(app: Flask):
    with transaction():
        task = one_task(box_set())
    with pytest.raises(IntegrityError), transaction():
        db.session.add(Gold(task_id=task.id, version=1, document=gold(), source="twice", created_at=now()))


def test_gold_that_could_not_be_graded_is_refused(app: Flask):
    with transaction():
        task = one_task(box_set())
    with pytest.raises(RefusedDocument), transaction():
        operations.revise_gold(task, gold((10, 10, 0, 20)), "broken", now())


@both_engines
def test_making_things_sure_twice_makes_them_once(app: Flask):
    with transaction():
        first = box_set()
    with transaction():
        again = box_set()
        assert again.id == first.id
        assert again.guideline.version == 1
        named = [{"name": name, "title": {"ko": name, "en": name}} for name in ("RBC", "WBC")]
        operations.ensure_label_set("cells", {"ko": "", "en": ""}, named)
    assert [(label.name, label.position) for label in queries.labels_of(first.label_set_id)] == [("RBC", 1), ("WBC", 2)]
    assert (count(TaskSet), count(LabelSet), count(Label)) == (1, 1, 2)


def test_a_changed_guideline_is_a_new_version(app: Flask):
    rule = {"number": "1.1", "title": {"ko": "가", "en": "A"}, "text": {"ko": "가", "en": "A"}}
    with transaction():
        first = operations.ensure_guideline("g", {"ko": "g", "en": "g"}, [rule])
        second = operations.ensure_guideline("g", {"ko": "g", "en": "g"}, [rule, rule | {"number": "1.2"}])
    assert (first.version, second.version) == (1, 2)
    newest, old = queries.guideline_named("g"), queries.guideline_named("g", 1)
    assert newest is not None
    assert old is not None
    assert [rule.number for rule in newest.rules] == ["1.1", "1.2"]
    assert [rule.number for rule in old.rules] == ["1.1"]


@both_engines
def test_an_import_brings_pictures_gold_and_labels(app: Flask, tmp_path: Path):
    voc_folder(
        tmp_path,
        ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30), ("RBC", 5, 5, 5, 5)), PICTURE),
        ("b", voc_xml("b.png", ("WBC", 10, 10, 40, 30)), picture((20, 20, 30, 20))),
    )
    (tmp_path / "LICENSE").write_text("MIT License\n\nCopyright (c) 2017 somebody\n")
    report = import_voc(app, tmp_path, "--label", "RBC=적혈구/Red blood cell", "--title", "Cells", "--title-ko", "세포")
    assert (report["items"], report["objects"], report["imported"]) == (2, 3, 2)
    assert [(problem["file"], problem["object"]) for problem in report["problems"]] == [("Annotations/a.xml", "2")]
    task_set = queries.task_set_named("cells")
    assert task_set is not None
    assert (task_set.licence, task_set.attribution) == ("MIT License", "Copyright (c) 2017 somebody")
    assert task_set.title == {"ko": "세포", "en": "Cells"}
    assert task_set.label_set.labels[0].title == {"ko": "적혈구", "en": "Red blood cell"}
    tasks = queries.tasks_of(task_set.id)
    assert [task.source for task in tasks] == ["JPEGImages/a.png", "JPEGImages/b.png"]
    assert all(storage().exists(task.media.storage_key) for task in tasks)
    assert not tasks[0].media.public
    first = queries.gold_of([tasks[0].id])[tasks[0].id]
    assert first.source == "voc:Annotations/a.xml"


@both_engines
def test_importing_the_same_again_changes_nothing(app: Flask, tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), PICTURE))
    assert import_voc(app, tmp_path)["imported"] == 1
    before = count(Task), count(Media), count(Gold), count(Label), count(TaskSet)
    assert import_voc(app, tmp_path)["imported"] == 0
    assert (count(Task), count(Media), count(Gold), count(Label), count(TaskSet)) == before


@both_engines
def test_corrected_labels_are_a_new_version_and_another_picture_is_refused(app: Flask, tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), PICTURE))
    import_voc(app, tmp_path)
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 41, 30)), PICTURE))
    assert import_voc(app, tmp_path)["imported"] == 1
    assert (count(Task), count(Gold)) == (1, 2)
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 42, 30)), picture((1, 1, 5, 5))))
    report = import_voc(app, tmp_path)
    assert report["imported"] == 0
    assert "is not what was imported" in report["problems"][0]["message"]
    assert (count(Task), count(Gold)) == (1, 2)


def test_gold_is_turned_with_its_picture(app: Flask, tmp_path: Path):
    lying = picture((10, 10, 30, 20), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), lying))
    import_voc(app, tmp_path)
    task = db.session.scalars(select(Task)).unique().one()
    assert (task.media.width, task.media.height) == (80, 120)
    assert queries.gold_of([task.id])[task.id].document["objects"][0]["box"] == [50, 10, 20, 30]


def test_a_dry_run_needs_no_application_and_keeps_nothing(app: Flask, tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30), ("RBC", 5, 5, 5, 5)), PICTURE))

    def refuse() -> Flask:
        raise AssertionError("a dry run opened the application")

    words = ["import", "voc", str(tmp_path), "--set", "cells", "--dry-run"]
    done = CliRunner().invoke(gold_command, [*words, "--json"], obj=refuse)
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["items"], report["objects"], report["imported"], report["importable"]) == (1, 2, 0, 1)
    said = CliRunner().invoke(gold_command, words, obj=refuse).stdout
    assert "Annotations/a.xml, object 2" in said
    assert "dry run" in said
    assert count(TaskSet) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import", "voc", "{path}", "--set", "Not A Slug", "--dry-run"], 2),
        (["import", "voc", "{path}", "--dry-run"], 2),
        (["import", "tarot", "{path}", "--set", "a", "--dry-run"], 2),
        (["import", "voc", "/nowhere", "--set", "a", "--dry-run"], 2),
        (["import", "voc", "{path}", "--set", "a", "--label", "RBC", "--dry-run"], 2),
        (["import", "voc", "{path}", "--set", "a", "--dry-run"], 1),
        (["import", "coco", "{path}", "--set", "a", "--dry-run"], 1),
        (["export", "coco", "{path}/out", "--set", "nobody"], 1),
    ],
)
def test_a_wrong_call_ends_with_a_sentence(app: Flask, tmp_path: Path, words: list[str], code: int):
    done = run(app, *(word.format(path=tmp_path) for word in words))
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr


def test_boxes_do_not_go_into_a_set_of_choices(app: Flask, tmp_path: Path):
    with transaction():
        cells = box_set("other")
        title = {"ko": "가", "en": "a"}
        operations.ensure_task_set("cells", title, "classification", cells.label_set, cells.guideline)
    voc_folder(tmp_path / "in", ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), PICTURE))
    done = run(app, "import", "voc", tmp_path / "in", "--set", "cells")
    assert done.exit_code == 1
    assert run(app, "export", "coco", tmp_path / "out", "--set", "cells").exit_code == 1
    assert count(Task) == 0


@both_engines
@pytest.mark.parametrize("form", ["voc", "coco"])
def test_what_is_exported_can_be_imported_and_is_the_same(app: Flask, tmp_path: Path, form: str):
    with transaction():
        one_task(box_set())
        one_task(box_set(), data=picture((40, 40, 20, 20)))
    done = run(app, "export", form, tmp_path / "out", "--set", "cells")
    assert done.exit_code == 0, done.stderr
    assert run(app, "export", form, tmp_path / "out", "--set", "cells").exit_code == 1
    imported = run(app, "import", form, tmp_path / "out", "--set", "again", "--json")
    report = json.loads(imported.stdout)
    assert (report["items"], report["imported"], report["problems"]) == (2, 2, [])
    first, second = (queries.task_set_named(slug) for slug in ("cells", "again"))
    assert first is not None
    assert second is not None
    documents = [
        [found.document for found in queries.gold_of(task.id for task in queries.tasks_of(one.id)).values()]
        for one in (first, second)
    ]
    assert documents[0] == documents[1]
    assert (second.licence, second.attribution) == (first.licence, first.attribution)


@pytest.mark.samples
@pytest.mark.slow
def test_the_blood_cells_come_in_are_graded_and_go_out_again(app: Flask, tmp_path: Path):
    path = samples("boxes-bccd")
    report = json.loads(run(app, "import", "voc", path, "--set", "bccd", "--json").stdout)
    assert (report["items"], report["objects"], report["imported"], len(report["problems"])) == (84, 1176, 1175, 4)
    task_set = queries.task_set_named("bccd")
    assert task_set is not None
    assert "MIT" in task_set.licence
    tasks = queries.tasks_of(task_set.id)
    documents = {
        task.id: found.document
        for task, found in zip(tasks, queries.gold_of(t.id for t in tasks).values(), strict=True)
    }
    assert all(grade("box", document, document).score == 1.0 for document in documents.values())
    assert run(app, "export", "coco", tmp_path / "bccd.json", "--set", "bccd").exit_code == 0
    with contextlib.redirect_stdout(io.StringIO()):
        read = COCO(str(tmp_path / "bccd.json"))
    names = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
    for image_id, task in zip(sorted(read.getImgIds()), tasks, strict=True):
        found = [(names[one["category_id"]], one["bbox"]) for one in read.loadAnns(read.getAnnIds(imgIds=image_id))]
        expected = queries.gold_of([task.id])[task.id].document["objects"]
        assert found == [(item["label"], item["box"]) for item in expected]
