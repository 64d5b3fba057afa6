"""Nobody is led from our address to another site."""

import pytest
from flask import Flask

from tests import people
from tests.browsing import come_in

SPELLINGS = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "/%09/evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "//evil.example@localhost/",
    "https://localhost@evil.example/",
    "/\x00/evil.example",
    " //evil.example",
    "/\r\nLocation: https://evil.example",
]

CHOICES = {"language": "en", "text_size": "large", "password": people.PASSWORD}


def leads_away(location: str) -> bool:
    """Where a browser would go: it drops tabs and line ends, and reads a backslash as a slash."""
    read = location.replace("\t", "").replace("\r", "").replace("\n", "").replace("\\", "/").strip()
    return not read.startswith("/") or read.startswith("//") or "evil" in read.split("?")[0].split("/", 2)[1]


@pytest.mark.parametrize("target", SPELLINGS)
def test_the_door_leads_on_only_within_the_house(app: Flask, target):
    people.newcomer()
    client = app.test_client()
    client.get("/sign-in", query_string={"next": target})
    answer = come_in(client, "김영희", next=target)
    assert answer.status_code == (422 if "\0" in target else 302), "NUL is refused whatever it stands in"
    assert "\0" in target or not leads_away(answer.location)


@pytest.mark.parametrize("target", SPELLINGS)
@pytest.mark.parametrize("address", ["/language", "/text-size", "/sign-in", "/sign-up", "/confirm"])
def test_no_page_that_leads_back_leads_away(app: Flask, address, target):
    client = people.sign_in(app.test_client(), people.newcomer())
    for answer in (
        client.post(
            address, data={"next": target, "language": "en", "text_size": "large", "password": people.PASSWORD}
        ),
        client.post(address, query_string={"next": target}, data={"language": "en", "password": people.PASSWORD}),
        client.get(address, query_string={"next": target}),
    ):
        if answer.status_code in {301, 302, 303, 307, 308}:
            assert not leads_away(answer.location), answer.location
        assert "evil.example" not in answer.headers.get("Refresh", "")


def test_a_page_never_carries_a_foreign_way_back(app: Flask):
    for target in SPELLINGS:
        page = app.test_client().get("/sign-in", query_string={"next": target}).get_data(as_text=True)
        assert 'value="https://evil' not in page
        assert 'value="//evil' not in page
        assert 'value="javascript:' not in page
