"""What every answer carries, and what none gives away."""

import io
import json
import re

import pytest
from flask import Flask

from academy.app import create_app
from academy.config import read_settings
from academy.logs import configure
from academy.permissions import PUBLIC_ENDPOINTS
from tests import people
from tests.browsing import token_of
from tests.test_pages import pages
from tests.tour import World

OPEN_TO_OTHER_SITES = {
    "academy.credentials.credential", "academy.credentials.did", "academy.credentials.status_list", "openapi",
}  # fmt: skip

AROUND_THE_WORK = {
    "academy.annotation.edit_gold",
    "academy.mail.laid_out", "academy.projects.review", "academy.projects.unit", "courses.practice.result",
    "courses.practice.task", "courses.practice.trial", "exams.sittings.paper", "courses.cohorts.digits",
}  # fmt: skip


@pytest.mark.played
def test_every_kind_of_answer_is_hardened(app: Flask, world: World):
    """Pages, JSON, pictures, files and errors: for a stranger and for whoever the page is made for."""
    for endpoint, address, name in pages(app, world):
        for client in (app.test_client(), people.sign_in(app.test_client(), people.known(name))):
            headers = client.get(address).headers
            assert headers["X-Content-Type-Options"] == "nosniff", endpoint
            assert "default-src 'none'" in headers["Content-Security-Policy"], endpoint
            assert "unsafe" not in headers["Content-Security-Policy"] or endpoint == "academy.mail.laid_out", endpoint
            assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, endpoint
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", endpoint
            assert "Server" not in headers or "werkzeug" not in headers["Server"].lower()
            kind = headers.get("Content-Type", "")
            assert not kind.startswith("text/") or "charset=utf-8" in kind.lower(), (endpoint, kind)
            if kind.startswith(("text/html", "application/json")) and endpoint not in PUBLIC_ENDPOINTS:
                assert "no-store" in headers["Cache-Control"], endpoint


@pytest.mark.played
def test_only_what_is_public_may_be_read_by_other_sites(app: Flask, world: World):
    for endpoint, address, name in pages(app, world):
        client = people.sign_in(app.test_client(), people.known(name))
        headers = client.get(address, headers={"Origin": "https://evil.example"}).headers
        assert headers.get("Access-Control-Allow-Origin") == ("*" if endpoint in OPEN_TO_OTHER_SITES else None), (
            endpoint
        )
        assert "Access-Control-Allow-Credentials" not in headers


def test_over_https_browsers_are_told_to_stay_there(tmp_path):
    app = create_app(read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_PUBLIC_URL": "https://academy.example"}))
    for address in ("/healthz", "/api/openapi.json", "/no-such-page"):
        headers = app.test_client().get(address, base_url="https://academy.example").headers
        sent = headers["Strict-Transport-Security"]
        assert int(re.search(r"max-age=(\d+)", sent).group(1)) >= 31_536_000
        assert "includeSubDomains" in sent


@pytest.mark.parametrize(
    "path",
    [
        "../academy/config.py",
        "..%2f..%2fsetup.cfg",
        "%2e%2e/%2e%2e/setup.cfg",
        "css/",
        "",
        ".",
        "//etc/passwd",
        "css/%00",
    ],
)
def test_nothing_but_our_static_files_is_served(app: Flask, client, path):
    for address in (
        f"{app.static_url_path}/{path}",
        "/.git/config",
        "/.env",
        "/setup.cfg",
        "/academy.db",
        "/data/secret",
    ):
        assert client.get(address).status_code in {301, 308, 400, 404}, address


@pytest.mark.played
def test_names_of_downloads_are_ours(app: Flask, world: World):
    """No word of a person stands in the name of a file that is saved."""
    for endpoint, address, name in pages(app, world):
        client = people.sign_in(app.test_client(), people.known(name))
        named = client.get(address).headers.get("Content-Disposition", "inline")
        assert re.fullmatch(r'(inline|attachment)(; filename="?[a-z0-9._-]+"?)?', named), (endpoint, named)


@pytest.mark.played
def test_every_page_offers_to_sign_out(app: Flask, world: World):
    """But the workspace and the paper of an exam, which lead back to a page that does, and letters."""
    without = set()
    for endpoint, address, name in pages(app, world):
        answer = people.sign_in(app.test_client(), people.known(name)).get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html" and 'action="/sign-out"' not in answer.text:
            without.add(endpoint)
    assert without <= AROUND_THE_WORK


@pytest.mark.parametrize("address", ["/sign-in", "/sign-up"])
def test_password_fields_are_masked_and_open_to_password_managers(client, address):
    page = client.get(address).get_data(as_text=True)
    fields = re.findall(r"<input[^>]*name=\"password\"[^>]*>", page)
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert not re.search(r'maxlength="\d{1,2}"', field)
        assert "onpaste" not in field


def test_signing_out_empties_the_browser(app: Flask, client):
    people.sign_in(client, people.newcomer())
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert "no-store" in answer.headers["Cache-Control"]


def lines(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_signing_in_and_failing_to_are_logged_without_names(app: Flask, client, capsys):
    user = people.newcomer()
    public_id = user.public_id
    configure("json")
    client.post("/sign-in", data={"name": "김영희", "password": "not the password"})
    client.post("/sign-in", data={"name": "김영희", "password": people.PASSWORD})
    client.post("/sign-out")
    written = lines(capsys)
    came = next(line for line in written if line["event"] == "signed-in")
    assert came["person"] == public_id
    assert came["proof"] == "password"
    assert any("fail" in str(line["event"]) or "wrong" in str(line["event"]) for line in written), written
    assert "김영희" not in json.dumps(written, ensure_ascii=False)
    assert people.PASSWORD not in json.dumps(written)


def test_what_is_refused_is_logged(app: Flask, client, capsys):
    user = people.sign_in(client, people.newcomer())
    configure("json")
    assert user.get("/people").status_code == 403
    refused = [line for line in lines(capsys) if line.get("status") == 403]
    assert refused
    assert any(line.get("route") == "/people" for line in refused)


def test_what_a_foreign_page_sends_is_logged(app: Flask, client, capsys):
    app.config["WTF_CSRF_ENABLED"] = True
    people.sign_in(client, people.newcomer())
    token = token_of(client)
    configure("json")
    client.post("/sign-out", headers={"Origin": "https://evil.example", "X-CSRFToken": token})
    found = next(line for line in lines(capsys) if line["event"] == "foreign-page")
    assert "evil" not in json.dumps(found), "what strangers write is not repeated"


@pytest.mark.parametrize(
    "slipped", ['x\n{"event": "forged"}', "x\r\nforged", "x\x1b[2Jforged", "x\u2028forged", "x\x00forged"]
)
def test_no_line_can_be_slipped_into_the_log(app: Flask, client, capsys, slipped):
    configure("json")
    client.get(
        "/sign-in", query_string={"next": slipped}, headers={"User-Agent": slipped.replace("\n", "").replace("\r", "")}
    )
    client.post("/sign-in", data={"name": slipped, "password": slipped})
    client.post("/verify", data={"badge": slipped, "file": (io.BytesIO(b"x"), slipped)})
    written = capsys.readouterr().err
    assert "forged" not in written.replace("forged\\", "")
    for line in written.splitlines():
        assert isinstance(json.loads(line), dict)
