"""Who sees which picture, and what operators see of gold."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.annotation.models import Task
from academy.db import transaction
from academy.storage import storage
from tests import people
from tests.academy.annotation.samples import box_set, gold, one_task, picture
from tests.counting import queries_of
from tests.people import sign_in


def task_with(public: bool) -> Task:
    with transaction():
        return one_task(box_set(), public=public)


def test_a_public_picture_is_for_everybody(app: Flask, client: FlaskClient):
    answer = client.get(f"/media/{task_with(public=True).media.token}")
    assert answer.status_code == 200
    assert answer.content_type == "image/png"
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_other_pictures_need_somebody_who_signed_in(app: Flask, client: FlaskClient):
    address = f"/media/{task_with(public=False).media.token}"
    assert client.get(address).status_code == 404
    sign_in(client, people.newcomer())
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_picture_can_do_nothing_in_a_browser_and_says_nothing_of_its_gold(app: Flask, client: FlaskClient):
    task = task_with(public=True)
    answer = client.get(f"/media/{task.media.token}")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"] == "inline"
    assert not {"Last-Modified", "Server-Timing"} & set(answer.headers.keys())
    assert task.media.content_hash not in str(answer.headers)
    assert task.source not in task.media.token


def test_unknown_pictures_and_lost_files_are_not_found(app: Flask, client: FlaskClient):
    task = task_with(public=True)
    storage().delete(task.media.storage_key)
    assert client.get(f"/media/{task.media.token}").status_code == 404
    assert client.get("/media/nothing").status_code == 404


def test_the_same_picture_is_kept_once_but_public_and_not_public_apart(app: Flask):
    with transaction():
        cells = box_set()
        first, second, third = one_task(cells), one_task(cells), one_task(cells, public=True)
    assert first.media_id == second.media_id != third.media_id
    assert first.media.token != third.media.token


@pytest.mark.parametrize("address", ["/gold", "/gold/cells", "/gold/tasks/1"])
def test_gold_is_for_operators(app: Flask, client: FlaskClient, address: str):
    task_with(public=True)
    assert client.get(address).status_code == 302
    sign_in(client, people.instructor())
    assert client.get(address).status_code == 403
    sign_in(client, people.operator())
    assert client.get(address).status_code == 200


def test_operators_see_sets_pictures_licence_and_versions(app: Flask, client: FlaskClient):
    task = task_with(public=False)
    sign_in(client, people.person("Operator", people.Role.OPERATOR, language="en"))
    assert "Cells" in client.get("/gold").text
    page = client.get("/gold/cells").text
    for words in ("MIT", "The makers", "Red cell", "version 1", task.media.token):
        assert words in page
    one = client.get(f"/gold/tasks/{task.id}").text
    assert "Version 1" in one
    assert 'aria-label="1 object: Red cell 1"><path' in one
    assert client.get("/gold/nothing").status_code == 404
    assert client.get("/gold/tasks/99").status_code == 404


def test_an_installation_without_gold_says_how_to_begin(app: Flask, client: FlaskClient):
    sign_in(client, people.person("Operator", people.Role.OPERATOR, language="en"))
    page = client.get("/gold").text
    assert "No gold yet" in page
    assert "/gold/import" in page


def test_a_guideline_can_be_read_by_learners_in_every_version(app: Flask, client: FlaskClient):
    task_with(public=False)
    assert client.get("/guidelines/cells").status_code == 302
    sign_in(client, people.newcomer(language="en"))
    assert "Draw it tight." in client.get("/guidelines/cells").text
    assert client.get("/guidelines/cells?version=1").status_code == 200
    assert client.get("/guidelines/cells?version=2").status_code == 404
    assert client.get("/guidelines/nothing").status_code == 404


def test_pages_ask_the_database_as_often_for_many_pictures_as_for_one(app: Flask, client: FlaskClient):
    task_with(public=False)
    sign_in(client, people.operator())
    with queries_of() as few:
        client.get("/gold/cells")
    with transaction():
        cells = box_set()
        for number in range(30):
            one_task(cells, data=picture((number, number, 9, 9)))
    with queries_of() as many:
        client.get("/gold/cells")
    assert len(many) <= len(few) + 1 <= 12  # one more counts what the other pages hold
    assert gold()["objects"] == []
