"""Data that operators bring: every line is told what became of it, and nothing comes in by halves."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, func, select

from academy.annotation import operations, queries
from academy.annotation.exchange import adding, importing, inspecting, jobs
from academy.annotation.exchange.importing import AlreadySettled, Brought
from academy.annotation.exchange.leaving import leaving_set
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.found import Problem
from academy.annotation.formats.sinks import FolderSink
from academy.annotation.locking import Locked
from academy.annotation.models import Gold, Label, Media, Task, TaskSet, TaskTag
from academy.annotation.rules import MediaKind, Outside, UploadState, Verdict
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import JobState
from academy.storage import storage
from tests import people
from tests.academy.annotation.samples import box_set, gold, picture, voc_xml
from tests.academy.uploads.test_archives import packed
from tests.academy.uploads.test_pictures import SVG
from tests.engines import both_engines


def shade(number: int) -> bytes:
    return picture((number, 1, 9, 9))


@pytest.fixture
def operator(app) -> int:
    with transaction():
        box_set()
    return people.person("Operator", people.Role.OPERATOR, language="en").id


def bring(
    operator: int,
    *files: tuple[str, bytes],
    form: str = "",
    outside: Outside = Outside.CLIP,
    slug: str = "cells",
    **options: Any,
) -> Upload:
    laid = importing.lay_down([Brought(name, data) for name, data in files], now())
    with transaction():
        importing.receive(
            queries.task_set_named(slug),
            laid,
            licence="CC0",
            attribution="We",
            public=False,
            by_id=operator,
            now=now(),
            form=form,
            outside=outside,
            options=options,
        )
    return brought()


def add(operator: int) -> Upload:
    with transaction():
        importing.add(brought(), operator, now())
    return brought()


def undo(operator: int) -> Upload:
    with transaction():
        importing.undo(brought(), operator, now())
    return brought()


def brought() -> Upload:
    return db.session.scalars(
        select(Upload).order_by(Upload.id.desc()).limit(1).execution_options(populate_existing=True)
    ).one()


def lines(upload: Upload) -> list[UploadFile]:
    query = select(UploadFile).where(UploadFile.upload_id == upload.id).order_by(UploadFile.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def verdicts(upload: Upload) -> dict[str, str]:
    return {line.name: line.verdict.value for line in lines(upload)}


def told(upload: Upload) -> str:
    problems = [Problem.from_json(problem) for line in lines(upload) for problem in line.problems]
    return "\n".join(f"{problem.file}: {problem.words('en')}" for problem in problems)


def tasks(*, withdrawn: bool = False) -> list[Task]:
    query = select(Task).order_by(Task.position).execution_options(populate_existing=True)
    return [task for task in db.session.scalars(query).unique() if withdrawn or task.withdrawn_at is None]


def documents() -> list[Any]:
    found = queries.gold_of(task.id for task in tasks())
    return [found[task.id].document for task in tasks() if task.id in found]


def versions() -> list[int]:
    """Of the newest gold of each task, by position."""
    found = queries.gold_of(task.id for task in tasks())
    return [found[task.id].version for task in tasks() if task.id in found]


def kept() -> set[str]:
    return {stored.key for stored in storage().list()}


def voc_zip(*files: tuple[str, str, bytes]) -> tuple[str, bytes]:
    inside = {}
    for stem, xml, data in files:
        inside[f"Annotations/{stem}.xml"] = xml.encode()
        if data:
            inside[f"JPEGImages/{stem}.png"] = data
    return "cells.zip", packed(inside)


ONE = ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30), ("RBC", 5, 5, 5, 5)), shade(1))
TWO = ("b", voc_xml("b.png", ("WBC", 10, 10, 140, 30)), shade(2))


@both_engines
def test_a_zip_is_checked_line_by_line_and_the_good_ones_go_in_together(operator):
    upload = bring(operator, voc_zip(ONE, TWO))
    assert (upload.state, upload.form, upload.guessed) == (UploadState.CHECKED, "voc", True)
    assert verdicts(upload) == {"JPEGImages/a.png": "new", "JPEGImages/b.png": "new"}
    assert [(line.objects, line.odd) for line in lines(upload)] == [(1, True), (1, True)]
    assert [problem["lost"] for line in lines(upload) for problem in line.problems] == [1, 0]
    assert tasks() == [], "nothing is added before somebody says so"
    upload = add(operator)
    assert upload.state is UploadState.ADDED
    assert [(task.source, task.position) for task in tasks()] == [("JPEGImages/a.png", 1), ("JPEGImages/b.png", 2)]
    for task in tasks():
        assert (task.media.licence, task.media.attribution, task.media.public) == ("CC0", "We", False)
        assert storage().exists(task.media.storage_key)
    assert [document["objects"][0]["box"] for document in documents()] == [[10, 10, 30, 20], [10, 10, 110, 20]]
    assert [label.name for label in queries.labels_of(upload.task_set.label_set_id)] == ["RBC", "WBC"]
    assert kept() == {task.media.storage_key for task in tasks()}, "what was sent and was not taken is gone"
    acts = [event.act for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert acts[-2:] == ["data brought", "data added"]


@both_engines
def test_bringing_the_same_again_changes_nothing(operator):
    for _ in range(2):
        bring(operator, voc_zip(ONE, TWO))
        add(operator)
    assert set(verdicts(brought()).values()) == {"same"}
    assert (len(tasks()), db.session.scalar(select(func.count()).select_from(Gold))) == (2, 2)
    assert kept() == {task.media.storage_key for task in tasks()}


@both_engines
def test_corrected_labels_are_a_new_version_and_another_picture_is_refused(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    upload = bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, 41, 30)), shade(1)), TWO))
    assert verdicts(upload) == {"JPEGImages/a.png": "changed", "JPEGImages/b.png": "new"}
    add(operator)
    assert versions() == [2, 1]
    upload = bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, 42, 30)), shade(7))))
    assert verdicts(upload) == {"JPEGImages/a.png": "refused"}
    assert "is not what was imported under this name before" in told(upload)


@both_engines
def test_an_import_can_be_taken_back_and_brought_again(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, 41, 30)), shade(1)), TWO))
    add(operator)
    upload = undo(operator)
    assert upload.state is UploadState.UNDONE
    assert [task.source for task in tasks()] == ["JPEGImages/a.png"]
    assert documents()[0]["objects"][0]["box"] == [10, 10, 30, 20]
    assert [found.version for found in queries.versions_of(tasks()[0].id)] == [3, 2, 1], "gold is never taken away"
    upload = bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, 41, 30)), shade(1)), TWO))
    assert verdicts(upload) == {"JPEGImages/a.png": "changed", "JPEGImages/b.png": "new"}
    add(operator)
    assert len(tasks(withdrawn=True)) == 2
    assert versions() == [4, 1]
    undo(operator)
    assert [task.source for task in tasks()] == ["JPEGImages/a.png"]


@both_engines
def test_imports_undone_one_after_the_other_go_back_all_the_way(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    uploads = []
    for right in (41, 42):
        bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, right, 30)), shade(1))))
        uploads.append(add(operator).id)
    for upload_id, width in zip(reversed(uploads), (31, 30), strict=True):
        with transaction():
            importing.undo(db.session.get_one(Upload, upload_id), operator, now())
        assert documents()[0]["objects"][0]["box"] == [10, 10, width, 20]


@both_engines
def test_gold_that_an_import_gave_first_is_gone_once_it_is_undone(operator):
    bring(operator, ("a.png", shade(1)))
    add(operator)
    assert documents() == []
    upload = bring(operator, ("a.png", shade(1)), ("a.xml", voc_xml("a.png", ("RBC", 10, 10, 40, 30)).encode()))
    assert verdicts(upload) == {"a.png": "changed"}
    add(operator)
    assert len(documents()) == 1
    undo(operator)
    assert documents() == []
    assert len(tasks()) == 1


@both_engines
def test_what_somebody_changed_since_stays_when_an_import_is_undone(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    bring(operator, voc_zip(("a", voc_xml("a.png", ("RBC", 10, 10, 41, 30)), shade(1))))
    add(operator)
    with transaction():
        operations.revise_gold(tasks()[0], gold((1, 2, 30, 40)), "editor", now())
    undo(operator)
    assert documents()[0]["objects"][0]["box"] == [1, 2, 30, 40]


def test_adding_and_throwing_away_happen_once(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    for act in (importing.add, importing.drop):
        with pytest.raises(AlreadySettled), transaction():
            act(brought(), operator, now())
    assert len(tasks()) == 1


def test_thrown_away_is_gone_and_the_report_stays(operator):
    upload = bring(operator, voc_zip(ONE))
    assert kept()
    with transaction():
        importing.drop(upload, operator, now())
    assert kept() == set()
    assert lines(brought())
    assert tasks() == []


def test_a_locked_set_takes_nothing_and_gives_nothing_back(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    bring(operator, voc_zip(TWO))
    with transaction():
        db.session.scalars(select(TaskSet)).one().locked_at = now()
    with pytest.raises(Locked):
        add(operator)
    with pytest.raises(Locked):
        bring(operator, voc_zip(TWO))
    first = db.session.scalars(select(Upload).order_by(Upload.id)).first()
    with pytest.raises(Locked), transaction():
        importing.undo(first, operator, now())
    assert len(tasks()) == 1


def test_a_set_that_is_locked_while_its_import_waits_says_so_and_the_import_waits_on(operator):
    upload = bring(operator, voc_zip(ONE))
    with transaction():
        brought().state = UploadState.ADDING
        db.session.scalars(select(TaskSet)).one().locked_at = now()
    jobs.add_upload(jobs.JobHandle(0), upload.id, operator)
    assert brought().state is UploadState.CHECKED
    assert "locked" in brought().problem["say"]
    assert tasks() == []


@both_engines
def test_pictures_without_labels_become_tasks_and_what_is_none_is_told(operator):
    inside = {"a.png": shade(1), "deep/b.jpg": picture((2, 1, 9, 9), "JPEG"), "evil.svg": SVG, "cut.png": shade(3)[:90],
              "again.png": shade(1), "readme.txt": b"hello"}  # fmt: skip
    upload = bring(
        operator, ("street.zip", packed(inside)), ("single.webp", picture((4, 1, 9, 9), "WEBP")), form="pictures"
    )
    assert verdicts(upload) == {"a.png": "new", "again.png": "same", "cut.png": "refused", "deep/b.jpg": "new",
                                "evil.svg": "refused", "readme.txt": "refused", "single.webp": "new"}  # fmt: skip
    assert "not a PNG, JPEG or WebP picture" in told(upload)
    assert "damaged" in told(upload)
    add(operator)
    assert [task.source for task in tasks()] == ["a.png", "deep/b.jpg", "single.webp"]
    assert documents() == []
    assert len(kept()) == 3


def test_a_bomb_and_a_broken_zip_are_told_and_the_rest_is_checked(operator):
    bomb = packed({"bomb.png": b"\0" * 50_000_000, "good.png": shade(1)})
    upload = bring(operator, ("bomb.zip", bomb), ("broken.zip", b"PK\x03\x04 nothing"), form="pictures")
    assert verdicts(upload) == {"bomb.png": "refused", "broken.zip": "refused", "good.png": "new"}


def test_names_that_windows_in_korea_wrote_into_a_zip_are_read(operator):
    name = "사진/고양이.png"
    stand_in = "x" * len(name.encode("cp949"))
    data = packed({stand_in: shade(1)}).replace(stand_in.encode(), name.encode("cp949"))
    assert verdicts(bring(operator, ("a.zip", data), form="pictures")) == {name: "new"}


@both_engines
def test_labels_that_come_before_their_picture_wait_for_it(operator):
    late = ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), b"")
    bring(operator, voc_zip(late))
    add(operator)
    assert [task.media.kind for task in tasks()] == [MediaKind.AWAITED]
    assert verdicts(bring(operator, voc_zip(late))) == {"a.png": "same"}
    again = bring(operator, ("a.png", shade(1)), ("a.xml", late[1].encode()))
    assert verdicts(again) == {"a.png": "changed"}
    add(operator)
    assert [(task.source, task.media.kind) for task in tasks()] == [("a.png", MediaKind.PICTURE)]
    assert len(documents()) == 1


@both_engines
def test_refuse_leaves_out_what_clip_cuts_and_the_same_files_can_be_read_again(operator):
    upload = bring(operator, voc_zip(TWO), outside=Outside.REFUSE)
    assert [line.objects for line in lines(upload)] == [0]
    assert "as you chose" in told(upload)
    with transaction():
        importing.check_again(brought(), form="voc", options={}, outside=Outside.CLIP, by_id=operator, now=now())
    assert [line.objects for line in lines(brought())] == [1]
    assert brought().state is UploadState.CHECKED
    assert not brought().guessed


def test_labels_of_another_kind_stay_out_of_a_set(operator):
    with transaction():
        cells = box_set("other")
        operations.ensure_task_set(
            "choices", {"ko": "가", "en": "a"}, "classification", cells.label_set, cells.guideline
        )
    upload = bring(operator, voc_zip(ONE), slug="choices")
    assert set(verdicts(upload).values()) == {"refused"}
    assert "of the kind classification" in told(upload)


@both_engines
def test_what_came_in_meanwhile_is_not_added_a_second_time(operator):
    first = bring(operator, voc_zip(ONE, TWO)).id
    bring(operator, voc_zip(ONE))
    add(operator)
    with transaction():
        importing.add(db.session.get_one(Upload, first), operator, now())
    assert [task.source for task in tasks()] == ["JPEGImages/a.png", "JPEGImages/b.png"]
    assert db.session.scalar(select(func.count()).select_from(Gold)) == 2


@both_engines
def test_a_check_that_was_cut_off_is_done_again_and_gives_the_same(operator, monkeypatch):
    real, calls = inspecting._finish, []

    def cut_off(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the power failed")
        return real(*arguments)

    monkeypatch.setattr(inspecting, "_finish", cut_off)
    with pytest.raises(OSError, match="power"):
        bring(operator, voc_zip(ONE, TWO))
    upload = brought()
    assert upload.state is UploadState.CHECKING
    jobs.check_upload(jobs.JobHandle(0), upload.id)
    assert len(lines(brought())) == 2
    jobs.check_upload(jobs.JobHandle(0), upload.id)
    assert len(lines(brought())) == 2


def test_an_upload_thrown_away_while_it_is_checked_leaves_nothing(operator, monkeypatch):
    real = inspecting._keep

    def after_it_was_dropped(upload_id, rows, shown):
        with transaction():
            importing.drop(db.session.get_one(Upload, upload_id), None, now())
        real(upload_id, rows, shown)

    monkeypatch.setattr(inspecting, "_keep", after_it_was_dropped)
    bring(operator, voc_zip(ONE))
    assert brought().state is UploadState.DROPPED
    assert kept() == set()


def test_what_can_not_be_read_at_all_says_why(operator):
    upload = bring(operator, ("a.json", b"{"), form="coco")
    assert upload.state is UploadState.CHECKED
    assert upload.problem
    assert lines(upload) == []
    with transaction():
        importing.drop(upload, operator, now())


def test_what_nobody_came_back_for_is_thrown_away_after_a_week(operator):
    bring(operator, voc_zip(ONE))
    jobs.drop_forgotten()
    assert brought().state is UploadState.CHECKED
    with transaction():
        brought().created_at = now() - timedelta(days=8)
    jobs.drop_forgotten()
    assert brought().state is UploadState.DROPPED
    assert kept() == set()


def test_what_no_row_speaks_of_is_swept_from_the_storage_at_night_and_nothing_else(operator):
    bring(operator, voc_zip(ONE))
    add(operator)
    bring(operator, voc_zip(TWO))
    needed = kept()
    cut_off = importing.lay_down([Brought("c.png", shade(4))], now() - timedelta(days=3))
    storage().put("uploads/aaaa/00001.png", shade(5))
    still_coming = importing.lay_down([Brought("d.png", shade(6))], now())
    with time_machine.travel(now().replace(hour=18, minute=20), tick=False):
        jobs.sweep_storage()
    assert kept() == needed | {still_coming.sources[0]["key"]}
    assert cut_off.sources[0]["key"] not in kept()


@both_engines
def test_what_was_exported_can_be_imported_again_and_changes_nothing(operator, tmp_path):
    photo = picture((10, 10, 30, 20), "JPEG")
    bring(operator, ("a.jpg", photo), ("a.xml", voc_xml("a.jpg", ("RBC", 10, 10, 40, 30)).encode()))
    add(operator)
    leaving = leaving_set(queries.task_set_named("cells"))
    FORMATS["voc"].write(leaving, FolderSink(tmp_path, storage().get))
    files = [
        (path.relative_to(tmp_path).as_posix(), path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()
    ]
    renamed = [("a.jpg" if name.endswith("a.jpg") else name, data) for name, data in files]
    assert set(verdicts(bring(operator, *renamed)).values()) == {"same"}


def test_pictures_of_one_name_in_two_folders_leave_under_names_of_their_own(operator, tmp_path):
    """Also where the number of the one is the name of the other."""
    names = ["a/000002.png", "b/000002.png", "c/000002.png", "c/000003.png"]
    bring(operator, *[(name, shade(number)) for number, name in enumerate(names, 1)], form="pictures")
    add(operator)
    left = [item.file_name for item in leaving_set(queries.task_set_named("cells")).items()]
    assert len(set(left)) == len(names)
    FORMATS["jsonl"].write(leaving_set(queries.task_set_named("cells")), FolderSink(tmp_path, storage().get))
    assert len(list(tmp_path.rglob("*.png"))) == len(names)


def test_names_that_agree_as_far_as_they_are_kept_are_refused_before_anything_comes_in(operator):
    rows = "".join(f"{'d' * 450}{number}.png,RBC\n" for number in range(2))
    upload = bring(operator, ("x.csv", f"file,label\n{rows}short.png,RBC\n".encode()), form="csv", slug=letters())
    assert sorted(line.verdict.value for line in lines(upload)) == ["new", "refused", "refused"]
    assert "more than 400 characters" in told(upload)
    assert add(operator).state is UploadState.ADDED


@both_engines
def test_a_tag_that_is_too_long_to_be_found_by_is_left_out(operator):
    own = {"item": "a.png", "gold": None, "file": "a.png", "media": "picture", "tags": ["날씨" * 5_000, "rain", ""]}
    text = "\n".join(json.dumps(one) for one in ({"academy": {"version": 1, "labels": []}}, own))
    upload = bring(operator, ("x.zip", packed({"x.jsonl": text.encode(), "a.png": shade(1)})), form="jsonl")
    assert "more than 200 characters were left out" in told(upload)
    assert [line.tags for line in lines(upload) if line.verdict is Verdict.NEW] == [["rain"]]
    assert add(operator).state is UploadState.ADDED
    assert list(db.session.scalars(select(TaskTag.tag))) == ["rain"]


def fail(_upload: Upload) -> None:
    raise RuntimeError("not now")


def letters() -> str:
    with transaction():
        queries.task_set_named("cells").kind = "classification"
    return "cells"


@both_engines
def test_what_failed_for_good_can_be_tried_again_or_thrown_away(operator, monkeypatch):
    bring(operator, voc_zip(ONE))
    with monkeypatch.context() as broken:
        broken.setattr(adding, "_add_tags", fail)
        with pytest.raises(RuntimeError):
            add(operator)
    db.session.rollback()
    assert brought().state is UploadState.ADDING
    jobs.free_stuck()
    assert brought().state is UploadState.ADDING, "the work is tried again"
    with transaction():
        tried = importing.job_of(brought())
        tried.state, tried.finished_at = JobState.FAILED, now()
    jobs.free_stuck()
    assert brought().state is UploadState.CHECKED
    assert "nothing was changed" in brought().problem["say"]
    assert (add(operator).state, brought().problem, len(tasks())) == (UploadState.ADDED, None, 1)


def test_a_check_done_again_keeps_its_files_under_other_names(operator):
    """The request that asked for it deletes those of the check before while it runs."""
    before = {line.storage_key for line in lines(bring(operator, voc_zip(ONE)))}
    with transaction():
        importing.check_again(brought(), form="voc", options={}, outside=Outside.CLIP, by_id=operator, now=now())
    after = {line.storage_key for line in lines(brought())}
    assert not before & (after | kept())
    assert after <= kept()
    assert after


def test_each_line_finds_its_new_task_by_its_name(operator):
    """Not by the upload: there stand all of them, and a set of 100,000 would hold the database for a quarter hour."""
    asked: list[tuple[str, Any]] = []

    def listen(_connection, _cursor, statement, parameters, *_rest):
        if statement.startswith("UPDATE upload_file SET task_id"):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    bring(operator, voc_zip(ONE))
    add(operator)
    event.remove(db.engine, "before_cursor_execute", listen)
    explained = [db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", told) for one, told in asked]
    searched = [row[3] for plan in explained for row in plan if " task " in f"{row[3]} "]
    assert searched
    assert all("ix_task_source" in step for step in searched)


_CUT_OFF = """
import os, signal, sys
from sqlalchemy import event
from academy.app import create_app
from academy.annotation.exchange import jobs
from academy.annotation.models import {model}
from academy.db import db

