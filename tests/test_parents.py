"""A thing is found only under its own parent: every address with two things in it, in one table that can be read.

There are two of everything, and whoever asks may see both: so nothing but the fetch itself can refuse.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from academy.accounts.models import User
from academy.annotation.editing.models import SecondLook
from academy.annotation.models import Gold, Label, LabelSet, Task, TaskSet
from academy.annotation.quality import looking
from academy.clock import now
from academy.db import db, transaction
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.rules import StepKind
from courses.cohorts import operations as cohorts
from courses.cohorts.models import AttendanceEvent, Cohort, JoinCode
from courses.cohorts.rules import StaffRole
from courses.learning.operations import enrol
from tests import people
from tests.test_matrix import outcome, routes
from tests.tour import World

pytestmark = pytest.mark.played
TABLE = Path(__file__).with_name("parents.txt")
NOT_NESTED = {
    "academy.mail.laid_out": "a kind of letter in a language: both are words of ours",
    "academy.annotation.media_frame": "a frame is a number within its video, nothing of its own",
    "academy.annotation.media_tile": "a tile is a place within its picture, nothing of its own",
    "academy.annotation.media_view": "a view is one of two words of ours",
    "academy.annotation.brought_picture": "a line is a number within its upload, nothing of its own",
}


@dataclass(frozen=True)
class Pair:
    """What an address names: the outer thing, the inner thing, and which variables they are."""

    parent: str
    child: str
    own: tuple[Any, Any]
    other: tuple[Any, Any]
    who: str

    def address(self, endpoint: str, parent: Any, child: Any) -> str:
        return people.path(endpoint, **{self.parent: parent, self.child: child})


def rows() -> list[tuple[str, str, list[str]]]:
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [(line[0], line[1], line[2:]) for line in lines]


def second_class(world: World) -> dict[str, Any]:
    """Another centre with its own class, meeting, code and instructor, led by the same person."""
    head = people.known("행복센터 담당자")
    teacher = people.person("옆 동네 강사")
    with transaction():
        moment = now()
        centre = cohorts.open_centre("next-door", {"ko": "옆 동네", "en": "Next door"}, "Asia/Seoul", moment)
        cohorts.employ(centre, head.id, StaffRole.PROGRAMME_MANAGER, moment)
        cohorts.employ(centre, teacher.id, StaffRole.INSTRUCTOR, moment)
        course = db.session.scalars(select(Course).where(Course.slug == world.course)).one()
        cohort = cohorts.open_cohort(centre, course, teacher.id, "The class next door", 5, moment)
        meeting = cohorts.add_meeting(cohort, moment + timedelta(minutes=5), 60, "Asia/Seoul")
        cohorts.make_code(cohort, 5, moment + timedelta(days=1), None, moment)
        code = db.session.scalars(select(JoinCode.id).where(JoinCode.cohort_id == cohort.id)).one()
        return {"centre": centre.id, "cohort": cohort.id, "meeting": meeting.id, "code": code, "teacher": teacher.id}


def second_course(learner: User, kind: StepKind) -> tuple[str, str]:
    """Another published course with one lesson that has a step of this kind, in which the learner takes part."""
    words = {"ko": "다른", "en": "Other"}
    with transaction():
        course = Course(
            slug="other-course", title=words, summary=words, level=words, goals=[], next_steps=[], published_at=now()
        )
        lesson = Lesson(
            course=course, slug="other-lesson", position=1, title=words, summary=words, minutes=5, body=words
        )
        db.session.add(Step(lesson=lesson, position=1, kind=kind))
        db.session.flush()
        enrol(learner, course, now())
    return "other-course", "other-lesson"


def lesson_with(world: World, kind: StepKind) -> str:
    query = select(Lesson.slug).join(Step).join(Course, Course.id == Lesson.course_id)
    found = query.where(Course.slug == world.course, Step.kind == kind).order_by(Lesson.position)
    return db.session.scalars(found.limit(1)).one()


def second_practice(world: World) -> tuple[str, int]:
    """A practice set that is not the world's, and a task of it that has gold."""
    query = select(TaskSet.slug, Task.id).join(Task, Task.task_set_id == TaskSet.id).join(Gold, Gold.task_id == Task.id)
    mine = select(TaskSet.purpose).where(TaskSet.slug == world.practice_set).scalar_subquery()
    slug, task = db.session.execute(
        query.where(TaskSet.slug != world.practice_set, TaskSet.purpose == mine).limit(1)
    ).one()
    return slug, task


