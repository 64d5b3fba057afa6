"""Fixtures used everywhere. Each test gets its own copy of a ready database (about 2 ms on SQLite)."""

from collections.abc import Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import sync_playwright
from werkzeug.test import TestResponse

from academy.db import db
from tests.browser import CHROMIUM_OPTIONS, LiveServer, live_server
from tests.engines import ENGINES, Engine
from tests.needs import chromium, report_missing
from tests.tour import World


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "starter: the database holds what a new installation is given")
    config.addinivalue_line("markers", "played: and everything has happened in it once (see tests/tour.py)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    report_missing(terminalreporter)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "academy"


@pytest.fixture(scope="session")
def _engines(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path, worker_id: str) -> dict[str, Engine]:
    return {}


class OwnContextClient(FlaskClient):
    """A client whose requests see nothing of the test's own session, as in life."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.rollback()
        db.session.expire_all()
        response: TestResponse = Context().run(super().open, *args, **kwargs)
        return response


def filled(request: pytest.FixtureRequest) -> str:
    """Which ready database a test asks for by its marker."""
    return next((name for name in ("played", "starter") if request.node.get_closest_marker(name)), "bare")


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    _engines: dict[str, Engine],
    tmp_path_factory: pytest.TempPathFactory,
    shared_folder: Path,
    worker_id: str,
) -> Iterator[Flask]:
    """The application on a fresh copy of a ready database. `@both_engines` runs a test on each; `@pytest.mark.starter`
    fills it with what a new installation is given."""
    name = getattr(request, "param", "sqlite")
    if name not in _engines:
        own = tmp_path_factory.mktemp(f"{name}-{worker_id}", numbered=False)
        _engines[name] = ENGINES[name](shared_folder, own)
    app = _engines[name].fresh(filled(request))
    app.test_client_class = OwnContextClient
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    """What the people of the tour left behind; for tests marked `played`."""
    return World.read(app.extensions["tests.ready"])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def ready_folder(_engines: dict[str, Engine], shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a new installation has it: database with starter content, media, keys."""
    own = tmp_path_factory.mktemp("ready")
    engine = ENGINES["sqlite"](shared_folder, own)
    engine.fresh("starter")
    return own


@pytest.fixture
def server(ready_folder: Path, tmp_path: Path) -> Iterator[LiveServer]:
    """The production server on its own copy of a new installation."""
    with live_server(ready_folder, tmp_path / "server") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium; `browser.new_context(**PHONE, locale="ko-KR")` makes a phone."""
    executable = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_OPTIONS)
        yield opened
        opened.close()
