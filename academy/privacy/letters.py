"""The letters of this room."""

from datetime import UTC, datetime

from academy.accounts import links
from academy.accounts.mailing import recipient_of
from academy.accounts.models import User
from academy.db import db
from academy.mail import addresses
from academy.mail import operations as mail
from academy.mail.rules import Group, LetterKind, Recipient, register
from academy.privacy.models import DataExport, ErasureWish

SOME_DAY = datetime(2026, 11, 29, 3, tzinfo=UTC)

EXPORT_READY = register(
    LetterKind("academy.privacy.export_ready", Group.LEGAL, {"link": "https://academy.example/me/data"})
)
ERASURE_ASKED = register(
    LetterKind(
        "academy.privacy.erasure_asked", Group.LEGAL, {"due": SOME_DAY, "link": "https://academy.example/sign-in"}
    )
)
ERASED = register(LetterKind("academy.privacy.erased", Group.LEGAL, {}))
GUARDIAN = register(
    LetterKind(
        "academy.privacy.guardian",
        Group.LEGAL,
        {
            "child": "김하늘",
            "link": "https://academy.example/guardian/sample",
            "privacy": "https://academy.example/privacy",
        },
    )
)


def tell_export_ready(user_id: int, export: DataExport, now: datetime) -> None:
    """The copy can be fetched. The letter leads to the page, where one signs in; the copy itself is never mailed."""
    to = recipient_of(db.session.get_one(User, user_id))
    if to is not None:
        words = {"link": addresses.public_link("academy.privacy.mine")}
        mail.send(EXPORT_READY.name, to=to, words=words, now=now, key=f"export:{export.id}")


def tell_erasure_asked(user: User, wish: ErasureWish, now: datetime) -> None:
    """Somebody asked for an account to be erased: whoever it belongs to hears of it while it can still be stopped."""
    to = recipient_of(user)
    if to is not None:
        words = {"due": wish.due_at, "link": addresses.public_link("academy.accounts.sign_in")}
        mail.send(ERASURE_ASKED.name, to=to, words=words, now=now, key=f"wish:{wish.id}")


def ask_guardian(child: User, address: str, token: str, now: datetime) -> None:
    """A letter to a parent or guardian, with the link that lets them agree."""
    words = {
        "child": child.name,
        "link": links.address_of("/guardian", token),
        "privacy": addresses.public_link("academy.privacy.notice"),
    }
    mail.send(GUARDIAN.name, to=Recipient(None, address, child.language, ""), words=words, now=now)
