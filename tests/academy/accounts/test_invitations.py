"""Invitations: offered by who may, accepted once, worth what their maker may still give."""

import re

import pytest
from sqlalchemy import select

from academy.accounts import inviting, managing, operations
from academy.accounts.inviting import Offer
from academy.accounts.links import LinkSpent
from academy.accounts.models import Identity, OneUseLink, User
from academy.accounts.scopes import NotYoursToGive
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import EVERYWHERE, Role
from tests import letters, people
from tests.courses.cohorts.classes import a_room
from tests.engines import both_engines
from tests.people import PASSWORD


def a_boss(room) -> User:
    return people.person("우두머리", Role.PROGRAMME_MANAGER, scope=f"centre:{room.centre_id}")


def invited_by(boss: User, offer: Offer, **more: str) -> str:
    """The token of a new invitation."""
    with transaction():
        address, _sent = inviting.invite(db.session.get_one(User, boss.id), offer, now(), **more)
    return address.rpartition("/")[2]


def held(user: User) -> set[tuple[Role, str]]:
    db.session.rollback()
    user = db.session.get_one(User, user.id, populate_existing=True)
    return {(grant.role, grant.scope) for grant in user.grants}


def accept(token: str, user: User) -> None:
    with transaction():
        inviting.accept(token, db.session.get_one(User, user.id), now())


@both_engines
def test_from_a_link_on_paper_to_a_new_instructor(client, app):
    room = a_room(people.instructor())
    people.sign_in(client, a_boss(room))
    assert "중앙 센터" in client.get("/invitations").text
    scope = f"centre:{room.centre_id}"
    made = client.post("/invitations", data={"role": "instructor", "scope": scope, "language": "ko"})
    assert made.location == "/fresh-link"
    path = re.search(r"/invited/[\w-]+", client.get("/fresh-link").text)[0]
    guest = app.test_client()
    assert guest.get(path).location == "/invited"
    assert "우두머리" in guest.get("/invited").text
    joined = guest.post(
        "/sign-up?next=/invited", data={"name": "새 강사", "password": PASSWORD, "of_age": "y", "next": "/invited"}
    )
    assert joined.location == "/invited"
    assert guest.post("/invited").status_code == 302
    new = db.session.scalars(select(User).join(Identity).where(Identity.name == "새 강사")).unique().one()
    assert held(new) == {(Role.INSTRUCTOR, scope)}
    people.sign_in(guest, new)
    assert guest.get(f"/classes/{room.cohort_id}/board").status_code == 200


@both_engines
def test_an_invitation_by_letter_proves_the_address(client, app):
    boss = people.administrator()
    people.sign_in(client, boss)
    data = {"role": "", "scope": "", "email": "guest@example.kr", "language": "en"}
    assert client.post("/invitations", data=data).location == "/invitations"
    letter = letters.newest("guest@example.kr")
    assert "invited" in letter.subject
    guest = people.outsider()
    theirs = people.sign_in(app.test_client(), guest)
    theirs.get(letter.path("/invited/"))
    theirs.post("/invited")
    identity = db.session.get_one(Identity, guest.id, populate_existing=True)
    assert identity.email == "guest@example.kr"
    assert identity.email_verified_at is not None


def test_an_invitation_does_not_take_over_a_proved_address(app):
    guest = people.outsider()
    with transaction():
        identity = db.session.get_one(Identity, guest.id)
        identity.email, identity.email_verified_at = "mine@example.kr", now()
    accept(invited_by(people.administrator(), Offer(), email="guest@example.kr"), guest)
    assert db.session.get_one(Identity, guest.id, populate_existing=True).email == "mine@example.kr"


@both_engines
def test_an_invitation_is_accepted_once(app):
    token = invited_by(people.administrator(), Offer(Role.REVIEWER))
    first, second = people.newcomer(), people.candidate()
    accept(token, first)
    with pytest.raises(LinkSpent):
        accept(token, second)
    assert held(second) == set()


