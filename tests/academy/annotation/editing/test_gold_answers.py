"""Gold of one answer is chosen from a list; what a locked set refuses is not offered."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from academy.annotation import locking
from academy.annotation.media.keeping import Rights, keep_text
from academy.annotation.models import Task
from academy.annotation.operations import add_task, ensure_guideline, ensure_label_set, ensure_task_set
from academy.annotation.queries import gold_of
from academy.clock import now
from academy.db import transaction
from tests import people

PARTS = [("instruction", "Say hello"), ("first", "Hello"), ("second", "")]


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    return people.sign_in(client, people.person("Operator", people.Role.OPERATOR, language="en"))


def text_task(kind: str, document: dict[str, Any] | None = None) -> Task:
    title = {"ko": "글", "en": "Texts"}
    with transaction():
        labels = ensure_label_set(
            "texts", title, [{"name": name, "title": {"ko": name, "en": name.title()}} for name in ("good", "bad")]
        )
        task_set = ensure_task_set(
            "texts", title, kind, labels, ensure_guideline("texts", title, []), licence="MIT", attribution="The makers",
            purpose="practice",
        )  # fmt: skip
        media = keep_text(PARTS, Rights("MIT", "The makers", {"ko": "", "en": ""}, False))
        return add_task(task_set, media, document, "test", now())


def said(task: Task) -> dict[str, Any]:
    gold = gold_of([task.id]).get(task.id)
    return dict(gold.document) if gold else {}


def test_the_better_answer_is_chosen_and_nothing_is_chosen_before(operator: FlaskClient):
    task = text_task("preference")
    address = f"/gold/tasks/{task.id}/edit"
    page = operator.get(address).text
    assert "A (first)" in page
    assert "B (second)" in page
    assert " checked" not in page
    refused = operator.post(address, data={"version": "0", "act": "keep", "answer": ""})
    assert refused.status_code == 422
    assert "Choose an answer first." in refused.text
    assert operator.post(address, data={"version": "0", "act": "keep", "answer": "tie"}).status_code == 303
    assert said(task)["preference"] == "tie"


def test_an_empty_document_is_no_answer(operator: FlaskClient):
    task = text_task("preference")
    page = operator.get(f"/gold/tasks/{task.id}/edit?as=document").text.replace("&#34;", '"')
    assert '"preference": ""' in page
    sent = {"version": "0", "act": "keep", "document": '{"kind": "preference", "preference": ""}'}
    assert operator.post(f"/gold/tasks/{task.id}/edit?as=document", data=sent).status_code == 422
    assert said(task) == {}


def test_what_is_chosen_is_not_right_as_well(operator: FlaskClient):
    task = text_task("classification", {"kind": "classification", "choice": "good", "accepted": ["bad"]})
    address = f"/gold/tasks/{task.id}/edit"
    assert 'value="good" required checked' in operator.get(address).text
    assert operator.post(address, data={"version": "1", "act": "keep", "answer": "bad"}).status_code == 303
    assert said(task) == {"kind": "classification", "choice": "bad", "accepted": []}
    assert operator.post(address, data={"version": "2", "act": "keep", "answer": "else"}).status_code == 422


def test_a_locked_set_offers_no_editor_and_no_import(operator: FlaskClient):
    task = text_task("classification", {"kind": "classification", "choice": "good"})
    with transaction():
        locking.lock(task.task_set, people.known("Operator").id, now())
    assert operator.get(f"/gold/tasks/{task.id}/edit").location == f"/gold/tasks/{task.id}"
    for address in ("/gold/texts/import", "/gold/texts/edit"):
        page = operator.get(address).text
        assert "This set is locked" in page
        assert page.count('<form method="post" class="form') == 0
        assert "data-bring" not in page
