"""A cookie that was copied, planted or changed opens nothing."""

import pytest

from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from tests import people
from tests.browsing import come_in, cookie_of, is_in, token_of, with_cookie

pytestmark = pytest.mark.usefixtures("guarded")


@pytest.fixture
def guarded(app):
    app.config["WTF_CSRF_ENABLED"] = True


def test_a_cookie_copied_before_sign_out_is_worth_nothing_after_it(app, client):
    people.newcomer()
    come_in(client, "김영희")
    stolen = cookie_of(client)
    assert is_in(with_cookie(app, stolen))
    assert client.post("/sign-out", data={"csrf_token": token_of(client)}).status_code == 302
    assert not is_in(with_cookie(app, stolen))
    assert with_cookie(app, stolen).get("/me", headers={"Accept": "application/json"}).status_code == 401


def test_a_cookie_copied_before_a_new_password_is_worth_nothing_after_it(app, client):
    people.newcomer()
    come_in(client, "김영희")
    stolen = cookie_of(client)
    new = "another morning at the harbour"
    sent = {"csrf_token": token_of(client), "current": people.PASSWORD, "password": new}
    assert client.post("/me/password", data=sent).status_code == 302
    assert not is_in(with_cookie(app, stolen))
    assert is_in(client), "whoever changed it stays"


def test_a_cookie_planted_before_sign_in_does_not_become_the_persons(app, client):
    """Fixation: the attacker visits, plants their cookie in the victim's browser, and waits."""
    people.newcomer()
    attacker = app.test_client()
    token_of(attacker, "/sign-in")
    planted = cookie_of(attacker)
    victim = with_cookie(app, planted)
    assert come_in(victim, "김영희").status_code == 302
    assert is_in(victim)
    assert cookie_of(victim) != planted
    assert not is_in(attacker)
    assert not is_in(with_cookie(app, planted))


def test_each_sign_in_has_its_own_token(app):
    people.newcomer()
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        come_in(browser, "김영희")
    assert len({cookie_of(browser) for browser in browsers}) == 3


def test_the_attackers_own_sign_in_planted_in_a_browser_does_not_swallow_another_persons(app):
    """The planted cookie is signed in; the victim, who signs in anew, must not write into the attacker's account."""
    people.outsider()
    people.newcomer()
    attacker = app.test_client()
    come_in(attacker, "Outsider")
    victim = with_cookie(app, cookie_of(attacker))
    victim.post("/sign-out", data={"csrf_token": token_of(victim)})
    come_in(victim, "김영희")
    assert "김영희" in victim.get("/me").get_data(as_text=True)
    assert not is_in(attacker), "signing out ended it for both"


@pytest.mark.parametrize("change", ["cut", "letter", "other key", "empty"])
def test_a_cookie_that_was_changed_is_no_cookie(app, client, change):
    people.newcomer()
    come_in(client, "김영희")
    value = cookie_of(client)
    head, _, tail = value.partition(".")
    changed = {
        "cut": value[: len(value) // 2],
        "letter": value[:-9] + ("A" if value[-9] != "A" else "B") + value[-8:],
        "other key": f"{head}.{tail[::-1]}",
        "empty": "",
    }[change]
    assert not is_in(with_cookie(app, changed))


def test_a_revoked_role_is_gone_at_the_next_click(app, client):
    user = people.operator()
    people.sign_in(client, user)
    assert client.get("/gold").status_code == 200
    with transaction():
        people.operations.revoke_role(user, Role.OPERATOR, None, now())
    db.session.expire_all()
    assert client.get("/gold").status_code != 200
