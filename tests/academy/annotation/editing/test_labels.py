"""Label sets by hand: labels in use are retired or carried over in gold, and every change has its way back."""

from typing import Any

import pytest
from sqlalchemy import select

from academy.annotation import operations
from academy.annotation.editing import changes, label_edits, renaming
from academy.annotation.editing.changes import Change, ChangedSince
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.editing.skeletons import lay_out
from academy.annotation.locking import Locked
from academy.annotation.models import Gold, Label, LabelSet, Opinion, Task, TaskSet
from academy.annotation.queries import gold_of
from academy.annotation.workspace import workspace_config
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict, Refused
from tests import people
from tests.academy.annotation.samples import box_set, gold, one_task, picture
from tests.engines import both_engines

TITLE = {"ko": "이름표", "en": "Label"}


def said(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": TITLE, "color": "#1971c2", **more}


@pytest.fixture
def by_id(app: Any) -> int:
    return people.person("Operator", people.Role.OPERATOR, language="en").id


@pytest.fixture
def labels(app: Any, by_id: int) -> LabelSet:
    """Three labels: car, bus below vehicle."""
    with transaction():
        made = label_edits.make_label_set("street", TITLE, by_id, now())
        for name in ("car", "vehicle", "bus"):
            label_edits.add_label(made, said(name), by_id, now())
    return made


def again(label_set: LabelSet) -> tuple[LabelSet, dict[str, Label]]:
    """The set as it is in the transaction that has just begun."""
    found = db.session.get_one(LabelSet, label_set.id)
    return found, {label.name: label for label in found.labels}


def newest_change() -> Change:
    return db.session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()


def undo(by_id: int) -> None:
    with transaction():
        changes.undo(newest_undoable(), by_id, now())


def newest_undoable() -> Change:
    query = select(Change).where(Change.undone_at.is_(None)).order_by(Change.id.desc()).limit(1)
    return db.session.scalars(query).one()


def names(label_set: LabelSet) -> list[str]:
    return [label.name for label in again(label_set)[0].labels]


@both_engines
def test_labels_are_added_in_order_and_say_all_they_know(labels: LabelSet, by_id: int):
    skeleton = {"points": ["nose", "tail"], "edges": [[0, 1]], "sigmas": [0.1, 0.2]}
    with transaction():
        found, _ = again(labels)
        label_edits.add_label(
            found, said("cat", hotkey="c", parent="vehicle", skeleton=skeleton, description=TITLE,
                        attributes=[{"name": "age", "type": "number"}]), by_id, now()
        )  # fmt: skip
    found, by_name = again(labels)
    cat = by_name["cat"]
    assert [label.position for label in found.labels] == [1, 2, 3, 4]
    assert (cat.hotkey, cat.parent_id, cat.skeleton) == ("c", by_name["vehicle"].id, skeleton)
    assert cat.attributes == [{"name": "age", "type": "number"}]
    assert len(lay_out(cat.skeleton).lines) == 1


@both_engines
def test_two_labels_share_neither_name_nor_key(labels: LabelSet, by_id: int):
    with transaction():
        found, by_name = again(labels)
        label_edits.change_label(found, by_name["car"], {"hotkey": "c"}, by_id, now())
    for wrong in (said("car"), said("cat", hotkey="c")):
        with pytest.raises(Refused), transaction():
            label_edits.add_label(again(labels)[0], wrong, by_id, now())
    assert names(labels) == ["car", "vehicle", "bus"]


@both_engines
def test_a_label_never_stands_below_itself(labels: LabelSet, by_id: int):
    with transaction():
        found, by_name = again(labels)
        label_edits.change_label(found, by_name["bus"], {"parent": "vehicle"}, by_id, now())
    for wrong in ("bus", "vehicle"):
        found, by_name = again(labels)
        with pytest.raises(Refused), transaction():
            label_edits.change_label(found, by_name["vehicle"], {"parent": wrong}, by_id, now())


@both_engines
def test_labels_change_their_places_and_back(labels: LabelSet, by_id: int):
    with transaction():
        found, by_name = again(labels)
        label_edits.move(found, by_name["bus"], -1, by_id, now())
    assert names(labels) == ["car", "bus", "vehicle"]
    with transaction():
        found, by_name = again(labels)
        assert label_edits.move(found, by_name["car"], -1, by_id, now()) is None, "it is the first one"
    undo(by_id)
    assert names(labels) == ["car", "vehicle", "bus"]


@both_engines
def test_what_was_taken_back_is_not_taken_back_twice(labels: LabelSet, by_id: int):
    with transaction():
        found, by_name = again(labels)
        label_edits.retire(found, by_name["car"], by_id, now())
    change_id = newest_change().id
    undo(by_id)
    assert again(labels)[1]["car"].retired_at is None
    with pytest.raises(ChangedSince), transaction():
        changes.undo(db.session.get_one(Change, change_id), by_id, now())
    acts = list(db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))
    assert acts[-2:] == ["label retired", "change taken back"]


