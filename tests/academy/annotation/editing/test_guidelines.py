"""Guidelines by hand: every change is a new version, sets move along, nothing that was published is edited."""

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.annotation.editing import changes, guideline_edits
from academy.annotation.editing.changes import Change, ChangedSince
from academy.annotation.editing.guideline_edits import NewerVersion
from academy.annotation.editing.guideline_forms import rearranged, row_values
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.models import Guideline, Media, TaskSet
from academy.annotation.queries import guideline_named
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict
from tests import people
from tests.academy.annotation.samples import box_set, picture
from tests.engines import both_engines

TITLE = {"ko": "지침", "en": "A guideline"}


def rule(number: str, text: str = "Draw it tight.") -> dict[str, Any]:
    return {"number": number, "title": {"ko": "딱", "en": "Tight"}, "text": {"ko": "딱 맞게", "en": text}}


@pytest.fixture
def by_id(app: Any) -> int:
    return people.person("Operator", people.Role.OPERATOR, language="en").id


@pytest.fixture
def cells(app: Any) -> TaskSet:
    """A set with version 1 of the guideline "cells"."""
    with transaction():
        return box_set()


@pytest.fixture
def operator(client: FlaskClient, by_id: int, cells: TaskSet) -> FlaskClient:
    return people.sign_in(client, people.known("Operator"))


def publish(by_id: int, rules: list[dict[str, Any]], started_from: int = 1, **more: Any) -> Guideline:
    with transaction():
        return guideline_edits.publish("cells", TITLE, rules, started_from, by_id, now(), **more)


def texts(version: int | None = None) -> list[str]:
    found = guideline_named("cells", version)
    assert found is not None
    return [one.text["en"] for one in found.rules]


def version_of(task_set: TaskSet) -> int:
    return db.session.get_one(Guideline, db.session.get_one(TaskSet, task_set.id).guideline_id).version


@both_engines
def test_a_change_is_a_new_version_and_sets_move_along(cells: TaskSet, by_id: int):
    publish(by_id, [rule("1", "New words."), rule("2")])
    assert (texts(1), texts(2)) == (["Draw it tight."], ["New words.", "Draw it tight."])
    assert version_of(cells) == 2
    with transaction():
        changes.undo(db.session.scalars(select(Change).order_by(Change.id.desc())).first(), by_id, now())  # type: ignore[arg-type]
    assert texts() == ["Draw it tight."]
    assert version_of(cells) == 3, "published versions stay; what was before is a new one"


@both_engines
def test_a_locked_set_keeps_its_version(cells: TaskSet, by_id: int):
    with transaction():
        db.session.get_one(TaskSet, cells.id).locked_at = now()
    publish(by_id, [rule("1", "New words.")])
    assert version_of(cells) == 1


@both_engines
def test_nobody_publishes_over_words_they_have_not_seen(cells: TaskSet, by_id: int):
    publish(by_id, [rule("1", "New words.")])
    with pytest.raises(NewerVersion):
        publish(by_id, [rule("1", "Mine.")])
    with pytest.raises(NameTaken):
        publish(by_id, [], started_from=0)
    assert publish(by_id, [rule("1", "New words.")], started_from=2).version == 2, "nothing differs"


@both_engines
def test_a_version_with_a_newer_one_is_not_taken_back(cells: TaskSet, by_id: int):
    publish(by_id, [rule("1", "New words.")])
    change = db.session.scalars(select(Change)).one().id
    publish(by_id, [rule("1", "Newest words.")], started_from=2)
    with pytest.raises(ChangedSince), transaction():
        changes.undo(db.session.get_one(Change, change), by_id, now())


def test_the_first_version_stays(app: Any, by_id: int):
    with transaction():
        guideline_edits.publish("fresh", TITLE, [], 0, by_id, now())
    with pytest.raises(Conflict), transaction():
        changes.undo(db.session.scalars(select(Change)).one(), by_id, now())


def sent(**more: Any) -> dict[str, Any]:
    row = {"number": "1.1", "title_ko": "딱", "title_en": "Tight", "text_ko": "딱 맞게", "text_en": "Close to it."}
    return {
        "version": "1", "title_ko": "지침", "title_en": "A guideline", "follow": "y",
        **{f"rules-0-{name}": words for name, words in row.items()}, **more,
    }  # fmt: skip


