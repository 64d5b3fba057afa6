"""Signing in with an account of another house: the ordinary ways through."""

from datetime import timedelta

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from academy.accounts import operations as accounts
from academy.accounts.models import Identity, SignIn, User
from academy.clock import now
from academy.db import db, transaction
from academy.factors.rules import Proof
from academy.federation import jobs, operations
from academy.federation.models import Arrival, FederatedIdentity, RoundTrip
from academy.federation.rules import Person
from tests import letters, people
from tests.engines import both_engines
from tests.other_house import go_through, knowing, pass_through, set_out
from tests.test_pages import counted

ARRIVED, NEW = "/sign-in/new", {"name": "김하늘", "email": "haneul@example.org", "of_age": "y"}
BOTH_SPEAK = pytest.mark.parametrize("way", ["/sign-in/with/local", "/sign-in/with/naver"])


def linked(house, user: User) -> None:
    with transaction():
        person = Person(house.url, str(house.person["sub"]), email="haneul@example.org")
        operations.link(user, "local", person, now())


def signed_in(client) -> bool:
    return client.get("/me").status_code == 200


def newest_person() -> User:
    return db.session.scalars(select(User).order_by(User.id.desc())).unique().first()


@both_engines
@BOTH_SPEAK
def test_a_newcomer_makes_an_account_without_a_password(app, client, house, way):
    assert go_through(client, way).location == ARRIVED
    page = client.get(ARRIVED)
    assert 'value="김하늘"' in page.text
    assert client.post(ARRIVED, data=NEW).location == people.path("home")
    assert signed_in(client)
    identity = newest_person().identity
    assert (identity.name, identity.password_hash) == ("김하늘", None)
    assert db.session.scalar(select(func.count()).select_from(Arrival)) == 0


@both_engines
@BOTH_SPEAK
def test_whoever_was_here_before_comes_straight_in(app, client, house, way):
    go_through(client, way)
    client.post(ARRIVED, data=NEW)
    again = app.test_client()
    assert go_through(again, way, next="/courses").location == "/courses"
    assert signed_in(again)
    newest = db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    assert newest.factor is Proof.FEDERATED
    assert db.session.scalars(select(FederatedIdentity.used_at)).one() is not None