@pytest.mark.parametrize(
    "offer", [Offer(Role.INSTRUCTOR), Offer(Role.ADMINISTRATOR), Offer(Role.INSTRUCTOR, "centre:1")]
)
def test_nobody_offers_what_is_not_theirs_to_give(app, offer):
    boss = people.programme_manager()
    with pytest.raises(NotYoursToGive):
        invited_by(boss, offer)
    assert db.session.scalars(select(OneUseLink)).all() == []


def test_the_form_of_a_centre_offers_its_own_roles_and_places_only(client):
    room = a_room(people.instructor())
    other = a_room(people.person("Other", language="en"), slug="other")
    people.sign_in(client, a_boss(room))
    page = client.get("/invitations").text
    assert f'value="centre:{room.centre_id}"' in page
    assert f'value="centre:{other.centre_id}"' not in page
    assert 'value="administrator"' not in page
    for role, scope in (("administrator", ""), ("instructor", ""), ("instructor", f"centre:{other.centre_id}")):
        answer = client.post("/invitations", data={"role": role, "scope": scope, "language": "ko"})
        assert answer.status_code in {403, 422}
    assert db.session.scalars(select(OneUseLink)).all() == []


@both_engines
def test_an_invitation_is_worth_what_its_maker_may_still_give(app):
    room = a_room(people.instructor())
    boss, guest = a_boss(room), people.newcomer()
    scope = f"centre:{room.centre_id}"
    token = invited_by(boss, Offer(Role.INSTRUCTOR, scope))
    with transaction():
        operations.revoke_role(db.session.get_one(User, boss.id), Role.PROGRAMME_MANAGER, None, now(), scope)
    with pytest.raises(LinkSpent):
        accept(token, guest)
    assert held(guest) == set()


def test_an_invitation_ends_with_the_account_that_made_it(app):
    admin, guest = people.administrator(), people.newcomer()
    people.person("둘째", Role.ADMINISTRATOR)
    token = invited_by(admin, Offer(Role.REVIEWER))
    with transaction():
        managing.close(db.session.get_one(User, admin.id), None, now())
    with pytest.raises(LinkSpent):
        accept(token, guest)


@both_engines
def test_an_invitation_is_withdrawn_by_who_made_it_and_by_nobody_else_of_a_centre(client):
    room = a_room(people.instructor())
    boss = a_boss(room)
    token = invited_by(boss, Offer(Role.INSTRUCTOR, f"centre:{room.centre_id}"))
    link_id = db.session.scalars(select(OneUseLink.id)).one()
    people.sign_in(client, people.programme_manager())
    assert client.post(f"/invitations/{link_id}/withdraw").status_code == 404
    people.sign_in(client, boss)
    assert client.post(f"/invitations/{link_id}/withdraw").status_code == 302
    with pytest.raises(LinkSpent):
        accept(token, people.newcomer())


def test_a_new_role_is_held_back_until_its_holder_shows_a_second_step(client):
    """Whoever accepts a role is not thrown out, but comes no further than the second step where that is needed."""
    token = invited_by(people.administrator(), Offer(Role.REVIEWER))
    guest = people.newcomer()
    people.sign_in(client, guest, strong=False)
    client.get(f"/invited/{token}")
    assert client.post("/invited").location == "/me/second-step"
    assert held(guest) == {(Role.REVIEWER, EVERYWHERE)}
    assert client.get("/reviews").location.startswith("/me/second-step")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_letter_is_written_in_the_language_that_was_chosen(app, language):
    room = a_room(people.instructor())
    offer = Offer(Role.INSTRUCTOR, f"centre:{room.centre_id}")
    invited_by(a_boss(room), offer, email="guest@example.kr", language=language)
    assert {"ko": "중앙 센터", "en": "Central"}[language] in letters.newest("guest@example.kr").text
