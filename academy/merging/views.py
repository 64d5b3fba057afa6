"""Routes for bringing two accounts of one person together.

Whoever does it proves both: from the one account, confirmed just now, they go and sign in to the other, by whatever
way and with whatever second step it asks for. Which account that was stays in the browser for a quarter of an hour.
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts.models import User
from academy.accounts.signing_in import leave, stamp
from academy.clock import now
from academy.db import transaction
from academy.i18n import _
from academy.limits import limited
from academy.merging import operations, queries
from academy.merging.forms import MergeForm
from academy.merging.operations import InTheWay
from academy.merging.rules import OFFER_LASTS, Obstacle
from academy.merging.words import coming_along, obstacle_words
from academy.permissions import Permission, requires

bp = Blueprint("merging", __name__)

OFFER = "merge"
"""The account one came from; signing_in keeps it while one signs in to the other."""


@bp.get("/me/merge")
@requires(Permission.STUDY)
def begin() -> ResponseReturnValue:
    return render_template("academy/merging/begin.html")


@bp.post("/me/merge/begin")
@requires(Permission.STUDY, confirmed=True)
@limited(30)
def leave_for_the_other() -> ResponseReturnValue:
    """Sign out of this account and remember it, so that the other one can be signed in to."""
    offer = {
        "who": current_user.id,
        "stamp": stamp(current_user),
        "until": int((now() + OFFER_LASTS).timestamp()),
    }
    name = current_user.name
    with transaction():
        leave()
    session[OFFER] = offer
    flash(_("Now sign in to your other account. You are signed out of %(name)s.", name=name), "info")
    return redirect(url_for("academy.accounts.sign_in", next=url_for(".show")))


@bp.post("/me/merge/cancel")
@requires(Permission.STUDY)
def cancel() -> ResponseReturnValue:
    session.pop(OFFER, None)
    flash(_("Both accounts stay as they are."), "info")
    return redirect(url_for("academy.accounts.profile"))


@bp.get("/me/merge/both")
@requires(Permission.STUDY, confirmed=True)
def show() -> ResponseReturnValue:
    """Which of the two stays, and what of the other goes along."""
    other = _other()
    if other is None:
        return _offer_over()
    if other.id == current_user.id:
        flash(obstacle_words(Obstacle.SAME), "error")
        return redirect(url_for(".begin"))
    return render_template(
        "academy/merging/show.html",
        choices=queries.previews(other, current_user),
        coming_along=coming_along,
        obstacle_words=obstacle_words,
    )


@bp.route("/me/merge/last", methods=["GET", "POST"])
@requires(Permission.STUDY, confirmed=True)
@limited(30)
def last() -> ResponseReturnValue:
    """The second yes, and then it happens."""
    other = _other()
    if other is None or other.id == current_user.id:
        return _offer_over()
    emptied, kept = _chosen(other)
    found, _reverse = queries.previews(kept, emptied)
    form = MergeForm(emptied.name, data={"keep": kept.public_id} if request.method == "GET" else None)
    if not found.possible:
        return redirect(url_for(".show"))
    if request.method == "GET" or not form.validate():
        page = render_template("academy/merging/last.html", found=found, lines=coming_along(found), form=form)
        return page, 200 if request.method == "GET" else 422
    return _merge(emptied, kept)


def _merge(emptied: User, kept: User) -> ResponseReturnValue:
    name, here = kept.name, kept.id == current_user.id
    try:
        with transaction():
            operations.merge(emptied.id, kept.id, now())
            if not here:
                leave()
    except InTheWay as error:
        flash(str(error), "error")
        return redirect(url_for(".show"))
    session.pop(OFFER, None)
    flash(_("Your two accounts are one now: %(name)s.", name=name), "ok")
    return redirect(url_for("home") if here else url_for("academy.accounts.sign_in"))


def _chosen(other: User) -> tuple[User, User]:
    """The account that is emptied and the one that stays."""
    keep = request.values.get("keep", "")
    if keep == current_user.public_id:
        return other, current_user
    return (current_user, other) if keep == other.public_id else abort(404)


def _other() -> User | None:
    """The account one came from, if it was left here a short while ago and nothing changed in it since."""
    held: Any = session.get(OFFER)
    if not isinstance(held, dict) or not isinstance(held.get("who"), int) or held.get("until", 0) < now().timestamp():
        return None
    other = queries.person(held["who"])
    return other if other is not None and stamp(other) == held.get("stamp") else None


def _offer_over() -> ResponseReturnValue:
    session.pop(OFFER, None)
    flash(_("Begin here: first from the one account, then from the other. You have 15 minutes for it."), "info")
    return redirect(url_for(".begin"))
