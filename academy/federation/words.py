"""Other houses as pages name them: their buttons, and what of them opens an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from flask_login import current_user

from academy.config import settings
from academy.federation import queries
from academy.federation.rules import Provider
from academy.i18n import pick


@dataclass(frozen=True, slots=True)
class Door:
    """A house one can sign in with."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Linked:
    """An account elsewhere that opens this one."""

    id: int
    label: str
    hint: str
    since: datetime


def label(provider: Provider) -> str:
    """What a house is called in the reader's language."""
    return pick(dict(provider.label))


def doors() -> tuple[Door, ...]:
    """The houses with which one can sign in here."""
    return tuple(Door(provider.name, label(provider)) for provider in settings().providers)


def my_doors() -> Sequence[Linked]:
    """The accounts elsewhere that open the viewer's own account."""
    return [
        Linked(each.id, _label_of(each.provider), each.hint, each.linked_at)
        for each in queries.identities_of(current_user)
    ]


def confirming_doors() -> tuple[Door, ...]:
    """The houses that may confirm that it is really the viewer: those that open their account, if nothing else does."""
    if not settings().providers or not queries.confirms_elsewhere(current_user):
        return ()
    held = {each.provider for each in queries.identities_of(current_user)}
    return tuple(door for door in doors() if door.name in held)


def _label_of(name: str) -> str:
    provider = queries.provider_called(name)
    return label(provider) if provider else name.title()


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(other_doors=doors, my_other_doors=my_doors, confirming_doors=confirming_doors)
