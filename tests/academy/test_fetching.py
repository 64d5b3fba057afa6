"""Asking other servers: nobody lends strangers our place in the network."""

import http.server
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from academy import fetching
from academy.fetching import OPERATORS, TYPED, Reach, Unfetchable, ask, fetch, is_public
from academy.i18n import force_locale

QUICK = Reach(private=True, seconds=0.5, most_bytes=1000)


@contextmanager
def saying(said: bytes, *, then_wait: float = 0) -> Iterator[str]:
    """A server that answers everybody with these bytes, drop by drop if asked."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            try:
                for start in range(0, len(said), 1 if then_wait else len(said)):
                    self.request.sendall(said[start : start + (1 if then_wait else len(said))])
                    time.sleep(then_wait)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::",
     "2001:db8::1", "not an address", ""],
)  # fmt: skip
def test_private_places_are_not_public_in_whatever_wrapping(host):
    assert not is_public(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_places_are(host):
    assert is_public(host)


@pytest.mark.parametrize(
    "address",
    ["http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://", "https://user:pw@example.org/",
     "https://user@example.org/", "https://example.org:8443/", "https://example.org:99999/", "//example.org/",
     "https://exa mple.org/", "https://example.org/\r\nHost: x", "https://example.org\\@127.0.0.1/", "gopher://x/",
     "https://한글.example/", "https://[::1", "https://" + "x" * 3000, "", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused_before_any_name_is_looked_up(app, monkeypatch, address):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("looked up"))
    with pytest.raises(Unfetchable):
        ask("GET", address)


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
     "https://127.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"],
)  # fmt: skip
def test_our_own_machine_is_not_reached_in_any_spelling(app, address):
    with pytest.raises(Unfetchable):
        ask("GET", address)


def test_one_private_place_among_several_is_reason_enough(app, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 443)) for host in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with force_locale("en"), pytest.raises(Unfetchable, match="private"):
        ask("GET", "https://example.org/")


def test_a_name_is_looked_up_once_and_can_not_change_its_mind(app, monkeypatch):
    """DNS rebinding: public when it is checked, private when it is connected to."""
    asked, reached = [], []

    def look_up(host, port, **_more):
        asked.append(host)
        host = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    class Nowhere(socket.socket):
        def connect(self, place) -> None:
            reached.append(place)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "socket", Nowhere)
    with pytest.raises(Unfetchable):
        ask("GET", "https://example.org/")
    assert asked == ["example.org"]
    assert reached == [("93.184.215.14", 443)]


def test_typed_addresses_are_fetched_only_where_the_operator_allows_it(app):
    with force_locale("en"), pytest.raises(Unfetchable, match="fetches nothing"):
        fetch("https://example.org/")
    chosen = app.extensions["academy.settings"]
    app.extensions["academy.settings"] = replace(chosen, fetching=True)
    try:
        with force_locale("en"), pytest.raises(Unfetchable, match="private"):
            fetch("https://localhost/")
    finally:
        app.extensions["academy.settings"] = chosen


def test_what_a_server_says_comes_back(app):
    with saying(answer(b'{"a": 1}', "Content-Type: application/json")) as address:
        said = ask("GET", address, reach=QUICK)
    assert (said.status, json.loads(said.body), said.headers["content-type"]) == (200, {"a": 1}, "application/json")


def test_an_error_of_the_other_server_is_an_answer_too(app):
    with saying(answer(b"no", status="404 Not Found")) as address:
        assert ask("GET", address, reach=QUICK).status == 404


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LIARS = {
    "leads on": answer(b"", "Location: http://127.0.0.1:1/", status="302 Found"),
    "too large": answer(b"x" * 1001),
    "endless": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000,
    "chunked and too large": CHUNKED + b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n",
    "packed": answer(b"x", "Content-Encoding: gzip"),
    "shorter than it says": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx",
    "not HTTP": b"SSH-2.0-OpenSSH\r\n",
    "nothing": b"",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "an endless line": b"HTTP/1.1 200 " + b"x" * 100_000,
    "a length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + b"x" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("lie", LIARS.values(), ids=LIARS.keys())
def test_what_is_not_a_plain_answer_is_refused(app, lie):
    with saying(lie) as address, pytest.raises(Unfetchable):
        ask("GET", address, reach=QUICK)


@pytest.mark.parametrize(
    "dripping",
    [answer(b"x" * 200), b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90],
    ids=["with a length", "without a length", "headers"],
)
def test_an_answer_that_drips_is_cut_off_as_a_whole(app, dripping):
    """Each drop comes in time; all together they would take a minute."""
    began = time.monotonic()
    with saying(dripping, then_wait=0.05) as address, pytest.raises(Unfetchable):
        ask("GET", address, reach=QUICK)
    assert time.monotonic() - began < 3


def test_a_certificate_of_another_name_is_not_believed(app):
    """An address of the operator, too, is spoken to over TLS only if it shows who it is."""
    with saying(b"no TLS here at all") as address, pytest.raises(Unfetchable):
        ask("GET", address.replace("http://", "https://"), reach=QUICK)


def test_neither_proxies_nor_cookies_of_ours_go_along(app, monkeypatch):
    heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(dict(self.headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words) -> None:
            """Quiet."""

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        ask("GET", f"http://127.0.0.1:{server.server_address[1]}/", reach=OPERATORS)
    assert set(heard[0]) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}


def test_typed_addresses_may_never_reach_private_places():
    assert TYPED.private is False
    assert fetching.TYPED.seconds <= 10
