"""Routes for operators who bring data: send it, read what the check says line by line, add it, take it back."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wsgi import wrap_file

from academy.annotation import operations, queries
from academy.annotation.editing import set_edits
from academy.annotation.exchange import importing, previews, transfers
from academy.annotation.exchange.import_forms import MEDIA_ONLY, BringForm, BringNewForm, ReadingForm
from academy.annotation.exchange.importing import Brought, Sent
from academy.annotation.exchange.models import Upload
from academy.annotation.exchange.previews import Show
from academy.annotation.formats.every import FORMATS
from academy.annotation.models import TaskSet
from academy.annotation.rules import Outside, Purpose, UploadState, Verdict
from academy.annotation.views import bp
from academy.clock import now
from academy.db import transaction
from academy.errors import AcademyError, Conflict
from academy.i18n import Sentence, _
from academy.jobs import JobState
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.storage import storage
from academy.uploads.door import takes
from academy.uploads.rules import LARGEST_UPLOAD
from academy.web import row_number

AT_WORK = frozenset({UploadState.CHECKING, UploadState.ADDING, UploadState.UNDOING})


# Sending -----------------------------------------------------------------------------------------------------------


@bp.route("/gold/<slug>/import", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@takes(LARGEST_UPLOAD)
@limited(100)
def bring(slug: str) -> ResponseReturnValue:
    """Bring data for a task set; below it what was brought before."""
    task_set = queries.task_set_named(slug) or abort(404)
    if request.method == "GET":
        form = BringForm(formdata=None, licence=task_set.licence, attribution=task_set.attribution)
        return _start_page(form, task_set)
    form = BringForm()
    if not form.validate():
        return _start_page(form, task_set), 422
    try:
        upload_id = _receive(form, lambda: queries.task_set_named(slug) or abort(404))
    except AcademyError as refused:
        flash(str(refused), "error")
        return _start_page(form, queries.task_set_named(slug)), refused.status
    return redirect(url_for(".brought", upload_id=upload_id), 303)


@bp.route("/gold/import", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@takes(LARGEST_UPLOAD)
@limited(100)
def bring_new() -> ResponseReturnValue:
    """Bring data for a set that does not exist yet."""
    if request.method == "GET":
        return _start_page(BringNewForm(formdata=None))
    form = BringNewForm()
    if not form.validate():
        return _start_page(form), 422
    try:
        upload_id = _receive(form, lambda: _make_set(form))
    except AcademyError as refused:
        flash(str(refused), "error")
        return _start_page(form), refused.status
    return redirect(url_for(".brought", upload_id=upload_id), 303)


def _make_set(form: BringNewForm) -> TaskSet:
    """A set of every kind of objects, a draft; what comes in first decides its kind."""
    slug, title = form.slug.data, {"ko": form.title_ko.data, "en": form.title_en.data}
    return set_edits.make_set(
        slug, title, "mixed", Purpose(form.purpose.data), operations.ensure_label_set(slug, title, []),
        queries.guideline_named(slug) or operations.ensure_guideline(slug, title, []),
        licence=form.licence.data, attribution=form.attribution.data, by_id=current_user.id, now=now(),
    )  # fmt: skip


def _receive(form: BringForm, task_set: Callable[[], TaskSet]) -> int:
    """Take what was sent as an upload for the set that `task_set` gives inside the transaction."""
    files = [Brought(file.filename, file.stream.read()) for file in form.files.data or () if file and file.filename]
    laid = importing.lay_down(files, now())
    with transaction():
        here = transfers.hand_over(form.transfer.data or (), current_user.id)
        made, _job = importing.receive(
            task_set(), Sent(laid.token, [*here, *laid.sources]), form=form.form.data or "", options=form.options,
            outside=Outside(form.outside.data), licence=form.licence.data, attribution=form.attribution.data,
            public=form.public.data, by_id=current_user.id, now=now(),
        )  # fmt: skip
        return made.id


def _start_page(form: BringForm, task_set: TaskSet | None = None) -> str:
    earlier = queries.uploads_of(task_set.id) if task_set else []
    return render_template(
        "academy/annotation/bring.html",
        task_set=task_set,
        form=form,
        waiting=transfers.waiting_of(current_user.id),
        largest_piece=transfers.LARGEST_PIECE,
        largest_file=transfers.LARGEST_TRANSFER,
        earlier=earlier,
        verdicts=queries.verdicts_of(one.id for one in earlier),
        state_words=state_words,
        form_words=form_words,
        Verdict=Verdict,
    )


# Reading what the check says ---------------------------------------------------------------------------------------


@bp.get("/gold/uploads/<int:upload_id>")
@requires(Permission.OPERATE)
def brought(upload_id: int) -> ResponseReturnValue:
    """How far the work is, and what the check says of each item."""
    made = queries.upload_named(upload_id)
    show = _shown()
    page = previews.line_page(made.id, show, request.args.get("after", 0, type=row_number))
    known = {label.name: label for label in queries.labels_of(made.task_set.label_set_id)}
    return render_template(
        "academy/annotation/brought.html",
        upload=made,
        counts=previews.counts_of(made.id),
        show=show,
        page=page,
        lines=previews.lines_of(page),
        labels=previews.labels_of(made, known),
        new_labels=[label["name"] for label in made.labels if label["name"] not in known],
        again=_reading_form(made),
        job=importing.job_of(made) if made.state in AT_WORK else None,
        problem=Sentence.from_json(made.problem) if made.problem else None,
        state_words=state_words,
        show_words=show_words,
        verdict_words=verdict_words,
        form_words=form_words,
        at_work=made.state in AT_WORK,
        UploadState=UploadState,
        JobState=JobState,
        Verdict=Verdict,
        Outside=Outside,
        Show=Show,
    )


def _shown() -> Show:
    wanted = request.args.get("show", "")
    return Show(wanted) if wanted in set(Show) else Show.ALL


def _reading_form(made: Upload) -> ReadingForm:
    told = {name: value for name, value in made.options.items() if isinstance(value, str)}
    return ReadingForm(formdata=None, **{"form": made.form, "outside": made.outside.value, **told})


@bp.get("/media/uploads/<int:upload_id>/<int:position>")
@requires(Permission.OPERATE)
def brought_picture(upload_id: int, position: int) -> ResponseReturnValue:
    """The picture of one line, small if we have it small; operators see it before it is in any set."""
    key, content_type = previews.picture_of(upload_id, position) or abort(404)
    if address := storage().signed_address(key, content_type):
        return redirect(address, 307)
    try:
        file = storage().open(key)
    except FileNotFoundError:
        abort(404)
    answer = Response(wrap_file(request.environ, file), content_type=content_type, direct_passthrough=True)
    answer.call_on_close(file.close)
    answer.cache_control.private = True
    answer.cache_control.max_age = 600
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Content-Disposition"] = "inline"
    return answer


# Settling ----------------------------------------------------------------------------------------------------------


@bp.post("/gold/uploads/<int:upload_id>/again")
@requires(Permission.OPERATE)
@limited(100)
def check_again(upload_id: int) -> ResponseReturnValue:
    """Read the same files in another way."""
    form = ReadingForm()
    if not form.validate():
        flash(_("That is no way in which files can be read. Nothing was changed."), "error")
        return redirect(url_for(".brought", upload_id=upload_id))
    options: dict[str, Any] = {
        "form": form.form.data or "",
        "options": form.options,
        "outside": Outside(form.outside.data),
    }
    return _settle(upload_id, lambda made: importing.check_again(made, by_id=current_user.id, now=now(), **options))


@bp.post("/gold/uploads/<int:upload_id>/add")
@requires(Permission.OPERATE)
def add_brought(upload_id: int) -> ResponseReturnValue:
    return _settle(upload_id, lambda made: importing.add(made, current_user.id, now()))


@bp.post("/gold/uploads/<int:upload_id>/drop")
@requires(Permission.OPERATE)
def drop_brought(upload_id: int) -> ResponseReturnValue:
    return _settle(upload_id, lambda made: importing.drop(made, current_user.id, now()))


@bp.post("/gold/uploads/<int:upload_id>/undo")
@requires(Permission.OPERATE)
def undo_brought(upload_id: int) -> ResponseReturnValue:
    return _settle(upload_id, lambda made: importing.undo(made, current_user.id, now()))


def _settle(upload_id: int, act: Callable[[Upload], object]) -> ResponseReturnValue:
    """Do something with an upload, and show how it stands; who was too slow reads why."""
    try:
        with transaction():
            act(queries.upload_named(upload_id))
    except Conflict as refused:
        flash(str(refused), "info")
    return redirect(url_for(".brought", upload_id=upload_id))


# Words -------------------------------------------------------------------------------------------------------------


def state_words(made: Upload) -> str:
    """What became of an upload."""
    return {
        UploadState.CHECKING: _("is being checked"),
        UploadState.CHECKED: _("checked, waits for you"),
        UploadState.ADDING: _("is being added"),
        UploadState.ADDED: _("added"),
        UploadState.DROPPED: _("thrown away"),
        UploadState.UNDOING: _("is being taken back"),
        UploadState.UNDONE: _("taken back"),
    }[made.state]


def form_words(token: str) -> str:
    """What a format is called."""
    if token == MEDIA_ONLY:
        return _("media without labels")
    return FORMATS[token].title if token in FORMATS else token


def show_words(show: Show) -> str:
    """What a filter of the preview is called."""
    return {
        Show.ALL: _("All"),
        Show.NEW: _("New"),
        Show.CHANGED: _("Changed"),
        Show.SAME: _("The same"),
        Show.ODD: _("With remarks"),
        Show.REFUSED: _("Left out"),
    }[show]


def verdict_words(verdict: Verdict) -> str:
    """What will become of one line."""
    return {
        Verdict.NEW: _("new"),
        Verdict.CHANGED: _("changed"),
        Verdict.SAME: _("the same as before"),
        Verdict.REFUSED: _("left out"),
    }[verdict]
