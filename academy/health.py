"""Two questions of whoever watches over the server: does the process live, and can it serve people?"""

from collections.abc import Callable

import structlog
from flask import Flask, Response, jsonify
from sqlalchemy import select

from academy.api_docs import YES_OR_NO, Answer, Topic, documented, shape
from academy.db import db
from academy.i18n import _l
from academy.storage import storage

log = structlog.get_logger(__name__)

ALIVE = shape({"alive": YES_OR_NO})
READY = shape({"ready": YES_OR_NO, "checks": {"type": "object", "additionalProperties": YES_OR_NO}})


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


@documented(Topic.WATCHING, _l("Does the process live?"), {200: Answer(_l("It does."), ALIVE)})
def healthz() -> Response:
    """The process answers. Asks nothing else, so that a slow database does not get the process killed."""
    return jsonify(alive=True)


@documented(
    Topic.WATCHING,
    _l("Can people be served?"),
    {200: Answer(_l("Yes."), READY), 503: Answer(_l("Not now; `checks` says what is missing."), READY)},
)
def readyz() -> tuple[Response, int]:
    """People can be served: the database answers and media can be kept."""
    checks = {name: _holds(name, check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    return jsonify(ready=ready, checks=checks), 200 if ready else 503


def _database_answers() -> bool:
    return bool(db.session.execute(select(1)).scalar_one() == 1)


def _media_can_be_kept() -> bool:
    storage().check()
    return True


CHECKS: dict[str, Callable[[], bool]] = {"database": _database_answers, "media": _media_can_be_kept}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        log.warning("not ready", check=name, error=type(error).__name__)
        return False
