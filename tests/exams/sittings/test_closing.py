"""Starts and ends: by the candidate, by the server, and when one may come again."""

from datetime import timedelta
from random import Random

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from academy.clock import now
from academy.db import db, transaction
from academy.jobs import do_minute_work
from academy.questions.operations import ensure_question
from exams.bank.operations import Asked, ensure_exam
from exams.results.models import Result
from exams.sittings import operations, queries
from exams.sittings.models import PaperItem, Sitting
from exams.sittings.rules import GRACE, ClosedReason
from tests import people
from tests.engines import both_engines
from tests.exams.papers import RIGHT, hand_in, save, small_exam, start, statements


@pytest.fixture
def candidate(app):
    return people.candidate(language="en")


@pytest.fixture
def exam(app):
    return small_exam()


def sittings():
    db.session.rollback()
    return db.session.scalars(select(Sitting).order_by(Sitting.id).execution_options(populate_existing=True)).all()


@both_engines
def test_the_paper_pins_its_versions_and_the_deadline_is_an_instant(exam, candidate):
    start(exam, candidate)
    [sitting] = sittings()
    assert sitting.deadline_at - sitting.started_at == timedelta(minutes=30)
    items = db.session.scalars(select(PaperItem).order_by(PaperItem.position)).all()
    assert [item.position for item in items] == [1, 2, 3, 4]
    assert [bool(item.gold_id) for item in items] == [False, False, True, True]
    assert sorted(items[0].option_order) == ["a", "b", "c", "d"]


def test_what_is_to_be_put_in_order_is_not_shown_in_the_order_of_its_author(app, candidate):
    class Backwards(Random):
        def shuffle(self, options):
            options.reverse()

    texts = {"ko": "하나", "en": "One"}
    steps = [{"id": name, **texts} for name in "abc"]
    key = {"order": ["a", "b", "c"]}
    with transaction():
        version = ensure_question(
            {"slug": "steps", "kind": "ordering", "prompt": texts, "explanation": texts, "options": steps, "key": key}
        )
        exam = ensure_exam(
            "steps", title=texts, summary=texts, duration_minutes=5, pass_mark=60, achievement_slug="x", mock=True,
            asked=[Asked(version, "steps", texts, 100)], now=now(),
        )  # fmt: skip
        operations.start(exam, candidate.id, now(), Backwards())
    assert db.session.scalars(select(PaperItem)).one().option_order == ["c", "b", "a"]


@both_engines
def test_a_second_start_goes_on_with_the_same_paper(client, exam, candidate):
    people.sign_in(client, candidate)
    addresses = {client.post(people.path("exams.sittings.start", slug="small")).location for _ in range(2)}
    assert len(addresses) == 1
    assert len(sittings()) == 1


@both_engines
def test_the_database_refuses_a_second_running_sitting(exam, candidate):
    start(exam, candidate)
    at = now()
    second = Sitting(
        public_id="second", exam_id=exam.id, candidate_id=candidate.id, started_at=at, deadline_at=at + GRACE
    )
    with pytest.raises(IntegrityError), transaction():
        db.session.add(second)


@both_engines
def test_handing_in_ends_it_once(client, exam, candidate):
    people.sign_in(client, candidate)
    public_id = start(exam, candidate)
    save(client, public_id, (1, 1, 0, RIGHT[1]))
    assert hand_in(client, public_id).location.endswith(f"/sittings/{public_id}/result")
    [first] = sittings()
    assert first.closed_reason is ClosedReason.HANDED_IN
    assert first.handed_in_at == first.closed_at
    ended = first.closed_at
    assert hand_in(client, public_id).status_code == 303
    assert sittings()[0].closed_at == ended
    assert len(db.session.scalars(select(Result)).all()) == 1
    assert save(client, public_id, (1, 2, 1, RIGHT[1])).status_code == 410


