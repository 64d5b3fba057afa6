"""What was done by whom: for administrators to search and to take along. Reading it changes nothing; exporting it is
written down itself."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length

from academy import audit
from academy.accounts.models import Identity, User
from academy.accounts.role_words import ROLE_NAMES
from academy.accounts.rules import name_key
from academy.audit import AuditEvent
from academy.audit_words import ACT_NAMES, DETAIL_NAMES, act_words, subject_words
from academy.clock import now
from academy.config import settings
from academy.db import db, page_by_key, transaction
from academy.forms import AcademyForm
from academy.i18n import _, _l, local_day
from academy.ledger.rules import plain_cell
from academy.permissions import Permission, Role, requires

bp = Blueprint("audit", __name__)

SECOND = "agreed"
"""Where an act that needed two people names the second."""
AT_ONCE = 1000
"""Rows of an export that are in memory at one time."""
ANYBODY, PEOPLE, HOUSE = "", "people", "house"


class SearchForm(AcademyForm):
    """What to look for; everything may stay empty."""

    class Meta(AcademyForm.Meta):
        csrf = False  # it is read from the address and changes nothing

    who = StringField(_l("Done by"), [Length(max=100)])
    about = StringField(_l("Person concerned"), [Length(max=100)])
    act = SelectField(_l("Act"), choices=[], default="")
    kind = SelectField(
        _l("By people or by the house"),
        default=ANYBODY,
        choices=[
            (ANYBODY, _l("Both")), (PEOPLE, _l("People")), (HOUSE, _l("Jobs and the command line")),
        ],
    )  # fmt: skip
    subject = StringField(_l("Thing concerned"), [Length(max=100)])
    since = DateField(_l("From"))
    until = DateField(_l("To"))

    def __init__(self, asked: MultiDict[str, str]) -> None:
        """What stays empty counts as not asked for."""
        super().__init__(MultiDict((name, value) for name, value in asked.items() if value))
        names = sorted(((act, str(words)) for act, words in ACT_NAMES.items()), key=lambda pair: pair[1])
        self.act.choices = [("", _("Every act")), *names]


@dataclass(frozen=True, slots=True)
class Search:
    """What an administrator looks for."""

    who: str = ""
    about: str = ""
    act: str = ""
    kind: str = ANYBODY
    subject: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, form: SearchForm) -> "Search":
        """What the form says; a field that can not be read looks for nothing."""
        read = {name: form[name].data or "" for name in ("who", "about", "act", "kind", "subject")}
        read["act"] = read["act"] if read["act"] in ACT_NAMES else ""
        read["kind"] = read["kind"] if read["kind"] in {PEOPLE, HOUSE} else ANYBODY
        return cls(**read, since=form.since.data, until=form.until.data)

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.who:
            found.append(AuditEvent.actor_id.in_(_people_called(self.who)))
        if self.about:
            found.append(AuditEvent.about_id.in_(_people_called(self.about)))
        if self.act:
            found.append(AuditEvent.act == self.act)
        if self.kind == PEOPLE:
            found.append(AuditEvent.actor_id.is_not(None))
        elif self.kind == HOUSE:
            found.append(AuditEvent.actor_id.is_(None))
        if self.subject:
            found.append(AuditEvent.subject.startswith(self.subject, autoescape=True))
        if self.since:
            found.append(AuditEvent.at >= _midnight(self.since))
        if self.until:
            found.append(AuditEvent.at < _midnight(self.until) + timedelta(days=1))
        return found

    def in_words_of_ours(self) -> dict[str, Any]:
        """The search as it may be written down: without the names somebody typed."""
        days = {name: day.isoformat() for name in ("since", "until") if (day := getattr(self, name)) is not None}
        return {"act": self.act, "one_person": bool(self.who or self.about), **days}

    def as_address(self) -> dict[str, str]:
        """The search as the address of a page holds it."""
        given = {name: getattr(self, name) for name in ("who", "about", "act", "kind", "subject", "since", "until")}
        return {name: str(value) for name, value in given.items() if value}


def _midnight(day: date) -> datetime:
    """When a day begins where this installation is."""
    return datetime.combine(day, time(), ZoneInfo(settings().timezone)).astimezone(UTC)


def _people_called(words: str) -> Select[int]:
    """Everybody whose name holds these letters, and the one of this public id."""
    key = name_key(words)
    named = Identity.name_key.contains(key, autoescape=True) if key else Identity.name == words
    return select(User.id).outerjoin(Identity, Identity.user_id == User.id).where(or_(User.public_id == words, named))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the list; without a name once they were erased."""

    public_id: str
    name: str


