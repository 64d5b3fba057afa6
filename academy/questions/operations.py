"""Changing questions: a changed text is a new version, the old one stays for those who answered it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.clock import now
from academy.db import db
from academy.questions.models import Question, QuestionVersion
from academy.questions.rules import Kind, check_question

LANGUAGES = ("ko", "en")


def ensure_question(entry: Mapping[str, Any], at: datetime | None = None) -> QuestionVersion:
    """The version of a question that says exactly this; made if there is none (docs/courses.md has the format)."""
    slug = str(entry.get("slug") or "")
    if not slug:
        raise ValueError("A question has no slug.")
    content = _content(slug, entry)
    question = db.session.scalars(select(Question).where(Question.slug == slug)).one_or_none()
    if question is None:
        question = Question(slug=slug)
        db.session.add(question)
        db.session.flush()
    newest = (
        select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
        .limit(1)
    )
    found = db.session.scalars(newest).one_or_none()
    if found is not None and all(getattr(found, name) == value for name, value in content.items()):
        return found
    version = QuestionVersion(
        question_id=question.id,
        question=question,
        number=found.number + 1 if found else 1,
        created_at=at or now(),
        **content,
    )
    db.session.add(version)
    db.session.flush()
    return version


def _content(slug: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    try:
        kind = Kind(str(entry.get("kind")))
        options = [_option(option, target=False) for option in entry.get("options", ())]
        options += [_option(option, target=True) for option in entry.get("targets", ())]
        key = dict(entry["key"])
        check_question(kind, options, key)
        prompt, explanation = _localized(entry["prompt"]), _localized(entry["explanation"])
    except KeyError as missing:
        raise ValueError(f"Question {slug}: {missing} is missing.") from None
    except ValueError as problem:
        raise ValueError(f"Question {slug}: {problem}.") from None
    return {"kind": kind, "prompt": prompt, "options": options, "key": key, "explanation": explanation}


def _option(option: Mapping[str, Any], *, target: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"id": str(option["id"]), "text": _localized(option)}
    return {**written, "target": True} if target else written


def _localized(texts: Mapping[str, Any]) -> dict[str, str]:
    missing = [language for language in LANGUAGES if not str(texts.get(language) or "").strip()]
    if missing:
        raise ValueError(f"a text is missing in {' and '.join(missing)}")
    return {language: str(texts[language]) for language in LANGUAGES}
