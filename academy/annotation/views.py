"""Routes for people: guidelines for everybody, gold for operators. Media are served by media_views.py."""

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from academy.annotation import queries, sketch
from academy.permissions import Permission, requires
from academy.web import row_number

bp = Blueprint("annotation", __name__)


@bp.app_template_global("draw_sketch")
def draw_sketch(document: dict[str, Any] | None, labels: Any, media: Any, small: bool) -> sketch.Sketch:
    """For components/sketch.html: a document drawn on its media, or on a line of an upload."""
    return sketch.draw(
        document, labels, width=media.width, height=media.height, seconds=media.seconds, parts=media.parts, small=small
    )


@bp.get("/gold")
@requires(Permission.OPERATE)
def sets() -> ResponseReturnValue:
    """All task sets, newest first."""
    page = queries.set_page(request.args.get("after"))
    counts = queries.task_counts([task_set.id for task_set in page.rows])
    return render_template("academy/annotation/sets.html", page=page, counts=counts)


@bp.get("/gold/<slug>")
@requires(Permission.OPERATE)
def show_set(slug: str) -> ResponseReturnValue:
    """One task set: its pictures, labels, licence and versions of gold."""
    task_set = queries.task_set_named(slug) or abort(404)
    page = queries.task_page(task_set.id, request.args.get("after"))
    gold = queries.gold_of(task.id for task in page.rows)
    counts = queries.task_counts([task_set.id])
    return render_template(
        "academy/annotation/set.html", task_set=task_set, page=page, gold=gold, counts=counts.get(task_set.id)
    )


@bp.get("/gold/tasks/<int:task_id>")
@requires(Permission.OPERATE)
def show_task(task_id: int) -> ResponseReturnValue:
    """One picture with every version of its gold."""
    task = queries.task_with_media(task_id) or abort(404)
    versions = queries.versions_of(task_id)
    titles = {label.name: label for label in queries.labels_of(task.task_set.label_set_id)}
    return render_template("academy/annotation/task.html", task=task, versions=versions, labels=titles)


@bp.get("/guidelines/<slug>")
@requires(Permission.STUDY)
def guideline(slug: str) -> ResponseReturnValue:
    """The numbered rules of a task set on one page, made to be printed."""
    found = queries.guideline_named(slug, request.args.get("version", type=row_number)) or abort(404)
    return render_template("academy/annotation/guideline.html", guideline=found)
