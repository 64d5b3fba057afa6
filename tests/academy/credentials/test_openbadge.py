"""A badge verifies for anyone, and nothing false about it does."""

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest

from academy.credentials.canonical import DroppedTerms, NotCanonical, TooMuchWork, UnknownContext, canonical
from academy.credentials.openbadge import compose, verify
from academy.credentials.proof import did_document, multikey, sign
from academy.credentials.rules import Verdict
from tests.academy.credentials.issuers import (
    DIDS,
    ISSUED,
    ISSUER,
    KEY,
    METHOD,
    NOW,
    OTHER,
    OTHER_KEY,
    badge,
    findings,
    judge,
    signed,
)
from tests.needs import samples


def test_a_badge_of_ours_is_valid():
    verification = judge(signed())
    assert verification.verdict is Verdict.VALID
    assert verification.results == (("Score", "87"), ("IoU", "0.91"))
    assert verification.name == "데이터 라벨러 1급"


def test_the_contexts_stand_in_the_order_the_specification_asks():
    assert signed()["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]


def test_a_badge_holds_no_null_no_empty_list_and_one_status():
    bare = compose(badge(results=(), valid_until=None, image="", status=None))
    text = json.dumps(bare)
    assert "null" not in text
    assert "[]" not in text
    assert isinstance(signed()["credentialStatus"], dict)


def test_a_badge_made_by_another_implementation_is_valid_and_one_letter_breaks_it():
    foreign = json.loads((samples("formats-openbadges") / "v2OBv3SpecExample.json").read_text())
    arguments = {"find_did": lambda _: None, "find_list": lambda _: None, "now": NOW}
    assert verify(foreign, **arguments).verdict is Verdict.VALID
    foreign["credentialSubject"]["achievement"]["name"] = "Teamwark"
    broken = verify(foreign, **arguments)
    assert broken.verdict is Verdict.INVALID
    assert "SIGNATURE_BROKEN" in findings(broken)


@pytest.mark.parametrize(
    "change",
    [
        lambda badge: badge.update(name="Another"),
        lambda badge: badge["credentialSubject"].update(id="urn:uuid:00000000-0000-4000-8000-000000000000"),
        lambda badge: badge["credentialSubject"]["result"][0].update(value="99"),
        lambda badge: badge["credentialSubject"]["result"].pop(),
        lambda badge: badge.update(validUntil="2038-11-01T00:00:00Z"),
        lambda badge: badge.pop("validUntil"),
        lambda badge: badge.pop("credentialStatus"),
        lambda badge: badge["proof"].update(created="2026-11-02T00:00:00Z"),
    ],
)
def test_whatever_is_changed_breaks_the_signature(change):
    forged = signed()
    change(forged)
    verification = judge(forged)
    assert verification.verdict is Verdict.INVALID
    assert "SIGNATURE_BROKEN" in findings(verification)


def test_one_flipped_byte_of_the_signature_is_noticed():
    forged = signed()
    value = forged["proof"]["proofValue"]
    forged["proof"]["proofValue"] = value[:20] + ("2" if value[20] != "2" else "3") + value[21:]
    assert judge(forged).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "add",
    [
        lambda badge: badge.update(grade="A"),
        lambda badge: badge["credentialSubject"].update(grade="A"),
        lambda badge: badge["credentialSubject"]["achievement"].update(grade={"name": "A"}),
        lambda badge: badge.update(type=[*badge["type"], "GoldBadge"]),
        lambda badge: badge.update(evidence=[]),
        lambda badge: badge.update(endorsement=None),
        lambda badge: badge.update({"@index": "x"}),
        lambda badge: badge["issuer"].update({"@reverse": {"name": "x"}}),
        lambda badge: badge.update(name={"@value": "데이터 라벨러 1급", "@language": "not a language"}),
    ],
)
def test_a_word_that_would_not_be_signed_fails_at_issue_and_at_verification(add):
    document = compose(badge())
    add(document)
    with pytest.raises(DroppedTerms):
        sign(document, KEY, method=METHOD, created=ISSUED)
    forged = signed()
    add(forged)
    verification = judge(forged)
    assert verification.verdict is Verdict.INVALID
    assert "WORDS_UNSIGNED" in findings(verification)


def test_a_word_added_to_the_proof_is_noticed():
    forged = signed()
    forged["proof"]["grade"] = "A"
    assert judge(forged).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("credentialStatus", "https://www.w3.org/2018/credentials#credentialStatus"),
        ("validUntil", "https://www.w3.org/2018/credentials#validUntil"),
    ],
)
def test_hiding_a_word_behind_its_whole_address_does_not_hide_its_meaning(word, address):
    forged = signed()
    forged[address] = forged.pop(word)
    assert judge(forged).verdict is Verdict.INVALID


