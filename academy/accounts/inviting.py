"""Invitations: staff offer an account, and perhaps a role in one place, by letter or on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from academy import audit, limits
from academy.accounts import letters, links, scopes
from academy.accounts.models import OneUseLink, User
from academy.accounts.operations import grant_role, identity_of
from academy.accounts.role_words import ROLE_NAMES
from academy.accounts.rules import LINK_LASTS, LinkPurpose, email_key
from academy.db import Page, db, guarded, one_or_404, page_by_key
from academy.i18n import _l, force_locale
from academy.limits import Limit
from academy.mail.operations import send
from academy.mail.rules import Recipient
from academy.permissions import EVERYWHERE, Permission, Role

INVITATIONS = Limit("invitations", 200, timedelta(days=1))
TO_ONE_ADDRESS = Limit("invitations to one address", 3, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers. Without a role it is an account for a learner."""

    role: Role | None = None
    scope: str = EVERYWHERE

    @classmethod
    def of(cls, link: OneUseLink) -> "Offer":
        role = link.data.get("role")
        return cls(Role(role) if role else None, str(link.data.get("scope", EVERYWHERE)))


def invite(
    by: User, offer: Offer, now: datetime, *, email: str | None = None, language: str = "ko"
) -> tuple[str, bool]:
    """A new invitation: its address, which is shown once, and whether a letter left for the person's address."""
    if offer.role is not None:
        scopes.check_place(offer.role, offer.scope)
        scopes.must_give(by, offer.role, offer.scope)
    limits.spend(INVITATIONS, by.id, at=now)
    data = {"role": offer.role.value if offer.role else "", "scope": offer.scope} | ({"email": email} if email else {})
    token = links.make_link(LinkPurpose.INVITATION, now, email=email, data=data, made_by=by.id)
    address = links.address_of("/invited", token)
    detail = {"role": data["role"], "scope": offer.scope}
    audit.note("person invited", by=by.id, subject=offer.scope, detail=detail, now=now)
    if not email:
        return address, False
    limits.spend(TO_ONE_ADDRESS, email_key(email), at=now)
    with force_locale(language):
        place = scopes.titles_of([offer.scope])[offer.scope]
    words = {
        "link": address,
        "role": ROLE_NAMES[offer.role] if offer.role else "",
        "place": place,
        "by": by.name,
        "days": LINK_LASTS[LinkPurpose.INVITATION].days,
    }
    sent = send(letters.INVITATION.name, to=Recipient(None, email, language, ""), words=words, now=now)
    return address, sent is not None


def still_good(link: OneUseLink | None) -> tuple[OneUseLink, User] | None:
    """An invitation and who made it, if that person may still offer what it offers."""
    host = db.session.get(User, link.made_by) if link is not None and link.made_by else None
    if link is None or host is None or host.closed_at or host.erased_at:
        return None
    offer = Offer.of(link)
    if offer.role is not None and not scopes.may_give(host, offer.role, offer.scope):
        return None
    return link, host


def accept(token: str, guest: User, now: datetime) -> Offer:
    """Take what an invitation offers; it opens nothing after this. Raises LinkSpent.

    Whoever was invited by letter has shown that the address is theirs, unless they use another one here.
    """
    found = still_good(links.look_at(token, LinkPurpose.INVITATION, now))
    if found is None:
        raise links.LinkSpent(_l("This invitation was used before, or it counts no more. Ask for a new one."))
    host = found[1]
    link = links.take_link(token, LinkPurpose.INVITATION, now)
    offer = Offer.of(link)
    identity, email = identity_of(guest), link.data.get("email")
    if email and (identity.email is None or identity.email_key == email_key(email)) and not identity.email_verified_at:
        identity.email, identity.email_verified_at = str(email), now
        audit.note("e-mail proved", by=guest.id, about=guest.id, now=now)
    detail = {"role": offer.role.value if offer.role else "", "scope": offer.scope}
    audit.note("invitation accepted", by=guest.id, about=guest.id, subject=offer.scope, detail=detail, now=now)
    if offer.role is not None:
        grant_role(guest, offer.role, host, now, offer.scope)
    db.session.flush()
    return offer


def withdraw(link: OneUseLink, by: User, now: datetime) -> None:
    """The invitation opens nothing any more."""
    held = update(OneUseLink).where(OneUseLink.id == link.id, OneUseLink.used_at.is_(None))
    if guarded(held.values(used_at=now, data={})):
        detail = {"role": link.data.get("role", ""), "scope": link.data.get("scope", "")}
        audit.note("invitation withdrawn", by=by.id, detail=detail, now=now)


# Reading -----------------------------------------------------------------------------------------------------------


def open_invitations(viewer: User, now: datetime, *, after: str | None) -> Page[tuple[OneUseLink, User]]:
    """Invitations nobody has used: a person's own, an administrator's all; each with who made it."""
    query = select(OneUseLink).where(
        OneUseLink.purpose == LinkPurpose.INVITATION, OneUseLink.used_at.is_(None), OneUseLink.expires_at > now
    )
    if not viewer.may(Permission.ADMINISTER):
        query = query.where(OneUseLink.made_by == viewer.id)
    page = page_by_key(query, OneUseLink.id, after=after)
    hosts = _people([link.made_by for link in page.rows if link.made_by])
    return Page([(link, hosts[link.made_by]) for link in page.rows if link.made_by], page.next)


def _people(ids: Sequence[int]) -> dict[int, User]:
    rows = db.session.scalars(select(User).where(User.id.in_(ids))).unique()
    return {user.id: user for user in rows}


def invitation_of(viewer: User, link_id: int) -> OneUseLink:
    """One of them; somebody else's does not exist for this person."""
    query = select(OneUseLink).where(OneUseLink.id == link_id, OneUseLink.purpose == LinkPurpose.INVITATION)
    if not viewer.may(Permission.ADMINISTER):
        query = query.where(OneUseLink.made_by == viewer.id)
    return one_or_404(query)
