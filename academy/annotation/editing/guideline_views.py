"""Routes for operators who write guidelines: every version stays, and two can be laid side by side."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, exists, or_, select

from academy import audit
from academy.annotation import operations, queries
from academy.annotation.editing import differing, guideline_edits, history
from academy.annotation.editing.guideline_forms import (
    GuidelineForm,
    NewGuidelineForm,
    next_number,
    rearranged,
    rule_of,
    values_of,
)
from academy.annotation.models import Guideline, GuidelineRule, Media
from academy.annotation.rules import MediaKind
from academy.annotation.views import bp
from academy.audit_words import act_words
from academy.clock import now
from academy.db import db, transaction
from academy.errors import AcademyError
from academy.forms import UNSENT
from academy.i18n import _, pick
from academy.permissions import Permission, requires
from academy.uploads.rules import RefusedFile
from academy.uploads.words import refusal_words
from academy.uploads.workshop import Workshop
from academy.web import row_number


@queries.reason_to_see
def in_a_guideline(_viewer: Any, _now: datetime) -> ColumnElement[bool]:
    """Pictures of rules are for everybody who may read guidelines: who signed in."""
    used = or_(GuidelineRule.good_media_id == Media.id, GuidelineRule.bad_media_id == Media.id)
    return exists().where(used)


@bp.get("/guidelines")
@requires(Permission.OPERATE)
def guidelines() -> ResponseReturnValue:
    """All guidelines in their newest version, and a search in names and titles."""
    words = request.args.get("q", "").strip()[:100]
    found = [one for one in guideline_edits.newest_guidelines() if _about(one, words)]
    counts = guideline_edits.sets_of([one.id for one in found])
    return render_template("academy/annotation/guidelines.html", guidelines=found, counts=counts, words=words)


def _about(guideline: Guideline, words: str) -> bool:
    return any(words.casefold() in text.casefold() for text in (guideline.slug, *guideline.title.values()))


@bp.route("/guidelines/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def new_guideline() -> ResponseReturnValue:
    """Choose a name; the first version is written on the next page, and nothing is kept before."""
    form = NewGuidelineForm()
    if form.validate_on_submit():
        slug = form.slug.data
        if slug not in guideline_edits.RESERVED and queries.guideline_named(slug) is None:
            with transaction():
                made = guideline_edits.publish(slug, {"ko": slug, "en": slug}, [], 0, current_user.id, now())
                slug = made.slug
            return redirect(url_for(".edit_guideline", slug=slug), 303)
        form.slug.errors = [*form.slug.errors, _("There is a guideline with this name already. Choose another name.")]
    return render_template("academy/annotation/guideline_new.html", form=form), 422 if form.errors else 200


@bp.route("/guidelines/<slug>/edit", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def edit_guideline(slug: str) -> ResponseReturnValue:
    """Write a new version. Every button but the last one only redraws the page with what was written."""
    found = queries.guideline_named(slug) or abort(404)
    if request.method == "GET":
        rules = [guideline_edits.content(rule) for rule in found.rules]
        return _edit_page(found, GuidelineForm(formdata=UNSENT, data=values_of(found, rules)))
    form = GuidelineForm()
    refused = _keep_pictures(form)
    act = request.form.get("act", "keep")
    if refused or act not in ("keep", "preview"):
        rows = [_row(row.form) for row in form.rules]
        told = {
            name: form[name].data for name in ("version", "title_ko", "title_en", "licence", "attribution", "follow")
        }
        form = GuidelineForm(formdata=UNSENT, data={**told, "rules": rows if refused else rearranged(rows, act)})
        form.form_errors = refused
        return _edit_page(found, form, 422 if refused else 200)
    if not form.validate():
        return _edit_page(found, form, 422)
    if act == "preview":
        return _edit_page(found, form, preview=True)
    return _publish(found, form)


def _publish(found: Guideline, form: GuidelineForm) -> ResponseReturnValue:
    title = {"ko": form.title_ko.data, "en": form.title_en.data}
    rules = _with_real_pictures([rule_of(_row(row.form)) for row in form.rules])
    try:
        with transaction():
            made = guideline_edits.publish(
                found.slug, title, rules, form.version.data, current_user.id, now(), follow=form.follow.data
            )
            version = made.version
    except AcademyError as refused:
        form.form_errors.append(str(refused))
        return _edit_page(found, form, refused.status)
    if version == form.version.data:
        flash(_("Nothing differs, so no new version was made."), "info")
    else:
        flash(_("Version %(version)s is published.", version=version), "ok")
    return redirect(url_for(".guideline_versions", slug=found.slug), 303)


def _with_real_pictures(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules that name only pictures that are there."""
    known = pictures_named({rule[side] for rule in rules for side in guideline_edits.PICTURES if rule[side]})
    return [
        {**rule, **{side: rule[side] if rule[side] in known else None for side in guideline_edits.PICTURES}}
        for rule in rules
    ]


