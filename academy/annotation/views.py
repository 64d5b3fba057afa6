"""Routes for people: pictures for everybody who may see them, gold for operators."""

import hashlib
import os
from typing import Any, BinaryIO

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from academy.annotation import queries, sketch
from academy.annotation.models import Media
from academy.clock import now
from academy.config import settings
from academy.permissions import Permission, requires
from academy.storage import storage
from academy.web import row_number

bp = Blueprint("annotation", __name__)


@bp.app_template_global("draw_sketch")
def draw_sketch(document: dict[str, Any] | None, labels: Any, media: Any, small: bool) -> sketch.Sketch:
    """For components/sketch.html: a document drawn on its media, or on a line of an upload."""
    return sketch.draw(
        document, labels, width=media.width, height=media.height, seconds=media.seconds, parts=media.parts, small=small
    )


LONG, SHORT = 31_536_000, 7_200
"""How long a browser keeps a picture: for a year, or as long as somebody may see what measures people."""


@bp.get("/media/<token>")
def media(token: str) -> ResponseReturnValue:
    """A picture. Its address, headers and bytes tell nothing about its gold."""
    picture, for_all = queries.media_for(current_user, token, now()) or abort(404)
    if address := storage().signed_address(picture.storage_key, picture.content_type):
        return _fetched_there(address)
    try:
        file = storage().open(picture.storage_key)
    except FileNotFoundError:
        abort(404)
    return _as_file(file, picture, LONG if for_all else SHORT)


def _as_file(file: BinaryIO, picture: Media, seconds: int) -> ResponseReturnValue:
    """The bytes, or the part that was asked for, as nothing but a picture."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(wrap_file(request.environ, file), content_type=picture.content_type, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = size
    # Made from the address alone: bytes that are the same in two places do not say so.
    response.set_etag(hashlib.sha256(picture.token.encode()).hexdigest()[:24])
    if picture.public:
        response.cache_control.public = True
    else:
        response.cache_control.private = True
    response.cache_control.max_age = seconds
    response.cache_control.immutable = True
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Content-Disposition"] = "inline"
    try:
        return response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise


def _fetched_there(address: str) -> ResponseReturnValue:
    """Lead to the bucket: the check was made here, and the address holds for minutes."""
    answer = redirect(address, 307)
    answer.cache_control.private = True
    answer.cache_control.max_age = settings().signed_seconds // 2
    return answer


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
