"""Data Integrity proofs of the suite `eddsa-rdfc-2022`: sign a document, check a signature, write and read keys.

Pure: documents and keys in, documents and answers out.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from academy.credentials.canonical import canonical

SUITE = "eddsa-rdfc-2022"
ED25519_PUBLIC = b"\xed\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

Document = dict[str, Any]
FindDid = Callable[[str], Mapping[str, Any] | None]
"""Where the document of a DID is, or None if it can not be had."""


class BadProof(ValueError):
    """The proof can not be right, whoever's key it is; the sentence says why."""


class ForeignKey(BadProof):
    """The key of the proof does not belong to the issuer."""


class UnknownKey(ValueError):
    """The key could not be looked up, so nothing can be said about the proof."""


def base58(data: bytes) -> str:
    """Multibase `z`, without the letter."""
    number = int.from_bytes(data)
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    if len(text) > 200:
        raise BadProof("The signature or key is too long.")
    number = 0
    for letter in text:
        digit = _ALPHABET.find(letter)
        if digit < 0:
            raise BadProof("The signature or key is not written in base58.")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(key: Ed25519PublicKey) -> str:
    """The public key as wallets read it: `z6Mk...`."""
    return "z" + base58(ED25519_PUBLIC + key.public_bytes_raw())


def read_multikey(text: Any) -> Ed25519PublicKey:
    if not isinstance(text, str) or not text.startswith("z"):
        raise BadProof("The key is not a Multikey.")
    raw = from_base58(text[1:])
    if raw[:2] != ED25519_PUBLIC or len(raw) != 34:
        raise BadProof("The key is not an Ed25519 key.")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def stamp(instant: datetime) -> str:
    """An instant as credentials write it: whole seconds, UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    *,
    method: str,
    created: datetime,
    known: Mapping[str, Any] | None = None,
) -> Document:
    """The document with its proof. Raises NotCanonical if a part of it would stay unsigned."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": stamp(created),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    signature = key.sign(signed_bytes(unsigned, options, known=known))
    return unsigned | {"proof": options | {"proofValue": "z" + base58(signature)}}


def signed_bytes(
    unsigned: Mapping[str, Any], options: Mapping[str, Any], *, known: Mapping[str, Any] | None = None
) -> bytes:
    """What the key signs: the hash of the proof's options, then the hash of the document."""
    config = {"@context": unsigned.get("@context")} | dict(options)
    return b"".join(hashlib.sha256(canonical(part, known=known).encode()).digest() for part in (config, unsigned))


def the_proof(document: Mapping[str, Any]) -> Document:
    """The one proof of a document that we know how to check."""
    proofs = document.get("proof")
    if isinstance(proofs, list) and len(proofs) == 1:
        proofs = proofs[0]
    if not isinstance(proofs, Mapping):
        raise BadProof("The badge does not carry exactly one signature.")
    if proofs.get("type") != "DataIntegrityProof" or proofs.get("cryptosuite") != SUITE:
        raise UnknownKey(f"The signature is not of the kind we check ({SUITE}).")
    if proofs.get("proofPurpose") != "assertionMethod":
        raise BadProof("The signature was not made to assert something.")
    return dict(proofs)


def check_signature(
    document: Mapping[str, Any], key: Ed25519PublicKey, *, known: Mapping[str, Any] | None = None
) -> None:
    """Raises BadProof unless this key signed exactly this document."""
    proof = the_proof(document)
    value = proof.pop("proofValue", None)
    if not isinstance(value, str) or not value.startswith("z"):
        raise BadProof("The signature is missing or written in an unknown way.")
    if proof.pop("@context", document.get("@context")) != document.get("@context"):
        raise BadProof("The signature uses another vocabulary than the badge.")
    signature = from_base58(value[1:])
    unsigned = {name: part for name, part in document.items() if name != "proof"}
    try:
        key.verify(signature, signed_bytes(unsigned, proof, known=known))
    except InvalidSignature as error:
        raise BadProof("The signature does not fit: something was changed after signing.") from error


def issuer_id(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if not isinstance(found, str) or not found:
        raise BadProof("The badge does not say who issued it.")
    return found


def key_of(document: Mapping[str, Any], find_did: FindDid) -> Ed25519PublicKey:
    """The key that the proof names, if it belongs to the issuer and may assert for it.

    Raises ForeignKey when it belongs to somebody else, UnknownKey when the issuer's keys can not be had.
    """
    issuer = issuer_id(document)
    method = the_proof(document).get("verificationMethod")
    if not isinstance(method, str):
        raise BadProof("The signature does not name its key.")
    owner, _, fragment = method.partition("#")
    if owner != issuer:
        raise ForeignKey("The key of the signature does not belong to the issuer.")
    if issuer.startswith("did:key:"):
        if fragment != issuer.removeprefix("did:key:"):
            raise ForeignKey("The key of the signature is not the issuer's.")
        return read_multikey(fragment)
    did = find_did(issuer)
    if did is None:
        raise UnknownKey("The issuer's keys could not be looked up.")
    if did.get("id") != issuer:
        raise ForeignKey("The issuer's key document belongs to somebody else.")
    return _method_key(did, issuer, method)


def _method_key(did: Mapping[str, Any], issuer: str, method: str) -> Ed25519PublicKey:
    def whole(name: Any) -> Any:
        return f"{issuer}{name}" if isinstance(name, str) and name.startswith("#") else name

    allowed = did.get("assertionMethod")
    allowed = allowed if isinstance(allowed, list) else []
    if method not in {whole(entry) for entry in allowed if isinstance(entry, str)}:
        raise ForeignKey("The issuer does not list this key for signing.")
    methods = did.get("verificationMethod")
    for entry in methods if isinstance(methods, list) else []:
        if isinstance(entry, Mapping) and whole(entry.get("id")) == method:
            if entry.get("controller") != issuer:
                raise ForeignKey("The key is controlled by somebody else than the issuer.")
            return read_multikey(entry.get("publicKeyMultibase"))
    raise ForeignKey("The issuer has no such key.")


def did_document(did: str, keys: list[tuple[str, str]]) -> Document:
    """What `/.well-known/did.json` says: all keys (name, Multikey) that signed badges still alive."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": public}
            for name, public in keys
        ],
        "assertionMethod": [f"{did}#{name}" for name, _ in keys],
    }
