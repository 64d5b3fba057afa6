"""Names that look alike, names that tell by the time they take, and digits that were seen over a shoulder."""

import statistics
import time
from datetime import timedelta

import pytest
import time_machine

from academy.accounts import guessing
from academy.clock import now
from tests import people, proofs
from tests.browsing import come_in, is_in
from tests.engines import both_engines

LOOK_ALIKES = {
    "Cyrillic letters": "Аnna Ѕmith",
    "Greek letters": "Αnna Smith",
    "wide letters": "Ａｎｎａ Ｓｍｉｔｈ",
    "capitals": "ANNA SMITH",
    "a space more": "Anna  Smith",
    "a space of another width": "Anna\u2003Smith",
    "an invisible letter": "An\u200bna Smith",
    "a mark of direction": "Anna\u202e Smith",
    "a soft hyphen": "An\u00adna Smith",
    "a combining sign that joins": "Anna\u2060 Smith",
    "mathematical letters": "𝐀𝐧𝐧𝐚 𝐒𝐦𝐢𝐭𝐡",
    "letters in circles": "Ⓐⓝⓝⓐ Ⓢⓜⓘⓣⓗ",
    "spaces around": "  Anna Smith  ",
    "a tab": "Anna\tSmith",
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_name_that_looks_like_anothers_is_taken(app, name):
    people.person("Anna Smith")
    client = app.test_client()
    sent = {"name": LOOK_ALIKES[name], "password": people.PASSWORD, "of_age": "y"}
    answer = client.post("/sign-up", data=sent)
    assert answer.status_code == 422
    assert not is_in(client)


@pytest.mark.parametrize(
    ("kept", "tried"), [("김영희", "김영희"), ("김영희", "김 영희"), ("각", "각")], ids=["NFD", "space", "jamo"]
)
def test_a_korean_name_in_another_spelling_is_the_same_name(app, kept, tried):
    people.person(kept * 2 if len(kept) < 2 else kept)
    sent = {"name": tried * 2 if len(tried) < 4 and kept == "각" else tried, "password": people.PASSWORD, "of_age": "y"}
    assert app.test_client().post("/sign-up", data=sent).status_code == 422


def test_a_name_can_not_be_changed_into_one_that_looks_like_anothers(app):
    people.person("Anna Smith")
    client = people.sign_in(app.test_client(), people.outsider())
    sent = {"name": LOOK_ALIKES["Cyrillic letters"], "language": "en", "text_size": "normal"}
    assert client.post("/me", data=sent).status_code == 422


@pytest.mark.slow
def test_the_time_the_door_takes_tells_no_names(app, monkeypatch):
    """Wrong passwords for known and for unknown names, in turns: the middles lie within a quarter of a hash.

    Time of the processor: what else the machine does meanwhile makes a clock say nothing."""
    monkeypatch.setattr(guessing, "must_wait", lambda *_who: False)
    for number in range(3):
        people.person(f"Known {number}")
    client = app.test_client()
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(32):
        for kind in ("known", "unknown") if number % 2 else ("unknown", "known"):
            name = f"Known {number % 3}" if kind == "known" else f"Nobody {number % 3}"
            began = time.process_time()
            assert client.post("/sign-in", data={"name": name, "password": "not the password"}).status_code == 422
            took[kind].append(time.process_time() - began)
    known, unknown = (statistics.median(times[2:]) for times in took.values())
    fastest = min(min(times) for times in took.values())
    assert abs(known - unknown) < max(0.25 * fastest, 0.012), (known, unknown)


def test_known_and_unknown_names_are_answered_alike(app):
    people.newcomer()
    answers = [come_in(app.test_client(), name, "not the password") for name in ("김영희", "없는사람")]
    assert {answer.status_code for answer in answers} == {422}
    assert len({len(answer.data.replace("김영희".encode(), "없는사람".encode())) for answer in answers}) == 1
    assert {tuple(sorted(name for name, _ in answer.headers)) for answer in answers}


@both_engines
def test_totp_replay(app):
    """Digits that opened the door once open it for nobody else, though their thirty seconds are not over."""
    user = people.newcomer()
    phone = proofs.with_app(user)
    with time_machine.travel(now(), tick=False):
        code = proofs.digits(phone)
        owner, thief = app.test_client(), app.test_client()
        for client in (owner, thief):
            assert come_in(client, "김영희").location == "/sign-in/second-step"
        assert owner.post("/sign-in/second-step", data={"code": code}).status_code == 302
        assert is_in(owner)
        assert thief.post("/sign-in/second-step", data={"code": code}).status_code == 422
        assert not is_in(thief)
    with time_machine.travel(now() + timedelta(seconds=20), tick=False):
        assert thief.post("/sign-in/second-step", data={"code": code}).status_code == 422
        assert not is_in(thief)


def test_a_thousand_codes_can_not_be_tried(app):
    """Six digits are guessed by trying: after ten wrong ones even the right one has to wait."""
    user = people.newcomer()
    phone = proofs.with_app(user)
    client = app.test_client()
    come_in(client, "김영희")
    right = proofs.digits(phone)
    told = [client.post("/sign-in/second-step", data={"code": f"{number:06}"}).status_code for number in range(12)]
    assert told.count(429) >= 2
    assert client.post("/sign-in/second-step", data={"code": right}).status_code == 429
    fresh = app.test_client()
    come_in(fresh, "김영희")
    assert fresh.post("/sign-in/second-step", data={"code": right}).status_code == 429, (
        "a new browser begins nothing anew"
    )
