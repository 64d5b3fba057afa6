"""Figures are for the bearer of the token, name no person, and count what every process of the server did."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import structlog
from flask import Flask

from academy import metrics
from academy.app import create_app
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.jobs import Job
from tests.browser import ROOT, free_port

TOKEN = "a token that only the watcher knows"


@pytest.fixture
def metered(app: Flask) -> Iterator[Flask]:
    """The application again, with figures."""
    again = create_app(replace(settings(), metrics_token=TOKEN))
    again.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with again.app_context():
        yield again
        db.session.remove()
        db.engine.dispose()


def figures(app: Flask, token: str = TOKEN) -> dict[str, float]:
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.data
    return read(answer.text)


def read(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_without_a_setting_there_is_no_such_page(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404


@pytest.mark.parametrize("said", ["", TOKEN, f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", "Bearer ü"])
def test_without_the_token_nothing_is_told(metered, said):
    answer = metered.test_client().get("/metrics", headers={"Authorization": said})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "academy_" not in answer.text


def test_requests_are_counted_by_route_and_never_by_address(metered):
    client = metered.test_client()
    for _ in range(3):
        client.get("/badges/some-public-id")
    client.open("/healthz", method="GUESSED")
    client.get("/no-such-page/with-a-name")
    found = figures(metered)
    assert found['academy_requests_total{method="GET",route="/badges/<public_id>",status="404"}'] == 3
    assert found['academy_request_seconds_count{route="/badges/<public_id>"}'] == 3
    assert found['academy_requests_total{method="GET",route="none",status="404"}'] == 1
    assert any('method="other"' in name for name in found)
    assert "some-public-id" not in str(found)
    assert "with-a-name" not in str(found)
    assert found["academy_requests_open"] == 1  # the one that asks


def test_work_that_waits_or_failed_is_told(metered):
    def job(key: str, state: str, **more) -> Job:
        return Job(kind="tests.none", key=key, arguments={}, state=state, requested_at=now(), due_at=now(), **more)

    with transaction() as session:
        session.add_all([job("1", "waiting"), job("2", "waiting"), job("3", "failed", finished_at=now())])
        session.add(job("4", "done", finished_at=now()))
    found = figures(metered)
    assert (found['academy_jobs{state="waiting"}'], found['academy_jobs{state="failed"}']) == (2, 1)
    assert found['academy_jobs{state="running"}'] == 0
    assert found['academy_letters{state="failed"}'] == 0
    assert found['academy_jobs_late_seconds{state="waiting"}'] >= 0


def test_the_security_log_is_counted_by_the_name_of_the_event(metered):
    structlog.get_logger("security").info("signed-in", person="opaque")
    structlog.get_logger("elsewhere").info("signed-in")
    found = figures(metered)
    assert found['academy_security_events_total{event="signed-in"}'] == 1
    assert "opaque" not in str(found)


def test_connections_to_the_database_are_told(metered):
    metered.test_client().get("/readyz")
    found = figures(metered)
    assert 'academy_database_connections{state="in use"}' in found


def test_a_gauge_that_can_not_be_read_leaves_the_others(metered, monkeypatch):
    def broken() -> dict[str, float]:
        raise ConnectionError

    monkeypatch.setitem(metrics._GAUGES, "academy_broken", ("Never.", "what", broken))
    found = figures(metered)
    assert found['academy_gauge_failed{gauge="academy_broken"}'] == 1
    assert 'academy_jobs{state="waiting"}' in found


def test_a_page_that_fails_is_counted_too(metered, monkeypatch):
    def broken() -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setitem(metered.view_functions, "home", broken)
    metered.config["PROPAGATE_EXCEPTIONS"] = False
    assert metered.test_client().get("/").status_code == 500
    found = figures(metered)
    assert found['academy_requests_total{method="GET",route="/",status="500"}'] == 1
    assert found["academy_requests_open"] == 1


@contextmanager
def running(data_dir: Path, temporary: Path, port: int) -> Iterator[psutil.Process]:
    """`academy run` with two processes."""
    environment = {
        **os.environ, "TMPDIR": str(temporary), "ACADEMY_DATA": str(data_dir), "ACADEMY_METRICS_TOKEN": TOKEN,
        "ACADEMY_PUBLIC_URL": f"http://localhost:{port}", "ACADEMY_DATABASE_URL": settings().database_url,
    }  # fmt: skip
    command = [sys.executable, "-m", "academy.cli", "run", "--port", str(port), "--processes", "2"]
    with (data_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        ends_at = time.monotonic() + 60
        while ask(port, "/healthz")[0] != 200:
            assert time.monotonic() < ends_at, (data_dir / "server.log").read_text()
            time.sleep(0.1)
        yield psutil.Process(process.pid)
        process.terminate()
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


@pytest.mark.slow
def test_several_processes_count_together_and_the_dead_are_forgotten(app, tmp_path):
    port = free_port()
    with running(settings().data_dir, tmp_path, port) as server:
        for _ in range(40):
            assert ask(port, "/verify")[0] == 200
        wanted = 'academy_requests_total{method="GET",route="/verify",status="200"}'
        told = [read(ask(port, "/metrics")[1]) for _ in range(6)]
        assert [found[wanted] for found in told] == [40] * 6
        (folder,) = tmp_path.glob("academy-figures-*")
        assert len({re.search(r"_(\d+)\.db", path.name).group(1) for path in folder.glob("counter_*.db")}) == 2
        killed = server.children()[-1]
        killed.kill()
        killed.wait(10)
        ends_at = time.monotonic() + 20
        while ask(port, "/healthz")[0] != 200 or len(server.children()) < 2:
            assert time.monotonic() < ends_at
            time.sleep(0.1)
        found = read(ask(port, "/metrics")[1])
        assert found[wanted] == 40
        assert not list(folder.glob(f"gauge_live*_{killed.pid}.db"))
    assert not folder.exists()
