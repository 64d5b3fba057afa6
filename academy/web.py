"""Small helpers for views: reading JSON safely, going back safely, answering programs."""

import json
import re
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import g, request
from werkzeug.routing import IntegerConverter

from academy.safe_json import RefusedJson, parse_json

MAX_JSON_BYTES = 1_000_000
LARGEST_NUMBER = 2**63 - 1
"""What a column can hold. Asking for a row beyond it is an error of the database, not a row that does not exist."""


def request_id() -> str:
    """One opaque name for this request, in the logs, on error pages and in the X-Request-ID header."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else uuid4().hex
    return str(g.request_id)


def wants_json() -> bool:
    """Whether the asker is a program: it sends JSON, or prefers it to a page."""
    if request.is_json or request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def read_json(max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The JSON body of this request; raises RefusedJson (422) with a sentence when it is not fit to be used."""
    if not request.is_json:
        raise RefusedJson("Send JSON with the content type application/json.")
    data = request.stream.read(max_bytes + 1)
    return parse_json(data, max_bytes=max_bytes)


def safe_next(target: str | None) -> str | None:
    """`target` if it is a path of our own pages, else None: nobody is sent elsewhere by a link to us."""
    if target and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", target):
        return target
    return None


def came_from() -> str | None:
    """The page of ours this request was sent from, if the browser tells."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if parts.netloc != request.host:
        return None
    return safe_next(parts.path + (f"?{parts.query}" if parts.query else ""))


class RowNumber(IntegerConverter):
    """`<int:...>` in our addresses: a number too large for any row is a page that does not exist.

    The pattern alone decides: refused only afterwards, a number would be told "not in that way" (405) at addresses that
    know several methods.
    """

    regex = r"\d{1,18}"


def row_number(text: str) -> int:
    """For `args.get(name, type=row_number)`: what can not number a row is as if it had not been given."""
    number = int(text)
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError(text)
    return number


def compact(value: Any) -> str:
    """JSON for a data block in a page: no spaces, and nothing that could end the script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
