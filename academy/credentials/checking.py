"""Judging a badge with what we have: our own keys and lists, and nothing from the network."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from academy.config import settings
from academy.credentials import queries, status_list
from academy.credentials.openbadge import Check, Verification, verify
from academy.credentials.proof import did_document
from academy.credentials.rules import Addresses, Finding, verdict_of


def check(credential: Any, now: datetime) -> Verification:
    """The judgement of any badge. Those of other issuers whose keys we can not have stay undetermined."""
    addresses = Addresses(settings().public_url)
    verification = verify(
        credential,
        find_did=lambda did: did_document(did, queries.published_keys()) if did == addresses.did else None,
        find_list=lambda url: queries.own_list(addresses, url),
        now=now,
    )
    if verification.issuer == addresses.did and _just_revoked(credential, addresses):
        return _with_status(verification, Finding.REVOKED)
    return verification


def _just_revoked(credential: Mapping[str, Any], addresses: Addresses) -> bool:
    try:
        url, place = status_list.place(credential.get("credentialStatus"))
    except status_list.UnreadableList:
        return False
    return queries.revoked_at_place(addresses, url, place)


def _with_status(verification: Verification, finding: Finding) -> Verification:
    """The same judgement with another word about revocation: the decision stands before its list is signed anew."""
    checks = tuple(
        Check(finding) if check.finding.subject == finding.subject else check for check in verification.checks
    )
    return replace(verification, checks=checks, verdict=verdict_of(check.finding for check in checks))
