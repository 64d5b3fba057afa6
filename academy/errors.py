"""What can go wrong, said to the person it happens to: as a page, or as RFC 9457 JSON for programs."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from academy.i18n import _l, browser_language, force_locale
from academy.safe_json import RefusedJson
from academy.web import request_id, wants_json

log = structlog.get_logger(__name__)


class AcademyError(Exception):
    """Something a person should know. The message says what happened and what to do."""

    status = 400
    code = "refused"

    def __init__(self, message: Any, *, missing: Sequence[Any] = (), retry_after: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.missing = tuple(missing)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return str(self.message)


class Refused(AcademyError):
    """What was sent can not be used."""

    status = 422
    code = "refused"


class NotFound(AcademyError):
    status = 404
    code = "not-found"


class Forbidden(AcademyError):
    """Seen, but not allowed; `missing` names what is needed first."""

    status = 403
    code = "forbidden"


class Conflict(AcademyError):
    """Somebody, perhaps the same person elsewhere, was faster."""

    status = 409
    code = "conflict"


class TooMany(AcademyError):
    """Tried too often; says when to come back."""

    status = 429
    code = "too-many"


_SENTENCES = {
    400: (_l("That did not work"), _l("Something in the request could not be read. Go back and try again.")),
    401: (_l("Please sign in"), _l("This page needs to know who you are.")),
    403: (_l("Not open to you yet"), _l("Your account may not do this.")),
    404: (_l("This page does not exist"), _l("The address may be mistyped, or the page was moved.")),
    405: (_l("That did not work"), _l("This page can not be used in that way. Go back and try again.")),
    413: (_l("Too large"), _l("What you sent is too large.")),
    419: (_l("This page was open too long"), _l("Reload the page and send it again. Nothing was lost on our side.")),
    429: (_l("A short pause, please"), _l("That was tried too often. Wait a little and try again.")),
    500: (_l("Our mistake"), _l("Something broke on our side. It has been noted. Please try again.")),
    503: (_l("Back in a moment"), _l("The academy can not save right now. Nothing you saved is lost. Try again soon.")),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(AcademyError, _answer_own)
    app.register_error_handler(RefusedJson, lambda error: answer(422, error, code="refused-json"))
    app.register_error_handler(CSRFError, lambda _error: answer(419))
    app.register_error_handler(SecurityError, _answer_foreign_host)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(OperationalError, _answer_database)
    app.register_error_handler(Exception, _answer_unexpected)


def answer(
    status: int,
    message: Any = None,
    *,
    code: str | None = None,
    missing: Sequence[Any] = (),
    retry_after: int = 0,
    next_href: str | None = None,
) -> Response:
    """The error in the form that the asker reads; `next_href` is the page that leads on."""
    # When the building itself is in trouble, nothing is asked that could fail again: not even who is reading.
    with force_locale(browser_language()) if status >= 500 else nullcontext():
        response = _written(status, message, code or str(status), missing, next_href)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _written(status: int, message: Any, code: str, missing: Sequence[Any], next_href: str | None) -> Response:
    title, usual = _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])
    text = str(message if message is not None else usual)
    if not wants_json():
        template = "errors/plain.html" if status >= 500 else "errors/error.html"
        words = {
            "title": title,
            "message": text,
            "missing": missing,
            "next_href": next_href,
            "request_id": request_id(),
        }
        return Response(render_template(template, status=status, lang=browser_language(), **words))
    body = {
        "type": f"urn:labeler-academy:error:{code}",
        "title": str(title),
        "status": status,
        "detail": text,
        "instance": request.path,
        "request_id": request_id(),
    }
    if missing:
        body["missing"] = [str(need) for need in missing]
    if next_href:
        body["next"] = next_href
    response = jsonify(body)
    response.mimetype = "application/problem+json"
    return response


def _answer_own(error: AcademyError) -> Response:
    return answer(error.status, error.message, code=error.code, missing=error.missing, retry_after=error.retry_after)


def _answer_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    response = answer(error.code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _answer_foreign_host(_error: SecurityError) -> Response:
    # No page: every address in it would be built from the name that is not ours.
    return Response("This is not the address of the academy.", 400, mimetype="text/plain")


def _answer_database(error: OperationalError) -> Response:
    """Disk full, read-only or busy: say so, acknowledge nothing, work again without a restart."""
    log.error("database refused", error=str(error.orig))
    return answer(503, retry_after=10)


def _answer_unexpected(error: Exception) -> Response:
    log.exception("unexpected error", error=type(error).__name__)
    return answer(500)
