"""Routes for operators who take a set out: what the chosen format can not carry is said before anything is written."""

import tempfile
import zipfile

from flask import Response, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy import audit
from academy.annotation import queries
from academy.annotation.exchange import leaving
from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.losses import losses_of
from academy.annotation.formats.registry import Format
from academy.annotation.formats.sinks import ZipSink
from academy.annotation.models import TaskSet
from academy.annotation.views import bp
from academy.clock import now
from academy.db import transaction
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.storage import storage

MOST_TASKS = 5_000
"""What one request can pack; larger sets go out by the command line."""
OWN_LICENCE = "LICENCE.txt"


@bp.get("/gold/<slug>/export")
@requires(Permission.OPERATE)
def export_set(slug: str) -> ResponseReturnValue:
    """The formats, and of the chosen one what it can not carry of this set."""
    task_set = queries.task_set_named(slug) or abort(404)
    return _page(task_set, _writable().get(request.args.get("form", "")))


@bp.post("/gold/<slug>/export")
@requires(Permission.OPERATE)
@limited(60)
def download_set(slug: str) -> ResponseReturnValue:
    """The newest gold of the set with its media, as a zip."""
    task_set = queries.task_set_named(slug) or abort(404)
    form = _writable().get(request.form.get("form", ""))
    if form is None or form.write is None or _is_large(task_set):
        return _page(task_set, form), 422
    with transaction():
        task_set = queries.task_set_named(slug) or abort(404)
        subject, detail = f"task-set:{slug}", {"objects": losses_of(leaving.leaving_set(task_set), form).objects}
        audit.note("gold exported", by=current_user.id, subject=subject, detail=detail, now=now())
    return _packed(task_set, form)


def _packed(task_set: TaskSet, form: Format) -> Response:
    """On a disk, not in memory; gone once it was sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer was sent
    with zipfile.ZipFile(file, "w") as archive:
        if form.write is not None:
            form.write(leaving.leaving_set(task_set), ZipSink(archive, storage().get))
        archive.writestr(OWN_LICENCE, f"{task_set.licence}\n{task_set.attribution}\n".encode())
    file.seek(0)
    name = f"{task_set.slug}-{form.token}.zip"
    answer = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=None)
    answer.call_on_close(file.close)
    return answer


def _writable() -> dict[str, Format]:
    return {token: form for token, form in FORMATS.items() if form.write is not None}


def _is_large(task_set: TaskSet) -> bool:
    counts = queries.task_counts([task_set.id]).get(task_set.id)
    return counts is not None and counts.tasks > MOST_TASKS


def _page(task_set: TaskSet, form: Format | None) -> str:
    large = _is_large(task_set)
    lost = losses_of(leaving.leaving_set(task_set), form) if form is not None and not large else None
    return render_template(
        "academy/annotation/export.html", task_set=task_set, formats=_writable().values(), form=form, lost=lost,
        large=large, most=MOST_TASKS,
    )  # fmt: skip
