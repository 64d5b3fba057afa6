"""What a person hears of when it happens to their second step: also when it was not them."""

import pytest

from academy.clock import now
from academy.db import transaction
from tests import letters, people, proofs
from tests.people import PASSWORD

ADDRESS = "reader@example.com"


@pytest.fixture
def reader(app):
    """Somebody whose address is proved."""
    user = people.person("Reader", language="en")
    with transaction():
        identity = people.known("Reader").identity
        identity.email, identity.email_verified_at = ADDRESS, now()
    return user


def subjects() -> list[str]:
    return [letter.subject for letter in letters.sent(ADDRESS)]


def first_step(client):
    return client.post("/sign-in", data={"name": "Reader", "password": PASSWORD})


def test_a_new_browser_is_told_once(app, client, reader):
    first_step(client)
    assert subjects() == ["New sign-in to your account"]
    client.post("/sign-out")
    first_step(client)
    assert len(subjects()) == 1, "this browser is known by now"
    first_step(app.test_client())
    assert len(subjects()) == 2


def test_the_password_alone_is_not_told_as_a_sign_in(client, reader):
    proofs.with_app(reader)
    first_step(client)
    assert subjects() == []


def test_a_factor_that_comes_or_goes_is_told(client, reader):
    people.sign_in(client, reader)
    proofs.with_passkey(client)
    assert "Passkey" in letters.newest(ADDRESS).text
    client.post("/me/second-step/passkeys/1/remove")
    assert len(subjects()) == 2


def test_an_administrator_who_takes_it_away_is_told_to_the_person(app, client, reader):
    proofs.with_app(reader)
    people.sign_in(client, people.administrator())
    client.post(f"/people/{reader.public_id}/second-step/forget")
    assert "App with six digits" in letters.newest(ADDRESS).text


def test_a_recovery_code_is_told_with_how_many_are_left(client, reader):
    proofs.with_app(reader)
    code = proofs.with_codes(reader)[0]
    first_step(client)
    client.post("/sign-in/second-step", data={"recovery": code})
    assert "9 codes are left" in letters.sent(ADDRESS)[0].text


def test_many_wrong_codes_after_the_right_password_are_told_once(client, reader):
    proofs.with_app(reader)
    first_step(client)
    for _ in range(12):
        client.post("/sign-in/second-step", data={"code": "000000"})
    assert subjects() == ["Somebody knows your password"]
