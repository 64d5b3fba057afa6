"""Gold, tasks and sets by hand: a new version for each change, never over an unseen one, and a way back."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.annotation.editing import changes, gold_edits, searching, set_edits, task_edits
from academy.annotation.editing.changes import Change, ChangedSince
from academy.annotation.editing.differing import Differs, documents, words
from academy.annotation.editing.gold_edits import NewerGold
from academy.annotation.editing.gold_words import differs_words, source_words
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.editing.rubric_examples import examples
from academy.annotation.editing.searching import Sought, State
from academy.annotation.editing.task_edits import Edit
from academy.annotation.locking import Locked
from academy.annotation.models import Gold, Opinion, Task, TaskSet
from academy.annotation.operations import add_task
from academy.annotation.queries import gold_of
from academy.annotation.rules import Purpose
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict, Refused
from tests import people
from tests.academy.annotation.samples import box_set, gold, one_task, picture
from tests.engines import both_engines


@pytest.fixture
def by_id(app: Any) -> int:
    return people.person("Operator", people.Role.OPERATOR, language="en").id


@pytest.fixture
def task(app: Any) -> Task:
    """A task with one version of gold."""
    with transaction():
        return one_task(box_set())


@pytest.fixture
def operator(client: FlaskClient, by_id: int) -> FlaskClient:
    return people.sign_in(client, people.known("Operator"))


def here(task: Task) -> Task:
    return db.session.get_one(Task, task.id)


def newest(task: Task) -> Gold:
    return gold_of([task.id])[task.id]


def undo(by_id: int) -> None:
    query = select(Change).where(Change.undone_at.is_(None)).order_by(Change.id.desc()).limit(1)
    with transaction():
        changes.undo(db.session.scalars(query).one(), by_id, now())


def save(task: Task, document: dict[str, Any], started_from: int, by_id: int) -> Change | None:
    with transaction():
        return gold_edits.save(here(task), document, started_from, by_id, now(), note="why")


# Gold --------------------------------------------------------------------------------------------------------------


@both_engines
def test_an_edit_is_a_new_version_that_says_who_made_it(task: Task, by_id: int):
    assert save(task, gold((5, 5, 20, 20)), 1, by_id) is not None
    made = newest(task)
    assert (made.version, made.by_id, made.source, made.note) == (2, by_id, "editor", "why")
    assert save(task, gold((5, 5, 20, 20)), 2, by_id) is None, "nothing differs"
    undo(by_id)
    assert (newest(task).version, newest(task).document) == (3, gold((10, 10, 30, 20)))


@both_engines
def test_first_gold_that_is_taken_back_leaves_the_task_without_gold(task: Task, by_id: int):
    with transaction():
        bare = add_task(here(task).task_set, here(task).media, None, "bare.png", now())
    save(bare, gold((5, 5, 20, 20)), 0, by_id)
    assert newest(bare).version == 1
    undo(by_id)
    assert gold_of([bare.id]) == {}
    found = searching.task_page(task.task_set_id, Sought(state=State.NO_GOLD), None).rows
    assert [one.id for one in found] == [bare.id]
    save(bare, gold((6, 5, 20, 20)), 0, by_id)
    assert newest(bare).version == 3


def test_a_task_whose_gold_was_taken_back_is_shown_and_edited(operator: FlaskClient, task: Task, by_id: int):
    with transaction():
        bare = add_task(here(task).task_set, here(task).media, None, "bare.png", now())
    for path in ("", "/edit", "/edit?as=document"):
        assert operator.get(f"/gold/tasks/{bare.id}{path}").status_code == 200, path
    save(bare, gold((5, 5, 20, 20)), 0, by_id)
    undo(by_id)
    for path in ("", "/edit", "/edit?as=document", "/compare"):
        assert operator.get(f"/gold/tasks/{bare.id}{path}").status_code == 200, path
    assert operator.get("/gold/cells").status_code == 200


@both_engines
def test_nobody_writes_over_gold_they_have_not_seen(task: Task, by_id: int):
    save(task, gold((5, 5, 20, 20)), 1, by_id)
    with pytest.raises(NewerGold):
        save(task, gold((1, 1, 9, 9)), 1, by_id)
    assert newest(task).version == 2


@both_engines
def test_gold_of_a_locked_set_stays(task: Task, by_id: int):
    save(task, gold((5, 5, 20, 20)), 1, by_id)
    with transaction():
        here(task).task_set.locked_at = now()
    with pytest.raises(Locked):
        save(task, gold((1, 1, 9, 9)), 2, by_id)
    with pytest.raises(Locked):
        undo(by_id)
    assert newest(task).version == 2


@both_engines
def test_an_older_version_becomes_the_newest_again(task: Task, by_id: int):
    save(task, gold((5, 5, 20, 20)), 1, by_id)
    with transaction():
        gold_edits.take_back(here(task), 1, 2, by_id, now())
    assert (newest(task).version, newest(task).source) == (3, "version 1")
    assert newest(task).document == gold((10, 10, 30, 20))
    with pytest.raises(Refused), transaction():
        gold_edits.take_back(here(task), 9, 3, by_id, now())


@both_engines
def test_what_an_annotator_said_becomes_gold(task: Task, by_id: int):
    with transaction():
        for version, document in ((1, gold((1, 1, 9, 9))), (2, gold((2, 2, 9, 9)))):
            db.session.add(
                Opinion(
                    task_id=task.id, annotator="kim", version=version, document=document, source="t", created_at=now()
                )
            )
        db.session.add(Opinion(task_id=task.id, annotator="lee", version=1, document={}, source="t", created_at=now()))
    assert list(gold_edits.opinions_of(task.id)) == ["kim"], "lee's import was undone"
    with transaction():
        gold_edits.take_opinion(here(task), "kim", 1, by_id, now())
    assert (newest(task).document, newest(task).source) == (gold((2, 2, 9, 9)), "annotator:kim")
    with pytest.raises(Refused), transaction():
        gold_edits.take_opinion(here(task), "lee", 2, by_id, now())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (gold((5, 5, 0, 20)), "1"),
        ({**gold((5, 5, 20, 20)), "kind": "polygon"}, "box"),
        ({"kind": "box", "objects": [{"id": "7", "label": "spaceship", "box": [1, 1, 9, 9]}]}, "spaceship"),
        ({"kind": "box", "objects": "none"}, "objects"),
        ({"kind": "box", "objects": [7]}, "1"),
    ],
)
def test_what_can_not_be_gold_is_refused_with_the_object(task: Task, by_id: int, wrong: dict[str, Any], told: str):
    with pytest.raises(Refused, match=told):
        save(task, wrong, 1, by_id)
    assert newest(task).version == 1


def test_flags_are_set_and_taken_off_and_the_rest_stays():
    document = {
        "kind": "box",
        "objects": [{"id": "1", "label": "a", "box": [1, 1, 9, 9], "ignore": True, "attributes": {"x": 1}}],
    }
    changed = gold_edits.with_flags(document, {"1": {"ignore": False, "optional": True, "crowd": False, "rule": "2.1"}})
    assert changed["objects"] == [
        {"id": "1", "label": "a", "box": [1, 1, 9, 9], "attributes": {"x": 1}, "optional": True, "rule": "2.1"}
    ]


def test_two_versions_are_told_apart_object_by_object():
    pairs = {
        pair.name: pair.how
        for pair in documents(gold((1, 1, 9, 9), (5, 5, 9, 9)), gold((1, 1, 9, 9), (6, 5, 9, 9), (9, 9, 9, 9)))
    }
    assert pairs == {"1": Differs.SAME, "2": Differs.CHANGED, "3": Differs.ADDED}
    assert [(piece.how, piece.text) for piece in words("one two three", "one three")] == [
        (Differs.SAME, "one "), (Differs.REMOVED, "two "), (Differs.SAME, "three"),
    ]  # fmt: skip


@both_engines
def test_the_editor_keeps_what_was_drawn_and_what_the_workspace_does_not_draw(operator: FlaskClient, task: Task):
    kept = gold((10, 10, 30, 20))
    kept["objects"][0]["optional"] = True
    address = f"/gold/tasks/{task.id}/edit"
    assert operator.post(address, data={"version": "1", "document": _json({**kept, "more": 1})}).status_code == 303
    drawn = {key: value for key, value in kept.items() if key != "more"}
    drawn["objects"][0]["box"] = [11, 10, 30, 20]
    sent = {"version": "2", "drawn": "1", "document": _json(drawn), "note": "moved"}
    assert operator.post(address, data=sent).location == f"/gold/tasks/{task.id}"
    document = newest(task).document
    assert (document["more"], document["objects"][0]["optional"], newest(task).note) == (1, True, "moved")
    page = operator.get(f"/gold/tasks/{task.id}").text
    assert "Version 3" in page
    assert "moved" in page


def _json(document: Any) -> str:
    return json.dumps(document)


def test_what_the_editor_refuses_stays_on_the_page(operator: FlaskClient, task: Task):
    address = f"/gold/tasks/{task.id}/edit?as=document"
    for sent, told in (
        ("{", "not a JSON document"),
        ("[]", "must begin with"),
        (_json(gold((1, 1, 0, 9))), "Object 1"),
    ):
        answer = operator.post(address, data={"version": "1", "document": sent})
        assert answer.status_code == 422
        assert told in answer.text
        assert newest(task).version == 1
    stale = operator.post(address, data={"version": "0", "document": _json(gold((1, 1, 9, 9)))})
    assert stale.status_code == 409
    assert "[1, 1, 9, 9]" in stale.text, "the work is still there"
    assert re.search(r'name="version"[^>]*value="1"', stale.text), "pressed again, it is kept knowingly"
    preview = operator.post(address, data={"version": "1", "document": _json(gold((1, 1, 9, 9))), "act": "preview"})
    assert (preview.status_code, newest(task).version) == (200, 1)


# Tasks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(app: Any) -> TaskSet:
    """Five tasks; the last has no gold."""
    with transaction():
        task_set = box_set()
        for number in range(4):
            one_task(task_set, data=picture((number + 1, 1, 9, 9)))
        media = one_task(task_set, data=picture((9, 9, 9, 9))).media
        add_task(task_set, media, None, "여섯.png", now())
    return task_set


def ids(task_set: TaskSet, **sought: Any) -> list[int]:
    return [task.position for task in searching.task_page(task_set.id, Sought(**sought), None).rows]


def edit(task_set: TaskSet, positions: list[int], what: Edit, by_id: int) -> int:
    with transaction():
        found = db.session.get_one(TaskSet, task_set.id)
        query = select(Task.id).where(Task.task_set_id == found.id, Task.position.in_(positions))
        return task_edits.edit(found, list(db.session.scalars(query)), what, by_id, now())


@both_engines
def test_many_tasks_are_changed_at_once_and_back(many: TaskSet, by_id: int):
    assert edit(many, [1, 2, 3], Edit(difficulty=4), by_id) == 3
    assert edit(many, [2, 3], Edit(add_tags=("night", "비")), by_id) == 2
    assert edit(many, [3], Edit(remove_tags=("night",)), by_id) == 1
    assert edit(many, [1], Edit(withdraw=True), by_id) == 1
    assert ids(many, difficulty=4) == [3, 2]
    assert ids(many, tag="비") == [3, 2]
    assert ids(many, tag="night") == [2]
    assert ids(many, state=State.WITHDRAWN) == [1]
    assert 1 not in ids(many)
    for _change in range(4):
        undo(by_id)
    assert ids(many) == [6, 5, 4, 3, 2, 1]
    assert ids(many, difficulty=0) == [6, 5, 4, 3, 2, 1]
    assert searching.tags_in(many.id) == []
    assert edit(many, [1], Edit(withdraw=False), by_id) == 0, "nothing differs, so nothing is written down"


@both_engines
def test_tasks_somebody_changed_since_are_not_taken_back(many: TaskSet, by_id: int):
    edit(many, [1, 2], Edit(difficulty=4), by_id)
    first = db.session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert first is not None
    edit(many, [2], Edit(difficulty=5), by_id)
    with pytest.raises(ChangedSince), transaction():
        changes.undo(db.session.get_one(Change, first.id), by_id, now())
    assert (ids(many, difficulty=4), ids(many, difficulty=5)) == ([1], [2])


@both_engines
def test_tasks_are_found_by_name_number_label_and_state(many: TaskSet, by_id: int):
    task = db.session.scalars(select(Task).where(Task.position == 2)).unique().one()
    labelled = {"kind": "box", "objects": [{"id": "1", "label": "세포_%", "box": [1, 1, 9, 9]}]}
    with transaction():
        db.session.add(Gold(task_id=task.id, version=2, document=labelled, source="t", created_at=now()))
    assert ids(many, label="세포_%") == [2]
    assert ids(many, label="RBC") == [5, 4, 3, 1], "only the newest gold counts"
    assert ids(many, words="여섯") == [6]
    assert ids(many, words="2") == [2]
    assert ids(many, words="%") == []
    assert ids(many, state=State.NO_GOLD) == [6]
    assert ids(many, state=State.GOLD) == [5, 4, 3, 2, 1]
    assert ids(many, state=State.AWAITED) == ids(many, state=State.ODD) == []
    assert searching.count(many.id, Sought(label="RBC")) == 4


@both_engines
def test_labels_of_choices_are_found_too(app: Any):
    with transaction():
        task_set = box_set()
        made = [one_task(task_set, data=picture((place, 1, 9, 9))) for place in (1, 2, 3)]
        for task, said in zip(made, ({"choice": "RBC"}, {"choices": ["RBC"]}, {"accepted": ["RBC"]}), strict=True):
            document = {"kind": "mixed", "objects": [], **said}
            db.session.add(Gold(task_id=task.id, version=2, document=document, source="t", created_at=now()))
    assert ids(task_set, label="RBC") == [3, 2, 1]
    assert ids(task_set, label="WBC") == []


def test_a_hostile_address_finds_everything_or_nothing(operator: FlaskClient, many: TaskSet):
    for query in ("difficulty=9", "state=x", "label=" + "x" * 5000, "after=zzz", "tag=%27%22%3C"):
        assert operator.get(f"/gold/cells?{query}").status_code == 200, query


def test_only_tasks_of_the_set_are_changed(operator: FlaskClient, many: TaskSet):
    with transaction():
        other = one_task(box_set("other"), data=picture((20, 20, 9, 9)))
    task = db.session.scalars(select(Task.id).where(Task.position == 1, Task.task_set_id == many.id)).one()
    sent = {"act": "withdraw", "which": "chosen", "task": [str(task), str(other.id), "9" * 30, "x"]}
    assert operator.post("/gold/cells/tasks", data=sent).status_code == 303
    withdrawn = db.session.scalars(select(Task.id).where(Task.withdrawn_at.is_not(None))).all()
    assert list(withdrawn) == [task]
    assert (
        operator.post("/gold/cells/tasks?state=withdrawn", data={"act": "restore", "which": "all"}).status_code == 303
    )
    assert operator.post("/gold/cells/tasks", data={"act": "add", "tags": "x" * 60, "which": "all"}).status_code == 422


# Sets and rubrics --------------------------------------------------------------------------------------------------


@both_engines
def test_a_set_is_made_as_a_draft_changed_and_changed_back(app: Any, by_id: int):
    with transaction():
        pattern = box_set()
        made = set_edits.make_set(
            "fresh", {"ko": "새", "en": "New"}, "box", Purpose.EXAM, pattern.label_set, pattern.guideline,
            licence="CC0", attribution="We", by_id=by_id, now=now(),
        )  # fmt: skip
    assert made.released_at is None
    with transaction():
        set_edits.change_set(db.session.get_one(TaskSet, made.id), {"licence": "CC BY 4.0"}, by_id, now())
    assert db.session.get_one(TaskSet, made.id).licence == "CC BY 4.0"
    undo(by_id)
    assert db.session.get_one(TaskSet, made.id).licence == "CC0"
    with pytest.raises(Conflict):
        undo(by_id)
    for slug in ("fresh", "new"):
        with pytest.raises(NameTaken), transaction():
            set_edits.make_set(
                slug, {}, "box", Purpose.EXAM, pattern.label_set, pattern.guideline, licence="", attribution="",
                by_id=by_id, now=now(),
            )  # fmt: skip


@both_engines
def test_a_rubric_is_changed_on_its_page_and_back(operator: FlaskClient, task: Task, by_id: int):
    sent = {"level": "exam", "min_overlap": "0.9", "pass_score": "0.8", "rules": "missed: 1.1", "cannot_tell": ""}
    preview = operator.post("/gold/cells/rubric", data={**sent, "act": "preview"})
    assert preview.status_code == 200
    assert here(task).task_set.rubric == {}
    assert operator.post("/gold/cells/rubric", data=sent).status_code == 303
    kept = {"level": "exam", "min_overlap": 0.9, "pass_score": 0.8, "rules": {"missed": "1.1"}}
    assert here(task).task_set.rubric == kept
    wrong = operator.post("/gold/cells/rubric", data={**sent, "min_overlap": "0"})
    assert wrong.status_code == 422
    wrong = operator.post("/gold/cells/rubric", data={**sent, "ordinal": "RBC"})
    assert wrong.status_code == 422
    undo(by_id)
    assert here(task).task_set.rubric == {}


def test_examples_say_what_a_rubric_does():
    lenient = {(one.how, one.by): one for one in examples("box", {}, None, ["car", "bus"]) or ()}
    strict = {(one.how, one.by): one for one in examples("box", {"level": "master"}, None, ["car", "bus"]) or ()}
    assert lenient["exact", 0].score == 1.0
    assert lenient["wider", 10].score > strict["wider", 10].score
    assert lenient["missed", 0].score < 1 > lenient["extra", 0].score
    chosen = examples(
        "classification", {"ordinal": ["a", "b", "c"]}, {"kind": "classification", "choice": "a"}, ["a", "b", "c"]
    )
    assert [one.score for one in chosen or ()] == [1.0, 0.5, 0.0]
    assert examples("polygon", {}, None, ["car"]) is None


def test_what_differs_is_said_in_words(app: Any):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        before = {"id": "1", "label": "RBC", "box": [1, 1, 9, 9]}
        pairs = documents({"objects": [before]}, {"objects": [{**before, "optional": True}], "choice": "RBC"})
        assert [differs_words(pair) for pair in pairs] == ["May be left out: was nothing, is yes", "new: RBC"]
        assert differs_words(documents({"choice": "a"}, {"choice": "b"})[0]) == "was a, is b"
        assert [source_words(one) for one in ("editor", "annotator:kim", "version 2", "coco:a.json")] == [
            "edited by hand", "what kim said", "version 2 again", "coco:a.json",
        ]  # fmt: skip


def test_an_opinion_is_shown_compared_and_taken_on_the_page(operator: FlaskClient, task: Task):
    with transaction():
        said = Opinion(
            task_id=task.id, annotator="김 <1>", version=1, document=gold((1, 1, 9, 9)), source="t", created_at=now()
        )
        db.session.add(said)
    page = operator.get(f"/gold/tasks/{task.id}").text
    assert "김 &lt;1&gt;" in page
    compared = operator.get(f"/gold/tasks/{task.id}/compare", query_string={"annotator": "김 <1>"})
    assert compared.status_code == 200
    assert operator.get(f"/gold/tasks/{task.id}/compare?annotator=nobody").status_code == 404
    taken = operator.post(f"/gold/tasks/{task.id}/take", data={"version": "1", "annotator": "김 <1>"})
    assert taken.status_code == 303
    assert newest(task).document == gold((1, 1, 9, 9))
    late = operator.post(f"/gold/tasks/{task.id}/take", data={"version": "1", "older": "1"})
    assert late.status_code == 409
