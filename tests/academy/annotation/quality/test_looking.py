"""The quality of gold on pages: measured, sampled, looked at by somebody else, locked and released."""

import pytest
from sqlalchemy import select

from academy.annotation import locking, queries
from academy.annotation.editing.models import SecondLook
from academy.annotation.models import Gold, TaskSet
from academy.annotation.operations import revise_gold
from academy.annotation.quality import looking
from academy.annotation.rules import Look
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Refused
from tests import people
from tests.engines import both_engines

pytestmark = pytest.mark.starter
SLUG = "first-boxes"


def the_set():
    return db.session.scalars(select(TaskSet).where(TaskSet.slug == SLUG)).one()


def drawn():
    db.session.expire_all()
    return list(db.session.scalars(select(SecondLook).order_by(SecondLook.id)).unique())


@pytest.fixture
def operator(client):
    person = people.operator()
    people.sign_in(client, person)
    return person


@both_engines
def test_a_set_is_measured_in_the_background_and_shown_as_tables(client, operator):
    page = client.get(f"/gold/{SLUG}/quality")
    assert "아직 측정하지 않았어요." in page.text
    assert client.post(f"/gold/{SLUG}/quality").status_code == 303
    page = client.get(f"/gold/{SLUG}/quality")
    objects = sum(len(member.document["objects"]) for member in looking.members(the_set().id) if member.document)
    assert f">{objects}<" in page.text
    assert page.text.count("<caption>") >= 3


@both_engines
def test_newer_gold_is_told_apart_from_what_was_measured(client, operator):
    client.post(f"/gold/{SLUG}/quality")
    with transaction():
        task = queries.tasks_of(the_set().id)[0]
        revise_gold(task, {"kind": "box", "objects": []}, "editor", now(), by_id=operator.id)
    assert "그 뒤에 생긴 정답이 1판 있어요." in client.get(f"/gold/{SLUG}/quality").text


@both_engines
def test_a_sample_is_looked_at_and_judges_the_whole(client, operator):
    answer = client.post(f"/gold/{SLUG}/looks", data={"count": "3", "reason": "random", "label": ""})
    assert answer.status_code == 303
    asked = drawn()
    assert len(asked) == 3
    page = client.get(f"/gold/{SLUG}/looks")
    assert page.status_code == 200
    for look, verdict in zip(asked, ("right", "wrong", "unsure"), strict=True):
        said = {"verdict": verdict, "note": "" if verdict == "right" else "The left edge is wrong."}
        assert client.post(f"/gold/{SLUG}/looks/{look.id}", data=said).status_code == 303
    found = looking.standing(the_set().id)
    assert (found.drawn, found.looked, found.wrong, found.unsure) == (3, 3, 1, 1)
    assert 0 < found.low < 1 / 3 < found.high < 1
    page = client.get(f"/gold/{SLUG}/quality")
    assert page.text.count("The left edge is wrong.") == 2


def test_who_made_the_gold_does_not_look_at_it(client, operator):
    with transaction():
        for task in queries.tasks_of(the_set().id):
            revise_gold(task, {"kind": "box", "objects": []}, "editor", now(), by_id=operator.id)
    with transaction():
        assert looking.draw(the_set(), 2, "random", "", operator.id, now()) == 2
    assert looking.next_look(the_set().id, operator.id) is None
    assert looking.standing(the_set().id, operator.id).own == 2
    assert client.get(f"/gold/{SLUG}/looks").status_code == 302
    page = client.get(f"/gold/{SLUG}/quality")
    assert "다른 분이 확인해야 해요." in page.text
    look = drawn()[0]
    answer = client.post(f"/gold/{SLUG}/looks/{look.id}", data={"verdict": "right", "note": ""})
    assert answer.status_code == 422
    assert "다른 사람이 봐야 해요." in answer.text


def test_what_is_wrong_is_said_in_words_and_only_once(client, operator):
    with transaction():
        looking.draw(the_set(), 1, "random", "", operator.id, now())
    look = drawn()[0]
    address = f"/gold/{SLUG}/looks/{look.id}"
    assert client.post(address, data={"verdict": "wrong", "note": " "}).status_code == 422
    assert client.post(address, data={"verdict": "wrong", "note": "Two cars are missing."}).status_code == 303
    client.post(address, data={"verdict": "right", "note": ""})
    assert drawn()[0].verdict is Look.WRONG


def test_a_look_of_another_set_is_not_found_here(client, operator):
    with transaction():
        looking.draw(the_set(), 1, "random", "", operator.id, now())
        other = db.session.scalars(select(TaskSet).where(TaskSet.slug != SLUG)).first()
    answer = client.post(f"/gold/{other.slug}/looks/{drawn()[0].id}", data={"verdict": "right", "note": ""})
    assert answer.status_code == 404


def test_only_tasks_with_the_label_are_drawn_for_it(operator):
    task_set = the_set()
    golds = [member.document for member in looking.members(task_set.id) if member.document]
    label = golds[0]["objects"][0]["label"]
    with transaction():
        looking.draw(the_set(), 1000, "label", label, operator.id, now())
    for look in drawn():
        assert label in {item["label"] for item in db.session.get_one(Gold, look.gold_id).document["objects"]}
    with pytest.raises(Refused), transaction():
        looking.draw(the_set(), 5, "label", "no such label", operator.id, now())


def test_what_waits_for_a_look_is_not_drawn_twice(operator):
    with transaction():
        first = looking.draw(the_set(), 1000, "random", "", operator.id, now())
    with pytest.raises(Refused), transaction():
        looking.draw(the_set(), 1000, "random", "", operator.id, now())
    assert len(drawn()) == first


@both_engines
def test_a_set_is_locked_released_and_held_back(client, operator):
    steps = [("lock", True, True), ("unlock", False, True), ("hold-back", False, False), ("release", False, True)]
    for state, locked, released in steps:
        assert client.post(f"/gold/{SLUG}/state", data={"state": state}).status_code == 303
        db.session.expire_all()
        assert ((the_set().locked_at is not None), (the_set().released_at is not None)) == (locked, released)
    assert client.post(f"/gold/{SLUG}/state", data={"state": "?"}).status_code == 422


def test_a_locked_set_refuses_change_with_a_sentence(operator):
    with transaction():
        locking.lock(the_set(), operator.id, now())
    with pytest.raises(locking.Locked, match="잠겨"):
        locking.refuse_locked(the_set())
