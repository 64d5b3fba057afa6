"""Pages around a guardian's consent: for the child who waits, for the guardian, and for staff."""

from typing import cast

import segno
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts.links import address_of, open_link
from academy.accounts.models import User
from academy.accounts.rules import LinkPurpose
from academy.clock import now
from academy.db import db, transaction
from academy.errors import NotFound, TooMany
from academy.i18n import _, _l
from academy.limits import limited
from academy.mail.operations import can_send
from academy.permissions import Permission, requires
from academy.privacy import guardians
from academy.privacy.forms import AgreeForm, GuardianAddressForm, PaperForm
from academy.privacy.guardians import NobodyWaits
from academy.privacy.views import bp


def _me() -> User:
    return cast(User, current_user)


# The child ---------------------------------------------------------------------------------------------------------


@bp.get("/waiting")
@requires(Permission.STUDY, held_back=True)
def waiting() -> ResponseReturnValue:
    if _me().guardian_wanted_at is None:
        return redirect(url_for("home"))
    return _waiting_page(GuardianAddressForm())


def _waiting_page(form: GuardianAddressForm) -> str:
    asked = open_link(LinkPurpose.GUARDIAN_CONSENT, _me().id, now())
    return render_template("academy/privacy/waiting.html", form=form, asked=asked, can_send=can_send())


@bp.post("/waiting")
@requires(Permission.STUDY, held_back=True)
@limited(30)
def ask_guardian() -> ResponseReturnValue:
    form = GuardianAddressForm()
    if not form.validate() or not can_send():
        return _waiting_page(form), 422
    try:
        with transaction():
            child = db.session.get_one(User, _me().id)
            if child.guardian_wanted_at is not None:
                guardians.ask_by_letter(child, form.address.data, now())
    except TooMany as enough:
        form.address.errors = [str(enough)]
        return _waiting_page(form), 429
    flash(_("The letter is on its way. Ask your parent or guardian to look into their mail."), "ok")
    return redirect(url_for(".waiting"))


# The guardian ------------------------------------------------------------------------------------------------------


@bp.route("/guardian/<token>", methods=["GET", "POST"])
@limited(60)
def agree(token: str) -> ResponseReturnValue:
    """What a parent or guardian reads, and where they agree. Looking at it uses nothing up."""
    child = guardians.child_behind(token, now())
    if child is None:
        raise NotFound(_l("This link was used before, or it is too old. Ask for a new one."))
    form = AgreeForm()
    if request.method == "GET" or not form.validate():
        page = render_template("academy/privacy/guardian.html", form=form, child=child, token=token)
        return page, 422 if request.method == "POST" else 200
    with transaction():
        name = guardians.agree_by_link(token, now()).name
    return render_template("academy/privacy/agreed.html", name=name)


# Staff -------------------------------------------------------------------------------------------------------------


@bp.route("/guardians", methods=["GET", "POST"])
@requires(Permission.TEACH, confirmed=True)
@limited(60)
def guardian_desk() -> ResponseReturnValue:
    """Where staff write down that a guardian agreed, or print a sheet for one."""
    form = PaperForm()
    if request.method == "GET" or not form.validate():
        return _desk(form), 422 if request.method == "POST" else 200
    try:
        with transaction():
            child = guardians.child_called(form.name.data, _me(), waits=form.how.data != "back")
            name = child.name
            if form.how.data == "print":
                token = guardians.print_link(child, _me(), now())
            elif form.how.data == "back":
                guardians.take_back(child, _me(), now())
            else:
                guardians.agree_before_staff(child, _me(), form.how.data, now())
    except NobodyWaits as nobody:
        form.name.errors = [str(nobody)]
        return _desk(form), 404
    if form.how.data == "print":
        return _sheet(name, token)
    if form.how.data == "back":
        flash(_("The account of %(name)s is closed. It is deleted after 30 days.", name=name), "ok")
    else:
        flash(_("It is written down that a parent or guardian of %(name)s agreed.", name=name), "ok")
    return redirect(url_for(".guardian_desk"))


def _desk(form: PaperForm) -> str:
    return render_template("academy/privacy/guardian_desk.html", form=form)


def _sheet(name: str, token: str) -> ResponseReturnValue:
    """The sheet itself, shown once: the link on it is kept nowhere."""
    link = address_of("/guardian", token)
    picture = segno.make(link, error="m").svg_data_uri(scale=5, border=2, dark="#1f2728", light="#ffffff")
    return render_template("academy/privacy/guardian_sheet.html", name=name, link=link, qr=picture)
