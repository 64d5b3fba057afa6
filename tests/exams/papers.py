"""A small exam with known answers, and what tests ask about it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event
from werkzeug.test import TestResponse

from academy.accounts.models import User
from academy.annotation import operations as annotation
from academy.annotation.queries import gold_of
from academy.clock import now
from academy.credentials.operations import ensure_achievement
from academy.db import db, transaction
from academy.questions.operations import ensure_question
from exams.bank.models import Exam
from exams.bank.operations import Asked, ensure_exam
from exams.sittings import operations
from tests import people

BADGE = "small-exam"
EXPLANATION = "Because a permission is written down first."
SECRET_NUMBER = 831_907
"""The key of the numeric question: nobody may find it in any answer of ours."""
SECRET_BOX = [137, 91, 211, 173]
SECRET_RULE = "rule-that-only-gold-knows"
SIZE = {"width": 640, "height": 480}

RIGHT: dict[int, dict[str, Any]] = {
    1: {"choice": "b"},
    2: {"value": str(SECRET_NUMBER)},
    3: {"kind": "box", "image": SIZE, "objects": [{"id": "1", "label": "cat", "box": SECRET_BOX}]},
    4: {"kind": "classification", "image": SIZE, "choice": "dog"},
}
"""The answer to each item that earns all its points: 20, 20, 40, 20."""

WRONG: dict[int, dict[str, Any]] = {
    1: {"choice": "a"},
    2: {"value": "7"},
    3: {"kind": "box", "image": SIZE, "objects": [{"id": "1", "label": "cat", "box": [400, 300, 20, 20]}]},
    4: {"kind": "classification", "image": SIZE, "choice": "cat"},
}


def words(text: str) -> dict[str, str]:
    return {"ko": text, "en": text}


def _picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (SIZE["width"], SIZE["height"]), (shade, 120, 90)).save(out, "PNG")
    return out.getvalue()


def small_exam(slug: str = "small", minutes: int = 30) -> Exam:
    """Four items: choose one, a number, a box, a class."""
    with transaction():
        ensure_achievement(
            BADGE, title=words("Small"), description=words("Small"), criteria=words("Small"), kind="exam", level=2
        )
        return ensure_exam(
            slug,
            title=words("Small exam"),
            summary=words("Four items"),
            duration_minutes=minutes,
            pass_mark=60,
            achievement_slug=BADGE,
            mock=True,
            asked=[*_questions(), *_practical()],
            now=now(),
        )


def _questions() -> list[Asked]:
    single = {
        "slug": "small-single",
        "kind": "single",
        "prompt": words("What comes first?"),
        "options": [{"id": name, **words(f"Option {name}")} for name in "abcd"],
        "key": {"choice": "b"},
        "explanation": words(EXPLANATION),
    }
    number = {
        "slug": "small-number",
        "kind": "numeric",
        "prompt": words("How many?"),
        "key": {"value": SECRET_NUMBER},
        "explanation": words("Counted twice."),
    }
    return [Asked(ensure_question(entry), "quality", words("Quality"), 20) for entry in (single, number)]


def _practical() -> list[Asked]:
    labels = annotation.ensure_label_set(
        "small-animals", words("Animals"), [{"name": name, "title": words(name)} for name in ("cat", "dog")]
    )
    guideline = annotation.ensure_guideline(
        "small", words("Rules"), [{"number": "1", "title": words("All"), "text": words("Everything")}]
    )
    golds = {
        "box": {
            "kind": "box", "image": SIZE,
            "objects": [{"id": "g1", "label": "cat", "box": SECRET_BOX, "rule": SECRET_RULE}],
        },
        "classification": {"kind": "classification", "image": SIZE, "choice": "dog", "rule": SECRET_RULE},
    }  # fmt: skip
    asked = []
    for shade, (kind, document) in enumerate(golds.items()):
        task_set = annotation.ensure_task_set(
            f"small-{kind}", words(kind), kind, labels, guideline, rubric={"level": "exam"}, purpose="exam"
        )
        media, _turn = annotation.store_picture(
            _picture(shade), licence="", attribution="", alt=words("A picture"), public=False
        )
        task = annotation.add_task(task_set, media, document, "test", now())
        asked.append(Asked(gold_of([task.id])[task.id], kind, words(kind), 40 if kind == "box" else 20))
    return asked


def start(exam: Exam, candidate: User) -> str:
    """Begin a sitting; its public id."""
    with transaction():
        return operations.start(exam, candidate.id, now()).public_id


def save(
    client: FlaskClient,
    public_id: str,
    *answers: tuple[int, int, int, dict[str, Any]],
    by: str = "window-1",
    **more: Any,
) -> TestResponse:
    """Send answers as the script does: (item, seq, base_rev, answer)."""
    sent = [{"item": item, "seq": seq, "base_rev": rev, "answer": answer} for item, seq, rev, answer in answers]
    return client.post(
        people.path("exams.sittings.save", public_id=public_id), json={"client": by, "answers": sent, **more}
    )


def hand_in(client: FlaskClient, public_id: str) -> TestResponse:
    return client.post(people.path("exams.sittings.hand_in", public_id=public_id))


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
