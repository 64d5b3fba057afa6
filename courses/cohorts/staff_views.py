"""What the people of a centre do: the board, roll call, meetings, codes, classes and staff."""

from datetime import timedelta
from typing import cast

import structlog
from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import fresh_links, recovering
from academy.accounts.models import User
from academy.api_docs import Answer, Asked, Topic, documented
from academy.clock import now
from academy.db import transaction
from academy.errors import NotFound, Refused
from academy.i18n import _, _l, ngettext, pick
from academy.permissions import Permission, requires
from academy.web import row_number
from courses.cohorts import operations, queries
from courses.cohorts.forms import CentreForm, CohortForm, MeetingForm, NewCodeForm, StaffForm
from courses.cohorts.models import Centre, Cohort
from courses.cohorts.rules import Mark, StaffRole, check_in_open, digits_at, seconds_left, shown_code, step_of
from courses.cohorts.schemas import DIGITS

bp = Blueprint("cohorts", __name__)

security_log = structlog.get_logger("security")

NEW_CODE = "new_join_code"
LONGEST_REASON = 200


def _me() -> User:
    return cast(User, current_user)


# In the room -------------------------------------------------------------------------------------------------------


@bp.get("/classes/<int:cohort_id>/board")
@requires(Permission.TEACH)
def board(cohort_id: int) -> ResponseReturnValue:
    """Who is here and how far each is."""
    cohort = queries.class_taught(_me(), cohort_id)
    moment = now()
    asked = request.args.get("meeting", type=int)
    chosen = [meeting for meeting in cohort.meetings if meeting.id == asked]
    meeting = chosen[0] if chosen else queries.current_meeting(cohort.meetings, moment)
    places = queries.places_of(cohort, meeting, moment)
    return render_template(
        "courses/cohorts/board.html",
        cohort=cohort,
        meeting=meeting,
        places=places,
        how_many=sum(place.now.here for place in places),
        check_in=meeting is not None and check_in_open(meeting.starts_at, meeting.ends_at, moment),
        marks=list(Mark),
    )


@bp.post("/classes/<int:cohort_id>/meetings/<int:meeting_id>/roll-call")
@requires(Permission.TEACH)
def roll_call(cohort_id: int, meeting_id: int) -> ResponseReturnValue:
    """Take the marks that were chosen, with one reason for all of them."""
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    marks = {}
    for name, value in request.form.items():
        prefix, _dash, seat_id = name.partition("-")
        if prefix == "mark" and seat_id.isdecimal() and len(seat_id) < 18 and value in set(Mark):
            marks[int(seat_id)] = Mark(value)
    if marks and not reason:
        raise Refused(_l("Say in a few words why you change this."))
    with transaction():
        meeting = queries.meeting_taught(_me(), cohort_id, meeting_id)
        seats = queries.seats_of(meeting.cohort)
        changed = operations.roll_call(seats, meeting, marks, reason, _me().id, now())
    flash(ngettext("%(num)s learner was put right.", "%(num)s learners were put right.", changed), "ok")
    return redirect(url_for(".board", cohort_id=cohort_id, meeting=meeting_id))


@bp.post("/classes/<int:cohort_id>/reset-link")
@requires(Permission.TEACH, confirmed=True)
def print_reset(cohort_id: int) -> ResponseReturnValue:
    """A link for a new password, for a learner of the class who has no e-mail; it is shown once."""
    with transaction():
        cohort = queries.class_taught(_me(), cohort_id)
        seat = queries.seat_in(cohort, request.form.get("seat", 0, type=row_number))
        address = recovering.print_reset(seat.learner, _me(), now(), only_learners=True)
    security_log.info("reset-link-made", by=_me().public_id, person=seat.learner.public_id)
    fresh_links.keep(address, "reset", seat.learner.name)
    return redirect(url_for("academy.accounts.fresh_link"))


