"""What breaks readers of JSON, forms and addresses: refused with a sentence, never an error of ours."""

import json
import time
from collections.abc import Mapping

import pytest
from flask import Flask

from tests import people
from tests.tour import World, addresses

pytestmark = pytest.mark.played

DEEP = b"[" * 100_000
BODIES = {
    "a hundred thousand brackets": DEEP,
    "a hundred thousand braces": b'{"a":' * 100_000,
    "brackets that are closed": DEEP + b"]" * 100_000,
    "deep inside a document": b'{"document":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a quote that never ends": b'{"document": "' + b'\\"' * 200_000,
    "NaN": b'{"document": NaN}',
    "Infinity": b'{"document": {"kind": "box", "objects": [{"label": "person", "box": [0, 0, Infinity, 1]}]}}',
    "minus Infinity": b'{"document": -Infinity}',
    "a number like infinity": b'{"document": 1e999}',
    "two to the 63": b'{"document": 9223372036854775808}',
    "minus two to the 63 and one": b'{"document": -9223372036854775809}',
    "a number of 5,000 digits": b'{"document": ' + b"9" * 5_000 + b"}",
    "half a character": rb'{"document": "\ud800"}',
    "half a character in a name": rb'{"\udfff": 1}',
    "half a character as bytes": b'{"document": "\xed\xa0\x80"}',
    "NUL": rb'{"document": "\u0000"}',
    "NUL as a byte": b'{"document": "\x00"}',
    "NUL in a name": rb'{"a\u0000": 1}',
    "a name twice": b'{"document": 1, "document": 2}',
    "not UTF-8": b'{"document": "\xff"}',
    "UTF-16": json.dumps({"document": 1}).encode("utf-16"),
    "nothing": b"",
    "only a space": b" ",
    "a word": b"document",
    "a list": b"[]",
    "null": b"null",
    "true": b"true",
    "a text": b'"document"',
    "two values": b"{}{}",
    "a comment": b"{} // hello",
    "a million and one bytes": b'{"document": "' + b"a" * 1_000_001 + b'"}',
    "a proto": b'{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}',
}
JSON_ROUTES = (
    "courses.practice.submit",
    "courses.practice.try_submit",
    "academy.projects.submit",
    "exams.sittings.save",
)

NOT_FOR_EVERY_DATABASE = {
    "NUL", "half a character", "not UTF-8", "quotes", "percent signs of LIKE", "a number past 64 bits",
    "too large a number", "a hundred thousand letters",
}  # fmt: skip


def cases(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Each on SQLite; on PostgreSQL those that reach a database and that databases read differently."""
    return [("sqlite", name) for name in values] + [
        ("postgresql", name) for name in values if name in NOT_FOR_EVERY_DATABASE
    ]


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("endpoint", JSON_ROUTES)
def test_a_body_that_breaks_readers_is_refused(app: Flask, world: World, endpoint, name):
    values = addresses(world).get(endpoint, {})
    if endpoint == "exams.sittings.save":
        values = {"public_id": world.running_sitting}
    client = people.sign_in(app.test_client(), people.known("이철수" if "sittings" in endpoint else "김영희"))
    began = time.monotonic()
    answer = client.post(
        people.path(endpoint, **values),
        data=BODIES[name],
        content_type="application/json",
        headers={"Idempotency-Key": "attack-0123456789abcdef", "Accept": "application/json"},
    )
    assert answer.status_code in {413, 422}, answer.get_data(as_text=True)[:300]
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
    assert time.monotonic() - began < 2


LONG = 10_000
QUERIES = {
    "ten thousand parameters": "&".join(f"p{number}=1" for number in range(LONG)),
    "one parameter ten thousand times": "&".join(["after=1"] * LONG),
    "a value of a hundred thousand letters": "q=" + "a" * 100_000,
    "half a character": "q=%ED%A0%80&after=%ED%A0%80",
    "NUL": "q=%00&after=%00&next=%00",
    "not UTF-8": "q=%FF%FE&after=%FF",
    "a number past 64 bits": "after=9223372036854775808&meeting=9223372036854775808&version=99999999999999999999",
    "a number of many digits": "after=" + "9" * 4_000,
    "negative": "after=-1&meeting=-1",
    "quotes": "q=%27%3B%20DROP%20TABLE%20user%3B--&after=%27%20OR%201%3D1--",
    "percent signs of LIKE": "q=%25%25%25%5F%5C",
    "digits of other scripts": "after=%D9%A1%D9%A2&meeting=%E2%91%A0",
    "line ends": "q=a%0D%0ASet-Cookie%3A%20x%3D1&next=/%0D%0AX%3A%201",
    "a template": "q=%7B%7B7%2A7%7D%7D&after=%24%7B7%2A7%7D",
}


@pytest.mark.parametrize(("app", "name"), cases(QUERIES), indirect=["app"])
def test_no_query_breaks_a_page(app: Flask, world: World, name):
    """Every page that can be opened, with all of it behind the question mark."""
    client = people.sign_in(app.test_client(), people.known("관리자"))
    for rule in app.url_map.iter_rules():
        values = addresses(world).get(rule.endpoint, {})
        if "GET" not in (rule.methods or ()) or set(rule.arguments) != set(values):
            continue
        answer = client.get(people.path(rule.endpoint, **values), query_string=QUERIES[name])
        assert answer.status_code < 500, (rule.endpoint, name)
        assert "49" not in answer.headers.get("Location", ""), "nobody calculates in an address"
        assert "Set-Cookie: x=1" not in str(answer.headers)


@pytest.mark.parametrize("name", ["ten thousand parameters", "a value of a hundred thousand letters"])
def test_an_address_of_many_kilobytes_is_refused_before_it_is_read(client, name):
    answer = client.get("/sign-in", query_string=QUERIES[name])
    assert answer.status_code == 414


ADDRESSES = {
    "NUL": "%00",
    "half a character": "%ED%A0%80",
    "not UTF-8": "%FF",
    "dots": "..%2F..%2Fetc%2Fpasswd",
    "dots twice encoded": "%252e%252e%252f",
    "a backslash": "..%5C..%5Cwindows",
    "very long": "a" * 5_000,
    "too large a number": "9223372036854775808",
    "a negative number": "-1",
    "digits of another script": "%D9%A1",
    "quotes": "%27%22%3B--",
    "a line end": "%0D%0AX-Evil%3A%201",
    "a template": "%7B%7B7*7%7D%7D",
    "markup": "%3Cscript%3E",
}


@pytest.mark.parametrize(("app", "name"), cases(ADDRESSES), indirect=["app"])
def test_no_address_breaks_a_page(app: Flask, world: World, name):
    """In the place of each thing that an address names, with every method it knows."""
    client = people.sign_in(app.test_client(), people.known("관리자"))
    for rule in app.url_map.iter_rules():
        for variable in rule.arguments:
            address = rule.rule
            values = {other: "1" for other in rule.arguments} | addresses(world).get(rule.endpoint, {})
            for other, value in (values | {variable: ADDRESSES[name]}).items():
                for kind in ("", "int:", "path:", "string:", "uuid:"):
                    address = address.replace(f"<{kind}{other}>", str(value))
            for method in (rule.methods or set()) - {"OPTIONS"}:
                answer = client.open(address, method=method)
                assert answer.status_code < 500, (rule.endpoint, method, name)
                assert b"<script>" not in answer.get_data().replace(b'<script type="module"', b""), rule.endpoint
                assert "X-Evil" not in answer.headers


FIELDS = {
    "NUL": "a\x00b",
    "half a character": b"\xed\xa0\x80",
    "not UTF-8": b"\xff\xfe",
    "a hundred thousand letters": "a" * 100_000,
    "a number past 64 bits": "9223372036854775808",
    "not a number": "NaN",
    "markup": "<script>alert(1)</script>",
    "a file name": "../../etc/passwd",
    "invisible letters": "\u200b\u202e\u2066",
    "an emoji family": "👨‍👩‍👧‍👦" * 20,
}


@pytest.mark.parametrize(("app", "name"), cases(FIELDS), indirect=["app"])
def test_no_field_breaks_a_form(app: Flask, world: World, name):
    """Every address that takes a form, with the same strange value in every field anybody could think of."""
    fields = (
        "name", "password", "current", "email", "role", "scope", "reason", "note", "rule", "pins", "choice", "key",
        "code", "digits", "item", "rev", "badge", "title", "text", "course", "date", "start", "end", "places", "zone",
        "language", "text_size", "next", "take_next", "shown", "manager", "of_age", "mark-1", "q1", "q1-a",
    )  # fmt: skip
    client = people.sign_in(app.test_client(), people.known("관리자"))
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in {"academy.accounts.sign_out_everywhere"}:
            continue
        values = {other: 1 for other in rule.arguments} | addresses(world).get(rule.endpoint, {})
        answer = client.post(people.path(rule.endpoint, **values), data={field: FIELDS[name] for field in fields})
        assert answer.status_code < 500, (rule.endpoint, name)


@pytest.mark.parametrize("count", [501, 20_000])
def test_a_form_of_too_many_parts_is_refused_before_it_is_read(client, count):
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % number for number in range(count)
    )
    answer = client.post("/sign-in", data=parts + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_body_of_many_megabytes_is_refused_before_it_is_read(client):
    answer = client.post("/verify", data=b"x" * 20_000_001, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND", "X" * 200])
def test_no_other_method_does_anything(client, method):
    for address in ("/", "/sign-in", "/healthz", "/courses"):
        assert client.open(address, method=method).status_code in {400, 405}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "x" * 10_000},
        {"Accept-Language": "ko;q=nan, en;q=9" + ",a;q=0.1" * 5_000},
        {"Accept": "application/json;q=\x00"},
        {"Accept": "*/*;q=1e999, text/html;q=-1"},
        {"X-Request-ID": "a\tb" + "x" * 9_000},
        {"If-None-Match": '"' * 5_000},
        {"If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT"},
        {"Range": "bytes=0-0," * 5_000},
        {"Content-Length": "-1"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Content-Type": "multipart/form-data"},
        {"Cookie": "__Host-academy=" + "a" * 20_000},
        {"Cookie": "__Host-academy=.eJw=.x.y; " * 200},
        {"User-Agent": "\x1b[31m" + "x" * 9_000},
        {"X-Forwarded-For": "1.2.3.4," * 2_000},
        {"Idempotency-Key": "x" * 9_000},
    ],
)
def test_no_header_breaks_a_page(app, world, headers):
    client = app.test_client()
    for address in ("/", "/sign-in", "/api/openapi.json", f"/media/{world.public_media}", "/no-such-page"):
        for method in ("GET", "POST"):
            assert client.open(address, method=method, headers=headers).status_code < 500
