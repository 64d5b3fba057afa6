"""Projects as places in which a role can be held."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from academy.accounts import scopes
from academy.db import db
from academy.i18n import _l, pick
from academy.projects.models import Project


def titles(ids: Sequence[int]) -> Mapping[int, str]:
    query = select(Project.id, Project.title).where(Project.id.in_(ids))
    return {number: pick(title) for number, title in db.session.execute(query)}


def newest(most: int) -> Mapping[int, str]:
    query = select(Project.id, Project.title).order_by(Project.id.desc()).limit(most)
    return {number: pick(title) for number, title in db.session.execute(query)}


scopes.register(scopes.PlaceKind(scopes.PROJECT, _l("Projects"), titles, newest))
