"""Logs say what happened and never to whom by name, with what address, or with which words."""

import ast
import json
import logging
import re
import traceback
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from academy import audit
from academy.accounts.models import Identity
from academy.db import db, transaction
from tests import people
from tests.engines import both_engines

MARK = "Zebediah-Quince"
HOUSE = Path(audit.__file__).resolve().parents[1]

MAY_BE_LOGGED = {
    *("person", "by", "role", "scope", "factor", "proof", "provider", "purpose", "status", "method", "route", "kind"),
    *("approval", "act", "emptied", "browser_known", "problem", "second", "reason", "waits", "rows", "mark", "link"),
    *("error", "why"),
}
"""Names of what the security log may hold: public ids, words of ours and counts."""


def whole(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@both_engines
def test_an_error_of_the_database_does_not_repeat_what_was_sent(app):
    somebody = people.person(MARK)
    key = somebody.identity.name_key
    other = people.person("Somebody else")
    with pytest.raises(IntegrityError) as caught, transaction():
        db.session.execute(
            text("UPDATE identity SET name_key = :key WHERE user_id = :id"), {"key": key, "id": other.id}
        )
    told = whole(caught.value)
    assert key not in told
    assert "name_key" in told


@both_engines
def test_a_row_that_breaks_a_rule_is_not_printed(app):
    somebody = people.person(MARK)
    with pytest.raises(IntegrityError) as caught, transaction():
        db.session.execute(
            text("UPDATE identity SET name = NULL, email = :email WHERE user_id = :id"),
            {"email": f"{MARK}@example.org", "id": somebody.id},
        )
    assert MARK not in whole(caught.value)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_value_that_does_not_fit_its_column_is_not_printed(app):
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT CAST(:word AS integer)"), {"word": MARK})
    assert MARK not in whole(caught.value)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_what_is_refused_stands_in_the_security_log(app, client, capsys):
    people.sign_in(client, people.outsider())
    client.get("/people")
    refused = [line for line in lines(capsys) if line.get("logger") == "security" and line["event"] == "refused"]
    assert refused[-1]["status"] == 403
    assert refused[-1]["route"] == "/people"
    assert refused[-1]["person"] == people.known("Outsider").public_id


def test_a_wrong_password_is_noted_without_the_name_that_was_tried(app, client, capsys):
    people.person(MARK)
    client.post("/sign-in", data={"name": MARK, "password": "wrong wrong wrong"})
    client.post("/sign-in", data={"name": f"{MARK} unknown", "password": "wrong wrong wrong"})
    written = capsys.readouterr().err
    assert written.count("wrong-password") == 2
    assert MARK not in written


def test_no_line_holds_a_name_an_address_or_a_token(app, client, capsys):
    client.post(
        "/sign-up",
        data={"name": MARK, "password": "a calm morning by the river", "email": f"{MARK}@example.org", "of_age": "y"},
    )
    client.get(f"/join/{MARK}")
    client.get(f"/reset/{MARK}")
    client.get(f"/no/such/page/{MARK}?q={MARK}")
    written = capsys.readouterr().err
    assert "answered" in written
    assert MARK not in written
    assert db.session.query(Identity).count() <= 1


def calls_of_the_security_log() -> list[tuple[str, ast.Call]]:
    found = []
    for package in ("academy", "courses", "exams"):
        for path in (HOUSE / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            names = set(re.findall(r"^(\w+) = structlog\.get_logger\(\"security\"\)", source, re.MULTILINE))
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    found += [(f"{path.name}:{node.lineno}", node)] if ast.unparse(node.func.value) in names else []
    return found


def test_the_security_log_holds_public_ids_and_words_of_ours_only():
    calls = calls_of_the_security_log()
    assert len(calls) > 15
    for where, call in calls:
        given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
        assert given <= MAY_BE_LOGGED, where
        if isinstance(call.args[0], ast.Constant):
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", str(call.args[0].value)), where
        for keyword in call.keywords:
            if keyword.arg in {"person", "by", "emptied"}:
                assert "name" not in ast.unparse(keyword.value), where


def test_only_our_own_lines_and_warnings_of_libraries_are_written(app):
    for name in ("alembic", "huey"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING
