"""Routes for operators: what the gold of a set looks like, a second look at a sample, locking and releasing."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.annotation import locking, queries
from academy.annotation.models import TaskSet
from academy.annotation.quality import looking
from academy.annotation.quality.forms import DrawForm, LookForm
from academy.annotation.quality.words import crowd_words, reason_words, size_words
from academy.annotation.rules import Look
from academy.annotation.views import bp
from academy.clock import now
from academy.db import transaction
from academy.errors import Conflict, Refused
from academy.i18n import Sentence, _, language, ngettext
from academy.permissions import Permission, requires

STATES = {
    "lock": (locking.lock, "locked"),
    "unlock": (locking.unlock, "unlocked"),
    "release": (locking.release, "released"),
    "hold-back": (locking.hold_back, "held back"),
}


def _set_named(slug: str) -> TaskSet:
    return queries.task_set_named(slug) or abort(404)


def _said(kept: dict[str, object]) -> str:
    """A kept sentence in the language of the page."""
    return Sentence.from_json(kept).words(language())


@bp.get("/gold/<slug>/quality")
@requires(Permission.OPERATE)
def quality(slug: str) -> ResponseReturnValue:
    """What the last measuring found, and how far the second look is."""
    return _quality_page(_set_named(slug), DrawForm(formdata=None))


def _quality_page(task_set: TaskSet, form: DrawForm) -> str:
    report = looking.report_of(task_set.id)
    form.offer_labels(task_set.label_set.labels)
    return render_template(
        "academy/annotation/quality.html",
        task_set=task_set,
        report=report,
        newer=looking.newer_gold(task_set.id, report) if report else 0,
        job=looking.measuring(task_set.id),
        standing=looking.standing(task_set.id, current_user.id),
        page=looking.looks_found(task_set.id, request.args.get("after")),
        titles={label.name: label.title for label in task_set.label_set.labels},
        form=form,
        said=_said,
        crowd_words=crowd_words,
        size_words=size_words,
        reason_words=reason_words,
        Look=Look,
    )


@bp.post("/gold/<slug>/quality")
@requires(Permission.OPERATE)
def measure(slug: str) -> ResponseReturnValue:
    """Measure the gold of a set anew, in the background."""
    with transaction():
        looking.ask_to_measure(_set_named(slug), current_user.id, now())
    return redirect(url_for(".quality", slug=slug), 303)


@bp.post("/gold/<slug>/state")
@requires(Permission.OPERATE)
def set_state(slug: str) -> ResponseReturnValue:
    """Lock or unlock a set, release it or hold it back."""
    change, _word = STATES.get(request.form.get("state", "")) or abort(422)
    with transaction():
        change(_set_named(slug), current_user.id, now())
    flash(_state_words(request.form["state"]), "ok")
    return redirect(url_for(".quality", slug=slug), 303)


def _state_words(state: str) -> str:
    return {
        "lock": _("The set is locked: its gold stays as it is."),
        "unlock": _("The set is open for changes again."),
        "release": _("The set is released: practice, exams and projects may use it."),
        "hold-back": _("The set is held back: nobody is offered it any more."),
    }[state]


@bp.post("/gold/<slug>/looks")
@requires(Permission.OPERATE)
def draw_sample(slug: str) -> ResponseReturnValue:
    """Draw a sample for a second look."""
    form = DrawForm()
    task_set = _set_named(slug)
    form.offer_labels(task_set.label_set.labels)
    if not form.validate():
        return _quality_page(task_set, form), 422
    try:
        with transaction():
            task_set = _set_named(slug)
            drawn = looking.draw(
                task_set, form.count.data or 1, form.reason.data, form.label.data, current_user.id, now()
            )
    except Refused as refused:
        form.reason.errors = [str(refused)]
        return _quality_page(_set_named(slug), form), 422
    flash(ngettext("%(num)s task was drawn.", "%(num)s tasks were drawn.", drawn), "ok")
    return redirect(url_for(".next_look", slug=slug), 303)


@bp.get("/gold/<slug>/looks")
@requires(Permission.OPERATE)
def next_look(slug: str) -> ResponseReturnValue:
    """The next drawn task that waits for this person's eyes."""
    task_set = _set_named(slug)
    waiting = looking.next_look(task_set.id, current_user.id, request.args.get("after", 0, type=int))
    if waiting is None:
        standing = looking.standing(task_set.id)
        if standing.drawn == standing.looked:
            flash(_("Nothing waits for your look any more."), "info")
        return redirect(url_for(".quality", slug=slug))
    return _look_page(task_set, waiting.id, LookForm(formdata=None))


def _look_page(task_set: TaskSet, look_id: int, form: LookForm) -> str:
    asked = looking.look_named(look_id)
    return render_template(
        "academy/annotation/look.html",
        task_set=task_set,
        look=asked,
        task=asked.task,
        gold=looking.gold_looked_at(asked),
        labels={label.name: label for label in task_set.label_set.labels},
        standing=looking.standing(task_set.id),
        reason_words=reason_words,
        form=form,
    )


@bp.post("/gold/<slug>/looks/<int:look_id>")
@requires(Permission.OPERATE)
def say_look(slug: str, look_id: int) -> ResponseReturnValue:
    """Say that a drawn task's gold is right, wrong or unclear."""
    form = LookForm()
    task_set = _set_named(slug)
    asked = looking.look_named(look_id)
    if asked.task.task_set_id != task_set.id:
        abort(404)
    if not form.validate():
        return _look_page(task_set, look_id, form), 422
    try:
        with transaction():
            asked = looking.look_named(look_id)
            looking.look(asked, Look(form.verdict.data), form.note.data or "", current_user.id, now())
    except Refused as refused:
        form.note.errors = [str(refused)]
        return _look_page(_set_named(slug), look_id, form), 422
    except Conflict as conflict:
        flash(str(conflict), "info")
    return redirect(url_for(".next_look", slug=slug, after=look_id), 303)
