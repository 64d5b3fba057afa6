"""The pages of practice: what they show, to whom, and how much they ask of the database."""

import json
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from academy.db import db
from courses.practice.models import Attempt, Trial
from tests import people
from tests.courses.practice.pictures import PERFECT, box, boxes, choice, key, practice
from tests.engines import both_engines

# The gold's boxes as they would stand in a page, in whatever spacing.
GOLD_BOXES = re.compile(r"20,\s*20,\s*40,\s*30|120,\s*40,\s*30,\s*30")


@contextmanager
def at_most(queries):
    asked = []
    listener = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    real = [statement for statement in asked if not statement.startswith(("BEGIN", "PRAGMA"))]
    assert len(real) <= queries, "\n".join(real)


def send(client, task, answer=PERFECT, number=1, slug="cars"):
    return client.post(
        people.path("courses.practice.submit", set_slug=slug, task_id=task.id),
        json={"document": answer},
        headers={"Idempotency-Key": key(number)},
    )


def config_of(response):
    found = re.search(r"data-workspace-config>(.*?)</script>", response.text, re.DOTALL)
    return json.loads(found.group(1))


@pytest.fixture
def learner(app, client):
    person = people.newcomer("en")
    people.sign_in(client, person)
    return person


def test_an_overview_says_where_to_begin_and_whose_pictures_these_are(client, learner):
    practice()
    page = client.get("/practice/cars")
    assert "2 pictures left to pass" in page.text
    assert "Somebody kind" in page.text
    assert "CC BY 4.0" in page.text
    assert ">Start<" in page.text


def test_the_overview_shows_the_first_score_and_goes_on_with_the_next_picture(client, learner):
    _, [first, second] = practice()
    send(client, first, boxes(box(1, "car", [20, 20, 40, 30])))
    send(client, first, PERFECT, 2)
    page = client.get("/practice/cars")
    assert "First try: 67 of 100" in page.text
    assert "1 picture left to pass" in page.text
    assert f'href="/practice/cars/{second.id}"' in page.text


def test_sets_of_exams_and_paid_work_do_not_exist_here(client, learner):
    _, [task, _other] = practice(slug="secret", purpose="exam")
    assert client.get("/practice/secret").status_code == 404
    assert client.get(f"/practice/secret/{task.id}").status_code == 404
    assert send(client, task, slug="secret").status_code == 404


def test_a_picture_of_another_set_is_not_in_this_one(client, learner):
    practice()
    _, [task, _other] = practice(slug="other")
    assert client.get(f"/practice/cars/{task.id}").status_code == 404


def test_gold_is_on_no_page_before_the_answer_was_handed_in(client, learner):
    _, [task, _other] = practice()
    for address in ("/practice/cars", f"/practice/cars/{task.id}", "/try"):
        page = client.get(address)
        assert not GOLD_BOXES.search(page.text), address
        assert '"gold":' not in page.text
    assert config_of(client.get(f"/practice/cars/{task.id}"))["report"] is None


def test_the_answer_to_handing_in_tells_only_where_to_go(client, learner):
    _, [task, _other] = practice()
    answer = send(client, task, boxes())
    assert set(answer.json) == {"location", "attempt"}
    assert client.get(answer.json["location"]).status_code == 200


def test_handing_in_twice_leads_to_the_same_result(client, learner):
    _, [task, _other] = practice()
    first, again = send(client, task), send(client, task, boxes())
    assert first.json == again.json


def test_an_answer_without_a_key_is_refused_in_words(client, learner):
    _, [task, _other] = practice()
    answer = client.post(f"/practice/cars/{task.id}", json={"document": PERFECT})
    assert answer.status_code == 422
    assert "without its key" in answer.json["detail"]


@pytest.mark.parametrize("body", [[], {}, {"document": 7}, {"document": {"kind": "box", "objects": [7]}}, "x"])
def test_nonsense_is_refused_and_nothing_is_kept(client, learner, body):
    _, [task, _other] = practice()
    answer = client.post(f"/practice/cars/{task.id}", json=body, headers={"Idempotency-Key": key()})
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_the_result_says_every_object_in_words_and_shows_the_gold(client, learner):
    _, [task, _other] = practice()
    answer = boxes(box(1, "car", [20, 20, 47, 30]))
    page = client.get(send(client, task, answer).json["location"])
    config = config_of(page)
    assert GOLD_BOXES.search(json.dumps(config["report"]["gold"]))
    assert [verdict["words"] for verdict in config["report"]["verdicts"]] == [
        "Dog: you have not drawn this one.",
        "Car: found. The right edge is 7 px too far right.",
    ]
    assert "1 object was missed." in page.text
    assert 'href="#rule-1.1"' in page.text
    assert "This was your first try" in page.text


