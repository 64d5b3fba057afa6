"""What the header offers to whom: the places everybody knows, a person's own pages, the desks of their roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from flask_login import current_user

from academy.i18n import _l
from academy.permissions import EVERYWHERE, Permission


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the header; `needs` is the permission without which it is not offered, `kind` where it has to count."""

    endpoint: str
    words: Any
    needs: Permission | None = None
    kind: str = ""
    """Only for those who may do it everywhere or in such a place: "centre"."""

    @property
    def room(self) -> str:
        """The room it opens: on any page of that room the link says "you are here"."""
        return self.endpoint.rpartition(".")[0] or self.endpoint


@dataclass(frozen=True, slots=True)
class Menu:
    places: tuple[Place, ...]
    mine: tuple[Place, ...]
    staff: tuple[Place, ...]
    foot: tuple[Place, ...]


PLACES = (
    Place("courses.catalogue.index", _l("Courses")),
    Place("exams.bank.index", _l("Exams")),
    Place("academy.projects.index", _l("Projects")),
    Place("courses.cohorts.index", _l("Classes"), Permission.STUDY),
)
MINE = (
    Place("home", _l("What next"), Permission.STUDY),
    Place("academy.projects.mine", _l("My work"), Permission.WORK),
    Place("exams.results.index", _l("My exams"), Permission.SIT_EXAMS),
    Place("academy.credentials.mine", _l("My badges"), Permission.STUDY),
    Place("academy.ledger.earnings", _l("My earnings"), Permission.WORK),
    Place("academy.records.mine", _l("My record"), Permission.STUDY),
    Place("academy.accounts.profile", _l("My account"), Permission.STUDY),
    Place("academy.privacy.mine", _l("My data"), Permission.STUDY),
)
STAFF = (
    Place("academy.projects.desk", _l("Review desk"), Permission.REVIEW),
    Place("courses.cohorts.centres", _l("Centres"), Permission.TEACH, "centre"),
    Place("academy.privacy.guardian_desk", _l("Consent of parents"), Permission.TEACH),
    Place("academy.projects.progress", _l("Progress of projects"), Permission.BRING_PROJECTS),
    Place("academy.annotation.sets", _l("Gold labels"), Permission.OPERATE),
    Place("academy.credentials.issued", _l("Issued badges"), Permission.OPERATE),
    Place("academy.approvals.index", _l("Decisions by two people"), Permission.DECIDE),
    Place("academy.accounts.people", _l("People"), Permission.ADMINISTER),
    Place("academy.accounts.invitations", _l("Invitations"), Permission.INVITE),
    Place("academy.audit.index", _l("What was done"), Permission.ADMINISTER),
    Place("academy.mail.letters", _l("Letters"), Permission.LOOK_AFTER_MAIL),
)

FOOT = (
    Place("courses.practice.trial", _l("Try one picture")),
    Place("academy.credentials.check", _l("Check a badge")),
    Place("courses.cohorts.join", _l("Join a class with a code")),
    Place("academy.privacy.notice", _l("Privacy")),
    Place("academy.privacy.cookies", _l("Cookies")),
)


def menu() -> Menu:
    """The links for whoever is looking."""
    return Menu(_offered(PLACES), _offered(MINE), _offered(STAFF), _offered(FOOT))


def _offered(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(
        place
        for place in places
        if place.endpoint in current_app.view_functions and (place.needs is None or _may(place.needs, place.kind))
    )


def _may(permission: Permission, kind: str) -> bool:
    scopes = current_user.scopes(permission)
    return EVERYWHERE in scopes or any(scope.startswith(kind) for scope in scopes)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["navigation"] = menu