def test_a_vocabulary_inside_the_badge_is_not_followed():
    forged = signed()
    forged["@context"] = [*forged["@context"], {"grade": None}]
    forged["grade"] = "A"
    verification = judge(forged)
    assert verification.verdict is not Verdict.VALID
    assert "WORDS_UNKNOWN" in findings(verification)
    nested = signed()
    nested["credentialSubject"]["@context"] = {"grade": None}
    assert judge(nested).verdict is not Verdict.VALID


def test_an_unknown_vocabulary_is_never_fetched(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    document = compose(badge()) | {"@context": ["https://www.w3.org/ns/credentials/v2", "https://example.com/own"]}
    with pytest.raises(UnknownContext):
        canonical(document)
    assert judge(document | {"proof": signed()["proof"]}).verdict is Verdict.UNDETERMINED


def test_a_key_of_somebody_else_does_not_sign_for_the_issuer():
    forged = signed(key=OTHER_KEY, method=f"{OTHER}#key-1")
    verification = judge(forged)
    assert verification.verdict is Verdict.INVALID
    assert "KEY_FOREIGN" in findings(verification)


def test_a_key_that_somebody_else_controls_does_not_count():
    did = copy.deepcopy(DIDS[ISSUER])
    did["verificationMethod"][0]["controller"] = OTHER
    assert "KEY_FOREIGN" in findings(judge(signed(), dids={ISSUER: did}))


def test_a_key_that_may_not_assert_does_not_count():
    did = copy.deepcopy(DIDS[ISSUER])
    did["assertionMethod"] = []
    assert "KEY_FOREIGN" in findings(judge(signed(), dids={ISSUER: did}))


def test_another_key_under_the_same_name_breaks_the_signature():
    did = did_document(ISSUER, [("key-1", multikey(OTHER_KEY.public_key()))])
    assert "SIGNATURE_BROKEN" in findings(judge(signed(), dids={ISSUER: did}))


def test_badges_of_a_rotated_key_live_on_while_it_is_published():
    both = did_document(ISSUER, [("key-1", multikey(KEY.public_key())), ("key-2", multikey(OTHER_KEY.public_key()))])
    assert judge(signed(), dids={ISSUER: both}).verdict is Verdict.VALID


def test_an_issuer_whose_keys_can_not_be_had_leaves_it_undetermined():
    verification = judge(signed(), dids={})
    assert verification.verdict is Verdict.UNDETERMINED
    assert "KEY_UNKNOWN" in findings(verification)


def test_expired_and_not_yet_valid_are_said():
    assert "EXPIRED" in findings(judge(signed(), now=datetime(2028, 11, 1, tzinfo=UTC)))
    early = judge(signed(), now=ISSUED - timedelta(seconds=1))
    assert early.verdict is Verdict.INVALID
    assert "NOT_YET" in findings(early)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-01", "", 7])
def test_dates_that_can_not_be_read_are_not_taken_for_none(text):
    assert "DATES_UNREADABLE" in findings(judge(signed() | {"validUntil": text}))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("name", ["validFrom", "validUntil"])
def test_an_instant_that_is_no_date_in_utc_is_a_date_that_can_not_be_read(name, text):
    judged = judge(signed() | {name: text})
    assert "DATES_UNREADABLE" in findings(judged)
    assert judged.as_dict()["verdict"] == "invalid"


@pytest.mark.parametrize("thing", [None, 3, "badge", [], {}, {"type": ["VerifiableCredential"]}, {"type": [{}]}])
def test_anything_else_is_not_a_badge(thing):
    assert judge(thing).verdict is Verdict.INVALID


def test_a_missing_or_doubled_signature_is_no_signature():
    proof = signed()["proof"]
    assert judge(compose(badge())).verdict is Verdict.INVALID
    assert judge(compose(badge()) | {"proof": [proof, proof]}).verdict is Verdict.INVALID
    assert judge(compose(badge()) | {"proof": proof | {"cryptosuite": "none"}}).verdict is not Verdict.VALID


def test_a_graph_made_to_keep_us_busy_is_given_up():
    """Nine unnamed parts, each linked to each: 9! orders to try, were there no limit."""
    names = [f"_:n{number}" for number in range(9)]
    poison = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:poison",
        "type": ["VerifiableCredential"],
        "evidence": [
            {"id": name, "relatedResource": [{"id": other} for other in names if other != name]} for name in names
        ],
    }
    with pytest.raises(NotCanonical):
        canonical(poison)


def test_a_document_far_larger_than_a_badge_is_given_up():
    with pytest.raises(TooMuchWork):
        canonical(compose(badge(description="x" * 300_000)))
    many = compose(badge()) | {"evidence": [{"id": f"urn:e:{n}", "type": ["Evidence"]} for n in range(5_000)]}
    with pytest.raises(TooMuchWork):
        canonical(many)
