"""Only a good list can say "not revoked"."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.credentials import status_list
from academy.credentials.canonical import VC_CONTEXT
from academy.credentials.proof import sign
from academy.credentials.rules import Verdict
from tests.academy.credentials.issuers import (
    ISSUED,
    ISSUER,
    KEY,
    LIST,
    METHOD,
    OTHER,
    OTHER_KEY,
    PLACE,
    findings,
    judge,
    revocations,
    signed,
)


def packed(bits: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits)).decode().rstrip("=")


@given(st.sets(st.integers(0, status_list.SIZE - 1), max_size=30))
def test_exactly_the_revoked_bits_are_set(places):
    bits = status_list.decode(status_list.encode(places))
    assert len(bits) * 8 == status_list.SIZE
    assert all(status_list.is_set(bits, place) for place in places)
    assert sum(byte.bit_count() for byte in bits) == len(places)


def test_the_first_bit_is_the_leftmost():
    assert status_list.decode(status_list.encode([0]))[0] == 0b1000_0000


def test_a_revoked_badge_is_invalid_and_its_neighbour_is_not():
    revoked = judge(signed(), listed=revocations(PLACE))
    assert revoked.verdict is Verdict.INVALID
    assert "REVOKED" in findings(revoked)
    assert judge(signed(), listed=revocations(PLACE - 1, PLACE + 1)).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "encoded",
    [
        packed(b"\0" * (status_list.SIZE // 8 - 1)),
        packed(b""),
        packed(b"\0" * 5_000_000),
        "u" + base64.urlsafe_b64encode(gzip.compress(b"\0" * (status_list.SIZE // 8))[:-9]).decode().rstrip("="),
        "uAAAA",
        "u!!!!",
        "nothing",
        "u한글",
    ],
    ids=["short", "empty", "bomb", "cut", "no gzip", "no base64", "no multibase", "no ascii"],
)
def test_a_short_or_unreadable_list_never_says_not_revoked(encoded):
    verification = judge(signed(), listed=revocations(encodedList=encoded))
    assert verification.verdict is Verdict.UNDETERMINED
    assert findings(verification) >= {"STATUS_UNKNOWN", "SIGNATURE_FITS"}


def wrongly_signed() -> dict:
    listed = revocations(PLACE)
    listed["credentialSubject"]["encodedList"] = status_list.encode([])
    return listed


def elsewhere() -> dict:
    document = status_list.credential(LIST + "0", ISSUER, [], ISSUED)
    return sign(document, KEY, method=METHOD, created=ISSUED)


def run_out() -> dict:
    document = status_list.credential(LIST, ISSUER, [], ISSUED) | {"validUntil": "2026-11-02T00:00:00Z"}
    return sign(document, KEY, method=METHOD, created=ISSUED)


@pytest.mark.parametrize(
    "listed",
    [
        lambda: revocations(issuer=OTHER, key=OTHER_KEY),
        lambda: revocations(key=OTHER_KEY),
        wrongly_signed,
        elsewhere,
        run_out,
        lambda: status_list.credential(LIST, ISSUER, [], ISSUED),
        lambda: revocations(statusPurpose="suspension"),
        lambda: {"@context": [VC_CONTEXT]},
        dict,
    ],
    ids=["issuer", "key", "changed", "other list", "run out", "unsigned", "other purpose", "nothing", "empty"],
)
def test_a_list_of_another_issuer_or_with_a_bad_signature_never_says_not_revoked(listed):
    verification = judge(signed(), listed=listed())
    assert verification.verdict is Verdict.UNDETERMINED
    assert "STATUS_UNKNOWN" in findings(verification)


@pytest.mark.parametrize(
    "status",
    [
        {"statusListIndex": str(status_list.SIZE)},
        {"statusListIndex": "-1"},
        {"statusListIndex": "9" * 5_000},
        {"statusListIndex": 7},
        {"statusListCredential": "https://academy.example/status/2"},
        {"type": "1EdTechRevocationList"},
        {"statusPurpose": "suspension"},
    ],
)
def test_a_badge_that_points_nowhere_never_counts_as_not_revoked(status):
    pointing = signed()
    pointing["credentialStatus"] = pointing["credentialStatus"] | status
    assert "STATUS_UNKNOWN" in findings(judge(pointing))


def test_two_statuses_are_not_one():
    doubled = signed()
    doubled["credentialStatus"] = [doubled["credentialStatus"]]
    assert "STATUS_UNKNOWN" in findings(judge(doubled))
