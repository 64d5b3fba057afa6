"""Bitstring Status Lists: one bit for each badge, set when it was revoked. Pure."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from gzip import compress
from typing import Any

from academy.credentials.canonical import VC_CONTEXT
from academy.credentials.proof import Document, stamp

SIZE = 131_072
"""How many badges share a list: with fewer, looking one up would tell who is asked about."""

_MAX_BYTES = 4_000_000


class UnreadableList(ValueError):
    """The list says nothing that can be relied on. Never to be read as "not revoked"."""


def entry(list_url: str, index: int) -> Document:
    """The `credentialStatus` of a badge."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def encode(revoked: Iterable[int], size: int = SIZE) -> str:
    """Bit 0 is the leftmost; `u` says base64url without padding, of gzip."""
    bits = bytearray(size // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8
    packed = compress(bytes(bits), compresslevel=9, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: Any) -> bytes:
    """The bits. Raises UnreadableList unless there are at least SIZE of them."""
    if not isinstance(text, str) or not text.startswith("u"):
        raise UnreadableList("The list of revoked badges is not written as it should be.")
    try:
        packed = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(packed, _MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise UnreadableList("The list of revoked badges can not be unpacked.") from error
    if not unpacker.eof or unpacker.unconsumed_tail:
        raise UnreadableList("The list of revoked badges is cut off or far too long.")
    if len(bits) * 8 < SIZE:
        raise UnreadableList("The list of revoked badges is too short to protect anyone's privacy.")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    if not 0 <= index < len(bits) * 8:
        raise UnreadableList("The badge's place is beyond the end of the list.")
    return bool(bits[index // 8] & 0x80 >> index % 8)


def credential(list_url: str, issuer: str, revoked: Iterable[int], now: datetime) -> Document:
    """The list as a credential, ready to be signed."""
    return {
        "@context": [VC_CONTEXT],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": stamp(now),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode(revoked),
        },
    }


def place(status: Any) -> tuple[str, int]:
    """Which list and which bit a badge's `credentialStatus` points to."""
    if not isinstance(status, Mapping) or status.get("type") != "BitstringStatusListEntry":
        raise UnreadableList("The badge names its list of revocations in a way we can not follow.")
    if status.get("statusPurpose") != "revocation":
        raise UnreadableList("The badge's list is not about revocation.")
    url, index = status.get("statusListCredential"), status.get("statusListIndex")
    if not isinstance(url, str) or not isinstance(index, str) or not index.isascii() or not index.isdigit():
        raise UnreadableList("The badge does not say where it stands in the list of revocations.")
    if len(index) > 9:
        raise UnreadableList("The badge's place is beyond the end of the list.")
    return url, int(index)


def bits_of(document: Mapping[str, Any], list_url: str) -> bytes:
    """The bits of a list credential whose signature was checked already."""
    types = document.get("type")
    subject = document.get("credentialSubject")
    if not isinstance(types, list) or "BitstringStatusListCredential" not in types or not isinstance(subject, Mapping):
        raise UnreadableList("What was found is not a list of revocations.")
    if document.get("id") != list_url:
        raise UnreadableList("What was found is another list than the badge names.")
    if subject.get("type") != "BitstringStatusList" or subject.get("statusPurpose") != "revocation":
        raise UnreadableList("The list is not about revocation.")
    return decode(subject.get("encodedList"))
