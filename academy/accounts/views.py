"""Routes for people: signing up, in and out, and their own account."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import consents, guessing, operations, queries, recovering, rules
from academy.accounts.blueprint import bp
from academy.accounts.forms import AddressForm, FirstPasswordForm, PasswordForm, ProfileForm, SignInForm, SignUpForm
from academy.accounts.operations import NameTaken
from academy.accounts.signing_in import COOKIE_KEY, LANGUAGE, TEXT_SIZE, enter, enter_or_ask, leave, stay
from academy.clock import now
from academy.db import transaction
from academy.factors import queries as factors
from academy.factors.rules import First
from academy.factors.words import PROOF_WORDS
from academy.i18n import LANGUAGES, _, language
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.web import safe_next


@bp.route("/sign-up", methods=["GET", "POST"])
@limited(300)
def sign_up() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_next())
    form = SignUpForm()
    if request.method == "GET":
        return _sign_up_page(form)
    if not form.validate():
        return _sign_up_page(form), 422
    if queries.identity_called(form.name.data) is not None:
        return _name_taken(form)
    # Hashing takes long on purpose; nobody else waits for it, because the write lock is taken after it.
    password_hash = operations.hashed(form.password.data)
    letter = False
    try:
        with transaction():
            user = operations.add_person(form.name.data, password_hash, form.email.data, language(), now())
            user.text_size = current_user.text_size
            consents.say_at_sign_up(user, form.younger.data, now())
            enter(user, request.user_agent.string)
            if form.email.data:
                letter = recovering.ask_to_prove(user, form.email.data, now())
    except NameTaken:
        return _name_taken(form)
    flash(_("Welcome, %(name)s. Your account is ready.", name=rules.tidy_name(form.name.data)), "ok")
    if letter:
        said = _("%(address)s is not proved yet. Open the link in the letter we sent there.", address=form.email.data)
        flash(said, "info")
    return redirect(_next())


def _name_taken(form: SignUpForm) -> ResponseReturnValue:
    form.name.errors = [str(operations.NAME_TAKEN)]
    return _sign_up_page(form, queries.free_names(form.name.data)), 422


def _sign_up_page(form: SignUpForm, free: Sequence[str] = ()) -> str:
    return render_template("academy/accounts/sign_up.html", form=form, next=_next_given(), free=free)


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    if request.method == "GET":
        return redirect(_next()) if current_user.is_authenticated else _sign_in_page(SignInForm())
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form), 422
    who = guessing.guesser(form.name.data)
    if guessing.must_wait(who, now()):
        return _sign_in_later(form)
    identity = queries.identity_called(form.name.data)
    checked = (identity.user_id, identity.password_hash) if identity else None
    fits = operations.password_fits(identity, form.password.data)
    with transaction():
        # Counted again: of many tries sent at the same moment only the allowed number gets through.
        queries.hold_name(form.name.data)
        if guessing.must_wait(who, now()):
            return _sign_in_later(form)
        user = queries.person_with_password(*checked) if checked and fits else None
        if user is None:
            guessing.note_wrong(who, now())
        goes_on_to = enter_or_ask(user, First.PASSWORD, _next_given()) if user is not None else None
    if goes_on_to is None:
        return _sign_in_page(form, _why_not(fits, form.name.data)), 422
    return redirect(goes_on_to)


def _why_not(fits: bool, name: str) -> str:
    """Only to whoever knows the password is it said that the account is closed."""
    identity = queries.identity_called(name) if fits else None
    if identity is not None and identity.user.closed_at is not None:
        return _("This account is closed. Ask the people who run this academy.")
    return _("The name and the password do not belong together. Look at both again.")


def _sign_in_page(form: SignInForm, sentence: str | None = None) -> str:
    return render_template("academy/accounts/sign_in.html", form=form, next=_next_given(), sentence=sentence)


def _sign_in_later(form: SignInForm) -> ResponseReturnValue:
    sentence = _("There were too many tries with a wrong password. Please wait 15 minutes and try again.")
    return _sign_in_page(form, sentence), 429, {"Retry-After": str(int(rules.GUESS_WINDOW.total_seconds()))}


def _next_given() -> str | None:
    return safe_next(request.values.get("next"))


def _next() -> str:
    return _next_given() or url_for("home")


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    with transaction():
        leave()
    flash(_("You are signed out."), "ok")
    return _out()


def _out() -> ResponseReturnValue:
    """To the first page; what this browser kept of the person's pages and pictures goes, for others may sit here next.
    What they drew and did not hand in stays: it waits for its owner under a name of theirs."""
    answer = redirect(url_for("home"))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.post("/me/sign-out-everywhere")
@requires(Permission.STUDY, held_back=True)
def sign_out_everywhere() -> ResponseReturnValue:
    with transaction():
        operations.end_sign_ins(current_user.id, now())
        leave()
    flash(_("You are signed out in every browser."), "ok")
    return _out()


@bp.post("/me/sign-ins/<int:sign_in_id>/end")
@requires(Permission.STUDY, held_back=True)
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    with transaction():
        operations.end_one(queries.sign_in_of(current_user, sign_in_id), now())
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for(".profile"))


@bp.post("/language")
def set_language() -> ResponseReturnValue:
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session[LANGUAGE] = chosen
        if current_user.is_authenticated and current_user.language != chosen:
            with transaction():
                current_user.language = chosen
    return redirect(_next())


@bp.post("/text-size")
def set_text_size() -> ResponseReturnValue:
    chosen = request.form.get("text_size")
    if chosen in set(rules.TextSize):
        session[TEXT_SIZE] = chosen
        if current_user.is_authenticated and current_user.text_size != chosen:
            with transaction():
                current_user.text_size = chosen
    return redirect(_next())


@bp.route("/me", methods=["GET", "POST"])
@requires(Permission.STUDY)
def profile() -> ResponseReturnValue:
    if request.method == "GET":
        return _profile_page(_own_profile(), PasswordForm())
    form, password_form = ProfileForm(), PasswordForm(formdata=None)
    if not form.validate():
        return _profile_page(form, password_form), 422
    try:
        with transaction():
            operations.change_profile(current_user, form.name.data, form.language.data, form.text_size.data, now())
    except NameTaken as taken:
        form.name.errors = [str(taken)]
        return _profile_page(form, password_form), 422
    session[LANGUAGE] = form.language.data
    flash(_("Your account is saved."), "ok")
    return redirect(url_for(".profile"))


@bp.post("/me/password")
@requires(Permission.STUDY)
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return _profile_page(_own_profile(), form), 422
    who = guessing.guesser(current_user.name)
    late = guessing.must_wait(who, now())
    checked = current_user.identity.password_hash
    fits = not late and operations.password_fits(current_user.identity, form.current.data)
    if not fits:
        with transaction():
            guessing.note_wrong(who, now())
        form.current.errors = [_("Please wait 15 minutes and try again.") if late else _("This is not your password.")]
        return _profile_page(_own_profile(), form), 422
    password_hash = operations.hashed(form.password.data)
    with transaction():
        user = queries.person_with_password(current_user.id, checked)
        if user is not None:
            operations.set_password(user, password_hash, user, now())
            stay()
    if user is None:  # it was changed elsewhere in this very moment
        form.current.errors = [_("This is not your password.")]
        return _profile_page(_own_profile(), form), 422
    flash(_("The password is changed. All other browsers are signed out."), "ok")
    return redirect(url_for(".profile"))


def _own_profile() -> ProfileForm:
    return ProfileForm(
        formdata=None,
        name=current_user.name,
        language=current_user.language,
        text_size=current_user.text_size,
    )


def _profile_page(form: ProfileForm, password_form: PasswordForm) -> str:
    return render_template(
        "academy/accounts/profile.html",
        form=form,
        password_form=password_form,
        first_password_form=FirstPasswordForm(current_user, formdata=None),
        address_form=AddressForm(formdata=None, email=current_user.identity.email),
        to_prove=recovering.address_to_prove(current_user, now()),
        sign_ins=queries.live_sign_ins(current_user, now()),
        this_one=operations.token_hash(session.get(COOKIE_KEY, "")),
        browser_name=rules.browser_name,
        proof_words=PROOF_WORDS,
        has_second=factors.has_second(current_user.id),
    )
