"""From a closed sitting to a result, a record and a badge."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from academy.clock import now
from academy.credentials.models import Award
from academy.credentials.queries import held_levels
from academy.db import db, transaction
from academy.jobs import do_minute_work
from academy.records.models import Record
from exams.results import operations, queries
from exams.results.jobs import NONE_LEFT
from exams.results.models import Result
from exams.sittings.models import Answer, Sitting
from tests import people
from tests.engines import both_engines
from tests.exams.papers import BADGE, RIGHT, SIZE, WRONG, hand_in, save, small_exam, start


@pytest.fixture
def candidate(app, client):
    person = people.candidate(language="en")
    people.sign_in(client, person)
    return person


def sit(client, candidate, answers):
    """A whole sitting with these answers; its result."""
    public_id = start(small_exam(), candidate)
    save(client, public_id, *((item, item, 0, answer) for item, answer in answers.items()))
    hand_in(client, public_id)
    db.session.rollback()
    return db.session.scalars(select(Result)).one()


def kinds():
    return [
        kind
        for kind in db.session.scalars(select(Record.kind).order_by(Record.id))
        if kind.startswith(("exam", "badge"))
    ]


@both_engines
def test_everything_right_is_a_hundred_and_a_badge(client, candidate):
    result = sit(client, candidate, RIGHT)
    assert (result.score, result.passed, result.version, result.pass_mark) == (100, True, 1, 60)
    award = db.session.scalars(select(Award)).one()
    assert award.cause == f"sitting:{result.sitting_id}"
    assert award.user_id == candidate.id
    assert award.results[0]["value"] == "100"
    assert held_levels(candidate.id, now()) == {BADGE: 2}
    assert kinds() == ["exam passed", "badge issued"]


@both_engines
def test_nothing_answered_is_nothing_and_no_badge(client, candidate):
    result = sit(client, candidate, {})
    assert (result.score, result.passed) == (0, False)
    assert db.session.scalars(select(Award)).all() == []
    assert kinds() == ["exam not passed"]


def test_a_paper_marked_by_hand(client, candidate):
    """Item 1 right: 20. Item 2 wrong: 0. Item 4 right: 20. Item 3: gold [137, 91, 211, 173] against a box moved 20 px
    to the right: overlap 191 x 173 = 33043, union 2 x 211 x 173 - 33043 = 39963, IoU .8268, at or above .7, so it
    matches and PQ is .8268: category 3 of 4, 30 of 40 points. Together 70."""
    moved = {"kind": "box", "image": SIZE, "objects": [{"id": "1", "label": "cat", "box": [157, 91, 211, 173]}]}
    result = sit(client, candidate, {1: RIGHT[1], 2: WRONG[2], 3: moved, 4: RIGHT[4]})
    assert [(mark["points"], mark["category"]) for mark in result.marks] == [(20, None), (0, None), (30, 3), (20, 4)]
    assert (result.score, result.passed) == (70, True)


def test_practical_items_are_graded_at_exam_level(client, candidate):
    """The box moved 40 px: overlap 171 x 173 = 29583, union 43423, IoU .681: enough in practice (.5), not here (.7)."""
    moved = {"kind": "box", "image": SIZE, "objects": [{"id": "1", "label": "cat", "box": [177, 91, 211, 173]}]}
    result = sit(client, candidate, {3: moved})
    assert result.marks[2] == {"position": 3, "domain": "box", "points": 0, "of": 40, "category": 0}


def test_an_answer_that_can_not_be_graded_earns_nothing_and_stops_nobody(client, candidate):
    public_id = start(small_exam(), candidate)
    save(client, public_id, (3, 1, 0, RIGHT[3]), (1, 2, 0, RIGHT[1]))
    with transaction():
        db.session.execute(update(Answer).where(Answer.paper_item_id == 3).values(answer={"kind": "box", "objects": 7}))
    hand_in(client, public_id)
    assert db.session.scalars(select(Result)).one().score == 20


@both_engines
def test_results_are_never_edited(client, candidate):
    sit(client, candidate, RIGHT)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(update(Result).values(score=10))


@both_engines
def test_a_result_that_contradicts_itself_is_refused_by_the_database(client, candidate):
    result = sit(client, candidate, {})
    with pytest.raises(IntegrityError), transaction():
        db.session.add(
            Result(
                sitting_id=result.sitting_id, version=2, score=59.9, pass_mark=60, passed=True, marks=[], domains=[],
                reason="wished", marked_at=now(),
            )
        )  # fmt: skip


def test_marking_twice_finds_the_first_result(client, candidate):
    result = sit(client, candidate, RIGHT)
    with transaction():
        sitting = db.session.get_one(Sitting, result.sitting_id)
        assert operations.mark_sitting(sitting, now()).id == result.id
    assert len(db.session.scalars(select(Award)).all()) == 1


def test_a_running_sitting_is_not_marked(client, candidate):
    start(small_exam(), candidate)
    with pytest.raises(operations.StillRunning), transaction():
        operations.mark_sitting(db.session.scalars(select(Sitting)).one(), now())


def test_a_correction_is_a_new_version_that_may_give_a_pass(client, candidate):
    before = sit(client, candidate, {1: RIGHT[1]})
    with transaction():
        sitting = db.session.get_one(Sitting, before.sitting_id)
        db.session.add(Answer(paper_item_id=3, rev=1, answer=RIGHT[3], saved_at=now()))  # a late answer, decided by two
        db.session.flush()
        after = operations.mark_again(sitting, "A late answer was accepted.", now())
    assert (before.version, before.score) == (1, 20)
    assert (after.version, after.score, after.passed) == (2, 60, True)
    assert queries.result_of(before.sitting_id).id == after.id
    assert kinds() == ["exam not passed", "exam passed", "badge issued"]


def test_a_pass_is_not_taken_away_by_marking_again(client, candidate):
    before = sit(client, candidate, RIGHT)
    with transaction():
        db.session.execute(update(Answer).values(answer={}))
    with pytest.raises(operations.PassStands), transaction():
        operations.mark_again(db.session.get_one(Sitting, before.sitting_id), "A mis-key.", now())
    assert queries.result_of(before.sitting_id).version == 1


def test_a_lost_marking_is_made_up_each_minute(client, candidate, monkeypatch):
    monkeypatch.setattr("academy.jobs.start", lambda job_id: None)  # the worker is away
    public_id = start(small_exam(), candidate)
    hand_in(client, public_id)
    assert "being marked" in client.get(people.path("exams.results.show", public_id=public_id)).text
    do_minute_work()
    assert "of 100 points" in client.get(people.path("exams.results.show", public_id=public_id)).text


@pytest.fixture
def new_process(app):
    """The tests of one run share a process; what it has found out is forgotten."""
    app.extensions.pop(NONE_LEFT, None)


@pytest.mark.usefixtures("new_process")
def test_a_pass_without_an_address_to_issue_from_stands_and_is_badged_later(client, candidate, monkeypatch):
    with monkeypatch.context() as without:
        without.setattr("exams.results.operations.may_issue", lambda url: False)
        assert sit(client, candidate, RIGHT).passed
    assert db.session.scalars(select(Award)).all() == []
    do_minute_work()
    assert len(db.session.scalars(select(Award)).all()) == 1


@pytest.mark.usefixtures("new_process")
def test_all_passes_are_looked_through_only_as_long_as_a_badge_is_missing(monkeypatch):
    looks = []
    monkeypatch.setattr(queries, "passed_without_badge", lambda limit: looks.append(limit) or [])
    for _ in range(3):
        do_minute_work()
    assert len(looks) == 1
