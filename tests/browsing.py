"""A browser as an attacker holds it: it reads the token of a page, and can be copied with all its cookies."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people import PASSWORD

COOKIE = "__Host-academy"


def token_of(client: FlaskClient, address: str = "/courses") -> str:
    """The token against forged requests that stands on a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(address).get_data(as_text=True))
    assert found
    return found.group(1)


def cookie_of(client: FlaskClient) -> str:
    """What the browser keeps for us, as it sends it."""
    cookie = client.get_cookie(COOKIE, path="/")
    return cookie.value if cookie else ""


def with_cookie(app: Flask, value: str) -> FlaskClient:
    """Another browser, into which this cookie was put."""
    client = app.test_client()
    client.set_cookie(COOKIE, value, domain="localhost", path="/", secure=True)
    return client


def come_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: Any) -> TestResponse:
    """Through the door, with the token of the page."""
    data = {"name": name, "password": password, "csrf_token": token_of(client, "/sign-in"), **more}
    return client.post("/sign-in", data=data)


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200
