"""Putting courses into the catalogue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.annotation.models import TaskSet
from academy.db import Base, db
from academy.questions.operations import ensure_question
from courses.catalogue.models import Course, Lesson, Step, StepQuestion
from courses.catalogue.rules import StepKind, search_text


def ensure_course(entry: Mapping[str, Any], now: datetime) -> Course:
    """The course of this slug with this content, published; what learners did in its steps stays theirs."""
    course = db.session.scalars(select(Course).where(Course.slug == entry["slug"])).one_or_none()
    content = {name: entry[name] for name in ("title", "summary", "level", "goals", "next_steps", "cover")}
    found_by = [entry["title"], entry["summary"], *(lesson["title"] for lesson in entry["lessons"])]
    if course is None:
        course = Course(slug=entry["slug"], published_at=now, search_text="", **content)
        db.session.add(course)
    _change(course, **content, search_text=search_text(found_by))
    db.session.flush()
    for position, lesson in enumerate(entry["lessons"], 1):
        _ensure_lesson(course, position, lesson, now)
    db.session.flush()
    db.session.expire(course)
    return course


def _ensure_lesson(course: Course, position: int, entry: Mapping[str, Any], now: datetime) -> None:
    query = select(Lesson).where(Lesson.course_id == course.id, Lesson.slug == entry["slug"])
    lesson = db.session.scalars(query).one_or_none()
    content = {name: entry[name] for name in ("title", "summary", "minutes", "body")}
    if lesson is None:
        lesson = Lesson(course_id=course.id, slug=entry["slug"], position=position, **content)
        db.session.add(lesson)
        db.session.flush()
    _change(lesson, position=position, **content)
    kinds: list[tuple[StepKind, Mapping[str, Any]]] = [(StepKind.TEXT, {})]
    if entry.get("quiz"):
        kinds.append((StepKind.QUIZ, {"questions": entry["quiz"]}))
    kinds.extend((StepKind.PRACTICE, practice) for practice in entry.get("practice", ()))
    for place, (kind, details) in enumerate(kinds, 1):
        _ensure_step(lesson, place, kind, details, now)


def _ensure_step(lesson: Lesson, position: int, kind: StepKind, details: Mapping[str, Any], now: datetime) -> None:
    task_set: TaskSet | None = details.get("task_set")
    task_set_id = task_set.id if task_set else None
    query = select(Step).where(Step.lesson_id == lesson.id, Step.position == position)
    step = db.session.scalars(query).one_or_none()
    if step is None:
        step = Step(lesson_id=lesson.id, position=position, kind=kind, task_set_id=task_set_id)
        db.session.add(step)
    _change(step, kind=kind, task_set_id=task_set_id, needed=details.get("needed", 1))
    db.session.flush()
    _ensure_questions(step, details.get("questions", ()), now)


def _ensure_questions(step: Step, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
    query = select(StepQuestion).where(StepQuestion.step_id == step.id)
    known = {asked.position: asked for asked in db.session.scalars(query)}
    for position, entry in enumerate(entries, 1):
        version = ensure_question(entry, now)
        if position in known:
            _change(known[position], question_version_id=version.id)
        else:
            asked = StepQuestion(step_id=step.id, position=position, question_version_id=version.id)
            db.session.add(asked)
    db.session.flush()


def _change(row: Base, **content: Any) -> None:
    for name, value in content.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
