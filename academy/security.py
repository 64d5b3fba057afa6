"""Headers, cookies and cross-site request protection for every answer."""

from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import RequestURITooLarge

from academy.config import Settings, settings
from academy.errors import Forbidden, NotFound, Refused
from academy.i18n import _l
from academy.object_storage import read_bucket
from academy.web import request_id

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
LONGEST_QUERY = 8_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

csrf = CSRFProtect()
log = structlog.get_logger("security")


class ForeignPage(Forbidden):
    """Another site made this browser send something to us."""

    code = "foreign-page"


def content_security_policy(chosen: Settings) -> str:
    """Ours; where media lie in a bucket, browsers fetch them there."""
    if not (chosen.storage and chosen.signed_seconds):
        return CONTENT_SECURITY_POLICY
    origin = read_bucket(chosen.storage).origin
    policy = CONTENT_SECURITY_POLICY
    for fetched in ("img-src 'self'", "media-src 'self'"):
        policy = policy.replace(fetched, f"{fetched} {origin}")
    return policy


def init_app(app: Flask, chosen: Settings) -> None:
    prefix = "__Host-" if chosen.secure_cookies else ""
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        SESSION_COOKIE_NAME=f"{prefix}academy",
        SESSION_COOKIE_SECURE=chosen.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=20_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        MAX_FORM_PARTS=500,
        CONTENT_SECURITY_POLICY=content_security_policy(chosen),
        TRUSTED_HOSTS=list(chosen.trusted_hosts),
    )
    app.before_request(_refuse_long_addresses)
    app.before_request(_refuse_foreign_pages)
    csrf.init_app(app)
    app.before_request(_refuse_nul)
    app.after_request(_harden)


def _refuse_long_addresses() -> None:
    """Before anybody reads ten thousand parameters: no page of ours asks for more than a few."""
    if len(request.query_string) > LONGEST_QUERY:
        raise RequestURITooLarge


def _refuse_foreign_pages() -> None:
    """Before any token is looked at: browsers say which page sends, and none of another site has a reason to."""
    if request.method in SAFE:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "none")
    ours = {request.host, urlsplit(settings().public_url).netloc}
    foreign = origin.partition("://")[2] not in ours if origin is not None else site not in {"same-origin", "none"}
    if foreign:
        log.warning("foreign-page", route=str(request.url_rule))
        raise ForeignPage(
            _l(
                "This was sent from a page of another site, so nothing was changed. If that was you, open the academy "
                "by its own address and try again."
            )
        )


def _refuse_nul() -> None:
    """PostgreSQL keeps no NUL and answers with an error of its own; nobody types one."""
    if "\0" in request.path:
        raise NotFound(_l("The address may be mistyped, or the page was moved."))
    words = [word for pair in request.args.items(multi=True) for word in pair]
    if request.mimetype in FORMS:
        words += [word for pair in request.form.items(multi=True) for word in pair]
        words += [file.filename or "" for file in request.files.values()]
    if any("\0" in word for word in words):
        raise Refused(_l("Something that was sent holds a character that can not be kept. Type it anew."))


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", current_app.config["CONTENT_SECURITY_POLICY"])
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
    headers["X-Request-ID"] = request_id()
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if response.mimetype in {"text/html", "application/json"}:
        # A page kept by a shared computer would show the next person what the last one saw.
        headers.setdefault("Cache-Control", "no-store")
    return response
