"""Who may open what: every route, for everybody, in one table that can be read.

`in` means: please sign in (a redirect for pages, 401 for everything that changes something). What somebody may not know
exists is 404; what they may see but not do is 403. Things in the addresses belong to `owner`, the learner 김영희, who
has a seat in the class of `teacher` at the centre of `head`; `instructor` and `manager` work at no centre of hers.
"""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.accounts import operations
from academy.accounts.models import User
from academy.clock import now
from academy.db import transaction
from academy.permissions import PUBLIC_ENDPOINTS, Role, check_every_view
from tests import people
from tests.tour import World, addresses

TABLE = Path(__file__).with_name("matrix.txt")
COLUMNS = (
    "stranger", "other", "revoked", "instructor", "manager", "reviewer", "client", "operator", "administrator", "owner",
    "teacher", "head",
)  # fmt: skip
NAMES = {
    "other": "Outsider",
    "instructor": "박선생",
    "manager": "최과장",
    "reviewer": "정검수",
    "client": "Client Co",
    "operator": "운영자",
    "administrator": "관리자",
    "owner": "김영희",
    "teacher": "행복센터 강사",
    "head": "행복센터 담당자",
}


def rows() -> list[tuple[str, str, list[str]]]:
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [(line[0], line[1], line[2:]) for line in lines]


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }


def formerly_everything() -> User:
    """Somebody who held every role until a minute ago."""
    roles = [role for role in Role if role is not Role.LEARNER]
    user = people.person("Formerly", *roles)
    with transaction():
        for role in roles:
            operations.revoke_role(user, role, None, now())
    return user


def outcome(client: FlaskClient, method: str, address: str) -> str:
    answer = client.open(address, method=method)
    led_to_the_door = answer.status_code == 302 and answer.location.startswith("/sign-in?next=")
    return "in" if led_to_the_door or answer.status_code == 401 else str(answer.status_code)


@pytest.mark.played
@pytest.mark.parametrize(("endpoint", "method", "expected"), rows(), ids=lambda value: value if value is str else "")
def test_each_route_opens_to_whom_the_table_says(app, world, endpoint, method, expected):
    assert dict(zip(COLUMNS, expected, strict=True)) == found(app, world, endpoint, method)


def found(app: Flask, world: World, endpoint: str, method: str) -> dict[str, str]:
    """What everybody gets, the weakest first, so that nobody finds what a stronger one left behind."""
    address = people.path(endpoint, **addresses(world).get(endpoint, {}))
    got = {}
    for column in COLUMNS:
        client = app.test_client()
        if column != "stranger":
            user = formerly_everything() if column == "revoked" else people.known(NAMES[column])
            people.sign_in(client, user)
        got[column] = outcome(client, method, address)
    return got


def test_the_table_has_every_route_and_no_other(app):
    listed = [(endpoint, method) for endpoint, method, _ in rows()]
    assert len(listed) == len(set(listed))
    assert set(listed) == routes(app)


def test_every_public_name_is_a_route(app):
    assert set(app.view_functions) >= PUBLIC_ENDPOINTS


def test_a_view_without_a_permission_stops_the_start(app):
    app.view_functions["forgotten"] = lambda: ""
    try:
        with pytest.raises(RuntimeError, match="forgotten"):
            check_every_view(app)
    finally:
        del app.view_functions["forgotten"]


def test_nobody_but_a_guest_gets_past_the_door(app):
    """Deny by default, read from the table itself: a stranger is let in only where the one public list says so."""
    for endpoint, _method, expected in rows():
        assert (expected[0] == "in") is (endpoint not in PUBLIC_ENDPOINTS), endpoint