def _row(row: Any) -> dict[str, Any]:
    return {name: field.data for name, field in row._fields.items() if not name.endswith("_file")}


def _keep_pictures(form: GuidelineForm) -> list[str]:
    """Keep pictures that were sent and name them in their rows; sentences about those that were refused."""
    sent = [
        (row.form, side, request.files[row.form[f"{side}_file"].name])
        for row in form.rules
        for side in ("good", "bad")
        if row.form[f"{side}_file"].name in request.files and request.files[row.form[f"{side}_file"].name].filename
    ]
    if not sent:
        return []
    if not form.licence.data or not form.attribution.data:
        return [_("Say whose the pictures are: fill in their licence and who made them, and choose them again.")]
    refused = []
    with Workshop() as workshop:
        for row, side, file in sent:
            try:
                picture = workshop.open_picture(file.stream.read())
            except RefusedFile as odd:
                refused.append(f"{file.filename}: {refusal_words(odd.why, odd.facts)}")
                continue
            alt = {"ko": row[f"{side}_ko"].data or "", "en": row[f"{side}_en"].data or ""}
            with transaction():
                media = operations.keep_picture(
                    picture, licence=form.licence.data, attribution=form.attribution.data, alt=alt, public=False
                )
                subject = f"guideline:{request.view_args['slug'] if request.view_args else ''}"
                audit.note("picture of a rule kept", by=current_user.id, subject=subject, now=now())
                row[f"{side}_media_id"].data = media.id
    return refused


def _edit_page(
    found: Guideline, form: GuidelineForm, status: int = 200, *, preview: bool = False
) -> ResponseReturnValue:
    rows = [_row(row.form) for row in form.rules]
    named = {int(row[side]) for row in rows for side in guideline_edits.PICTURES if str(row[side] or "").isdecimal()}
    page = render_template(
        "academy/annotation/guideline_edit.html",
        guideline=found,
        form=form,
        rules=[rule_of(row) for row in rows],
        pictures=pictures_named(named),
        preview=preview,
        next_number=next_number(rows),
    )
    return page, status


def pictures_named(media_ids: set[int]) -> dict[int, Media]:
    """Pictures by their numbers."""
    query = select(Media).where(Media.id.in_(media_ids), Media.kind == MediaKind.PICTURE)
    return {media.id: media for media in db.session.scalars(query)}


@bp.get("/guidelines/<slug>/versions")
@requires(Permission.OPERATE)
def guideline_versions(slug: str) -> ResponseReturnValue:
    """Every version of a guideline, who uses it, and what was changed."""
    versions = guideline_edits.versions_of(slug) or abort(404)
    return render_template(
        "academy/annotation/guideline_versions.html",
        versions=versions,
        slug=slug,
        counts=guideline_edits.sets_of([one.id for one in versions]),
        changes=history.newest(f"guideline:{slug}"),
        act_words=act_words,
    )


@bp.get("/guidelines/<slug>/compare")
@requires(Permission.OPERATE)
def compare_guidelines(slug: str) -> ResponseReturnValue:
    """Two versions rule by rule; without numbers, the newest with the one before."""
    newest = queries.guideline_named(slug) or abort(404)
    after = request.args.get("to", newest.version, type=row_number)
    before = request.args.get("from", max(1, after - 1), type=row_number)
    old, new = queries.guideline_named(slug, before) or abort(404), queries.guideline_named(slug, after) or abort(404)
    rules = [[guideline_edits.content(rule) for rule in one.rules] for one in (old, new)]
    return render_template(
        "academy/annotation/guideline_compare.html",
        old=old,
        new=new,
        newest=newest,
        pairs=differing.parts(rules[0], rules[1], "number"),
        pieces=_pieces,
        Differs=differing.Differs,
    )


def _pieces(pair: differing.Pair, name: str) -> list[differing.Piece]:
    """The words of one part of a rule in both versions, in the reader's language."""
    old, new = (pick(_said(one, name)) for one in (pair.before, pair.after))
    return differing.words(old, new)


def _said(rule: Mapping[str, Any] | None, name: str) -> Mapping[str, str]:
    return rule[name] if rule else {}