def test_buttons_redraw_the_page_and_keep_nothing(operator: FlaskClient):
    for act in ("add", "preview", "remove-0", "up-0", "down-9", "nogood-0", "nonsense"):
        assert operator.post("/guidelines/cells/edit", data=sent(act=act)).status_code == 200, act
    assert texts() == ["Draw it tight."]
    added = operator.post("/guidelines/cells/edit", data=sent(act="add")).text
    assert re.search(r'name="rules-1-number"[^>]*value="2"', added)
    assert "Close to it." in added
    assert operator.post("/guidelines/cells/edit", data=sent()).status_code == 303
    assert texts() == ["Close to it."]
    compared = operator.get("/guidelines/cells/compare").text
    assert "<del>Draw</del>" in compared
    assert "<ins>Close</ins>" in compared


def test_rules_are_numbered_once_and_written_in_both_languages(operator: FlaskClient):
    twice = sent(
        **{
            f"rules-1-{name.removeprefix('rules-0-')}": words
            for name, words in sent().items()
            if name.startswith("rules-0-")
        }
    )
    for wrong in (twice, sent(**{"rules-0-text_ko": ""}), sent(**{"rules-0-number": "!"}), sent(title_en="")):
        assert operator.post("/guidelines/cells/edit", data=wrong).status_code == 422
    assert texts() == ["Draw it tight."]


def test_words_that_came_too_late_stay_on_the_page(operator: FlaskClient, by_id: int):
    publish(by_id, [rule("1", "Somebody else's words.")])
    late = operator.post("/guidelines/cells/edit", data=sent())
    assert late.status_code == 409
    assert "Close to it." in late.text
    assert texts() == ["Somebody else's words."]


def test_pictures_of_rules_are_kept_with_their_makers_and_seen_by_learners(
    operator: FlaskClient, client: FlaskClient, app: Any
):
    def photo() -> tuple[io.BytesIO, str]:
        return io.BytesIO(picture((1, 1, 9, 9))), "good.png"

    form = "multipart/form-data"
    nobody = operator.post("/guidelines/cells/edit", data=sent(**{"rules-0-good_file": photo()}), content_type=form)
    assert nobody.status_code == 422
    assert "Say whose the pictures are" in nobody.text
    whose = {"licence": "CC0", "attribution": "We", "rules-0-good_file": photo()}
    assert operator.post("/guidelines/cells/edit", data=sent(**whose), content_type=form).status_code == 303
    found = guideline_named("cells")
    assert found is not None
    media = found.rules[0].good_media
    assert isinstance(media, Media)
    assert (media.licence, media.attribution, media.public) == ("CC0", "We", False)
    learner = people.sign_in(app.test_client(), people.newcomer())
    assert f"/media/{media.token}" in learner.get("/guidelines/cells").text
    assert learner.get(f"/media/{media.token}").status_code == 200
    assert app.test_client().get(f"/media/{media.token}").status_code == 404
    broken = {**whose, "rules-0-good_file": (io.BytesIO(b"no picture"), "bad.png"), "version": "2"}
    refused = operator.post("/guidelines/cells/edit", data=sent(**broken), content_type=form)
    assert refused.status_code == 422
    assert "bad.png" in refused.text
    foreign = operator.post("/guidelines/cells/edit", data=sent(version="2", **{"rules-0-good_media_id": "999999"}))
    assert foreign.status_code == 303, "a picture that is not there is left out"


def test_rows_move_and_go():
    rows = [
        row_values({**rule(number), "good": None, "bad": None, "good_media_id": 3, "bad_media_id": None})
        for number in "123"
    ]
    numbers = lambda found: [row["number"] for row in found]  # noqa: E731
    assert numbers(rearranged(rows, "up-1")) == ["2", "1", "3"]
    assert numbers(rearranged(rows, "down-2")) == ["1", "2", "3"]
    assert numbers(rearranged(rows, "remove-0")) == ["2", "3"]
    assert numbers(rearranged(rows, "add")) == ["1", "2", "3", "4"]
    assert [row["good_media_id"] for row in rearranged(rows, "nogood-1")] == [3, "", 3]
