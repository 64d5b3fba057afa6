"""The first administrator comes into the house by the command line."""

import pytest
from click.testing import CliRunner

from academy.accounts.commands import user
from academy.accounts.operations import password_fits
from academy.accounts.queries import user_called
from academy.db import db
from academy.permissions import Role

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
