"""Who may do what. Denied unless said here.

A view either stands in `PUBLIC_ENDPOINTS` or carries `@requires(...)`; one that does neither stops the start. Roles are
read from the database at every request, so a revoked role is gone at the next click. What a role may do *to which*
cohort, project or attempt is decided where the row is fetched (see docs/permissions.md).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.clock import now
from academy.errors import answer
from academy.i18n import _l
from academy.web import came_from, wants_json

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a person is here for. Everybody who signed in is a learner."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    PROGRAMME_MANAGER = "programme_manager"
    REVIEWER = "reviewer"
    CLIENT = "client"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


EVERYWHERE = ""
"""The scope of a role that counts everywhere; other scopes name a place: "centre:3", "project:7", "course:2"."""


class Permission(StrEnum):
    """One kind of act."""

    STUDY = "study"
    SIT_EXAMS = "sit exams"
    WORK = "work"
    REVIEW = "review"
    TEACH = "teach"
    MANAGE_CENTRE = "manage centre"
    BRING_PROJECTS = "bring projects"
    OPERATE = "operate"
    ADMINISTER = "administer"
    INVITE = "invite"
    SEE_STYLEGUIDE = "see styleguide"
    LOOK_AFTER_MAIL = "look after mail"
    DECIDE = "decide"


_LEARNER = frozenset({Permission.STUDY, Permission.SIT_EXAMS, Permission.WORK, Permission.SEE_STYLEGUIDE})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.LEARNER: _LEARNER,
    Role.INSTRUCTOR: frozenset({Permission.TEACH}),
    Role.PROGRAMME_MANAGER: frozenset({Permission.TEACH, Permission.MANAGE_CENTRE, Permission.INVITE}),
    Role.REVIEWER: frozenset({Permission.REVIEW}),
    Role.CLIENT: frozenset({Permission.BRING_PROJECTS}),
    Role.OPERATOR: frozenset(
        {Permission.OPERATE, Permission.BRING_PROJECTS, Permission.LOOK_AFTER_MAIL, Permission.DECIDE}
    ),
    Role.ADMINISTRATOR: frozenset(
        {Permission.ADMINISTER, Permission.INVITE, Permission.LOOK_AFTER_MAIL, Permission.DECIDE}
    ),
}

PUBLIC_ENDPOINTS = frozenset(
    {
        "static",
        "home",
        "api",
        "openapi",
        "healthz",
        "readyz",
        "metrics",
        "academy.accounts.sign_up",
        "academy.accounts.sign_in",
        "academy.accounts.sign_out",
        "academy.accounts.second_step",
        "academy.accounts.take_second_step",
        "academy.accounts.ask_passkey",
        "academy.accounts.answer_passkey",
        "academy.accounts.set_language",
        "academy.accounts.set_text_size",
        "academy.accounts.forgot_password",
        "academy.accounts.forgot_password_asked",
        "academy.accounts.open_reset",
        "academy.accounts.reset",
        "academy.accounts.open_verify",
        "academy.accounts.invitation",
        "academy.accounts.invited",
        "academy.annotation.media",
        "academy.annotation.media_thumb",
        "academy.annotation.media_view",
        "academy.annotation.media_peaks",
        "academy.annotation.media_points",
        "academy.annotation.media_frame",
        "academy.annotation.media_tile",
        "academy.mail.unsubscribe",
        "academy.credentials.verify",
        "academy.credentials.credential",
        "academy.credentials.image",
        "academy.credentials.check",
        "academy.credentials.did",
        "academy.credentials.status_list",
        "academy.credentials.achievement",
        "academy.federation.start",
        "academy.federation.back",
        "academy.federation.arrived",
        "academy.federation.make_account",
        "academy.federation.forget_arrival",
        "academy.privacy.agree",
        "academy.privacy.cookies",
        "academy.privacy.left",
        "academy.privacy.notice",
        "academy.projects.index",
        "academy.projects.show",
        "courses.catalogue.index",
        "courses.catalogue.show",
        "courses.learning.lesson",
        "courses.practice.trial",
        "courses.practice.try_submit",
        "courses.cohorts.join",
        "courses.cohorts.join_code",
        "exams.bank.index",
        "exams.bank.show",
    }
)
"""Everything a stranger may ask for. What of it they then see, the query behind it decides."""


def requires(permission: Permission, *, confirmed: bool = False, held_back: bool = False) -> Callable[[View], View]:
    """Mark a view with the permission it needs; stands below the route decorator.

    `confirmed`: a dangerous act, open only to somebody who showed within the last minutes who they are.
    `held_back`: open also to staff who have yet to show a second factor; every other page leads them to set one up.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.confirmed = confirmed  # type: ignore[attr-defined]
        view.held_back = held_back  # type: ignore[attr-defined]
        return view

    return mark


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that a person with these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def init_app(app: Flask) -> None:
    app.before_request(guard)


def check_every_view(app: Flask) -> None:
    """Stop the start if a view is neither public nor guarded."""
    unguarded = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint not in PUBLIC_ENDPOINTS and not isinstance(getattr(view, "permission", None), Permission)
    ]
    if unguarded:
        raise RuntimeError(f"Views without @requires and not public: {', '.join(sorted(unguarded))}")


def guard() -> ResponseReturnValue | None:
    """What is answered instead of the view, to whoever may not ask for it; None lets them through."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS:
        return None
    view = current_app.view_functions[endpoint]
    needed = getattr(view, "permission", None)
    if not current_user.is_authenticated:
        if _asks_for_a_page():
            return redirect(url_for("academy.accounts.sign_in", next=_here()))
        return answer(401)
    if current_user.standing.held_back and not getattr(view, "held_back", False):
        return _led_to_factors()
    if needed is None or not current_user.may(needed):
        return answer(403)
    if getattr(view, "confirmed", False) and not current_user.standing.confirmed(now()):
        return _led_to_confirm()
    return None


def _asks_for_a_page() -> bool:
    return not wants_json() and request.method in {"GET", "HEAD"}


def _here() -> str:
    """The address that was asked for, to come back to."""
    return request.full_path.rstrip("?")


def _led_to_factors() -> ResponseReturnValue:
    """Staff who have not shown a second factor: their roles do not count until they have."""
    if _asks_for_a_page():
        return redirect(url_for("academy.accounts.factors", next=_here()))
    sentence = _l("People with a role here sign in with a second step. Please set it up first.")
    return answer(403, sentence, code="second-step-needed", next_href=url_for("academy.accounts.factors"))


def _led_to_confirm() -> ResponseReturnValue:
    """Somebody who signed in a while ago: perhaps it is no longer the same person who sits there."""
    if _asks_for_a_page():
        return redirect(url_for("academy.accounts.confirm", next=_here()))
    sentence = _l("This is important, so please show once more that it is you. Nothing has been changed yet.")
    back = url_for("academy.accounts.confirm", next=came_from())
    return answer(403, sentence, code="confirm-first", next_href=back)
