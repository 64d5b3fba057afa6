"""Starting, saving and ending a sitting. Everything here runs inside the caller's transaction()."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

from sqlalchemy import select, update

from academy.db import db, guarded
from academy.errors import Forbidden, Refused
from academy.grading.documents import RefusedDocument, check_document
from academy.i18n import _, _l
from academy.jobs import request_job
from academy.questions.models import QuestionVersion
from academy.web import compact
from courses.practice.feedback import refusal
from exams.bank.models import Exam
from exams.bank.queries import items_with_options
from exams.sittings import rules
from exams.sittings.models import Answer, AnswerEvent, PaperItem, Sitting
from exams.sittings.queries import Part, paper_of, standing
from exams.sittings.rules import ClosedReason, Obstacle, Outcome, Phase
from exams.sittings.words import sentence


class NotOpenYet(Forbidden):
    """The exam can not be started now; the sentence says from when."""


class KeyUsedTwice(Refused):
    """One key of idempotency with two different answers: the sender is mistaken about what we hold."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One answer as it reached us."""

    item: int
    seq: int
    base_rev: int
    answer: dict[str, Any]


def start(exam: Exam, candidate_id: int, now: datetime, chance: Random | None = None) -> Sitting:
    """Open a paper, or go on with the one that is open. `chance` draws the order of options."""
    for sitting in db.session.scalars(
        select(Sitting).where(
            Sitting.candidate_id == candidate_id, Sitting.exam_id == exam.id, Sitting.closed_at.is_(None)
        )
    ).all():
        close_if_due(sitting, now)
    state = standing(candidate_id, exam, now)
    if state.running is not None:
        return state.running
    if state.hindrance is not None and state.hindrance.obstacle is not Obstacle.RUNNING:
        raise NotOpenYet(sentence(state.hindrance))
    sitting = Sitting(
        public_id=secrets.token_urlsafe(12),
        exam_id=exam.id,
        candidate_id=candidate_id,
        started_at=now,
        deadline_at=rules.deadline(now, exam.duration_minutes),
    )
    db.session.add(sitting)
    db.session.flush()  # one running sitting per exam and person: a second start meets the unique index
    _draw_paper(sitting, exam, chance or SystemRandom())
    return sitting


def _draw_paper(sitting: Sitting, exam: Exam, chance: Random) -> None:
    for asked, version in items_with_options(exam):
        order = _options(version)
        chance.shuffle(order)
        db.session.add(
            PaperItem(
                sitting_id=sitting.id,
                position=asked.position,
                exam_item_id=asked.id,
                question_version_id=asked.question_version_id,
                gold_id=asked.gold_id,
                option_order=order,
            )
        )
    db.session.flush()


def _options(version: QuestionVersion | None) -> list[str]:
    return [str(option["id"]) for option in (version.options if version else [])]


def save(sitting: Sitting, client_id: str, incoming: Sequence[Incoming], now: datetime) -> list[dict[str, Any]]:
    """Keep each answer and tell what became of it, in the order it was asked.

    The same key is answered the same again. An answer that started from an older revision changes nothing and is
    told what is stored. What comes after the end is kept as late and does not count.
    """
    parts = {part.item.position: part for part in paper_of(sitting)}
    known = _known(sitting, client_id, incoming)
    told = []
    for one in incoming:
        part = parts.get(one.item)
        if part is None:
            raise Refused(_l("This paper has no item %(number)s.", number=one.item))
        one = replace(one, answer=_in_its_own_size(part, one.answer))
        event = known.get(one.seq)
        if event is None:
            why = refuse(part, one.answer)
            if why:
                told.append({"item": one.item, "refused": why})
                continue
            event, part = _keep(sitting, part, client_id, one, now)
            known[one.seq], parts[one.item] = event, part
        elif event.paper_item_id != part.item.id or event.answer != one.answer:
            raise KeyUsedTwice(_l("This save was already used for another answer. Reload the page."))
        told.append(_tell(one.item, event))
    db.session.flush()
    return told


def _in_its_own_size(part: Part, answer: dict[str, Any]) -> dict[str, Any]:
    """A drawing says the size of its picture as we know it: of another size it could not be marked."""
    if part.task is None:
        return answer
    return {**answer, "image": {"width": part.task.media.width, "height": part.task.media.height}}


