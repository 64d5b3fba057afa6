"""Two kinds of people are signed in and yet may do little: who waits for a guardian, and who is about to leave."""

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.errors import answer
from academy.i18n import _l
from academy.permissions import PUBLIC_ENDPOINTS
from academy.web import wants_json

ALWAYS_OPEN = frozenset(
    {
        "academy.accounts.answer_passkey",
        "academy.accounts.ask_passkey",
        "academy.accounts.confirm",
        "academy.accounts.confirm_now",
        "academy.federation.start_confirm",
        "academy.accounts.sign_out_everywhere",
        "academy.privacy.ask_export",
        "academy.privacy.erasure",
        "academy.privacy.export",
        "academy.privacy.fetch",
        "academy.privacy.leaving",
        "academy.privacy.stay",
        "academy.privacy.waiting",
        "academy.privacy.ask_guardian",
        "jobs.show",
    }
)
"""Beside what everybody may see: showing who one is, the copy of one's data, and the two waiting rooms themselves."""


def init_app(app: Flask) -> None:
    app.before_request(_lead_to_waiting_room)


def _lead_to_waiting_room() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static" or not current_user.is_authenticated:
        return None
    if current_user.leaving_at is not None:
        room, sentence = "academy.privacy.leaving", _l("Your account is about to be deleted. Say first that you stay.")
    elif current_user.guardian_wanted_at is not None:
        room, sentence = "academy.privacy.waiting", _l("A parent or guardian has to agree first.")
    else:
        return None
    if endpoint in ALWAYS_OPEN or (endpoint in PUBLIC_ENDPOINTS and endpoint != "home"):
        return None
    if request.method in {"GET", "HEAD"} and not wants_json():
        return redirect(url_for(room))
    return answer(403, sentence, code="waiting", next_href=url_for(room))
