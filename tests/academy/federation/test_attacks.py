"""What somebody might try who wants into another person's account by way of another house. None gets through, and none
breaks a page."""

import base64
import hmac
import json
import threading
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from joserfc import jwt
from sqlalchemy import func, select

from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from academy.federation import operations, speaking
from academy.federation.models import Arrival, FederatedIdentity
from academy.federation.rules import Person
from academy.privacy.erasing import erase
from tests import people
from tests.engines import both_engines
from tests.other_house import CLIENT, KEY, OTHER_KEY, go_through, knowing, other_house, pass_through, set_out

SIGN_IN, ARRIVED = "/sign-in", "/sign-in/new"
NEW = {"name": "김하늘", "email": "haneul@example.org", "of_age": "y"}


def signed_in(client) -> bool:
    return client.get("/me").status_code == 200


def nobody_came_in(client) -> bool:
    return not signed_in(client) and not db.session.scalar(select(func.count()).select_from(Arrival))


def linked(house, user: User) -> None:
    with transaction():
        operations.link(user, "local", Person(house.url, str(house.person["sub"])), now())


def changed(path: str, **values: str) -> str:
    """The way back with other words in it."""
    parts = urlsplit(path)
    kept = {key: found[0] for key, found in parse_qs(parts.query).items()}
    return f"{parts.path}?{urlencode({**kept, **values})}"


@both_engines
@pytest.mark.parametrize("state", ["", "made up", "x" * 5000, "한글", "\0"])
def test_a_state_we_did_not_give_ends_nothing(client, house, state):
    back = pass_through(set_out(client))
    answer = client.get(changed(back, state=state))
    assert answer.location == SIGN_IN or answer.status_code == 422
    assert nobody_came_in(client)


@both_engines
def test_a_way_back_works_once(app, client, house):
    linked(house, people.newcomer())
    back = pass_through(set_out(client))
    assert client.get(back).location == people.path("home")
    client.post("/sign-out")
    assert client.get(back).location == SIGN_IN
    assert not signed_in(client)


