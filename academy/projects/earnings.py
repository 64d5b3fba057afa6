"""What the earnings page asks of paid work: what is in review, and what came back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from academy.db import db
from academy.i18n import _
from academy.ledger.pending import OnTheWay, Returned, on_the_way
from academy.projects import queries
from academy.projects.models import Project, ReviewDecision, Unit
from academy.projects.rules import UnitState, Verdict
from academy.projects.words import reason_words

RETURNED_SHOWN = 5


@on_the_way
def work_on_the_way(user_id: int) -> list[OnTheWay]:
    """What one person has in review and what came back, per project."""
    undecided = (UnitState.SUBMITTED, UnitState.RETURNED)
    counted = db.session.execute(
        select(Unit.project_id, Unit.state, func.count())
        .where(Unit.labeler_id == user_id, Unit.state.in_(undecided))
        .group_by(Unit.project_id, Unit.state)
    )
    counts: dict[int, dict[UnitState, int]] = {}
    for project_id, state, number in counted:
        counts.setdefault(project_id, {})[state] = number
    if not counts:
        return []
    reasons = _reasons(user_id)
    projects = db.session.scalars(select(Project).where(Project.id.in_(counts)).order_by(Project.id.desc()))
    return [_told(project, counts[project.id], reasons.get(project.id, [])) for project in projects]


def _reasons(user_id: int) -> dict[int, list[Returned]]:
    returned = db.session.execute(
        select(Unit.project_id, Unit.id, Unit.position)
        .where(Unit.labeler_id == user_id, Unit.state == UnitState.RETURNED)
        .order_by(Unit.since)
        .limit(RETURNED_SHOWN)
    ).all()
    decided = queries.latest_decisions([row.id for row in returned], user_id)
    found: dict[int, list[Returned]] = {}
    for row in returned:
        decision = decided.get(row.id)
        if decision is not None and decision.verdict is Verdict.RETURNED:
            found.setdefault(row.project_id, []).append(_returned(row.id, row.position, decision))
    return found


def _returned(unit_id: int, position: int, decision: ReviewDecision) -> Returned:
    words = reason_words(decision.reason)
    said = f"{words} {decision.note}".strip()
    return Returned(_("Picture %(number)s: %(reason)s", number=position, reason=said), f"/work/{unit_id}")


def _told(project: Project, states: Mapping[UnitState, int], reasons: Sequence[Any]) -> OnTheWay:
    in_review, returned = states.get(UnitState.SUBMITTED, 0), states.get(UnitState.RETURNED, 0)
    return OnTheWay(
        subject=f"project:{project.id}",
        title=project.title,
        href=f"/projects/{project.id}",
        in_review=in_review,
        in_review_amount=in_review * project.price,
        returned_amount=returned * project.price,
        returned=tuple(reasons),
        returned_more=max(0, returned - len(reasons)),
    )
