"""Reading letters and what people chose about them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from academy.db import Page, db, for_change, one_or_404, page_by_key
from academy.mail import rules
from academy.mail.models import Letter, LetterState, MailChoice
from academy.mail.operations import opened
from academy.mail.rules import OPTIONAL, Group
from academy.metrics import gauge
from academy.sealing import CanNotBeOpened


def choices_of(user_id: int) -> dict[Group, bool]:
    """Which letters a person gets, of those that may be switched off."""
    rows = db.session.execute(select(MailChoice.topic, MailChoice.wanted).where(MailChoice.user_id == user_id))
    chosen = {topic: wanted for topic, wanted in rows}
    return {group: chosen.get(group.value, group.wanted_unasked) for group in OPTIONAL}


def letters(state: LetterState, after: str | None) -> Page[Letter]:
    """For those who look after mail: letters in one state, newest first."""
    return page_by_key(select(Letter).where(Letter.state == state), Letter.created_at, Letter.id, after=after)


def letters_by_state() -> dict[LetterState, int]:
    """How many letters are where."""
    rows = db.session.execute(select(Letter.state, func.count()).group_by(Letter.state))
    found = {state: count for state, count in rows}
    return {state: found.get(state, 0) for state in LetterState}


@gauge("academy_letters", "Letters that have not arrived, by state.", "state")
def not_arrived() -> dict[str, float]:
    """For /metrics: what waits and what failed."""
    counted = select(Letter.state, func.count()).where(Letter.state.in_((LetterState.WAITING, LetterState.FAILED)))
    found = {state: count for state, count in db.session.execute(counted.group_by(Letter.state))}
    return {state.value: float(found.get(state, 0)) for state in (LetterState.WAITING, LetterState.FAILED)}


def letter_for_change(letter_id: int) -> Letter:
    found: Letter = one_or_404(for_change(select(Letter).where(Letter.id == letter_id)))
    return found


def failed_letters(limit: int = 500) -> Sequence[Letter]:
    """The newest letters that failed and can be sent again, held for change."""
    query = select(Letter).where(Letter.state == LetterState.FAILED, Letter.sealed.is_not(None))
    return db.session.scalars(for_change(query.order_by(Letter.id.desc()).limit(limit))).all()


def whereto(letter: Letter) -> str:
    """Where a letter goes, so far as staff may see it."""
    try:
        return rules.masked(opened(letter)["address"])
    except CanNotBeOpened:
        return "…"
