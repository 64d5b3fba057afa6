"""A link to a new password: it works once, for the one it was made for, and always leads to us."""

import pytest

from academy.accounts.models import Identity
from academy.clock import now
from academy.db import db, transaction
from tests import letters, people, proofs
from tests.browsing import COOKIE, come_in, is_in, token_of
from tests.engines import both_engines

NEW, OTHER = "another quiet evening", "a third way to the river"
ADDRESS = "kim@example.kr"


@pytest.fixture(autouse=True)
def guarded(app):
    app.config["WTF_CSRF_ENABLED"] = True


def proved(user, address=ADDRESS):
    with transaction():
        identity = db.session.get_one(Identity, user.id)
        identity.email, identity.email_verified_at = address, now()
    return user


def ask(client, who, **more):
    sent = {"who": who, "csrf_token": token_of(client, "/forgot-password")}
    return client.post("/forgot-password", data=sent, **more)


def choose(client, path, password):
    """Open a link and choose a password."""
    client.get(path)
    return client.post("/reset", data={"password": password, "csrf_token": token_of(client, "/courses")})


@both_engines
def test_a_reset_link_twice(app, client):
    proved(people.newcomer())
    ask(client, ADDRESS)
    path = letters.newest(ADDRESS).path("/reset/")
    assert choose(client, path, NEW).status_code == 302
    again = app.test_client()
    assert choose(again, path, OTHER).status_code == 404
    assert not is_in(again)
    assert come_in(app.test_client(), "김영희", OTHER).status_code == 422
    assert come_in(app.test_client(), "김영희", NEW).status_code == 302


@both_engines
def test_a_reset_link_for_another_address(app, client):
    """The letter goes to the address that was proved, whatever else the request says; and the link is bound to it."""
    proved(people.newcomer())
    proved(people.outsider(), "attacker@evil.example")
    before = len(letters.sent("attacker@evil.example"))
    for who in (
        f"{ADDRESS},attacker@evil.example",
        f"{ADDRESS}\r\nBcc: attacker@evil.example",
        f"{ADDRESS}%0aattacker@evil.example",
        f"{ADDRESS} attacker@evil.example",
        ADDRESS.upper().replace("KIM", "ᴋim"),
    ):
        ask(client, who)
    sent = {"who": [ADDRESS, "attacker@evil.example"], "csrf_token": token_of(client, "/forgot-password")}
    client.post("/forgot-password", data=sent)
    for letter in letters.sent("attacker@evil.example")[before:]:
        assert "김영희" not in letter.text
    for letter in letters.sent(ADDRESS):
        assert "evil" not in str(letter.message["To"]) + str(letter.message.get("Cc", "")) + str(letter.message["From"])


@both_engines
def test_a_reset_link_opens_the_account_it_was_made_for_and_no_other(app, client):
    proved(people.newcomer())
    proved(people.outsider(), "outsider@example.org")
    thief = people.sign_in(app.test_client(), people.known("Outsider"))
    ask(client, ADDRESS)
    choose(thief, letters.newest(ADDRESS).path("/reset/"), NEW)
    assert come_in(app.test_client(), "Outsider", NEW).status_code == 422
    assert come_in(app.test_client(), "김영희", NEW).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "localhost@evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Host": "evil.example", "X-Original-URL": "//evil.example/"},
    ],
)
def test_a_reset_link_with_a_foreign_host(app, client, headers):
    proved(people.newcomer())
    token = token_of(client, "/forgot-password")
    before = len(letters.sent(ADDRESS))
    answer = client.post("/forgot-password", data={"who": ADDRESS, "csrf_token": token}, headers=headers)
    assert "evil" not in answer.headers.get("Location", "")
    if "Host" in headers:
        assert answer.status_code == 400
    for letter in letters.sent(ADDRESS)[before:]:
        assert "evil" not in letter.text + letter.html
        assert all(link.startswith("http://localhost") for link in letter.links)


def test_a_made_up_link(app, client):
    people.newcomer()
    for token in ("x", "A" * 43, "../../etc/passwd", "%00", "1", "null", "a" * 4_000):
        assert choose(client, f"/reset/{token}", NEW).status_code in {302, 404}
        assert not is_in(client)
    assert come_in(app.test_client(), "김영희", NEW).status_code == 422


@both_engines
def test_a_reset_does_not_go_around_the_second_step(app, client):
    user = proved(people.newcomer())
    proofs.with_app(user)
    ask(client, ADDRESS)
    answer = choose(client, letters.newest(ADDRESS).path("/reset/"), NEW)
    assert answer.location == "/sign-in/second-step"
    assert not is_in(client)


def test_known_and_unknown_addresses_are_answered_alike(app):
    proved(people.newcomer())
    answers = [ask(app.test_client(), who) for who in (ADDRESS, "nobody@example.kr", "김영희", "없는 사람")]
    assert len({(answer.status_code, answer.location) for answer in answers}) == 1
    assert all(COOKIE in str(answer.headers.getlist("Set-Cookie")) for answer in answers) or not any(
        answer.headers.getlist("Set-Cookie") for answer in answers
    )
