"""Proving an address, and getting back in without the password."""

from datetime import datetime, timedelta

from academy import audit, limits
from academy.accounts import letters, links, notices
from academy.accounts.mailing import at_address, recipient_of
from academy.accounts.models import Identity, User
from academy.accounts.operations import identity_of, set_password
from academy.accounts.rules import LINK_LASTS, LinkPurpose, email_key
from academy.db import db
from academy.errors import Forbidden
from academy.i18n import _l
from academy.limits import Limit
from academy.mail.operations import can_send, send

VERIFY_LETTERS = Limit("letters to prove an address", 5, timedelta(hours=1))
LETTERS_TO_STRANGERS = Limit("letters to an address that is not proved", 5, timedelta(days=1))
"""Counted for the address: nobody fills a stranger's letter box by signing up again and again."""
RESET_LETTERS = Limit("letters for a new password", 3, timedelta(hours=1))
PRINTED_LASTS = timedelta(hours=24)
"""A link that staff hand over on paper: its reader first has to get home."""


class NotForStaff(Forbidden):
    """Staff of a centre wanted to open the account of somebody who may do more than learn."""

    code = "not-for-staff"


class HasMail(Forbidden):
    """Staff of a centre wanted to open the account of somebody who can get back in alone."""

    code = "has-mail"


# The address -------------------------------------------------------------------------------------------------------


def change_address(user: User, address: str | None, now: datetime) -> None:
    """A new address, or none. One that was proved stays in use until the new one is proved too."""
    identity = identity_of(user)
    if address and identity.email and email_key(address) == identity.email_key and identity.email_verified_at:
        links.end_links(LinkPurpose.VERIFY_EMAIL, user.id, now)
        return
    if not address:
        _remove_address(user, identity, now)
        return
    if identity.email_verified_at is None:
        identity.email = address
    audit.note("e-mail given", by=user.id, about=user.id, now=now)
    ask_to_prove(user, address, now)


def _remove_address(user: User, identity: Identity, now: datetime) -> None:
    links.end_links(LinkPurpose.VERIFY_EMAIL, user.id, now)
    if identity.email is None:
        return
    before = identity.email if identity.email_verified_at else None
    identity.email_verified_at, identity.email = None, None
    audit.note("e-mail removed", by=user.id, about=user.id, now=now)
    db.session.flush()
    if before:
        notices.email_changed(user, before, now)


def address_to_prove(user: User, now: datetime) -> str | None:
    """The address this person gave and has still to prove; None when there is nothing to prove."""
    waiting = links.open_link(LinkPurpose.VERIFY_EMAIL, user.id, now)
    if waiting is not None:
        return str(waiting.data["email"])
    identity = identity_of(user)
    return identity.email if identity.email and identity.email_verified_at is None else None


def ask_to_prove(user: User, address: str, now: datetime) -> bool:
    """Send a letter with a link that proves the address; the link before it opens nothing any more.

    Answers whether a letter left. Raises TooMany when one person asks for too many.
    """
    limits.spend(VERIFY_LETTERS, user.id, at=now)
    if limits.count(LETTERS_TO_STRANGERS, email_key(address), at=now) > LETTERS_TO_STRANGERS.most:
        return False
    links.end_links(LinkPurpose.VERIFY_EMAIL, user.id, now)
    data = {"email": address}
    token = links.make_link(LinkPurpose.VERIFY_EMAIL, now, user_id=user.id, email=address, data=data)
    words = {"link": links.address_of("/verify-email", token), "address": address}
    return send(letters.VERIFY.name, to=at_address(user, address), words=words, now=now) is not None


def prove_address(user: User, token: str, now: datetime) -> None:
    """The person has the letter: the address is theirs. The one used until now is told that it is used no more.

    The person is signed in, too. Otherwise a mistyped address would give a stranger the account: they would prove the
    address that was sent to them by mistake, and then ask it for a new password.
    """
    link = links.take_link(token, LinkPurpose.VERIFY_EMAIL, now)
    if link.user_id != user.id:
        raise links.LinkSpent(_l("This link belongs to another account. Sign in with that account and open it again."))
    identity = identity_of(user)
    before = identity.email if identity.email_verified_at else None
    identity.email, identity.email_verified_at = str(link.data["email"]), now
    audit.note("e-mail proved", by=user.id, about=user.id, now=now)
    db.session.flush()
    if before and email_key(before) != identity.email_key:
        notices.email_changed(user, before, now)


# A new password ----------------------------------------------------------------------------------------------------


def send_reset(user: User, now: datetime) -> bool:
    """Send a link for a new password to the address this person proved; answers whether a letter left."""
    recipient = recipient_of(user)
    if recipient is None or limits.count(RESET_LETTERS, user.id, at=now) > RESET_LETTERS.most:
        return False
    token = links.make_link(LinkPurpose.RESET_PASSWORD, now, user_id=user.id)
    minutes = int(LINK_LASTS[LinkPurpose.RESET_PASSWORD] / timedelta(minutes=1))
    words = {"link": links.address_of("/reset", token), "minutes": minutes}
    audit.note("new password asked for", by=None, about=user.id, now=now)
    return send(letters.RESET.name, to=recipient, words=words, now=now) is not None


def print_reset(user: User, by: User | None, now: datetime, *, only_learners: bool = False) -> str:
    """A link for a new password for staff to hand over; answers with its address, which is shown once.

    `only_learners`: a centre helps learners who can not help themselves. It can open neither the account of somebody
    who holds a role nor that of somebody whom a letter reaches.
    """
    if only_learners and user.is_staff:
        raise NotForStaff(_l("This person has a role of their own. Only an administrator can help them in."))
    if only_learners and can_send() and recipient_of(user) is not None:
        raise HasMail(_l("Letters reach this person. They can ask for a new password themselves where they sign in."))
    links.end_links(LinkPurpose.RESET_PASSWORD, user.id, now)
    token = links.make_link(
        LinkPurpose.RESET_PASSWORD, now, user_id=user.id, made_by=by.id if by else None, lasts=PRINTED_LASTS
    )
    audit.note("link for a new password made", by=by.id if by else None, about=user.id, now=now)
    return links.address_of("/reset", token)


def reset_password(token: str, password_hash: str, now: datetime) -> User:
    """Choose a new password with a link; every browser is signed out and every other such link ends."""
    link = links.take_link(token, LinkPurpose.RESET_PASSWORD, now)
    user = db.session.get_one(User, link.user_id)
    set_password(user, password_hash, user, now)
    links.end_links(LinkPurpose.RESET_PASSWORD, user.id, now)
    return user
