"""Sending letters: written in the reader's language when they are asked for, delivered by a job after the commit."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy import audit
from academy.config import settings
from academy.db import db, guarded
from academy.errors import Conflict
from academy.i18n import _l
from academy.jobs import request_job
from academy.mail import addresses, rules
from academy.mail.models import Letter, LetterState, MailChoice
from academy.mail.rules import Group, Problem, Recipient
from academy.mail.writing import write
from academy.sealing import CanNotBeOpened, seal, unseal

DELIVER = "mail.deliver"
SEALED_FOR = "letters"


class NothingToSend(Conflict):
    """The letter was sent, or its words are gone."""

    code = "nothing-to-send"


def can_send() -> bool:
    """Whether this installation sends mail at all; where it does not, pages offer another way."""
    return settings().mail.works


def send(kind: str, *, to: Recipient, words: Mapping[str, Any], now: datetime, key: str | None = None) -> Letter | None:
    """Write a letter inside the current transaction; it leaves after the commit, and is tried again if need be.

    None where nothing is sent: this installation sends no mail, or the person switched letters of this group off. The
    same kind and key give the same letter, so whoever sends it may be called twice.
    """
    chosen = rules.KINDS[kind]
    if not rules.is_address(to.address):
        raise ValueError(f"A letter of kind {kind} has no address it could go to.")
    if not can_send() or not _is_wanted(to.user_id, chosen.group):
        return None
    found = _sent_before(kind, key)
    if found is not None:
        return found
    ending = addresses.unsubscribe(to.user_id, chosen.group) if to.user_id and not chosen.group.always_sent else ""
    written = write(chosen, to, words, ending)
    letter = Letter(kind=kind, key=key, user_id=to.user_id, language=to.language, created_at=now, due_at=now)
    letter.public_id = addresses.new_letter_id()
    content = {**written.as_dict(), "address": to.address, "name": to.name, "unsubscribe": ending}
    letter.sealed = closed(letter.public_id, content)
    try:
        with db.session.begin_nested():
            db.session.add(letter)
    except IntegrityError:  # somebody sent the same letter at the same moment
        found = _sent_before(kind, key)
        if found is None:
            raise
        return found
    request_delivery(letter)
    return letter


def closed(public_id: str, content: Mapping[str, str]) -> str:
    """What a letter says and where it goes, sealed."""
    text = json.dumps(content, ensure_ascii=False)
    return seal(text, purpose=SEALED_FOR, name=public_id, secret=settings().secret_key)


def request_delivery(letter: Letter) -> None:
    """Ask for the next try at this letter."""
    request_job(DELIVER, {"letter_id": letter.id}, key=f"{letter.public_id}:{letter.due_at.isoformat()}")


def _sent_before(kind: str, key: str | None) -> Letter | None:
    if key is None:
        return None
    return db.session.scalar(select(Letter).where(Letter.kind == kind, Letter.key == key))


def _is_wanted(user_id: int | None, group: Group) -> bool:
    if group.always_sent:
        return True
    chosen = db.session.get(MailChoice, (user_id, group.value)) if user_id else None
    return chosen.wanted if chosen else group.wanted_unasked


WHEN_CHOSEN: list[Callable[[int, Group, bool, datetime], object]] = []
"""Told, in the same transaction, when somebody switches letters on or off: a consent to news is kept elsewhere too."""


def choose(user_id: int, group: Group, wanted: bool, now: datetime) -> None:
    """Switch the letters of a group on or off for a person."""
    if group.always_sent:
        raise ValueError(f"Letters about {group.value} are always sent.")
    chosen = db.session.get(MailChoice, (user_id, group.value))
    if chosen is not None and chosen.wanted == wanted:
        return
    if chosen is None:
        db.session.add(MailChoice(user_id=user_id, topic=group.value, wanted=wanted, chosen_at=now))
    else:
        chosen.wanted, chosen.chosen_at = wanted, now
    db.session.flush()
    for tell in WHEN_CHOSEN:
        tell(user_id, group, wanted, now)


def send_again(letter: Letter, by_user_id: int | None, now: datetime) -> None:
    """Try a letter that failed once more, from the beginning; raises NothingToSend."""
    if letter.state != LetterState.FAILED or letter.sealed is None:
        raise NothingToSend(_l("There is nothing to send again: the letter has left, or its words are gone."))
    letter.state, letter.finished_at, letter.problem = LetterState.WAITING, None, ""
    letter.tries, letter.due_at = 0, now
    audit.note("letter sent again", by=by_user_id, about=letter.user_id, subject=f"letter:{letter.id}", now=now)
    db.session.flush()
    request_delivery(letter)


def take(letter_id: int, now: datetime) -> Letter | None:
    """Take a letter that is due, to be sent outside of this transaction; None if it left or somebody else has it."""
    due = (Letter.id == letter_id, Letter.state == LetterState.WAITING, Letter.due_at <= now)
    taken = guarded(update(Letter).where(*due).values(tries=Letter.tries + 1, due_at=now + rules.ON_ITS_WAY))
    return db.session.get_one(Letter, letter_id, populate_existing=True) if taken else None


def opened(letter: Letter) -> dict[str, str]:
    """What a letter says and where it goes; raises CanNotBeOpened."""
    if letter.sealed is None:
        raise CanNotBeOpened("The letter was delivered; its words are gone.")
    text = unseal(letter.sealed, purpose=SEALED_FOR, name=letter.public_id, secret=settings().secret_key)
    content: dict[str, str] = json.loads(text)
    return content


def note_sent(letter: Letter, now: datetime) -> None:
    """The mail server has taken the letter: nothing of what it said stays here."""
    letter.state, letter.finished_at, letter.sealed, letter.problem = LetterState.SENT, now, None, ""
    db.session.flush()


def note_problem(letter: Letter, problem: Problem, code: int | None, now: datetime) -> None:
    """The letter did not go. It is tried again later, unless that can not help or it was the last try."""
    letter.problem = f"{problem.value} {code}" if code else problem.value
    wait = None if problem.is_final(code) else rules.next_try_in(letter.tries)
    if wait is None:
        letter.state, letter.finished_at = LetterState.FAILED, now
    else:
        letter.due_at = now + wait
    db.session.flush()
