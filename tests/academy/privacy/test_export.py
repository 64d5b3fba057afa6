"""The copy of one's own data holds every row about a person, and nobody else."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import delete, func, select, update

from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.jobs import request_job
from academy.privacy import jobs, operations
from academy.privacy.exporting import drawn
from academy.privacy.finding import mine, table_of
from academy.privacy.models import DataExport
from academy.privacy.rules import INVENTORY
from tests import people
from tests.engines import both_engines


def exported(learner) -> ZipFile:
    with transaction():
        export = operations.ask_for_export(learner, now())
    path = settings().media_dir / "exports" / f"{export.public_id}.zip"
    return ZipFile(BytesIO(path.read_bytes()))


@pytest.mark.played
@both_engines
def test_it_holds_every_row_about_a_person(app, world):
    learner = people.known("김영희")
    zipped = exported(learner)
    full = 0
    for kept in INVENTORY:
        told = json.loads(zipped.read(f"{kept.group.value}/{kept.table}.json"))
        rows = db.session.scalar(select(func.count()).select_from(table_of(kept.table)).where(mine(kept, learner.id)))
        # The job and the copy itself come to an end only after the rows were read.
        assert len(told["yours"]) == rows or kept.table in {"letter", "job"}, kept.table
        full += bool(rows)
    assert full > 20


@pytest.mark.played
@both_engines
def test_nobody_else_is_in_it_and_no_secret(app, world):
    text = ""
    with exported(people.known("김영희")) as zipped:
        for name in zipped.namelist():
            text += zipped.read(name).decode()
    assert "김영희" in text
    for other in ("이철수", "정검수", "행복센터 강사", "관리자", "argon2"):
        assert other not in text, other
    assert '"learner_id": "you"' in text
    assert "somebody else" in text  # the reviewer, without a name
    tokens = db.session.execute(select(DataExport.public_id)).scalars()
    assert not any(token in text for token in tokens)


@pytest.mark.played
def test_whoever_acted_for_others_finds_when_but_not_what_about_whom(app, world):
    with exported(people.known("정검수")) as zipped:
        told = json.loads(zipped.read("work/review_decision.json"))
    assert told["yours"] == []
    assert {row["reviewer_id"] for row in told["you_acted_on"]} == {"you"}
    assert not any("note" in row or "unit_id" in row for row in told["you_acted_on"])


@pytest.mark.played
def test_it_says_in_both_languages_what_is_in_it_and_draws_the_drawings(app, world):
    with exported(people.known("김영희")) as zipped:
        names = zipped.namelist()
        assert "Other people are not named in it" in zipped.read("README.en.txt").decode()
        assert "README.ko.txt" in names
        pictures = [name for name in names if name.startswith("drawings/")]
        assert any("practice-" in name for name in pictures)
        assert any("work-" in name for name in pictures)
        assert all(zipped.read(name).startswith(b"<svg") for name in pictures)


def test_a_label_can_not_break_out_of_a_drawing():
    thing = {"label": "</text><script>alert(1)</script>", "box": [1, 2, 3, 4]}
    picture = drawn({"kind": "box", "image": {"width": 9, "height": 9}, "objects": [thing]})
    assert "<script" not in picture
    assert drawn({"kind": "classification", "choice": "cat"}) is None


@pytest.mark.played
def test_only_its_owner_fetches_it_and_only_after_showing_who_they_are(app, world):
    address = people.path("academy.privacy.fetch", public_id=world.export)
    learner = people.known("김영희")
    fetched = people.sign_in(app.test_client(), learner).get(address)
    assert fetched.mimetype == "application/zip"
    assert fetched.headers["Cache-Control"] == "no-store"
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert people.sign_in(app.test_client(), people.known("이철수")).get(address).status_code == 404
    assert people.sign_in(app.test_client(), people.known("관리자")).get(address).status_code == 404
    late = people.sign_in(app.test_client(), learner, confirmed=False).get(address)
    assert late.location.startswith("/confirm")
    assert app.test_client().get(address).location.startswith("/sign-in")


def test_asking_again_at_once_gives_the_same_copy(app):
    client = people.sign_in(app.test_client(), people.newcomer())
    first, second = (client.post("/me/data/exports").location for _ in range(2))
    assert first == second
    assert client.get(first).status_code == 200


@both_engines
def test_the_file_is_gone_after_seven_days(app):
    client = people.sign_in(app.test_client(), people.newcomer())
    page = client.post("/me/data/exports").location
    assert client.get(f"{page}/file").status_code == 200
    with transaction():
        db.session.execute(update(DataExport).values(asked_at=now() - timedelta(days=7, minutes=1)))
    with transaction():
        request_job(jobs.NIGHTLY, {}, key="test")
    assert client.get(f"{page}/file").status_code == 404
    assert list((settings().media_dir / "exports").glob("*.zip")) == []


def test_a_file_that_was_lost_is_said_to_be_gone(app):
    client = people.sign_in(app.test_client(), people.newcomer())
    page = client.post("/me/data/exports").location
    for path in (settings().media_dir / "exports").glob("*.zip"):
        path.unlink()
    assert client.get(f"{page}/file").status_code == 404


def test_a_copy_for_somebody_who_was_erased_meanwhile_is_not_kept(app):
    learner = people.newcomer()
    with transaction():
        export_id = operations.ask_for_export(learner, now()).id
    with transaction():
        db.session.execute(delete(DataExport))
    with transaction():
        request_job(operations.EXPORT, {"export_id": export_id}, key="late")
    assert db.session.scalars(select(DataExport)).all() == []
