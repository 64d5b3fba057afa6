"""The rule of two people: one asks, another agrees, and only then it happens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy import audit
from academy.accounts.models import User
from academy.approvals import kinds, rules
from academy.approvals.models import Approval
from academy.approvals.rules import Decision, State
from academy.db import db, guarded
from academy.errors import Conflict, Forbidden, Refused
from academy.i18n import _l

security_log = structlog.get_logger("security")


class AskedAlready(Conflict):
    """The same is waiting for its second person."""

    code = "asked-already"


class NotByTheSame(Forbidden):
    """Two people means two."""

    code = "second-person-needed"


class NotOpen(Conflict):
    """Decided, withdrawn or run out."""

    code = "not-open"


class ReasonNeeded(Refused):
    """A no without a reason helps nobody."""

    code = "reason-needed"


def ask(
    kind: str, subject: str, detail: Mapping[str, Any], by: User, now: datetime, *, about: int | None = None
) -> Approval:
    """Ask for a second person's yes; raises AskedAlready while the same request is open.

    `about` is the person it concerns. What was written goes under "reason" in `detail`; it is kept apart from the rest.
    """
    if kind not in kinds.KINDS:
        raise LookupError(f"Nobody carries out approvals of kind {kind!r}.")
    _let_run_out(kind, subject, now)
    rest = {name: value for name, value in detail.items() if name != "reason"}
    approval = Approval(
        kind=kind, subject=subject, about_id=about, detail=rest, reason=str(detail.get("reason", "")),
        asked_by=by.id, asked_at=now, expires_at=now + rules.OPEN_FOR,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(approval)
    except IntegrityError as error:
        raise AskedAlready(_l("This was asked for already. It waits for a second person to agree.")) from error
    _note("approval asked", approval, by.id, now)
    return approval


def with_reason(approval: Approval) -> dict[str, Any]:
    """What the room that carries it out, or tells it, gets to know."""
    return {**approval.detail, "reason": approval.reason}


def _let_run_out(kind: str, subject: str, now: datetime) -> None:
    """A request that ran out makes room for a new one."""
    late = (Approval.kind == kind, Approval.subject == subject, Approval.expires_at <= now)
    ended = update(Approval).where(*late, Approval.decision.is_(None))
    guarded(ended.values(decision=Decision.EXPIRED, decided_at=now))


def decide(approval: Approval, by: User, approve: bool, reason: str, now: datetime) -> None:
    """Agree, and carry it out in the same transaction; or refuse, with a reason.

    Raises NotByTheSame for whoever asked, NotOpen when it is too late. Whether this person may decide on this kind at
    all, `queries.may_decide` says.
    """
    if by.id == approval.asked_by:
        raise NotByTheSame(_l("You asked for this yourself. Somebody else has to agree."))
    if not approve and not reason.strip():
        raise ReasonNeeded(_l("Write why you refuse, so that whoever asked can learn from it."))
    _end(approval, Decision.APPROVED if approve else Decision.REFUSED, by.id, reason, now)
    _note("approval given" if approve else "approval refused", approval, by.id, now)
    if approve:
        kind = kinds.KINDS[approval.kind]
        kind.carry_out(approval.subject, with_reason(approval), approval.asked_by, by.id, now)
    db.session.flush()


def withdraw(approval: Approval, by: User, now: datetime) -> None:
    """Take one's own request back."""
    if by.id != approval.asked_by:
        raise Forbidden(_l("Only whoever asked can withdraw a request."))
    _end(approval, Decision.WITHDRAWN, by.id, "", now)
    _note("approval withdrawn", approval, by.id, now)


def _end(approval: Approval, decision: Decision, by: int, answer: str, now: datetime) -> None:
    """Once only: of two who decide at the same moment, one is too late."""
    still_open = (Approval.id == approval.id, Approval.decision.is_(None), Approval.expires_at > now)
    values = {"decision": decision, "decided_by": by, "decided_at": now, "answer": answer.strip()}
    if rules.state_of(approval.decision, approval.expires_at, now) is not State.OPEN or not guarded(
        update(Approval).where(*still_open).values(values)
    ):
        raise NotOpen(_l("This request is no longer open: it was decided, withdrawn, or nobody agreed in time."))


def _note(act: str, approval: Approval, by: int, now: datetime) -> None:
    detail = {"approval": approval.id, "kind": approval.kind}
    audit.note(act, by=by, about=approval.about_id, subject=approval.subject, detail=detail, now=now)
    person = db.session.scalar(select(User.public_id).where(User.id == by))
    security_log.info(act.replace(" ", "-"), person=person, kind=approval.kind, approval=approval.id)