@both_engines
def test_a_change_that_somebody_built_upon_is_not_taken_back(labels: LabelSet, by_id: int):
    with transaction():
        found, by_name = again(labels)
        first = label_edits.change_label(found, by_name["car"], {"color": "#000000"}, by_id, now())
        label_edits.change_label(found, by_name["car"], {"color": "#ffffff"}, by_id, now())
    assert first is not None
    with pytest.raises(ChangedSince), transaction():
        changes.undo(db.session.get_one(Change, first.id), by_id, now())
    assert again(labels)[1]["car"].color == "#ffffff"
    assert db.session.get_one(Change, first.id).undone_at is None, "refused as a whole"


@both_engines
def test_an_added_label_that_is_taken_back_is_retired_never_deleted(labels: LabelSet, by_id: int):
    undo(by_id)  # "bus" was the last one
    assert again(labels)[1]["bus"].retired_at is not None
    with pytest.raises(NameTaken), transaction():
        label_edits.add_label(again(labels)[0], said("bus"), by_id, now())
    with transaction():
        found, by_name = again(labels)
        label_edits.bring_back(found, by_name["bus"], by_id, now())
    assert again(labels)[1]["bus"].retired_at is None


@both_engines
def test_a_made_set_is_not_unmade(app: Any, by_id: int):
    with transaction():
        label_edits.make_label_set("lonely", TITLE, by_id, now())
    with pytest.raises(Conflict):
        undo(by_id)
    with pytest.raises(NameTaken), transaction():
        label_edits.make_label_set("lonely", TITLE, by_id, now())


# Names in gold -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cells(app: Any, by_id: int) -> TaskSet:
    """Two tasks with gold of the label RBC, one of them with an opinion, and a second label WBC."""
    with transaction():
        task_set = box_set()
        label_edits.add_label(task_set.label_set, said("WBC"), by_id, now())
        first = one_task(task_set)
        one_task(task_set, data=picture((3, 3, 9, 9)))
        db.session.add(
            Opinion(
                task_id=first.id, annotator="kim", version=1, document=gold((1, 1, 9, 9)), source="t", created_at=now()
            )
        )
        task_set.rubric = {"ordinal": ["RBC", "WBC"], "rules": {"missed": "1"}}
    return task_set


def used(task_set: TaskSet) -> list[tuple[int, str]]:
    tasks = [task.id for task in db.session.scalars(select(Task).where(Task.task_set_id == task_set.id)).unique()]
    return [(one.version, one.document["objects"][0]["label"]) for one in gold_of(tasks).values()]


def rename(task_set: TaskSet, old: str, new: str, by_id: int) -> None:
    with transaction():
        found, by_name = again(task_set.label_set)
        renaming.rename(found, by_name[old], new, by_id, now())


