"""Pictures that operators bring: every file is told what became of it, and nothing comes in by halves."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from academy.annotation import arrivals, jobs, operations, queries
from academy.annotation.models import Media, Task, TaskSet, Upload, UploadFile
from academy.annotation.rules import UploadState, Verdict
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.storage import storage
from academy.uploads.rules import LARGEST_UPLOAD, Refusal
from tests import people
from tests.academy.annotation.samples import box_set, picture
from tests.academy.uploads.test_archives import packed
from tests.academy.uploads.test_pictures import SVG
from tests.counting import queries_of
from tests.engines import both_engines

ENGLISH = {"Accept-Language": "en"}


def shade(number: int) -> bytes:
    return picture((number, 1, 9, 9))


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    with transaction():
        box_set()
    return people.sign_in(client, people.person("Operator", people.Role.OPERATOR, language="en"))


def send(client: FlaskClient, *files: tuple[str, bytes], **more: Any) -> TestResponse:
    data = {"licence": "CC0", "attribution": "We", **more, "files": [(io.BytesIO(data), name) for name, data in files]}
    return client.post("/gold/cells/upload", data=data, content_type="multipart/form-data")


def brought() -> Upload:
    return db.session.scalars(select(Upload).order_by(Upload.id.desc()).limit(1)).one()


def verdicts(upload: Upload) -> list[tuple[str, Verdict, Refusal | None]]:
    files = db.session.scalars(
        select(UploadFile).where(UploadFile.upload_id == upload.id).order_by(UploadFile.position)
    )
    return [(file.name, file.verdict, file.refusal) for file in files]


def tasks() -> list[Task]:
    return list(db.session.scalars(select(Task).order_by(Task.position)).unique())


def kept() -> set[str]:
    return {stored.key for stored in storage().list()}


@both_engines
def test_a_zip_is_checked_file_by_file_and_the_good_ones_go_in_together(operator: FlaskClient):
    inside = {"a.png": shade(1), "deep/b.jpg": picture((2, 1, 9, 9), "JPEG"), "evil.svg": SVG, "cut.png": shade(3)[:90],
              "again.png": shade(1), "readme.txt": b"hello"}  # fmt: skip
    answer = send(operator, ("street.zip", packed(inside)), ("single.webp", picture((4, 1, 9, 9), "WEBP")))
    assert answer.status_code == 303
    upload = brought()
    assert upload.state is UploadState.CHECKED
    assert verdicts(upload) == [
        ("a.png", Verdict.GOOD, None),
        ("deep/b.jpg", Verdict.GOOD, None),
        ("evil.svg", Verdict.REFUSED, Refusal.NOT_A_PICTURE),
        ("cut.png", Verdict.REFUSED, Refusal.DAMAGED),
        ("again.png", Verdict.KNOWN, None),
        ("readme.txt", Verdict.REFUSED, Refusal.NOT_A_PICTURE),
        ("single.webp", Verdict.GOOD, None),
    ]
    assert tasks() == [], "nothing is added before somebody says so"
    page = operator.get(answer.location).text
    for words in ("Add 3 pictures", "evil.svg", "This is not a PNG, JPEG or WebP picture.", "damaged", "here twice"):
        assert words in page
    added = operator.post(f"/gold/uploads/{upload.id}/add")
    assert added.location == "/gold/cells"
    assert [task.source for task in tasks()] == ["a.png", "deep/b.jpg", "single.webp"]
    assert [task.position for task in tasks()] == [1, 2, 3]
    for task in tasks():
        assert (task.media.licence, task.media.attribution, task.media.public) == ("CC0", "We", False)
        shown = operator.get(f"/media/{task.media.token}")
        assert (shown.status_code, shown.content_type) == (200, task.media.content_type)
    assert len(kept()) == 3, "what was sent and what was not taken is gone"
    acts = [event.act for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert acts[-2:] == ["pictures brought", "pictures added"]
    note = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "pictures added")).one()
    assert (note.subject, note.detail) == ("task-set:cells", {"upload": upload.id, "pictures": 3})


@both_engines
def test_thrown_away_is_gone_and_the_report_stays(operator: FlaskClient):
    send(operator, ("a.png", shade(1)), ("b.txt", b"hello"))
    upload = brought()
    assert kept()
    assert operator.post(f"/gold/uploads/{upload.id}/drop").status_code == 302
    assert kept() == set()
    assert tasks() == []
    assert "thrown away" in operator.get(f"/gold/uploads/{upload.id}").text
    assert "b.txt" in operator.get(f"/gold/uploads/{upload.id}").text


@both_engines
def test_adding_twice_adds_once(operator: FlaskClient):
    send(operator, ("a.png", shade(1)))
    upload = brought()
    for act in ("add", "add", "drop"):
        assert operator.post(f"/gold/uploads/{upload.id}/{act}").status_code == 302
    assert len(tasks()) == 1
    assert kept() == {tasks()[0].media.storage_key}
    assert "already" in operator.get(f"/gold/uploads/{upload.id}").text


def test_bringing_the_same_again_changes_nothing(operator: FlaskClient):
    for _ in range(2):
        send(operator, ("a.png", shade(1)))
        operator.post(f"/gold/uploads/{brought().id}/add")
    assert verdicts(brought()) == [("a.png", Verdict.KNOWN, None)]
    assert len(tasks()) == 1


def test_another_picture_under_a_name_of_the_set_is_not_mixed_up_with_it(operator: FlaskClient):
    send(operator, ("a.png", shade(1)))
    operator.post(f"/gold/uploads/{brought().id}/add")
    send(operator, ("a.png", shade(2)), ("b.png", shade(3)))
    assert verdicts(brought()) == [("a.png", Verdict.REFUSED, Refusal.NAME_IN_USE), ("b.png", Verdict.GOOD, None)]


@both_engines
def test_what_came_in_meanwhile_is_not_added_a_second_time(operator: FlaskClient):
    send(operator, ("a.png", shade(1)), ("b.png", shade(2)))
    first = brought().id
    send(operator, ("other name.png", shade(1)))
    second = brought().id
    operator.post(f"/gold/uploads/{second}/add")
    operator.post(f"/gold/uploads/{first}/add")
    assert [task.source for task in tasks()] == ["other name.png", "b.png"]
    assert kept() == {task.media.storage_key for task in tasks()}


def test_a_picture_kept_before_under_the_same_licence_is_kept_once(operator: FlaskClient):
    with transaction():
        media, _turn = operations.store_picture(
            shade(1), licence="CC0", attribution="We", alt={"ko": "", "en": ""}, public=False
        )
    send(operator, ("a.png", shade(1)))
    operator.post(f"/gold/uploads/{brought().id}/add")
    assert tasks()[0].media_id == media.id
    assert kept() == {media.storage_key}


def test_a_bomb_and_a_broken_zip_are_told_and_the_rest_is_checked(operator: FlaskClient):
    bomb = packed({"bomb.png": b"\0" * 50_000_000, "good.png": shade(1)})
    send(operator, ("bomb.zip", bomb), ("broken.zip", b"PK\x03\x04 nothing"))
    assert verdicts(brought()) == [
        ("bomb.png", Verdict.REFUSED, Refusal.UNPACKS_TOO_LARGE),
        ("good.png", Verdict.GOOD, None),
        ("broken.zip", Verdict.REFUSED, Refusal.NOT_A_ZIP),
    ]


def test_when_nothing_can_be_used_it_says_so_and_offers_no_adding(operator: FlaskClient):
    answer = send(operator, ("a.svg", SVG))
    page = operator.get(answer.location).text
    assert "None of these files can be added" in page
    assert "/add" not in page


@both_engines
def test_a_check_that_was_cut_off_is_done_again_and_gives_the_same(operator: FlaskClient, monkeypatch):
    real, calls = arrivals.note_checked, []

    def cut_off(upload_id, files):
        calls.append(len(files))
        if len(calls) == 1:
            raise OSError("the power failed")
        return real(upload_id, files)

    monkeypatch.setattr(arrivals, "note_checked", cut_off)
    assert send(operator, ("z.zip", packed({"a.png": shade(1), "b.png": shade(2)}))).status_code == 500
    upload = brought()
    assert upload.state is UploadState.CHECKING
    assert verdicts(upload) == [], "nothing is told before all is known"
    job = queries.job_of(arrivals.CHECK, upload)
    jobs.check_upload(jobs.JobHandle(job.id), upload.id)
    assert [verdict for _name, verdict, _why in verdicts(brought())] == [Verdict.GOOD] * 2
    jobs.check_upload(jobs.JobHandle(job.id), upload.id)
    assert len(verdicts(brought())) == 2


def test_an_upload_thrown_away_while_it_is_checked_leaves_nothing(operator: FlaskClient, monkeypatch):
    real = arrivals.note_checked

    def after_it_was_dropped(upload_id, files):
        arrivals.drop(db.session.get_one(Upload, upload_id), None, now())
        real(upload_id, files)

    monkeypatch.setattr(arrivals, "note_checked", after_it_was_dropped)
    send(operator, ("a.png", shade(1)))
    assert brought().state is UploadState.DROPPED
    assert kept() == set()


def test_what_nobody_came_back_for_is_thrown_away_after_a_week(operator: FlaskClient):
    send(operator, ("a.png", shade(1)))
    jobs.drop_forgotten()
    assert brought().state is UploadState.CHECKED
    with transaction():
        brought().created_at = now() - timedelta(days=8)
    jobs.drop_forgotten()
    assert brought().state is UploadState.DROPPED
    assert kept() == set()


def test_what_no_row_speaks_of_is_swept_from_the_storage_at_night_and_nothing_else(operator: FlaskClient):
    send(operator, ("a.png", shade(1)))
    operator.post(f"/gold/uploads/{brought().id}/add")
    send(operator, ("b.png", shade(2)))
    with transaction():
        operations.store_picture(shade(3), licence="", attribution="", alt={"ko": "", "en": ""}, public=False)
    needed = kept()
    cut_off = arrivals.lay_down([arrivals.Brought("c.png", shade(4))], now() - timedelta(days=3))
    storage().put("uploads/aaaa/00001.png", shade(5))
    still_coming = arrivals.lay_down([arrivals.Brought("d.png", shade(6))], now())
    with time_machine.travel(now().replace(hour=18, minute=20), tick=False):
        jobs.sweep_storage()
    assert kept() == needed | {still_coming.sources[0]["key"]}
    assert cut_off.sources[0]["key"] not in kept()


@pytest.mark.parametrize("missing", ["files", "licence", "attribution"])
def test_a_form_without_file_licence_or_maker_is_told_what_is_missing(operator: FlaskClient, missing: str):
    data = {"licence": "CC0", "attribution": "We", "files": (io.BytesIO(shade(1)), "a.png")}
    data.pop(missing)
    answer = operator.post("/gold/cells/upload", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_strangers_gigabyte_is_not_even_read(app, client: FlaskClient):
    """Before anybody looks for a token in the body, it is asked who sends it."""
    with transaction():
        box_set()
    app.config["WTF_CSRF_ENABLED"] = True

    class Unread:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"the body was read: {name}")

    def ask(somebody: FlaskClient, length: int) -> int:
        body = {
            "wsgi.input": Unread(),
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
        }
        return somebody.post("/gold/cells/upload", environ_overrides=body).status_code

    assert ask(client, 10**9) == 401
    people.sign_in(client, people.instructor())
    assert ask(client, 10**9) == 403
    people.sign_in(client, people.operator())
    assert ask(client, LARGEST_UPLOAD + 1) == 413


def test_an_operator_may_send_more_than_any_other_form(app, operator: FlaskClient):
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        made.writestr("noise.bin", b"\x01" * 21_000_000)
    assert send(operator, ("large.zip", many.getvalue())).status_code == 303
    assert operator.post("/me", data={"name": "x" * 21_000_000}).status_code == 413


def test_the_pages_ask_the_same_few_questions_for_many_files(operator: FlaskClient):
    send(operator, ("a.txt", b"x"))
    address = f"/gold/uploads/{brought().id}"
    operator.get(address)
    with queries_of() as few:
        operator.get(address)
    send(operator, *((f"{number}.txt", b"x") for number in range(60)))
    address = f"/gold/uploads/{brought().id}"
    with queries_of() as many:
        page = operator.get(address)
    assert len(many) <= len(few) <= 12
    assert "after=" in page.text


def test_media_of_a_set_that_measures_stay_unseen_after_they_were_brought(operator: FlaskClient):
    with transaction():
        db.session.scalars(select(TaskSet)).one().purpose = "work"
    send(operator, ("a.png", shade(1)))
    operator.post(f"/gold/uploads/{brought().id}/add")
    media = db.session.scalars(select(Media)).one()
    people.sign_in(operator, people.newcomer())
    assert operator.get(f"/media/{media.token}").status_code == 404
