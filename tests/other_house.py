"""Another house that says who people are: a small OpenID provider, and one that speaks as Naver does, over real HTTP.

It is strict about what a provider is strict about (the registered address, the code used once, PKCE, the client's key),
and a test may make it lie about everything else.
"""

import base64
import hashlib
import html
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from academy.federation import speaking
from academy.federation.rules import Provider, read_providers

CLIENT, SECRET = "academy", "a key of the client / with signs"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
Claims = dict[str, Any]


@dataclass
class Code:
    """What was asked when this code was given out."""

    redirect_uri: str
    nonce: str = ""
    challenge: str = ""
    state: str = ""
    auth_time: int = 0


@dataclass
class House:
    """The other house; `person` sits there and says yes."""

    url: str = ""
    person: Claims = field(default_factory=lambda: {
        "sub": "118-4711", "name": "김하늘", "email": "haneul@example.org", "email_verified": True})  # fmt: skip
    says_yes: bool = True
    twist: Callable[[Claims], Claims] = lambda claims: claims
    """Changes what stands in the token before it is signed."""
    sign: Callable[[Claims], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    metadata: Claims = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Whole answers instead of its own, by path."""
    naver_profile: Any = None
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Every path that was asked for."""
    queries: list[dict[str, str]] = field(default_factory=list)
    """What came with each departure."""

    def openid(self) -> Claims:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the person is sent back to."""
        self.queries.append(asked)
        if asked["client_id"] != CLIENT or not re.match(
            r"http://localhost(:\d+)?/sign-in/with/", asked["redirect_uri"]
        ):
            raise PermissionError("not registered")
        if not self.says_yes:
            return asked["redirect_uri"] + "?" + urlencode({"error": "access_denied", "state": asked["state"]})
        code = token_urlsafe(12)
        self.codes[code] = Code(
            asked["redirect_uri"], asked.get("nonce", ""), asked.get("code_challenge", ""), asked["state"],
            int(time.time()) if asked.get("max_age") == "0" or asked.get("prompt") == "login" else 1,
        )  # fmt: skip
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, sent: dict[str, str], authorization: str) -> Claims:
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        by_post = sent.get("client_id") == CLIENT and sent.get("client_secret") == SECRET
        code = self.codes.pop(sent["code"], None)
        if not by_post and authorization != basic:
            return {"error": "invalid_client"}
        if code is None or code.redirect_uri != sent["redirect_uri"]:
            return {"error": "invalid_grant"}
        if code.challenge and _challenge(sent.get("code_verifier", "")) != code.challenge:
            return {"error": "invalid_grant"}
        if not code.challenge and sent.get("state") != code.state:
            return {"error": "invalid_grant"}
        issued = {"access_token": "token-" + str(self.person["sub"]), "token_type": "Bearer", "expires_in": "3600"}
        if code.challenge:
            now = int(time.time())
            claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": code.nonce,
                      "auth_time": code.auth_time, **self.person}  # fmt: skip
            issued["id_token"] = self.sign(self.twist(claims))
        return issued

    def profile(self) -> Claims:
        return self.naver_profile or {
            "resultcode": "00",
            "message": "success",
            "response": {"id": self.person["sub"], "email": self.person["email"], "name": self.person["name"]},
        }

    def provider(self, name: str = "local", **settings: str) -> Provider:
        """This house as an operator sets it up."""
        prefix = f"ACADEMY_PROVIDER_{name.upper()}_"
        environ = {"CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "ISSUER": self.url, **settings}
        if name == "naver":
            environ |= {
                "AUTHORIZE_URL": f"{self.url}/oauth2.0/authorize",
                "TOKEN_URL": f"{self.url}/oauth2.0/token",
                "PROFILE_URL": f"{self.url}/v1/nid/me",
            }
        given = {prefix + key: value for key, value in environ.items()}
        return read_providers({"ACADEMY_PROVIDERS": name, **given})[0]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    house: House

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.house.asked.append(parts.path)
        if parts.path in self.house.answers:
            return self._say(*self.house.answers[parts.path])
        if parts.path in {"/authorize", "/oauth2.0/authorize"}:
            return self._say(302, {"Location": self.house.authorize(asked)}, b"")
        told = {
            "/.well-known/openid-configuration": self.house.openid,
            "/keys": lambda: {"keys": self.house.keys},
            "/userinfo": lambda: self.house.person,
            "/v1/nid/me": self.house.profile,
        }[parts.path]()
        return self._json(told)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = {key: values[0] for key, values in parse_qs(body).items()}
        path = urlsplit(self.path).path
        self.house.asked.append(path)
        if path in self.house.answers:
            return self._say(*self.house.answers[path])
        return self._json(self.house.token(sent, self.headers.get("Authorization", "")))

    def _json(self, told: Any) -> None:
        status = 400 if isinstance(told, dict) and "error" in told else 200
        self._say(status, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Quiet."""


@contextmanager
def other_house() -> Iterator[House]:
    house = House()
    handler = type("Handler", (_Handler,), {"house": house})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    house.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()
    try:
        yield house
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def knowing(app: Flask, *providers: Provider) -> Iterator[None]:
    """The academy, set up with these houses."""
    kept = app.extensions["academy.settings"]
    app.extensions["academy.settings"] = replace(kept, providers=providers)
    app.extensions.pop(speaking.NAME, None)
    try:
        yield
    finally:
        app.extensions["academy.settings"] = kept
        app.extensions.pop(speaking.NAME, None)


def set_out(client: FlaskClient, path: str = "/sign-in/with/local", **form: str) -> str:
    """Press the button; the address to which the page leads on."""
    page = client.post(path, data=form)
    assert page.status_code == 200, (page.status_code, page.location)
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def pass_through(address: str) -> str:
    """What the browser does at the other house; the path on which it comes back to us."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    back = urlsplit(location)
    return f"{back.path}?{back.query}"


def go_through(client: FlaskClient, path: str = "/sign-in/with/local", **form: str) -> TestResponse:
    """There and back again."""
    return client.get(pass_through(set_out(client, path, **form)))
