"""What was done can be found again: by who, about whom, what, when; and taken along as a spreadsheet."""

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy import audit
from academy.audit import AuditEvent
from academy.audit_pages import AT_ONCE
from academy.audit_words import ACT_NAMES, DETAIL_NAMES, SUBJECT_NAMES
from academy.clock import now
from academy.db import db, transaction
from tests import people
from tests.engines import both_engines

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def told(app, client):
    """An administrator who looks at a list in which four things stand."""
    somebody, administrator = people.person("Sky Blue", language="en"), people.administrator()
    with transaction():
        at = now()
        audit.note("role granted", by=administrator.id, about=somebody.id, detail={"role": "reviewer"}, now=at)
        audit.note("badge revoked", by=administrator.id, about=somebody.id, subject="award:x8Qz", now=at)
        audit.note("password changed", by=None, about=somebody.id, now=at - timedelta(days=400))
        audit.note("letter sent again", by=somebody.id, subject="letter:7", now=at)
        administrator.language = "en"
    people.sign_in(client, administrator)
    return client


def listed(client, **search) -> str:
    page = client.get("/audit", query_string=search, headers=ENGLISH)
    assert page.status_code == 200
    return page.text.partition("<tbody>")[2].partition("</tbody>")[0]


@both_engines
def test_every_act_stands_in_the_list_with_who_and_about_whom(told):
    rows = listed(told)
    for words in ("Role given", "Reviewer", "Badge taken back", "Badge x8Qz", "관리자", "Sky Blue", "command line"):
        assert words in rows


@both_engines
@pytest.mark.parametrize(
    ("search", "found", "not_found"),
    [
        ({"who": "Sky"}, "Letter sent again", "Badge taken back"),
        ({"about": "blue"}, "Badge taken back", "Letter sent again"),
        ({"act": "badge revoked"}, "Badge taken back", "Letter sent again"),
        ({"subject": "letter:"}, "Letter sent again", "Badge taken back"),
        ({"kind": "house"}, "Password changed", "Letter sent again"),
        ({"since": "2020-01-01", "until": "2020-01-02"}, "", "Letter sent again"),
        ({"who": "%"}, "", "Letter sent again"),
        ({"who": "nobody of this name"}, "", "Badge taken back"),
        ({"act": "no such act", "since": "yesterday"}, "Letter sent again", "no such act"),
    ],
)
def test_it_can_be_searched(told, search, found, not_found):
    rows = listed(told, **search)
    assert found in rows
    assert not_found not in rows


def test_one_day_is_found_by_the_calendar_of_the_house(told):
    with transaction():
        # 00:30 on March 2nd in Seoul is still March 1st in London.
        at = now().replace(year=2026, month=3, day=1, hour=15, minute=30)
        audit.note("name changed", by=None, now=at)
    assert "Name changed" in listed(told, since="2026-03-02", until="2026-03-02")
    assert "Name changed" not in listed(told, since="2026-03-01", until="2026-03-01")


def exported(client, **search) -> list[dict[str, str]]:
    answer = client.post("/audit/export", data=search)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


@both_engines
def test_the_export_holds_what_the_search_finds_in_many_pieces(told):
    with transaction():
        db.session.add_all(
            AuditEvent(at=now(), act="role granted", subject=f"many:{number}", detail={})
            for number in range(AT_ONCE + 7)
        )
    rows = exported(told, subject="many:")
    assert len(rows) == AT_ONCE + 7
    assert len({row["number"] for row in rows}) == len(rows)
    assert exported(told, about="Sky", act="badge revoked")[0]["about name"] == "Sky Blue"


def test_no_cell_is_a_formula(told):
    cunning = people.person('=HYPERLINK("http://evil")')
    with transaction():
        audit.note("name changed", by=cunning.id, about=cunning.id, now=now())
    rows = exported(told, act="name changed")
    assert rows[0]["by name"].startswith("'=")
    for row in exported(told):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_taking_the_list_along_is_written_down_without_the_names_searched_for(told):
    exported(told, who="Sky", act="role granted", since="2020-01-01")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "audit exported")).one()
    assert event.detail == {"act": "role granted", "one_person": True, "since": "2020-01-01"}


def test_reading_the_list_changes_nothing_and_taking_it_along_asks_who_one_is(app, told):
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    listed(told)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
    second = people.sign_in(app.test_client(), people.known("관리자"), confirmed=False)
    assert second.post("/audit/export").status_code == 403


def test_the_list_costs_the_same_on_its_last_page(told):
    with transaction():
        db.session.add_all(AuditEvent(at=now(), act="name changed", detail={}) for _ in range(100))
    page, seen = told.get("/audit", headers=ENGLISH).text, 0
    while 'rel="next"' in page:
        address = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        page, seen = told.get(address.replace("&amp;", "&")).text, seen + 1
    assert seen >= 3


@pytest.mark.played
def test_what_is_noted_beside_acts_has_its_words(app, world):
    events = db.session.execute(select(AuditEvent.subject, AuditEvent.detail)).all()
    assert {name for _subject, detail in events for name in detail} - set(DETAIL_NAMES) == set()
    assert {subject.partition(":")[0] for subject, _detail in events if subject} - set(SUBJECT_NAMES) == set()


def acts_in_the_code() -> set[str]:
    """Every act that is noted anywhere, read from the code."""
    house = Path(audit.__file__).resolve().parents[1]
    found: set[str] = set()
    for package in ("academy", "courses", "exams"):
        for path in (house / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                    constants = [part for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                    found |= {part.value for part in constants if isinstance(part.value, str)}
    return found


def test_every_act_that_is_noted_has_its_words():
    assert acts_in_the_code() - set(ACT_NAMES) == set()