@both_engines
def test_of_many_who_come_back_with_one_state_at_once_one_comes_in(app, client, house):
    linked(house, people.newcomer())
    back = pass_through(set_out(client))
    with client.session_transaction() as session:
        held = dict(session)
    came = []
    copies = [app.test_client() for _ in range(6)]
    for copy in copies:
        with copy.session_transaction() as session:
            session.update(held)

    def come_back(copy) -> None:
        with app.app_context():
            came.append(copy.get(back).location)

    threads = [threading.Thread(target=come_back, args=(copy,)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["/", *[SIGN_IN] * 5]


def test_a_code_used_before_opens_nothing(client, house):
    """Even with a state of our own: the house gives nothing for it a second time."""
    linked(house, people.newcomer())
    first = pass_through(set_out(client))
    client.get(first)
    client.post("/sign-out")
    second = pass_through(set_out(client))
    code = parse_qs(urlsplit(first).query)["code"][0]
    assert client.get(changed(second, code=code)).location == SIGN_IN
    assert not signed_in(client)


@both_engines
def test_somebody_elses_way_back_signs_nobody_in_as_them(app, client, house):
    """Who is led to an attacker's way back would do their work in the attacker's account."""
    attacker, victim = client, app.test_client()
    linked(house, people.outsider())
    back = pass_through(set_out(attacker))
    set_out(victim)
    assert victim.get(back).location == SIGN_IN
    assert not signed_in(victim)


def test_a_code_of_another_way_is_refused_by_its_nonce_and_its_verifier(app, client, house):
    """A stolen code in one's own way back: the verifier is another, and so is the nonce."""
    linked(house, people.newcomer())
    stolen = parse_qs(urlsplit(pass_through(set_out(app.test_client()))).query)["code"][0]
    own = pass_through(set_out(client))
    client.get(changed(own, code=stolen))
    assert not signed_in(client)


def test_a_way_back_that_took_too_long_is_closed(client, house):
    back = pass_through(set_out(client))
    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        assert client.get(back).location == SIGN_IN
    assert nobody_came_in(client)


def test_the_way_back_of_one_house_is_no_way_back_for_another(client, house):
    back = pass_through(set_out(client))
    assert client.get(back.replace("/with/local/", "/with/naver/")).location == SIGN_IN
    assert nobody_came_in(client)


def packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(algorithm: str, claims: dict) -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": "one"}
    return f"{packed(json.dumps(header).encode())}.{packed(json.dumps(claims).encode())}"


def plain(claims: dict) -> str:
    return unsigned("none", claims) + "."


def with_the_public_key_as_secret(claims: dict) -> str:
    body = unsigned("HS256", claims)
    return f"{body}.{packed(hmac.digest(KEY.as_pem(private=False), body.encode(), 'sha256'))}"


LIES = {
    "another nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: {key: claims[key] for key in claims if key != "nonce"},
    "another issuer": lambda claims: {**claims, "iss": "https://accounts.example"},
    "no issuer": lambda claims: {key: claims[key] for key in claims if key != "iss"},
    "another audience": lambda claims: {**claims, "aud": "another client"},
    "audience of several, given to another": lambda claims: {**claims, "aud": [CLIENT, "b"], "azp": "b"},
    "audience of several, given to nobody": lambda claims: {**claims, "aud": [CLIENT, "b"]},
    "no audience": lambda claims: {key: claims[key] for key in claims if key != "aud"},
    "expired": lambda claims: {**claims, "exp": claims["iat"] - 3600},
    "no end": lambda claims: {key: claims[key] for key in claims if key != "exp"},
    "from tomorrow": lambda claims: {**claims, "iat": claims["iat"] + 86_400, "nbf": claims["iat"] + 86_400},
    "no subject": lambda claims: {key: claims[key] for key in claims if key != "sub"},
    "an empty subject": lambda claims: {**claims, "sub": ""},
    "a number as subject": lambda claims: {**claims, "sub": 118},
    "an endless subject": lambda claims: {**claims, "sub": "x" * 300},
    "a subject with control signs": lambda claims: {**claims, "sub": "118\x004711"},
    "a wrong hash of the access token": lambda claims: {**claims, "at_hash": "AAAA"},
}
FORGERIES = {
    "no signature": plain,
    "another key": lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY),
    "an unknown key": lambda claims: jwt.encode({"alg": "RS256", "kid": "nine"}, claims, OTHER_KEY),
    "our public key as a secret": with_the_public_key_as_secret,
    "an algorithm the house does not use": lambda claims: jwt.encode({"alg": "PS256", "kid": "one"}, claims, KEY),
    "not a token": lambda _claims: "not a token",
    "a list": lambda _claims: ["not", "a", "token"],
    "nothing": lambda _claims: None,
    "an endless token": lambda claims: jwt.encode({"alg": "RS256"}, {**claims, "x": "x" * 90_000}, KEY),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_token_that_was_not_made_for_this_sign_in_opens_nothing(client, house, lie):
    linked(house, people.newcomer())
    house.twist = lie
    assert go_through(client).location == SIGN_IN
    assert not signed_in(client)


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_token_the_house_did_not_sign_opens_nothing(client, house, forged):
    linked(house, people.newcomer())
    house.sign = forged
    assert go_through(client).location == SIGN_IN
    assert not signed_in(client)


def test_a_house_may_not_offer_signatures_that_anybody_can_make(client, house):
    house.metadata["id_token_signing_alg_values_supported"] = ["none", "HS256"]
    house.sign = plain
    go_through(client)
    house.sign = with_the_public_key_as_secret
    house.keys.append({"kty": "oct", "kid": "one", "k": packed(KEY.as_pem(private=False))})
    go_through(client)
    assert nobody_came_in(client)


def test_another_house_in_the_place_of_the_registered_one_is_not_believed(client, house):
    house.metadata["issuer"] = "https://accounts.example"
    assert client.post("/sign-in/with/local").location == SIGN_IN


@pytest.mark.parametrize("address", ["http://accounts.example/token", "ftp://x", "", "https://user:pw@x/", None])
def test_a_house_that_sends_our_key_over_an_open_line_is_not_spoken_to(client, house, address):
    house.metadata["token_endpoint"] = address
    assert client.post("/sign-in/with/local").location == SIGN_IN


def test_the_answer_of_another_house_is_not_taken_for_this_ones(client, house):
    """The mix-up attack: a house that names itself in its answers must name itself."""
    linked(house, people.newcomer())
    back = pass_through(set_out(client))
    assert client.get(changed(back, iss="https://accounts.example")).location == SIGN_IN
    house.metadata["authorization_response_iss_parameter_supported"] = True
    speaking.house_of(house.provider())._metadata = None
    assert client.get(pass_through(set_out(client))).location == SIGN_IN
    assert client.get(changed(pass_through(set_out(client)), iss=house.url)).location == people.path("home")


def test_userinfo_about_somebody_else_is_not_believed(client, house):
    house.twist = lambda claims: {key: claims[key] for key in claims if key != "email_verified"}
    house.answers["/userinfo"] = (200, {}, json.dumps({"sub": "another", "email_verified": True}).encode())
    go_through(client)
    assert nobody_came_in(client)


@pytest.mark.parametrize(
    "profile",
    [
        {"resultcode": "024", "message": "Authentication failed"},
        {"resultcode": "00", "response": {}},
        {"resultcode": "00", "response": {"id": 5}},
        {"resultcode": "00", "response": "x"},
        ["x"],
    ],
)
def test_naver_saying_nothing_clear_opens_nothing(client, house, profile):
    house.naver_profile = profile
    assert go_through(client, "/sign-in/with/naver").location == SIGN_IN
    assert nobody_came_in(client)


@both_engines
@pytest.mark.parametrize("verified", [True, False])
def test_an_address_alone_never_opens_an_account(client, house, verified):
    """Somebody signed up there with the address of a person here, whether or not the house calls it verified."""
    victim = people.newcomer()
    with transaction():
        victim = db.session.get_one(User, victim.id)
        victim.identity.email, victim.identity.email_verified_at = "haneul@example.org", now()
    house.person["email_verified"] = verified
    assert go_through(client).location == ARRIVED
    assert "김영희" not in client.get(ARRIVED).text
    client.post(ARRIVED, data=NEW)
    assert db.session.scalars(select(FederatedIdentity.user_id)).one() != victim.id
    assert "김영희" not in client.get("/me").text


def test_an_account_made_beforehand_with_somebodys_address_gets_nothing_of_theirs(app, client, house):
    """The attacker signs up with the victim's address and waits for the victim to come by another house."""
    attacker = people.outsider()
    with transaction():
        attacker = db.session.get_one(User, attacker.id)
        attacker.identity.email = "haneul@example.org"
    assert go_through(client).location == ARRIVED
    client.post(ARRIVED, data=NEW)
    assert db.session.scalars(select(FederatedIdentity.user_id)).one() != attacker.id


@both_engines
def test_an_account_elsewhere_that_opens_one_account_is_not_tied_to_a_second(client, house):
    linked(house, people.newcomer())
    second = people.candidate()
    people.sign_in(client, second)
    assert go_through(client, "/me/elsewhere/local").location == "/me"
    assert db.session.scalars(select(FederatedIdentity.user_id)).one() != second.id


def test_linking_ends_in_the_account_it_began_in_or_nowhere(app, client, house):
    """On a shared computer somebody else may have signed in meanwhile."""
    people.sign_in(client, people.newcomer())
    back = pass_through(set_out(client, "/me/elsewhere/local"))
    with client.session_transaction() as session:
        browser = session["browser"]
    people.sign_in(client, people.candidate())
    with client.session_transaction() as session:
        session["browser"] = browser
    client.get(back)
    assert db.session.scalars(select(FederatedIdentity)).all() == []


@pytest.mark.parametrize("act", ["/me/elsewhere/local", "/sign-in/new/link"])
def test_tying_accounts_together_asks_anew_who_sits_there(client, house, act):
    people.sign_in(client, people.newcomer(), confirmed=False)
    assert client.post(act).status_code == 403


def test_only_ones_own_link_can_be_taken_away(client, house):
    linked(house, people.newcomer())
    number = db.session.scalars(select(FederatedIdentity.id)).one()
    people.sign_in(client, people.candidate())
    assert client.post(f"/me/elsewhere/{number}/remove").status_code == 404


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "javascript:alert(1)", "http:evil.example", " //evil.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_coming_in(client, house, target):
    linked(house, people.newcomer())
    assert go_through(client, next=target).location == people.path("home")


def test_setting_out_is_no_link_that_somebody_else_can_give(app, client, house):
    assert client.get("/sign-in/with/local").status_code == 405
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/sign-in/with/local").status_code == 419


def test_a_house_nobody_set_up_does_not_exist(client, house):
    assert client.post("/sign-in/with/google").status_code == 404
    assert client.get("/sign-in/with/google/back?state=x&code=y").location == SIGN_IN


def test_whoever_has_a_second_factor_is_asked_for_it_here_too(client, house, monkeypatch):
    linked(house, people.newcomer())
    monkeypatch.setattr("academy.factors.queries.has_second", lambda _user_id: True)
    assert go_through(client).location == "/sign-in/second-step"
    assert not signed_in(client)


NONSENSE = {
    "brackets": b"[" * 100_000,
    "not JSON": b"<html>",
    "NaN": b'{"keys": NaN}',
    "surrogate": b'{"keys": "\\ud800"}',
    "no object": b'"x"',
    "no keys": b'{"keys": []}',
    "keys of nothing": b'{"keys": [null]}',
    "too large": b" " * 300_000,
    "nothing": b"",
}


@pytest.mark.parametrize("where", ["/token", "/keys", "/userinfo"])
@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_house_that_speaks_nonsense_breaks_nothing(client, house, where, nonsense):
    house.twist = lambda claims: {key: claims[key] for key in claims if key != "email_verified"}
    house.answers[where] = (200, {"Content-Type": "application/json"}, nonsense)
    assert go_through(client).location == SIGN_IN
    assert nobody_came_in(client)


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
def test_nobody_is_sent_to_a_house_that_does_not_say_where_its_door_is(client, house, nonsense):
    house.answers["/.well-known/openid-configuration"] = (200, {}, nonsense)
    assert client.post("/sign-in/with/local").location == SIGN_IN


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_we_follow_no_house_elsewhere_with_our_key(client, house, status):
    with other_house() as thief:
        house.answers["/token"] = (status, {"Location": f"{thief.url}/token"}, b"")
        go_through(client)
        assert thief.asked == []
    assert nobody_came_in(client)


def test_a_slow_house_keeps_nobody_else_waiting(app, client, house, monkeypatch):
    monkeypatch.setattr(speaking, "HOUSE", speaking.Reach(private=True, seconds=0.3))
    address = set_out(client)
    back = pass_through(address)
    house.sign = lambda _claims: time.sleep(1.5) or "late"
    began = time.monotonic()
    assert client.get(back).location == SIGN_IN
    assert time.monotonic() - began < 1.2


def test_too_many_waiting_for_houses_are_asked_to_come_again(app, client, house, monkeypatch):
    monkeypatch.setattr(speaking, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(speaking, "PATIENCE", 0.05)
    with speaking._waiting:
        assert client.post("/sign-in/with/local").status_code == 503
    set_out(client)


def test_the_log_names_the_house_and_not_the_person(client, house, caplog):
    house.twist = LIES["another issuer"]
    with caplog.at_level("INFO"):
        go_through(client)
    assert "provider-not-believed" in caplog.text
    for secret in ("118-4711", "haneul", "김하늘", "a key of the client"):
        assert secret not in caplog.text


def test_the_key_of_the_client_is_in_no_setting_that_is_printed(app, house):
    with knowing(app, house.provider()):
        assert "a key of the client" not in repr(app.extensions["academy.settings"])


@both_engines
def test_whoever_came_in_by_an_account_that_is_taken_away_is_signed_out(app, client, house):
    """Somebody whose account elsewhere was stolen takes it away; the thief must not stay."""
    user = people.newcomer()
    linked(house, user)
    thief = app.test_client()
    go_through(thief)
    assert signed_in(thief)
    people.sign_in(client, user)
    number = db.session.scalars(select(FederatedIdentity.id)).one()
    client.post(f"/me/elsewhere/{number}/remove")
    assert signed_in(client)
    assert not signed_in(thief)


@both_engines
def test_of_two_who_link_one_account_at_the_same_moment_one_gets_it(app, house, monkeypatch):
    one, other = people.newcomer(), people.candidate()
    linked(house, one)
    monkeypatch.setattr("academy.federation.queries.identity_of", lambda _person: None)
    with pytest.raises(operations.LinkedElsewhere):
        linked(house, other)
    assert db.session.scalars(select(FederatedIdentity.user_id)).all() == [one.id]


@both_engines
def test_of_somebody_erased_no_account_elsewhere_is_known(client, house):
    user = people.newcomer()
    linked(house, user)
    with transaction():
        erase(db.session.get_one(User, user.id), now())
    assert db.session.scalars(select(FederatedIdentity)).all() == []
    assert go_through(client).location == ARRIVED
