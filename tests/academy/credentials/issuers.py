"""Keys, issuers and badges for the tests of this room."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from academy.credentials import status_list
from academy.credentials.openbadge import Badge, Result, Verification, compose, verify
from academy.credentials.proof import Document, did_document, multikey, sign

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
ISSUER = "did:web:academy.example"
OTHER = "did:web:elsewhere.example"
METHOD = f"{ISSUER}#key-1"
LIST = "https://academy.example/status/1"
PLACE = 4711
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

DIDS = {
    ISSUER: did_document(ISSUER, [("key-1", multikey(KEY.public_key()))]),
    OTHER: did_document(OTHER, [("key-1", multikey(OTHER_KEY.public_key()))]),
}


def badge(**changes: Any) -> Badge:
    return Badge(
        **{
            "id": "https://academy.example/badges/abc",
            "issuer": ISSUER,
            "issuer_name": "Labeler Academy",
            "issuer_url": "https://academy.example",
            "subject": "urn:uuid:6f0c1b5e-0f6a-4a55-9b57-0d9b6f9f2b11",
            "achievement": "https://academy.example/achievements/labeler-1",
            "achievement_kind": "Certification",
            "name": "데이터 라벨러 1급",
            "description": "Draws boxes that fit.",
            "criteria": "60 of 100 points in the exam.",
            "language": "ko",
            "valid_from": ISSUED,
            "valid_until": datetime(2028, 11, 1, tzinfo=UTC),
            "image": "https://academy.example/badges/abc/badge.png",
            "results": (
                Result("Score", "87", lowest="0", highest="100", needed="60"),
                Result("IoU", "0.91", "RawScore"),
            ),
            "status": status_list.entry(LIST, PLACE),
        }
        | changes
    )


def signed(document: Document | None = None, *, key: Ed25519PrivateKey = KEY, method: str = METHOD) -> Document:
    return sign(compose(badge()) if document is None else document, key, method=method, created=ISSUED)


def revocations(*places: int, issuer: str = ISSUER, key: Ed25519PrivateKey = KEY, **changes: Any) -> Document:
    document = status_list.credential(LIST, issuer, places, ISSUED)
    document["credentialSubject"] |= changes
    return sign(document, key, method=f"{issuer}#key-1", created=ISSUED)


def judge(credential: Any, *, listed: Any = None, dids: Any = DIDS, now: datetime = NOW) -> Verification:
    found = revocations() if listed is None else listed
    return verify(credential, find_did=dids.get, find_list=lambda url: found if url == LIST else None, now=now)


def findings(verification: Verification) -> set[str]:
    return {check.finding.name for check in verification.checks}