def test_the_result_speaks_korean_to_a_korean_reader(app, client):
    _, [task, _other] = practice()
    people.sign_in(client, people.newcomer("ko"))
    page = client.get(send(client, task, boxes()).json["location"])
    assert "자동차" in page.text
    assert 'lang="ko"' in page.text


def test_nobody_sees_the_result_of_somebody_else(client, app):
    _, [task, _other] = practice()
    people.sign_in(client, people.newcomer())
    location = send(client, task).json["location"]
    people.sign_in(client, people.outsider())
    assert client.get(location).status_code == 404


def test_trying_again_begins_with_what_one_had_drawn(client, learner):
    _, [task, _other] = practice()
    mine = boxes(box(1, "car", [20, 20, 47, 30]))
    send(client, task, mine)
    config = config_of(client.get(f"/practice/cars/{task.id}"))
    assert config["document"]["objects"] == mine["objects"]
    assert config["report"] is None


def test_a_draft_belongs_to_one_person_and_one_try(client, learner):
    _, [task, _other] = practice()
    first = config_of(client.get(f"/practice/cars/{task.id}"))["draft_key"]
    send(client, task)
    second = config_of(client.get(f"/practice/cars/{task.id}"))["draft_key"]
    assert learner.public_id in first
    assert first != second


def test_a_choice_works_with_scripts_off(client, learner):
    _, [task, _other] = practice("classification", slug="kinds")
    page = client.get(f"/practice/kinds/{task.id}")
    assert 'type="radio" name="choice" value="dog"' in page.text
    hidden = re.search(r'name="key" value="(\w+)"', page.text).group(1)
    answer = client.post(f"/practice/kinds/{task.id}", data={"choice": "dog", "key": hidden})
    assert answer.status_code == 303
    result = client.get(answer.location)
    assert "You chose: Dog. Right is: Car." in result.text


def test_the_words_of_a_picture_do_not_tell_its_class(client, learner):
    _, [task, _other] = practice("classification", slug="kinds")
    assert config_of(client.get(f"/practice/kinds/{task.id}"))["image"]["alt"] == "The picture to label"


@both_engines
def test_pages_ask_the_database_little_however_many_pictures_there_are(client, learner):
    _, tasks = practice(pictures=40)
    results = [send(client, task, number=number).json["location"] for number, task in enumerate(tasks[:5], 1)]
    for address in ("/practice/cars", f"/practice/cars/{tasks[0].id}", results[0], "/practice/cars?after=24"):
        with at_most(12):
            assert client.get(address).status_code == 200


def test_a_long_set_is_paged_by_position(client, learner):
    practice(pictures=30)
    assert "Picture 24<" in client.get("/practice/cars").text
    assert "Picture 25<" not in client.get("/practice/cars").text
    assert "Picture 25<" in client.get("/practice/cars?after=24").text
    assert client.get("/practice/cars?after=nonsense").status_code == 200


# A guest


@both_engines
def test_a_guest_tries_one_picture_and_then_sees_the_gold(app, client):
    practice(public=True)
    with client.session_transaction() as session:
        session["language"] = "en"
    before = client.get("/try")
    assert not GOLD_BOXES.search(before.text)
    answer = client.post("/try", json={"document": boxes()}, headers={"Idempotency-Key": key()})
    assert answer.json == {"location": "/try"}
    with at_most(12):
        after = client.get("/try")
    assert "2 objects were missed." in after.text
    assert "Start for free and keep this try" in after.text
    assert config_of(after)["report"]["gold"]["objects"]


def test_another_guest_does_not_see_it(app, client):
    practice(public=True)
    client.post("/try", json={"document": boxes()}, headers={"Idempotency-Key": key()})
    assert config_of(app.test_client().get("/try"))["report"] is None


@both_engines
def test_a_guest_is_only_shown_pictures_for_everybody(app, client):
    practice(public=False)
    assert client.get("/try").status_code == 404


def test_a_guest_takes_the_try_along_when_signing_up(app, client):
    practice(public=True)
    client.post("/try", json={"document": PERFECT}, headers={"Idempotency-Key": key()})
    form = {"name": "Somebody New", "password": people.PASSWORD, "of_age": "y", "next": "/try"}
    signed_up = client.post("/sign-up", data=form)
    assert signed_up.location == "/try"
    assert "keep-trial" in client.get("/try").text
    assert client.post("/try/keep").location == "/practice/cars"
    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.score, attempt.number) == (1.0, 1)
    assert db.session.scalars(select(Trial.attempt_id)).one() == attempt.id


def test_a_guest_choice_is_checked_like_any_other(app, client):
    practice("classification", slug="kinds", public=True)
    answer = client.post("/try", json={"document": choice("ship")}, headers={"Idempotency-Key": key()})
    assert answer.status_code == 422
