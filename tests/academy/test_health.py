"""Whoever watches over the server gets an honest answer, and logs hold no secrets."""

import json
import logging

import pytest
import structlog

from academy import health
from academy.config import settings
from academy.logs import configure


def test_a_living_process_says_so(client):
    assert client.get("/healthz").json == {"alive": True}


def test_people_can_be_served(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)


def test_a_database_that_does_not_answer_means_not_ready(client, monkeypatch):
    def lost() -> bool:
        raise ConnectionError

    monkeypatch.setitem(health.CHECKS, "database", lost)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["database"]) == (503, False)
    assert client.get("/healthz").status_code == 200


def test_every_answer_carries_its_request_id(client):
    made = client.get("/healthz").headers["X-Request-ID"]
    given = client.get("/healthz", headers={"X-Request-ID": "from-nginx-0001"}).headers["X-Request-ID"]
    assert len(made) == 32
    assert given == "from-nginx-0001"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_error_is_logged_by_its_place_and_never_with_values(app, capsys, log_format):
    configure(log_format)
    secret = settings().secret_key
    try:
        raise KeyError("a mistake")
    except KeyError:
        structlog.get_logger("tests").exception("unexpected")
    written = capsys.readouterr().err
    assert "a mistake" in written
    assert "test_health" in written
    assert secret not in written


def test_a_line_of_the_log_is_json_that_names_the_route_and_not_the_address(client, capsys):
    configure("json")
    client.get("/badges/some-public-id")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    answered = next(line for line in lines if line["event"] == "answered")
    assert answered["route"] == "/badges/<public_id>"
    assert "some-public-id" not in json.dumps(answered)
    assert answered["request"]
    logging.getLogger("huey").info("quiet")
    assert capsys.readouterr().err == ""
