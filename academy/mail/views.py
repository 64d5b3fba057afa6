"""Letters for people: which they want, and ending them with one click. For staff: how each looks, and which failed."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.clock import now
from academy.db import transaction
from academy.errors import NotFound
from academy.i18n import LANGUAGES, _, _l, language, ngettext
from academy.mail import addresses, operations, queries, rules, samples
from academy.mail.forms import ChoicesForm
from academy.mail.models import LetterState
from academy.mail.rules import Group
from academy.mail.words import GROUP_NAMES, STATE_NAMES, problem_words
from academy.permissions import Permission, requires
from academy.security import CONTENT_SECURITY_POLICY, csrf

bp = Blueprint("mail", __name__)

# A letter brings its styles along. It is shown in a frame that may do nothing: no script, no form, no address of ours.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@bp.route("/me/mail", methods=["GET", "POST"])
@requires(Permission.STUDY)
def preferences() -> ResponseReturnValue:
    form = ChoicesForm()
    if request.method == "POST" and form.validate():
        with transaction():
            for group, wanted in form.chosen().items():
                operations.choose(current_user.id, group, wanted, now())
        flash(_("Your choice is saved."), "ok")
        return redirect(url_for(".preferences"))
    if request.method == "GET":
        form.show(queries.choices_of(current_user.id))
    always = [GROUP_NAMES[group] for group in Group if group.always_sent]
    page = render_template("academy/mail/preferences.html", form=form, always=always, can_send=operations.can_send())
    return page, 422 if request.method == "POST" else 200


@bp.route("/mail/end/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> ResponseReturnValue:
    found = addresses.whose_letters(token)
    if found is None:
        raise NotFound(_l("This link does not belong to a letter of ours. Perhaps a part of it is missing."))
    user_id, group = found
    if request.method == "POST":
        with transaction():
            operations.choose(user_id, group, False, now())
    ended = request.method == "POST"
    return render_template("academy/mail/unsubscribe.html", group=GROUP_NAMES[group], ended=ended, token=token)


csrf.exempt(unsubscribe)  # mail programs send it by themselves (RFC 8058): the link itself is what allows it


# For those who look after mail -------------------------------------------------------------------------------------


@bp.get("/mail")
@requires(Permission.LOOK_AFTER_MAIL)
def letters() -> ResponseReturnValue:
    asked = request.args.get("state", "")
    state = LetterState(asked) if asked in set(LetterState) else LetterState.FAILED
    after = request.args.get("after")
    return render_template(
        "academy/mail/letters.html",
        page=queries.letters(state, after),
        counts=queries.letters_by_state(),
        state=state,
        after=after,
        states=STATE_NAMES,
        whereto=queries.whereto,
        problem_words=problem_words,
        subject_of=samples.subject_of,
        can_send=operations.can_send(),
    )


@bp.post("/mail/<int:letter_id>/again")
@requires(Permission.LOOK_AFTER_MAIL)
def send_again(letter_id: int) -> ResponseReturnValue:
    with transaction():
        operations.send_again(queries.letter_for_change(letter_id), current_user.id, now())
    flash(_("The letter is on its way again."), "ok")
    return redirect(url_for(".letters"))


@bp.post("/mail/again")
@requires(Permission.LOOK_AFTER_MAIL)
def send_all_again() -> ResponseReturnValue:
    with transaction():
        failed = queries.failed_letters()
        for letter in failed:
            operations.send_again(letter, current_user.id, now())
    sent = ngettext("%(num)s letter is on its way again.", "%(num)s letters are on their way again.", len(failed))
    flash(sent, "ok")
    return redirect(url_for(".letters"))


@bp.get("/mail/kinds")
@requires(Permission.LOOK_AFTER_MAIL)
def kinds() -> ResponseReturnValue:
    groups = [
        (GROUP_NAMES[group], group.always_sent, [(name, samples.subject_of(name)) for name in samples.names_in(group)])
        for group in Group
    ]
    return render_template("academy/mail/kinds.html", groups=[each for each in groups if each[2]])


@bp.get("/mail/kinds/<name>")
@requires(Permission.LOOK_AFTER_MAIL)
def kind(name: str) -> ResponseReturnValue:
    if name not in rules.KINDS:
        abort(404)
    asked = request.args.get("shown", "")
    shown = asked if asked in LANGUAGES else language()
    page = render_template(
        "academy/mail/kind.html",
        kind=rules.KINDS[name],
        subject=samples.subject_of(name),
        written=samples.written(name, shown),
        shown=shown,
        group=GROUP_NAMES[rules.KINDS[name].group],
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@bp.get("/mail/kinds/<name>/<shown>")
@requires(Permission.LOOK_AFTER_MAIL)
def laid_out(name: str, shown: str) -> ResponseReturnValue:
    if name not in rules.KINDS or shown not in LANGUAGES:
        abort(404)
    response = Response(samples.written(name, shown).html)
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response
