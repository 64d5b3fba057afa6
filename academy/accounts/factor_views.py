"""A person's own second step: the app on the phone, passkeys, codes on paper. And staff who help after a loss."""

from typing import cast

import segno
from flask import flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import notices, operations, proving, queries, ways_in
from academy.accounts.blueprint import bp
from academy.accounts.models import User
from academy.accounts.rules import browser_name
from academy.accounts.signing_in import confirm_here, security_log, this_token
from academy.api_docs import Answer, Topic, documented
from academy.clock import now
from academy.config import settings
from academy.db import transaction
from academy.errors import Conflict
from academy.factors import codes, passkeys
from academy.factors import operations as changing
from academy.factors import queries as factors
from academy.factors.forms import AppCodeForm, PasskeyNameForm
from academy.factors.operations import WrongCode
from academy.factors.passkeys import Owner, PasskeyRefused, Purpose
from academy.factors.queries import Held
from academy.factors.rules import PASSKEY_NAME_LENGTH, Second
from academy.factors.schemas import NEW_PASSKEY, ON, QUESTION
from academy.factors.words import SECOND_WORDS
from academy.i18n import _, _l
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.web import safe_next


class LastWayIn(Conflict):
    """Without it nobody could open this account any more."""


WANTED = "wanted_after_factor"
"""The page staff wanted when they were led here."""


@bp.get("/me/second-step", endpoint="factors")
@requires(Permission.STUDY, held_back=True)
def factors_page() -> ResponseReturnValue:
    """What I can show beside my password."""
    wanted = safe_next(request.args.get("next"))
    if wanted:
        session[WANTED] = wanted
    held = factors.held_by(current_user.id)
    return render_template(
        "academy/accounts/factors.html",
        held=held,
        passkeys=factors.passkeys_of(current_user.id),
        name_form=PasskeyNameForm(formdata=None),
        needed=current_user.is_staff and settings().staff_need_factor,
        last=held.app + held.passkeys == 1,
        wanted=session.get(WANTED) if held.second else None,
    )


# The app on the phone ----------------------------------------------------------------------------------------------


@bp.post("/me/second-step/app")
@requires(Permission.STUDY, confirmed=True, held_back=True)
def begin_app() -> ResponseReturnValue:
    with transaction():
        changing.begin_app(current_user.id, settings().secret_key, now())
    return redirect(url_for(".app_code"))


@bp.get("/me/second-step/app")
@requires(Permission.STUDY, confirmed=True, held_back=True)
def app_code() -> ResponseReturnValue:
    """The picture to scan, and the first code."""
    return _app_page(AppCodeForm(formdata=None))


@bp.post("/me/second-step/app/code")
@limited(60)
@requires(Permission.STUDY, confirmed=True, held_back=True)
def finish_app() -> ResponseReturnValue:
    form = AppCodeForm()
    if not form.validate():
        return _app_page(form, 422)
    try:
        with transaction():
            changing.finish_app(current_user.id, form.code.data, settings().secret_key, now())
            _added(Second.APP)
    except WrongCode as wrong:
        form.code.errors = [str(wrong)]
        return _app_page(form, 422)
    flash(_("The app is set up. From now on you are asked for its six digits when you sign in."), "ok")
    return redirect(url_for(".factors"))


def _app_page(form: AppCodeForm, status: int = 200) -> ResponseReturnValue:
    begun = factors.app_begun_by(current_user.id)
    if begun is None:
        return redirect(url_for(".factors"))
    secret = changing.app_secret(begun, settings().secret_key)
    address = codes.address_for_app(secret, current_user.name, proving.house().name)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    page = render_template(
        "academy/accounts/factor_app.html", form=form, picture=picture, secret=groups, address=address
    )
    return page, status


@bp.post("/me/second-step/app/remove")
@requires(Permission.STUDY, confirmed=True, held_back=True)
def remove_app() -> ResponseReturnValue:
    with transaction():
        if changing.remove_app(current_user.id, current_user.id, now()):
            _removed(Second.APP)
    flash(_("The app is removed. Its codes open nothing here any more."), "ok")
    return redirect(url_for(".factors"))


# Passkeys ----------------------------------------------------------------------------------------------------------


@bp.post("/me/second-step/passkeys/question")
@documented(
    Topic.SIGNING_IN,
    _l("Ask for a new passkey"),
    {200: Answer(_l("The question for the browser."), QUESTION)},
    refusals=(429,),
)
@limited(60)
@requires(Permission.STUDY, confirmed=True, held_back=True)
def ask_new_passkey() -> ResponseReturnValue:
    """What the script hands to the browser so that it makes a passkey."""
    with transaction():
        question = passkeys.question_to_add(proving.house(), _owner(), now())
    return jsonify(proving.put(question, Purpose.ADD))


