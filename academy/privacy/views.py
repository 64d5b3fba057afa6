"""My data: what I allow, a copy of everything, and leaving. And the public pages that say what we do."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import consents
from academy.accounts.consents import OPTIONAL, Purpose, centre_subject
from academy.accounts.models import User
from academy.accounts.signing_in import leave
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.errors import NotFound
from academy.i18n import _, _l, pick
from academy.jobs import Job
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.privacy import operations, queries
from academy.privacy.forms import AdultForm, ErasureForm
from academy.privacy.operations import MoneyDue, StillNeeded
from academy.privacy.rules import GRACE
from academy.privacy.words import PURPOSE_WORDS, SOURCE_WORDS, how_long, parts_kept
from academy.storage import storage
from academy.web import safe_next

bp = Blueprint("privacy", __name__)


def _me() -> User:
    return cast(User, current_user)


# For everybody -----------------------------------------------------------------------------------------------------


@bp.get("/privacy")
def notice() -> ResponseReturnValue:
    """What we keep, why and how long: drawn from the inventory, so that it says what we do."""
    chosen = settings()
    return render_template(
        "academy/privacy/notice.html",
        parts=parts_kept(chosen.retention),
        grace=how_long(GRACE.days),
        exports=how_long(chosen.retention["exports"].days),
        elsewhere=[pick(each.label) for each in chosen.providers],
        bucket=chosen.storage is not None,
        version=consents.WORDS_VERSION,
    )


@bp.get("/cookies")
def cookies() -> ResponseReturnValue:
    return render_template("academy/privacy/cookies.html", cookie=_cookie_name())


def _cookie_name() -> str:
    return "__Host-academy" if settings().secure_cookies else "academy"


# What I allow ------------------------------------------------------------------------------------------------------


def _questions() -> Sequence[Mapping[str, Any]]:
    """The optional consents as this person is asked them: "my centre" once for each centre they learn at."""
    standing = consents.standing_of(_me().id)
    asked = [(purpose, "", "") for purpose in OPTIONAL if purpose is not Purpose.CENTRE]
    centres = [
        (Purpose.CENTRE, centre_subject(centre.id), pick(centre.title)) for centre in queries.centres_attended(_me())
    ]
    return [
        {
            "name": f"{purpose.value}@{subject}",
            "title": PURPOSE_WORDS[purpose][0],
            "text": PURPOSE_WORDS[purpose][1],
            "place": place,
            "given": (purpose, subject) in standing and standing[purpose, subject].given,
            "purpose": purpose,
            "subject": subject,
        }
        for purpose, subject, place in [*centres, *asked]
    ]


@bp.get("/me/data")
@requires(Permission.STUDY)
def mine() -> ResponseReturnValue:
    exports = queries.exports_of(_me())
    return render_template(
        "academy/privacy/mine.html",
        questions=_questions(),
        exports=exports,
        kept_for=how_long(settings().retention["exports"].days),
        history=consents.history_of(_me().id, limit=50),
        purposes=PURPOSE_WORDS,
        sources=SOURCE_WORDS,
    )


@bp.post("/me/data/consents")
@requires(Permission.STUDY)
def answer() -> ResponseReturnValue:
    """All answers of the page at once; what is not ticked is a no."""
    with transaction():
        for question in _questions():
            given = question["name"] in request.form
            operations.answer_consent(_me(), question["purpose"], given, now(), subject=question["subject"])
    flash(_("Your answers are saved. You can change them at any time."), "ok")
    return redirect(url_for(".mine"))


@bp.route("/me/data/adult", methods=["GET", "POST"])
@requires(Permission.STUDY)
def adult() -> ResponseReturnValue:
    """Asked once, before the first paid work."""
    form, goes_on_to = AdultForm(), safe_next(request.values.get("next"))
    if request.method == "GET" or not form.validate():
        page = render_template("academy/privacy/adult.html", form=form, next=goes_on_to)
        return page, 422 if request.method == "POST" else 200
    with transaction():
        operations.declare_adult(_me(), now())
    flash(_("Thank you. That is noted."), "ok")
    return redirect(goes_on_to or url_for("academy.projects.index"))


# A copy of everything ----------------------------------------------------------------------------------------------


@bp.post("/me/data/exports")
@requires(Permission.STUDY, confirmed=True)
@limited(20)
def ask_export() -> ResponseReturnValue:
    with transaction():
        export = operations.ask_for_export(db.session.get_one(User, _me().id), now())
    return redirect(url_for(".export", public_id=export.public_id))


@bp.get("/me/data/exports/<public_id>")
@requires(Permission.STUDY)
def export(public_id: str) -> ResponseReturnValue:
    """How far a copy is, and where it is fetched."""
    found = queries.export_for(_me(), public_id)
    job = db.session.get(Job, found.job_id) if found.job_id else None
    kept_for = how_long(settings().retention["exports"].days)
    return render_template("academy/privacy/export.html", export=found, job=job, kept_for=kept_for)


@bp.get("/me/data/exports/<public_id>/file")
@requires(Permission.STUDY, confirmed=True)
def fetch(public_id: str) -> ResponseReturnValue:
    found = queries.export_for(_me(), public_id)
    try:
        data = storage().get(queries.export_key(found.public_id)) if found.ready_at else None
    except FileNotFoundError:
        data = None
    if data is None:
        raise NotFound(_l("This copy is not here (any more). Ask for a new one."))
    name = f"my-data-{found.asked_at:%Y-%m-%d}.zip"
    response = send_file(BytesIO(data), "application/zip", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


# Leaving -----------------------------------------------------------------------------------------------------------


@bp.route("/me/data/erasure", methods=["GET", "POST"])
@requires(Permission.STUDY, confirmed=True)
def erasure() -> ResponseReturnValue:
    form = ErasureForm()
    if request.method == "GET" or not form.validate():
        return _erasure_page(form), 422 if request.method == "POST" else 200
    try:
        with transaction():
            user = db.session.get_one(User, _me().id)
            operations.ask_to_be_forgotten(user, now(), give_up_money=form.give_up.data)
            leave()
    except (MoneyDue, StillNeeded) as refused:
        form.form_errors.append(str(refused))
        return _erasure_page(form), refused.status
    return redirect(url_for(".left"))


def _erasure_page(form: ErasureForm) -> str:
    leaving = queries.leaving_of(_me())
    return render_template("academy/privacy/erasure.html", form=form, leaving=leaving, grace=how_long(GRACE.days))


@bp.get("/left")
def left() -> ResponseReturnValue:
    """Good-bye, for somebody who has just asked to be forgotten and is signed out."""
    return render_template("academy/privacy/left.html", grace=how_long(GRACE.days))


@bp.get("/leaving")
@requires(Permission.STUDY, held_back=True)
def leaving() -> ResponseReturnValue:
    """What somebody finds who signs in while their wish stands."""
    if _me().leaving_at is None:
        return redirect(url_for("home"))
    return render_template("academy/privacy/leaving.html", due=_me().leaving_at, exports=queries.exports_of(_me()))


@bp.post("/leaving/stay")
@requires(Permission.STUDY, held_back=True)
def stay() -> ResponseReturnValue:
    with transaction():
        stayed = operations.think_better_of_it(db.session.get_one(User, _me().id), now())
    flash(_("Good that you stay. Your account is as it was.") if stayed else _("There was nothing to call off."), "ok")
    return redirect(url_for("home"))
