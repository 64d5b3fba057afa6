"""Gold and keys never leave the server early: every page, header and file is searched for all of them."""

import html
import json
import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from academy.annotation.models import Gold, Media, Task
from academy.db import db
from academy.questions.models import QuestionVersion
from tests import people
from tests.tour import World, addresses

pytestmark = pytest.mark.played
EVERYBODY = ("Outsider", "이철수", "박선생", "정검수")


def secrets_of_boxes() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each gold box, however its four numbers may be written."""
    for gold in db.session.scalars(select(Gold)):
        for thing in gold.document.get("objects", ()):
            numbers = [rf"{re.escape(f'{value:g}')}(?:\.0+)?" for value in thing["box"]]
            between = r'[\s,;"\']+(?:[a-z]+="?)?'
            yield f"gold {gold.id}", re.compile(r"(?<![\d.])" + between.join(numbers) + r"(?![\d.])")


def secrets_of_choices() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each gold choice, where it stands as an answer beside the address of its picture."""
    query = select(Gold, Media).join(Task, Task.id == Gold.task_id).join(Media, Media.id == Task.media_id)
    for gold, media in db.session.execute(query):
        if "choice" in gold.document:
            choice = re.escape(gold.document["choice"])
            near = rf'{re.escape(media.token)}.{{0,4000}}"choice"\s*:\s*"{choice}"'
            yield f"gold {gold.id}", re.compile(near, re.DOTALL)


def secrets_of_questions() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each key, and each explanation, which gives the key away."""
    for version in db.session.scalars(select(QuestionVersion)):
        for written in (json.dumps(version.key), json.dumps(version.key, separators=(",", ":"))):
            yield f"key of question {version.id}", re.compile(re.escape(written))
        for text in version.explanation.values():
            yield f"explanation of question {version.id}", re.compile(re.escape(text))


def everything_in(answer: TestResponse) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return f"{headers}\n{html.unescape(text_of(answer))}"


def text_of(answer: TestResponse) -> str:
    """What can be read in an answer, also inside a zip."""
    if answer.mimetype == "application/zip":
        with ZipFile(BytesIO(answer.data)) as zipped:
            return "\n".join(zipped.read(name).decode() for name in zipped.namelist())
    if answer.mimetype.startswith(("image/", "audio/")) or answer.mimetype == "application/octet-stream":
        return ""
    return answer.get_data(as_text=True)


def every_page(app: Flask, world: World, name: str | None) -> Iterator[tuple[str, str]]:
    client = app.test_client()
    if name:
        people.sign_in(client, people.known(name))
    places = addresses(world)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            values = places.get(rule.endpoint, {})
            if set(rule.arguments) <= set(values):
                address = people.path(rule.endpoint, **values)
                yield address, everything_in(client.get(address))
    for media in db.session.scalars(select(Media)):
        address = people.path("academy.annotation.media", token=media.token)
        yield address, everything_in(client.get(address))
    if name == "이철수":
        address = people.path("exams.sittings.paper", public_id=world.running_sitting)
        yield address, everything_in(client.get(address))


@pytest.mark.parametrize("name", [None, *EVERYBODY])
def test_no_page_shows_gold_or_keys_to_somebody_who_has_not_answered_yet(app, world, name):
    secrets = [*secrets_of_boxes(), *secrets_of_choices(), *secrets_of_questions()]
    assert len(secrets) > 50
    leaks = [
        f"{what} at {address}"
        for address, text in every_page(app, world, name)
        for what, pattern in secrets
        if pattern.search(text)
    ]
    assert leaks == []


def test_the_search_finds_what_is_shown_after_the_answer(app, world):
    """The control: whoever has answered sees gold and explanations, and the same search finds them."""
    pages = dict(every_page(app, world, "김영희"))
    attempt = pages[people.path("courses.practice.result", attempt_id=world.attempt)]
    result = pages[people.path("exams.results.show", public_id=world.passed_sitting)]
    assert any(pattern.search(attempt) for _what, pattern in secrets_of_boxes())
    assert any(pattern.search(result) for _what, pattern in secrets_of_questions())
