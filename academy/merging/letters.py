"""The letters of this room."""

from datetime import UTC, datetime

from academy.accounts.mailing import recipient_of
from academy.accounts.models import User
from academy.mail import operations as mail
from academy.mail.rules import Group, LetterKind, Recipient, register
from academy.merging.models import AccountMerge

MERGED = register(
    LetterKind(
        "academy.merging.merged",
        Group.SECURITY,
        {"kept": "김하늘", "emptied": "하늘", "at": datetime(2026, 11, 22, 5, tzinfo=UTC)},
    )
)


def tell(emptied: User, kept: User, done: AccountMerge, now: datetime) -> None:
    """Both addresses hear of it. The letters belong to the account that stays: of the other nothing will be left."""
    words = {"kept": kept.name, "emptied": emptied.name, "at": now}
    told = {to.address: to for to in (recipient_of(emptied), recipient_of(kept)) if to is not None}
    for number, to in enumerate(told.values()):
        reader = Recipient(kept.id, to.address, to.language, to.name)
        mail.send(MERGED.name, to=reader, words=words, now=now, key=f"merge:{done.id}:{number}")
