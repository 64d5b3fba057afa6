"""Taking part in courses. Everything here may be asked for twice and happens once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.accounts.mailing import write_to
from academy.accounts.models import User
from academy.db import Base, db, for_change, guarded
from academy.errors import Conflict
from academy.i18n import _l
from academy.mail.addresses import public_link
from academy.questions.rules import answered, mark
from academy.records.models import Record
from academy.records.operations import note
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.queries import courses_that_practise
from courses.catalogue.rules import StepKind
from courses.learning import letters, queries
from courses.learning.models import Enrolment, QuizAnswer, StepDone, TaskPassed
from courses.learning.rules import Progress, newly_complete


class NotPublished(Conflict):
    """A course that its instructors can read, and nobody can begin yet."""

    code = "not-published"


def enrol(user: User, course: Course, now: datetime) -> Enrolment:
    """A person's place in a course; what they practised before already counts."""
    if course.published_at is None:
        raise NotPublished(_l("This course is not published yet, so nobody can begin it."))
    if _once(Enrolment, user_id=user.id, course_id=course.id, started_at=now):
        note(user.id, "course begun", course.slug, {"title": course.title}, now)
        if queries.progress(user, course).complete:
            _finish(user.id, course, now)
    query = select(Enrolment).where(Enrolment.user_id == user.id, Enrolment.course_id == course.id)
    return db.session.scalars(query).one()


def complete_step(user_id: int, step: Step, now: datetime) -> None:
    """A step was read or answered."""
    _one_at_a_time(user_id)
    course = step.lesson.course
    before = _progress(user_id, course)
    if _once(StepDone, user_id=user_id, step_id=step.id, at=now):
        _tell(user_id, course, before, now)


def answer_quiz(
    user_id: int, step: Step, answers: Mapping[int, Mapping[str, Any] | None], now: datetime
) -> tuple[int, int]:
    """Keep the first answer to each question; who has answered all has done the quiz, and read the text before it.

    Returns how many questions are answered now, of how many.
    """
    _one_at_a_time(user_id)
    given = {kept.question_version_id for kept in queries.answers_to(_user(user_id), step.lesson).values()}
    shares = []
    for asked in step.asked:
        version, answer = asked.version, answers.get(asked.question_version_id)
        if version.id in given or not answered(answer):
            continue
        share = mark(version.kind, version.key, answer)
        if _once(
            QuizAnswer, user_id=user_id, step_id=step.id, question_version_id=version.id, answer=dict(answer or {}),
            share=share, at=now,
        ):  # fmt: skip
            shares.append(share)
            given.add(version.id)
    if shares:
        right = sum(share == 1 for share in shares)
        data = {"title": step.lesson.title, "right": right, "answered": len(shares)}
        note(user_id, "quiz answered", f"{step.lesson.course.slug}/{step.lesson.slug}", data, now)
    asked_ids = {asked.question_version_id for asked in step.asked}
    if asked_ids <= given:
        for earlier in step.lesson.steps:
            if earlier.position <= step.position and earlier.kind is not StepKind.PRACTICE:
                complete_step(user_id, earlier, now)
    return len(asked_ids & given), len(asked_ids)


def complete_practice(user_id: int, task_set_id: int, now: datetime, *, task_id: int) -> None:
    """A practice task was passed; called for each, as often as one likes."""
    _one_at_a_time(user_id)
    courses = courses_that_practise(task_set_id)
    before = {course.id: _progress(user_id, course) for course in courses}
    if not _once(TaskPassed, user_id=user_id, task_set_id=task_set_id, task_id=task_id, at=now):
        return
    for course in courses:
        _tell(user_id, course, before[course.id], now)


def settle(user_id: int, now: datetime) -> None:
    """End what is complete by now and was not noted: what two accounts did apart may be whole when they are one."""
    _one_at_a_time(user_id)
    told = select(Record.subject).where(Record.user_id == user_id, Record.kind == "lesson finished")
    noted = set(db.session.scalars(told))
    taken = select(Course).join(Enrolment, Enrolment.course_id == Course.id).where(Enrolment.user_id == user_id)
    for course in db.session.scalars(taken).unique():
        progress = _progress(user_id, course)
        complete = {lesson.id for lesson in progress.lessons if lesson.complete}
        for lesson in course.lessons:
            if lesson.id in complete and f"{course.slug}/{lesson.slug}" not in noted:
                _note_lesson(user_id, course, lesson, now)
        if progress.complete:
            _finish(user_id, course, now)


def _one_at_a_time(user_id: int) -> None:
    """Two last steps done in two windows at once would each find the other one missing, and neither end the course."""
    db.session.execute(for_change(select(User.id).where(User.id == user_id)))


def _tell(user_id: int, course: Course, before: Progress, now: datetime) -> None:
    """Write down which lessons this made complete, for those who take part."""
    if not _takes_part(user_id, course):
        return
    lessons, finished = newly_complete(before, _progress(user_id, course))
    for lesson in course.lessons:
        if lesson.id in lessons:
            _note_lesson(user_id, course, lesson, now)
    if finished:
        _finish(user_id, course, now)


def _note_lesson(user_id: int, course: Course, lesson: Lesson, now: datetime) -> None:
    note(user_id, "lesson finished", f"{course.slug}/{lesson.slug}", {"title": lesson.title}, now)


def _finish(user_id: int, course: Course, now: datetime) -> None:
    mine = (Enrolment.user_id == user_id, Enrolment.course_id == course.id, Enrolment.completed_at.is_(None))
    if guarded(update(Enrolment).where(*mine).values(completed_at=now)):
        note(user_id, "course finished", course.slug, {"title": course.title}, now)
        words = {"course": course.title, "link": public_link("exams.bank.index")}
        write_to(user_id, letters.FINISHED, words, now, key=f"{user_id}:{course.slug}")


def _takes_part(user_id: int, course: Course) -> bool:
    query = select(Enrolment.id).where(Enrolment.user_id == user_id, Enrolment.course_id == course.id)
    return db.session.scalar(query) is not None


def _progress(user_id: int, course: Course) -> Progress:
    return queries.progress_of([user_id], course)[user_id]


def _user(user_id: int) -> User:
    return cast(User, db.session.get(User, user_id))


def _once(model: type[Base], **values: Any) -> bool:
    """Insert a row unless it is there; the unique constraint decides, so two clicks make one row."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(model).values(**values).on_conflict_do_nothing().returning(inspect(model).primary_key[0])
    return db.session.scalar(made) is not None
