"""The course we ship."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy.annotation.models import Gold, Media, Task, TaskSet
from academy.annotation.queries import tasks_of
from academy.clock import now
from academy.db import db, transaction
from academy.grading.engine import grade
from academy.grading.rubric import Rubric
from academy.questions.models import QuestionVersion
from courses.catalogue import starter
from courses.catalogue.content import to_html
from courses.catalogue.models import Course, Lesson, Step, StepQuestion
from tests.engines import both_engines

STATIC = Path(__file__).parents[3] / "static"
FOLDERS = sorted(path.parent for path in starter.FOLDER.glob("*/course.toml"))


@pytest.fixture
def course(app):
    with transaction():
        starter.load(now())
    return db.session.scalars(select(Course)).one()


def counted():
    models = (Course, Lesson, Step, StepQuestion, QuestionVersion, TaskSet, Task, Gold, Media)
    return [db.session.scalar(select(func.count()).select_from(model)) for model in models]


@both_engines
def test_loading_again_changes_nothing(course):
    before = counted()
    with transaction():
        starter.load(now())
    assert counted() == before


def test_it_has_five_lessons_two_questions_each_and_two_practices(course):
    assert [lesson.slug for lesson in course.lessons] == [
        "collection", "refinement", "labelling", "inspection", "quality"
    ]  # fmt: skip
    kinds = [[str(step.kind) for step in lesson.steps] for lesson in course.lessons]
    assert all(steps[:2] == ["text", "quiz"] for steps in kinds)
    assert sum(steps.count("practice") for steps in kinds) == 2
    assert all(len(lesson.steps[1].asked) == 2 for lesson in course.lessons)


def test_every_practice_can_be_passed_by_its_own_gold(course):
    for task_set in db.session.scalars(select(TaskSet)):
        tasks = tasks_of(task_set.id)
        needed = db.session.scalar(select(Step.needed).where(Step.task_set_id == task_set.id))
        assert len(tasks) == 6 >= needed
        for task in tasks:
            gold = db.session.scalars(select(Gold).where(Gold.task_id == task.id)).one().document
            rubric = Rubric.from_dict(task_set.rubric, kind=task_set.kind)
            report = grade(task_set.kind, gold, gold, rubric)
            assert report.score == 1
            assert report.passed


def test_a_practice_is_found_by_people_who_know_the_labels_in_either_language(course):
    for task_set in db.session.scalars(select(TaskSet)):
        assert len(task_set.guideline.rules) >= 3
        for rule in task_set.guideline.rules:
            assert all(set(text) == {"ko", "en"} for text in (rule.title, rule.text, rule.good, rule.bad))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_both_languages_are_whole_and_every_picture_is_there(folder):
    for korean in folder.glob("*.ko.md"):
        texts = {"ko": korean.read_text(encoding="utf-8")}
        texts["en"] = (folder / korean.name.replace(".ko.", ".en.")).read_text(encoding="utf-8")
        pictures = {}
        for language, text in texts.items():
            shown = []
            made = str(to_html(text, lambda name, shown=shown: shown.append(name) or f"/{name}"))
            pictures[language] = shown
            assert "*" not in re.sub(r"<code>.*?</code>", "", made), f"{korean.name} {language} has a star too many"
            assert len(text.split()) > 350
            assert "기억하세요" in text or "Remember" in text
        assert pictures["ko"] == pictures["en"]
        assert pictures["ko"], "a lesson without a picture"
        for name in pictures["ko"]:
            assert (STATIC / "img" / "courses" / folder.name / name).is_file()


def test_pictures_hold_no_text_and_no_script():
    for picture in (STATIC / "img" / "courses").rglob("*.svg"):
        assert not re.search(r"<text|<script|<foreignObject|href|\son\w+=", picture.read_text(encoding="utf-8"))


def test_a_scene_without_a_level_is_refused_with_a_sentence(app):
    entry = starter.read_toml(FOLDERS[0] / "practice.toml")["set"][0]
    with pytest.raises(ValueError, match="names no scene"), transaction():
        starter.ensure_practice({**entry, "pictures": ["12"]}, now())
