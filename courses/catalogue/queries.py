"""Reading the catalogue. What is not published is not there."""

from sqlalchemy import select

from academy.accounts.models import User
from academy.db import Page, db, one_or_404, page_by_key
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
    return one_or_404(select(Course).where(Course.slug == slug, Course.published_at.is_not(None)))


def body_of(lesson: Lesson) -> dict[str, str]:
    """The text of a lesson, which lists of lessons leave out."""
    return db.session.scalars(select(Lesson.body).where(Lesson.id == lesson.id)).one()


def courses_that_practise(task_set_id: int) -> list[Course]:
    """The courses in which a task set is a step."""
    query = select(Course).join(Lesson).join(Step).where(Step.task_set_id == task_set_id).distinct()
    return list(db.session.scalars(query))
