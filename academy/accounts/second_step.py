"""Signing in with a passkey, and the second step after a password, another house or a link."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import notices, proving
from academy.accounts.blueprint import bp
from academy.accounts.models import User
from academy.accounts.proving import CodeForms
from academy.accounts.signing_in import ASKED, asked, confirm_here, enter, security_log, stamp
from academy.api_docs import Answer, Topic, documented
from academy.clock import now
from academy.db import transaction
from academy.errors import TooMany, answer
from academy.factors import queries as factors
from academy.factors.passkeys import PasskeyRefused, Purpose
from academy.factors.queries import Held
from academy.factors.rules import First, Proof, Second, together
from academy.factors.schemas import ANSWER, ASKING, ON, QUESTION
from academy.i18n import _, _l
from academy.limits import limited
from academy.safe_json import RefusedJson
from academy.web import read_json, safe_next

STALE = _l("That took too long. Please sign in again from the beginning.")
NOT_KNOWN = _l("This passkey does not open an account here. Sign in with your name and password instead.")
NOT_TAKEN = _l("The passkey was not accepted. Try again, or choose another way.")


@bp.get("/sign-in/second-step")
def second_step() -> ResponseReturnValue:
    """The code of the app, or one of the codes on paper, or a passkey."""
    user = _person(asked())
    return _page(CodeForms(), user) if user else _from_the_beginning()


@bp.post("/sign-in/second-step")
@limited(300)
def take_second_step() -> ResponseReturnValue:
    held = asked()
    user = _person(held)
    if held is None or user is None:
        return _from_the_beginning()
    forms = CodeForms()
    if not forms.validate():
        return _page(forms, user), 422
    if proving.tried_too_often(user, now()):
        return _later(forms, user)
    code_hash = proving.hash_if_recovery(user, forms.typed)
    try:
        with transaction():
            shown = proving.second_shown(user, forms.typed, code_hash, now())
            # Asked once more: the password may have been changed, or the account closed, in this very moment.
            target = _come_in(user, held, shown) if shown and _person(held) else None
    except TooMany:
        return _later(forms, user)
    if shown is None:
        security_log.info("second-step-failed", person=user.public_id)
        forms.refuse()
        return _page(forms, user), 422
    if target and shown is Second.RECOVERY:
        _tell_of_recovery(factors.held_by(user.id))
        return redirect(url_for(".factors", next=None if target == url_for("home") else target))
    return redirect(target or url_for(".sign_in"))


def _from_the_beginning() -> ResponseReturnValue:
    """Nobody is asked for anything here, or no longer."""
    if not current_user.is_authenticated:
        flash(str(STALE), "error")
    return redirect(url_for(".sign_in"))


def _come_in(user: User, held: dict[str, Any], shown: Second) -> str:
    """Sign in with both steps, inside a transaction; answers with the page that was wanted."""
    if shown is Second.RECOVERY:
        notices.recovery_code_used(user, factors.held_by(user.id).codes_left, now())
    enter(user, request.user_agent.string, together(First(held["first"]), shown))
    return safe_next(held.get("next")) or url_for("home")


def _person(held: dict[str, Any] | None) -> User | None:
    """Who took the first step, if that step still counts."""
    user = proving.person_asked(held.get("who")) if held else None
    return user if user is not None and held is not None and held.get("stamp") == stamp(user) else None


def _page(code_forms: CodeForms, user: User, sentence: str | None = None) -> str:
    held = factors.held_by(user.id)
    return render_template(
        "academy/accounts/second_step.html", code_forms=code_forms, held=held, name=user.name, sentence=sentence
    )


def _later(code_forms: CodeForms, user: User) -> ResponseReturnValue:
    security_log.warning("second-step-refused", person=user.public_id)
    sentence = _("There were too many wrong codes. Please wait 15 minutes and try again.")
    return _page(code_forms, user, sentence), 429, {"Retry-After": "900"}


def _tell_of_recovery(left: Held) -> None:
    if left.codes_left <= 3:
        flash(_("You used a recovery code, and few are left. Please make new ones now."), "warn")
    else:
        flash(_("You used a recovery code. If you lost your phone, please set the second step up anew."), "warn")


# Passkeys ----------------------------------------------------------------------------------------------------------


@bp.post("/passkeys/question")
@documented(
    Topic.SIGNING_IN,
    _l("Ask for a passkey"),
    {200: Answer(_l("The question for the browser."), QUESTION)},
    body=ASKING,
    refusals=(401, 429),
)
@limited(300)
def ask_passkey() -> ResponseReturnValue:
    """What the script hands to the browser's passkeys: who signs in, who takes the second step, is it still you."""
    purpose = _purpose(read_json(max_bytes=1000))
    user_id = _whom(purpose)
    if user_id is None and purpose is not Purpose.SIGN_IN:
        return answer(401, STALE)
    with transaction():
        return jsonify(proving.ask_passkey(purpose, user_id, now()))


@bp.post("/passkeys/answer")
@documented(
    Topic.SIGNING_IN,
    _l("Answer with a passkey"),
    {200: Answer(_l("It fits; the page to go on with."), ON)},
    body=ANSWER,
    refusals=(401, 403, 429),
)
@limited(300)
def answer_passkey() -> ResponseReturnValue:
    """The passkey answered; tells the script where to go on."""
    body = proving.passkey_answer()
    purpose = _purpose(body)
    held, user_id = asked(), _whom(purpose)
    if user_id is None and purpose is not Purpose.SIGN_IN:
        return answer(401, STALE)
    target = safe_next(body.get("next")) if isinstance(body.get("next"), str) else None
    with transaction():
        passkey = proving.passkey_shown(purpose, user_id, body["credential"], now())
        user = proving.person_asked(passkey.user_id) if passkey else None
        if user is not None and purpose is Purpose.SIGN_IN:
            enter(user, request.user_agent.string, Proof.PASSKEY)
        elif user is not None and purpose is Purpose.SECOND_STEP and held is not None:
            target = _come_in(user, held, Second.PASSKEY)
        elif user is not None:
            confirm_here(Second.PASSKEY)
    if user is None:
        security_log.info("passkey-refused", purpose=purpose.value)
        raise PasskeyRefused(NOT_KNOWN if purpose is Purpose.SIGN_IN else NOT_TAKEN)
    return jsonify(next=target or url_for("home"))


def _purpose(body: Any) -> Purpose:
    asked_for = body.get("purpose") if isinstance(body, dict) else None
    if not isinstance(asked_for, str) or asked_for not in {Purpose.SIGN_IN, Purpose.SECOND_STEP, Purpose.CONFIRM}:
        raise RefusedJson('Send an object with a "purpose": sign in, second step or confirm.')
    return Purpose(asked_for)


def _whom(purpose: Purpose) -> int | None:
    """Whose passkey is asked for: None where the passkey itself is to say it, or where nobody is."""
    if purpose is Purpose.CONFIRM:
        return int(current_user.id) if current_user.is_authenticated else None
    if purpose is Purpose.SECOND_STEP and ASKED in session:
        user = _person(asked())
        return user.id if user else None
    return None
