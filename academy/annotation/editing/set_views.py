"""Routes for operators who keep task sets: found, made, named, measured, and their tasks many at a time."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from academy.annotation import queries
from academy.annotation.editing import guideline_edits, history, searching, set_edits, task_edits
from academy.annotation.editing.gold_words import refusal_words
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.editing.rubric_examples import examples
from academy.annotation.editing.searching import Sought, State
from academy.annotation.editing.set_forms import (
    KIND_NAMES,
    PURPOSES,
    NewSetForm,
    RubricForm,
    SetForm,
    TasksForm,
    default_overlaps,
    rubric_values,
)
from academy.annotation.models import Guideline, LabelSet, Task, TaskSet
from academy.annotation.rules import MediaKind, Purpose
from academy.annotation.views import bp
from academy.audit_words import act_words
from academy.clock import now
from academy.db import db, transaction
from academy.errors import AcademyError
from academy.forms import UNSENT
from academy.grading.documents import RefusedDocument
from academy.grading.rubric import Rubric
from academy.i18n import _, ngettext, pick
from academy.permissions import Permission, requires


@bp.get("/gold")
@requires(Permission.OPERATE)
def sets() -> ResponseReturnValue:
    """All task sets, newest first, and a search in their names."""
    words = request.args.get("q", "").replace("\0", "").strip()[:100]
    page = searching.set_page(words, request.args.get("after"))
    counts = queries.task_counts([task_set.id for task_set in page.rows])
    return render_template("academy/annotation/sets.html", page=page, counts=counts, words=words, kind_names=KIND_NAMES)


@bp.route("/gold/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def new_set() -> ResponseReturnValue:
    """Make a set. Nobody is offered it before it is released."""
    form = NewSetForm()
    _offer_guidelines(form)
    label_sets = db.session.scalars(select(LabelSet).order_by(LabelSet.id.desc()).limit(500)).all()
    form.label_set.choices = [(one.id, pick(one.title)) for one in label_sets]
    if form.validate_on_submit():
        try:
            with transaction():
                made = set_edits.make_set(
                    form.slug.data, _title(form), form.kind.data, Purpose(form.purpose.data),
                    db.session.get(LabelSet, form.label_set.data) or abort(404),
                    db.session.get(Guideline, form.guideline.data) or abort(404),
                    licence=form.licence.data or "", attribution=form.attribution.data or "",
                    by_id=current_user.id, now=now(),
                )  # fmt: skip
                slug = made.slug
        except NameTaken as taken:
            form.slug.errors = [*form.slug.errors, str(taken)]
        else:
            flash(_("The set is there. Now bring its tasks."), "ok")
            return redirect(url_for(".show_set", slug=slug), 303)
    page = render_template("academy/annotation/set_new.html", form=form)
    return page, 422 if form.errors else 200


def _offer_guidelines(form: SetForm, own: Guideline | None = None) -> None:
    found = {one.id: one for one in [*guideline_edits.newest_guidelines(), *([own] if own else [])]}
    form.guideline.choices = [
        (one.id, _("%(title)s, version %(version)s", title=pick(one.title), version=one.version))
        for one in found.values()
    ]


def _title(form: SetForm) -> dict[str, str]:
    return {"ko": form.title_ko.data, "en": form.title_en.data}


@bp.get("/gold/<slug>")
@requires(Permission.OPERATE)
def show_set(slug: str) -> ResponseReturnValue:
    """One task set: what it is, and its tasks with a search and filters."""
    return _set_page(searching.set_named(slug) or abort(404), TasksForm(formdata=UNSENT))


def _set_page(task_set: TaskSet, form: TasksForm, status: int = 200) -> ResponseReturnValue:
    sought = Sought.read(request.args)
    page = searching.task_page(task_set.id, sought, request.args.get("after"))
    ids = [task.id for task in page.rows]
    alone = page.next is None and not request.args.get("after")  # then nobody needs to look through all gold again
    counts = queries.task_counts([task_set.id])
    drawn = render_template(
        "academy/annotation/set.html",
        task_set=task_set,
        page=page,
        sought=sought,
        found=len(ids) if alone else searching.count(task_set.id, sought),
        gold=queries.gold_of(ids),
        tags=task_edits.tags_of(ids),
        all_tags=searching.tags_in(task_set.id),
        counts=counts.get(task_set.id),
        changes=history.newest(f"task-set:{task_set.id}", f"tasks:{task_set.id}", most=8),
        act_words=act_words,
        form=form,
        kind_names=KIND_NAMES,
        purposes=PURPOSES,
        State=State,
        MediaKind=MediaKind,
    )
    return drawn, status


@bp.post("/gold/<slug>/tasks")
@requires(Permission.OPERATE)
def edit_tasks(slug: str) -> ResponseReturnValue:
    """Do one thing with many tasks: those that were ticked, or all that were found."""
    form = TasksForm()
    sought = Sought.read(request.args)
    if not form.validate():
        return _set_page(searching.set_named(slug) or abort(404), form, 422)
    try:
        with transaction():
            task_set = queries.task_set_named(slug) or abort(404)
            ids = _chosen(task_set, form, sought)
            changed = task_edits.edit(task_set, ids, _wanted(form), current_user.id, now())
    except AcademyError as refused:
        form.form_errors.append(str(refused))
        return _set_page(searching.set_named(slug) or abort(404), form, refused.status)
    if not ids:
        flash(_("No task was ticked, so nothing was changed."), "info")
    else:
        flash(ngettext("%(num)s task was changed.", "%(num)s tasks were changed.", changed), "ok")
    return redirect(url_for(".show_set", slug=slug, **dict[str, Any](sought.as_args())), 303)


def _chosen(task_set: TaskSet, form: TasksForm, sought: Sought) -> list[int]:
    if form.which.data == "all":
        return searching.ids_of(task_set.id, sought, task_edits.MOST)
    return [int(text) for text in request.form.getlist("task")[:1_000] if text.isdecimal() and len(text) < 19]


def _wanted(form: TasksForm) -> task_edits.Edit:
    act = form.act.data
    if act in ("withdraw", "restore"):
        return task_edits.Edit(withdraw=act == "withdraw")
    if act == "difficulty":
        return task_edits.Edit(difficulty=form.difficulty.data)
    tags = task_edits.read_tags(form.tags.data or "")
    return task_edits.Edit(add_tags=tags) if act == "add" else task_edits.Edit(remove_tags=tags)


@bp.route("/gold/<slug>/edit", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def edit_set(slug: str) -> ResponseReturnValue:
    """Change what a set says of itself."""
    task_set = queries.task_set_named(slug) or abort(404)
    if request.method == "GET":
        form = SetForm(
            formdata=UNSENT, title_ko=task_set.title.get("ko"), title_en=task_set.title.get("en"),
            licence=task_set.licence, attribution=task_set.attribution, guideline=task_set.guideline_id,
        )  # fmt: skip
    else:
        form = SetForm()
    _offer_guidelines(form, task_set.guideline)
    if request.method == "POST" and form.validate():
        values = {
            "title": _title(form), "licence": form.licence.data or "", "attribution": form.attribution.data or "",
            "guideline_id": form.guideline.data,
        }  # fmt: skip
        try:
            with transaction():
                task_set = queries.task_set_named(slug) or abort(404)
                set_edits.change_set(task_set, values, current_user.id, now())
        except AcademyError as refused:
            form.form_errors.append(str(refused))
        else:
            flash(_("Kept."), "ok")
            return redirect(url_for(".show_set", slug=slug), 303)
    page = render_template("academy/annotation/set_edit.html", task_set=task_set, form=form)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/gold/<slug>/rubric", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def edit_rubric(slug: str) -> ResponseReturnValue:
    """How exact work must be, with typical answers graded by it."""
    task_set = queries.task_set_named(slug) or abort(404)
    form = RubricForm(formdata=UNSENT, data=rubric_values(task_set.rubric)) if request.method == "GET" else RubricForm()
    form.offer([label for label in task_set.label_set.labels if label.retired_at is None])
    rubric: dict[str, Any] = task_set.rubric
    if request.method == "POST" and form.validate():
        rubric = form.said()
        try:
            Rubric.from_dict(rubric, kind=task_set.kind)
            if request.form.get("act") != "preview":
                with transaction():
                    task_set = queries.task_set_named(slug) or abort(404)
                    set_edits.set_rubric(task_set, rubric, current_user.id, now())
                flash(_("Kept. Work that comes in from now on is measured by it."), "ok")
                return redirect(url_for(".edit_rubric", slug=slug), 303)
        except RefusedDocument as refused:
            _blame(form, refused)
            rubric = task_set.rubric
        except AcademyError as refused:
            form.form_errors.append(str(refused))
    return _rubric_page(task_set, form, rubric)


def _blame(form: RubricForm, refused: RefusedDocument) -> None:
    """Say at its field which setting can not be used."""
    if refused.object_id not in form:
        form.form_errors.append(refusal_words(refused))
    else:
        field = form[refused.object_id]
        field.errors = [*field.errors, _("This can not be used together with the rest. Look at the help above.")]


def _rubric_page(task_set: TaskSet, form: RubricForm, rubric: dict[str, Any]) -> ResponseReturnValue:
    first = db.session.scalar(
        select(Task.id).where(Task.task_set_id == task_set.id, Task.withdrawn_at.is_(None)).order_by(Task.position)
        .limit(1)
    )  # fmt: skip
    gold = queries.gold_of([first]).get(first) if first is not None else None
    labels = [label.name for label in task_set.label_set.labels if label.retired_at is None]
    try:
        shown = examples(task_set.kind, rubric, gold.document if gold else None, labels)
    except RefusedDocument:
        shown = None
    page = render_template(
        "academy/annotation/rubric.html",
        task_set=task_set,
        form=form,
        examples=shown,
        measure=Rubric.from_dict(rubric, kind=task_set.kind),
        overlaps=default_overlaps(task_set.kind),
        titles={label.name: pick(label.title) for label in task_set.label_set.labels},
        from_task=gold is not None,
        changes=history.newest(f"task-set:{task_set.id}", most=5),
        act_words=act_words,
    )
    return page, 422 if form.errors or form.form_errors else 200
