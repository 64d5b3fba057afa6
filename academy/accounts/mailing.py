"""Where a person's letters go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from academy.accounts import consents
from academy.accounts.consents import Purpose
from academy.accounts.models import User
from academy.db import db
from academy.mail import operations as mail
from academy.mail.operations import WHEN_CHOSEN
from academy.mail.rules import Group, LetterKind, Recipient


def recipient_of(user: User) -> Recipient | None:
    """The person as a letter's recipient, if they have shown that their address is theirs.

    An address that was only typed in may be somebody else's; letters about an account do not go there.
    """
    identity = user.identity
    if identity is None or not identity.email or identity.email_verified_at is None:
        return None
    return Recipient(user.id, identity.email, user.language, identity.name)


def at_address(user: User, address: str) -> Recipient:
    """The same person at an address that is still to be proved, for the letter that asks for the proof, or at the one
    they had until now, for the letter that says it was changed."""
    return Recipient(user.id, address, user.language, user.name)


def write_to(
    user_id: int, kind: LetterKind, words: Mapping[str, Any], now: datetime, *, key: str | None = None
) -> None:
    """A letter to somebody, if they have an address that is theirs; inside a transaction."""
    user = db.session.get(User, user_id)
    to = recipient_of(user) if user is not None else None
    if to is not None:
        mail.send(kind.name, to=to, words=words, now=now, key=key)


def _keep_consent(user_id: int, group: Group, wanted: bool, now: datetime) -> None:
    """News come by consent: whoever ends them with one click has taken the consent back."""
    if group is Group.NEWS:
        consents.say(user_id, Purpose.NEWS, wanted, now)


WHEN_CHOSEN.append(_keep_consent)
