"""Delivering letters, in the background: a mail server may take its time, or be away for a day."""

from collections.abc import Mapping

import structlog
from sqlalchemy import func, select

from academy import metrics
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import JobHandle, each_alone, every_minute, job
from academy.mail import operations, transports
from academy.mail.models import Letter, LetterState
from academy.mail.rules import Problem
from academy.sealing import CanNotBeOpened

log = structlog.get_logger(__name__)

AT_MOST = 200
"""Letters asked for in one minute; the rest has its turn in the next."""


@job(operations.DELIVER)
def deliver(_handle: JobHandle, letter_id: int) -> None:
    """Send one letter. A worker that dies between sending and noting it sends it twice, under the same Message-ID."""
    at = now()
    with transaction():
        letter = operations.take(letter_id, at)
    if letter is None:
        return
    try:
        content = operations.opened(letter)
        message = transports.compose(content, public_id=letter.public_id, language=letter.language, at=at)
        transports.hand_over(message, at)
    except CanNotBeOpened:
        _note(letter_id, Problem.SECRET_CHANGED, None)
    except transports.NotDelivered as error:
        _note(letter_id, error.problem, error.code)
    else:
        with transaction():
            operations.note_sent(db.session.get_one(Letter, letter_id), now())


def _note(letter_id: int, problem: Problem, code: int | None) -> None:
    with transaction():
        letter = db.session.get_one(Letter, letter_id)
        operations.note_problem(letter, problem, code, now())
    log.warning("letter not delivered", letter=letter_id, problem=problem.value, code=code, tries=letter.tries)


@every_minute
def try_again() -> None:
    """Ask for the next try at every letter whose time has come."""
    waiting = select(Letter.id).where(Letter.state == LetterState.WAITING, Letter.due_at <= now())
    numbers = db.session.scalars(waiting.order_by(Letter.due_at).limit(AT_MOST)).all()
    each_alone(numbers, _ask_again)


def _ask_again(letter_id: int) -> None:
    operations.request_delivery(db.session.get_one(Letter, letter_id))


@metrics.gauge("academy_letters", "Letters that wait, or could not be delivered.", "state")
def _letters() -> Mapping[str, float]:
    unsent = [state for state in LetterState if state != LetterState.SENT]
    counted = select(Letter.state, func.count()).where(Letter.state.in_(unsent)).group_by(Letter.state)
    found = {state.value: count for state, count in db.session.execute(counted)}
    return {state.value: found.get(state.value, 0) for state in unsent}