def _named(events: Sequence[Any]) -> dict[int, Person]:
    """The people in these rows, in one query."""
    some = ((event.actor_id, event.about_id, event.detail.get(SECOND)) for event in events)
    numbers = {number for each in some for number in each if number is not None}
    who = aliased(Identity)
    rows = db.session.execute(
        select(User.id, User.public_id, who.name).outerjoin(who, who.user_id == User.id).where(User.id.in_(numbers))
    )
    return {number: Person(public_id, name or "") for number, public_id, name in rows}


@bp.get("/audit")
@requires(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    form = SearchForm(request.args)
    form.validate()
    search, after = Search.of(form), request.args.get("after")
    page = page_by_key(select(AuditEvent).where(*search.conditions()), AuditEvent.id, after=after, size=30)
    return render_template(
        "academy/audit/index.html", form=form, page=page, after=after, search=search, people=_named(page.rows),
        act_words=act_words, detail_words=detail_words, subject_words=subject_words,
    )  # fmt: skip


@bp.post("/audit/export")
@requires(Permission.ADMINISTER, confirmed=True)
def export() -> ResponseReturnValue:
    form = SearchForm(request.form)
    form.validate()
    search = Search.of(form)
    with transaction():
        newest = db.session.scalar(select(func.max(AuditEvent.id)))
        audit.note("audit exported", by=current_user.id, detail=search.in_words_of_ours(), now=now())
    # Written to a file first: nobody gets half a list, and a slow download holds no connection to the database.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    file.writelines(_rows(search, newest or 0))
    file.seek(0)
    name = f"audit-{local_day(now())}.csv"
    response = send_file(file, mimetype="text/csv", as_attachment=True, download_name=name, max_age=None)
    response.headers["Cache-Control"] = "no-store"
    return response


def detail_words(event: AuditEvent, people: dict[int, Person]) -> list[tuple[str, str]]:
    """What else was noted about an act, for people: not what its thing says already."""
    new = [(name, value) for name, value in event.detail.items() if value not in ("", None, event.subject)]
    return [(str(DETAIL_NAMES.get(name, name)), _value_words(name, value, people)) for name, value in new]


def _value_words(name: str, value: Any, people: dict[int, Person]) -> str:
    if name == SECOND:
        return people[value].name if value in people and people[value].name else _("Erased person")
    if name == "role" and value in set(Role):
        return str(ROLE_NAMES[Role(value)])
    if name == "scope":
        return subject_words(str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


HEADINGS = (
    "number", "at", "act", "act in words", "by", "by name", "about", "about name", "subject", "detail", "request",
)  # fmt: skip


def _rows(search: Search, newest: int) -> Iterator[bytes]:
    """The list as CSV, oldest first, a piece at a time; ends with what was there when it was asked for."""
    yield "\ufeff".encode() + _lines([HEADINGS])
    words = {act: act_words(act) for act in ACT_NAMES}  # looked up once: a list may have a hundred thousand rows
    last, found = 0, AT_ONCE
    while found == AT_ONCE:
        query = select(*AuditEvent.__table__.columns).where(
            AuditEvent.id > last, AuditEvent.id <= newest, *search.conditions()
        )
        events = db.session.execute(query.order_by(AuditEvent.id).limit(AT_ONCE)).all()
        people = _named(events)
        yield _lines([_cells(event, words.get(event.act, event.act), people) for event in events])
        found, last = len(events), events[-1].id if events else last
        db.session.rollback()  # each piece reads anew: a long download holds no snapshot


def _cells(event: Row[Any], act: str, people: dict[int, Person]) -> list[str]:
    nobody = Person("", "")
    by = people.get(event.actor_id, nobody) if event.actor_id is not None else nobody
    about = people.get(event.about_id, nobody) if event.about_id is not None else nobody
    detail = json.dumps(event.detail, ensure_ascii=False, sort_keys=True) if event.detail else ""
    return [
        str(event.id), event.at.isoformat(), event.act, act, by.public_id, by.name, about.public_id,
        about.name, event.subject, detail, event.request,
    ]  # fmt: skip


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([plain_cell(cell) for cell in cells] for cells in rows)
    return buffer.getvalue().encode()
