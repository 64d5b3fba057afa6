"""The pages on which operators bring data: what they say before anything changes, and that they do what they say."""

import io
import zipfile
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from academy.annotation import locking
from academy.annotation.exchange.models import Transfer, Upload, UploadFile
from academy.annotation.exchange.previews import LINES, Show
from academy.annotation.models import Media, Task, TaskSet
from academy.annotation.queries import gold_of
from academy.annotation.rules import Outside, UploadState, Verdict
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.storage import storage
from academy.uploads.rules import LARGEST_UPLOAD
from tests import people
from tests.academy.annotation.exchange.test_transfers import begin
from tests.academy.annotation.samples import box_set, picture, voc_xml
from tests.academy.uploads.test_archives import packed
from tests.counting import queries_of
from tests.engines import both_engines

READING = {"form": "", "outside": "clip", "kind": ""}
RIGHTS = {"licence": "CC0", "attribution": "We"}


def shade(number: int) -> bytes:
    return picture((number, 1, 9, 9))


def voc(count: int = 2, *, right: int = 30) -> bytes:
    """A zip of pictures, each with one red cell."""
    files = {f"JPEGImages/{n}.png": shade(n) for n in range(1, count + 1)}
    named = {f"Annotations/{n}.xml": voc_xml(f"{n}.png", ("RBC", 5, 5, right, 40)) for n in range(1, count + 1)}
    return packed(files | {name: text.encode() for name, text in named.items()})


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    with transaction():
        box_set()
    return people.sign_in(client, people.person("Operator", people.Role.OPERATOR, language="en"))


def send(client: FlaskClient, *files: tuple[str, bytes], to: str = "/gold/cells/import", **more: Any) -> TestResponse:
    data = READING | RIGHTS | more | {"files": [(io.BytesIO(data), name) for name, data in files]}
    return client.post(to, data=data, content_type="multipart/form-data")


def brought() -> Upload:
    newest = select(Upload).order_by(Upload.id.desc()).limit(1).execution_options(populate_existing=True)
    return db.session.scalars(newest).one()


def act(client: FlaskClient, verb: str, **data: Any) -> str:
    """Press a button of the preview, and read the page it leads to."""
    answer = client.post(f"/gold/uploads/{brought().id}/{verb}", data=data)
    assert answer.status_code == 302
    return client.get(answer.location).text


def tasks() -> list[Task]:
    query = select(Task).where(Task.withdrawn_at.is_(None)).order_by(Task.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)).unique())


