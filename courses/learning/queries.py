"""Reading how far somebody is. A person sees their own way; who teaches them asks through the class."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Select, func, select

from academy.accounts.models import User
from academy.db import db
from academy.questions.models import QuestionVersion
from courses.catalogue.models import Course, Lesson
from courses.learning.models import Enrolment, QuizAnswer, StepDone, TaskPassed
from courses.learning.rules import LessonPlan, Progress, StepPlan
from courses.learning.rules import progress_of as work_out


def plan_of(course: Course) -> tuple[LessonPlan, ...]:
    """What there is to do in a course."""
    return tuple(
        LessonPlan(
            lesson.id, tuple(StepPlan(step.id, step.kind, step.needed, step.task_set_id) for step in lesson.steps)
        )
        for lesson in course.lessons
    )


def progress(viewer: User, course: Course) -> Progress:
    """How far this person is."""
    return progress_of([viewer.id], course)[viewer.id]


def progress_of(user_ids: Collection[int], course: Course) -> dict[int, Progress]:
    """How far each of these people is, in two questions to the database however many they are."""
    plan = plan_of(course)
    steps = [step.id for lesson in plan for step in lesson.steps]
    sets = [step.set_id for lesson in plan for step in lesson.steps if step.set_id is not None]
    done: dict[int, set[int]] = defaultdict(set)
    rows = select(StepDone.user_id, StepDone.step_id).where(StepDone.user_id.in_(user_ids), StepDone.step_id.in_(steps))
    for user_id, step_id in db.session.execute(rows):
        done[user_id].add(step_id)
    passed: dict[int, dict[int, int]] = defaultdict(dict)
    for user_id, set_id, count in db.session.execute(_passed(user_ids, sets)):
        passed[user_id][set_id] = count
    return {user_id: work_out(plan, done[user_id], passed[user_id]) for user_id in user_ids}


def _passed(user_ids: Collection[int], sets: Collection[int]) -> "Select[int, int, int]":
    return (
        select(TaskPassed.user_id, TaskPassed.task_set_id, func.count())
        .where(TaskPassed.user_id.in_(user_ids), TaskPassed.task_set_id.in_(sets))
        .group_by(TaskPassed.user_id, TaskPassed.task_set_id)
    )


def enrolment_of(viewer: User, course: Course) -> Enrolment | None:
    """This person's place in the course; None for who has not begun, and for guests."""
    if not viewer.is_authenticated:
        return None
    query = select(Enrolment).where(Enrolment.user_id == viewer.id, Enrolment.course_id == course.id)
    return db.session.scalars(query).one_or_none()


def lesson_named(course: Course, slug: str) -> Lesson | None:
    return next((lesson for lesson in course.lessons if lesson.slug == slug), None)


def answers_to(viewer: User, lesson: Lesson) -> dict[int, QuizAnswer]:
    """What this person has answered in a lesson, by question version."""
    if not viewer.is_authenticated:
        return {}
    steps = [step.id for step in lesson.steps]
    query = select(QuizAnswer).where(QuizAnswer.user_id == viewer.id, QuizAnswer.step_id.in_(steps))
    return {given.question_version_id: given for given in db.session.scalars(query)}


def questions_of(lesson: Lesson) -> list[QuestionVersion]:
    return [asked.version for step in lesson.steps for asked in step.asked]
