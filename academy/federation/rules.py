"""Other houses that may say who somebody is: which there are, and when their word is enough. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

ROUND_TRIP_LASTS = timedelta(minutes=10)
"""So long somebody may take to sign in at the other house."""
ARRIVAL_LASTS = timedelta(minutes=30)
"""So long we remember who came back, until they made an account or signed in to the one they have."""

SAFE_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures with a key that only the other house has. "none" and those with a shared secret are never among them."""


class Kind(StrEnum):
    """How a house speaks."""

    OIDC = "oidc"
    NAVER = "naver"


class Purpose(StrEnum):
    """What somebody set out for."""

    ENTER = "enter"
    LINK = "link"
    CONFIRM = "confirm"


class WrongProvider(ValueError):
    """A provider is set up wrongly; the sentence names the setting."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One house that may say who somebody is, as the operator set it up."""

    name: str
    kind: Kind
    label: Mapping[str, str]
    """What its button says, by language."""
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    again: Mapping[str, str]
    """What asks the house to look anew who sits there, for confirming a dangerous act."""
    trust_email: bool = True
    """Whether an address that this house calls verified is taken for verified."""
    authorize_url: str = ""
    token_url: str = ""
    profile_url: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who came back, in the words of the other house."""

    issuer: str
    subject: str
    name: str = ""
    email: str = ""
    email_verified: bool = False


_SETTINGS = {
    "KIND", "LABEL", "LABEL_KO", "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "SCOPE", "TRUST_EMAIL", "AUTHORIZE_URL",
    "TOKEN_URL", "PROFILE_URL",
}  # fmt: skip
_ASK_AGAIN = {"prompt": "login", "max_age": "0"}
_AGAIN = {
    # Google offers nothing that asks for the password again; the account must at least be chosen.
    "google": {"prompt": "select_account"},
}
_OTHER = {"kind": Kind.OIDC, "scope": "openid profile email", "trust_email": "yes"}
_KNOWN: dict[str, dict[str, str]] = {
    "google": {**_OTHER, "label": "Google", "issuer": "https://accounts.google.com"},
    "kakao": {
        **_OTHER,
        "label": "Kakao",
        "label_ko": "카카오",
        "issuer": "https://kauth.kakao.com",
        # An address is asked for only where Kakao has allowed the academy to: see docs/running.md.
        "scope": "openid profile_nickname",
    },
    "naver": {
        "kind": Kind.NAVER,
        "label": "Naver",
        "label_ko": "네이버",
        "issuer": "https://nid.naver.com",
        "scope": "",
        # Naver says of no address that it belongs to whom it names.
        "trust_email": "no",
        "authorize_url": "https://nid.naver.com/oauth2.0/authorize",
        "token_url": "https://nid.naver.com/oauth2.0/token",
        "profile_url": "https://openapi.naver.com/v1/nid/me",
    },
}


def read_providers(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """The houses named in ACADEMY_PROVIDERS, in that order; raises WrongProvider."""
    names = [name.strip().lower() for name in environ.get("ACADEMY_PROVIDERS", "").split(",") if name.strip()]
    if len(set(names)) != len(names):
        raise WrongProvider("ACADEMY_PROVIDERS names one of them twice.")
    return tuple(_provider(name, environ) for name in names)


def _provider(name: str, environ: Mapping[str, str]) -> Provider:
    if not re.fullmatch(r"[a-z][a-z0-9]{1,19}", name):
        raise WrongProvider(f"ACADEMY_PROVIDERS names {name!r}. Use short names of small letters, such as google.")
    prefix = f"ACADEMY_PROVIDER_{name.upper()}_"
    given = {key[len(prefix) :]: value.strip() for key, value in environ.items() if key.startswith(prefix)}
    kind = _one_of(prefix + "KIND", given.get("KIND") or _KNOWN.get(name, _OTHER)["kind"], Kind)
    usual = _KNOWN.get(name) or {**(_KNOWN["naver"] if kind is Kind.NAVER else _OTHER), "label": name.title()}
    chosen = {**usual, **{key.lower(): value for key, value in given.items() if value}}
    addresses = ("issuer",) if kind is Kind.OIDC else ("issuer", "authorize_url", "token_url", "profile_url")
    for key in addresses:
        _check_address(prefix + key.upper(), chosen.get(key, ""))
    for setting in set(given) - _SETTINGS:
        raise WrongProvider(f"{prefix}{setting} is no setting. There are: {', '.join(sorted(_SETTINGS))}.")
    return Provider(
        name=name,
        kind=kind,
        label={"en": chosen["label"], "ko": chosen.get("label_ko") or chosen["label"]},
        client_id=_given(prefix + "CLIENT_ID", chosen.get("client_id", "")),
        # A key of the client is the rule; some houses let it be left out where PKCE is used.
        client_secret=chosen.get("client_secret", ""),
        scope=chosen["scope"],
        again={"auth_type": "reauthenticate"} if kind is Kind.NAVER else _AGAIN.get(name, _ASK_AGAIN),
        trust_email=_yes_or_no(prefix + "TRUST_EMAIL", chosen["trust_email"]),
        **{key: chosen[key] for key in addresses},
    )


def _one_of(setting: str, value: str, kinds: type[Kind]) -> Kind:
    try:
        return kinds(value)
    except ValueError as error:
        raise WrongProvider(f"{setting} is {value!r}. Use {' or '.join(kinds)}.") from error


def _given(setting: str, value: str) -> str:
    if not value:
        raise WrongProvider(f"{setting} is missing. The provider shows it where you registered the academy.")
    return value


def _yes_or_no(setting: str, value: str) -> bool:
    if value not in {"yes", "no"}:
        raise WrongProvider(f"{setting} is {value!r}. Use yes or no.")
    return value == "yes"


def _check_address(setting: str, value: str) -> None:
    """An address of the provider: https, or http on this machine only."""
    _given(setting, value)
    if not is_safe_address(value):
        raise WrongProvider(f"{setting} is {value!r}. Give an address that begins with https://")


def is_safe_address(value: str) -> bool:
    """Whether what we send there can be read by nobody on the way."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        if not host or parts.username is not None or parts.fragment or re.search(r"[\s\\]", value):
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and _on_this_machine(host))
    except ValueError:
        return False


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def algorithms(offered: Iterable[Any] | None) -> list[str]:
    """The signatures we accept from a house that says it uses these; RS256 where it says nothing."""
    said = list(offered) if offered is not None else ["RS256"]
    return [name for name in SAFE_ALGORITHMS if name in said]


def hint_of(person: Person) -> str:
    """Enough of an address or name for its owner to recognise the account, and no more."""
    name, at, host = person.email.partition("@")
    if at and name and host:
        return f"{name[:2]}…@{host}"[:80]
    return f"{person.name[:1]}…" if person.name else ""
