"""Passkeys: putting a question to a browser's keys, and reading the answer.

A question is a row that its answer deletes, and it is bound to the browser that asked (its challenge stands in the
signed cookie too), so an answer that was overheard counts nowhere and nothing counts twice.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import CursorResult, delete
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from academy.db import db
from academy.errors import Refused
from academy.factors import operations, queries
from academy.factors.models import Passkey, PasskeyCeremony
from academy.factors.rules import CEREMONY_LASTS, MOST_PASSKEYS
from academy.i18n import _l

KNOWN_TRANSPORTS = frozenset(each.value for each in AuthenticatorTransport)


class Purpose(StrEnum):
    """What a passkey is asked for. An answer for one purpose is none for another."""

    ADD = "add"
    SIGN_IN = "sign in"
    SECOND_STEP = "second step"
    CONFIRM = "confirm"


class PasskeyRefused(Refused):
    """The answer of the browser does not fit the question."""

    code = "passkey-refused"


@dataclass(frozen=True, slots=True)
class House:
    """Who asks, as passkeys know it: they answer this address and no other."""

    name: str
    public_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def origin(self) -> str:
        parts = urlsplit(self.public_url)
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = "" if parts.port in {None, usual} else f":{parts.port}"
        return f"{parts.scheme}://{self.host}{port}"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose passkey is to be made; `handle` is what the passkey keeps of the person."""

    user_id: int
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """What goes to the browser, and the challenge that its session keeps."""

    challenge: str
    options: dict[str, Any]


def question_to_add(house: House, owner: Owner, now: datetime) -> Question:
    """Ask the browser to make a passkey for this person."""
    held = queries.passkeys_of(owner.user_id)
    if len(held) >= MOST_PASSKEYS:
        raise PasskeyRefused(_l("You have ten passkeys already. Remove one that you do not use any more."))
    challenge = _noted(Purpose.ADD, owner.user_id, now)
    options = webauthn.generate_registration_options(
        rp_id=house.host,
        rp_name=house.name,
        user_id=owner.handle.encode(),
        user_name=owner.name,
        user_display_name=owner.name,
        challenge=challenge,
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_named(held),
    )
    return _question(challenge, webauthn.options_to_json(options))


def question_to_prove(house: House, purpose: Purpose, user_id: int | None, now: datetime) -> Question:
    """Ask for any passkey of this house (signing in), or for one of this person's."""
    challenge = _noted(purpose, user_id, now)
    options = webauthn.generate_authentication_options(
        rp_id=house.host,
        challenge=challenge,
        timeout=_milliseconds(),
        allow_credentials=_named(queries.passkeys_of(user_id)) if user_id is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _question(challenge, webauthn.options_to_json(options))


def add(house: House, owner: Owner, challenge: str, name: str, answer: Any, now: datetime) -> Passkey | None:
    """Keep the passkey the browser made; None when the answer does not fit the question."""
    if not _taken(challenge, Purpose.ADD, owner.user_id, now):
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=house.host,
            expected_origin=house.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    credential_id = bytes_to_base64url(made.credential_id)
    if queries.passkey_called(credential_id) is not None:
        return None
    passkey = Passkey(
        user_id=owner.user_id,
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=name,
        transports=_transports(answer),
        synced=made.credential_backed_up,
        added_at=now,
    )
    operations.keep_passkey(passkey, now)
    return passkey


def prove(
    house: House, purpose: Purpose, user_id: int | None, challenge: str, answer: Any, now: datetime
) -> Passkey | None:
    """The passkey that answered; None when the answer does not fit. The question is spent either way."""
    if not _taken(challenge, purpose, user_id, now):
        return None
    called = answer.get("id") if isinstance(answer, dict) else None
    passkey = queries.passkey_called(called) if isinstance(called, str) else None
    if passkey is None or (user_id is not None and passkey.user_id != user_id):
        return None
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=house.host,
            expected_origin=house.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    operations.passkey_used(passkey, proved.new_sign_count, now)
    return passkey


def _noted(purpose: Purpose, user_id: int | None, now: datetime) -> bytes:
    """A fresh challenge; those nobody answered are swept away."""
    db.session.execute(delete(PasskeyCeremony).where(PasskeyCeremony.expires_at <= now))
    challenge = secrets.token_bytes(32)
    ceremony = PasskeyCeremony(
        challenge=bytes_to_base64url(challenge), purpose=purpose, user_id=user_id, expires_at=now + CEREMONY_LASTS
    )
    db.session.add(ceremony)
    db.session.flush()
    return challenge


def _taken(challenge: str, purpose: Purpose, user_id: int | None, now: datetime) -> bool:
    asked = delete(PasskeyCeremony).where(
        PasskeyCeremony.challenge == challenge,
        PasskeyCeremony.purpose == purpose,
        PasskeyCeremony.expires_at > now,
        PasskeyCeremony.user_id.is_(None) if user_id is None else PasskeyCeremony.user_id == user_id,
    )
    result = db.session.execute(asked.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount == 1


def _question(challenge: bytes, options: str) -> Question:
    return Question(bytes_to_base64url(challenge), json.loads(options))


def _named(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.credential_id),
            transports=[AuthenticatorTransport(way) for way in each.transports],
        )
        for each in passkeys
    ]


def _transports(answer: Any) -> list[str]:
    """How the browser says the passkey can be reached; what it makes up is left out."""
    response = answer.get("response") if isinstance(answer, dict) else None
    told = response.get("transports") if isinstance(response, dict) else None
    return (
        sorted({each for each in told if isinstance(each, str) and each in KNOWN_TRANSPORTS})
        if isinstance(told, list)
        else []
    )


def _milliseconds() -> int:
    return int(CEREMONY_LASTS.total_seconds() * 1000)
