"""Taking a badge back needs two people: one asks with a reason, another agrees, and only then it stops counting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from academy import audit
from academy.accounts.mailing import recipient_of
from academy.accounts.models import User
from academy.approvals import operations as approvals
from academy.approvals.kinds import ApprovalKind, Told, register
from academy.approvals.models import Approval
from academy.credentials import operations, queries
from academy.credentials.letters import REVOKED
from academy.credentials.models import Award
from academy.credentials.operations import AlreadyRevoked
from academy.credentials.rules import EventKind
from academy.db import db
from academy.errors import Refused
from academy.i18n import _, _l, day, pick
from academy.mail import operations as mail
from academy.mail.addresses import public_link


def subject_of(award: Award) -> str:
    """How requests and the list of acts name an award."""
    return f"award:{award.public_id}"


def ask(award: Award, reason: str, by: User, now: datetime) -> Approval:
    """Ask that a badge be taken back. Until somebody else agrees, it counts as before."""
    if not reason.strip():
        raise Refused(_l("Write a reason: the holder has a right to know."))
    if queries.event(award, EventKind.REVOKED) is not None:
        raise AlreadyRevoked(_l("This badge was taken back before."))
    return approvals.ask(KIND.name, subject_of(award), {"reason": reason}, by, now, about=award.user_id)


def _award(subject: str) -> Award | None:
    query = select(Award).where(Award.public_id == subject.partition(":")[2])
    return db.session.scalars(query.options(joinedload(Award.holder, innerjoin=True))).unique().one_or_none()


def _carry_out(subject: str, asked: Mapping[str, Any], asked_by: int, approved_by: int, now: datetime) -> None:
    award = _award(subject)
    if award is None:
        raise LookupError(f"{subject} is gone.")
    reason = str(asked["reason"])
    operations.revoke(award, reason, asked_by, now)
    audit.note(
        "badge revoked", by=asked_by, about=award.user_id, subject=subject, detail={"agreed": approved_by}, now=now
    )
    to = recipient_of(award.holder)
    if to is not None:
        words = {
            "badge": award.achievement.title,
            "reason": reason,
            "link": public_link("academy.credentials.verify", public_id=award.public_id),
        }
        mail.send(REVOKED.name, to=to, words=words, now=now, key=subject)


def _tell(subject: str, detail: Mapping[str, Any]) -> Told:
    award = _award(subject)
    if award is None:
        return Told(_("Take a badge back"))
    facts = (
        (_("Badge"), pick(award.achievement.title)),
        (_("Held by"), award.holder.name or _("Erased person")),
        (_("Issued on"), day(award.valid_from)),
        (_("Reason for the holder"), str(detail.get("reason", ""))),
    )
    link = public_link("academy.credentials.verify", public_id=award.public_id)
    return Told(_("Take a badge back: %(badge)s", badge=pick(award.achievement.title)), facts, link)


KIND = register(ApprovalKind("credentials.revoke", _l("Take a badge back"), _carry_out, _tell))
