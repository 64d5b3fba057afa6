"""Routes for operators who keep gold: looked at, edited, compared, taken back, taken from an annotator."""

import json
from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.annotation import queries
from academy.annotation.editing import differing, gold_edits, gold_words, history, task_edits
from academy.annotation.editing.set_forms import AcceptedForm, FlagsForm, GoldForm, TakeForm
from academy.annotation.models import Document, Gold, Label, Media, Task
from academy.annotation.rules import MediaKind
from academy.annotation.views import bp
from academy.annotation.workspace import workspace_config
from academy.audit_words import act_words
from academy.clock import now
from academy.db import transaction
from academy.errors import AcademyError
from academy.forms import UNSENT
from academy.i18n import _, pick
from academy.permissions import Permission, requires
from academy.safe_json import RefusedJson, parse_json
from academy.web import row_number

DRAWN = ("box", "classification")
"""Kinds whose gold is drawn or chosen in the workspace; others are edited as documents."""
LONGEST = 400_000
"""Characters of a document that is edited by hand: a browser shows no more of it with ease."""
MOST_FLAGGED = 200
"""Objects whose flags stand on one page."""


@bp.app_template_global("shown_address")
def shown_address(media: Media) -> str:
    """The picture on which labels are drawn; "" for what is no picture."""
    return url_for("academy.annotation.media", token=media.token) if media.kind is MediaKind.PICTURE else ""


@bp.app_template_global("thumb_address")
def thumb_address(media: Media) -> str:
    """The small picture on which labels are drawn in lists."""
    return url_for("academy.annotation.media_thumb", token=media.token) if media.kind is MediaKind.PICTURE else ""


def task_named(task_id: int) -> Task:
    return queries.task_with_media(task_id) or abort(404)


def _labels(task: Task) -> dict[str, Label]:
    return {label.name: label for label in queries.labels_of(task.task_set.label_set_id)}


@bp.get("/gold/tasks/<int:task_id>")
@requires(Permission.OPERATE)
def show_task(task_id: int) -> ResponseReturnValue:
    """One task with its newest gold, what annotators said of it, and every version."""
    return _task_page(task_named(task_id))


def _task_page(task: Task, refused: str = "", status: int = 200) -> ResponseReturnValue:
    versions = queries.versions_of(task.id)
    newest = versions[0] if versions and versions[0].document else None
    labels = _labels(task)
    flags = _flags_form(newest) if newest is not None else None
    page = render_template(
        "academy/annotation/task.html",
        task=task,
        versions=versions,
        newest=newest,
        labels=labels,
        opinions=gold_edits.opinions_of(task.id),
        flags=flags,
        accepted=_accepted_form(newest, labels) if newest is not None else None,
        rules=[rule.number for rule in queries.rules_of(task.task_set.guideline_id)],
        tags=task_edits.tags_of([task.id]).get(task.id, []),
        changes=history.newest(f"gold:{task.id}"),
        act_words=act_words,
        refused=refused,
        source_words=gold_words.source_words,
        MediaKind=MediaKind,
    )
    return page, status


def _flags_form(gold: Gold) -> FlagsForm | None:
    objects = gold.document.get("objects") or ()
    if not objects or len(objects) > MOST_FLAGGED:
        return None
    rows = [
        {
            "object": str(item.get("id", place)),
            **{flag: bool(item.get(flag)) for flag in gold_edits.FLAGS},
            "rule": str(item.get("rule") or ""),
        }
        for place, item in enumerate(objects, 1)
    ]
    return FlagsForm(formdata=UNSENT, data={"version": gold.version, "objects": rows})


def _accepted_form(gold: Gold, labels: Mapping[str, Label]) -> AcceptedForm | None:
    if gold.document.get("kind") != "classification":
        return None
    form = AcceptedForm(formdata=UNSENT, version=gold.version, accepted=list(gold.document.get("accepted") or ()))
    form.offer(_choices(gold, labels))
    return form


def _choices(gold: Gold | None, labels: Mapping[str, Label]) -> list[tuple[str, str]]:
    """Labels that may be right as well, except the choice itself."""
    chosen = gold.document.get("choice") if gold is not None else None
    kept = set(gold.document.get("accepted") or ()) if gold is not None else set()
    offered = [name for name, label in labels.items() if name != chosen and (label.retired_at is None or name in kept)]
    return [(name, pick(labels[name].title)) for name in offered]


# Editing -----------------------------------------------------------------------------------------------------------


@bp.route("/gold/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@requires(Permission.OPERATE)
def edit_gold(task_id: int) -> ResponseReturnValue:
    """A new version of gold: drawn or chosen in the workspace, or as a document that is checked."""
    task = task_named(task_id)
    if request.method == "GET" and task.task_set.locked_at is not None:
        return redirect(url_for(".show_task", task_id=task_id), 303)  # which says so
    newest = queries.gold_of([task.id]).get(task.id)
    if request.method == "GET":
        return _editor(task, newest, newest.document if newest else None)
    form = GoldForm()
    sent, words = _sent(task, newest, form)
    if sent is None:
        return _editor(task, newest, newest.document if newest else None, form=form, refused=words, status=422)
    if request.form.get("act") == "preview":
        return _preview(task, newest, form, sent)
    try:
        with transaction():
            task = task_named(task_id)
            change = gold_edits.save(task, sent, form.version.data, current_user.id, now(), note=form.note.data or "")
    except AcademyError as refused:
        task = task_named(task_id)
        newest = queries.gold_of([task.id]).get(task.id)
        return _editor(task, newest, sent, form=form, refused=str(refused), status=refused.status)
    flash(_("The new version is kept.") if change else _("Nothing differs, so no new version was made."), "ok")
    return redirect(url_for(".show_task", task_id=task_id), 303)


def _sent(task: Task, newest: Gold | None, form: GoldForm) -> tuple[Document | None, str]:
    """The document that was sent, or why it can not be read. What the workspace does not draw stays as it was."""
    if not form.validate():
        return None, " ".join(str(error) for errors in form.errors.values() for error in errors)
    before: dict[str, Any] = dict(newest.document) if newest is not None else {"kind": task.task_set.kind}
    if not form.document.data and "answer" in request.form:
        return _answered(task, before, request.form["answer"])
    if not form.document.data and request.form.get("choice"):  # without scripts, a choice is a plain form
        return {**before, "choice": request.form["choice"]}, ""
    try:
        sent = parse_json(form.document.data or "")
    except RefusedJson as refused:
        return None, _("This is not a JSON document: %(reason)s", reason=str(refused))
    if not isinstance(sent, dict):
        return None, _("The document must begin with { and end with }.")
    return ({**before, **sent} if request.form.get("drawn") else sent), ""


def _answered(task: Task, before: dict[str, Any], answer: str) -> tuple[Document | None, str]:
    """The gold with one answer of those that the page offers."""
    kind = task.task_set.kind
    if kind not in _ANSWERS or answer not in dict(_offered(task)):
        return None, _("Choose an answer first.")
    others = [name for name in before.get("accepted") or () if name != answer]
    return {**before, _ANSWERS[kind]: answer} | ({"accepted": others} if "accepted" in before else {}), ""


def _offered(task: Task) -> list[tuple[str, str]]:
    """The answers a task of one answer can have, with their words."""
    if task.task_set.kind == "preference":
        names = [f" ({part.get('name')})" if part.get("name") else "" for part in (task.media.parts or ())[-2:]]
        first, second = names if len(names) == 2 else ("", "")
        return [("A", f"A{first}"), ("B", f"B{second}"), ("tie", _("equally good"))]
    return _choices(None, _labels(task)) if task.task_set.kind == "classification" else []


def _preview(task: Task, newest: Gold | None, form: GoldForm, sent: Document) -> ResponseReturnValue:
    fitted = gold_edits.fit(task, sent)
    try:
        gold_edits.check(task, fitted)
    except AcademyError as refused:
        return _editor(task, newest, sent, form=form, refused=str(refused), status=422)
    return _editor(task, newest, fitted, form=form, preview=True)


def _editor(
    task: Task,
    newest: Gold | None,
    document: Document | None,
    *,
    form: GoldForm | None = None,
    refused: str = "",
    preview: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    version = newest.version if newest is not None else 0
    kind, picture = task.task_set.kind, task.media.kind is MediaKind.PICTURE
    drawn = kind in DRAWN and picture and request.args.get("as") != "document"
    said = form.document.data if form is not None and not drawn and form.document.data else None
    shown = said or written(document or _blank(task))
    page = GoldForm(formdata=UNSENT, version=version, document=shown, note=form.note.data if form is not None else "")
    offered = [] if said or request.args.get("as") == "document" else _offered(task)
    answered = (document or {}).get(_ANSWERS.get(kind, ""))
    page.document.flags.optional = False
    common = {
        "offered": offered, "answered": answered, "task": task, "newest": newest, "form": page, "refused": refused,
        "labels": _labels(task), "document": document,
    }  # fmt: skip
    if not drawn:
        return render_template(
            "academy/annotation/gold_document.html", preview=preview, too_long=len(shown) > LONGEST, **common
        ), status
    key = f"gold/{current_user.public_id}/{task.id}/{version}"
    config = workspace_config(
        task, task.media, task.task_set.label_set, task.task_set.guideline, document=document, draft_key=key
    )
    return render_template("academy/annotation/gold_drawing.html", config=config, **common), status


def written(document: Document) -> str:
    """A document as people can edit it: each field and each object on a line of its own."""
    lines = []
    for name, value in document.items():
        if name == "objects" and value:
            objects = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in value)
            lines.append(f'"objects": [\n  {objects}\n ]')
        else:
            lines.append(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n " + ",\n ".join(lines) + "\n}"


_ANSWERS: Mapping[str, str] = {"classification": "choice", "preference": "preference"}
"""Kinds of one answer, and the field it stands in: people choose it, and need no document."""
_BLANK: Mapping[str, Mapping[str, Any]] = {
    "classification": {"choice": ""},
    "multilabel": {"choices": []},
    "transcription": {"text": ""},
    "preference": {"preference": ""},
    "ranking": {"ranking": []},
    "writing": {},
    "inspection": {},
}


def _blank(task: Task) -> Document:
    """What the first gold of a task may be written into."""
    kind = task.task_set.kind
    return gold_edits.fit(task, {"kind": kind, **_BLANK.get(kind, {"objects": []})})


@bp.post("/gold/tasks/<int:task_id>/flags")
@requires(Permission.OPERATE)
def edit_flags(task_id: int) -> ResponseReturnValue:
    """What gold says of its objects besides their shape: not counted, may be left out, a crowd, a rule."""
    form = FlagsForm()
    said = {row.form.object.data: {name: row.form[name].data for name in (*gold_edits.FLAGS, "rule")}
            for row in form.objects}  # fmt: skip
    return _keep(task_id, form, lambda gold: gold_edits.with_flags(gold.document, said))


@bp.post("/gold/tasks/<int:task_id>/accepted")
@requires(Permission.OPERATE)
def edit_accepted(task_id: int) -> ResponseReturnValue:
    """Which other choices are right as well."""
    task = task_named(task_id)
    form = AcceptedForm()
    form.offer(_choices(queries.gold_of([task.id]).get(task.id), _labels(task)))
    return _keep(task_id, form, lambda gold: {**gold.document, "accepted": form.accepted.data or []})


def _keep(task_id: int, form: FlagsForm | AcceptedForm, change: Any) -> ResponseReturnValue:
    if not form.validate():
        return _task_page(task_named(task_id), _("This could not be read. Please try again."), 422)
    try:
        with transaction():
            task = task_named(task_id)
            gold = queries.gold_of([task.id]).get(task.id) or abort(404)
            kept = gold_edits.save(task, change(gold), form.version.data, current_user.id, now())
    except AcademyError as refused:
        return _task_page(task_named(task_id), str(refused), refused.status)
    flash(_("The new version is kept.") if kept else _("Nothing differs, so no new version was made."), "ok")
    return redirect(url_for(".show_task", task_id=task_id), 303)


@bp.post("/gold/tasks/<int:task_id>/take")
@requires(Permission.OPERATE)
def take_gold(task_id: int) -> ResponseReturnValue:
    """Make an older version, or what an annotator said, the newest gold."""
    form = TakeForm()
    if not form.validate():
        return _task_page(task_named(task_id), _("This could not be read. Please try again."), 422)
    try:
        with transaction():
            task = task_named(task_id)
            if form.annotator.data:
                kept = gold_edits.take_opinion(task, form.annotator.data, form.version.data, current_user.id, now())
            else:
                kept = gold_edits.take_back(task, form.older.data or 0, form.version.data, current_user.id, now())
    except AcademyError as refused:
        return _task_page(task_named(task_id), str(refused), refused.status)
    flash(_("The new version is kept.") if kept else _("Nothing differs, so no new version was made."), "ok")
    return redirect(url_for(".show_task", task_id=task_id), 303)


# Comparing ---------------------------------------------------------------------------------------------------------


@bp.get("/gold/tasks/<int:task_id>/compare")
@requires(Permission.OPERATE)
def compare_gold(task_id: int) -> ResponseReturnValue:
    """Two versions of gold side by side, or an annotator's opinion with the newest gold."""
    task = task_named(task_id)
    versions = {gold.version: gold for gold in queries.versions_of(task.id)}
    newest = max(versions, default=0)
    annotator = request.args.get("annotator", "")[:200]
    after = versions.get(request.args.get("to", newest, type=row_number))
    if annotator:
        opinion = gold_edits.opinions_of(task.id).get(annotator) or abort(404)
        before, called = opinion.document, annotator
    else:
        number = request.args.get("from", max(1, newest - 1), type=row_number)
        older = versions.get(number) or abort(404)
        before, called = older.document, _("Version %(number)s", number=number)
    new = after.document if after is not None else {}
    return render_template(
        "academy/annotation/gold_compare.html",
        task=task,
        labels=_labels(task),
        sides=((called, before), (_("Version %(number)s", number=after.version) if after else _("no gold yet"), new)),
        pairs=[pair for pair in differing.documents(before, new) if pair.how is not differing.Differs.SAME][:500],
        same=sum(pair.how is differing.Differs.SAME for pair in differing.documents(before, new)),
        versions=sorted(versions, reverse=True),
        Differs=differing.Differs,
        differs_words=gold_words.differs_words,
        pair_name=gold_words.pair_name,
    )
