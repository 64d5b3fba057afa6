"""Open Badges 3.0: write a badge as a credential, and judge one that somebody shows us.

Pure: no request, no row, no clock, no network. Whoever asks brings the issuer's keys and the list of revocations.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from academy.credentials import status_list
from academy.credentials.canonical import (
    BADGE_CONTEXT,
    BADGE_EXTENSIONS,
    VC_CONTEXT,
    DroppedTerms,
    NotCanonical,
    TooMuchWork,
    UnknownContext,
    canonical,
)
from academy.credentials.proof import (
    BadProof,
    Document,
    FindDid,
    ForeignKey,
    UnknownKey,
    check_signature,
    issuer_id,
    key_of,
    stamp,
)
from academy.credentials.rules import Finding, Verdict, verdict_of

SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})

FindList = Callable[[str], Mapping[str, Any] | None]
"""The signed list of revocations at an address, or None if it can not be had."""


@dataclass(frozen=True, slots=True)
class Result:
    """Something measured, as text: a score, an overlap, an agreement."""

    name: str
    value: str
    kind: str = "Percent"
    lowest: str = ""
    highest: str = ""
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says, in one language."""

    id: str
    issuer: str
    issuer_name: str
    issuer_url: str
    subject: str
    achievement: str
    achievement_kind: str
    name: str
    description: str
    criteria: str
    language: str
    valid_from: datetime
    valid_until: datetime | None = None
    image: str = ""
    results: tuple[Result, ...] = field(default=())
    status: Document | None = None


