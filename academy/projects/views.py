"""Projects, the desk of a labeler and the desk of a reviewer."""

from typing import Any, cast

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts.models import User
from academy.annotation import queries as annotation
from academy.annotation.models import GuidelineRule, Label, Media, TaskSet
from academy.annotation.workspace import workspace_config
from academy.api_docs import Answer, Topic, documented
from academy.clock import now
from academy.db import transaction
from academy.errors import Forbidden, Refused
from academy.grading.documents import RefusedDocument, check_document
from academy.i18n import _, _l, pick, won
from academy.ledger import queries as ledger
from academy.ledger.rules import hold_account
from academy.permissions import Permission, requires
from academy.projects import earnings as earnings  # tells the earnings page what is on the way
from academy.projects import operations, queries, reviewing
from academy.projects.forms import ReturnForm
from academy.projects.models import Project, Review, Unit
from academy.projects.rules import (
    LeaseEnding,
    ProjectState,
    Reason,
    UnitState,
    as_handed_in,
    fix_until,
    labels_used,
    pay_per_hour,
)
from academy.projects.schemas import HANDED_IN, KEPT, KEY, LONGEST_KEY
from academy.projects.words import UNIT_PILLS, project_words, reason_words, unit_words
from academy.web import read_json

bp = Blueprint("projects", __name__)


def _viewer() -> User | None:
    return cast(User, current_user) if current_user.is_authenticated else None


def _me() -> User:
    return cast(User, current_user)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "reason_words": reason_words,
        "unit_words": unit_words,
        "unit_pill": UNIT_PILLS.get,
        "project_words": project_words,
    }


# Projects ----------------------------------------------------------------------------------------------------------


@bp.get("/projects")
def index() -> ResponseReturnValue:
    viewer = _viewer()
    held = queries.levels_of(viewer, now())
    return render_template(
        "academy/projects/index.html",
        opened=queries.projects_listed(held, opened=True, after=request.args.get("after")),
        locked=queries.projects_listed(held, opened=False, after=request.args.get("locked_after")),
        per_hour=pay_per_hour,
    )


@bp.get("/projects/progress")
@requires(Permission.BRING_PROJECTS)
def progress() -> ResponseReturnValue:
    return render_template(
        "academy/projects/progress.html", projects=queries.projects_watched(_me(), after=request.args.get("after"))
    )


@bp.get("/projects/<int:project_id>")
def show(project_id: int) -> ResponseReturnValue:
    viewer = _viewer()
    project = queries.project_for(viewer, project_id)
    held = queries.levels_of(viewer, now())
    missing = queries.needs_of(project, held)
    open_texts = {need.text for need in missing}
    needs = [queries.need_in_words(row) for row in project.requirements]
    if viewer is not None and project.client_id != viewer.id:
        adult = queries.adult_need(viewer.id, project.id, now())
        needs.append(adult)
        missing += [] if adult.done else [adult]
        open_texts |= set() if adult.done else {adult.text}
    watches = viewer is not None and queries.watches(viewer, project)
    return render_template(
        "academy/projects/show.html",
        project=project,
        per_hour=pay_per_hour(project.price, project.seconds_per_unit),
        needs=[{"text": need.text, "href": need.href, "done": need.text not in open_texts} for need in needs],
        missing=missing,
        rules=annotation.rules_of(project.task_set.guideline_id),
        lease=queries.open_lease(project.id, viewer.id) if viewer else None,
        own=queries.own_work_in(viewer, project) if viewer else {},
        own_project=viewer is not None and project.client_id == viewer.id,
        running=project.state is ProjectState.OPEN,
        still_held=ledger.balance(hold_account(project.id)) if watches else None,
        UnitState=UnitState,
    )


