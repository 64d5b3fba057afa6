"""Questions in the database, and what of them leaves the building."""

import json
import tomllib
from pathlib import Path

import pytest
from flask import render_template_string
from sqlalchemy import func, select, update
from sqlalchemy.exc import DatabaseError

from academy.db import db, transaction
from academy.questions.models import QuestionVersion
from academy.questions.operations import ensure_question
from academy.questions.queries import public_view
from academy.questions.rules import mark, read_answer
from tests.engines import both_engines

ENTRY = {
    "slug": "who-checks",
    "kind": "single",
    "prompt": {"ko": "누가 확인합니까?", "en": "Who checks?"},
    "options": [{"id": "a", "ko": "아무도", "en": "Nobody"}, {"id": "b", "ko": "검수자", "en": "The inspector"}],
    "key": {"choice": "b"},
    "explanation": {"ko": "검수자가 확인합니다.", "en": "The inspector checks."},
}
MOCK = Path(__file__).parents[3] / "exams" / "bank" / "starter" / "mock.toml"


@both_engines
def test_the_same_text_is_the_same_version_and_a_changed_text_the_next(app):
    with transaction():
        first = ensure_question(ENTRY)
        again = ensure_question(ENTRY)
        changed = ensure_question({**ENTRY, "prompt": {"ko": "누가 봅니까?", "en": "Who looks?"}})
    assert (first.id, first.number) == (again.id, 1)
    assert (changed.number, changed.question_id) == (2, first.question_id)


@both_engines
def test_a_version_is_never_edited(app):
    with transaction():
        version = ensure_question(ENTRY)
    edit = update(QuestionVersion).where(QuestionVersion.id == version.id).values(number=7)
    with transaction(), pytest.raises(DatabaseError):
        db.session.execute(edit)


@pytest.mark.parametrize(
    "broken",
    [
        {**ENTRY, "slug": ""},
        {**ENTRY, "kind": "guessing"},
        {**ENTRY, "key": {"choice": "z"}},
        {**ENTRY, "prompt": {"ko": "한국어만"}},
        {name: value for name, value in ENTRY.items() if name != "explanation"},
    ],
)
def test_a_broken_entry_is_refused_with_its_name(app, broken):
    with pytest.raises(ValueError, match=r"who-checks|slug"), transaction():
        ensure_question(broken)
    assert db.session.scalar(select(func.count()).select_from(QuestionVersion)) == 0


def entries():
    return tomllib.loads(MOCK.read_text(encoding="utf-8"))["question"]


def test_every_mock_question_can_be_loaded_and_its_key_is_full_marks(app):
    with transaction():
        versions = [ensure_question(entry) for entry in entries()]
    assert len(versions) >= 12
    assert {version.kind for version in versions} >= {"single", "multiple", "ordering", "numeric"}
    assert all(mark(version.kind, version.key, version.key) == 1 for version in versions)


def test_the_public_view_holds_no_key_and_no_explanation(app):
    with transaction():
        version = ensure_question(ENTRY)
    text = json.dumps(public_view(version), ensure_ascii=False)
    assert "검수자가 확인합니다" not in text
    assert '"key"' not in text
    assert '"choice"' not in text


DRAWN = '{% from "academy/questions/_question.html" import question, outcome %}'


def test_fields_have_a_legend_and_labels_and_are_read_back(app):
    one, two = {"id": "1", "ko": "하나", "en": "One"}, {"id": "2", "ko": "둘", "en": "Two"}
    key = {"pairs": {"a": "1", "b": "2"}}
    pairs = {**ENTRY, "slug": "pairs", "kind": "matching", "targets": [one, two], "key": key}
    with transaction():
        versions = [ensure_question(entry) for entry in (ENTRY, pairs, *entries())]
    with app.test_request_context():
        for version in versions:
            html = render_template_string(DRAWN + "{{ question(view, 'q1', number=1) }}", view=public_view(version))
            assert "<legend" in html
            assert "<fieldset" in html
            assert version.explanation["ko"] not in html
            assert version.explanation["en"] not in html
            if version.kind == "single":
                assert html.count('type="radio"') == len(version.options)
                assert read_answer("single", version.options, {"q1": version.key["choice"]}, "q1") == version.key
            told = render_template_string(
                DRAWN + "{{ outcome(version, answer, 0) }}", version=version, answer={"choice": "a"}
            )
            assert version.explanation["ko"] in told or version.explanation["en"] in told