def _known(sitting: Sitting, client_id: str, incoming: Iterable[Incoming]) -> dict[int, AnswerEvent]:
    events = db.session.scalars(
        select(AnswerEvent).where(
            AnswerEvent.sitting_id == sitting.id,
            AnswerEvent.client_id == client_id,
            AnswerEvent.seq.in_([one.seq for one in incoming]),
        )
    )
    return {event.seq: event for event in events}


def refuse(part: Part, answer: Mapping[str, Any]) -> str | None:
    """Why an answer can not be kept, or None. A drawing is checked now, while its candidate can still mend it.

    Told for this answer alone: those sent with it are kept.
    """
    if len(compact(answer)) > rules.ANSWER_BYTES:
        return _("The answer to item %(item)s is too large to be kept.", item=part.item.position)
    if part.task_set is None:
        return None
    try:
        check_document(part.task_set.kind, dict(answer), gold=False)
    except RefusedDocument as error:
        return refusal(error.reason, error.object_id)
    return None


def _keep(sitting: Sitting, part: Part, client_id: str, one: Incoming, now: datetime) -> tuple[AnswerEvent, Part]:
    held = part.answer
    outcome = rules.judge(
        base_rev=one.base_rev,
        stored_rev=part.rev,
        same=held is not None and held.answer == one.answer,
        counts=rules.phase(sitting.deadline_at, sitting.closed_at, now) is not Phase.OVER,
    )
    if outcome is Outcome.SAVED and (held is None or held.answer != one.answer):
        if held is None:
            held = Answer(paper_item_id=part.item.id, rev=1, answer=one.answer, saved_at=now)
            db.session.add(held)
        else:
            held.rev, held.answer, held.saved_at = held.rev + 1, one.answer, now
        part = Part(part.item, part.asked, part.version, part.task, part.task_set, held)
    event = AnswerEvent(
        sitting_id=sitting.id,
        paper_item_id=part.item.id,
        client_id=client_id,
        seq=one.seq,
        base_rev=one.base_rev,
        answer=one.answer,
        outcome=outcome,
        rev=part.rev,
        stored=held.answer if outcome is Outcome.CONFLICT and held else None,
        received_at=now,
    )
    db.session.add(event)
    return event, part


def _tell(item: int, event: AnswerEvent) -> dict[str, Any]:
    if event.outcome is Outcome.SAVED:
        return {"item": item, "rev": event.rev}
    if event.outcome is Outcome.CONFLICT:
        return {"item": item, "conflict": True, "rev": event.rev, "answer": event.stored}
    return {"item": item, "late": True}


def hand_in(sitting: Sitting, now: datetime) -> None:
    """End the sitting because its candidate is done. After the end it is closed as time over; twice is once."""
    if not close_if_due(sitting, now):
        _close(sitting, ClosedReason.HANDED_IN, now, handed_in_at=now)


def close_if_due(sitting: Sitting, now: datetime) -> bool:
    """Close a sitting whose time is over. True if it is closed now, whoever did it."""
    if sitting.closed_at is None and rules.phase(sitting.deadline_at, None, now) is Phase.OVER:
        _close(sitting, ClosedReason.TIME_OVER, rules.counts_until(sitting.deadline_at), handed_in_at=None)
    return sitting.closed_at is not None


def close_due(now: datetime, limit: int = 200) -> int:
    """Close what is due, whether or not anybody comes back; tells how many."""
    due = db.session.scalars(
        select(Sitting)
        .where(Sitting.closed_at.is_(None), Sitting.deadline_at < now - rules.GRACE - rules.SETTLES_WITHIN)
        .order_by(Sitting.deadline_at)
        .limit(limit)
    ).all()
    return sum(close_if_due(sitting, now) for sitting in due)


def _close(sitting: Sitting, reason: ClosedReason, at: datetime, *, handed_in_at: datetime | None) -> None:
    changed = guarded(
        update(Sitting)
        .where(Sitting.id == sitting.id, Sitting.closed_at.is_(None))
        .values(closed_at=at, closed_reason=reason, handed_in_at=handed_in_at)
    )
    if changed:
        request_job("exams.mark", {"sitting_id": sitting.id}, key=f"sitting:{sitting.id}")
    db.session.refresh(sitting)


def take_over(sitting: Sitting, device: str) -> None:
    """The window `device` opened the paper; an older one is told at its next save."""
    sitting.device = device
    db.session.flush()
