"""schemathesis reads our document and tries what it allows and what it forbids: it finds nothing.

Requests come as the browser of the learner 김영희 sends them, as her class's teacher's does, and as a stranger's. Every
answer must be one the document promises, in its shape and with its headers; nothing ends in an error of ours.
"""

import re
from collections.abc import Iterable
from contextvars import Context
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from academy.db import db
from tests import people
from tests.tour import World, addresses

pytestmark = pytest.mark.played
EXAMPLES = 15
REFUSED = ["400", "401", "403", "404", "405", "409", "413", "415", "419", "422", "429"]
CHECKS = {
    # What the schema allows is not yet usable: an unknown label is refused with a sentence (422).
    "positive_data_acceptance": {"expected-statuses": ["2xx", "302", "303", "410", *REFUSED]},
    "negative_data_rejection": {"expected-statuses": REFUSED},
    "missing_required_header": {"expected-statuses": REFUSED},
}


class Alone:
    """The application as each request meets it: in a context of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.answered = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.answered += 1
        return Context().run(self._answer, environ, start_response)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        answer = self.app(environ, start_response)
        try:
            return list(answer)
        finally:
            getattr(answer, "close", lambda: None)()


def browser_of(app: Flask, name: str) -> dict[str, str]:
    """What the browser of this person sends along: its cookie and the token of a page."""
    client = people.sign_in(app.test_client(), people.known(name))
    page = client.get("/courses").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    cookie = client.get_cookie("__Host-academy", path="/")
    assert token
    assert cookie
    return {"Cookie": f"{cookie.key}={cookie.value}", "X-CSRFToken": token.group(1)}


def found(app: Flask, headers: dict[str, str], parameters: dict[str, Any]) -> tuple[list[str], int]:
    """What schemathesis complains of, and how many requests it made."""
    config = {
        "headers": {"Accept": "application/json", "Accept-Language": "en", **headers},
        "parameters": parameters,
        "checks": CHECKS,
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        "continue-on-failure": True,
        "workers": 1,
        "base-url": "http://localhost",
    }
    alone = Alone(app)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", alone, config=SchemathesisConfig.from_dict(config))
    db.session.rollback()
    complaints = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            complaints.append(str(event.info if isinstance(event, events.NonFatalError) else event.exception))
        if isinstance(event, events.ScenarioFinished) and event.status in {Status.FAILURE, Status.ERROR}:
            complaints.extend(told(event))
    return complaints, alone.answered


def told(event: events.ScenarioFinished) -> list[str]:
    """Each failed check, with the request that led to it."""
    lines = []
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case = event.recorder.cases[case_id].value
                lines.append(f"{case.as_curl_command()}\n    {check.name}: {check.failure_info.failure}")
    return lines


@pytest.fixture
def guarded(app):
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def real_things(world: World) -> dict[str, Any]:
    """Variables of addresses that lead to things which are there."""
    things: dict[str, Any] = {}
    for values in addresses(world).values():
        things.update(values)
    return {f"path.{name}": value for name, value in things.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", [None, "김영희"])
def test_schemathesis_finds_nothing_at_addresses_it_makes_up(guarded, name):
    complaints, requests = found(guarded, browser_of(guarded, name) if name else {}, {})
    assert complaints == []
    assert requests > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", ["김영희", "행복센터 강사"])
def test_schemathesis_finds_nothing_at_things_that_are_there(guarded, world, name):
    complaints, requests = found(guarded, browser_of(guarded, name), real_things(world))
    assert complaints == []
    assert requests > 500
