"""One line for each thing that happened, with the request it belongs to; names, addresses and texts stay out."""

import logging
import sys
from time import perf_counter
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request

from academy.config import Settings
from academy.metrics import count_event
from academy.web import request_id

log = structlog.get_logger(__name__)

# structlog's own tracebacks show the values of variables: passwords, tokens and the secret would stand in the log.
_WITHOUT_VALUES = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
security_log = structlog.get_logger("security")
REFUSALS = frozenset({401, 403, 419, 429})
"""Answers that stand in the security log: somebody wanted what they may not, or too often."""
_QUIET = frozenset({"static", "healthz", "readyz", "metrics"})


def init_app(app: Flask, chosen: Settings) -> None:
    """Write this process's logs as settings say, and one line for each answered request."""
    configure(chosen.log_format)
    app.before_request(_begin)
    app.after_request(_answered)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment; it may be replaced or closed after we were set up."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(log_format: str) -> None:
    """Send our own lines and those of libraries through one form to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [_WITHOUT_VALUES, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[count_event, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.set_name("academy")
    root = logging.getLogger()
    root.handlers = [*(other for other in root.handlers if other.get_name() != "academy"), handler]
    root.setLevel(logging.INFO)
    for name in ("huey", "alembic", "_granian", "granian.access", "botocore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _begin() -> None:
    g.began_at = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id())


def _answered(response: Response) -> Response:
    # The rule, not the address: addresses hold join codes and public ids.
    route = request.url_rule.rule if request.url_rule else None
    if request.endpoint not in _QUIET:
        log.info(
            "answered",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round((perf_counter() - g.get("began_at", perf_counter())) * 1000, 1),
        )
    if response.status_code in REFUSALS:
        # Whoever was looked up by now is known; nobody is looked up for the log.
        person = getattr(g.get("_login_user"), "public_id", None)
        security_log.info("refused", status=response.status_code, method=request.method, route=route, person=person)
    return response