@bp.get("/classes/<int:cohort_id>/meetings/<int:meeting_id>/digits")
@requires(Permission.TEACH)
@documented(
    Topic.CLASSES,
    _l("The digits of this moment, with which a class checks in"),
    {200: Answer(_l("The digits, or null when nobody can check in."), DIGITS, page=True)},
    asked=(Asked("form", {"const": "json"}, _l("Ask for JSON instead of the page.")),),
)
def digits(cohort_id: int, meeting_id: int) -> ResponseReturnValue:
    """The six digits of this moment, large enough for the last row; those to come stay on the server."""
    meeting = queries.meeting_taught(_me(), cohort_id, meeting_id)
    moment = now()
    shown = check_in_open(meeting.starts_at, meeting.ends_at, moment)
    code = digits_at(meeting.digit_secret, step_of(moment)) if shown else None
    left = seconds_left(moment)
    if request.args.get("form") == "json":
        return jsonify(digits=code, seconds_left=left)
    return render_template("courses/cohorts/digits.html", meeting=meeting, digits=code, seconds_left=left)


# Planning ----------------------------------------------------------------------------------------------------------


@bp.get("/classes/<int:cohort_id>/plan")
@requires(Permission.TEACH)
def plan(cohort_id: int) -> ResponseReturnValue:
    return _plan_page(queries.class_taught(_me(), cohort_id), MeetingForm(), NewCodeForm())


def _plan_page(cohort: Cohort, meeting_form: MeetingForm, code_form: NewCodeForm) -> str:
    fresh = session.pop(NEW_CODE, None)
    fresh = fresh if isinstance(fresh, list) and fresh[0] == cohort.id else None
    return render_template(
        "courses/cohorts/plan.html",
        cohort=cohort,
        codes=queries.codes_of(cohort, after=request.args.get("after")),
        fresh=shown_code(fresh[1]) if fresh else None,
        meeting_form=meeting_form,
        code_form=code_form,
        moment_now=now(),
    )


@bp.post("/classes/<int:cohort_id>/meetings")
@requires(Permission.TEACH)
def add_meetings(cohort_id: int) -> ResponseReturnValue:
    form = MeetingForm()
    with transaction():
        cohort = queries.class_taught(_me(), cohort_id)
        if not form.validate():
            return _plan_page(cohort, form, NewCodeForm(formdata=None)), 422
        planned = operations.plan_meetings(
            cohort, form.day.data, form.at.data, form.minutes.data, cohort.centre.zone, now(),
            times=form.times.data, topic=form.topic.data or "", by_id=_me().id,
        )  # fmt: skip
    flash(ngettext("%(num)s meeting was planned.", "%(num)s meetings were planned.", len(planned)), "ok")
    return redirect(url_for(".plan", cohort_id=cohort_id))


@bp.post("/classes/<int:cohort_id>/codes")
@requires(Permission.TEACH)
def make_code(cohort_id: int) -> ResponseReturnValue:
    form = NewCodeForm()
    with transaction():
        cohort = queries.class_taught(_me(), cohort_id)
        if not form.validate():
            return _plan_page(cohort, MeetingForm(formdata=None), form), 422
        until = now() + timedelta(days=form.days.data)
        code = operations.make_code(cohort, form.seats.data, until, _me().id, now())
    session[NEW_CODE] = [cohort_id, code]
    return redirect(url_for(".plan", cohort_id=cohort_id))


@bp.post("/classes/<int:cohort_id>/codes/<int:code_id>/revoke")
@requires(Permission.TEACH)
def revoke_code(cohort_id: int, code_id: int) -> ResponseReturnValue:
    with transaction():
        cohort = queries.class_taught(_me(), cohort_id)
        operations.revoke_code(queries.code_of(cohort, code_id), now(), _me().id)
    flash(_("The code gives no more seats. Those it gave stay."), "ok")
    return redirect(url_for(".plan", cohort_id=cohort_id))


# Centres -----------------------------------------------------------------------------------------------------------


@bp.get("/centres")
@requires(Permission.TEACH)
def centres() -> ResponseReturnValue:
    return render_template(
        "courses/cohorts/centres.html", centres=queries.centres_of(_me(), after=request.args.get("after"))
    )


@bp.get("/centres/<int:centre_id>")
@requires(Permission.TEACH)
def centre(centre_id: int) -> ResponseReturnValue:
    return _centre_page(queries.centre_of(_me(), centre_id), StaffForm())