app = create_app()
with app.app_context():
    engine = db.engine

    @event.listens_for(engine, "after_cursor_execute")
    def strike(connection, cursor, statement, *rest):
        if statement.lstrip().upper().startswith("INSERT INTO {table}"):
            os.kill(os.getpid(), signal.SIGKILL)

    jobs.add_upload(jobs.JobHandle(0), int(sys.argv[1]), None)
"""


@pytest.mark.parametrize(("model", "table"), [("Media", "MEDIA"), ("Task", "TASK"), ("Gold", "GOLD")])
def test_a_worker_that_is_killed_while_it_adds_leaves_all_or_nothing(app, operator, model, table):
    upload = bring(operator, voc_zip(ONE, TWO))
    with transaction():
        brought().state = UploadState.ADDING
    settings = {"ACADEMY_DATA": str(app.extensions["academy.storage"].root.parent),
                "ACADEMY_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}  # fmt: skip
    script = _CUT_OFF.format(model=model, table=table)
    done = subprocess.run(
        [sys.executable, "-c", script, str(upload.id)], env={**os.environ, **settings}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    db.session.rollback()
    for model_ in (Media, Task, Gold, Label):
        assert db.session.scalar(select(func.count()).select_from(model_)) == (1 if model_ is Label else 0)
    assert brought().state is UploadState.ADDING
    jobs.add_upload(jobs.JobHandle(0), upload.id, operator)
    assert brought().state is UploadState.ADDED
    assert (len(tasks()), len(documents())) == (2, 2)
    jobs.add_upload(jobs.JobHandle(0), upload.id, operator)
    assert (len(tasks()), len(documents())) == (2, 2)
