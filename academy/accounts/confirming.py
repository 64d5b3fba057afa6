"""Showing once more who one is, before something that matters: roles, revocations, the second step itself."""

from typing import cast

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import guessing, notices, operations, proving, queries
from academy.accounts.blueprint import bp
from academy.accounts.models import User
from academy.accounts.proving import CodeForms
from academy.accounts.signing_in import confirm_here, security_log
from academy.clock import now
from academy.db import transaction
from academy.errors import TooMany
from academy.factors import queries as factors
from academy.factors.forms import PasswordAgainForm
from academy.factors.queries import Held
from academy.factors.rules import Second
from academy.i18n import _
from academy.permissions import Permission, requires
from academy.web import safe_next


@bp.get("/confirm")
@requires(Permission.STUDY, held_back=True)
def confirm() -> ResponseReturnValue:
    """Is it still you? Somebody with a second step shows that, everybody else the password."""
    if current_user.standing.confirmed(now()):
        return redirect(_next())
    held = factors.held_by(current_user.id)
    return _page(CodeForms() if held.second else PasswordAgainForm(), held)


@bp.post("/confirm")
@requires(Permission.STUDY, held_back=True)
def confirm_now() -> ResponseReturnValue:
    held = factors.held_by(current_user.id)
    return _by_code(held) if held.second else _by_password(held)


def _by_code(held: Held) -> ResponseReturnValue:
    forms, user = CodeForms(), _me()
    if not forms.validate():
        return _page(forms, held), 422
    if proving.tried_too_often(user, now()):
        return _later(forms, held)
    code_hash = proving.hash_if_recovery(user, forms.typed)
    try:
        with transaction():
            shown = proving.second_shown(user, forms.typed, code_hash, now())
            if shown is not None:
                confirm_here(shown)
            if shown is Second.RECOVERY:
                notices.recovery_code_used(user, held.codes_left - 1, now())
    except TooMany:
        return _later(forms, held)
    if shown is None:
        security_log.info("confirming-failed", person=user.public_id)
        forms.refuse()
        return _page(forms, held), 422
    return redirect(_next())


def _by_password(held: Held) -> ResponseReturnValue:
    form, user = PasswordAgainForm(), _me()
    checked = operations.identity_of(user).password_hash
    if checked is None or not form.validate():
        return _page(form, held), 422
    who = guessing.guesser(user.name)
    fits = proving.password_shown(user, form.password.data, now())
    if fits is None:
        return _later(form, held)
    with transaction():
        held_still = queries.person_with_password(user.id, checked) if fits else None
        if held_still is None:
            guessing.note_wrong(who, now())
        else:
            confirm_here()
    if held_still is None:
        security_log.info("confirming-failed", person=user.public_id)
        form.password.errors = [_("This is not your password.")]
        return _page(form, held), 422
    return redirect(_next())


def _page(form: CodeForms | PasswordAgainForm, held: Held, sentence: str | None = None) -> str:
    return render_template(
        "academy/accounts/confirm.html",
        form=form,
        code_forms=form,
        held=held,
        has_password=operations.identity_of(_me()).password_hash is not None,
        next=_next_given(),
        sentence=sentence,
    )


def _later(form: CodeForms | PasswordAgainForm, held: Held) -> ResponseReturnValue:
    sentence = _("That was tried too often. Please wait 15 minutes and try again.")
    return _page(form, held, sentence), 429, {"Retry-After": "900"}


def _next_given() -> str | None:
    return safe_next(request.values.get("next"))


def _next() -> str:
    return _next_given() or url_for("home")


def _me() -> User:
    return cast(User, current_user)
