"""Passkeys: signing in without a password, and everything that must not count as one."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from academy.accounts.models import SignIn
from academy.clock import now
from academy.db import db, transaction
from academy.factors.models import Passkey, PasskeyCeremony
from academy.factors.rules import Proof
from tests import people, proofs
from tests.authenticator import Authenticator, handle_of
from tests.engines import both_engines
from tests.people import PASSWORD
from tests.proofs import ANSWER, QUESTION

FACTORS = "/me/second-step"
ADD = FACTORS + "/passkeys"


def signed_in(client) -> bool:
    return client.get(FACTORS).status_code == 200


def owner_with_passkey(app, device=None):
    """김영희 has a passkey; her browser is closed again."""
    user = people.newcomer()
    return user, proofs.with_passkey(people.sign_in(app.test_client(), user), device)


@both_engines
def test_a_passkey_opens_the_door_without_name_and_password(app, client):
    _user, device = owner_with_passkey(app)
    answer = proofs.answer(client, device, "sign in", next="/record")
    assert answer.get_json() == {"next": "/record"}
    assert signed_in(client)
    newest = db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    assert newest.factor is Proof.PASSKEY


@both_engines
def test_a_passkey_is_the_second_step_after_the_password(app, client):
    _user, device = owner_with_passkey(app)
    sent = client.post("/sign-in", data={"name": "김영희", "password": PASSWORD, "next": "/record"})
    assert sent.location == "/sign-in/second-step"
    assert "data-passkey" in client.get(sent.location).text
    assert proofs.answer(client, device, "second step").get_json() == {"next": "/record"}
    assert signed_in(client)


def test_what_a_passkey_keeps_of_a_person_says_nothing_about_them(client):
    user = people.newcomer()
    people.sign_in(client, user)
    options = client.post(ADD + "/question", json={}).get_json()
    assert handle_of(options) == user.public_id
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_the_question_at_the_door_names_nobodys_passkeys(app, client):
    owner_with_passkey(app)
    assert not client.post(QUESTION, json={"purpose": "sign in"}).get_json().get("allowCredentials")


def test_an_answer_counts_once(app, client):
    _user, device = owner_with_passkey(app)
    options = client.post(QUESTION, json={"purpose": "sign in"}).get_json()
    body = {"purpose": "sign in", "credential": device.sign(options)}
    with client.session_transaction() as session:
        held = dict(session)
    assert client.post(ANSWER, json=body).status_code == 200
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(held)
    assert thief.post(ANSWER, json=body).status_code == 422
    assert not signed_in(thief)


def test_an_answer_that_was_overheard_counts_in_no_other_browser(app, client):
    _user, device = owner_with_passkey(app)
    options = client.post(QUESTION, json={"purpose": "sign in"}).get_json()
    thief = app.test_client()
    thief.post(QUESTION, json={"purpose": "sign in"})
    assert thief.post(ANSWER, json={"purpose": "sign in", "credential": device.sign(options)}).status_code == 422


def test_a_question_waits_five_minutes(app, client):
    _user, device = owner_with_passkey(app)
    options = client.post(QUESTION, json={"purpose": "sign in"}).get_json()
    with time_machine.travel(now() + timedelta(minutes=6)):
        answer = client.post(ANSWER, json={"purpose": "sign in", "credential": device.sign(options)})
    assert answer.status_code == 422


def test_questions_nobody_answered_are_swept_away(client):
    client.post(QUESTION, json={"purpose": "sign in"})
    with time_machine.travel(now() + timedelta(minutes=6)):
        client.post(QUESTION, json={"purpose": "sign in"})
    assert len(db.session.scalars(select(PasskeyCeremony)).all()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "https://localhost"},
        {"host": "evil.example"},
        {"verifies": False},
    ],
    ids=["foreign page", "look-alike page", "other scheme", "foreign house", "no finger asked"],
)
def test_what_does_not_fit_opens_nothing(app, client, wrong):
    _user, device = owner_with_passkey(app)
    for name, value in wrong.items():
        setattr(device, name, value)
    assert proofs.answer(client, device, "sign in").status_code == 422
    assert not signed_in(client)


def test_a_forged_signature_opens_nothing(app, client):
    _user, device = owner_with_passkey(app)
    forger = Authenticator(credential_id=device.credential_id, handle=device.handle)
    assert proofs.answer(client, forger, "sign in").status_code == 422
    assert not signed_in(client)


def test_a_copied_key_that_counts_is_noticed(app, client):
    _user, device = owner_with_passkey(app, Authenticator(counts=True))
    assert proofs.answer(client, device, "sign in").status_code == 200
    device.count -= 2
    assert proofs.answer(app.test_client(), device, "sign in").status_code == 422


def test_the_passkey_of_somebody_else_is_no_second_step(app, client):
    owner_with_passkey(app)
    other = people.candidate()
    foreign = proofs.with_passkey(people.sign_in(app.test_client(), other))
    client.post("/sign-in", data={"name": "김영희", "password": PASSWORD})
    assert proofs.answer(client, foreign, "second step").status_code == 422
    assert not signed_in(client)


def test_an_answer_for_one_purpose_is_none_for_another(app, client):
    _user, device = owner_with_passkey(app)
    client.post("/sign-in", data={"name": "김영희", "password": PASSWORD})
    options = client.post(QUESTION, json={"purpose": "sign in"}).get_json()
    crossed = client.post(ANSWER, json={"purpose": "second step", "credential": device.sign(options)})
    assert crossed.status_code == 422


def test_nobody_is_asked_for_a_second_step_or_a_confirmation_without_the_first(client):
    for purpose in ("second step", "confirm"):
        assert client.post(QUESTION, json={"purpose": purpose}).status_code == 401
        assert client.post(ANSWER, json={"purpose": purpose, "credential": {}}).status_code == 401


def test_a_passkey_of_a_closed_account_opens_nothing(app, client):
    user, device = owner_with_passkey(app)
    with transaction():
        people.known(user.name).closed_at = now()
    assert proofs.answer(client, device, "sign in").status_code == 422
    assert not signed_in(client)


def test_a_passkey_can_not_be_added_twice_or_with_anothers_question(app, client):
    user, device = owner_with_passkey(app)
    people.sign_in(client, user)
    options = client.post(ADD + "/question", json={}).get_json()
    assert [each["id"] for each in options["excludeCredentials"]] == [device.make(options)["id"]]
    assert client.post(ADD, json={"credential": device.make(options)}).status_code == 422
    options = client.post(ADD + "/question", json={}).get_json()
    other = people.sign_in(app.test_client(), people.candidate())
    assert other.post(ADD, json={"credential": Authenticator().make(options)}).status_code == 422
    assert len(db.session.scalars(select(Passkey)).all()) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {}, [], {"credential": None}, {"credential": []}, {"credential": {}}, {"purpose": "add", "credential": {}},
        {"credential": {"id": 1}}, {"credential": {"id": "x", "rawId": "x", "type": "public-key", "response": {}}},
        {"credential": {"id": "A", "rawId": "A", "type": "public-key", "response": {
            "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "attestationObject": "AA"}}},
    ],
)  # fmt: skip
def test_nonsense_gets_a_sentence_and_breaks_nothing(client, sent):
    people.sign_in(client, people.newcomer())
    for address, purpose in ((ANSWER, "sign in"), (ANSWER, "confirm"), (ADD, "add")):
        client.post(QUESTION if purpose != "add" else ADD + "/question", json={"purpose": purpose})
        body = {"purpose": purpose, **sent} if isinstance(sent, dict) else sent
        answer = client.post(address, json=body)
        assert answer.status_code == 422, (address, answer.text)
        assert answer.get_json()["detail"]


def test_a_person_names_and_removes_their_passkeys_and_nobody_elses(app, client):
    user = people.newcomer()
    people.sign_in(client, user)
    proofs.with_passkey(client)
    passkey = db.session.scalars(select(Passkey)).one()
    assert passkey.transports == ["hybrid", "internal"]
    other = people.sign_in(app.test_client(), people.candidate())
    for act in ("name", "remove"):
        assert other.post(f"{ADD}/{passkey.id}/{act}", data={"name": "mine now"}).status_code == 404
    client.post(f"{ADD}/{passkey.id}/name", data={"name": "딸이 준 휴대폰"})
    assert "딸이 준 휴대폰" in client.get(FACTORS).text
    client.post(f"{ADD}/{passkey.id}/remove")
    assert not proofs.held(user).second


def test_the_last_way_in_can_not_be_removed(app, client):
    user = people.newcomer()
    people.sign_in(client, user)
    proofs.with_passkey(client)
    with transaction():
        people.known("김영희").identity.password_hash = None
    passkey = db.session.scalars(select(Passkey)).one()
    assert client.post(f"{ADD}/{passkey.id}/remove").status_code == 409
    assert proofs.held(user).passkeys == 1


def test_ten_passkeys_are_enough(client):
    people.sign_in(client, people.newcomer())
    for _ in range(10):
        proofs.with_passkey(client)
    assert client.post(ADD + "/question", json={}).status_code == 422
