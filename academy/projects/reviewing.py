"""What happens to work after it was handed in: accepted and paid, or sent back with a reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from academy import audit
from academy.accounts.mailing import write_to
from academy.db import db, guarded
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.ledger import operations as ledger
from academy.ledger.rules import EntryKind, due_account, hold_account
from academy.mail.addresses import public_link
from academy.projects import letters, queries
from academy.projects.models import Review, ReviewDecision
from academy.projects.operations import count, move_unit
from academy.projects.rules import FIX_TIME, REVIEW_TIME, Reason, UnitState, Verdict, may_review, subject_of
from academy.projects.words import reason_words
from academy.records import operations as records


class AlreadyDecided(Conflict):
    """Another reviewer, or an earlier click, decided this review."""

    code = "already-decided"


class OwnWork(Refused):
    """Nobody reviews own work."""

    code = "own-work"


def accept(review: Review, reviewer_id: int | None, now: datetime) -> None:
    """Take the work and pay for it, once. Without a reviewer it is time itself that accepts."""
    _decide(review, reviewer_id, Verdict.ACCEPTED, now)
    unit, project = review.submission.unit, review.project
    if not move_unit(unit.id, UnitState.SUBMITTED, UnitState.ACCEPTED, now, review.labeler_id):
        raise AlreadyDecided(_l("Somebody has already decided about this work."))
    count(project.id, in_review=-1, accepted=1)
    ledger.post(
        EntryKind.ACCEPTANCE,
        f"acceptance:{review.submission_id}",
        [(hold_account(project.id), -project.price), (due_account(review.labeler_id), project.price)],
        now,
        subject=subject_of(project.id),
        about={"title": project.title, "picture": unit.position},
    )
    about = {"project": project.id, "title": project.title, "amount": project.price}
    records.note(review.labeler_id, "work accepted", f"unit:{unit.id}", about, now)
    if reviewer_id is not None:
        audit.note("work accepted", by=reviewer_id, about=review.labeler_id, subject=f"unit:{unit.id}", now=now)
    db.session.flush()


def send_back(
    review: Review,
    reviewer_id: int,
    reason: Reason,
    note: str,
    now: datetime,
    *,
    rule_number: str | None = None,
    pins: Sequence[str] = (),
) -> None:
    """Send the work back to its labeler, with the reason; it counts again only after a new submission."""
    drawn = {str(thing.get("id")) for thing in review.submission.document.get("objects", [])}
    pinned = [pin for pin in dict.fromkeys(pins) if pin in drawn]
    _decide(
        review, reviewer_id, Verdict.RETURNED, now,
        reason=reason, note=note, rule_number=rule_number or None, pins=pinned,
    )  # fmt: skip
    unit = review.submission.unit
    if not move_unit(unit.id, UnitState.SUBMITTED, UnitState.RETURNED, now, review.labeler_id):
        raise AlreadyDecided(_l("Somebody has already decided about this work."))
    count(review.project_id, in_review=-1, returned=1)
    about = {"project": review.project_id, "title": review.project.title, "reason": reason.value, "note": note}
    records.note(review.labeler_id, "work returned", f"unit:{unit.id}", about, now)
    words = {
        "project": review.project.title,
        "reason": lambda: reason_words(reason),
        "note": note,
        "until": now + FIX_TIME,
        "link": public_link("academy.projects.unit", unit_id=unit.id),
    }
    write_to(review.labeler_id, letters.RETURNED, words, now, key=f"review:{review.id}")
    detail = {"reason": reason.value}
    audit.note(
        "work returned", by=reviewer_id, about=review.labeler_id, subject=f"unit:{unit.id}", detail=detail, now=now
    )
    db.session.flush()


def _decide(
    review: Review,
    reviewer_id: int | None,
    verdict: Verdict,
    now: datetime,
    *,
    reason: Reason | None = None,
    note: str = "",
    rule_number: str | None = None,
    pins: Sequence[str] = (),
) -> None:
    """One decision closes a review: a second click meets the guarded update, a rival the unique constraint."""
    if reviewer_id == review.labeler_id:
        raise OwnWork(_l("Nobody reviews own work."))
    if reviewer_id is not None and not may_review(
        reviewer_id, review.labeler_id, review.reviewer_id, review.reserved_until, now
    ):
        raise Conflict(_l("The reviewer who sent this work back sees it first."))
    closed = guarded(update(Review).where(Review.id == review.id, Review.decided_at.is_(None)).values(decided_at=now))
    if closed == 0:
        raise AlreadyDecided(_l("Somebody has already decided about this work."))
    decision = ReviewDecision(
        review_id=review.id, unit_id=review.submission.unit_id, submission_id=review.submission_id,
        labeler_id=review.labeler_id, reviewer_id=reviewer_id, verdict=verdict, reason=reason, note=note,
        rule_number=rule_number, pins=list(pins), decided_at=now,
    )  # fmt: skip
    db.session.add(decision)
    db.session.flush()


def accept_unseen(review_id: int, now: datetime) -> bool:
    """Accept work that no reviewer looked at in time; False if somebody is deciding it at this moment."""
    review = db.session.scalars(queries.unseen_review(review_id, now - REVIEW_TIME)).one_or_none()
    if review is not None:
        accept(review, None, now)
    return review is not None


def free_unfixed(unit_id: int, now: datetime) -> bool:
    """Give a picture that came back and was not fixed in time to others; False if it is being fixed at this moment."""
    unit = db.session.scalars(queries.unfixed_unit(unit_id, now - FIX_TIME)).one_or_none()
    if unit is None or unit.labeler_id is None:
        return False
    labeler_id = unit.labeler_id
    if move_unit(unit.id, UnitState.RETURNED, UnitState.WAITING, now):
        count(unit.project_id, returned=-1)
        records.note(labeler_id, "work given back", f"unit:{unit.id}", {"project": unit.project_id}, now)
    return True
