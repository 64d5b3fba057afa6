"""Requests that another site makes a browser send change nothing: at every address that changes something."""

from typing import Any

import pytest
from flask import Flask

from academy.security import csrf
from tests import people
from tests.browsing import token_of
from tests.counting import queries_of
from tests.test_pages import WHO, pages
from tests.tour import World, addresses

pytestmark = pytest.mark.played
REFUSED = {403, 419}


@pytest.fixture
def guarded(app):
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def changing(app: Flask, world: World) -> list[tuple[str, str, str]]:
    """Every address that takes something, but those that are meant to be sent from elsewhere."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if f"{view.__module__}.{view.__name__}" in csrf._exempt_views:
            continue
        values = {name: 1 for name in rule.arguments} | addresses(world).get(rule.endpoint, {})
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            found.append((rule.endpoint, method, people.path(rule.endpoint, **values)))
    return found


def all_refused(app: Flask, world: World, **sent: Any) -> dict[str, int]:
    """What was not refused, of everything sent by the browser of an administrator and of a learner."""
    passed = {}
    for name in ("관리자", "김영희"):
        client = people.sign_in(app.test_client(), people.known(name))
        headers = sent.get("headers", {})
        if sent.get("with_token"):
            headers = {**headers, "X-CSRFToken": token_of(client)}
        for endpoint, method, address in changing(app, world):
            answer = client.open(
                address, method=method, headers=headers, data=sent.get("data"), content_type=sent.get("content_type")
            )
            if answer.status_code not in REFUSED:
                passed[f"{name} {endpoint}"] = answer.status_code
        assert client.get("/me").status_code == 200, "nobody was signed out by it"
    return passed


def test_without_a_token(guarded, world):
    assert all_refused(guarded, world) == {}


def test_with_the_token_of_the_attackers_own_page(guarded, world):
    attacker = people.sign_in(guarded.test_client(), people.known("Outsider"))
    foreign = token_of(attacker)
    assert all_refused(guarded, world, data={"csrf_token": foreign}) == {}
    assert all_refused(guarded, world, headers={"X-CSRFToken": foreign}) == {}


def test_with_a_made_up_token(guarded, world):
    assert all_refused(guarded, world, data={"csrf_token": "ImFiY2QiOg.aaaaaa.bbbbbb"}) == {}


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-8; application/json", "multipart/form-data"])
def test_as_a_kind_that_needs_no_permission_of_ours(guarded, world, kind):
    """A form of another site can send these without asking; a body that reads like JSON must not be read as JSON."""
    assert all_refused(guarded, world, data=b'{"document": {}, "csrf_token": "x"}=', content_type=kind) == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000@evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_from_a_foreign_page_even_with_the_right_token(guarded, world, headers):
    assert all_refused(guarded, world, with_token=True, headers=headers) == {}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)
def test_our_own_pages_are_not_refused(guarded, world, headers):
    client = people.sign_in(guarded.test_client(), people.known("김영희"))
    answer = client.post("/language", data={"language": "en"}, headers={"X-CSRFToken": token_of(client), **headers})
    assert answer.status_code == 302


def test_reading_changes_nothing(guarded, world):
    """No page writes a row, so a link or a picture of another site can not make one written."""
    writing = {}
    clients = {name: people.sign_in(guarded.test_client(), people.known(name)) for name in {"김영희", *WHO.values()}}
    for endpoint, address, name in pages(guarded, world):
        with queries_of() as statements:
            clients[name].get(address)
        written = [text for text in statements if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        if written:
            writing[endpoint] = written
    assert writing == {}


def test_only_what_mail_programs_send_by_themselves_needs_no_token(app):
    """Whoever frees another address from the token must say so here, and why the address itself is proof enough."""
    assert csrf._exempt_views == {"academy.mail.views.unsubscribe"}
