"""Places in which a role counts: a centre, a project, a course. The rooms that own them tell here what they are called.

A role is held EVERYWHERE ("") or in one place ("centre:3"). `academy.permissions` says what a role may do; here stands
where a role can be held, who may give it there, and which rows of a table lie inside a person's places.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, true

from academy.accounts.models import User
from academy.errors import Forbidden, Refused
from academy.i18n import _, _l
from academy.permissions import EVERYWHERE, Permission, Role

CENTRE, PROJECT, COURSE = "centre", "project", "course"

HELD_IN: Mapping[Role, tuple[str, ...]] = {
    Role.INSTRUCTOR: (EVERYWHERE, CENTRE, COURSE),
    Role.PROGRAMME_MANAGER: (EVERYWHERE, CENTRE),
    Role.REVIEWER: (EVERYWHERE, PROJECT),
    Role.CLIENT: (EVERYWHERE, PROJECT),
    Role.OPERATOR: (EVERYWHERE,),
    Role.ADMINISTRATOR: (EVERYWHERE,),
}
"""In which kinds of place a role can be held."""

CENTRE_STAFF = (Role.PROGRAMME_MANAGER, Role.INSTRUCTOR)
"""What whoever leads a centre may give there."""


class WrongPlace(Refused):
    """A role was to be given where it can not be held."""

    code = "wrong-place"


class NotYoursToGive(Forbidden):
    """Somebody wanted to give or take a role they may not decide about."""

    code = "not-yours-to-give"


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """One kind of place: `titles` names those with these numbers, `newest` lists some to choose from."""

    name: str
    words: Any
    titles: Callable[[Sequence[int]], Mapping[int, str]]
    newest: Callable[[int], Mapping[int, str]]


KINDS: dict[str, PlaceKind] = {}


def register(kind: PlaceKind) -> PlaceKind:
    """Make a kind of place known; the room that owns it calls this when it is imported."""
    KINDS[kind.name] = kind
    return kind


def scope_of(kind: str, number: int) -> str:
    """ "centre:3" """
    return f"{kind}:{number}"


def number_in(scope: str, kind: str) -> int | None:
    """3 for "centre:3" when centres are asked for."""
    found, _colon, number = scope.partition(":")
    return int(number) if found == kind and number.isdecimal() and len(number) < 19 else None


def places(viewer: User, permission: Permission, kind: str) -> frozenset[int]:
    """The places of this kind that were named when a person was given a role with this permission."""
    return frozenset(
        number for scope in viewer.scopes(permission) if (number := number_in(scope, kind)) is not None
    )  # fmt: skip


def within(viewer: User, permission: Permission, kind: str, column: Any) -> ColumnElement[bool]:
    """A condition for queries: the place numbered by `column` is one in which this person may do this."""
    if EVERYWHERE in viewer.scopes(permission):
        return true()
    return cast("ColumnElement[bool]", column.in_(places(viewer, permission, kind)))


def titles_of(scopes: Iterable[str]) -> dict[str, str]:
    """What places are called, in the reader's language; one query for each kind that occurs."""
    wanted = sorted(set(scopes))
    named = {EVERYWHERE: _("Everywhere")} if EVERYWHERE in wanted else {}
    for kind in KINDS.values():
        ids = [number for scope in wanted if (number := number_in(scope, kind.name)) is not None]
        titles = kind.titles(ids) if ids else {}
        named |= {scope_of(kind.name, number): titles[number] for number in ids if number in titles}
    return {scope: named.get(scope) or scope.replace(":", " ") for scope in wanted}


def exists(scope: str) -> bool:
    """Whether there is such a place."""
    if scope == EVERYWHERE:
        return True
    kind = KINDS.get(scope.partition(":")[0])
    number = number_in(scope, kind.name) if kind else None
    return kind is not None and number is not None and number in kind.titles([number])


def to_choose_from(most: int = 200) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Every kind of place with the newest of them, as groups of a select field."""
    return [
        (kind.words, [(scope_of(kind.name, number), title) for number, title in kind.newest(most).items()])
        for kind in (KINDS[name] for name in (CENTRE, PROJECT, COURSE) if name in KINDS)
    ]


def check_place(role: Role, scope: str) -> None:
    """Raises WrongPlace when nobody can hold this role there."""
    if scope.partition(":")[0] not in HELD_IN.get(role, ()):
        raise WrongPlace(_l("This role can not be held there. Choose another place, or everywhere."))


def may_give(giver: User, role: Role, scope: str) -> bool:
    """Whether this person decides who holds this role there: an administrator, and for its staff who leads a centre."""
    if giver.may_in(Permission.ADMINISTER, EVERYWHERE):
        return True
    of_centre = number_in(scope, CENTRE) is not None and role in CENTRE_STAFF
    return of_centre and giver.may_in(Permission.MANAGE_CENTRE, scope)


def must_give(giver: User, role: Role, scope: str) -> None:
    """Raises NotYoursToGive unless `may_give`."""
    if not may_give(giver, role, scope):
        raise NotYoursToGive(_l("This role is not yours to give or to take."))
