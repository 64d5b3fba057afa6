"""Routes for operators who keep label sets: found, made, edited label by label, ordered, merged, retired."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from academy.annotation.editing import history, label_edits, renaming
from academy.annotation.editing.label_forms import LabelForm, LabelSetForm, MergeForm, TitleForm, values_of
from academy.annotation.editing.skeletons import lay_out
from academy.annotation.models import Label, LabelSet
from academy.annotation.sketch import PALETTE
from academy.annotation.views import bp
from academy.audit_words import act_words
from academy.clock import now
from academy.db import Page, db, page_by_key, transaction
from academy.errors import AcademyError
from academy.forms import UNSENT
from academy.i18n import _
from academy.permissions import Permission, requires


def label_set_named(slug: str) -> LabelSet:
    """A label set with its labels; for operators."""
    query = select(LabelSet).where(LabelSet.slug == slug).options(selectinload(LabelSet.labels))
    return db.session.scalars(query).one_or_none() or abort(404)


def label_set_page(words: str, after: str | None) -> Page[LabelSet]:
    """Label sets, newest first; those in which the words stand, or one of whose labels has them in its name."""
    query = select(LabelSet)
    if words:
        inside = select(Label.label_set_id).where(Label.name.icontains(words, autoescape=True))
        named = (LabelSet.slug.icontains(words, autoescape=True), *_in_titles(words))
        query = query.where(or_(*named, LabelSet.id.in_(inside)))
    return page_by_key(query, LabelSet.id, after=after)


def _in_titles(words: str) -> list[Any]:
    return [LabelSet.title[language].as_string().icontains(words, autoescape=True) for language in ("ko", "en")]


@bp.get("/label-sets")
@requires(Permission.OPERATE)
def label_sets() -> ResponseReturnValue:
    """All label sets, and a search."""
    words, after = request.args.get("q", "").strip()[:100], request.args.get("after")
    page = label_set_page(words, after)
    counts = label_edits.label_counts([label_set.id for label_set in page.rows])
    return render_template("academy/annotation/label_sets.html", page=page, counts=counts, words=words, after=after)


@bp.route("/label-sets/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def new_label_set() -> ResponseReturnValue:
    form = LabelSetForm()
    if form.validate_on_submit():
        title = {"ko": form.title_ko.data, "en": form.title_en.data}
        try:
            with transaction():
                made = label_edits.make_label_set(form.slug.data, title, current_user.id, now())
                slug = made.slug
        except label_edits.NameTaken as taken:
            form.slug.errors = [*form.slug.errors, str(taken)]
        else:
            flash(_("The label set is there. Now add its labels."), "ok")
            return redirect(url_for(".label_set", slug=slug), 303)
    return render_template("academy/annotation/label_set_new.html", form=form), 422 if form.errors else 200


@bp.route("/label-sets/<slug>", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def label_set(slug: str) -> ResponseReturnValue:
    """One label set: its labels as people see them, who uses it, what was changed; and its title."""
    if request.method == "POST":
        form = TitleForm()
        if form.validate():
            with transaction():
                found = label_set_named(slug)
                title = {"ko": form.title_ko.data, "en": form.title_en.data}
                label_edits.entitle(found, title, current_user.id, now())
            flash(_("Kept."), "ok")
            return redirect(url_for(".label_set", slug=slug), 303)
    found = label_set_named(slug)
    if request.method == "GET":
        form = TitleForm(formdata=UNSENT, title_ko=found.title.get("ko"), title_en=found.title.get("en"))
    page = render_template(
        "academy/annotation/label_set.html",
        label_set=found,
        form=form,
        sets=label_edits.sets_using(found.id),
        changes=history.newest(f"label-set:{found.id}", f"label-names:{found.id}"),
        lay_out=lay_out,
        act_words=act_words,
    )
    return page, 422 if form.errors else 200


@bp.route("/label-sets/<slug>/labels/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def new_label(slug: str) -> ResponseReturnValue:
    """Add a label to the end of a set."""
    return _label_page(slug, None)


@bp.route("/label-sets/<slug>/labels/<int:label_id>", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def edit_label(slug: str, label_id: int) -> ResponseReturnValue:
    """Change one label."""
    return _label_page(slug, label_id)


def _label_page(slug: str, label_id: int | None) -> ResponseReturnValue:
    found = label_set_named(slug)
    label = None if label_id is None else label_of(found, label_id)
    if request.method == "GET":
        color = PALETTE[len(found.labels) % len(PALETTE)]
        form = LabelForm(formdata=UNSENT, data=values_of(label, found) if label else {"color": color})
    else:
        form = LabelForm()
    form.offer(found, label)
    if request.method == "POST" and form.validate() and request.form.get("act") != "preview":
        kept = _keep_label(slug, label_id, form)
        if kept is not None:
            return kept
    form.add_spare_rows()
    said = form.said() if request.method == "POST" and not form.errors else None
    page = render_template(
        "academy/annotation/label_edit.html", label_set=found, label=label, form=form, said=said, lay_out=lay_out
    )
    return page, 422 if form.errors or form.form_errors else 200


def _keep_label(slug: str, label_id: int | None, form: LabelForm) -> ResponseReturnValue | None:
    """Keep what was sent; None if it was refused, and then the form says why."""
    said, by_id, at = form.said(), current_user.id, now()
    try:
        with transaction():
            found = label_set_named(slug)
            if label_id is None:
                label_edits.add_label(found, said, by_id, at)
            else:
                label = label_of(found, label_id)
                renaming.rename(found, label, said["name"], by_id, at)
                label_edits.change_label(found, label, said, by_id, at)
    except AcademyError as refused:
        form.form_errors.append(str(refused))
        return None
    flash(_("The label “%(name)s” is kept.", name=said["name"]), "ok")
    return redirect(url_for(".label_set", slug=slug), 303)


def label_of(label_set: LabelSet, label_id: int) -> Label:
    """A label of this set, and of no other."""
    return next((label for label in label_set.labels if label.id == label_id), None) or abort(404)


@bp.route("/label-sets/<slug>/labels/<int:label_id>/merge", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def merge_label(slug: str, label_id: int) -> ResponseReturnValue:
    """Let another label take over what this one labelled."""
    found = label_set_named(slug)
    label = label_of(found, label_id)
    form = MergeForm()
    form.offer(found, label)
    if form.validate_on_submit():
        try:
            with transaction():
                found = label_set_named(slug)
                label = label_of(found, label_id)
                into = next((one for one in found.labels if one.name == form.into.data), None) or abort(404)
                renaming.merge(found, label, into, current_user.id, now())
        except AcademyError as refused:
            form.form_errors.append(str(refused))
        else:
            flash(_("What was “%(old)s” is “%(new)s” now.", old=label.name, new=into.name), "ok")
            return redirect(url_for(".label_set", slug=slug), 303)
    page = render_template("academy/annotation/label_merge.html", label_set=found, label=label, form=form)
    return page, 422 if form.errors or form.form_errors else 200


@bp.post("/label-sets/<slug>/labels/<int:label_id>/retire")
@requires(Permission.OPERATE)
def retire_label(slug: str, label_id: int) -> ResponseReturnValue:
    """Offer a label no more; or again, if `back` is sent."""
    with transaction():
        found = label_set_named(slug)
        label = label_of(found, label_id)
        change = label_edits.bring_back if request.form.get("back") else label_edits.retire
        change(found, label, current_user.id, now())
    flash(_("Kept."), "ok")
    return redirect(url_for(".label_set", slug=slug), 303)


@bp.post("/label-sets/<slug>/labels/<int:label_id>/move")
@requires(Permission.OPERATE)
def move_label(slug: str, label_id: int) -> ResponseReturnValue:
    """Move a label one place up or down."""
    step = -1 if request.form.get("way") == "up" else 1
    with transaction():
        found = label_set_named(slug)
        label_edits.move(found, label_of(found, label_id), step, current_user.id, now())
    return redirect(url_for(".label_set", slug=slug, _anchor=f"label-{label_id}"), 303)
