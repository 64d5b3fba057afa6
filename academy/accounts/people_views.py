"""The administrator's pages: who is here, what they may do, and taking a change back."""

from typing import Any, cast

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import fresh_links, managing, queries, recovering, scopes
from academy.accounts.blueprint import bp
from academy.accounts.models import User
from academy.accounts.people_forms import UNSAID, HeldForm, RoleForm
from academy.accounts.queries import Sought
from academy.accounts.role_words import ROLE_NAMES, role_called
from academy.audit_words import act_words
from academy.clock import now
from academy.db import transaction
from academy.factors import queries as factors
from academy.i18n import _
from academy.permissions import Permission, requires
from academy.web import row_number

security_log = structlog.get_logger("security")


def _me() -> User:
    return cast(User, current_user)


@bp.get("/people")
@requires(Permission.ADMINISTER)
def people() -> ResponseReturnValue:
    """Everybody, or whoever fits: by name or address, by role, by place, by whether the account is open."""
    scope = request.args.get("scope")
    sought = Sought(
        words=request.args.get("q", "")[:100],
        role=request.args.get("role", ""),
        scope=None if scope in {None, "any"} else scope,
        state=request.args.get("state", ""),
    )
    after = request.args.get("after")
    page = queries.people(sought, after)
    in_use = queries.scopes_in_use()
    held = [grant.scope for person in page.rows for grant in person.grants]
    return render_template(
        "academy/accounts/people.html",
        page=page,
        sought=sought,
        after=after,
        role_names=ROLE_NAMES,
        places=scopes.titles_of([*in_use, *held]),
        in_use=in_use,
    )


@bp.get("/people/<public_id>")
@requires(Permission.ADMINISTER)
def person(public_id: str) -> ResponseReturnValue:
    return _person_page(queries.person(public_id), RoleForm(_me(), formdata=None, scope=UNSAID))


def _person_page(user: User, form: RoleForm) -> str:
    events = queries.events_of(user)
    noted = [str(event.detail["scope"]) for event, _name in events if "scope" in event.detail]
    return render_template(
        "academy/accounts/person.html",
        person=user,
        form=form,
        events=events,
        last_change=managing.last_change(user),
        places=scopes.titles_of([*(grant.scope for grant in user.grants), *noted]),
        role_names=ROLE_NAMES,
        act_words=act_words,
        role_called=role_called,
        own=user.id == current_user.id,
        held=factors.held_by(user.id),
    )


def _told(event: str, user: User, **more: Any) -> None:
    security_log.info(event, by=current_user.public_id, person=user.public_id, **more)


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for(".person", public_id=public_id))


@bp.post("/people/<public_id>/roles")
@requires(Permission.ADMINISTER, confirmed=True)
def grant(public_id: str) -> ResponseReturnValue:
    form = RoleForm(_me())
    with transaction():
        user = queries.person(public_id)
        if not form.validate():
            return _person_page(user, form), 422
        managing.give(user, form.role.data, form.scope.data, _me(), now())
    _told("role-granted", user, role=form.role.data.value, scope=form.scope.data)
    flash(_("The role was given."), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/roles/revoke")
@requires(Permission.ADMINISTER, confirmed=True)
def revoke(public_id: str) -> ResponseReturnValue:
    form = HeldForm()
    if not form.validate():
        flash(_("There is no such role."), "error")
        return _back(public_id)
    with transaction():
        user = queries.person(public_id)
        managing.take(user, form.role.data, form.scope.data or "", _me(), now())
    _told("role-revoked", user, role=form.role.data.value, scope=form.scope.data or "")
    flash(_("The role was taken away."), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/undo")
@requires(Permission.ADMINISTER, confirmed=True)
def undo(public_id: str) -> ResponseReturnValue:
    """Take the last change of roles, or of the account itself, back."""
    with transaction():
        user = queries.person(public_id)
        event = managing.undo(user, request.form.get("event", 0, type=row_number), _me(), now())
    _told("change-undone", user, act=event.act)
    flash(_("The last change was taken back."), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/close")
@requires(Permission.ADMINISTER, confirmed=True)
def close(public_id: str) -> ResponseReturnValue:
    with transaction():
        user = queries.person(public_id)
        managing.close(user, _me(), now())
    _told("account-closed", user)
    flash(_("The account is closed. Nothing in it was deleted."), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/reopen")
@requires(Permission.ADMINISTER, confirmed=True)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction():
        user = queries.person(public_id)
        managing.reopen(user, _me(), now())
    _told("account-reopened", user)
    flash(_("The account is open again, with the roles it had."), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/sign-out")
@requires(Permission.ADMINISTER, confirmed=True)
def sign_out_person(public_id: str) -> ResponseReturnValue:
    with transaction():
        user = queries.person(public_id)
        managing.sign_out(user, _me(), now())
    _told("signed-out-by-staff", user)
    flash(_("%(name)s is signed out everywhere.", name=user.name), "ok")
    return _back(public_id)


@bp.post("/people/<public_id>/reset-link")
@requires(Permission.ADMINISTER, confirmed=True)
def print_reset(public_id: str) -> ResponseReturnValue:
    """A link for a new password, for somebody without an address; a second step of theirs is still asked for."""
    with transaction():
        user = queries.person(public_id)
        address = recovering.print_reset(user, _me(), now())
    _told("reset-link-made", user)
    fresh_links.keep(address, "reset", user.name)
    return redirect(url_for(".fresh_link"))


@bp.get("/fresh-link")
@requires(Permission.STUDY)
def fresh_link() -> ResponseReturnValue:
    """The link that was just made, once: to print, to show, or to be photographed."""
    return render_template("academy/accounts/fresh_link.html", link=fresh_links.taken(), lasts=recovering.PRINTED_LASTS)