@both_engines
def test_an_address_the_house_verified_needs_no_second_proof(client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    assert newest_person().identity.email_verified_at is not None


@pytest.mark.parametrize(
    ("way", "said", "typed"),
    [
        ("/sign-in/with/local", False, "haneul@example.org"),
        ("/sign-in/with/local", "no", "haneul@example.org"),
        ("/sign-in/with/local", True, "somebody.else@example.org"),
        ("/sign-in/with/naver", True, "haneul@example.org"),
    ],
)
def test_any_other_address_counts_as_typed_and_not_as_verified(client, house, way, said, typed):
    house.person["email_verified"] = said
    go_through(client, way)
    client.post(ARRIVED, data={**NEW, "email": typed})
    identity = newest_person().identity
    assert (identity.email, identity.email_verified_at) == (typed, None)


def test_a_house_whose_word_on_addresses_is_not_trusted_verifies_none(app, client, house):
    with knowing(app, house.provider(TRUST_EMAIL="no")):
        go_through(client)
        client.post(ARRIVED, data=NEW)
    assert newest_person().identity.email_verified_at is None


def test_what_the_token_leaves_out_is_asked_for(client, house):
    """Kakao says only in its profile whether an address is verified."""
    house.twist = lambda claims: {key: claims[key] for key in claims if key != "email_verified"}
    go_through(client)
    client.post(ARRIVED, data=NEW)
    assert "/userinfo" in house.asked
    assert newest_person().identity.email_verified_at is not None


def test_a_taken_name_is_answered_with_free_ones(client, house):
    people.person("김하늘")
    go_through(client)
    assert 'value="김하늘 2"' in client.get(ARRIVED).text
    answer = client.post(ARRIVED, data=NEW)
    assert answer.status_code == 422
    assert "김하늘 2" in answer.text


def test_somebody_under_14_waits_for_a_guardian_by_this_way_too(client, house):
    go_through(client)
    assert client.post(ARRIVED, data={"name": "김하늘"}).status_code == 422
    assert not signed_in(client)
    client.post(ARRIVED, data={"name": "김하늘", "younger": "y"})
    assert newest_person().guardian_wanted_at is not None


def test_an_address_that_is_not_verified_is_asked_to_be_proved(client, house):
    house.person["email_verified"] = False
    go_through(client)
    client.post(ARRIVED, data=NEW)
    assert letters.newest("haneul@example.org").path("/verify-email/")


def test_a_closed_account_stays_closed(app, client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    with transaction():
        db.session.get_one(User, newest_person().id).closed_at = now()
    again = app.test_client()
    assert go_through(again).location == "/sign-in"
    assert not signed_in(again)


@both_engines
def test_whoever_has_an_account_signs_in_to_it_and_ties_both_together(app, client, house):
    people.newcomer()
    go_through(client, next="/courses")
    client.post("/sign-in", data={"name": "김영희", "password": people.PASSWORD, "next": ARRIVED})
    page = client.get(ARRIVED)
    assert "김영희" in page.text
    assert "ha…@example.org" in page.text
    assert client.post(f"{ARRIVED}/link").location == "/courses"
    again = app.test_client()
    go_through(again)
    assert "김영희" in again.get("/me").text


@both_engines
def test_a_person_links_and_unlinks_on_their_account_page(app, client, house):
    user = people.newcomer()
    people.sign_in(client, user)
    assert go_through(client, "/me/elsewhere/local").location == "/me"
    assert "ha…@example.org" in client.get("/me").text
    number = db.session.scalars(select(FederatedIdentity.id)).one()
    client.post(f"/me/elsewhere/{number}/remove")
    assert db.session.scalars(select(FederatedIdentity)).all() == []
    assert go_through(app.test_client()).location == ARRIVED


@both_engines
def test_the_last_way_in_can_not_be_taken_away(client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    number = db.session.scalars(select(FederatedIdentity.id)).one()
    client.post(f"/me/elsewhere/{number}/remove")
    assert db.session.scalars(select(FederatedIdentity.id)).one() == number
    with transaction():
        accounts.set_password(newest_person(), accounts.hashed(people.PASSWORD), None, now())
    people.sign_in(client, newest_person())
    client.post(f"/me/elsewhere/{number}/remove")
    assert db.session.scalars(select(FederatedIdentity)).all() == []


def test_whoever_says_no_there_is_asked_again_here(client, house):
    house.says_yes = False
    answer = go_through(client, next="/courses")
    assert answer.location == "/sign-in?next=/courses"
    assert db.session.scalar(select(func.count()).select_from(RoundTrip)) == 0


def test_without_houses_no_page_speaks_of_them(client):
    for page in ("/sign-in", "/sign-up"):
        assert "/sign-in/with/" not in client.get(page).text


def test_the_doors_stand_on_both_pages_and_keep_where_one_was_going(client, house):
    for page in ("/sign-in", "/sign-up"):
        found = client.get(page, query_string={"next": "/exams"}).text
        assert 'action="/sign-in/with/local"' in found
        assert 'name="next" value="/exams"' in found.split('action="/sign-in/with/local"')[1].split("</form>")[0]


@both_engines
def test_those_who_went_no_further_are_forgotten(client, house):
    set_out(client)
    go_through(client)
    jobs.forget_the_late()
    assert db.session.scalar(select(func.count()).select_from(Arrival)) == 1
    with time_machine.travel(now() + timedelta(minutes=31), tick=True):
        jobs.forget_the_late()
    assert db.session.scalar(select(func.count()).select_from(Arrival)) == 0
    assert db.session.scalar(select(func.count()).select_from(RoundTrip)) == 0


def test_keys_that_the_house_changed_are_fetched_again(app, client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    again = app.test_client()
    with time_machine.travel(now() + timedelta(minutes=2), tick=True):
        from_new_key(house)
        assert go_through(again).location == people.path("home")


def from_new_key(house) -> None:
    key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    house.keys = [key.as_dict(private=False)]
    house.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, key)


def test_a_confirmation_by_another_house_counts_where_there_is_nothing_better(app, client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    people.sign_in(client, newest_person(), strong=False, confirmed=False)
    number = db.session.scalars(select(FederatedIdentity.id)).one()
    assert client.post(f"/me/elsewhere/{number}/remove").status_code == 403
    assert "/confirm/with/local" in client.get("/confirm").text
    assert go_through(client, "/confirm/with/local", next="/me").location == "/me"
    assert client.post(f"/me/elsewhere/{number}/remove").status_code == 302


def test_a_confirmation_needs_the_house_to_look_anew(client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    people.sign_in(client, newest_person(), strong=False, confirmed=False)
    house.twist = lambda claims: {**claims, "auth_time": claims["iat"] - 3600}
    assert go_through(client, "/confirm/with/local", next="/me").location == "/confirm?next=/me"
    assert client.post("/me/elsewhere/local").status_code == 403


def test_whoever_has_a_password_confirms_with_it(client, house):
    user = people.newcomer()
    linked(house, user)
    people.sign_in(client, user, confirmed=False)
    assert client.post("/confirm/with/local", data={"next": "/me"}).location == "/confirm?next=/me"
    assert "/confirm/with/local" not in client.get("/confirm").text


def test_name_and_address_of_an_arrival_are_not_in_the_cookie(client, house):
    go_through(client)
    with client.session_transaction() as session:
        assert "haneul" not in str(dict(session))
        assert "김하늘" not in str(dict(session))


def test_pass_through_keeps_what_was_asked(client, house):
    pass_through(set_out(client))
    asked = house.queries[-1]
    assert asked["scope"] == "openid profile email"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost/sign-in/with/local/back"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    assert db.session.scalars(select(Identity)).all() == []


def test_the_pages_ask_the_database_little(app, client, house):
    user = people.newcomer()
    linked(house, user)
    people.sign_in(client, user)
    house.person["sub"] = "somebody new"
    go_through(arriving := app.test_client())
    for reader, page in ((client, "/me"), (arriving, ARRIVED), (app.test_client(), "/sign-in")):
        with counted() as statements:
            assert reader.get(page).status_code == 200
        assert len(statements) <= 12, page


def test_an_arrival_can_be_forgotten(client, house):
    go_through(client)
    assert client.post(f"{ARRIVED}/forget").location == "/sign-in"
    assert db.session.scalar(select(func.count()).select_from(Arrival)) == 0
    assert client.get(ARRIVED).location == "/sign-in"
    assert client.post(ARRIVED, data=NEW).location == "/sign-in"


def test_who_did_not_come_from_elsewhere_finds_nothing_to_link(client, house):
    people.sign_in(client, people.newcomer())
    assert client.get(ARRIVED).location == "/me"
    assert client.post(f"{ARRIVED}/link").location == "/me"
    assert client.post(ARRIVED, data=NEW).location == "/me"
    assert client.post(f"{ARRIVED}/forget").location == people.path("home")


def test_whoever_is_signed_in_already_goes_on(client, house):
    people.sign_in(client, people.newcomer())
    assert client.post("/sign-in/with/local", data={"next": "/courses"}).location == "/courses"


def test_linking_ends_nowhere_when_one_was_signed_out_meanwhile(client, house):
    people.sign_in(client, people.newcomer())
    back = pass_through(set_out(client, "/me/elsewhere/local"))
    with client.session_transaction() as session:
        del session["sign_in"]
    assert client.get(back).location == "/sign-in?next=/me"
    assert db.session.scalars(select(FederatedIdentity)).all() == []


def test_a_confirmation_by_somebody_elses_account_counts_for_nothing(client, house):
    go_through(client)
    client.post(ARRIVED, data=NEW)
    people.sign_in(client, newest_person(), strong=False, confirmed=False)
    house.person["sub"] = "somebody else"
    assert go_through(client, "/confirm/with/local", next="/me").location == "/confirm?next=/me"
    assert client.post("/me/elsewhere/local").status_code == 403


@pytest.mark.parametrize("name", ["", "!", "9", "x" * 90])
def test_a_name_elsewhere_that_is_none_here_is_not_proposed_as_it_is(client, house, name):
    house.person["name"] = name
    go_through(client)
    page = client.get(ARRIVED)
    assert page.status_code == 200
    assert f'value="{"x" * 40 if name.startswith("x") else ""}"' in page.text


def test_a_house_that_was_taken_out_of_the_settings_can_still_be_unlinked(app, client, house):
    user = people.newcomer()
    linked(house, user)
    people.sign_in(client, user)
    with knowing(app):
        assert "Local" in client.get("/me").text
        number = db.session.scalars(select(FederatedIdentity.id)).one()
        client.post(f"/me/elsewhere/{number}/remove")
    assert db.session.scalars(select(FederatedIdentity)).all() == []
