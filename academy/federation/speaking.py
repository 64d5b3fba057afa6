"""Speaking with another house: where to send somebody, and who it says came back. Knows no rows."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import current_app
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from academy.clock import now as clock
from academy.errors import AcademyError, Refused
from academy.federation.rules import Kind, Person, Provider, algorithms, is_safe_address
from academy.fetching import GuardedTransport, Reach
from academy.i18n import _l

NAME = "academy.federation"
HOUSE = Reach(private=True, most_bytes=200_000, seconds=6.0)
"""The operator wrote the address, so it may stand in the same network; it may not hold us up for long."""
AT_ONCE, PATIENCE = 4, 2.0
"""So many requests at most wait for other houses; a slow house must not keep everybody else from their pages."""
KNOWN_FOR, KEYS_STAND = timedelta(hours=1), timedelta(seconds=30)
LEEWAY = 60
log = structlog.get_logger("security")


class Unconvinced(Refused):
    """What came back does not show who somebody is."""

    code = "not-recognised"


class HouseBusy(AcademyError):
    """Too many wait for other houses already."""

    status = 503
    code = "house-busy"


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent along, and must come back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back in the address."""

    code: str
    issuer: str | None = None
    looked_anew_since: datetime | None = None
    """Where a dangerous act is confirmed: the house must have asked who sits there since then."""


