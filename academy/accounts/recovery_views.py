"""Getting back in without the password, and proving an address. Links carry a token, which leaves the address at once:
it waits in the session, so that it stands in no history, no log and no picture of the screen."""

from typing import Any, cast
from uuid import uuid4

import structlog
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import links, operations, queries, recovering
from academy.accounts.blueprint import bp
from academy.accounts.forms import AddressForm, FirstPasswordForm, ForgottenForm
from academy.accounts.models import User
from academy.accounts.rules import LinkPurpose
from academy.accounts.signing_in import enter_or_ask, stay
from academy.clock import now
from academy.db import db, transaction
from academy.factors.rules import First
from academy.i18n import _, _l
from academy.jobs import JobHandle, job, request_job
from academy.limits import limited
from academy.mail.operations import can_send
from academy.permissions import Permission, requires

security_log = structlog.get_logger("security")

RESET, VERIFY = "link_reset", "link_verify"
"""Where the session keeps the token of a link that was opened."""
SPENT = _l("This link was used before, or it is too old. Ask for a new one.")


def _me() -> User:
    return cast(User, current_user)


def held(name: str) -> str:
    """The token this browser brought along; an empty one opens nothing."""
    token = session.get(name)
    return token if isinstance(token, str) else ""


# A new password ----------------------------------------------------------------------------------------------------


@bp.route("/forgot-password", methods=["GET", "POST"])
@limited(100)
def forgot_password() -> ResponseReturnValue:
    """Ask for a letter with a link. Known or not, everybody gets the same answer, after the same work."""
    form = ForgottenForm()
    if request.method == "GET" or not form.validate():
        status = 200 if request.method == "GET" else 422
        return render_template("academy/accounts/forgot_password.html", form=form, can_send=can_send()), status
    found = queries.whom_to_remind(form.who.data)
    with transaction():
        request_job("accounts.send_reset", {"user_ids": found}, key=uuid4().hex)
    security_log.info("new-password-asked-for")
    return redirect(url_for(".forgot_password_asked"))


@bp.get("/forgot-password/asked")
def forgot_password_asked() -> ResponseReturnValue:
    return render_template("academy/accounts/forgot_password_asked.html", can_send=can_send())


@job("accounts.send_reset")
def send_reset(_handle: JobHandle, user_ids: list[int]) -> None:
    """Send the letters that were asked for; whoever proved no address gets none."""
    for user_id in user_ids:
        with transaction():
            user = db.session.get(User, user_id)
            if user is not None and user.closed_at is None and user.erased_at is None:
                recovering.send_reset(user, now())


@bp.get("/reset/<token>")
def open_reset(token: str) -> ResponseReturnValue:
    session[RESET] = token[:100]
    return redirect(url_for(".reset"))


@bp.route("/reset", methods=["GET", "POST"])
@limited(100)
def reset() -> ResponseReturnValue:
    """Choose a new password with the link that was opened."""
    token = held(RESET)
    if not token:
        return redirect(url_for(".forgot_password"))
    link = links.look_at(token, LinkPurpose.RESET_PASSWORD, now())
    user = db.session.get(User, link.user_id) if link is not None else None
    if user is None:
        return spent(SPENT, _("Ask for a new link"), url_for(".forgot_password"))
    form = FirstPasswordForm(user)
    if request.method == "GET" or not form.validate():
        page = render_template("academy/accounts/reset.html", form=form, name=user.name)
        return page, 200 if request.method == "GET" else 422
    password_hash = operations.hashed(form.password.data)
    with transaction():
        user = recovering.reset_password(token, password_hash, now())
        session.pop(RESET, None)
        target = enter_or_ask(user, First.LINK)
    security_log.info("password-reset", person=user.public_id)
    flash(_("Your new password is kept. You were signed out in every other browser."), "ok")
    return redirect(target)


def spent(sentence: Any, action: str, href: str) -> ResponseReturnValue:
    """A link that opens nothing: why, and where a new one is to be had."""
    return render_template("academy/accounts/spent.html", sentence=sentence, action=action, href=href), 404


@bp.post("/me/password/first")
@requires(Permission.STUDY, confirmed=True)
def first_password() -> ResponseReturnValue:
    """A password for somebody who came here by way of another house and has none yet."""
    if operations.identity_of(_me()).password_hash is not None:
        return redirect(url_for(".profile"))
    form = FirstPasswordForm(_me())
    if not form.validate():
        flash(" ".join(form.password.errors), "error")
        return redirect(url_for(".profile", _anchor="my-password"))
    password_hash = operations.hashed(form.password.data)
    with transaction():
        operations.set_password(_me(), password_hash, _me(), now())
        stay()
    flash(_("You can sign in with your name and this password from now on."), "ok")
    return redirect(url_for(".profile"))


# The address -------------------------------------------------------------------------------------------------------


@bp.post("/me/e-mail")
@requires(Permission.STUDY, confirmed=True)
def change_address() -> ResponseReturnValue:
    """Another address, or none."""
    form = AddressForm()
    if not form.validate():
        flash(" ".join(form.email.errors), "error")
        return redirect(url_for(".profile", _anchor="my-address"))
    with transaction():
        recovering.change_address(_me(), form.email.data or None, now())
        waits = recovering.address_to_prove(_me(), now())
    security_log.info("address-changed", person=_me().public_id)
    _say_what_happens(waits)
    return redirect(url_for(".profile", _anchor="my-address"))


def _say_what_happens(waits: str | None) -> None:
    if waits is None:
        flash(_("Your account is saved."), "ok")
    elif can_send():
        flash(_("We sent a letter to %(address)s. Open the link in it, and the address is yours.", address=waits), "ok")
    else:
        flash(_("The address is kept. This academy sends no letters at present."), "info")


@bp.post("/me/e-mail/again")
@requires(Permission.STUDY)
def prove_again() -> ResponseReturnValue:
    """Send the letter with the link once more."""
    with transaction():
        waits = recovering.address_to_prove(_me(), now())
        if waits:
            recovering.ask_to_prove(_me(), waits, now())
    _say_what_happens(waits)
    return redirect(url_for(".profile", _anchor="my-address"))


@bp.get("/verify-email/<token>")
def open_verify(token: str) -> ResponseReturnValue:
    session[VERIFY] = token[:100]
    return redirect(url_for(".verify_email"))


@bp.get("/verify-email")
@requires(Permission.STUDY)
def verify_email() -> ResponseReturnValue:
    """Is this your address? Asked of whoever signed in, so that a letter to a mistyped address opens nothing."""
    token = held(VERIFY)
    if not token:
        return redirect(url_for(".profile", _anchor="my-address"))
    link = links.look_at(token, LinkPurpose.VERIFY_EMAIL, now())
    if link is None:
        return spent(SPENT, _("My account"), url_for(".profile", _anchor="my-address"))
    own = link.user_id == _me().id
    return render_template("academy/accounts/verify_email.html", address=link.data["email"] if own else None)


@bp.post("/verify-email")
@requires(Permission.STUDY)
def prove_address() -> ResponseReturnValue:
    with transaction():
        recovering.prove_address(_me(), held(VERIFY), now())
        session.pop(VERIFY, None)
    security_log.info("address-proved", person=_me().public_id)
    flash(_("Thank you. Our letters reach you now."), "ok")
    return redirect(url_for(".profile", _anchor="my-address"))
