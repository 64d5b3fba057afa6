import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from academy.accounts import operations, queries
from academy.accounts.commands import user
from academy.permissions import Role
from tests import people


@pytest.fixture
def say(app):
    def run(*words):
        return CliRunner().invoke(user, words, obj=ScriptInfo(create_app=lambda: app))

    return run


def test_the_first_administrator_is_made_on_the_command_line(say):
    done = say("add", "관리자", "--role", "administrator", "--password", "a calm morning")
    assert done.exit_code == 0, done.output
    found = queries.user_called("관리자")
    assert Role.ADMINISTRATOR in found.roles
    assert operations.password_fits(found.identity, "a calm morning")


@pytest.mark.parametrize(("name", "password"), [("김", "a calm morning"), ("김영희", "password"), ("김영희", "short")])
def test_the_command_line_refuses_what_the_page_refuses(say, name, password):
    done = say("add", name, "--password", password)
    assert done.exit_code == 1
    assert queries.user_called(name) is None


def test_a_name_can_not_be_added_twice(say):
    people.newcomer()
    assert say("add", "김 영희", "--password", "a calm morning").exit_code == 1


def test_roles_are_given_taken_and_listed(say):
    people.newcomer()
    assert say("grant", "김영희", "reviewer").exit_code == 0
    assert "김영희  (reviewer)" in say("list").output
    assert say("grant", "김영희", "reviewer", "--revoke").exit_code == 0
    assert "(learner)" in say("list", "--search", "영희").output


def test_a_reset_password_works_and_the_old_one_does_not(say):
    people.newcomer()
    password = say("reset-password", "김영희").output.split(": ")[1].strip()
    identity = queries.identity_called("김영희")
    assert operations.password_fits(identity, password)
    assert not operations.password_fits(identity, people.PASSWORD)


def test_a_person_nobody_knows_is_named_in_the_answer(say):
    assert "Nobody is called 홍길동" in say("grant", "홍길동", "reviewer").output
