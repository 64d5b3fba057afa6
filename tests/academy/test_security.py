import pytest
from flask import request

from academy.app import create_app
from academy.config import read_settings
from tests import people


def test_every_answer_carries_the_headers_that_protect_it(client):
    for address in ("/sign-in", "/no-such-page", "/healthz"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Request-ID"]


def test_the_session_cookie_is_bound_to_this_host_and_hidden_from_scripts(app):
    client = people.sign_in(app.test_client(), people.newcomer())
    cookie = client.get_cookie("__Host-academy", path="/")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.secure
    assert cookie.same_site == "Lax"


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(("proxies", "seen"), [("0", "10.0.0.1"), ("1", "203.0.113.7")])
def test_who_asks_is_taken_from_a_server_in_front_only_when_there_is_one(tmp_path, proxies, seen):
    app = create_app(read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_PROXIES": proxies}))
    asked = []
    app.before_request_funcs[None].insert(0, lambda: asked.append(request.remote_addr))
    said = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}  # the first part is what the stranger wrote
    app.test_client().get("/healthz", headers=said, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert asked == [seen]


def test_a_form_without_its_token_changes_nothing(app, client):
    app.config["WTF_CSRF_ENABLED"] = True
    user = people.newcomer()
    people.sign_in(client, user)
    answer = client.post("/sign-out")
    assert answer.status_code == 419
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_programs_are_told_what_is_wrong_as_rfc_9457(client, accept):
    answer = client.get("/no-such-page", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(answer.json)


def test_a_stranger_is_led_to_sign_in_and_back(client):
    answer = client.get("/me?tab=1")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/me?tab%3D1" or "next=" in answer.location
