"""What a badge is worth, and how that is said. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from ipaddress import ip_address
from urllib.parse import quote, urlsplit


class AchievementKind(StrEnum):
    """What a badge stands for."""

    EXAM = "exam"
    COURSE = "course"

    @property
    def open_badges(self) -> str:
        """The same in the words of Open Badges."""
        return "Certification" if self is AchievementKind.EXAM else "CertificateOfCompletion"


class EventKind(StrEnum):
    """What can happen to an award."""

    ISSUED = "issued"
    SIGNED = "signed"
    REVOKED = "revoked"


class Verdict(StrEnum):
    """Undetermined is neither: we could not find out, and say so."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class Outcome(StrEnum):
    """How one check went."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


def N_(text: str) -> str:
    """Marks a sentence for the catalogues; whoever shows it translates it."""
    return text


class Finding(Enum):
    """What a check found: what it looked at, how it went, and the sentence for the reader."""

    A_BADGE = ("form", Outcome.PASSED, N_("It is an Open Badges 3.0 badge."))
    OTHER_THING = ("form", Outcome.FAILED, N_("This is not an Open Badges 3.0 badge."))
    WORDS_SIGNED = ("words", Outcome.PASSED, N_("Every word in it is covered by the signature."))
    WORDS_UNSIGNED = (
        "words",
        Outcome.FAILED,
        N_("It holds words that no signature covers. Anyone could have added them."),
    )
    WORDS_WRONG = ("words", Outcome.FAILED, N_("It is not written as a badge must be written."))
    WORDS_UNKNOWN = (
        "words",
        Outcome.UNKNOWN,
        N_("It uses a vocabulary we do not carry, so we can not tell what was signed."),
    )
    TOO_TANGLED = (
        "words",
        Outcome.UNKNOWN,
        N_("It is larger or more tangled than any badge we know, so we did not work it out."),
    )
    KEY_OWNED = ("key", Outcome.PASSED, N_("The key belongs to the issuer."))
    KEY_FOREIGN = ("key", Outcome.FAILED, N_("The key does not belong to the issuer it names."))
    KEY_UNKNOWN = ("key", Outcome.UNKNOWN, N_("We could not look up the issuer's key."))
    SIGNATURE_FITS = ("signature", Outcome.PASSED, N_("The signature fits: nothing was changed since it was issued."))
    SIGNATURE_BROKEN = ("signature", Outcome.FAILED, N_("The signature does not fit: it was changed, or never signed."))
    SIGNATURE_UNCHECKED = ("signature", Outcome.UNKNOWN, N_("The signature could not be checked."))
    IN_FORCE = ("dates", Outcome.PASSED, N_("It is in force today."))
    EXPIRED = ("dates", Outcome.FAILED, N_("Its time has run out."))
    NOT_YET = ("dates", Outcome.FAILED, N_("Its time has not begun yet."))
    DATES_UNREADABLE = ("dates", Outcome.FAILED, N_("Its dates can not be read."))
    NOT_REVOKED = ("status", Outcome.PASSED, N_("The issuer has not revoked it."))
    CAN_NOT_BE_REVOKED = ("status", Outcome.PASSED, N_("The issuer keeps no list of revoked badges for it."))
    REVOKED = ("status", Outcome.FAILED, N_("The issuer has revoked it."))
    STATUS_UNKNOWN = ("status", Outcome.UNKNOWN, N_("We could not find out whether it was revoked."))

    def __init__(self, subject: str, outcome: Outcome, words: str) -> None:
        self.subject = subject
        self.outcome = outcome
        self.words = words


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """One failure is enough to refuse; one open question is enough not to promise."""
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAILED in outcomes:
        return Verdict.INVALID
    return Verdict.UNDETERMINED if Outcome.UNKNOWN in outcomes else Verdict.VALID


class Standing(StrEnum):
    """Where an award of ours stands, in one word for its page."""

    PREPARING = "preparing"
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def standing(*, signed: bool, revoked: bool, valid_until: datetime | None, now: datetime) -> Standing:
    """Revocation outlives expiry: a badge that was taken back is never said to have merely run out."""
    if revoked:
        return Standing.REVOKED
    if valid_until is not None and now >= valid_until:
        return Standing.EXPIRED
    return Standing.VALID if signed else Standing.PREPARING


def highest(levels: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The best level per achievement."""
    held: dict[str, int] = {}
    for slug, level in levels:
        held[slug] = max(level, held.get(slug, 0))
    return held


def may_issue(public_url: str) -> bool:
    """Badges name their issuer for ever, so only under an https address, or on loopback for show."""
    return public_url.startswith("https://") or for_show(public_url)


def for_show(public_url: str) -> bool:
    """True if nobody else can reach the issuer: the badges of a demo."""
    host = urlsplit(public_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things of ours stand for everybody, for ever: what a signed badge names can not move."""

    public_url: str

    @property
    def did(self) -> str:
        """`did:web` of our own address; the port's colon is escaped as the method asks."""
        return "did:web:" + quote(urlsplit(self.public_url).netloc.lower(), safe="")

    def badge(self, public_id: str) -> str:
        return f"{self.public_url}/badges/{public_id}"

    def image(self, public_id: str) -> str:
        return f"{self.badge(public_id)}/badge.png"

    def achievement(self, slug: str) -> str:
        return f"{self.public_url}/achievements/{slug}"

    def status_list(self, number: int) -> str:
        return f"{self.public_url}/status/{number}"

    def award_in(self, link: str) -> str | None:
        """The public id in a link to one of our badges, or None if it leads elsewhere."""
        ours = urlsplit(self.public_url)
        try:
            parts = urlsplit(link)
        except ValueError:
            return None
        if parts.netloc and parts.netloc.lower() != ours.netloc.lower():
            return None
        found = re.match(r"/badges/([A-Za-z0-9_-]{8,64})(/|\Z)", parts.path)
        return found[1] if found else None

    def list_in(self, link: str) -> int | None:
        """The number in a link to one of our status lists."""
        found = re.fullmatch(re.escape(self.public_url) + r"/status/(\d{1,9})", link)
        return int(found[1]) if found else None


def problem_with(result: Mapping[str, object]) -> str | None:
    """Why a result can not stand on a badge, or None. Values are text, so that no program rounds them."""
    name, value = result.get("name"), result.get("value")
    if not isinstance(value, str) or not value:
        return "A result needs its value as text."
    if isinstance(name, str) and name:
        return None
    if isinstance(name, Mapping) and name and all(isinstance(text, str) and text for text in name.values()):
        return None
    return "A result needs a name."
