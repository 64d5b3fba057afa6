"""One document (OpenAPI 3.1) of everything that programs may ask of this house, and the same as a page.

Read from the routes themselves: a view says with `@documented` what it takes and gives; who may ask, the variables of
the address and the usual refusals are known from the route.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template
from werkzeug.routing import Rule

from academy.api_docs import TOPIC_NAMES, Answer, Asked, Documentation, Part, Topic, documented
from academy.config import settings
from academy.i18n import _, _l, language
from academy.permissions import PUBLIC_ENDPOINTS
from academy.version import __version__

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SIGN_IN, TOKEN = "signIn", "forgeryToken"
VARIABLE = re.compile(r"<(\w+:)?(\w+)>")

PROBLEM = Part(
    "Problem",
    {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "request_id"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:labeler-academy:error:"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "request_id": {"type": "string"},
            "next": {"type": "string"},
            "missing": {"type": "array", "items": {"type": "string"}},
        },
    },
)
REFUSALS = {
    400: _l("The request can not be read."),
    401: _l("Nobody is signed in."),
    403: _l("The account may not do this; `missing` names what it needs first."),
    404: _l("There is no such thing, or it is not for this account to see."),
    409: _l("Somebody, perhaps the same person elsewhere, was faster."),
    413: _l("What was sent is too large."),
    415: _l("What was sent is of a kind that is not read here."),
    419: _l("The token against forged requests is missing or old."),
    422: _l("What was sent can be read but not used; `detail` says why."),
    429: _l("Asked too often; `Retry-After` says when to come back."),
    503: _l("Nothing can be kept at the moment; `Retry-After` says when to come back."),
}


def init_app(app: Flask) -> None:
    app.add_url_rule("/api/openapi.json", "openapi", openapi)
    app.add_url_rule("/api", "api", api)


@documented(Topic.WATCHING, _l("This document"), {200: Answer(_l("OpenAPI 3.1"), {"type": "object"})})
def openapi() -> Response:
    """The document for programs, in the language they accept."""
    response = jsonify(document(current_app))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def api() -> str:
    """The same for people."""
    operations = list(_operations(current_app))
    topics = [(TOPIC_NAMES[topic], [row for row in operations if row["topic"] == topic]) for topic in Topic]
    return render_template("academy/api.html", topics=[topic for topic in topics if topic[1]], refusals=REFUSALS)


def document(app: Flask) -> dict[str, Any]:
    """Everything that is documented, in one."""
    parts: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, view in documented_routes(app):
        paths.setdefault(_address(rule), {})[method.lower()] = _operation(rule, method, view, parts)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Labeler Academy"),
            "version": __version__,
            "description": _(
                "A program signs in as a browser does and sends the cookie it was given. With everything that changes "
                "something it sends the token of the page it read (`csrf-token`) as X-CSRFToken."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings().public_url}],
        "tags": [{"name": topic.value, "description": str(TOPIC_NAMES[topic])} for topic in Topic],
        "paths": paths,
        "components": {
            "schemas": parts,
            "responses": {f"Refused{status}": _refusal(status, parts) for status in sorted(REFUSALS)},
            "securitySchemes": _ways_in(app),
        },
        "x-language": language(),
    }


def documented_routes(app: Flask) -> Iterator[tuple[Rule, str, Documentation]]:
    """Every route and method that is described for programs."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        found = getattr(app.view_functions[rule.endpoint], "documentation", None)
        if not isinstance(found, Documentation):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if found.method in {"", method}:
                yield rule, method, found


def _ways_in(app: Flask) -> dict[str, Any]:
    return {
        SIGN_IN: {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]},
        TOKEN: {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
    }


def _address(rule: Rule) -> str:
    return VARIABLE.sub(r"{\2}", rule.rule)


def _operation(rule: Rule, method: str, view: Documentation, parts: dict[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "tags": [view.topic.value],
        "summary": str(view.summary),
        "parameters": [*_variables(rule, view, parts), *(_parameter(asked, parts) for asked in view.asked)],
        "security": _needed(rule, method),
        "responses": {str(status): _response(answer, parts) for status, answer in view.answers.items()},
    }
    if view.words:
        written["description"] = str(view.words)
    if view.body is not None:
        written["requestBody"] = _body(view, parts)
    for status in usual_refusals(rule, method, view):
        written["responses"].setdefault(str(status), {"$ref": f"#/components/responses/Refused{status}"})
    written["responses"] = dict(sorted(written["responses"].items()))
    return written


def _body(view: Documentation, parts: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": _plain(view.body, parts)}}
    if view.form:
        content["application/x-www-form-urlencoded"] = {"schema": {"type": "object"}}
    return {"required": True, "content": content}


def _variables(rule: Rule, view: Documentation, parts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, name in VARIABLE.findall(rule.rule):
        usual = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1} if kind == "int:" else {"type": "string"}
        schema = _plain(view.variables.get(name, usual), parts)
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _parameter(asked: Asked, parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": asked.name,
        "in": asked.place,
        "required": asked.required,
        "description": str(asked.words),
        "schema": _plain(asked.schema, parts),
    }


def _needed(rule: Rule, method: str) -> list[dict[str, list[str]]]:
    """What has to be sent along; a public address needs no sign-in but, to change something, still the token."""
    needed: dict[str, list[str]] = {} if rule.endpoint in PUBLIC_ENDPOINTS else {SIGN_IN: []}
    if method in UNSAFE:
        needed[TOKEN] = []
    return [needed] if needed else []


def usual_refusals(rule: Rule, method: str, view: Documentation) -> list[int]:
    """What may be answered instead, as far as the route tells, and what its view adds."""
    found = {400, 503, *view.refusals}
    if rule.endpoint not in PUBLIC_ENDPOINTS:
        found |= {401, 403}
    if rule.arguments:
        found.add(404)
    if method in UNSAFE:
        found |= {413, 419, 422}
    return sorted(found)


def _response(answer: Answer, parts: dict[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"description": str(answer.words)}
    if answer.kinds:
        schemas = {"application/json": _plain(answer.schema, parts)}
        written["content"] = {kind: {"schema": schemas.get(kind, {"type": "string"})} for kind in answer.kinds}
    if answer.headers:
        written["headers"] = {name: {"schema": _plain(schema, parts)} for name, schema in answer.headers.items()}
    return written


def _refusal(status: int, parts: dict[str, Any]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _plain(PROBLEM, parts)}, "text/html": {"schema": {}}}
    written: dict[str, Any] = {"description": str(REFUSALS[status]), "content": problem}
    if status in {429, 503}:
        written["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    return written


def _plain(value: Any, parts: dict[str, Any]) -> Any:
    """A schema without our own types; each part is written down once and referred to."""
    if isinstance(value, Part):
        if value.name not in parts:
            parts[value.name] = {}  # so that a part may hold itself
            parts[value.name] = _plain(value.schema, parts)
        return {"$ref": f"#/components/schemas/{value.name}"}
    if isinstance(value, Mapping):
        return {name: _plain(inner, parts) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, parts) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _operations(app: Flask) -> Iterator[dict[str, Any]]:
    """What the page says of each operation."""
    for rule, method, view in documented_routes(app):
        yield {
            "topic": view.topic,
            "method": method,
            "path": _address(rule),
            "summary": view.summary,
            "words": view.words,
            "open": rule.endpoint in PUBLIC_ENDPOINTS,
            "asked": view.asked,
            "body": view.body is not None,
            "answers": sorted(view.answers.items()),
            "refusals": usual_refusals(rule, method, view),
        }