@bp.post("/projects/<int:project_id>/start")
@requires(Permission.WORK)
def start(project_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            project = queries.project_for(_me(), project_id)
            lease = operations.take_next(project, _me().id, now())
    except operations.NothingLeft as nothing:
        flash(str(nothing), "info")
        return redirect(url_for(".show", project_id=project_id))
    return redirect(url_for(".unit", unit_id=lease.unit_id))


# The labeler's desk ------------------------------------------------------------------------------------------------


@bp.get("/work/<int:unit_id>")
@requires(Permission.WORK)
def unit(unit_id: int) -> ResponseReturnValue:
    me = _me()
    found = queries.unit_for(me, unit_id)
    mine_now = found.labeler_id == me.id
    lease = None if mine_now else queries.last_lease(found.id, me.id)
    if not mine_now:
        operations.check_open_to(found.project, me.id, now())
    submission = queries.last_submission(found.id, me.id) if mine_now else None
    decisions = queries.decisions_on(found.id, me.id) if mine_now else ()
    editable = not mine_now or found.state is UnitState.RETURNED
    labels = annotation.labels_of(found.project.task_set.label_set_id)
    config = workspace_config(
        found.task,
        found.task.media,
        found.project.task_set.label_set,
        found.project.task_set.guideline,
        document=submission.document if submission else None,
        draft_key=f"work-{found.id}-{me.public_id}-{submission.number if submission else 0}",
        read_only=not editable,
    )
    decision = decisions[0] if decisions else None
    return render_template(
        "academy/projects/unit.html",
        unit=found,
        project=found.project,
        config=config,
        editable=editable,
        lease=lease,
        overdue=lease is not None and (lease.ending is LeaseEnding.EXPIRED or lease.expires_at <= now()),
        decision=decision,
        pins=_named(submission.document, labels, decision.pins) if submission and decision else [],
        fix_until=fix_until(found.since) if found.state is UnitState.RETURNED else None,
        UnitState=UnitState,
    )


def _named(document: dict[str, Any], labels: list[Label], wanted: list[str] | None = None) -> list[tuple[str, str]]:
    """The objects of a document as id and name, numbered as the workspace numbers them."""
    titles = {label.name: pick(label.title) for label in labels}
    things = enumerate(document.get("objects", []), 1)
    named = [(thing["id"], f"{number}. {titles.get(thing['label'], thing['label'])}") for number, thing in things]
    return [(name, words) for name, words in named if wanted is None or name in wanted]


@bp.post("/work/<int:unit_id>/submit")
@requires(Permission.WORK)
@documented(
    Topic.WORK,
    _l("Hand in a picture of a paid project"),
    {200: Answer(_l("It is kept."), KEPT), 302: Answer(_l("The same, for a plain form."))},
    body=HANDED_IN,
    form=True,
    asked=(KEY,),
    refusals=(409,),
)
def submit(unit_id: int) -> ResponseReturnValue:
    """Takes JSON {"document", "take_next"} with an Idempotency-Key; answers once the work is safe.

    A choice may come from the plain form as well, when scripts are off.
    """
    document, key, take_next = _sent()
    if not 8 <= len(key) <= LONGEST_KEY:
        raise Refused(_l("The work did not arrive whole. Send it again."))
    with transaction():
        found = queries.unit_for(_me(), unit_id)
        kept = _checked(document, found.project.task_set, found.task.media)
        submission = operations.hand_in(found, _me().id, kept, key, now())
        following = _next_unit(found.project) if take_next else None
    if following is None:
        pay = won(found.project.price)
        flash(_("Handed in. A reviewer looks at it next; %(pay)s when it is accepted.", pay=pay), "ok")
        following = url_for(".show", project_id=found.project_id)
    if not request.is_json:
        return redirect(following)
    return jsonify(saved=True, number=submission.number, location=following)


def _sent() -> tuple[Any, str, bool]:
    """The document, its key, and whether the next picture is wanted."""
    if request.is_json:
        sent = read_json()
        if not isinstance(sent, dict):
            raise Refused(_l("The work did not arrive whole. Send it again."))
        return sent.get("document"), request.headers.get("Idempotency-Key", ""), bool(sent.get("take_next"))
    document = {"kind": "classification", "choice": request.form.get("choice") or None}
    return document, request.form.get("key", ""), "take_next" in request.form


def _next_unit(project: Project) -> str | None:
    try:
        return url_for(".unit", unit_id=operations.take_next(project, _me().id, now()).unit_id)
    except (operations.NothingLeft, Forbidden):
        return None


def _checked(document: Any, task_set: TaskSet, media: Media) -> dict[str, Any]:
    """The document as it may be kept; refused with a sentence when it can not be used."""
    try:
        check_document(task_set.kind, document, gold=False)
    except RefusedDocument as refused:
        if refused.object_id:
            raise Refused(
                _("Object %(object)s can not be used as it is drawn. Draw it again.", object=refused.object_id)
            ) from refused
        raise Refused(_l("The drawing can not be used. Reload the page and try again.")) from refused
    kept = as_handed_in(task_set.kind, document, media.width, media.height)
    used = labels_used(kept)
    if task_set.kind == "classification" and not used:
        raise Refused(_l("Choose an answer first."))
    unknown = used - {label.name for label in annotation.labels_of(task_set.label_set_id)}
    if unknown:
        raise Refused(_l("A label is not one of this project's labels. Reload the page and choose again."))
    return kept


@bp.post("/work/<int:unit_id>/skip")
@requires(Permission.WORK)
def skip(unit_id: int) -> ResponseReturnValue:
    with transaction():
        found = queries.unit_for(_me(), unit_id)
        operations.skip(found, _me().id, now())
    flash(_("You gave the picture back. Somebody else will take it."), "info")
    return redirect(url_for(".show", project_id=found.project_id))


@bp.get("/my/work")
@requires(Permission.WORK)
def mine() -> ResponseReturnValue:
    return render_template(
        "academy/projects/mine.html",
        leases=queries.leases_held(_me()),
        returned=queries.units_returned(_me()),
        handed_in=queries.units_handed_in(_me(), after=request.args.get("after")),
        fix_until=fix_until,
    )


# The reviewer's desk -----------------------------------------------------------------------------------------------


@bp.get("/reviews")
@requires(Permission.REVIEW)
def desk() -> ResponseReturnValue:
    return render_template(
        "academy/projects/desk.html",
        fixed=queries.review_queue(_me(), now(), fixed_for_me=True),
        waiting=queries.review_queue(_me(), now(), fixed_for_me=False),
    )


@bp.get("/reviews/<int:review_id>")
@requires(Permission.REVIEW)
def review(review_id: int) -> ResponseReturnValue:
    found = queries.review_for(_me(), review_id, now())
    return _review_page(found, _return_form(found))


def _return_form(found: Review) -> ReturnForm:
    rules: list[GuidelineRule] = annotation.rules_of(found.project.task_set.guideline_id)
    labels = annotation.labels_of(found.project.task_set.label_set_id)
    return ReturnForm(
        [(rule.number, f"{rule.number}. {pick(rule.title)}") for rule in rules],
        _named(found.submission.document, labels),
    )


def _review_page(found: Review, form: ReturnForm) -> str:
    unit: Unit = found.submission.unit
    config = workspace_config(
        unit.task,
        unit.task.media,
        found.project.task_set.label_set,
        found.project.task_set.guideline,
        document=found.submission.document,
        draft_key=f"review-{found.id}",
        read_only=True,
    )
    return render_template(
        "academy/projects/review.html",
        review=found,
        unit=unit,
        project=found.project,
        config=config,
        form=form,
        earlier=queries.decisions_on(unit.id, found.labeler_id),
    )


@bp.post("/reviews/<int:review_id>/accept")
@requires(Permission.REVIEW)
def accept(review_id: int) -> ResponseReturnValue:
    with transaction():
        found = queries.review_for(_me(), review_id, now())
        reviewing.accept(found, _me().id, now())
    flash(_("Accepted. The labeler is paid %(pay)s.", pay=won(found.project.price)), "ok")
    return redirect(url_for(".desk"))


@bp.post("/reviews/<int:review_id>/return")
@requires(Permission.REVIEW)
def send_back(review_id: int) -> ResponseReturnValue:
    with transaction():
        found = queries.review_for(_me(), review_id, now())
        form = _return_form(found)
        if not form.validate():
            return _review_page(found, form), 422
        reviewing.send_back(
            found,
            _me().id,
            Reason(form.reason.data),
            form.note.data or "",
            now(),
            rule_number=form.rule.data,
            pins=form.pins.data or (),
        )
    flash(_("Sent back. You will see it first when it is fixed."), "ok")
    return redirect(url_for(".desk"))
