"""Routes for people who sign in with an account they have elsewhere, and for tying such accounts to one here."""

from secrets import token_urlsafe

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts import consents, recovering
from academy.accounts.operations import NameTaken, identity_of
from academy.accounts.queries import free_names
from academy.accounts.rules import name_fault, tidy_name
from academy.accounts.signing_in import confirm_here, enter_or_ask, this_token
from academy.clock import now
from academy.config import settings
from academy.db import transaction
from academy.factors.rules import First
from academy.federation import operations, queries, speaking
from academy.federation.forms import ArrivalForm
from academy.federation.models import Arrival, RoundTrip
from academy.federation.operations import LastWayIn, LinkedElsewhere
from academy.federation.rules import Person, Provider, Purpose, hint_of
from academy.federation.speaking import Answered, Question, Unconvinced
from academy.federation.words import label
from academy.i18n import _, language
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.web import safe_next

bp = Blueprint("federation", __name__)

BROWSER = "browser"
"""What ties a way to another house to the browser it began in."""
ARRIVAL = "arrival"
"""Who came back and is not known yet; signing_in keeps it when they sign in to the account they have."""
log = structlog.get_logger("security")


@bp.post("/sign-in/with/<name>")
@limited(300)
def start(name: str) -> ResponseReturnValue:
    """Off to another house. A form and not a link, so that nobody is sent there without wanting to."""
    provider = _provider(name)
    target = safe_next(request.form.get("next"))
    if current_user.is_authenticated:
        return redirect(target or url_for("home"))
    return _leave(provider, Purpose.ENTER, target)


@bp.post("/me/elsewhere/<name>")
@requires(Permission.STUDY, confirmed=True)
@limited(60)
def start_link(name: str) -> ResponseReturnValue:
    return _leave(_provider(name), Purpose.LINK, url_for("academy.accounts.profile"))


@bp.post("/confirm/with/<name>")
@requires(Permission.STUDY, held_back=True)
@limited(60)
def start_confirm(name: str) -> ResponseReturnValue:
    """For somebody who has nothing else to show; a password or a second factor says more and is asked for instead."""
    provider, target = _provider(name), safe_next(request.form.get("next"))
    if not queries.confirms_elsewhere(current_user):
        return redirect(url_for("academy.accounts.confirm", next=target))
    return _leave(provider, Purpose.CONFIRM, target)


def _provider(name: str) -> Provider:
    return queries.provider_called(name) or abort(404)


def _leave(provider: Provider, purpose: Purpose, target: str | None) -> ResponseReturnValue:
    """A page that leads on by itself: a form may send nobody to another house (see Content-Security-Policy)."""
    browser = session.get(BROWSER) or token_urlsafe(24)
    session[BROWSER] = browser
    with transaction():
        trip, state = operations.set_out(provider, purpose, browser, current_user, target, now())
    try:
        address = speaking.leaving(provider, _question(trip, state), again=purpose is Purpose.CONFIRM)
    except Unconvinced as error:
        flash(str(error), "error")
        return redirect(_began_at(purpose, target))
    return render_template("academy/federation/leaving.html", address=address, house=label(provider))


def _question(trip: RoundTrip, state: str) -> Question:
    back_here = settings().public_url + url_for(".back", name=trip.provider)
    return Question(state, trip.nonce, trip.verifier, back_here)


def _began_at(purpose: Purpose, target: str | None) -> str:
    if purpose is Purpose.LINK:
        return url_for("academy.accounts.profile")
    page = "academy.accounts.confirm" if purpose is Purpose.CONFIRM else "academy.accounts.sign_in"
    return url_for(page, next=target or None)


@bp.get("/sign-in/with/<name>/back")
def back(name: str) -> ResponseReturnValue:
    """The one GET that changes something: the protocol brings people back by an address."""
    trip, state = _trip_ended_by(name)
    provider = queries.provider_called(name)
    if trip is None or provider is None:
        log.info("way-back-refused", provider=provider.name if provider else "")
        flash(
            _("That way in is no longer open: it was used already, or it took too long. Please begin again."), "error"
        )
        return redirect(url_for("home" if current_user.is_authenticated else "academy.accounts.sign_in"))
    began_at = _began_at(trip.purpose, trip.next)
    if "code" not in request.args:
        flash(_("You did not sign in with %(house)s. Nothing was changed.", house=label(provider)), "info")
        return redirect(began_at)
    answered = Answered(
        code=request.args["code"][:2000],
        issuer=request.args.get("iss"),
        looked_anew_since=trip.started_at if trip.purpose is Purpose.CONFIRM else None,
    )
    try:
        person = speaking.arriving(provider, _question(trip, state), answered, now())
    except Unconvinced as error:
        flash(str(error), "error")
        return redirect(began_at)
    if trip.purpose is Purpose.ENTER:
        return redirect(_come_in(provider, trip, person))
    if not current_user.is_authenticated or current_user.id != trip.user_id:
        flash(_("Meanwhile you were signed out. Please sign in and begin again."), "error")
        return redirect(url_for("academy.accounts.sign_in", next=began_at))
    return redirect(_link(provider, person) if trip.purpose is Purpose.LINK else _confirm(trip, person))


def _trip_ended_by(name: str) -> tuple[RoundTrip | None, str]:
    state, browser = request.args.get("state", ""), session.get(BROWSER)
    if not state or not isinstance(browser, str):
        return None, state
    with transaction():
        return operations.come_back(state, browser, name, now()), state