@both_engines
def test_the_server_closes_and_marks_what_nobody_hands_in(exam, candidate):
    start(exam, candidate)
    with time_machine.travel(now() + timedelta(minutes=30, seconds=10), tick=False):
        do_minute_work()
        assert sittings()[0].closed_at is None
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        do_minute_work()
    [sitting] = sittings()
    assert sitting.closed_reason is ClosedReason.TIME_OVER
    assert sitting.closed_at == sitting.deadline_at + GRACE
    assert sitting.handed_in_at is None
    assert db.session.scalars(select(Result)).one().score == 0


@both_engines
def test_what_was_received_in_time_counts_even_if_it_waited_for_its_turn(exam, candidate):
    public_id = start(exam, candidate)
    [sitting] = sittings()
    with time_machine.travel(sitting.deadline_at + GRACE + timedelta(seconds=20), tick=False):
        do_minute_work()
        with transaction():
            held = queries.sitting_to_change(candidate, public_id)
            sent = [operations.Incoming(1, 1, 0, RIGHT[1])]
            told = operations.save(held, "a-window-of-mine", sent, sitting.deadline_at + GRACE)
    assert told == [{"item": 1, "rev": 1}]


def test_handing_in_after_the_end_is_the_time_being_over(client, exam, candidate):
    public_id = start(exam, candidate)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        people.sign_in(client, candidate)
        hand_in(client, public_id)
    assert sittings()[0].closed_reason is ClosedReason.TIME_OVER


def test_looking_changes_nothing(client, exam, candidate):
    people.sign_in(client, candidate)
    public_id = start(exam, candidate)
    pages = [
        people.path("exams.sittings.paper", public_id=public_id),
        people.path("exams.results.show", public_id=public_id),
        people.path("exams.results.index"),
        people.path("exams.bank.show", slug="small"),
        people.path("exams.bank.index"),
    ]
    for later in (timedelta(), timedelta(minutes=31)):
        with time_machine.travel(now() + later, tick=False), statements() as seen:
            for page in pages:
                assert client.get(page).status_code in {200, 302}
        assert [statement for statement in seen if not statement.lstrip().startswith("SELECT")] == []
    assert sittings()[0].closed_at is None


def test_after_the_end_the_paper_leads_to_the_result(client, exam, candidate):
    people.sign_in(client, candidate)
    public_id = start(exam, candidate)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        gone = client.get(people.path("exams.sittings.paper", public_id=public_id))
        assert gone.location.endswith("/result")
        assert "The time is over" in client.get(gone.location).text


def test_whoever_did_not_pass_waits_a_day_and_is_told_until_when(client, exam, candidate):
    people.sign_in(client, candidate)
    hand_in(client, start(exam, candidate))
    again = client.post(people.path("exams.sittings.start", slug="small"))
    assert again.status_code == 403
    assert "You can sit this exam again from" in again.text
    assert "You can sit this exam again from" in client.get(people.path("exams.bank.show", slug="small")).text
    with time_machine.travel(now() + timedelta(hours=24, seconds=1), tick=False):
        people.sign_in(client, candidate)
        assert client.post(people.path("exams.sittings.start", slug="small")).status_code == 303
    assert len(sittings()) == 2


def test_whoever_holds_the_badge_does_not_sit_again(client, exam, candidate):
    people.sign_in(client, candidate)
    public_id = start(exam, candidate)
    save(client, public_id, *((item, item, 0, answer) for item, answer in RIGHT.items()))
    hand_in(client, public_id)
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        people.sign_in(client, candidate)
        again = client.post(people.path("exams.sittings.start", slug="small"))
    assert again.status_code == 403
    assert "hold its badge" in again.text


def test_a_paper_whose_time_ran_out_unseen_does_not_block_for_ever(client, exam, candidate):
    start(exam, candidate)
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        people.sign_in(client, candidate)
        assert client.post(people.path("exams.sittings.start", slug="small")).status_code == 303
    first, second = sittings()
    assert first.closed_reason is ClosedReason.TIME_OVER
    assert second.closed_at is None
