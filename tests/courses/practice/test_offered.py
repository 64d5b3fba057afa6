"""What is withdrawn, not released or without its picture is offered to nobody new; who has begun goes on."""

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound as Missing

from academy.annotation.models import Gold, Task, TaskSet
from academy.annotation.queries import gold_of
from academy.annotation.rules import MediaKind
from academy.clock import now
from academy.db import db, transaction
from academy.errors import NotFound
from academy.projects import operations as projects
from academy.projects import queries as work
from courses.practice import operations, queries
from exams.bank.operations import Asked, ensure_exam
from exams.bank.rules import WrongExam
from tests import people
from tests.academy.projects.work import a_project
from tests.courses.practice.pictures import PERFECT, practice
from tests.engines import both_engines
from tests.people import sign_in

KEY = "6b1f0d9e-0000-4000-8000-00000000000{}"


def withdraw(task: Task) -> None:
    with transaction():
        db.session.get_one(Task, task.id).withdrawn_at = now()


@both_engines
def test_a_withdrawn_picture_is_offered_to_nobody_new_and_stays_with_who_tried_it(client: FlaskClient):
    task_set, [first, second] = practice()
    begun, fresh = people.newcomer(), people.person("Somebody new")
    with transaction():
        attempt = operations.hand_in(begun, first, PERFECT, KEY.format(1), now()).id
    withdraw(first)
    for learner in (begun, fresh):
        assert [row.task.id for row in queries.pictures(learner, task_set, 0).rows] == [second.id]
        assert queries.next_task_id(learner, task_set) == second.id
        assert queries.progress_of(learner.id, task_set.id).pictures == 1
    assert queries.practice_task(begun, task_set, first.id).id == first.id
    with pytest.raises(Missing):
        queries.practice_task(fresh, task_set, first.id)
    assert queries.task_to_hand_in(task_set, first.id).id == first.id, "who was drawing may hand in"
    sign_in(client, begun)
    assert client.get(f"/practice/attempts/{attempt}").status_code == 200


@both_engines
def test_a_set_that_is_not_released_is_no_practice_and_its_pictures_are_shown_to_who_tried_them(client: FlaskClient):
    task_set, [task, _other] = practice()
    begun = people.newcomer()
    address = f"/media/{task.media.token}"
    with transaction():
        operations.hand_in(begun, task, PERFECT, KEY.format(1), now())
    with transaction():
        db.session.get_one(TaskSet, task_set.id).released_at = None
    with pytest.raises(NotFound):
        queries.practice_set(task_set.slug)
    sign_in(client, begun)
    assert client.get(address).status_code == 200
    sign_in(client, people.person("Somebody new"))
    assert client.get(address).status_code == 404
    assert client.get(f"/practice/{task_set.slug}").status_code == 404


@both_engines
def test_a_task_whose_picture_has_not_come_or_whose_gold_was_taken_back_is_not_offered(app):
    task_set, [first, second] = practice()
    with transaction():
        db.session.get_one(Task, first.id).media.kind = MediaKind.AWAITED
        db.session.add(Gold(task_id=second.id, version=2, document={}, source="undo", created_at=now()))
    learner = people.newcomer()
    assert queries.pictures(learner, task_set, 0).rows == []
    with pytest.raises(Missing):
        queries.practice_task(learner, task_set, first.id)


@both_engines
def test_a_guest_is_offered_what_is_usable_only(client: FlaskClient):
    _task_set, [task, *rest] = practice(public=True)
    assert client.get("/try").status_code == 200
    for one in (task, *rest):
        withdraw(one)
    assert queries.trial_task() is None


@both_engines
def test_an_exam_asks_nothing_that_was_withdrawn(app):
    _task_set, [task, *_rest] = practice(purpose="exam")
    title = {"ko": "시험", "en": "Exam"}
    asked = [Asked(gold_of([task.id])[task.id], "boxes", title, 100)]
    withdraw(task)
    with pytest.raises(WrongExam, match="withdrawn"), transaction():
        ensure_exam(
            "one", title=title, summary=title, duration_minutes=10, pass_mark=60, achievement_slug="one", mock=False,
            asked=asked, now=now(),
        )  # fmt: skip


@both_engines
def test_paid_work_begins_with_nothing_that_was_withdrawn(app):
    client, labeler = people.person("Client"), people.person("Labeler")
    project_id = a_project(client, units=2)
    first = db.session.scalar(work.next_free(project_id, labeler.id))
    assert first is not None
    tasks = db.session.scalars(db.select(Task).order_by(Task.position)).unique().all()
    withdraw(tasks[0])
    second = db.session.scalar(work.next_free(project_id, labeler.id))
    assert second not in {None, first}
    with transaction():
        tasks[1].task_set.released_at, released = None, tasks[1].task_set.released_at
    assert db.session.scalar(work.next_free(project_id, labeler.id)) is None, "the set is held back"
    with transaction():
        tasks[1].task_set.released_at = released
    assert db.session.scalar(work.next_free(project_id, labeler.id)) == second
    withdraw(tasks[1])
    assert db.session.scalar(work.next_free(project_id, labeler.id)) is None
    title = {"ko": "또", "en": "Again"}
    with transaction():
        again = projects.bring_project(
            "again", client.id, tasks[0].task_set, title=title, summary=title, price=100, seconds_per_unit=20, now=now()
        )
        assert again.tally.units == 0
