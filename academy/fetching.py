"""Asking other servers something by an address.

Whoever lets strangers name an address lends them its place in the network. So an address is looked up once and exactly
what was found is connected to (a name can not change its mind in between), private networks are refused, nobody is
followed elsewhere, and the answer may take only so many bytes and so much time. Addresses that people type are fetched
only where the operator allows it at all (`ACADEMY_FETCH=on`).
"""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests

from academy.config import settings
from academy.errors import Refused
from academy.i18n import _l

_NAT64 = ip_network("64:ff9b::/96")
_AGENT = "labeler-academy"

Found = tuple[socket.AddressFamily, str, int]


class Unfetchable(Refused):
    """Nothing is fetched from this address, or nothing came; the sentence says why."""

    code = "unfetchable"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a question may go, and how much may come back."""

    private: bool = False
    """Also into private networks and without TLS: for addresses that the operator wrote, never for typed ones."""
    most_bytes: int = 1_000_000
    seconds: float = 10.0


TYPED = Reach()
OPERATORS = Reach(private=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def fetch(address: str, reach: Reach = TYPED) -> Answer:
    """What stands at an address somebody typed. Raises Unfetchable, always so where the operator allows none of it."""
    if not settings().fetching:
        raise Unfetchable(_l("This academy fetches nothing from other addresses. Its operators can allow it."))
    return ask("GET", address, reach=reach)


def ask(
    method: str, address: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None,
    reach: Reach = TYPED,
) -> Answer:  # fmt: skip
    """One question and its answer, whatever its status below 300 or from 400. Raises Unfetchable."""
    parts = _readable(address, reach)
    connection = _Pinned(parts, _look_up(parts, reach), reach)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"User-Agent": _AGENT, **(headers or {}), "Accept-Encoding": "identity", "Connection": "close"}
    try:
        with _until(reach.seconds, connection):
            connection.request(method, path, body=body, headers=sent)
            answer = _read(connection.getresponse(), reach)
        if connection.late:  # what has no length ends where we hung up, and would look whole
            raise TimeoutError(address)
        return answer
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unfetchable(_l("The other server did not answer as it should. Please try again later.")) from error
    finally:
        connection.close()


def _readable(address: str, reach: Reach) -> SplitResult:
    """The parts of an address we would ask; raises Unfetchable for every other."""
    wrong = Unfetchable(_l("This address can not be used. It begins with https:// and has no password in it."))
    if not re.fullmatch(r"https?://[\x21-\x5b\x5d-\x7e]{1,2000}", address, re.IGNORECASE):
        raise wrong
    try:
        parts, port = urlsplit(address), urlsplit(address).port
    except ValueError as error:
        raise wrong from error
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise wrong
    if not reach.private and (parts.scheme != "https" or port not in {None, 443}):
        raise wrong
    return parts


def _look_up(parts: SplitResult, reach: Reach) -> Found:
    """Where the name leads, asked once. One private place among several is reason enough to refuse."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        answers = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unfetchable(_l("There is no server with this name.")) from error
    places = [(family, str(where[0]), port) for family, _kind, _protocol, _name, where in answers]
    if not places or not (reach.private or all(is_public(host) for _family, host, _port in places)):
        raise Unfetchable(_l("This address leads into a private network. Nothing is fetched from there."))
    return places[0]


def is_public(host: str) -> bool:
    """Whether a numeric address belongs to the public network, also when it is wrapped in one of another kind."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast and not each.is_reserved for each in _unwrapped(found))


def _unwrapped(found: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    if isinstance(found, IPv4Address):
        yield found
        return
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64:
        inner.append(IPv4Address(found.packed[-4:]))
    wrapped = [each for each in inner if each is not None]
    # ::ffff:8.8.8.8 is reserved as a number of its own, and yet only another spelling of what is inside.
    yield from wrapped if found.ipv4_mapped or found in _NAT64 else [found, *wrapped]


@cache
def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(requests.utils.DEFAULT_CA_BUNDLE_PATH)  # small machines have no list of their own
    return context


class _Pinned(http.client.HTTPConnection):
    """A connection to the place that was looked up, checked by the name that was asked for."""

    def __init__(self, parts: SplitResult, found: Found, reach: Reach) -> None:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        super().__init__(str(parts.hostname), port, timeout=reach.seconds)
        self.default_port = 443 if parts.scheme == "https" else 80
        self._found, self._tls = found, parts.scheme == "https"
        self.late = False

    def connect(self) -> None:
        family, host, port = self._found
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect((host, port))
        if self._tls:
            self.sock = _trust().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def hang_up(self) -> None:
        """End it from outside: whoever reads meanwhile reads no further."""
        self.late = True
        if self.sock is not None:
            try:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return


@contextmanager
def _until(seconds: float, connection: _Pinned) -> Iterator[None]:
    """Each read may take as long as it likes only until the time of the whole is over."""
    clock = threading.Timer(seconds, connection.hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _read(response: http.client.HTTPResponse, reach: Reach) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    if 300 <= response.status < 400:
        raise Unfetchable(_l("This address leads on to another one. Give the address where it ends."))
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Unfetchable(_l("The other server sent something packed, which was not asked for."))
    body = response.read(reach.most_bytes + 1)
    if len(body) > reach.most_bytes:
        raise Unfetchable(_l("What stands at this address is too large."))
    if response.length:
        raise Unfetchable(_l("The other server did not answer as it should. Please try again later."))
    return Answer(response.status, headers, body)


class GuardedTransport(requests.adapters.BaseAdapter):
    """Carries what the `requests` library sends (and so what Authlib sends) under the same guard."""

    def __init__(self, reach: Reach, carry: Callable[..., Answer] = ask) -> None:
        super().__init__()
        self._reach, self._carry = reach, carry

    def send(self, request: requests.PreparedRequest, *_rest: Any, **_named: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        kept = {name: value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
        said = self._carry(str(request.method), str(request.url), headers=kept, body=body, reach=self._reach)
        response = requests.Response()
        response.status_code = said.status
        response.headers.update(said.headers)
        response.url, response.request = str(request.url), request
        response.encoding = "utf-8"
        response._content = said.body
        return response

    def close(self) -> None:
        """Every connection is closed after its one answer."""
