"""Routes for people."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from courses.catalogue import queries
from courses.catalogue.models import Course

bp = Blueprint("catalogue", __name__)


@bp.get("/courses")
def index() -> ResponseReturnValue:
    """All courses; anybody may look."""
    search = request.args.get("q", "").strip()[: queries.LONGEST_SEARCH]
    page = queries.published_courses(current_user, search=search, after=request.args.get("after"))
    return render_template(
        "courses/catalogue/index.html",
        page=page,
        search=search,
        in_preparation=queries.courses_in_preparation(current_user),
    )


@bp.get("/courses/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """What a course teaches, its lessons, and what comes after it; anybody may look."""
    return render_template("courses/catalogue/show.html", course=queries.course_for(current_user, slug))


@bp.app_template_global()
def course_picture(course: Course, name: str) -> str:
    """The address of a picture that belongs to a course."""
    return url_for("static", filename=f"img/courses/{course.slug}/{name}")


@bp.app_template_global()
def where_next(step: dict[str, str]) -> str | None:
    """The address of what a course leads to."""
    targets = {"exam": "exams.bank.show", "course": "courses.catalogue.show", "projects": "academy.projects.index"}
    endpoint = targets.get(step["kind"])
    if endpoint is None:
        return None
    return url_for(endpoint, slug=step["slug"]) if step.get("slug") else url_for(endpoint)