@both_engines
def test_a_zip_is_shown_line_by_line_added_and_taken_back(operator: FlaskClient):
    answer = send(operator, ("cells.zip", voc()))
    assert answer.status_code == 303
    assert tasks() == [], "nothing changes before somebody says so"
    page = operator.get(answer.location).text
    for words in (
        "The format was recognised: Pascal VOC.",
        "Add 2 items",
        "JPEGImages/1.png",
        "1 object",
        "Red cell 1",
    ):
        assert words in page
    page = act(operator, "add")
    assert "It was added to the set." in page
    assert [gold["document"]["objects"][0]["box"] for gold in golds()] == [[5, 5, 25, 35]] * 2
    page = act(operator, "undo")
    assert "It was taken back." in page
    assert tasks() == []
    acts = [event.act for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert acts[-3:] == ["data brought", "data added", "import undone"]


def golds() -> list[dict[str, Any]]:
    found = gold_of(task.id for task in tasks())
    return [{"document": found[task.id].document} for task in tasks()]


@both_engines
def test_two_imports_of_the_same_data_change_nothing(operator: FlaskClient):
    for _ in range(2):
        send(operator, ("cells.zip", voc()))
        page = operator.get(f"/gold/uploads/{brought().id}").text
        act(operator, "add")
    assert "The set holds all of this already." in page
    assert "Add " not in page
    assert len(tasks()) == 2


def test_what_changed_is_told_apart_from_what_is_the_same(operator: FlaskClient):
    send(operator, ("cells.zip", voc(2)))
    act(operator, "add")
    send(operator, ("cells.zip", voc(3, right=31)))
    page = operator.get(f"/gold/uploads/{brought().id}").text
    assert "Add 3 items" in page
    changed = operator.get(f"/gold/uploads/{brought().id}?show=changed").text
    assert "JPEGImages/1.png" in changed
    assert "JPEGImages/3.png" not in changed


def test_an_object_outside_is_said_and_what_happens_to_it_can_be_chosen(operator: FlaskClient):
    send(operator, ("cells.zip", voc(1, right=500)))
    page = operator.get(f"/gold/uploads/{brought().id}").text
    assert "With remarks" in page
    clipped = db.session.scalars(select(UploadFile)).one()
    assert (clipped.objects, clipped.odd) == (1, True)
    page = act(operator, "again", **READING | {"outside": Outside.REFUSE.value})
    assert "Objects that reach out of their picture are left out." in page
    assert db.session.scalars(select(UploadFile)).one().objects == 0
    assert brought().outside is Outside.REFUSE


def test_the_format_and_how_it_is_read_can_be_named(operator: FlaskClient):
    send(operator, ("cells.zip", voc(1)), form="voc", annotator="Kim", label_column="label")
    upload = brought()
    assert (upload.form, upload.guessed) == ("voc", False)
    assert upload.options == {"annotator": "Kim", "label_column": "label"}
    assert "labels of Kim" in operator.get(f"/gold/uploads/{upload.id}").text


def test_a_wrong_way_of_reading_is_refused_and_nothing_changes(operator: FlaskClient):
    send(operator, ("cells.zip", voc(1)))
    assert "That is no way" in act(operator, "again", form="nonsense", outside="clip", kind="")
    assert brought().state is UploadState.CHECKED


@both_engines
def test_a_file_that_came_in_pieces_is_checked_like_any_other(operator: FlaskClient):
    whole = voc(2)
    begin(operator, len(whole), "cells.zip", data=whole)
    page = operator.get("/gold/cells/import").text
    assert "cells.zip" in page
    token = db.session.scalars(select(Transfer)).one().token
    assert send(operator, transfer=token).status_code == 303
    assert brought().state is UploadState.CHECKED
    act(operator, "add")
    assert len(tasks()) == 2
    assert [stored.key for stored in storage().list("transfers/")] == []


def test_many_files_are_named_in_one_field(operator: FlaskClient):
    """A form has some hundred fields at most, and people choose more files at once."""
    for number in (1, 2, 3):
        begin(operator, len(shade(number)), f"{number}.png", data=shade(number))
    tokens = db.session.scalars(select(Transfer.token).order_by(Transfer.id)).all()
    assert send(operator, transfer=",".join(tokens[:2])).status_code == 303
    assert db.session.scalars(select(UploadFile.name).order_by(UploadFile.position)).all() == ["1.png", "2.png"]
    assert db.session.scalars(select(Transfer.token)).all() == tokens[2:]


def test_half_a_file_is_not_checked_and_the_page_says_so(operator: FlaskClient):
    begin(operator, 100, "cells.zip", data=b"12345")
    assert "5 % is here" in operator.get("/gold/cells/import").text
    token = db.session.scalars(select(Transfer)).one().token
    answer = send(operator, transfer=token)
    assert answer.status_code == 409
    assert "cells.zip is not here yet" in answer.text


def test_nobody_uses_what_another_person_sent(operator: FlaskClient, app: Flask):
    begin(operator, 5, "cells.zip", data=b"12345")
    token = db.session.scalars(select(Transfer)).one().token
    other = people.sign_in(app.test_client(), people.person("Other", people.Role.OPERATOR, language="en"))
    assert send(other, transfer=token).status_code == 404
    assert "cells.zip" not in other.get("/gold/cells/import").text


@pytest.mark.parametrize("missing", ["files", "licence", "attribution"])
def test_a_form_without_file_licence_or_maker_is_told_what_is_missing(operator: FlaskClient, missing: str):
    data = READING | RIGHTS | {"files": (io.BytesIO(shade(1)), "a.png")}
    data.pop(missing)
    answer = operator.post("/gold/cells/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_new_set_is_made_as_a_draft_with_what_it_was_given(operator: FlaskClient):
    told = {"title_ko": "혈액", "title_en": "Blood", "slug": "blood", "purpose": "exam"}
    answer = send(operator, ("cells.zip", voc()), to="/gold/import", **told)
    assert answer.status_code == 303
    made = db.session.scalars(select(TaskSet).where(TaskSet.slug == "blood")).one()
    assert (made.title, made.purpose, made.licence) == ({"ko": "혈액", "en": "Blood"}, "exam", "CC0")
    assert made.released_at is None
    assert "RBC" in operator.get(answer.location).text
    act(operator, "add")
    db.session.expire_all()
    assert made.kind == "box"
    assert [label.name for label in made.label_set.labels] == ["RBC"]


@pytest.mark.parametrize("slug", ["import", "uploads", "Blood", "a b", "../x", "cells"])
def test_a_new_set_needs_a_name_of_its_own(operator: FlaskClient, slug: str):
    told = {"title_ko": "혈액", "title_en": "Blood", "slug": slug, "purpose": "practice"}
    assert send(operator, ("cells.zip", voc()), to="/gold/import", **told).status_code in {409, 422}
    assert db.session.scalar(select(func.count()).select_from(TaskSet)) == 1


def test_a_locked_set_takes_nothing_and_says_why(operator: FlaskClient):
    send(operator, ("cells.zip", voc()))
    with transaction():
        locking.lock(db.session.scalars(select(TaskSet)).one(), people.known("Operator").id, now())
    assert "This set is locked" in act(operator, "add")
    assert tasks() == []
    assert send(operator, ("cells.zip", voc())).status_code == 409


def test_adding_twice_adds_once(operator: FlaskClient):
    send(operator, ("a.png", shade(1)))
    for verb in ("add", "add", "drop"):
        page = act(operator, verb)
    assert "already" in page
    assert len(tasks()) == 1


def test_thrown_away_is_gone_and_the_report_stays(operator: FlaskClient):
    send(operator, ("cells.zip", voc()))
    page = act(operator, "drop")
    assert "It was thrown away." in page
    assert "JPEGImages/1.png" in page
    assert list(storage().list()) == []


def test_when_nothing_can_be_read_it_says_so_and_offers_no_adding(operator: FlaskClient):
    answer = send(operator, ("broken.zip", b"PK\x03\x04 nothing"))
    page = operator.get(answer.location).text
    assert "/add" not in page
    assert "Read it in another way" in page
    assert "This is not a zip" in page or "Nothing" in page


@pytest.mark.parametrize("state", list(UploadState))
def test_every_state_can_be_read_without_scripts(operator: FlaskClient, state: UploadState):
    send(operator, ("cells.zip", voc()))
    with transaction():
        upload = brought()
        upload.state = state
        settled = state in {UploadState.ADDED, UploadState.DROPPED, UploadState.UNDOING, UploadState.UNDONE}
        upload.settled_at = now() if settled else None
    answer = operator.get(f"/gold/uploads/{brought().id}")
    assert answer.status_code == 200
    at_work = state in {UploadState.CHECKING, UploadState.ADDING, UploadState.UNDOING}
    assert ("Look again" in answer.text) is at_work
    assert ("/undo" in answer.text) is (state is UploadState.ADDED)
    assert ("/add" in answer.text) is (state is UploadState.CHECKED)


@pytest.mark.parametrize("show", list(Show))
def test_lines_are_filtered_and_paged_in_the_order_of_the_files(operator: FlaskClient, show: Show):
    many = LINES + 5
    send(operator, ("cells.zip", voc(many)))
    upload = brought()
    with transaction():
        for file in db.session.scalars(select(UploadFile).where(UploadFile.upload_id == upload.id)):
            file.verdict, file.odd = (Verdict(show.value), True) if show.value in set(Verdict) else (file.verdict, True)
    seen: list[str] = []
    address: str | None = f"/gold/uploads/{brought().id}?show={show.value}"
    while address:
        page = operator.get(address).text
        seen += [part.split("<")[0] for part in page.split('class="line__name">')[1:]]
        after = page.partition("after=")[2].partition('"')[0] if 'rel="next"' in page else ""
        address = f"/gold/uploads/{brought().id}?show={show.value}&after={after}" if after else None
    names = db.session.scalars(select(UploadFile.name).order_by(UploadFile.position)).all()
    assert seen == list(names)


def test_a_line_shows_its_picture_to_operators_only(operator: FlaskClient, app: Flask):
    send(operator, ("cells.zip", voc(1)))
    address = f"/media/uploads/{brought().id}/1"
    answer = operator.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer.headers["Cache-Control"]
    for number in (99, 10**9):
        assert operator.get(f"/media/uploads/{brought().id}/{number}").status_code == 404
    assert app.test_client().get(address).status_code in {302, 401}
    assert people.sign_in(app.test_client(), people.newcomer()).get(address).status_code == 403


def test_the_pages_ask_the_same_few_questions_for_many_lines(operator: FlaskClient):
    send(operator, ("cells.zip", voc(1)))
    operator.get(f"/gold/uploads/{brought().id}")
    with queries_of() as few:
        operator.get(f"/gold/uploads/{brought().id}")
    send(operator, ("cells.zip", voc(40)))
    with queries_of() as many:
        operator.get(f"/gold/uploads/{brought().id}")
    assert len(many) <= len(few) <= 12


def test_a_strangers_gigabyte_is_not_even_read(app: Flask, client: FlaskClient):
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
        return somebody.post("/gold/cells/import", environ_overrides=body).status_code

    assert ask(client, 10**9) == 401
    people.sign_in(client, people.instructor())
    assert ask(client, 10**9) == 403
    people.sign_in(client, people.operator())
    assert ask(client, LARGEST_UPLOAD + 1) == 413


def test_an_operator_may_send_more_than_any_other_form(operator: FlaskClient):
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        made.writestr("noise.dat", b"\x01" * 21_000_000)
    assert send(operator, ("large.zip", many.getvalue())).status_code == 303
    assert operator.post("/me", data={"name": "x" * 21_000_000}).status_code == 413


def test_media_of_a_set_that_measures_stay_unseen_after_they_were_brought(operator: FlaskClient):
    with transaction():
        db.session.scalars(select(TaskSet)).one().purpose = "work"
    send(operator, ("a.png", shade(1)))
    act(operator, "add")
    media = db.session.scalars(select(Media)).one()
    people.sign_in(operator, people.newcomer())
    assert operator.get(f"/media/{media.token}").status_code == 404
