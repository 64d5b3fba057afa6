"""What the pages of exams say, to whom, and what they never say."""

import re

import pytest
from sqlalchemy import select

from academy.annotation.models import Gold
from academy.clock import now
from academy.db import db, transaction
from exams.bank.models import ExamItem
from exams.sittings import operations
from exams.sittings.models import Sitting
from tests import people
from tests.exams.papers import (
    EXPLANATION,
    RIGHT,
    SECRET_BOX,
    SECRET_NUMBER,
    SECRET_RULE,
    WRONG,
    hand_in,
    save,
    small_exam,
    start,
    statements,
)


@pytest.fixture
def candidate(app, client):
    person = people.candidate(language="en")
    people.sign_in(client, person)
    return person


def said(response):
    """Everything a response tells: its body and its headers."""
    return response.text + str(response.headers)


def test_no_key_and_no_gold_is_in_any_response(app, client, candidate):
    small_exam()
    stranger, other = app.test_client(), people.sign_in(app.test_client(), people.newcomer("en"))
    told = []
    for person in (stranger, other, client):
        told += [person.get(people.path("exams.bank.index")), person.get(people.path("exams.bank.show", slug="small"))]
    client.post(people.path("exams.sittings.start", slug="small"))
    public_id = db.session.scalars(select(Sitting.public_id)).one()
    paper = people.path("exams.sittings.paper", public_id=public_id)
    told += [client.get(paper), other.get(paper)]
    told += [save(client, public_id, (item, item, 0, answer)) for item, answer in WRONG.items()]
    told += [save(client, public_id, (item, 10 + item, 0, answer), by="window-2") for item, answer in WRONG.items()]
    told.append(client.get(paper))
    for response in told:
        assert EXPLANATION not in said(response)
    told += [hand_in(client, public_id), client.get(people.path("exams.results.show", public_id=public_id))]
    told += [client.get(people.path("exams.results.index")), client.get(people.path("academy.records.mine"))]
    told += [save(client, public_id, (1, 30, 1, WRONG[1]))]
    for response in told:
        for secret in (str(SECRET_NUMBER), f"{SECRET_NUMBER:,}", SECRET_RULE, "accepted"):
            assert secret not in said(response), response.request.path
        assert not re.search(r"\D+".join(map(str, SECRET_BOX)), said(response)), response.request.path


def test_the_result_says_how_each_domain_went_and_explains_questions_of_a_mock(client, candidate):
    public_id = start(small_exam(), candidate)
    save(client, public_id, *((item, item, 0, answer) for item, answer in (RIGHT | {2: WRONG[2]}).items()))
    hand_in(client, public_id)
    page = client.get(people.path("exams.results.show", public_id=public_id)).text
    assert "80 <span" in page
    assert "Passed" in page
    assert "Practise more" in page  # the questions: 20 of 40
    assert EXPLANATION in page
    assert "See my badge" in page


def test_not_passing_says_what_to_do_next(client, candidate):
    public_id = start(small_exam(), candidate)
    hand_in(client, public_id)
    page = client.get(people.path("exams.results.show", public_id=public_id)).text
    assert "Not passed this time" in page
    assert "24 hours" in page


def test_a_stranger_reads_what_an_exam_asks_and_is_shown_the_way_in(app, client):
    small_exam()
    page = client.get(people.path("exams.bank.show", slug="small"), headers={"Accept-Language": "en"}).text
    for fact in (
        "2 questions (40 points)",
        "2 practical tasks (60 points)",
        "30 minutes",
        "60 of 100",
        "Sign in to start",
    ):
        assert fact in page
    assert "drawing boxes, classification" in page
    assert "mock exam" in page
    assert client.get(people.path("exams.bank.show", slug="none")).status_code == 404


def test_a_running_exam_is_offered_to_go_on_with(client, candidate):
    start(small_exam(), candidate)
    assert "Go on with the exam" in client.get(people.path("exams.bank.show", slug="small")).text
    assert "Runs until" in client.get(people.path("exams.results.index")).text


def many_sittings(candidate, count):
    exam = small_exam()
    for _ in range(count):
        with transaction():
            sitting = operations.start(exam, candidate.id, now())
            operations.hand_in(sitting, now())
            sitting.closed_at = sitting.handed_in_at = sitting.started_at.replace(year=2020)


@pytest.mark.parametrize("count", [1, 25])
def test_pages_make_few_queries_however_many_rows(client, candidate, count):
    many_sittings(candidate, count)
    last = db.session.scalars(select(Sitting.public_id).order_by(Sitting.id.desc())).first()
    for page in (
        people.path("exams.bank.index"),
        people.path("exams.bank.show", slug="small"),
        people.path("exams.results.index"),
        people.path("exams.results.show", public_id=last),
    ):
        with statements() as seen:
            assert client.get(page).status_code == 200
        assert len(seen) <= 12, "\n".join(seen)


def test_the_list_goes_on_after_twenty(client, candidate):
    many_sittings(candidate, 21)
    page = client.get(people.path("exams.results.index")).text
    assert page.count('class="link-row"') == 20
    assert "Show more" in page


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_speaks_both_languages(app, client, language):
    person = people.person("둘", language=language)
    people.sign_in(client, person)
    public_id = start(small_exam(), person)
    paper = client.get(people.path("exams.sittings.paper", public_id=public_id)).text
    assert f'<html lang="{language}"' in paper


def test_gold_is_pinned_by_the_paper(client, candidate):
    """A gold that is corrected after the start does not change what this paper is marked with."""
    exam = small_exam()
    public_id = start(exam, candidate)
    with transaction():
        pinned = db.session.scalars(select(ExamItem.gold_id).where(ExamItem.position == 4)).one()
        gold = db.session.get_one(Gold, pinned)
        db.session.add(
            Gold(
                task_id=gold.task_id, version=2, document=gold.document | {"choice": "cat"}, source="", created_at=now()
            )
        )
    save(client, public_id, (4, 1, 0, RIGHT[4]))
    hand_in(client, public_id)
    assert "20 / 20" in client.get(people.path("exams.results.show", public_id=public_id)).text
