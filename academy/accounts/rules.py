"""Names, passwords and the limits of guessing. Pure: values in, answer out."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import pairwise

NAME_LENGTH = (2, 40)
PASSWORD_LENGTH = (8, 128)

# A wrong password costs its owner patience, not their account: only failures of the last quarter of an hour count.
GUESS_WINDOW = timedelta(minutes=15)
GUESSES_FROM_HERE = 10
# From all networks together; higher, so that a stranger can not shut somebody out with ten wrong passwords.
GUESSES_PER_NAME = 60
# Counted in different names, not in tries: a class of 100 that mistypes all morning stays below it.
NAMES_PER_NETWORK = 300

# Letters of other alphabets that look like Latin ones, and the two digits that do.
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһӏνοαρικυ01", "aeopcyxijsdhlvoapikuol")

_COMMON = """
password password1 passw0rd p@ssw0rd p@ssword qwertyui qwerty12 qwerty123 qwer1234 qwer1234! 1q2w3e4r 1q2w3e4r!
1q2w3e4r5t 1qaz2wsx q1w2e3r4 asdf1234 asdfasdf asdfghjk zxcv1234 abcd1234 abc12345 abcdefgh a1234567 a12345678
aa123456 1234qwer 12341234 11223344 12121212 123123123 87654321 98765432 iloveyou sunshine princess football
baseball superman dragon12 letmein1 welcome1 admin123 admin1234 korea123 korea1234 seoul123 love1234 samsung1
labeler1 labeling labelling academy1 dkssud12 dkssudgktpdy tkfkdgo1 tkfkdgody ektlakssk rlaehwls
비밀번호비밀번호 안녕하세요안녕 사랑해사랑해
"""
COMMON_PASSWORDS = frozenset(_COMMON.split())


class LinkPurpose(StrEnum):
    """What a link that works once is for. A link of one purpose opens nothing else."""

    VERIFY_EMAIL = "verify e-mail"
    RESET_PASSWORD = "reset password"  # noqa: S105 - the name of a purpose
    INVITATION = "invitation"
    GUARDIAN_CONSENT = "guardian consent"


LINK_LASTS = {
    LinkPurpose.VERIFY_EMAIL: timedelta(days=3),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.INVITATION: timedelta(days=14),
    LinkPurpose.GUARDIAN_CONSENT: timedelta(days=30),
}


class TextSize(StrEnum):
    """How large a person wants to read."""

    NORMAL = "normal"
    LARGE = "large"
    LARGER = "larger"


class NameFault(StrEnum):
    """What is wrong with a name."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    NO_LETTER = "no letter"


class PasswordFault(StrEnum):
    """What is wrong with a password."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    IS_THE_NAME = "is the name"
    TOO_COMMON = "too common"


def tidy_name(name: str) -> str:
    """A name as it is shown: NFC, single spaces, nothing invisible."""
    visible = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", name)
        if unicodedata.category(char) not in {"Cf", "Cc", "Co", "Cs", "Cn"} or char.isspace()
    )
    return " ".join(visible.split())


def name_key(name: str) -> str:
    """A name as it is compared: two names with one key are the same person's name.

    Compatibility forms are folded (NFKC, casefold), so full-width and decomposed spellings collide; letters that only
    look the same collide too, so that nobody signs up as somebody else's twin.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tidy_name(name)).casefold())
    return "".join(tidy_name(folded).split()).translate(_LOOK_ALIKE)


def name_fault(name: str) -> NameFault | None:
    """Why this can not be a name; None when it can."""
    tidy = tidy_name(name)
    if len(name_key(tidy)) < NAME_LENGTH[0]:
        return NameFault.TOO_SHORT
    if len(tidy) > NAME_LENGTH[1]:
        return NameFault.TOO_LONG
    if not any(char.isalpha() for char in tidy):
        return NameFault.NO_LETTER
    return None


def email_key(email: str) -> str:
    """An address as it is compared. Small and capital letters are the same to every mail service people use."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def other_names(name: str) -> Iterator[str]:
    """Names close to one that is taken, best first."""
    tidy = tidy_name(name)[: NAME_LENGTH[1] - 3].rstrip()
    yield from (f"{tidy} {number}" for number in range(2, 30))


def same_password(password: str) -> str:
    """A password as it is hashed: a Korean password is the same on a keyboard that sends decomposed letters."""
    return unicodedata.normalize("NFC", password)


def password_fault(password: str, name: str) -> PasswordFault | None:
    """Why this is refused as a password. Length is what counts; no kinds of characters are asked for."""
    typed = same_password(password)
    if len(typed) < PASSWORD_LENGTH[0]:
        return PasswordFault.TOO_SHORT
    if len(typed) > PASSWORD_LENGTH[1]:
        return PasswordFault.TOO_LONG
    if name and name_key(typed) == name_key(name):
        return PasswordFault.IS_THE_NAME
    if typed.casefold() in COMMON_PASSWORDS or _is_a_run(typed):
        return PasswordFault.TOO_COMMON
    return None


def _is_a_run(text: str) -> bool:
    """Whether every step from sign to sign is the same: 11111111, 12345678, hgfedcba."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return (len(steps) == 1 and steps <= {-1, 0, 1}) or text in {"1234567890", "0987654321"}


@dataclass(frozen=True, slots=True)
class Guesses:
    """Failed sign-ins of the last GUESS_WINDOW."""

    for_name_here: int
    for_name: int
    names_here: int


def must_wait(guesses: Guesses) -> bool:
    """Whether a further try is refused before its password is even looked at."""
    return (
        guesses.for_name_here >= GUESSES_FROM_HERE
        or guesses.for_name >= GUESSES_PER_NAME
        or guesses.names_here >= NAMES_PER_NETWORK
    )


def network_of(address: str | None) -> str:
    """The network a try is counted for: an IPv4 address, or the IPv6 /64 that one household owns."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, 64), strict=False).network_address)
    return str(found)


def keyed_hash(secret: str, purpose: str, value: str) -> str:
    """Names and addresses are counted, not kept: without the secret nobody can tell whose the rows are."""
    return hmac.new(secret.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


_BROWSERS = (("Edg", "Edge"), ("SamsungBrowser", "Samsung Internet"), ("Whale", "Whale"), ("KAKAOTALK", "KakaoTalk"),
             ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_DEVICES = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("CrOS", "ChromeOS"), ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip


def browser_name(user_agent: str) -> str:
    """A browser as its owner would recognise it, such as "Samsung Internet, Android"; empty when it can not be told."""
    found = (next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _DEVICES))
    return ", ".join(part for part in found if part)
