"""The desk where a second person agrees, or does not."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.approvals import kinds, operations, queries, rules
from academy.approvals.forms import DecisionForm
from academy.approvals.kinds import Told
from academy.approvals.models import Approval
from academy.approvals.rules import State
from academy.clock import now
from academy.db import transaction
from academy.errors import Forbidden
from academy.i18n import _, _l
from academy.permissions import Permission, requires

bp = Blueprint("approvals", __name__)

STATE_NAMES: dict[State, tuple[Any, str]] = {
    State.OPEN: (_l("Waits for a second person"), "warn"),
    State.APPROVED: (_l("Agreed"), "ok"),
    State.REFUSED: (_l("Refused"), "bad"),
    State.WITHDRAWN: (_l("Withdrawn"), "plain"),
    State.EXPIRED: (_l("Nobody agreed in time"), "plain"),
}


def told(approval: Approval) -> Told:
    """The request in words; one of a kind that this version does not know is told by its name."""
    kind = kinds.KINDS.get(approval.kind)
    return kind.tell(approval.subject, operations.with_reason(approval)) if kind else Told(approval.kind)


def title_of(approval: Approval) -> str:
    """What is asked for, in a few words; asks the database nothing, for lists."""
    kind = kinds.KINDS.get(approval.kind)
    return str(kind.title) if kind else approval.kind


def _state(approval: Approval) -> State:
    return rules.state_of(approval.decision, approval.expires_at, now())


@bp.get("/approvals")
@requires(Permission.DECIDE)
def index() -> ResponseReturnValue:
    ended, after = "ended" in request.args, request.args.get("after")
    page = queries.ended(now(), after) if ended else queries.waiting(now(), after)
    return render_template(
        "academy/approvals/index.html", page=page, after=after, ended=ended, title_of=title_of, state_of=_state,
        states=STATE_NAMES, days=rules.OPEN_FOR.days,
    )  # fmt: skip


@bp.get("/approvals/<int:approval_id>")
@requires(Permission.DECIDE)
def show(approval_id: int) -> ResponseReturnValue:
    return _page(queries.approval(approval_id), DecisionForm(formdata=None))


def _page(approval: Approval, form: DecisionForm) -> str:
    return render_template(
        "academy/approvals/show.html", approval=approval, form=form, told=told(approval), state=_state(approval),
        states=STATE_NAMES, mine=approval.asked_by == current_user.id,
        may_decide=queries.may_decide(current_user, approval),
    )  # fmt: skip


@bp.post("/approvals/<int:approval_id>")
@requires(Permission.DECIDE, confirmed=True)
def decide(approval_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    chosen = request.form.get("decision")
    if chosen not in {"approve", "refuse"}:
        abort(400)
    fits = form.validate()
    if fits and chosen == "refuse" and not form.reason.data:
        form.reason.errors = [_("Write why you refuse, so that whoever asked can learn from it.")]
        fits = False
    if not fits:
        return _page(queries.approval(approval_id), form), 422
    with transaction():
        approval = queries.approval_for_change(approval_id)
        if approval.asked_by != current_user.id and not queries.may_decide(current_user, approval):
            raise Forbidden(_l("Your role does not decide on requests of this kind."))
        operations.decide(approval, current_user, chosen == "approve", form.reason.data or "", now())
    flash(_("Agreed. It is done.") if chosen == "approve" else _("Refused. Nothing was changed."), "ok")
    return redirect(url_for(".show", approval_id=approval_id))


@bp.post("/approvals/<int:approval_id>/withdraw")
@requires(Permission.DECIDE)
def withdraw(approval_id: int) -> ResponseReturnValue:
    with transaction():
        operations.withdraw(queries.approval_for_change(approval_id), current_user, now())
    flash(_("The request is withdrawn."), "ok")
    return redirect(url_for(".show", approval_id=approval_id))