class House:
    """One provider and what it published about itself, remembered for an hour."""

    def __init__(self, provider: Provider, tick: Callable[[], datetime] = clock) -> None:
        self.provider = provider
        self._tick = tick
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """Its addresses. It must call itself by the name the operator gave, or it is another house."""
        if self._metadata is None or self._tick() - self._metadata[0] > KNOWN_FOR:
            found = self._read(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self.provider.issuer:
                raise ValueError("the house calls itself by another name")
            for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not is_safe_address(str(found.get(key, ""))):
                    raise ValueError(f"{key} can not be used")
            self._metadata = (self._tick(), found)
        return self._metadata[1]

    def keys(self, *, anew: bool = False) -> KeySet:
        """The keys it signs with. Secrets among them are left out: nobody else may know a key we trust."""
        if self._keys is None or self._tick() - self._keys[0] > (KEYS_STAND if anew else KNOWN_FOR):
            listed = self._read(self.metadata["jwks_uri"]).get("keys", [])
            fit = [key for key in listed if key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"]
            self._keys = (self._tick(), KeySet.import_key_set({"keys": fit}))
        return self._keys[1]

    def _read(self, address: str) -> dict[str, Any]:
        with self.session("") as session:
            response = session.get(address, withhold_token=True)
            response.raise_for_status()
            return _object(response.json())

    @contextmanager
    def session(self, redirect_uri: str, **options: Any) -> Iterator[Any]:
        session = OAuth2Session(
            self.provider.client_id, self.provider.client_secret or None, redirect_uri=redirect_uri, **options
        )
        session.trust_env = False  # no proxy, no .netrc: what we say to a house is for that house
        session.mount("https://", GuardedTransport(HOUSE))
        session.mount("http://", GuardedTransport(HOUSE))
        with session:
            yield session

    def token_auth(self) -> str:
        """How we show the token endpoint who we are."""
        if not self.provider.client_secret:
            return "none"
        offered = self.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_post" if "client_secret_post" in offered else "client_secret_basic"


def house_of(provider: Provider) -> House:
    houses: dict[str, House] = current_app.extensions.setdefault(NAME, {})
    return houses.setdefault(provider.name, House(provider))


_waiting = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _listening(provider: Provider) -> Iterator[None]:
    """Whatever a house says wrongly is one sentence for the person, and one line for the operator."""
    if not _waiting.acquire(timeout=PATIENCE):
        raise HouseBusy(_l("Very many people are signing in just now. Please try again in a minute."))
    try:
        yield
    except (OAuthError, JoseError, RequestException, Refused, ValueError, TypeError, KeyError, AttributeError,
            RecursionError) as error:  # fmt: skip
        log.warning("provider-not-believed", provider=provider.name, error=type(error).__name__, why=_why(error))
        raise Unconvinced(
            _l("That did not work: we could not make sure who you are there. Please try again, or sign in another way.")
        ) from error
    finally:
        _waiting.release()


def _why(error: Exception) -> str:
    """For the log: which check failed, in our own or the library's words, never what the house sent."""
    if isinstance(error, JoseError):
        return str(getattr(error, "claim", "") or error.error)
    if isinstance(error, OAuthError):
        return str(error.error)[:60] if str(error.error).isidentifier() else ""
    return str(error)[:80] if type(error) is ValueError and not isinstance(error, json.JSONDecodeError) else ""


def leaving(provider: Provider, question: Question, *, again: bool = False) -> str:
    """The address at which somebody signs in there; `again` asks for the password even if they are signed in."""
    house, more = house_of(provider), provider.again if again else {}
    if provider.kind is Kind.NAVER:
        with _listening(provider), house.session(question.redirect_uri) as session:
            return str(session.create_authorization_url(provider.authorize_url, state=question.state, **more)[0])
    with (
        _listening(provider),
        house.session(question.redirect_uri, scope=provider.scope, code_challenge_method="S256") as session,
    ):
        address, _state = session.create_authorization_url(
            house.metadata["authorization_endpoint"],
            state=question.state,
            nonce=question.nonce,
            code_verifier=question.verifier,
            **more,
        )
        return str(address)


def arriving(provider: Provider, question: Question, back: Answered, now: datetime) -> Person:
    """Who the house says came back with this code. Raises Unconvinced."""
    with _listening(provider):
        if provider.kind is Kind.NAVER:
            return _by_profile(house_of(provider), question, back.code)
        return _by_token(house_of(provider), question, back, now)


def _by_token(house: House, question: Question, back: Answered, now: datetime) -> Person:
    provider, metadata = house.provider, house.metadata
    must_say = metadata.get("authorization_response_iss_parameter_supported") is True
    if back.issuer != provider.issuer and (must_say or back.issuer is not None):
        raise ValueError("another house answered")
    with house.session(question.redirect_uri, token_endpoint_auth_method=house.token_auth()) as session:
        token = session.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=back.code,
            code_verifier=question.verifier,
        )
        claims = _checked(house, token, question.nonce, now)
        if back.looked_anew_since and "max_age" in provider.again:
            _check_anew(claims, back.looked_anew_since)
        said = {**claims, **_more(house, session, claims)}
    return _person(provider, claims["sub"], said.get("name") or said.get("nickname"), said.get("email"),
                   said.get("email_verified"))  # fmt: skip


def _checked(house: House, token: Mapping[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of a token that this house signed, for us, for this one sign-in, just now."""
    written = token["id_token"]
    if not isinstance(written, str) or len(written) > 20_000:
        raise ValueError("no identity token")
    accepted = algorithms(house.metadata.get("id_token_signing_alg_values_supported"))
    try:
        read = jwt.decode(written, house.keys(), algorithms=accepted)
    except InvalidKeyIdError:
        read = jwt.decode(written, house.keys(anew=True), algorithms=accepted)
    claims = CodeIDToken(
        read.claims,
        read.header,
        {"iss": {"essential": True, "value": house.provider.issuer},
         "aud": {"essential": True, "value": house.provider.client_id},
         "sub": {"essential": True}, "nonce": {"essential": True, "value": nonce}},
        {"nonce": nonce, "client_id": house.provider.client_id, "access_token": token.get("access_token")},
    )  # fmt: skip
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    return dict(claims)


def _check_anew(claims: Mapping[str, Any], since: datetime) -> None:
    asked_at = claims.get("auth_time")
    if not isinstance(asked_at, int | float) or asked_at < since.timestamp() - LEEWAY:
        raise ValueError("nobody was asked anew")


def _more(house: House, session: Any, claims: Mapping[str, Any]) -> dict[str, Any]:
    """What the token leaves out and the house tells on request: there Kakao says whether an address is verified."""
    endpoint = house.metadata.get("userinfo_endpoint")
    if "email_verified" in claims or "email" not in house.provider.scope or not is_safe_address(str(endpoint or "")):
        return {}
    response = session.get(endpoint)
    response.raise_for_status()
    told = _object(response.json())
    if told.get("sub") != claims["sub"]:
        raise ValueError("the house spoke of somebody else")
    return {key: told[key] for key in ("name", "nickname", "email", "email_verified") if key in told}


def _by_profile(house: House, question: Question, code: str) -> Person:
    """Naver: no signed token; it is asked itself who the key it just gave us belongs to."""
    provider = house.provider
    with house.session(question.redirect_uri, token_endpoint_auth_method="client_secret_post") as session:  # noqa: S106
        session.fetch_token(
            provider.token_url, grant_type="authorization_code", code=code, body=f"state={question.state}"
        )
        response = session.get(provider.profile_url)
        response.raise_for_status()
        said = _object(response.json())
    if said.get("resultcode") != "00":
        raise ValueError("no profile")
    profile = _object(said.get("response"))
    return _person(provider, profile.get("id"), profile.get("name") or profile.get("nickname"), profile.get("email"),
                   None)  # fmt: skip


def _person(provider: Provider, subject: Any, name: Any, email: Any, verified: Any) -> Person:
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise ValueError("no subject")
    return Person(
        issuer=provider.issuer,
        subject=subject,
        name=name[:200] if isinstance(name, str) else "",
        email=email[:254] if isinstance(email, str) and "@" in email else "",
        email_verified=provider.trust_email and (verified is True or verified == "true"),
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