@both_engines
def test_a_renamed_label_has_its_new_name_in_new_versions_of_gold(cells: TaskSet, by_id: int):
    rename(cells, "RBC", "red", by_id)
    assert used(cells) == [(2, "red"), (2, "red")]
    kept = db.session.scalars(select(Gold.document).where(Gold.version == 1)).all()
    assert {document["objects"][0]["label"] for document in kept} == {"RBC"}, "who was graded by it can be shown why"
    opinion = db.session.scalars(select(Opinion).order_by(Opinion.version.desc())).first()
    assert opinion is not None
    assert (opinion.version, opinion.document["objects"][0]["label"]) == (2, "red")
    db.session.refresh(cells)
    assert cells.rubric["ordinal"] == ["red", "WBC"]
    undo(by_id)
    assert used(cells) == [(3, "RBC"), (3, "RBC")]
    assert db.session.get_one(TaskSet, cells.id).rubric["ordinal"] == ["RBC", "WBC"]
    assert names(cells.label_set) == ["RBC", "WBC"]


@both_engines
def test_a_merged_label_goes_over_into_the_other_and_is_retired(cells: TaskSet, by_id: int):
    with transaction():
        found, by_name = again(cells.label_set)
        renaming.merge(found, by_name["RBC"], by_name["WBC"], by_id, now())
    assert used(cells) == [(2, "WBC"), (2, "WBC")]
    assert again(cells.label_set)[1]["RBC"].retired_at is not None
    undo(by_id)
    assert used(cells) == [(3, "RBC"), (3, "RBC")]
    assert again(cells.label_set)[1]["RBC"].retired_at is None


@both_engines
def test_names_are_not_taken_back_over_gold_that_changed_since(cells: TaskSet, by_id: int):
    rename(cells, "RBC", "red", by_id)
    task = db.session.scalars(select(Task)).unique().first()
    assert task is not None
    with transaction():
        operations.revise_gold(task, {**gold((2, 2, 20, 20))}, "test", now())
    with pytest.raises(ChangedSince):
        undo(by_id)
    assert again(cells.label_set)[1].keys() == {"red", "WBC"}


@both_engines
def test_gold_of_a_locked_set_keeps_its_labels(cells: TaskSet, by_id: int):
    with transaction():
        db.session.get_one(TaskSet, cells.id).locked_at = now()
    with pytest.raises(Locked):
        rename(cells, "RBC", "red", by_id)
    assert used(cells) == [(1, "RBC"), (1, "RBC")]
    assert names(cells.label_set) == ["RBC", "WBC"]


def test_a_name_is_changed_wherever_labels_stand_and_nowhere_else():
    document = {"kind": "multilabel", "choices": ["a", "b"], "accepted": ["b", "a"], "text": "a"}
    assert renaming.renamed(document, "a", "b") == {**document, "choices": ["b"], "accepted": ["b"]}
    spoken = {"kind": "transcription", "text": "a", "accepted": ["a"]}
    assert renaming.renamed(spoken, "a", "b") == spoken, "what was said is no label"


def test_a_retired_label_is_offered_only_where_it_stands_already(app: Any, by_id: int):
    with transaction():
        task_set = box_set()
        label_edits.add_label(task_set.label_set, said("WBC", hotkey="w"), by_id, now())
        task = one_task(task_set)
        rbc = next(label for label in task_set.label_set.labels if label.name == "RBC")
        label_edits.retire(task_set.label_set, rbc, by_id, now())
    with app.test_request_context():

        def offered(document: Any) -> list[tuple[str, str]]:
            config = workspace_config(
                task, task.media, task_set.label_set, task_set.guideline, document=document, draft_key="k"
            )
            return [(label["name"], label["key"]) for label in config["labels"]]

        assert offered(None) == [("WBC", "w")]
        assert offered(gold((1, 1, 9, 9))) == [("RBC", "1"), ("WBC", "w")]
