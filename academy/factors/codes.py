"""Six digits of an app and codes on paper: making and comparing them. Pure but for chance."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
from argon2.low_level import Type, hash_secret_raw

from academy import hashing
from academy.factors import rules


@dataclass(frozen=True, slots=True)
class MadeCodes:
    """Recovery codes on their way to paper, and what we keep of them."""

    plain: Sequence[str]
    salt: str
    hashes: Sequence[str]


def new_secret() -> str:
    """What the app and we share: 160 bits, as RFC 4226 recommends."""
    return pyotp.random_base32()


def step_shown(secret: str, typed: str, now: datetime) -> int | None:
    """The step whose code was typed, if it counts at this moment."""
    digits = rules.same_digits(typed)
    if len(digits) != 6:
        return None
    totp = pyotp.TOTP(secret)
    shown = [step for step in rules.app_steps(now) if hmac.compare_digest(totp.generate_otp(step), digits)]
    return shown[-1] if shown else None


def address_for_app(secret: str, name: str, house: str) -> str:
    """What the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=house)


def new_codes() -> MadeCodes:
    """Ten codes of 60 bits. Takes as long as ten passwords, so views call it before they take the write lock."""
    size = rules.RECOVERY_GROUPS * rules.RECOVERY_GROUP
    plain = ["".join(secrets.choice(rules.RECOVERY_LETTERS) for _ in range(size)) for _ in range(rules.RECOVERY_CODES)]
    salt = secrets.token_urlsafe(16)
    return MadeCodes([rules.shown_recovery_code(code) for code in plain], salt, [hashed(code, salt) for code in plain])


def hashed(typed: str, salt: str) -> str:
    """How a recovery code is kept: as slow to try as a password."""
    with hashing.turn():
        raw = hash_secret_raw(
            rules.same_recovery_code(typed).encode(), salt.encode(),
            time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, type=Type.ID,
        )  # fmt: skip
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
