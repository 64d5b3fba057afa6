"""What holds for every page: few queries, light, and nothing that axe objects to."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from academy.db import db
from tests import people
from tests.tour import World, addresses

MOST_QUERIES = 12
WHO = {
    "academy.accounts.invitations": "행복센터 담당자",
    "academy.accounts.people": "관리자",
    "academy.accounts.person": "관리자",
    "academy.annotation.bring": "운영자",
    "academy.annotation.bring_new": "운영자",
    "academy.annotation.brought": "운영자",
    "academy.annotation.brought_picture": "운영자",
    "academy.annotation.compare_gold": "운영자",
    "academy.annotation.compare_guidelines": "운영자",
    "academy.annotation.edit_gold": "운영자",
    "academy.annotation.edit_guideline": "운영자",
    "academy.annotation.edit_label": "운영자",
    "academy.annotation.edit_rubric": "운영자",
    "academy.annotation.edit_set": "운영자",
    "academy.annotation.export_set": "운영자",
    "academy.annotation.guideline_versions": "운영자",
    "academy.annotation.guidelines": "운영자",
    "academy.annotation.label_set": "운영자",
    "academy.annotation.label_sets": "운영자",
    "academy.annotation.merge_label": "운영자",
    "academy.annotation.new_guideline": "운영자",
    "academy.annotation.new_label": "운영자",
    "academy.annotation.new_label_set": "운영자",
    "academy.annotation.new_set": "운영자",
    "academy.annotation.next_look": "운영자",
    "academy.annotation.quality": "운영자",
    "academy.annotation.sets": "운영자",
    "academy.annotation.show_set": "운영자",
    "academy.annotation.show_task": "운영자",
    "academy.approvals.index": "관리자",
    "academy.approvals.show": "관리자",
    "academy.audit.index": "관리자",
    "academy.credentials.issued": "운영자",
    "academy.credentials.revoke": "운영자",
    "academy.mail.kind": "운영자",
    "academy.mail.kinds": "운영자",
    "academy.mail.laid_out": "운영자",
    "academy.mail.letters": "운영자",
    "academy.privacy.guardian_desk": "행복센터 강사",
    "academy.projects.desk": "정검수",
    "academy.projects.review": "정검수",
    "academy.projects.progress": "운영자",
    "courses.cohorts.all_centres": "운영자",
    "courses.cohorts.board": "행복센터 강사",
    "courses.cohorts.centre": "행복센터 담당자",
    "courses.cohorts.centres": "행복센터 담당자",
    "courses.cohorts.digits": "행복센터 강사",
    "courses.cohorts.new_class": "행복센터 담당자",
    "courses.cohorts.plan": "행복센터 강사",
}
"""Pages of a role. All others are looked at as the learner 김영희, to whom the things of the tour belong."""


NO_PAGES = frozenset({"static", "metrics"})
"""Files, and what only answers to the token of whoever watches over the server."""


def pages(app: Flask, world: World) -> Iterator[tuple[str, str, str]]:
    """Each page of the tour: endpoint, address, and the person who looks at it."""
    places = addresses(world)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES:
            values = places.get(rule.endpoint, {})
            if set(rule.arguments) == set(values):
                yield rule.endpoint, people.path(rule.endpoint, **values), WHO.get(rule.endpoint, "김영희")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run meanwhile, without beginnings and endings of transactions."""
    statements: list[str] = []

    def count(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


@pytest.mark.played
def test_no_page_makes_more_than_twelve_queries(app, world):
    clients = {name: people.sign_in(app.test_client(), people.known(name)) for name in {"김영희", *WHO.values()}}
    too_many = {}
    for endpoint, address, name in pages(app, world):
        with counted() as statements:
            answer = clients[name].get(address)
        assert answer.status_code in {200, 302, 303}, (address, answer.status_code)
        if len(statements) > MOST_QUERIES:
            too_many[endpoint] = len(statements)
    assert too_many == {}


@pytest.mark.played
def test_every_page_is_on_the_tour(app, world):
    toured = {endpoint for endpoint, *_ in pages(app, world)}
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert routes - toured == NO_PAGES


@pytest.mark.played
def test_no_page_breaks(app, world):
    """Also for a guest and for somebody who has nothing yet, whose lists are all empty."""
    newcomer = people.sign_in(app.test_client(), people.person("Somebody new", language="en"))
    for client in (app.test_client(), newcomer):
        for _endpoint, address, _name in pages(app, world):
            assert client.get(address).status_code < 500, address


@pytest.mark.played
def test_html_of_every_page_is_light(app, world):
    clients = {name: people.sign_in(app.test_client(), people.known(name)) for name in {"김영희", *WHO.values()}}
    heavy = {}
    for endpoint, address, name in pages(app, world):
        answer = clients[name].get(address)
        if answer.mimetype == "text/html" and len(gzip.compress(answer.data)) > 20_000:
            heavy[endpoint] = len(gzip.compress(answer.data))
    assert heavy == {}