def compose(badge: Badge) -> Document:
    """The credential, unsigned: no nulls, no empty lists, one status."""
    subject: Document = {"id": badge.subject, "type": ["AchievementSubject"], "achievement": _achievement(badge)}
    if badge.results:
        subject["result"] = [
            {"type": ["Result"], "resultDescription": f"{badge.achievement}#result-{number}", "value": result.value}
            for number, result in enumerate(badge.results, start=1)
        ]
    credential: Document = {
        "@context": [VC_CONTEXT, BADGE_CONTEXT, BADGE_EXTENSIONS],
        "id": badge.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": badge.issuer, "type": ["Profile"], "name": badge.issuer_name, "url": badge.issuer_url},
        "validFrom": stamp(badge.valid_from),
        "awardedDate": stamp(badge.valid_from),
        "name": badge.name,
        "credentialSubject": subject,
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    if badge.valid_until is not None:
        credential["validUntil"] = stamp(badge.valid_until)
    if badge.status is not None:
        credential["credentialStatus"] = badge.status
    return credential


def _achievement(badge: Badge) -> Document:
    achievement: Document = {
        "id": badge.achievement,
        "type": ["Achievement"],
        "achievementType": badge.achievement_kind,
        "name": badge.name,
        "description": badge.description,
        "criteria": {"narrative": badge.criteria},
        "inLanguage": badge.language,
    }
    if badge.image:
        achievement["image"] = {"id": badge.image, "type": "Image"}
    if badge.results:
        achievement["resultDescription"] = [
            _described(f"{badge.achievement}#result-{number}", result)
            for number, result in enumerate(badge.results, start=1)
        ]
    return achievement


def _described(name: str, result: Result) -> Document:
    described: Document = {"id": name, "type": ["ResultDescription"], "name": result.name, "resultType": result.kind}
    for key, value in (
        ("valueMin", result.lowest),
        ("valueMax", result.highest),
        ("requiredValue", result.needed),
    ):
        if value:
            described[key] = value
    return described


@dataclass(frozen=True, slots=True)
class Check:
    """One thing we looked at; the note is the technical reason, for those who ask."""

    finding: Finding
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The judgement of a badge, with what it says about itself."""

    verdict: Verdict
    checks: tuple[Check, ...]
    as_of: datetime
    id: str = ""
    name: str = ""
    description: str = ""
    criteria: str = ""
    issuer: str = ""
    issuer_name: str = ""
    results: tuple[tuple[str, str], ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """For programs; the words are English."""
        return {
            "verdict": self.verdict.value,
            "checks": [
                {
                    "check": check.finding.subject,
                    "outcome": check.finding.outcome.value,
                    "finding": check.finding.name.lower(),
                    "words": check.finding.words,
                    "note": check.note,
                }
                for check in self.checks
            ],
            "id": self.id,
            "achievement": self.name,
            "issuer": self.issuer,
            "results": [{"name": name, "value": value} for name, value in self.results],
            "validFrom": stamp(self.valid_from) if self.valid_from else None,
            "validUntil": stamp(self.valid_until) if self.valid_until else None,
            "asOf": stamp(self.as_of),
        }


def verify(
    credential: Any, *, find_did: FindDid, find_list: FindList, now: datetime, known: Mapping[str, Any] | None = None
) -> Verification:
    """Judge a badge as it was handed to us. Never raises for what is in it."""
    if not isinstance(credential, Mapping) or not _is_badge(credential):
        return Verification(Verdict.INVALID, (Check(Finding.OTHER_THING),), now)
    checks = [Check(Finding.A_BADGE), *_check_signed(credential, find_did, known)]
    checks.append(_check_dates(credential, now))
    checks.append(_check_status(credential, find_did, find_list, now, known))
    return Verification(verdict_of(check.finding for check in checks), tuple(checks), now, **_said(credential))


def _is_badge(credential: Mapping[str, Any]) -> bool:
    types = credential.get("type")
    subject = credential.get("credentialSubject")
    return (
        isinstance(types, list)
        and "VerifiableCredential" in types
        and any(isinstance(name, str) and name in BADGE_TYPES for name in types)
        and isinstance(subject, Mapping)
        and isinstance(subject.get("achievement"), Mapping)
    )


def _check_signed(document: Mapping[str, Any], find_did: FindDid, known: Mapping[str, Any] | None) -> Iterable[Check]:
    """Words, key and signature, in this order; what could not be reached is named as unknown."""
    try:
        canonical({name: part for name, part in document.items() if name != "proof"}, known=known)
    except UnknownContext as error:
        return [Check(Finding.WORDS_UNKNOWN, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    except DroppedTerms as error:
        return [Check(Finding.WORDS_UNSIGNED, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    except TooMuchWork as error:
        return [Check(Finding.TOO_TANGLED, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    except NotCanonical as error:
        return [Check(Finding.WORDS_WRONG, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    words = Check(Finding.WORDS_SIGNED)
    try:
        key = key_of(document, find_did)
    except UnknownKey as error:
        return [words, Check(Finding.KEY_UNKNOWN, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    except ForeignKey as error:
        return [words, Check(Finding.KEY_FOREIGN, str(error)), Check(Finding.SIGNATURE_UNCHECKED)]
    except BadProof as error:
        return [words, Check(Finding.SIGNATURE_BROKEN, str(error))]
    try:
        check_signature(document, key, known=known)
    except (BadProof, NotCanonical) as error:
        return [words, Check(Finding.KEY_OWNED), Check(Finding.SIGNATURE_BROKEN, str(error))]
    return [words, Check(Finding.KEY_OWNED), Check(Finding.SIGNATURE_FITS)]


def _check_dates(credential: Mapping[str, Any], now: datetime) -> Check:
    try:
        start, end = _instant(credential.get("validFrom")), _instant(credential.get("validUntil"))
    except ValueError:
        return Check(Finding.DATES_UNREADABLE)
    if end is not None and now >= end:
        return Check(Finding.EXPIRED, stamp(end))
    if start is None:
        return Check(Finding.DATES_UNREADABLE)
    if now < start:
        return Check(Finding.NOT_YET, stamp(start))
    return Check(Finding.IN_FORCE)


def _instant(text: Any) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("not a date")
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    if not 1 < instant.year < 9999:
        raise ValueError("in some time zones this is no date at all")
    return instant


def _check_status(
    credential: Mapping[str, Any],
    find_did: FindDid,
    find_list: FindList,
    now: datetime,
    known: Mapping[str, Any] | None,
) -> Check:
    """Only a list that the same issuer signed, that is long enough and in force, can say "not revoked"."""
    if "credentialStatus" not in credential:
        return Check(Finding.CAN_NOT_BE_REVOKED)
    try:
        url, index = status_list.place(credential["credentialStatus"])
        listed = find_list(url)
        if listed is None:
            return Check(Finding.STATUS_UNKNOWN, "The list of revocations could not be fetched.")
        if issuer_id(listed) != issuer_id(credential):
            return Check(Finding.STATUS_UNKNOWN, "The list of revocations is another issuer's.")
        check_signature(listed, key_of(listed, find_did), known=known)
        if _check_dates(listed, now).finding is not Finding.IN_FORCE:
            return Check(Finding.STATUS_UNKNOWN, "The list of revocations is out of date.")
        revoked = status_list.is_set(status_list.bits_of(listed, url), index)
    except (status_list.UnreadableList, BadProof, UnknownKey, NotCanonical) as error:
        return Check(Finding.STATUS_UNKNOWN, str(error))
    return Check(Finding.REVOKED if revoked else Finding.NOT_REVOKED)


def _said(credential: Mapping[str, Any]) -> dict[str, Any]:
    """What the badge says about itself, for showing; whether to believe it is the verdict's business."""
    subject = credential["credentialSubject"]
    achievement = subject["achievement"]
    issuer = credential.get("issuer")
    criteria = achievement.get("criteria")
    dates = {}
    for name, key in (("valid_from", "validFrom"), ("valid_until", "validUntil")):
        try:
            dates[name] = _instant(credential.get(key))
        except ValueError:
            dates[name] = None
    return {
        "id": _text(credential.get("id")),
        "name": _text(achievement.get("name")),
        "description": _text(achievement.get("description")),
        "criteria": _text(criteria.get("narrative")) if isinstance(criteria, Mapping) else "",
        "issuer": _text(issuer.get("id") if isinstance(issuer, Mapping) else issuer),
        "issuer_name": _text(issuer.get("name")) if isinstance(issuer, Mapping) else "",
        "results": _results(subject, achievement),
        **dates,
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("@value")
    return value[:2_000] if isinstance(value, str) else ""


def _results(subject: Mapping[str, Any], achievement: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    described = {
        _text(entry.get("id")): _text(entry.get("name")) for entry in _entries(achievement.get("resultDescription"))
    }
    return tuple(
        (described.get(_text(entry.get("resultDescription")), ""), _text(entry.get("value")))
        for entry in _entries(subject.get("result"))
    )


def _entries(value: Any) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [entry for entry in listed[:50] if isinstance(entry, Mapping)]
