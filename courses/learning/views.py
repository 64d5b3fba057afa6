"""Routes for people."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from academy.clock import now
from academy.db import transaction
from academy.errors import Forbidden, NotFound
from academy.i18n import _, _l, ngettext, pick
from academy.permissions import Permission, requires
from academy.questions.queries import public_view
from academy.questions.rules import read_answer
from courses.catalogue.content import to_html
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.queries import body_of, course_for, teaches
from courses.catalogue.rules import StepKind
from courses.catalogue.views import course_picture
from courses.learning import operations, queries
from courses.learning.models import Enrolment
from courses.learning.rules import Progress
from courses.learning.words import lesson_words, progress_words, step_words

bp = Blueprint("learning", __name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the viewer stands in a course: a guest and a newcomer stand before it."""

    enrolment: Enrolment | None
    progress: Progress | None
    words: str
    resume: Lesson


@bp.app_template_global("standing_in")
def standing_in(course: Course) -> Standing:
    """For the pages of the catalogue, which know courses but not who learns."""
    enrolment = queries.enrolment_of(current_user, course)
    if enrolment is None:
        return Standing(None, None, "", course.lessons[0])
    progress = queries.progress(current_user, course)
    lessons = {lesson.id: lesson for lesson in course.lessons}
    resume = lessons[progress.resume_at] if progress.resume_at else course.lessons[0]
    return Standing(enrolment, progress, progress_words(progress), resume)


bp.add_app_template_global(lesson_words, "lesson_words")
bp.add_app_template_global(step_words, "step_words")


@bp.post("/courses/<slug>/enrol")
@requires(Permission.STUDY)
def enrol(slug: str) -> ResponseReturnValue:
    """Begin a course, or go on where one stopped."""
    with transaction():
        course = course_for(current_user, slug)
        operations.enrol(current_user, course, now())
    return redirect(url_for(".lesson", slug=slug, lesson_slug=standing_in(course).resume.slug))


@bp.get("/courses/<slug>/<lesson_slug>")
def lesson(slug: str, lesson_slug: str) -> ResponseReturnValue:
    """A lesson; the first of each course may be read by anybody."""
    course = course_for(current_user, slug)
    shown = _lesson(course, lesson_slug)
    standing = standing_in(course)
    if standing.enrolment is None and shown.position > 1 and not teaches(current_user, course):
        if not current_user.is_authenticated:
            return redirect(url_for("academy.accounts.sign_in", next=request.path))
        raise Forbidden(
            _l("This lesson opens when you start the course. It is free."),
            missing=[_("Start the course: %(title)s", title=pick(course.title))],
        )
    return render_template("courses/learning/lesson.html", **_page(course, shown, standing))


def _page(course: Course, shown: Lesson, standing: Standing) -> dict[str, Any]:
    place = course.lessons.index(shown)
    answers = queries.answers_to(current_user, shown) if standing.enrolment else {}
    steps = {step.id: step for step in (standing.progress.of(shown.id).steps if standing.progress else ())}
    return {
        "course": course,
        "lesson": shown,
        "text": _text(course, shown),
        "standing": standing,
        "steps": steps,
        "quiz": [
            {"version": version, "view": public_view(version), "answer": answers.get(version.id)}
            for version in queries.questions_of(shown)
        ],
        "practices": [step for step in shown.steps if step.kind is StepKind.PRACTICE],
        "before": course.lessons[place - 1] if place else None,
        "after": course.lessons[place + 1] if place + 1 < len(course.lessons) else None,
        "done": standing.progress.of(shown.id) if standing.progress else None,
    }


def _text(course: Course, shown: Lesson) -> Markup:
    return _html(pick(body_of(shown)), course_picture(course, ""))


@lru_cache(maxsize=256)
def _html(text: str, pictures: str) -> Markup:
    """The same text is the same page for everybody; making it was a fifth of the page's work."""
    return to_html(text, lambda name: pictures + name)


@bp.post("/courses/<slug>/<lesson_slug>/quiz")
@requires(Permission.STUDY)
def answer_quiz(slug: str, lesson_slug: str) -> ResponseReturnValue:
    """Answer the questions of a lesson, and see at once how it went and why."""
    with transaction():
        step = _step_of(slug, lesson_slug, StepKind.QUIZ)
        answers = {
            asked.question_version_id: read_answer(
                asked.version.kind, asked.version.options, request.form, f"q{asked.question_version_id}"
            )
            for asked in step.asked
        }
        done, asked_count = operations.answer_quiz(current_user.id, step, answers, now())
    left = asked_count - done
    if left:
        flash(ngettext("%(num)s question is still open.", "%(num)s questions are still open.", left), "info")
    return redirect(url_for(".lesson", slug=slug, lesson_slug=lesson_slug, _anchor="quiz"))


@bp.post("/courses/<slug>/<lesson_slug>/finish")
@requires(Permission.STUDY)
def finish(slug: str, lesson_slug: str) -> ResponseReturnValue:
    """A lesson without questions was read; go on to the next."""
    with transaction():
        step = _step_of(slug, lesson_slug, StepKind.TEXT)
        operations.complete_step(current_user.id, step, now())
        course = step.lesson.course
    following = [lesson for lesson in course.lessons if lesson.position > step.lesson.position]
    if not following:
        return redirect(url_for("courses.catalogue.show", slug=slug))
    return redirect(url_for(".lesson", slug=slug, lesson_slug=following[0].slug))


def _lesson(course: Course, lesson_slug: str) -> Lesson:
    found = queries.lesson_named(course, lesson_slug)
    if found is None:
        raise NotFound(_l("This course has no such lesson."))
    return found


def _step_of(slug: str, lesson_slug: str, kind: StepKind) -> Step:
    """A step of a lesson, for somebody who takes part in its course."""
    course = course_for(current_user, slug)
    found = _lesson(course, lesson_slug)
    if queries.enrolment_of(current_user, course) is None:
        raise Forbidden(
            _l("Start the course first; then your answers are kept."),
            missing=[_("Start the course: %(title)s", title=pick(course.title))],
        )
    step = next((step for step in found.steps if step.kind is kind), None)
    if step is None:
        raise NotFound(_l("This lesson has no such step."))
    return step
