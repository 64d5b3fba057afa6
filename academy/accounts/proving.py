"""Showing a second factor or a password once more: what the second step of signing in and /confirm have in common."""

from datetime import datetime, timedelta
from typing import Any

from flask import request, session

from academy import limits
from academy.accounts import guessing, notices, operations, queries
from academy.accounts.models import User
from academy.config import settings
from academy.factors import operations as factors
from academy.factors import passkeys
from academy.factors.forms import AppCodeForm, RecoveryForm
from academy.factors.models import Passkey
from academy.factors.passkeys import House, Purpose, Question
from academy.factors.rules import RECOVERY_GROUP, RECOVERY_GROUPS, Second, same_digits, same_recovery_code
from academy.i18n import _
from academy.limits import Limit
from academy.safe_json import RefusedJson
from academy.web import read_json

SOON = Limit("second step", 10, timedelta(minutes=15), slices=15)
DAILY = Limit("second step of a day", 30, timedelta(days=1), slices=24)
"""Of a million codes three count at a time: whoever has the password and tries all day has one chance in 11,000."""

CHALLENGES = "passkey_questions"
"""What this browser was asked, by purpose."""


def house() -> House:
    return House("Labeler Academy", settings().public_url)


class CodeForms:
    """The two forms of a page on which a code is typed: the six digits of the app, and a code from paper."""

    def __init__(self) -> None:
        by_paper = "recovery" in request.form
        self.app = AppCodeForm(formdata=None) if by_paper else AppCodeForm()
        self.paper = RecoveryForm() if by_paper else RecoveryForm(formdata=None)
        self._sent = self.paper.recovery if by_paper else self.app.code

    @property
    def typed(self) -> str:
        return str(self._sent.data or "")

    def validate(self) -> bool:
        return bool((self.app if self._sent is self.app.code else self.paper).validate())

    def refuse(self) -> None:
        """Say beside the field that the code does not fit."""
        self._sent.errors = [_("This code does not fit. Look at it again, or wait for the next one.")]


def hash_if_recovery(user: User, typed: str) -> str | None:
    """A typed recovery code as it is kept. Slow, so it is asked for before the write lock and only where it can fit."""
    if len(same_recovery_code(typed)) != RECOVERY_GROUPS * RECOVERY_GROUP:
        return None
    return factors.hash_of_code(user.id, typed)


def tried_too_often(user: User, now: datetime) -> bool:
    """Whether a further code is refused before anything is computed."""
    return limits.used(SOON, user.id, at=now) >= SOON.most or limits.used(DAILY, user.id, at=now) >= DAILY.most


def second_shown(user: User, typed: str, code_hash: str | None, now: datetime) -> Second | None:
    """What was shown, inside a transaction. Every try is counted first, so that many at once are no more than many in
    a row; the right one forgets those before it. Raises TooMany."""
    limits.spend(DAILY, user.id, at=now)
    limits.spend(SOON, user.id, at=now)
    shown: Second | None = None
    if len(same_digits(typed)) == 6 and factors.app_fits(user.id, typed, settings().secret_key, now):
        shown = Second.APP
    elif code_hash is not None and factors.use_code(user.id, code_hash, now):
        shown = Second.RECOVERY
    if shown is not None:
        limits.forget(SOON, user.id)
        limits.forget(DAILY, user.id)
    elif tried_too_often(user, now):
        notices.second_step_refused(user, now)
    return shown


def password_shown(user: User, password: str, now: datetime) -> bool | None:
    """Whether this is the person's password; None when too many wrong ones were tried. Opens no transaction: the
    caller counts a wrong one with `guessing.note_wrong`."""
    if guessing.must_wait(guessing.guesser(user.name), now):
        return None
    return operations.password_fits(operations.identity_of(user), password)


def put(question: Question, purpose: Purpose) -> dict[str, Any]:
    """Remember in this browser what it was asked; answers with what its script needs."""
    session[CHALLENGES] = {purpose.value: question.challenge}
    return question.options


def challenge_put(purpose: Purpose) -> str | None:
    """What this browser was asked for this purpose; it can not be taken twice."""
    held = session.pop(CHALLENGES, None)
    challenge = held.get(purpose.value) if isinstance(held, dict) else None
    return challenge if isinstance(challenge, str) else None


def ask_passkey(purpose: Purpose, user_id: int | None, now: datetime) -> dict[str, Any]:
    """Put a question to the passkeys of this browser, inside a transaction."""
    return put(passkeys.question_to_prove(house(), purpose, user_id, now), purpose)


def passkey_shown(purpose: Purpose, user_id: int | None, answer: Any, now: datetime) -> Passkey | None:
    """The passkey that answered this browser's question, inside a transaction."""
    challenge = challenge_put(purpose)
    return passkeys.prove(house(), purpose, user_id, challenge, answer, now) if challenge else None


def passkey_answer() -> dict[str, Any]:
    """What the script sends: the browser's answer and where to go on."""
    body = read_json(max_bytes=100_000)
    if not isinstance(body, dict) or not isinstance(body.get("credential"), dict):
        raise RefusedJson('Send an object with the answer of the passkey under "credential".')
    return body


def person_asked(user_id: Any) -> User | None:
    """Who is asked for the second step, unless the account was closed meanwhile."""
    return queries.person_who_may_enter(user_id) if isinstance(user_id, int) else None