def _come_in(provider: Provider, trip: RoundTrip, person: Person) -> str:
    with transaction():
        user = operations.open_with(person, now())
        if user is not None and user.closed_at is not None:
            flash(_("This account is closed. Ask the people who run this academy."), "error")
            return url_for("academy.accounts.sign_in")
        if user is not None:
            return enter_or_ask(user, First.FEDERATED, safe_next(trip.next))
        session[ARRIVAL] = operations.note_arrival(provider, person, trip.next, now())
    return url_for(".arrived")


def _link(provider: Provider, person: Person) -> str:
    try:
        with transaction():
            operations.link(current_user, provider.name, person, now())
    except LinkedElsewhere as error:
        flash(str(error), "error")
    else:
        flash(_("From now on you can also sign in with %(house)s.", house=label(provider)), "ok")
    return url_for("academy.accounts.profile")


def _confirm(trip: RoundTrip, person: Person) -> str:
    identity = queries.identity_of(person)
    if identity is None or identity.user_id != trip.user_id or not queries.confirms_elsewhere(current_user):
        flash(_("That is an account which does not open this one. Please choose the right one."), "error")
        return _began_at(Purpose.CONFIRM, trip.next)
    with transaction():
        confirm_here()
    return safe_next(trip.next) or url_for("home")


# Somebody who came back and is not known here yet -----------------------------------------------------------------


@bp.get("/sign-in/new")
def arrived() -> ResponseReturnValue:
    arrival = queries.arrival_with(session.get(ARRIVAL), now())
    if arrival is None:
        return _nobody_came()
    if current_user.is_authenticated:
        return render_template("academy/federation/link.html", **_words(arrival))
    form = ArrivalForm(formdata=None, name=_name_for(arrival), email=arrival.email)
    return _arrived_page(arrival, form)


@bp.post("/sign-in/new")
@limited(300)
def make_account() -> ResponseReturnValue:
    form = ArrivalForm()
    arrival = queries.arrival_with(session.get(ARRIVAL), now())
    if arrival is None or current_user.is_authenticated:
        return _nobody_came()
    if not form.validate():
        return _arrived_page(arrival, form), 422
    try:
        with transaction():
            arrival = queries.arrival_with(session.get(ARRIVAL), now()) or abort(409)
            user = operations.sign_up(arrival, form.name.data, form.email.data, language(), now())
            user.text_size = current_user.text_size
            consents.say_at_sign_up(user, form.younger.data, now())
            if form.email.data and identity_of(user).email_verified_at is None:
                recovering.ask_to_prove(user, form.email.data, now())
            goes_on_to = enter_or_ask(user, First.FEDERATED, safe_next(arrival.next))
    except NameTaken as taken:
        form.name.errors = [str(taken)]
        return _arrived_page(arrival, form, free_names(form.name.data)), 422
    session.pop(ARRIVAL, None)
    flash(_("Welcome, %(name)s. Your account is ready.", name=tidy_name(form.name.data)), "ok")
    return redirect(goes_on_to)


@bp.post("/sign-in/new/link")
@requires(Permission.STUDY, confirmed=True)
def link_arrival() -> ResponseReturnValue:
    """Somebody has an account here, signed in to it, and says that both are theirs."""
    with transaction():
        arrival = queries.arrival_with(session.get(ARRIVAL), now())
        if arrival is not None:
            operations.link(current_user, arrival.provider, operations.person_of(arrival), now())
            operations.end_arrival(arrival)
    session.pop(ARRIVAL, None)
    if arrival is None:
        return _nobody_came()
    flash(_("From now on you can also sign in with %(house)s.", house=_words(arrival)["house"]), "ok")
    return redirect(safe_next(arrival.next) or url_for("academy.accounts.profile"))


@bp.post("/sign-in/new/forget")
def forget_arrival() -> ResponseReturnValue:
    with transaction():
        arrival = queries.arrival_with(session.pop(ARRIVAL, None), now())
        if arrival is not None:
            operations.end_arrival(arrival)
    return redirect(url_for("home" if current_user.is_authenticated else "academy.accounts.sign_in"))


def _nobody_came() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("academy.accounts.profile"))
    flash(_("That took too long. Please begin again."), "info")
    return redirect(url_for("academy.accounts.sign_in"))


def _name_for(arrival: Arrival) -> str:
    """What they are called there, if a name here can be made of it and nobody has it."""
    name = tidy_name(arrival.name)[:40].strip()
    if not name or name_fault(name):
        return ""
    return name if queries.name_is_free(name) else next(iter(free_names(name)), "")


def _arrived_page(arrival: Arrival, form: ArrivalForm, free: list[str] | tuple[str, ...] = ()) -> str:
    return render_template("academy/federation/arrived.html", form=form, free=free, **_words(arrival))


def _words(arrival: Arrival) -> dict[str, str]:
    provider = queries.provider_called(arrival.provider)
    return {
        "house": label(provider) if provider else arrival.provider,
        "hint": hint_of(operations.person_of(arrival)),
    }


# On the account page ----------------------------------------------------------------------------------------------


@bp.post("/me/elsewhere/<int:identity_id>/remove")
@requires(Permission.STUDY, confirmed=True)
def remove(identity_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            operations.unlink(queries.own_identity(current_user, identity_id), current_user, now(), here=this_token())
    except LastWayIn as error:
        flash(str(error), "error")
    else:
        flash(_("That account opens yours no longer. All other browsers are signed out."), "ok")
    return redirect(url_for("academy.accounts.profile"))
