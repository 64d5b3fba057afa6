"""Courses as places in which a role can be held."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from academy.accounts import scopes
from academy.db import db
from academy.i18n import _l, pick
from courses.catalogue.models import Course


def titles(ids: Sequence[int]) -> Mapping[int, str]:
    query = select(Course.id, Course.title).where(Course.id.in_(ids))
    return {number: pick(title) for number, title in db.session.execute(query)}


def newest(most: int) -> Mapping[int, str]:
    query = select(Course.id, Course.title).order_by(Course.id.desc()).limit(most)
    return {number: pick(title) for number, title in db.session.execute(query)}


scopes.register(scopes.PlaceKind(scopes.COURSE, _l("Courses"), titles, newest))
