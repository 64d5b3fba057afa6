"""The first administrator comes into the house by the command line."""

import pytest
from click.testing import CliRunner

from academy.accounts.commands import user
from academy.accounts.operations import password_fits
from academy.accounts.queries import user_called
from academy.config import settings
from academy.db import db
from academy.factors.queries import Held
from academy.permissions import Permission, Role
from tests import people, proofs
from tests.courses.cohorts.classes import a_room

PASSWORD = "a calm morning by the river"


@pytest.fixture
def say(app):
    def say(*words: str):
        db.session.rollback()
        answer = CliRunner().invoke(user, words, obj=lambda: app)
        db.session.rollback()
        db.session.expire_all()
        return answer

    return say


def test_a_person_is_let_in_with_roles(say):
    answer = say("add", "윤서아", "--role", "administrator", "--password", PASSWORD)
    assert answer.exit_code == 0, answer.output
    assert password_fits(user_called("윤서아").identity, PASSWORD)
    assert Role.ADMINISTRATOR in user_called("윤서아").roles


def test_a_name_that_is_taken_is_said(say):
    say("add", "윤서아", "--password", PASSWORD)
    answer = say("add", "윤 서아", "--password", PASSWORD)
    assert answer.exit_code == 1
    assert "taken" in answer.output or "이미" in answer.output


def test_a_weak_password_is_refused(say):
    assert say("add", "윤서아", "--password", "short").exit_code == 1
    assert user_called("윤서아") is None


def test_roles_come_and_go(say):
    say("add", "윤서아", "--password", PASSWORD)
    say("grant", "윤서아", "reviewer")
    assert Role.REVIEWER in user_called("윤서아").roles
    say("grant", "윤서아", "reviewer", "--revoke")
    assert Role.REVIEWER not in user_called("윤서아").roles


def test_a_new_password_replaces_the_old_one(say):
    say("add", "윤서아", "--password", PASSWORD)
    made = say("reset-password", "윤서아").output.rsplit(" ", 1)[1].strip()
    assert not password_fits(user_called("윤서아").identity, PASSWORD)
    assert password_fits(user_called("윤서아").identity, made)


def test_people_are_listed_with_their_roles(say):
    say("add", "윤서아", "--role", "operator", "--password", PASSWORD)
    assert "윤서아  (operator)" in say("list", "--search", "서아").output


def test_nobody_of_that_name_is_said(say):
    assert "Nobody is called" in say("grant", "Nobody", "reviewer").output


def test_somebody_who_lost_phone_and_paper_begins_anew(say):
    say("add", "윤서아", "--password", PASSWORD)
    person = user_called("윤서아")
    proofs.with_app(person)
    proofs.with_codes(person)
    assert say("forget-second-step", "윤서아").exit_code == 0
    assert proofs.held(user_called("윤서아")) == Held(app=False, passkeys=0, codes_left=0)
    assert say("forget-second-step", "nobody").exit_code == 1


def test_a_role_in_one_place_is_given_where_there_is_such_a_place(say):
    room = a_room(people.instructor())
    say("add", "윤서아", "--password", PASSWORD)
    here = f"centre:{room.centre_id}"
    assert say("grant", "윤서아", "instructor", "--scope", here).exit_code == 0
    assert user_called("윤서아").may_in(Permission.TEACH, here)
    assert f"instructor@{here}" in say("list", "--scope", here).output
    assert "윤서아" not in say("list", "--role", "reviewer").output
    for role, scope in (("instructor", "centre:999999"), ("operator", here), ("reviewer", here), ("instructor", "x")):
        assert say("grant", "윤서아", role, "--scope", scope).exit_code == 1
    say("grant", "윤서아", "instructor", "--scope", here, "--revoke")
    assert not user_called("윤서아").may(Permission.TEACH)


def test_a_link_for_a_new_password_is_made_and_an_account_closed_and_opened(say, client):
    say("add", "윤서아", "--password", PASSWORD)
    address = say("reset-link", "윤서아").output.strip()
    assert client.get(address.removeprefix(settings().public_url)).location == "/reset"
    assert "closed" in say("close", "윤서아").output
    assert "closed" in say("list", "--state", "closed").output
    assert client.get("/reset").status_code == 404
    say("close", "윤서아", "--reopen")
    assert client.get("/reset").status_code == 200


def test_the_last_administrator_is_not_shut_out_from_the_command_line_either(say):
    say("add", "윤서아", "--role", "administrator", "--password", PASSWORD)
    assert say("close", "윤서아").exit_code == 1
    assert say("grant", "윤서아", "administrator", "--revoke").exit_code == 1
