"""Routes for people: guidelines for everybody. Media, sets and gold have their own (media_views, set_views)."""

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


@bp.get("/guidelines/<slug>")
@requires(Permission.STUDY)
def guideline(slug: str) -> ResponseReturnValue:
    """The numbered rules of a task set on one page, made to be printed."""
    found = queries.guideline_named(slug, request.args.get("version", type=row_number)) or abort(404)
    return render_template("academy/annotation/guideline.html", guideline=found)
