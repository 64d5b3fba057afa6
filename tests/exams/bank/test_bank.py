"""What an exam is made of, and the mock exam we ship."""

import pytest
from sqlalchemy import func, select

from academy.annotation.models import Media, Task, TaskSet
from academy.annotation.queries import gold_of
from academy.clock import now
from academy.db import db, transaction
from exams.bank import queries, starter
from exams.bank.models import Exam, ExamItem
from exams.bank.operations import Asked, ensure_exam
from exams.bank.rules import WrongExam, check_points
from tests import people
from tests.courses.practice.pictures import practice
from tests.engines import both_engines
from tests.exams.papers import statements


@pytest.mark.parametrize(
    ("points", "pass_mark"), [([], 60), ([50, 49], 60), ([100, 0], 60), ([60, 50], 60), ([50, 50], 0), ([50, 50], 101)]
)
def test_what_makes_no_exam_is_refused(points, pass_mark):
    with pytest.raises(WrongExam):
        check_points(points, pass_mark)


def test_a_hundred_points_make_an_exam():
    check_points([8] * 6 + [16, 16, 10, 10], 60)


@both_engines
def test_gold_that_practice_shows_makes_no_exam(app):
    _, [task, *_rest] = practice()
    pinned = gold_of([task.id])[task.id]
    asked = [Asked(pinned, "boxes", {"ko": "상자", "en": "Boxes"}, 100)]
    title = {"ko": "시험", "en": "Exam"}
    with pytest.raises(WrongExam, match="not kept for exams"), transaction():
        ensure_exam(
            "open", title=title, summary=title, duration_minutes=10, pass_mark=60, achievement_slug="open", mock=False,
            asked=asked, now=now(),
        )  # fmt: skip


@pytest.mark.starter
def test_the_mock_exam_has_six_questions_and_four_practical_tasks(app):
    exam = queries.exam_by_slug(starter.MOCK_EXAM)
    outline = queries.outlines([exam.id])[exam.id]
    assert (outline.questions, outline.practical, outline.points_for_questions, outline.points_for_practical) == (
        6, 4, 48, 52,
    )  # fmt: skip
    assert exam.mock
    assert exam.pass_mark == 60
    assert {"ko", "en"} == set(exam.title)
    assert queries.practical_kinds(exam) == ["box", "classification"]
    pictures = (
        db.session.scalars(select(Media).join(Task).join(TaskSet).where(TaskSet.purpose == "exam")).unique().all()
    )
    assert len(pictures) == 4
    assert not any(picture.public for picture in pictures)
    assert {picture.alt["en"] for picture in pictures} == {starter.PICTURE["en"]}


@pytest.mark.starter
def test_loading_the_starter_again_changes_nothing(app):
    counts = [select(func.count()).select_from(model) for model in (Exam, ExamItem, Task, Media)]
    before = [db.session.scalar(count) for count in counts]
    with transaction():
        starter.load(now())
    assert [db.session.scalar(count) for count in counts] == before


@pytest.mark.starter
def test_the_page_of_the_mock_exam_names_the_work_that_its_badge_opens(app, client):
    page = client.get(people.path("exams.bank.show", slug=starter.MOCK_EXAM)).text
    assert "/projects/" in page
    with statements() as seen:
        client.get(people.path("exams.bank.show", slug=starter.MOCK_EXAM))
    assert len(seen) <= 12
