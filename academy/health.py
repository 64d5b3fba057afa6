"""Two questions of whoever watches over the server: does the process live, and can it serve people?"""

import os
from collections.abc import Callable

import structlog
from flask import Flask, Response, jsonify
from sqlalchemy import select

from academy.config import settings
from academy.db import db

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


def healthz() -> Response:
    """The process answers. Asks nothing else, so that a slow database does not get the process killed."""
    return jsonify(alive=True)


def readyz() -> tuple[Response, int]:
    """People can be served: the database answers and media can be kept."""
    checks = {name: _holds(name, check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    return jsonify(ready=ready, checks=checks), 200 if ready else 503


def _database_answers() -> bool:
    return bool(db.session.execute(select(1)).scalar_one() == 1)


def _media_can_be_kept() -> bool:
    folder = settings().media_dir
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


CHECKS: dict[str, Callable[[], bool]] = {"database": _database_answers, "media": _media_can_be_kept}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        log.warning("not ready", check=name, error=type(error).__name__)
        return False
