"""Letters that tell a person what happened to their account, so that they notice when it was not them.

Each goes to the address the person proved; who has none sees the same in the account's list of sign-ins and acts. Call
inside the transaction that did it.
"""

from datetime import datetime
from typing import Any

from academy.accounts.mailing import at_address, recipient_of
from academy.accounts.models import User
from academy.mail import operations as mail
from academy.mail.addresses import public_link
from academy.mail.rules import Group, LetterKind, register

_AT = {"ko": "2026년 3월 2일 14:05", "en": "Mar 2, 2026, 14:05"}
_LINK = "https://academy.example/me"


def _kind(name: str, **sample: Any) -> LetterKind:
    return register(LetterKind(f"academy.accounts.{name}", Group.SECURITY, {"at": _AT, "link": _LINK, **sample}))


NEW_SIGN_IN = _kind("new_sign_in", browser="Samsung Internet, Android")
PASSWORD_CHANGED = _kind("password_changed")
EMAIL_CHANGED = _kind("email_changed")
FACTOR_ADDED = _kind("factor_added", factor={"ko": "패스키", "en": "Passkey"})
FACTOR_REMOVED = _kind("factor_removed", factor={"ko": "패스키", "en": "Passkey"})
RECOVERY_CODE_USED = _kind("recovery_code_used", left=7)
SECOND_STEP_REFUSED = _kind("second_step_refused")
ROLE_GIVEN = _kind("role_given", role={"ko": "강사", "en": "Instructor"})
ACCOUNT_MERGED = _kind("account_merged")
ACCOUNT_CLOSED = _kind("account_closed")


def _tell(kind: LetterKind, user: User, now: datetime, /, to_address: str | None = None, **words: Any) -> None:
    to = at_address(user, to_address) if to_address else recipient_of(user)
    if to is not None:
        words = {"at": now, "link": public_link("academy.accounts.profile"), **words}
        mail.send(kind.name, to=to, words=words, now=now)


def new_sign_in(user: User, browser: str, now: datetime) -> None:
    """Somebody signed in with a browser that this person had not used before."""
    _tell(NEW_SIGN_IN, user, now, browser=browser)


def password_changed(user: User, now: datetime) -> None:
    _tell(PASSWORD_CHANGED, user, now)


def email_changed(user: User, before: str, now: datetime) -> None:
    """To the address until now: whoever took over an account would change the address first."""
    _tell(EMAIL_CHANGED, user, now, to_address=before)


def factor_added(user: User, factor: Any, now: datetime) -> None:
    """`factor` names it as a page would: a sentence of ours, or a text in both languages."""
    _tell(FACTOR_ADDED, user, now, factor=factor)


def factor_removed(user: User, factor: Any, now: datetime) -> None:
    _tell(FACTOR_REMOVED, user, now, factor=factor)


def recovery_code_used(user: User, left: int, now: datetime) -> None:
    """`left` codes still work."""
    _tell(RECOVERY_CODE_USED, user, now, left=left)


def second_step_refused(user: User, now: datetime) -> None:
    """Somebody who knows the password tried many wrong codes."""
    _tell(SECOND_STEP_REFUSED, user, now)


def role_given(user: User, role: Any, now: datetime) -> None:
    """`role` as a page names it."""
    _tell(ROLE_GIVEN, user, now, role=role)


def account_merged(user: User, address: str | None, now: datetime) -> None:
    """Two accounts became one. Call it for both addresses; None is the one this person proved."""
    _tell(ACCOUNT_MERGED, user, now, to_address=address)


def account_closed(user: User, now: datetime) -> None:
    """Staff closed the account."""
    _tell(ACCOUNT_CLOSED, user, now)
