"""The page of the paper: complete without scripts, silent about keys and gold, few queries."""

import json
import re

import pytest
from sqlalchemy import select

from academy.db import db
from exams.sittings.models import Answer, PaperItem
from tests import people
from tests.exams.papers import RIGHT, WRONG, save, small_exam, start, statements


@pytest.fixture
def sitting(app, client):
    candidate = people.candidate(language="en")
    people.sign_in(client, candidate)
    return start(small_exam(), candidate)


def page(client, sitting):
    answer = client.get(people.path("exams.sittings.paper", public_id=sitting))
    assert answer.status_code == 200
    return answer.text


def form_of(text, position):
    """The hidden fields of the plain form of an item."""
    part = text[text.index(f'id="item-{position}"') :]
    return {name: re.search(rf'name="{name}" value="([^"]*)"', part)[1] for name in ("item", "rev", "key")}


def send(client, sitting, fields):
    """Send a plain form and go where it leads."""
    answer = client.post(people.path("exams.sittings.save", public_id=sitting), data=fields)
    return client.get(answer.location.partition("#")[0]) if answer.location else answer


def answers():
    db.session.rollback()
    return [(one.rev, one.answer) for one in db.session.scalars(select(Answer).order_by(Answer.paper_item_id))]


def test_every_item_stands_on_the_page_with_its_stored_answer(client, sitting):
    save(client, sitting, (1, 1, 0, WRONG[1]), (3, 2, 0, RIGHT[3]))
    text = page(client, sitting)
    assert [f'id="item-{number}"' in text for number in range(1, 6)] == [True, True, True, True, False]
    data = json.loads(re.search(r"<script[^>]*data-paper>(.*?)</script>", text, re.S)[1])
    assert [held["rev"] for held in data["items"]] == [1, 0, 1, 0]
    assert data["items"][0]["answer"] == WRONG[1]
    assert 0 < data["seconds_left"] <= 1800


def test_options_stand_in_the_order_of_the_paper(client, sitting):
    order = db.session.scalars(select(PaperItem.option_order).where(PaperItem.position == 1)).one()
    assert re.findall(r'name="q1"[^>]*value="(\w)"|value="(\w)"[^>]*name="q1"', page(client, sitting)) != []
    shown = re.findall(r"Option (\w)", page(client, sitting))
    assert shown == order


def test_the_page_makes_few_queries(client, sitting):
    with statements() as seen:
        page(client, sitting)
    assert len(seen) <= 12, "\n".join(seen)


def test_a_question_is_saved_by_its_own_form(client, sitting):
    fields = form_of(page(client, sitting), 1)
    shown = send(client, sitting, {**fields, "q1": "b"})
    assert "The answer to item 1 is saved." in shown.text
    assert answers() == [(1, {"choice": "b"})]
    send(client, sitting, {**fields, "q1": "b"})  # the same form twice
    assert answers() == [(1, {"choice": "b"})]


def test_a_choice_about_a_picture_needs_no_script_either(client, sitting):
    send(client, sitting, {**form_of(page(client, sitting), 4), "choice": "dog"})
    assert answers() == [(1, RIGHT[4])]


def test_an_old_form_does_not_overwrite_a_newer_answer(client, sitting):
    fields = form_of(page(client, sitting), 1)
    save(client, sitting, (1, 1, 0, RIGHT[1]))
    shown = send(client, sitting, {**fields, "q1": "a"})
    assert "in another window" in shown.text
    assert answers() == [(1, RIGHT[1])]


def test_an_empty_form_says_so(client, sitting):
    shown = send(client, sitting, form_of(page(client, sitting), 1))
    assert "has no answer yet" in shown.text
    assert answers() == []
    assert send(client, sitting, {"item": "77"}).status_code == 422


def test_the_picture_is_described_without_giving_the_answer_away(client, sitting):
    text = page(client, sitting)
    alts = re.findall(r'alt="([^"]*)"', text)
    assert alts
    assert not any("dog" in alt or "cat" in alt for alt in alts)
