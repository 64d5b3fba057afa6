"""Serving pages with granian."""

import multiprocessing
import os
import tempfile

import click
from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from academy import schema
from academy.app import create_app
from academy.config import read_settings
from academy.family import leave_with
from academy.logs import configure
from academy.metrics import SHARED_FOLDER

THREADS = 8
"""Blocking threads of one process; fewer than the connections its pool may open."""

LIKE_OURS = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}
"""Granian's own lines go the way of ours."""


def served_app() -> Flask:
    """The application in one of the server's processes, which leaves when the server does."""
    if server := multiprocessing.parent_process():
        leave_with(server.pid or 0)
    return create_app()


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--processes", type=click.IntRange(1, 64), help="Server processes; one per core, at most four, by default."
)
@click.option("--leave-with", "parent", type=int, hidden=True, help="Stop when this process is gone.")
def run(host: str, port: int, processes: int | None, parent: int | None) -> None:
    """Serve the pages with granian until told to stop.

    Behind another server (nginx, or gunicorn instead of this command) see docs/running.md.
    """
    if parent is not None:
        leave_with(parent)
    chosen = read_settings()
    with tempfile.TemporaryDirectory(prefix="academy-figures-") as folder:
        os.environ[SHARED_FOLDER] = folder  # before anybody counts: the server's processes count together there
        app = create_app(chosen)
        with app.app_context():
            schema.must_be_current()
        configure(chosen.log_format)
        _server(host, port, processes).serve()


def _server(host: str, port: int, processes: int | None) -> MPServer:
    return MPServer(
        "academy.serving:served_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=processes or min(4, os.cpu_count() or 1),
        blocking_threads=THREADS,
        backlog=2048,
        workers_kill_timeout=20,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        log_dictconfig=LIKE_OURS,
    )
