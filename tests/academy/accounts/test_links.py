"""Links that work once, for one purpose, until a moment, and for whom they were made."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from academy.accounts import links, managing
from academy.accounts.links import LinkSpent
from academy.accounts.models import OneUseLink, User
from academy.accounts.rules import LINK_LASTS, LinkPurpose
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from tests import people
from tests.engines import both_engines

RESET = LinkPurpose.RESET_PASSWORD


def a_link(user: User, **more: object) -> str:
    with transaction():
        return links.make_link(RESET, now(), user_id=user.id, data={"word": "hello"}, **more)


def take(token: str, purpose: LinkPurpose = RESET, at=None):
    with transaction():
        return links.take_link(token, purpose, at or now())


@both_engines
def test_a_link_works_once_and_hands_over_what_it_was_made_for(app):
    somebody = people.newcomer()
    token = a_link(somebody)
    taken = take(token)
    assert (taken.user_id, taken.data) == (somebody.id, {"word": "hello"})
    with pytest.raises(LinkSpent):
        take(token)
    assert db.session.scalars(select(OneUseLink)).one().data == {}


@both_engines
def test_of_many_who_use_a_link_at_once_one_gets_in(app):
    token = a_link(people.newcomer())
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def race() -> None:
        with app.app_context():
            together.wait()
            try:
                take(token)
                outcomes.append("in")
            except LinkSpent:
                outcomes.append("out")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", *["out"] * 7]


@both_engines
def test_looking_at_a_link_does_not_use_it_up(app):
    token = a_link(people.newcomer())
    for _ in range(3):
        assert links.look_at(token, RESET, now()) is not None
    take(token)
    assert links.look_at(token, RESET, now()) is None


@pytest.mark.parametrize("other", [purpose for purpose in LinkPurpose if purpose is not RESET])
def test_a_link_of_one_purpose_opens_nothing_else(app, other):
    token = a_link(people.newcomer())
    with pytest.raises(LinkSpent):
        take(token, other)
    take(token)


def test_a_link_ends(app):
    token = a_link(people.newcomer())
    with pytest.raises(LinkSpent):
        take(token, at=now() + LINK_LASTS[RESET] + timedelta(seconds=1))


def test_a_link_about_a_closed_account_opens_nothing_until_it_is_open_again(app):
    somebody = people.newcomer()
    token = a_link(somebody)
    with transaction():
        managing.close(db.session.get_one(User, somebody.id), None, now())
    assert links.look_at(token, RESET, now()) is None
    with transaction():
        managing.reopen(db.session.get_one(User, somebody.id), None, now())
    assert links.look_at(token, RESET, now()) is not None


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "a" * 10_000, "\0", "🦊"])
def test_no_token_that_somebody_makes_up_opens_anything(app, token):
    a_link(people.newcomer())
    assert links.look_at(token, RESET, now()) is None


def test_the_database_holds_neither_the_token_nor_the_address(app):
    token = a_link(people.newcomer(), email="young@example.kr")
    row = db.session.scalars(select(OneUseLink)).one()
    kept = " ".join(str(value) for value in vars(row).values())
    assert token not in kept
    assert "young" not in kept
    assert row.email_hash == links.address_hash("YOUNG@example.kr ")


def test_the_address_of_a_link_is_our_own_whatever_the_request_says(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert links.address_of("/reset", "abc") == f"{settings().public_url}/reset/abc"
