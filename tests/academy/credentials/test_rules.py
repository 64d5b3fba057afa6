"""Verdicts, standings and addresses."""

from datetime import UTC, datetime, timedelta

import pytest

from academy.credentials.rules import (
    Addresses,
    Finding,
    Standing,
    Verdict,
    for_show,
    highest,
    may_issue,
    standing,
    verdict_of,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_one_failure_refuses_and_one_open_question_promises_nothing():
    assert verdict_of([Finding.A_BADGE, Finding.NOT_REVOKED]) is Verdict.VALID
    assert verdict_of([Finding.A_BADGE, Finding.STATUS_UNKNOWN]) is Verdict.UNDETERMINED
    assert verdict_of([Finding.STATUS_UNKNOWN, Finding.EXPIRED]) is Verdict.INVALID


def test_every_finding_has_its_own_sentence():
    assert len({finding.words for finding in Finding}) == len(Finding)
    assert all(finding.words.endswith(".") for finding in Finding)


@pytest.mark.parametrize(
    ("signed", "revoked", "until", "expected"),
    [
        (True, False, None, Standing.VALID),
        (True, False, NOW + timedelta(seconds=1), Standing.VALID),
        (True, False, NOW, Standing.EXPIRED),
        (True, True, NOW, Standing.REVOKED),
        (False, True, None, Standing.REVOKED),
        (False, False, None, Standing.PREPARING),
    ],
)
def test_where_an_award_stands(signed, revoked, until, expected):
    assert standing(signed=signed, revoked=revoked, valid_until=until, now=NOW) is expected


def test_the_best_level_counts():
    assert highest([("a", 1), ("b", 2), ("a", 3), ("a", 2)]) == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("address", "may", "show"),
    [
        ("https://academy.example", True, False),
        ("http://academy.example", False, False),
        ("http://localhost:8000", True, True),
        ("http://127.0.0.1:8000", True, True),
        ("http://[::1]:8000", True, True),
        ("http://192.168.0.7", False, False),
        ("http://localhost.example", False, False),
    ],
)
def test_badges_are_issued_from_https_or_for_show(address, may, show):
    assert may_issue(address) is may
    assert for_show(address) is show


def test_the_issuer_is_our_address_as_a_did():
    assert Addresses("https://academy.example").did == "did:web:academy.example"
    assert Addresses("http://localhost:8000").did == "did:web:localhost%3A8000"


@pytest.mark.parametrize(
    ("link", "award"),
    [
        ("https://academy.example/badges/abcdefgh1234", "abcdefgh1234"),
        ("https://academy.example/badges/abcdefgh1234/badge.png", "abcdefgh1234"),
        ("/badges/abcdefgh1234", "abcdefgh1234"),
        ("https://elsewhere.example/badges/abcdefgh1234", None),
        ("https://academy.example/badges/", None),
        ("https://academy.example/badges/..%2F..%2Fme", None),
        ("http://[", None),
        ("hello", None),
    ],
)
def test_links_to_our_badges_are_known(link, award):
    assert Addresses("https://academy.example").award_in(link) == award
