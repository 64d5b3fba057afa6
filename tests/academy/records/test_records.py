"""The record grows, and never changes."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from academy.clock import now
from academy.db import db, transaction
from academy.records import operations, queries, words
from academy.records.models import Record
from tests import people
from tests.engines import both_engines

ROOT = Path(__file__).resolve().parents[3]


def note(user, kind="lesson finished", subject="lesson:1", at=None, **data):
    with transaction():
        return operations.note(user.id, kind, subject, data, at or now())


@both_engines
def test_the_newest_comes_first_and_pages_go_by_key(app):
    user, other = people.newcomer(), people.outsider()
    start = now()
    for number in range(25):
        note(user, subject=f"lesson:{number}", at=start + timedelta(seconds=number // 2))
    note(other, subject="lesson:other")
    first = queries.recent(user)
    second = queries.recent(user, after=first.next)
    subjects = [record.subject for record in (*first.rows, *second.rows)]
    assert subjects == [f"lesson:{number}" for number in reversed(range(25))]
    assert second.next is None


@both_engines
def test_a_record_can_not_be_changed_or_deleted(app):
    note(people.newcomer())
    for statement in ("UPDATE record SET kind = 'x'", "DELETE FROM record"):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(text(statement))


def test_my_record_is_mine(app, client):
    user, other = people.newcomer(), people.outsider()
    note(user, title={"ko": "첫 수업", "en": "First lesson"})
    assert "첫 수업" in people.sign_in(app.test_client(), user).get("/my/record").text
    assert "첫 수업" not in people.sign_in(client, other).get("/my/record").text
    assert app.test_client().get("/my/record").status_code == 302


def test_an_empty_record_says_how_to_begin(client):
    people.sign_in(client, people.newcomer(language="en"))
    assert "Your record begins with your first step" in client.get("/my/record").text


def test_a_line_tells_what_and_with_what(app):
    user = people.newcomer(language="en")
    data = {"title": {"ko": "시험", "en": "Exam"}, "score": 87.5, "amount": 7000}
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = words.line(Record(user_id=user.id, kind="exam passed", subject="sitting:1", data=data, at=now()))
    assert (shown.title, shown.text, shown.kind) == ("You passed an exam", "Exam · 87.5 points · KRW 7,000", "ok")


def test_practice_and_exams_are_both_told_in_points_of_a_hundred(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        told = [
            words.line(Record(user_id=1, kind=kind, subject="task:1", data={"score": score}, at=now())).text
            for kind, score in (("practice tried", 0.914), ("practice tried", 1.0), ("exam passed", 91.5))
        ]
    assert told == ["91 points", "100 points", "91.5 points"]


def noted_kinds() -> set[str]:
    """Every kind that some room writes down: the second argument of `note(...)`."""
    found = set()
    for package in ("academy", "courses", "exams"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                called = getattr(node, "func", None)
                if isinstance(node, ast.Call) and "note" in {
                    getattr(called, "attr", None),
                    getattr(called, "id", None),
                }:
                    found.update(
                        constant.value
                        for argument in node.args[1:2]
                        for constant in ast.walk(argument)
                        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
                    )
    return found


def test_every_kind_that_is_noted_has_words():
    noted = noted_kinds()
    assert "badge issued" in noted
    assert noted <= set(words.KINDS)