def second_labels(world: World) -> tuple[str, int]:
    """A label set that is not the world's, and a label of it."""
    query = select(LabelSet.slug, Label.id).join(Label, Label.label_set_id == LabelSet.id)
    slug, label = db.session.execute(query.where(LabelSet.slug != world.label_set).limit(1)).one()
    return slug, label


def second_look(world: World) -> tuple[str, int]:
    """A task of another set that waits for a second look."""
    slug, _task = second_practice(world)
    with transaction():
        task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == slug)).one()
        looking.draw(task_set, 1, "random", "", people.known("관리자").id, now())
        drawn = select(SecondLook.id).join(Task, Task.id == SecondLook.task_id).where(Task.task_set_id == task_set.id)
        return slug, db.session.scalars(drawn).one()


def pair_of(endpoint: str, world: World) -> Pair:
    head, learner = "행복센터 담당자", "김영희"
    room, name = endpoint.rsplit(".", 1)
    if room == "courses.cohorts":
        two = second_class(world)
        if name == "dismiss":
            return Pair(
                "centre_id", "user_id", (world.centre, world.teacher), (two["centre"], two["teacher"]), head
            )  # fmt: skip
        if name == "revoke_code":
            return Pair("cohort_id", "code_id", (world.cohort, world.code_id), (two["cohort"], two["code"]), head)
        return Pair("cohort_id", "meeting_id", (world.cohort, world.meeting), (two["cohort"], two["meeting"]), head)
    if name == "say_look":
        return Pair("slug", "look_id", (world.practice_set, world.look), second_look(world), "운영자")
    if room == "academy.annotation":
        return Pair("slug", "label_id", (world.label_set, world.label), second_labels(world), "운영자")
    if room == "courses.practice":
        return Pair(
            "set_slug", "task_id", (world.practice_set, world.untried_task), second_practice(world), learner
        )  # fmt: skip
    kind = StepKind.QUIZ if name == "answer_quiz" else StepKind.TEXT
    other = second_course(people.known(learner), kind)
    return Pair("slug", "lesson_slug", (world.course, lesson_with(world, kind)), other, learner)


@pytest.mark.parametrize(("endpoint", "method", "expected"), rows(), ids=lambda value: value if value is str else "")
def test_a_thing_is_found_only_under_its_own_parent(app: Flask, world, endpoint, method, expected):
    pair = pair_of(endpoint, world)
    places = {
        "foreign-child": (pair.own[0], pair.other[1]),
        "foreign-parent": (pair.other[0], pair.own[1]),
        "own": pair.own,
    }
    found = {}
    for name, (parent, child) in places.items():
        client = people.sign_in(app.test_client(), people.known(pair.who))
        found[name] = outcome(client, method, pair.address(endpoint, parent, child))
    assert [found["own"], found["foreign-child"], found["foreign-parent"]] == expected


def test_the_table_has_every_address_with_two_things(app):
    nested = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if len(rule.arguments) > 1 and rule.endpoint not in NOT_NESTED
    }
    assert {(endpoint, method) for endpoint, method, _ in rows()} == nested
    assert nested <= routes(app)


def test_the_board_shows_no_meeting_of_another_class(app, world):
    """The same where the inner thing stands behind the question mark."""
    two = second_class(world)
    client = people.sign_in(app.test_client(), people.known("행복센터 담당자"))
    own = client.get(people.path("courses.cohorts.board", cohort_id=world.cohort)).get_data(as_text=True)
    foreign = client.get(
        people.path("courses.cohorts.board", cohort_id=world.cohort), query_string={"meeting": two["meeting"]}
    )
    assert foreign.status_code == 200
    assert f"/meetings/{two['meeting']}/" not in foreign.get_data(as_text=True)
    assert ("roll-call" in own) is ("roll-call" in foreign.get_data(as_text=True))


def test_roll_call_marks_nobody_of_another_class(app, world):
    """The same where the inner thing stands in a field."""
    two = second_class(world)
    learner = people.person("옆 반 학생")
    with transaction():
        cohort = db.session.get_one(Cohort, two["cohort"])
        code = cohorts.make_code(cohort, 5, now() + timedelta(days=1), None, now())
        seat = cohorts.take_seat(code, learner, now()).id
    client = people.sign_in(app.test_client(), people.known("행복센터 담당자"))
    address = people.path("courses.cohorts.roll_call", cohort_id=world.cohort, meeting_id=world.meeting)
    answer = client.post(address, data={f"mark-{seat}": "present", "reason": "came late"})
    assert answer.status_code in {302, 404, 422}
    assert db.session.scalars(select(AttendanceEvent).where(AttendanceEvent.seat_id == seat)).all() == []
