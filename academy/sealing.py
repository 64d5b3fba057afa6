"""Texts that lie in the database but open only with the installation's secret: letters on their way, shared secrets.

Each is sealed for a purpose and under a name of its own, so that nobody with write access to the database can put one
in another's place. Pure: the secret is an argument.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class CanNotBeOpened(ValueError):
    """Sealed with another secret, for another purpose, under another name, or changed since."""


def seal(text: str, *, purpose: str, name: str, secret: str) -> str:
    """The text, closed; what comes back may stand in an address (letters, digits, - and _)."""
    nonce = os.urandom(_NONCE)
    closed = nonce + _box(purpose, secret).encrypt(nonce, text.encode(), name.encode())
    return base64.urlsafe_b64encode(closed).decode().rstrip("=")


def unseal(sealed: str, *, purpose: str, name: str, secret: str) -> str:
    """The text again; raises CanNotBeOpened."""
    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        return _box(purpose, secret).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise CanNotBeOpened(f"What was sealed for {purpose} can not be opened.") from error


def _box(purpose: str, secret: str) -> AESGCM:
    info = b"labeler-academy sealed text: " + purpose.encode()
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(secret.encode()))
