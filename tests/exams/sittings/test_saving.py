"""Every answer by itself, durable, once; told the truth about what became of it."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from academy.clock import now
from academy.db import db, transaction
from exams.sittings.models import Answer, AnswerEvent, Sitting
from exams.sittings.rules import Outcome
from tests import people
from tests.engines import both_engines
from tests.exams.papers import RIGHT, WRONG, save, small_exam, start


@pytest.fixture
def sitting(app, client):
    """A running sitting of the candidate, who is signed in."""
    candidate = people.candidate()
    people.sign_in(client, candidate)
    return start(small_exam(), candidate)


def stored(position):
    """Revision and answer that we hold for an item."""
    db.session.rollback()
    row = db.session.scalars(
        select(Answer).where(Answer.paper_item_id == position).execution_options(populate_existing=True)
    ).one_or_none()
    return (row.rev, row.answer) if row else None


def outcomes():
    db.session.rollback()
    return list(db.session.scalars(select(AnswerEvent.outcome).order_by(AnswerEvent.id)))


@both_engines
def test_an_answer_is_kept_and_acknowledged_with_its_revision(client, sitting):
    told = save(client, sitting, (1, 1, 0, WRONG[1]), (4, 2, 0, RIGHT[4]))
    assert told.status_code == 200, told.json
    assert told.json["saved"] is True
    assert told.json["answers"] == [{"item": 1, "rev": 1}, {"item": 4, "rev": 1}]
    assert 1790 <= told.json["seconds_left"] <= 1800
    assert save(client, sitting, (1, 3, 1, RIGHT[1])).json["answers"] == [{"item": 1, "rev": 2}]
    assert stored(1) == (2, RIGHT[1])


@both_engines
def test_the_same_key_is_answered_the_same_and_kept_once(client, sitting):
    first = save(client, sitting, (1, 1, 0, WRONG[1])).json["answers"]
    save(client, sitting, (1, 2, 1, RIGHT[1]))
    assert save(client, sitting, (1, 1, 0, WRONG[1])).json["answers"] == first
    assert stored(1) == (2, RIGHT[1])
    assert outcomes() == [Outcome.SAVED, Outcome.SAVED]


def test_one_key_for_two_answers_is_refused(client, sitting):
    save(client, sitting, (1, 1, 0, WRONG[1]))
    assert save(client, sitting, (1, 1, 0, RIGHT[1])).status_code == 422
    assert stored(1) == (1, WRONG[1])


@both_engines
def test_a_second_window_is_told_what_is_stored(client, sitting):
    save(client, sitting, (1, 1, 0, RIGHT[1]), by="window-1")
    told = save(client, sitting, (1, 1, 0, WRONG[1]), (2, 2, 0, RIGHT[2]), by="window-2").json
    assert told["saved"] is True
    assert told["answers"] == [
        {"item": 1, "conflict": True, "rev": 1, "answer": RIGHT[1]},
        {"item": 2, "rev": 1},
    ]
    assert stored(1) == (1, RIGHT[1])
    again = save(client, sitting, (1, 1, 0, WRONG[1]), by="window-2").json["answers"]
    assert again == told["answers"][:1]
    assert save(client, sitting, (1, 3, 1, WRONG[1]), by="window-2").json["answers"] == [{"item": 1, "rev": 2}]


def test_two_windows_that_say_the_same_are_no_conflict(client, sitting):
    save(client, sitting, (1, 1, 0, RIGHT[1]), by="window-1")
    assert save(client, sitting, (1, 1, 0, RIGHT[1]), by="window-2").json["answers"] == [{"item": 1, "rev": 1}]
    assert stored(1) == (1, RIGHT[1])


def test_the_older_window_is_told_that_another_one_is_open(client, sitting):
    assert save(client, sitting, by="window-1", hello=True).json["elsewhere"] is False
    assert save(client, sitting, by="window-2", hello=True).json["elsewhere"] is False
    old = save(client, sitting, (1, 1, 0, RIGHT[1]), by="window-1").json
    assert old["elsewhere"] is True
    assert old["answers"] == [{"item": 1, "rev": 1}]  # told, and nothing lost
    replayed = save(client, sitting, (2, 2, 0, RIGHT[2]), by="window-1", device="window-2").json
    assert replayed["elsewhere"] is False


def test_a_drawing_has_the_size_of_its_picture_whatever_was_sent(client, sitting):
    for seq, said in enumerate(({"image": {"width": 64, "height": 48}}, {"image": "none"}, {"image": None}), 1):
        told = save(client, sitting, (3, seq, 0, RIGHT[3] | said)).json["answers"]
        assert told == [{"item": 3, "rev": 1}]
    assert stored(3) == (1, RIGHT[3])


@pytest.mark.parametrize(("language", "words"), [("ko", "상자"), ("en", "too small")])
def test_why_a_drawing_is_refused_is_said_in_the_language_of_the_page(client, app, language, words):
    people.sign_in(client, candidate := people.candidate(language=language))
    small = RIGHT[3] | {"objects": [{"id": "1", "label": "cat", "box": [1, 1, 0, 5]}]}
    told = save(client, start(small_exam(), candidate), (3, 1, 0, small)).json["answers"]
    assert words in told[0]["refused"]


def test_a_drawing_that_can_not_be_graded_is_refused_by_itself(client, sitting):
    broken = {
        "kind": "box",
        "image": {"width": 640, "height": 480},
        "objects": [{"id": "1", "label": "cat", "box": [1, 1, 0, 5]}],
    }
    told = save(client, sitting, (3, 1, 0, broken), (1, 2, 0, RIGHT[1])).json["answers"]
    assert told[0]["item"] == 3
    assert "refused" in told[0]
    assert told[1] == {"item": 1, "rev": 1}
    assert stored(3) is None


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"client": "short", "answers": []},
        {"client": "window-1", "answers": "all"},
        {"client": "window-1", "answers": [{"item": 1}]},
        {"client": "window-1", "answers": [{"item": 1, "seq": -1, "base_rev": 0, "answer": {}}]},
        {"client": "window-1", "answers": [{"item": 1, "seq": True, "base_rev": 0, "answer": {}}]},
        {"client": "window-1", "answers": [{"item": 1, "seq": 1, "base_rev": 0, "answer": "b"}]},
        {"client": "window-1", "answers": [{"item": 99, "seq": 1, "base_rev": 0, "answer": {}}]},
        {"client": "window-1", "answers": [{"item": 1, "seq": n, "base_rev": 0, "answer": {}} for n in range(41)]},
    ],
)
def test_what_is_no_save_is_refused_with_a_sentence(client, sitting, body):
    answer = client.post(people.path("exams.sittings.save", public_id=sitting), json=body)
    assert answer.status_code == 422
    assert answer.json["detail"]
    assert outcomes() == []


@both_engines
def test_what_comes_after_the_end_is_kept_as_late_and_does_not_count(client, sitting):
    save(client, sitting, (1, 1, 0, RIGHT[1]))
    deadline = db.session.scalars(select(Sitting.deadline_at)).one()
    with time_machine.travel(deadline + timedelta(seconds=14), tick=False):
        in_time = save(client, sitting, (2, 2, 0, RIGHT[2]))
        assert (in_time.status_code, in_time.json["seconds_left"]) == (200, 0)
    with time_machine.travel(deadline + timedelta(seconds=16), tick=False):
        late = save(client, sitting, (1, 3, 1, WRONG[1]))
        assert late.status_code == 410
        assert late.json["saved"] is False
        assert late.json["answers"] == [{"item": 1, "late": True}]
        assert save(client, sitting, (1, 3, 1, WRONG[1])).json["answers"] == [{"item": 1, "late": True}]
    assert stored(1) == (1, RIGHT[1])
    assert stored(2) == (1, RIGHT[2])
    assert outcomes() == [Outcome.SAVED, Outcome.SAVED, Outcome.LATE]


def test_a_saved_answer_keeps_its_acknowledgement_after_the_end(client, sitting):
    save(client, sitting, (1, 1, 0, RIGHT[1]))
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        assert save(client, sitting, (1, 1, 0, RIGHT[1])).json["answers"] == [{"item": 1, "rev": 1}]


def test_other_peoples_sittings_do_not_exist(app, sitting):
    other = people.sign_in(app.test_client(), people.outsider())
    assert save(other, sitting, (1, 1, 0, RIGHT[1])).status_code == 404
    for endpoint in ("exams.sittings.paper", "exams.results.show"):
        assert other.get(people.path(endpoint, public_id=sitting)).status_code == 404
    assert other.post(people.path("exams.sittings.hand_in", public_id=sitting)).status_code == 404
    assert app.test_client().post(people.path("exams.sittings.save", public_id=sitting), json={}).status_code == 401
    assert stored(1) is None


@both_engines
def test_what_arrived_can_not_be_changed_afterwards(client, sitting):
    save(client, sitting, (1, 1, 0, RIGHT[1]))
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(update(AnswerEvent).values(answer=WRONG[1]))


@both_engines
def test_racing_windows_lose_nothing_and_are_told_the_truth(app, sitting):
    """Eight windows answer one item from the same revision: one is saved, seven are told what is stored."""
    told = []

    def window(number, cookie):
        with app.app_context():
            client = app.test_client()
            client.set_cookie(cookie.key, cookie.value, secure=True)
            answer = {"value": f"{number}"}
            told.append((answer, save(client, sitting, (2, 1, 0, answer), by=f"window-{number}").json["answers"][0]))
            db.session.remove()

    candidate = people.sign_in(app.test_client(), db.session.get_one(people.User, sitting_owner()))
    cookie = next(iter(candidate._cookies.values()))
    threads = [threading.Thread(target=window, args=(number, cookie)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = [answer for answer, one in told if "conflict" not in one]
    assert len(told) == 8
    assert len(saved) == 1
    assert stored(2) == (1, saved[0])
    assert all(one["answer"] == saved[0] for _, one in told if "conflict" in one)
    assert db.session.scalar(select(func.count()).select_from(AnswerEvent)) == 8


def sitting_owner():
    return db.session.scalars(select(Sitting.candidate_id)).one()


@both_engines
def test_an_answer_too_large_to_be_kept_does_not_hold_up_the_others(client, sitting):
    answer = save(client, sitting, (1, 1, 0, {"choice": "x" * 200_000}), (2, 2, 0, RIGHT[2]))
    assert answer.status_code == 200
    large, other = answer.json["answers"]
    assert large["refused"]
    assert other == {"item": 2, "rev": 1}
    assert stored(1) is None
