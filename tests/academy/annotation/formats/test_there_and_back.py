"""Through the command line, out of the database and into it: a set that leaves and comes in again is the same set."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from academy.annotation.exchange.commands import gold as gold_command
from academy.annotation.models import Gold, Label, LabelSet, Opinion, Task, TaskSet
from academy.db import db
from tests.needs import samples

pytestmark = [pytest.mark.samples, pytest.mark.slow]


def call(app: Flask, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(gold_command, [*words, "--json"], obj=lambda: app)
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def all_of(slug: str) -> dict[str, Any]:
    """Everything that is kept of a set, by the names of its tasks."""
    tasks = select(Task.id).join(TaskSet).where(TaskSet.slug == slug)
    rows = {task: source for task, source in db.session.execute(tasks.add_columns(Task.source))}
    golds = db.session.scalars(select(Gold).where(Gold.task_id.in_(rows)))
    opinions = db.session.scalars(select(Opinion).where(Opinion.task_id.in_(rows)))
    labels = db.session.scalars(
        select(Label).join(LabelSet).join(TaskSet, TaskSet.label_set_id == LabelSet.id).where(TaskSet.slug == slug)
    )
    media = db.session.scalars(select(Task).where(Task.id.in_(rows)))
    return {
        "golds": {rows[gold.task_id]: gold.document for gold in golds},
        "opinions": {(rows[one.task_id], one.annotator): one.document for one in opinions},
        "labels": {(label.name, label.color, json.dumps(label.skeleton)) for label in labels},
        "media": {(task.source, task.media.kind, json.dumps(task.media.parts)) for task in media},
    }


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("jsonl", "preference-pandalm"), ("jsonl", "crowd-klue-nli"), ("jsonl", "keypoints-openfield"),
        ("jsonl", "polygons-cars"), ("jsonl", "audio-digits"), ("csv", "crowd-klue-nli"), ("csv", "boxes-bccd"),
        ("csv", "preference-pandalm"), ("bio", "text-klue-ner"), ("conll", "text-klue-ner"),
        ("folders", "images-fashion"),
    ],
)  # fmt: skip
def test_a_set_that_leaves_and_comes_in_again_is_the_same(app: Flask, tmp_path: Path, form: str, name: str) -> None:
    call(app, "import", str(samples(name)), "--set", "first")
    call(app, "export", form, "--set", "first", str(tmp_path / "out"))
    report = call(app, "import", str(tmp_path / "out"), "--set", "second")
    assert (report["format"], report["refused"]) == (form, 0)
    # What was odd and taken as it is, is said again.
    told = [problem["message"] for problem in report["problems"]]
    assert all(
        "imported as it is" in words or "Both were imported" in words or "empty answer" in words for words in told
    )
    first, second = all_of("first"), all_of("second")
    if form in ("bio", "conll"):  # their labels have no colours
        first["labels"] = second["labels"] = {}
    assert second == first
