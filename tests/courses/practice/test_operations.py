"""Handing in: graded once, kept for ever."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from academy.annotation.operations import revise_gold
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict, Refused
from academy.records.models import Record
from courses.learning.models import TaskPassed
from courses.practice import operations
from courses.practice.models import Attempt, Trial
from tests import people
from tests.courses.practice.pictures import CAR, DOG, GOLD, PERFECT, box, boxes, key, practice
from tests.engines import both_engines


def hand_in(learner, task, answer=PERFECT, number=1):
    with transaction():
        return operations.hand_in(db.session.merge(learner), db.session.merge(task), answer, key(number), now())


@both_engines
def test_the_same_key_is_the_same_try(app):
    _, [task, _other] = practice()
    learner = people.newcomer()
    first = hand_in(learner, task)
    again = hand_in(learner, task, boxes())
    assert again.id == first.id
    assert again.score == 1.0
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 1


@both_engines
def test_a_new_try_is_a_new_row_with_the_next_number(app):
    _, [task, _other] = practice()
    learner = people.newcomer()
    assert [hand_in(learner, task, number=number).number for number in (1, 2, 3)] == [1, 2, 3]


def test_a_key_is_good_for_one_picture_only(app):
    _, [task, other] = practice()
    learner = people.newcomer()
    hand_in(learner, task)
    with pytest.raises(Conflict):
        hand_in(learner, other)


def test_two_people_may_happen_to_have_the_same_key(app):
    _, [task, _other] = practice()
    assert hand_in(people.newcomer(), task).id != hand_in(people.candidate(), task).id


@both_engines
def test_what_was_graded_can_not_be_edited(app):
    _, [task, _other] = practice()
    hand_in(people.newcomer(), task, boxes())
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("UPDATE attempt SET score = 1"))


def test_a_try_keeps_the_gold_it_was_graded_by(app):
    _, [task, _other] = practice()
    attempt = hand_in(people.newcomer(), task)
    with transaction():
        moved = boxes(box(1, "car", DOG), box(2, "dog", CAR))
        newer = revise_gold(db.session.merge(task), moved, "a second look", now())
    kept = db.session.get(Attempt, attempt.id)
    assert kept.gold_id != newer.id
    assert kept.gold.document == GOLD


def test_an_answer_that_can_not_be_graded_says_which_box(app):
    _, [task, _other] = practice()
    with pytest.raises(Refused, match="a7"):
        hand_in(people.newcomer(), task, boxes({"id": "a7", "label": "car", "box": [5, 5, 0, 9]}))
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_a_passed_picture_is_told_to_learning_and_a_failed_one_is_not(app):
    _, [task, _other] = practice()
    learner = people.newcomer()
    hand_in(learner, task, boxes(), 1)
    assert db.session.scalar(select(func.count()).select_from(TaskPassed)) == 0
    hand_in(learner, task, PERFECT, 2)
    assert db.session.scalars(select(TaskPassed.task_id)).all() == [task.id]


def test_the_record_says_once_that_the_practice_was_passed(app):
    _, [task, other] = practice()
    learner = people.newcomer()
    for number, chosen in enumerate([task, other, task], 1):
        hand_in(learner, chosen, PERFECT, number)
    kinds = db.session.scalars(select(Record.kind).where(Record.user_id == learner.id)).all()
    assert kinds.count("practice tried") == 3
    assert kinds.count("practice passed") == 1


@both_engines
def test_a_guest_takes_their_try_into_their_account_once(app):
    _, [task, _other] = practice(public=True)
    with transaction():
        trial = operations.hand_in_trial(db.session.merge(task), PERFECT, key(), now())
    learner, stranger = people.newcomer(), people.outsider()
    with transaction():
        attempt = operations.keep_trial(db.session.merge(learner), db.session.get(Trial, trial.id), now())
    assert (attempt.number, attempt.score, attempt.learner_id) == (1, 1.0, learner.id)
    with pytest.raises(Conflict), transaction():
        operations.keep_trial(db.session.merge(stranger), db.session.get(Trial, trial.id), now())


def test_a_guests_try_does_not_replace_a_first_try(app):
    _, [task, _other] = practice(public=True)
    learner = people.newcomer()
    hand_in(learner, task, boxes(), 1)
    with transaction():
        trial = operations.hand_in_trial(db.session.merge(task), PERFECT, key(2), now())
        assert operations.keep_trial(db.session.merge(learner), trial, now()) is None


def test_guests_who_do_not_come_back_are_forgotten(app):
    _, [task, _other] = practice(public=True)
    with transaction():
        operations.hand_in_trial(db.session.merge(task), PERFECT, key(), now() - operations.FORGET_TRIALS_AFTER * 2)
        operations.hand_in_trial(db.session.merge(task), PERFECT, key(2), now())
    with transaction():
        operations.forget_trials(now())
    assert db.session.scalars(select(Trial.idempotency_key)).all() == [key(2)]
