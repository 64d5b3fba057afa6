"""Reading the catalogue. What is not published is there for nobody but the instructors of the course."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import lazyload

from academy.accounts.models import User
from academy.accounts.scopes import COURSE, scope_of, within
from academy.db import Page, db, one_or_404, page_by_key
from academy.permissions import Permission
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.rules import folded

LONGEST_SEARCH = 100


def published_courses(viewer: User, *, search: str = "", after: str | None = None, size: int = 12) -> Page[Course]:
    """Courses that anybody may read about, newest first; every word of the search must be in its text."""
    query = select(Course).where(Course.published_at.is_not(None))
    for word in folded(search[:LONGEST_SEARCH]).split():
        query = query.where(Course.search_text.contains(word, autoescape=True))
    return page_by_key(query, Course.published_at, Course.id, after=after, size=size)


def course_for(viewer: User, slug: str) -> Course:
    """One course with its lessons and steps, or the page that does not exist."""
    return one_or_404(
        select(Course).where(Course.slug == slug, or_(Course.published_at.is_not(None), taught_by(viewer)))
    )


def taught_by(viewer: User) -> ColumnElement[bool]:
    """Courses this person teaches, and therefore reads before anybody else does."""
    return within(viewer, Permission.TEACH, COURSE, Course.id)


def teaches(viewer: User, course: Course) -> bool:
    """The same for one course that was already read."""
    return viewer.may_in(Permission.TEACH, scope_of(COURSE, course.id))


def courses_in_preparation(viewer: User, most: int = 50) -> Sequence[Course]:
    """What this person may read although it is not published."""
    if not viewer.may(Permission.TEACH):
        return ()
    query = select(Course).where(Course.published_at.is_(None), taught_by(viewer)).options(lazyload(Course.lessons))
    return db.session.scalars(query.order_by(Course.id.desc()).limit(most)).all()


def body_of(lesson: Lesson) -> dict[str, str]:
    """The text of a lesson, which lists of lessons leave out."""
    return db.session.scalars(select(Lesson.body).where(Lesson.id == lesson.id)).one()


def courses_that_practise(task_set_id: int) -> list[Course]:
    """The courses in which a task set is a step."""
    query = select(Course).join(Lesson).join(Step).where(Step.task_set_id == task_set_id).distinct()
    return list(db.session.scalars(query))
