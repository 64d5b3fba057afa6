"""The document for programs: well formed, complete, and the same as the page."""

import ast
import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask

from academy.openapi import documented_routes
from tests import people

SPEAKS_JSON = {"jsonify", "read_json"}


@pytest.fixture
def written(client) -> dict[str, Any]:
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def test_the_document_is_openapi(written):
    schemathesis.openapi.from_dict(written).validate()


def test_everybody_may_read_it_also_from_another_site(client):
    answer = client.get("/api/openapi.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_says_who_may_ask(written):
    save = written["paths"]["/sittings/{public_id}/answers"]["post"]
    assert save["security"] == [{"signIn": [], "forgeryToken": []}]
    assert written["paths"]["/healthz"]["get"]["security"] == []
    assert written["components"]["securitySchemes"]["signIn"]["name"] == "__Host-academy"


def test_every_operation_says_what_it_may_refuse(written):
    for path, methods in written["paths"].items():
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            assert ("404" in statuses) or "{" not in path, path
            assert (method == "get") or {"419", "422"} <= statuses, path
            assert {"401", "403"} <= statuses or not operation["security"] or "signIn" not in operation["security"][0]


def test_names_of_operations_are_told_apart(app):
    names = [f"{rule.endpoint}.{method}" for rule, method, _ in documented_routes(app)]
    assert len(names) == len(set(names))


def speaks_json(view: Callable[..., Any]) -> bool:
    """Whether a view, or a function of its module that it calls, reads or writes JSON."""
    module = sys.modules[inspect.unwrap(view).__module__]
    tree = ast.parse(inspect.getsource(module))
    calls = {
        node.name: {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    waiting, seen = [inspect.unwrap(view).__name__], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting.extend(calls.get(name, set()) & (set(calls) | SPEAKS_JSON))
    return bool(seen & SPEAKS_JSON)


def test_every_route_that_speaks_json_is_in_the_document(app: Flask):
    described = {rule.endpoint for rule, *_ in documented_routes(app)}
    silent = [name for name, view in app.view_functions.items() if speaks_json(view) and name not in described]
    assert silent == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_document_speaks_the_language_of_its_reader(client, language):
    answer = client.get("/api/openapi.json", headers={"Accept-Language": language})
    assert answer.json["x-language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_people_read_the_same_on_a_page(client, written):
    page = client.get("/api").get_data(as_text=True)
    for path in written["paths"]:
        assert path in page
    assert people.path("openapi") in page
