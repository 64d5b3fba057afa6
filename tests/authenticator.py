"""A passkey that lives in a test: answers the questions of the house as a phone would, or as a thief would."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one passkey; its parts may be wrong on purpose."""

    origin: str = "http://localhost"
    host: str = "localhost"
    verifies: bool = True
    """Whether it asks for the finger."""
    counts: bool = False
    """Whether it counts its answers, as old security keys do."""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    handle: str | None = None
    count: int = 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make the passkey that is asked for."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        data = self._data(HAS_KEY) + bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(
            clientDataJSON=client,
            attestationObject=attestation,
            more={"transports": ["internal", "hybrid", "made up", ["no word"]]},
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer the question with the passkey."""
        client = self._client("webauthn.get", options["challenge"])
        data = self._data()
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        handle = {"userHandle": self.handle} if self.handle else {}
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signed, more=handle)

    def _data(self, flags: int = 0) -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, more: dict[str, Any], **parts: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        response = {called: bytes_to_base64url(part) for called, part in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": {**response, **more}}


def handle_of(options: dict[str, Any]) -> str:
    """The person as the passkey keeps them."""
    return base64url_to_bytes(options["user"]["id"]).decode()
