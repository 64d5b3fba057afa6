"""Routes for operators who bring pictures: send them, read what the check says, add them or throw them away."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from academy.annotation import arrivals, queries
from academy.annotation.arrivals import AlreadySettled, Brought
from academy.annotation.bringing import Upload
from academy.annotation.forms import UploadForm
from academy.annotation.models import TaskSet
from academy.annotation.rules import UploadState, Verdict
from academy.annotation.views import bp
from academy.clock import now
from academy.db import transaction
from academy.i18n import _, ngettext
from academy.jobs import JobState
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.uploads.door import takes
from academy.uploads.rules import LARGEST_UPLOAD
from academy.uploads.words import refusal_words


@bp.route("/gold/<slug>/upload", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@takes(LARGEST_UPLOAD)
@limited(100)
def upload(slug: str) -> ResponseReturnValue:
    """Bring pictures for a task set."""
    task_set = queries.task_set_named(slug) or abort(404)
    if request.method == "GET":
        form = UploadForm(formdata=None, licence=task_set.licence, attribution=task_set.attribution)
        return _upload_page(task_set, form)
    form = UploadForm()
    if not form.validate():
        return _upload_page(task_set, form), 422
    files = [Brought(file.filename, file.stream.read()) for file in form.files.data if file and file.filename]
    sent = arrivals.lay_down(files, now())
    with transaction():
        task_set = queries.task_set_named(slug) or abort(404)
        made, _job = arrivals.receive(
            task_set, sent, licence=form.licence.data, attribution=form.attribution.data,
            public=form.public.data, by_id=current_user.id, now=now(),
        )  # fmt: skip
        upload_id = made.id
    return redirect(url_for(".arrival", upload_id=upload_id), 303)


def _upload_page(task_set: TaskSet, form: UploadForm) -> str:
    earlier = queries.uploads_of(task_set.id)
    return render_template(
        "academy/annotation/upload.html",
        task_set=task_set,
        form=form,
        earlier=earlier,
        verdicts=queries.verdicts_of(one.id for one in earlier),
        state_words=state_words,
        Verdict=Verdict,
    )


def state_words(made: Upload) -> str:
    """What became of an upload."""
    return {
        UploadState.CHECKING: _("is being checked"),
        UploadState.CHECKED: _("checked, waits for you"),
        UploadState.ADDED: _("added"),
        UploadState.DROPPED: _("thrown away"),
    }[made.state]


@bp.get("/gold/uploads/<int:upload_id>")
@requires(Permission.OPERATE)
def arrival(upload_id: int) -> ResponseReturnValue:
    """How far the check is, or what it says of each file."""
    made = queries.upload_named(upload_id)
    counts = queries.verdicts_of([made.id]).get(made.id, {})
    return render_template(
        "academy/annotation/arrival.html",
        upload=made,
        counts={verdict.value: counts.get(verdict, 0) for verdict in Verdict},
        page=queries.files_not_taken(made.id, request.args.get("after")),
        job=queries.job_of(arrivals.CHECK, made) if made.state is UploadState.CHECKING else None,
        refusal_words=refusal_words,
        state_words=state_words,
        UploadState=UploadState,
        JobState=JobState,
        Verdict=Verdict,
    )


@bp.post("/gold/uploads/<int:upload_id>/add")
@requires(Permission.OPERATE)
def add_arrival(upload_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            made = queries.upload_named(upload_id)
            count = arrivals.add(made, current_user.id, now())
            slug = made.task_set.slug
    except AlreadySettled as settled:
        flash(str(settled), "info")
        return redirect(url_for(".arrival", upload_id=upload_id))
    except IntegrityError:  # the same picture came in by another way at this very moment
        flash(_("Somebody else added pictures at this moment. Nothing was added; please try again."), "error")
        return redirect(url_for(".arrival", upload_id=upload_id))
    flash(ngettext("%(num)s picture was added.", "%(num)s pictures were added.", count), "ok")
    return redirect(url_for(".show_set", slug=slug))


@bp.post("/gold/uploads/<int:upload_id>/drop")
@requires(Permission.OPERATE)
def drop_arrival(upload_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            made = queries.upload_named(upload_id)
            arrivals.drop(made, current_user.id, now())
            slug = made.task_set.slug
    except AlreadySettled as settled:
        flash(str(settled), "info")
        return redirect(url_for(".arrival", upload_id=upload_id))
    flash(_("Everything was thrown away. Nothing was added."), "ok")
    return redirect(url_for(".upload", slug=slug))
