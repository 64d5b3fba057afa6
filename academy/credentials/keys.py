"""Sealing our private keys: what lies in the database opens only with the installation's secret. Pure."""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class WrongSecret(ValueError):
    """The key was sealed with another secret."""


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def seal(key: Ed25519PrivateKey, name: str, secret: str) -> str:
    """The private key, readable only with `secret` and under its own name."""
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + _box(secret).encrypt(nonce, key.private_bytes_raw(), name.encode())).decode()


def unseal(sealed: str, name: str, secret: str) -> Ed25519PrivateKey:
    try:
        raw = base64.b64decode(sealed, validate=True)
        return Ed25519PrivateKey.from_private_bytes(_box(secret).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()))
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise WrongSecret(f"The signing key {name} can not be opened: the secret is another one.") from error


def _box(secret: str) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"labeler-academy signing keys").derive(secret.encode())
    return AESGCM(derived)
