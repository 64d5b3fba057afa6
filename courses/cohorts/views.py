"""A learner's class, and the way into it."""

from typing import cast

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy import limits
from academy.accounts import consents
from academy.accounts.consents import Purpose, centre_subject
from academy.accounts.models import User
from academy.accounts.rules import GUESS_WINDOW
from academy.clock import now
from academy.db import transaction
from academy.errors import TooMany
from academy.i18n import _, _l
from academy.limits import Limit
from academy.permissions import Permission, requires
from courses.cohorts import operations, queries
from courses.cohorts.forms import CodeForm, DigitsForm
from courses.cohorts.models import Cohort, Seat
from courses.cohorts.operations import ClassFull, CodeSpent, StaffNeedNoSeat
from courses.cohorts.rules import check_in_open
from courses.cohorts.staff_views import bp as bp
from courses.cohorts.words import (
    MARK_PILLS,
    attendance_words,
    check_in_words,
    mark_words,
    presence_words,
    role_words,
)
from courses.learning.queries import progress
from courses.learning.words import progress_words

JOIN_KEY = "join_code"
WRONG_CODES = Limit("wrong join code", 30, GUESS_WINDOW, slices=15)
STRANGERS_WRONG_CODES = Limit("wrong join code from here", 1000, GUESS_WINDOW, slices=15)
"""A class behind one address mistypes a lot; of 8 x 10^11 codes a thousand in a quarter of an hour find nothing."""


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "attendance_words": attendance_words,
        "presence_words": presence_words,
        "mark_words": mark_words,
        "mark_pill": MARK_PILLS.get,
        "role_words": role_words,
        "progress_words": progress_words,
    }


def _me() -> User:
    return cast(User, current_user)


# My classes --------------------------------------------------------------------------------------------------------


@bp.get("/classes")
@requires(Permission.STUDY)
def index() -> ResponseReturnValue:
    teaches = current_user.may(Permission.TEACH)
    return render_template(
        "courses/cohorts/index.html",
        attended=queries.classes_attended(_me(), after=request.args.get("after")),
        taught=queries.classes_taught(_me(), after=request.args.get("taught_after")) if teaches else None,
    )


@bp.get("/classes/<int:cohort_id>")
@requires(Permission.STUDY)
def show(cohort_id: int) -> ResponseReturnValue:
    cohort = queries.class_for(_me(), cohort_id)
    seat = queries.seat_of(_me().id, cohort.id)
    if seat is None:
        return redirect(url_for(".board", cohort_id=cohort.id))
    return _class_page(cohort, seat, DigitsForm())


def _class_page(cohort: Cohort, seat: Seat, form: DigitsForm) -> str:
    moment = now()
    own = queries.own_attendance(seat, cohort.meetings, moment)
    meeting = queries.current_meeting(cohort.meetings, moment)
    return render_template(
        "courses/cohorts/show.html",
        cohort=cohort,
        own=own,
        meeting=meeting if meeting and meeting.ends_at > moment else None,
        check_in=meeting is not None and check_in_open(meeting.starts_at, meeting.ends_at, moment),
        checked_in=meeting is not None and own.standings[meeting.id].mark is not None,
        joined_at=seat.taken_at,
        progress=progress(_me(), queries.course_with_steps(cohort)),
        moment_now=moment,
        shows_progress=consents.holds(_me().id, Purpose.CENTRE, centre_subject(cohort.centre_id)),
        form=form,
    )


@bp.post("/classes/<int:cohort_id>/check-in")
@requires(Permission.STUDY)
def check_in(cohort_id: int) -> ResponseReturnValue:
    form = DigitsForm()
    outcome = None
    with transaction():
        cohort = queries.class_for(_me(), cohort_id)
        seat = queries.seat_of(_me().id, cohort.id)
        meeting = queries.current_meeting(cohort.meetings, now())
        if seat is not None and meeting is not None:
            if not form.validate():
                return _class_page(cohort, seat, form), 422
            outcome = operations.check_in(seat, meeting, form.digits.data, now())
    if outcome is not None:
        tone, sentence = check_in_words(outcome)
        flash(sentence, tone)
    return redirect(url_for(".show", cohort_id=cohort_id))


# Joining -----------------------------------------------------------------------------------------------------------


@bp.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """Asks for a code; with one, names class, centre and instructor before anything is done."""
    form = CodeForm()
    if request.method == "POST":
        if not form.validate():
            return render_template("courses/cohorts/join.html", form=form, found=None), 422
        return _remember(form.code.data)
    code = session.get(JOIN_KEY)
    found = queries.working_code(code, now()) if isinstance(code, str) else None
    return render_template("courses/cohorts/join.html", form=form, found=found)


@bp.get("/join/<code>")
def join_code(code: str) -> ResponseReturnValue:
    """The address behind a printed code: fills it in. Looking it up counts guesses, so a button does it."""
    return render_template("courses/cohorts/join.html", form=CodeForm(formdata=None, code=code[:40]), found=None)


def _remember(code: str) -> ResponseReturnValue:
    """Keep a working code in this browser's session, also through signing up and in."""
    mine = current_user.is_authenticated
    limit, who = WRONG_CODES if mine else STRANGERS_WRONG_CODES, limits.asker()
    if limits.used(limit, *who, at=now()) >= limit.most:
        raise _too_many_codes(mine)
    if queries.working_code(code, now()) is None:
        session.pop(JOIN_KEY, None)
        with transaction():
            limits.count(limit, *who, at=now())
        form = CodeForm(formdata=None, code=code[:40])
        form.code.errors = [
            _("This code does not open a class. Look at it again, or ask your instructor for a new one.")
        ]
        return render_template("courses/cohorts/join.html", form=form, found=None), 422
    session[JOIN_KEY] = code
    return redirect(url_for("courses.cohorts.join"))


def _too_many_codes(signed_in: bool) -> TooMany:
    wait = int(GUESS_WINDOW.total_seconds())
    if signed_in:
        return TooMany(_l("You tried many codes that do not exist. Wait a quarter of an hour."), retry_after=wait)
    sentence = _l("Many codes that do not exist were tried from here. Sign in first, then your code is looked up.")
    return TooMany(sentence, retry_after=wait)


@bp.post("/join/seat")
@requires(Permission.STUDY)
def take_seat() -> ResponseReturnValue:
    code = session.get(JOIN_KEY)
    if not isinstance(code, str):
        return redirect(url_for(".join"))
    try:
        with transaction():
            seat = operations.take_seat(code, _me(), now(), shows_progress="shows_progress" in request.form)
    except (CodeSpent, ClassFull, StaffNeedNoSeat) as refused:
        session.pop(JOIN_KEY, None)
        flash(str(refused), "error")
        return redirect(url_for(".join"))
    session.pop(JOIN_KEY, None)
    flash(_("Your seat is yours. Welcome to the class!"), "ok")
    return redirect(url_for(".show", cohort_id=seat.cohort_id))