@bp.post("/me/second-step/passkeys")
@documented(
    Topic.SIGNING_IN,
    _l("Keep a new passkey"),
    {200: Answer(_l("It is kept; the page to go on with."), ON)},
    body=NEW_PASSKEY,
    refusals=(429,),
)
@limited(60)
@requires(Permission.STUDY, confirmed=True, held_back=True)
def add_passkey() -> ResponseReturnValue:
    """The passkey the browser made; it is called like the device until its owner gives it another name."""
    answer = proving.passkey_answer()["credential"]
    challenge = proving.challenge_put(Purpose.ADD)
    called = (browser_name(request.user_agent.string) or _("A passkey"))[:PASSKEY_NAME_LENGTH]
    with transaction():
        added = passkeys.add(proving.house(), _owner(), challenge, called, answer, now()) if challenge else None
        if added is not None:
            _added(Second.PASSKEY)
    if added is None:
        raise PasskeyRefused(_l("The passkey could not be added. Please try once more."))
    flash(_("The passkey is added. You can sign in with it from now on."), "ok")
    return jsonify(next=url_for(".factors"))


@bp.post("/me/second-step/passkeys/<int:passkey_id>/name")
@requires(Permission.STUDY, held_back=True)
def rename_passkey(passkey_id: int) -> ResponseReturnValue:
    form = PasskeyNameForm()
    if not form.validate():
        flash(_("A passkey needs a name of at most 40 letters."), "error")
    with transaction():
        passkey = factors.passkey_of(current_user.id, passkey_id)
        if form.validate():
            changing.rename_passkey(passkey, form.name.data)
    return redirect(url_for(".factors"))


@bp.post("/me/second-step/passkeys/<int:passkey_id>/remove")
@requires(Permission.STUDY, confirmed=True, held_back=True)
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    with transaction():
        passkey = factors.passkey_of(current_user.id, passkey_id)
        if ways_in.how_many(_me()) == 1:
            raise LastWayIn(_l("This passkey is your only way in. Choose a password first, then you can remove it."))
        changing.remove_passkey(passkey, current_user.id, now())
        _removed(Second.PASSKEY)
    flash(_("The passkey is removed. It opens nothing here any more."), "ok")
    return redirect(url_for(".factors"))


# Codes on paper ----------------------------------------------------------------------------------------------------


@bp.post("/me/second-step/codes")
@limited(20)
@requires(Permission.STUDY, confirmed=True, held_back=True)
def make_codes() -> ResponseReturnValue:
    """Ten new codes, shown this once: we keep only what is needed to recognise them."""
    if not factors.has_second(current_user.id):
        flash(_("First set up an app or a passkey. Recovery codes stand in for one that was lost."), "info")
        return redirect(url_for(".factors"))
    made, moment = codes.new_codes(), now()
    with transaction():
        changing.keep_codes(current_user.id, made, moment)
    security_log.info("recovery-codes-made", person=current_user.public_id)
    return render_template(
        "academy/accounts/recovery_codes.html",
        codes=made.plain,
        made_at=moment,
        wanted=session.pop(WANTED, None),
    )


# After a loss ------------------------------------------------------------------------------------------------------


@bp.post("/people/<public_id>/second-step/forget")
@requires(Permission.ADMINISTER, confirmed=True)
def forget_factors(public_id: str) -> ResponseReturnValue:
    """Somebody lost phone and paper, and an administrator knows that it is them: they begin anew, signed out
    everywhere."""
    with transaction():
        user = queries.person(public_id)
        for second in _shown_by(factors.held_by(user.id)):
            notices.factor_removed(user, SECOND_WORDS[second], now())
        changing.forget_everything(user.id, current_user.id, now())
        operations.end_sign_ins(user.id, now())
    security_log.warning("factors-forgotten", person=user.public_id, by=current_user.public_id)
    flash(_("The second step of this person is removed. They sign in with the password and set it up anew."), "ok")
    return redirect(url_for(".person", public_id=public_id))


def _shown_by(held: Held) -> list[Second]:
    return [Second.APP] * held.app + [Second.PASSKEY] * (held.passkeys > 0)


def _me() -> User:
    return cast(User, current_user)


def _owner() -> Owner:
    return Owner(current_user.id, current_user.public_id, current_user.name)


def _added(second: Second) -> None:
    """A factor more, inside a transaction: this sign-in showed it just now; others, which never did, end."""
    operations.end_sign_ins(current_user.id, now(), but=this_token())
    confirm_here(second)
    notices.factor_added(_me(), SECOND_WORDS[second], now())
    security_log.info("factor-added", person=current_user.public_id, factor=second.value)


def _removed(second: Second) -> None:
    """A factor less, inside a transaction: whoever came in with it elsewhere is signed out."""
    operations.end_sign_ins(current_user.id, now(), but=this_token())
    notices.factor_removed(_me(), SECOND_WORDS[second], now())
    security_log.info("factor-removed", person=current_user.public_id, factor=second.value)
