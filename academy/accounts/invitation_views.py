"""Inviting people, and accepting an invitation."""

from typing import cast

import structlog
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import fresh_links, inviting, links, scopes
from academy.accounts.blueprint import bp
from academy.accounts.inviting import Offer
from academy.accounts.models import User
from academy.accounts.people_forms import UNSAID, InvitationForm
from academy.accounts.recovery_views import held, spent
from academy.accounts.role_words import ROLE_NAMES, role_called
from academy.accounts.rules import LinkPurpose
from academy.accounts.signing_in import stay
from academy.clock import now
from academy.config import settings
from academy.db import transaction
from academy.i18n import _, _l, language
from academy.mail.operations import can_send
from academy.permissions import EVERYWHERE, Permission, Role, requires

security_log = structlog.get_logger("security")

INVITED = "link_invited"


def _me() -> User:
    return cast(User, current_user)


@bp.get("/invitations")
@requires(Permission.INVITE)
def invitations() -> ResponseReturnValue:
    """Invite somebody; see and withdraw the invitations nobody has used."""
    return _page(InvitationForm(_me(), formdata=None, language=language(), scope=UNSAID))


def _page(form: InvitationForm) -> str:
    after = request.args.get("after")
    page = inviting.open_invitations(_me(), now(), after=after)
    return render_template(
        "academy/accounts/invitations.html",
        form=form,
        page=page,
        after=after,
        places=scopes.titles_of(str(link.data.get("scope", EVERYWHERE)) for link, _host in page.rows),
        role_called=role_called,
        can_send=can_send(),
    )


@bp.post("/invitations")
@requires(Permission.INVITE, confirmed=True)
def invite() -> ResponseReturnValue:
    form = InvitationForm(_me())
    if not form.validate():
        return _page(form), 422
    role = Role(form.role.data) if form.role.data else None
    offer = Offer(role, form.scope.data if role else EVERYWHERE)
    with transaction():
        address, sent = inviting.invite(
            _me(), offer, now(), email=form.email.data or None, language=form.language.data
        )  # fmt: skip
    security_log.info("person-invited", by=_me().public_id, role=form.role.data, scope=offer.scope)
    if sent:
        flash(_("The invitation is on its way."), "ok")
        return redirect(url_for(".invitations"))
    fresh_links.keep(address, "invitation")
    return redirect(url_for(".fresh_link"))


@bp.post("/invitations/<int:link_id>/withdraw")
@requires(Permission.INVITE)
def withdraw(link_id: int) -> ResponseReturnValue:
    with transaction():
        inviting.withdraw(inviting.invitation_of(_me(), link_id), _me(), now())
    flash(_("The invitation opens nothing any more."), "ok")
    return redirect(url_for(".invitations"))


@bp.get("/invited/<token>")
def invitation(token: str) -> ResponseReturnValue:
    session[INVITED] = token[:100]
    return redirect(url_for(".invited"))


@bp.get("/invited")
def invited() -> ResponseReturnValue:
    """What is offered, and by whom; whoever has no account makes one first and comes back here."""
    token = held(INVITED)
    if not token:
        return redirect(url_for("home"))
    found = inviting.still_good(links.look_at(token, LinkPurpose.INVITATION, now()))
    if found is None:
        sentence = _l("This invitation was used before, or it counts no more. Ask for a new one.")
        return spent(sentence, _("Start for free"), url_for(".sign_up"))
    offer, host = Offer.of(found[0]), found[1]
    return render_template(
        "academy/accounts/invited.html",
        host=host,
        role=ROLE_NAMES[offer.role] if offer.role else None,
        place=scopes.titles_of([offer.scope])[offer.scope] if offer.scope else None,
    )


@bp.post("/invited")
@requires(Permission.STUDY, held_back=True)
def accept_invitation() -> ResponseReturnValue:
    proof = _me().standing.proof
    with transaction():
        offer = inviting.accept(held(INVITED), _me(), now())
        session.pop(INVITED, None)
        if offer.role is not None:  # a new role signs out everywhere, so that it counts at once; here one stays
            stay()
    security_log.info("invitation-accepted", person=_me().public_id)
    flash(_("Welcome! The invitation is accepted."), "ok")
    needs_factor = offer.role is not None and settings().staff_need_factor and not proof.strong
    return redirect(url_for(".factors") if needs_factor else url_for("home"))
