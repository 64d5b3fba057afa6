"""A picture is served as nothing but a picture, to nobody but those who have a reason to see it."""

import hashlib

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.annotation.models import Gold, Media, Task
from academy.annotation.rules import Purpose
from academy.db import db, transaction
from academy.projects.models import Project, Review, Unit
from academy.storage import storage
from exams.sittings.models import PaperItem, Sitting
from tests import people
from tests.academy.annotation.samples import box_set, one_task, picture
from tests.courses.practice.pictures import practice
from tests.engines import both_engines
from tests.people import sign_in
from tests.tour import World


def address(media: Media) -> str:
    return f"/media/{media.token}"


def measuring(purpose: str) -> Media:
    return practice(purpose=purpose, slug=f"set-{purpose}")[1][0].media


@both_engines
@pytest.mark.parametrize("purpose", ["exam", "work"])
def test_what_measures_people_is_not_shown_for_the_asking(client: FlaskClient, purpose: str):
    media = measuring(purpose)
    assert client.get(address(media)).status_code == 404
    for somebody in (people.newcomer(), people.instructor(), people.reviewer(), people.administrator()):
        sign_in(client, somebody)
        assert client.get(address(media)).status_code == 404, somebody.name
    sign_in(client, people.operator())
    assert client.get(address(media)).status_code == 200


def test_a_picture_that_is_in_a_practice_set_too_is_for_everybody_who_signed_in(client: FlaskClient):
    media = measuring("exam")
    assert practice(slug="open-set")[1][0].media_id == media.id
    sign_in(client, people.newcomer())
    assert client.get(address(media)).status_code == 200


def closed_to_all(task_id: int, purpose: Purpose) -> Media:
    """Make a picture of the played database one that only measures people."""
    with transaction():
        media = db.session.get_one(Task, task_id).media
        media.public = False
        for task in db.session.scalars(select(Task).where(Task.media_id == media.id)).unique():
            task.task_set.purpose = purpose
    return media


@both_engines
@pytest.mark.played
def test_who_sits_at_an_exam_sees_its_pictures_until_the_paper_is_closed(client: FlaskClient, world: World):
    on_paper = (
        select(Gold.task_id)
        .join(PaperItem, PaperItem.gold_id == Gold.id)
        .join(Sitting, Sitting.id == PaperItem.sitting_id)
        .where(Sitting.public_id == world.running_sitting)
    )
    media = closed_to_all(db.session.scalars(on_paper).first() or 0, Purpose.EXAM)
    for name, seen in (("이철수", 200), ("Outsider", 404), ("김영희", 404), ("박선생", 404)):
        sign_in(client, people.known(name))
        assert client.get(address(media)).status_code == seen, name
    sign_in(client, people.known("이철수"))
    assert client.get(address(media)).headers["Cache-Control"] == "private, max-age=7200, immutable"
    client.post(people.path("exams.sittings.hand_in", public_id=world.running_sitting))
    assert client.get(address(media)).status_code == 404


@both_engines
@pytest.mark.played
def test_work_shows_its_pictures_to_labeler_reviewer_and_client_and_to_no_other(client: FlaskClient, world: World):
    leased = db.session.get_one(Unit, world.leased_unit)
    media = closed_to_all(leased.task_id, Purpose.WORK)
    with transaction():
        db.session.get_one(Project, leased.project_id).client_id = people.known("Client Co").id
    for name, seen in (("김영희", 200), ("Client Co", 200), ("운영자", 200), ("Outsider", 404), ("정검수", 404)):
        sign_in(client, people.known(name))
        assert client.get(address(media)).status_code == seen, name
    review = db.session.get_one(Review, world.open_review)
    waiting = closed_to_all(review.submission.unit.task_id, Purpose.WORK)
    sign_in(client, people.known("정검수"))
    assert client.get(address(waiting)).status_code == 200


@pytest.fixture
def public(app) -> Media:
    with transaction():
        return one_task(box_set(), public=True).media


def test_a_part_of_a_picture_can_be_asked_for(client: FlaskClient, public: Media):
    whole = client.get(address(public))
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert int(whole.headers["Content-Length"]) == len(whole.data)
    part = client.get(address(public), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    last = client.get(address(public), headers={"Range": "bytes=-5"})
    assert last.data == whole.data[-5:]
    beyond = client.get(address(public), headers={"Range": f"bytes={len(whole.data)}-"})
    assert beyond.status_code == 416


def test_a_browser_that_holds_a_picture_is_not_sent_it_again_but_still_asked_who_it_is(client: FlaskClient):
    media = measuring("practice")
    sign_in(client, people.newcomer())
    first = client.get(address(media))
    held = {"If-None-Match": first.headers["ETag"]}
    again = client.get(address(media), headers=held)
    assert (again.status_code, again.data) == (304, b"")
    client.post("/sign-out")
    assert client.get(address(media), headers=held).status_code == 404


def test_the_mark_of_a_picture_says_nothing_of_its_bytes_or_its_gold(client: FlaskClient, public: Media):
    first = client.get(address(public))
    same = practice(slug="same")[1][0].media
    assert first.headers["ETag"] == f'"{hashlib.sha256(public.token.encode()).hexdigest()[:24]}"'
    assert public.content_hash[:12] not in first.headers["ETag"]
    sign_in(client, people.newcomer())
    assert client.get(address(same)).headers["ETag"] != first.headers["ETag"]


def test_a_kept_file_that_holds_a_page_is_still_served_as_a_picture(client: FlaskClient, public: Media):
    """Should anything ever come past the door: the browser is told what it is and may not look for itself."""
    storage().put(public.storage_key, b"<script>alert(1)</script>" + picture())
    answer = client.get(address(public))
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_empty_file_is_an_empty_answer_and_no_error(client: FlaskClient, public: Media):
    storage().put(public.storage_key, b"")
    assert client.get(address(public), headers={"Range": "bytes=0-9"}).status_code in {200, 416}