def _centre_page(found: Centre, form: StaffForm) -> str:
    return render_template(
        "courses/cohorts/centre.html",
        centre=found,
        staff=queries.staff_of(found),
        manages=_me().may_in(Permission.MANAGE_CENTRE, found.scope),
        classes=queries.classes_at(found, after=request.args.get("after")),
        form=form,
    )


@bp.post("/centres/<int:centre_id>/staff")
@requires(Permission.MANAGE_CENTRE, confirmed=True)
def employ(centre_id: int) -> ResponseReturnValue:
    form = StaffForm()
    with transaction():
        found = queries.centre_managed_by(_me(), centre_id)
        if not form.validate():
            return _centre_page(found, form), 422
        role = StaffRole(form.role.data)
        person = queries.person_called(form.name.data)
        if person is None:
            form.name.errors = [_("Nobody has this name. Look at the spelling, or send them an invitation.")]
            return _centre_page(found, form), 422
        if role is not StaffRole.PROGRAMME_MANAGER:
            _refuse_leaving_oneself(person.id)
        operations.employ(found, person.id, role, now(), _me())
    flash(_("%(name)s works at this centre now.", name=person.name), "ok")
    return redirect(url_for(".centre", centre_id=centre_id))


@bp.post("/centres/<int:centre_id>/staff/<int:user_id>/dismiss")
@requires(Permission.MANAGE_CENTRE, confirmed=True)
def dismiss(centre_id: int, user_id: int) -> ResponseReturnValue:
    with transaction():
        found = queries.centre_managed_by(_me(), centre_id)
        _refuse_leaving_oneself(user_id)
        if user_id not in {colleague.user.id for colleague in queries.staff_of(found)}:
            raise NotFound(_l("This person does not work at the centre."))
        operations.dismiss(found, user_id, now(), _me())
    flash(_("This person no longer works at the centre."), "ok")
    return redirect(url_for(".centre", centre_id=centre_id))


def _refuse_leaving_oneself(user_id: int) -> None:
    """A centre is never left without anybody who leads it."""
    if user_id == _me().id:
        raise Refused(_l("Another programme manager of the centre can take you off its staff."))


@bp.route("/centres/<int:centre_id>/classes/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CENTRE)
def new_class(centre_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        found = queries.centre_managed_by(_me(), centre_id)
        return render_template("courses/cohorts/new_class.html", centre=found, form=_class_form(found))
    with transaction():
        found = queries.centre_managed_by(_me(), centre_id)
        form = _class_form(found)
        if not form.validate():
            return render_template("courses/cohorts/new_class.html", centre=found, form=form), 422
        course = next(course for course in queries.published_courses() if course.id == form.course.data)
        cohort = operations.open_cohort(
            found, course, form.instructor.data, form.title.data, form.seats.data, now(), _me().id
        )
    flash(_("The class is there. Plan its meetings and make a join code."), "ok")
    return redirect(url_for(".plan", cohort_id=cohort.id))


def _class_form(found: Centre) -> CohortForm:
    return CohortForm(
        [(course.id, pick(course.title)) for course in queries.published_courses()],
        [(person.user.id, person.user.name) for person in queries.staff_of(found)],
    )


@bp.route("/centres/all", methods=["GET", "POST"])
@requires(Permission.OPERATE, confirmed=True)
def all_centres() -> ResponseReturnValue:
    """Operators open centres and say who leads them."""
    form = CentreForm()
    if request.method == "GET":
        return _all_centres_page(form)
    if not form.validate():
        return _all_centres_page(form), 422
    with transaction():
        person = queries.person_called(form.manager.data)
        if person is None:
            form.manager.errors = [_("Nobody has this name. Look at the spelling, or send them an invitation.")]
            return _all_centres_page(form), 422
        title = {"ko": form.title_ko.data, "en": form.title_en.data}
        opened = operations.open_centre(form.slug.data, title, form.zone.data, now(), _me().id)
        operations.employ(opened, person.id, StaffRole.PROGRAMME_MANAGER, now(), _me())
    flash(_("The centre is open."), "ok")
    return redirect(url_for(".all_centres"))


def _all_centres_page(form: CentreForm) -> str:
    return render_template(
        "courses/cohorts/all_centres.html", centres=queries.all_centres(after=request.args.get("after")), form=form
    )
