"""The pages of badges: what a stranger, a holder and an operator see."""

import io
import json

import pytest
from sqlalchemy import event, select

from academy.approvals import operations as approvals
from academy.approvals.queries import approval_for_change
from academy.clock import now
from academy.credentials import image, operations, queries, revoking
from academy.credentials.models import Award
from academy.credentials.openbadge import verify
from academy.credentials.rules import Addresses, Verdict
from academy.db import db, transaction
from academy.permissions import PUBLIC_ENDPOINTS
from tests import letters, people
from tests.academy.credentials.awards import achievement, award
from tests.academy.credentials.issuers import signed

ENGLISH = {"Accept-Language": "en"}


def url(endpoint, given=None, **values):
    if given is not None:
        values["public_id"] = given.public_id
    return people.path(f"academy.credentials.{endpoint}", **values)


def queries_made(client, path):
    made = []
    listener = lambda *arguments: made.append(arguments[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    return [statement for statement in made if not statement.startswith(("BEGIN", "PRAGMA"))]


def take_back(given, reason="A mistake."):
    operator = people.operator()
    with transaction():
        operations.revoke(queries.award_public(given.public_id), reason, operator.id, now())


def take_back_together(given, reason):
    operator, administrator = people.operator(), people.administrator()
    with transaction():
        approval = revoking.ask(queries.award_public(given.public_id), reason, operator, now())
    with transaction():
        approvals.decide(approval_for_change(approval.id), administrator, True, "", now())


def test_a_stranger_reads_what_a_badge_stands_for_and_that_it_is_valid(client):
    given = award(people.candidate())
    page = client.get(url("verify", given), headers=ENGLISH)
    assert page.status_code == 200
    for words in ("This badge is valid", "Data labelling level 2", "87%", "did:web:localhost", "for show", "og:title"):
        assert words in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_the_holder_is_named_only_if_they_chose_to_be(app, client):
    user = people.candidate()
    given = award(user)
    assert user.name not in client.get(url("verify", given)).text
    own = people.sign_in(app.test_client(), user)
    assert own.post(url("show_name", given), data={"shown": "y"}).status_code == 302
    assert user.name in client.get(url("verify", given)).text
    own.post(url("show_name", given))
    assert user.name not in client.get(url("verify", given)).text


def test_nobody_else_decides_about_the_name(client):
    given = award(people.candidate())
    people.sign_in(client, people.outsider())
    assert client.post(url("show_name", given), data={"shown": "y"}).status_code == 404


def test_anyone_can_check_a_badge_without_us(client):
    """Only what is published: the credential, the did document and the list, judged by the pure verifier."""
    given = award(people.candidate())
    credential = client.get(url("credential", given)).get_json()
    did = client.get("/.well-known/did.json").get_json()
    listed = client.get(url("status_list", number=1)).get_json()
    assert credential["credentialStatus"]["statusListCredential"] == listed["id"]
    dids = {did["id"]: did}
    judged = verify(credential, find_did=dids.get, find_list={listed["id"]: listed}.get, now=now())
    assert judged.verdict is Verdict.VALID
    baked = json.loads(image.read_baked(client.get(url("image", given)).data))
    assert baked == credential
    take_back(given)
    listed = client.get(url("status_list", number=1)).get_json()
    judged = verify(credential, find_did=dids.get, find_list={listed["id"]: listed}.get, now=now())
    assert judged.verdict is Verdict.INVALID


def test_what_is_published_may_be_read_by_other_sites(client):
    given = award(people.candidate())
    for path in (url("credential", given), url("did"), url("status_list", number=1)):
        response = client.get(path)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.mimetype == "application/json"


def test_the_addresses_in_a_badge_lead_to_pages(app, client):
    given = award(people.candidate())
    addresses = Addresses("http://localhost")
    assert addresses.badge(given.public_id) == "http://localhost" + url("verify", given)
    assert addresses.image(given.public_id) == "http://localhost" + url("image", given)
    assert addresses.status_list(1) == "http://localhost" + url("status_list", number=1)
    assert addresses.achievement("labeler-2") == "http://localhost" + url("achievement", slug="labeler-2")
    assert "60 of 100 points" in client.get(url("achievement", slug="labeler-2"), headers=ENGLISH).text


def test_a_badge_taken_back_says_so_but_not_why(client):
    given = award(people.candidate())
    take_back(given, "Somebody else sat the exam.")
    page = client.get(url("verify", given), headers=ENGLISH)
    assert "This badge was taken back" in page.text
    assert "The issuer has revoked it." in page.text
    assert "Somebody else sat the exam." not in page.text


def test_its_holder_reads_why(client):
    user = people.candidate(language="en")
    given = award(user)
    take_back(given, "Somebody else sat the exam.")
    people.sign_in(client, user)
    assert "Somebody else sat the exam." in client.get(url("mine")).text


def test_pages_that_do_not_exist(client):
    for path in (
        "/badges/nothing-like-this",
        "/badges/x/badge.png",
        "/badges/x/credential.json",
        "/status/9",
        "/achievements/x",
    ):
        assert client.get(path).status_code == 404


# Checking ----------------------------------------------------------------------------------------------------------


def check(client, **data):
    return client.post(url("check"), data=data, headers=ENGLISH, content_type="multipart/form-data")


def test_our_badge_is_checked_by_link_text_and_picture(client):
    given = award(people.candidate())
    text = client.get(url("credential", given)).text
    picture = client.get(url("image", given)).data
    assert check(client, badge=f"http://localhost/badges/{given.public_id}").location == url("verify", given)
    assert "This badge is valid" in check(client, badge=text).text
    assert "This badge is valid" in check(client, file=(io.BytesIO(picture), "badge.png")).text
    assert "This badge is valid" in check(client, file=(io.BytesIO(text.encode()), "badge.json")).text
    take_back(given)
    assert "This badge was taken back" in check(client, badge=text).text


def test_a_forged_badge_is_found_out(client):
    given = award(people.candidate())
    forged = client.get(url("credential", given)).get_json()
    forged["credentialSubject"]["result"][0]["value"] = "100"
    page = check(client, badge=json.dumps(forged))
    assert "This badge is not valid" in page.text
    assert "The signature does not fit" in page.text


def test_a_badge_of_another_issuer_stays_undetermined(client):
    page = check(client, badge=json.dumps(signed()))
    assert "We can not tell whether this badge is valid" in page.text
    assert "could not look up the issuer" in page.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{", "[" * 100_000, '{"a": NaN}', '{"a": 1, "a": 2}', "https://elsewhere.example/badge/1", "\ufeff"],
)
def test_what_can_not_be_read_gets_a_sentence(client, text):
    page = check(client, badge=text)
    assert page.status_code == 422
    assert "alert--error" in page.text


@pytest.mark.parametrize("thing", ["1", "null", "[]", "{}", '"x"', '{"type": 5, "credentialStatus": []}'])
def test_any_other_json_is_not_a_badge(client, thing):
    page = check(client, badge=thing)
    assert page.status_code == 200
    assert "This badge is not valid" in page.text


def test_a_picture_without_a_badge_says_what_to_do(client):
    page = check(client, file=(io.BytesIO(image.draw(1)), "badge.png"))
    assert page.status_code == 422
    assert "no badge inside this picture" in page.text


def test_words_inside_a_badge_are_never_markup(client):
    forged = signed()
    forged["credentialSubject"]["achievement"]["name"] = "<script>alert(1)</script>"
    assert "<script>alert(1)" not in check(client, badge=json.dumps(forged)).text


# Those who issue ---------------------------------------------------------------------------------------------------


def test_a_badge_is_taken_back_when_a_second_person_agrees(app, client):
    given = award(people.candidate())
    people.sign_in(client, people.operator())
    assert "이철수" in client.get(url("issued")).text
    assert client.post(url("revoke", given), data={"reason": "  "}).status_code == 422
    asked = client.post(url("revoke", given), data={"reason": "Cheating."})
    assert asked.status_code == 302
    assert client.post(url("revoke", given), data={"reason": "Again."}).status_code == 409
    assert "Cheating." not in client.get(url("issued")).text
    assert "This badge is valid" in app.test_client().get(url("verify", given), headers=ENGLISH).text
    assert client.post(asked.location, data={"decision": "approve"}).status_code == 403
    second = people.sign_in(app.test_client(), people.administrator())
    assert second.post(asked.location, data={"decision": "approve"}).status_code == 302
    assert "Cheating." in client.get(url("issued")).text
    assert client.post(url("revoke", given), data={"reason": "Again."}).status_code == 409


def test_the_holder_is_written_to_and_told_why(app, client):
    user = people.candidate("en")
    with transaction():
        user.identity.email, user.identity.email_verified_at = "candidate@example.org", now()
    given = award(user)
    assert "earned this badge" in letters.newest("candidate@example.org").text
    take_back_together(given, "Someone else sat the exam.")
    letter = letters.newest("candidate@example.org")
    assert "taken back" in letter.subject
    assert "Someone else sat the exam." in letter.text
    assert client.get(letter.path("/badges/")).status_code == 200


def test_nobody_else_takes_badges_back(client):
    given = award(people.candidate())
    people.sign_in(client, people.reviewer())
    assert client.post(url("revoke", given), data={"reason": "x"}).status_code == 403
    assert client.get(url("issued")).status_code == 403


# Weight ------------------------------------------------------------------------------------------------------------


def test_no_page_asks_the_database_more_for_more_badges(app, client):
    user, operator = people.candidate(), people.operator()
    given = award(user)
    first = {}
    own, desk = people.sign_in(app.test_client(), user), people.sign_in(app.test_client(), operator)
    for name, viewer, path in (("mine", own, url("mine")), ("issued", desk, url("issued"))):
        first[name] = len(queries_made(viewer, path))
    for number in range(2, 12):
        award(user, cause=f"sitting:{number}")
    assert len(queries_made(client, url("verify", given))) <= 12
    assert len(queries_made(own, url("mine"))) == first["mine"] <= 12
    assert len(queries_made(desk, url("issued"))) == first["issued"] <= 12


def test_the_lists_page_by_key(app, client):
    user = people.candidate(language="en")
    for number in range(23):
        award(user, cause=f"sitting:{number}")
    own = people.sign_in(client, user)
    page = own.get(url("mine"))
    assert page.text.count('class="card badge-card"') == 20
    after = page.text.split("after=")[1].split('"')[0]
    assert own.get(url("mine", after=after)).text.count('class="card badge-card"') == 3
    assert db.session.scalar(select(Award.id).limit(1))


def test_public_means_public():
    for name in ("verify", "credential", "image", "check", "did", "status_list", "achievement"):
        assert f"academy.credentials.{name}" in PUBLIC_ENDPOINTS


def test_an_achievement_without_awards_has_its_page(client):
    achievement("fresh", level=1, valid_days=365)
    assert client.get(url("achievement", slug="fresh"), headers=ENGLISH).status_code == 200
