"""Getting in by a link, in a real browser: invited on paper, and back in after the password was forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from academy.accounts.models import Identity
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from tests import letters, people
from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.engines import fill, make_app
from tests.hands import sign_in, tab_to

pytestmark = pytest.mark.browser

ADDRESS = "kim@example.kr"
NEW = "another quiet evening"


@pytest.fixture(scope="module")
def academy(tmp_path_factory) -> Iterator[LiveServer]:
    """A new installation whose centre has a head, and a learner who proved an address."""
    ready = tmp_path_factory.mktemp("getting-in")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "starter", ready)
    with app.app_context():
        people.person("센터장", Role.PROGRAMME_MANAGER, scope="centre:1")
        learner = people.newcomer(language="en")
        with transaction():
            identity = db.session.get_one(Identity, learner.id)
            identity.email, identity.email_verified_at = ADDRESS, now()
        db.session.remove()
        db.engine.dispose()
    with live_server(ready, tmp_path_factory.mktemp("server"), ACADEMY_STAFF_FACTOR="optional") as server:
        yield server


@pytest.fixture
def opened(browser, academy) -> Iterator[Any]:
    contexts = []

    def open_page(**kind: Any) -> Any:
        contexts.append(browser.new_context(base_url=academy.url, bypass_csp=True, **kind))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def is_fit(page: Any) -> None:
    """Nothing for axe to find, and nothing to push aside with the finger."""
    assert axe(page) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def enter(page: Any, selector: str) -> None:
    """Tab to a link or button and press it; wait for the page it leads to."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def letter_to(academy: LiveServer) -> str:
    """The address in the newest letter."""
    newest = max((Path(academy.data_dir) / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime)
    letter = letters.read(newest)
    assert letter.to == ADDRESS
    return next(link for link in letter.links if "/reset/" in link)


def test_an_instructor_is_invited_on_paper_and_comes_in_by_keyboard(opened):
    head = opened(**PHONE, locale="ko-KR")
    sign_in(head, "센터장")
    head.goto("/invitations")
    is_fit(head)
    head.select_option("#role", "instructor")
    with head.expect_navigation():
        head.click("main form.form button[type=submit]")
    is_fit(head)
    link = head.inner_text("main code")
    assert head.locator("main img.qr").count() == 1

    guest = opened(**DESK, locale="en-US")
    guest.goto(link)
    assert guest.url.endswith("/invited"), "the token does not stay in the address"
    is_fit(guest)
    enter(guest, "main a[href^='/sign-up']")
    for field, text in {"name": "New Teacher", "password": people.PASSWORD}.items():
        tab_to(guest, f"input[name={field}]")
        guest.keyboard.type(text)
    tab_to(guest, "input[name=of_age]")
    guest.keyboard.press("Space")
    enter(guest, "main form button[type=submit]")
    assert guest.url.endswith("/invited")
    is_fit(guest)
    enter(guest, "main form[action='/invited'] button")
    guest.goto("/centres")
    assert guest.locator("main a[href='/centres/1']").count() == 1
    head.goto("/invitations")
    assert head.locator("main form[action$='/withdraw']").count() == 0


def test_a_forgotten_password_is_chosen_anew_by_keyboard(opened, academy):
    page = opened(**DESK, locale="en-US", color_scheme="dark")
    page.goto("/sign-in")
    enter(page, "a[href='/forgot-password']")
    is_fit(page)
    tab_to(page, "input[name=who]")
    page.keyboard.type("김영희")
    enter(page, "main form button[type=submit]")
    is_fit(page)
    page.goto(letter_to(academy))
    assert page.url.endswith("/reset"), "the token does not stay in the address"
    is_fit(page)
    tab_to(page, "input[name=password]")
    page.keyboard.type("19851224")
    enter(page, "main form button[type=submit]")
    assert page.locator(".field__error").count() == 1
    is_fit(page)
    tab_to(page, "input[name=password]")
    page.keyboard.type(NEW)
    enter(page, "main form button[type=submit]")
    page.goto("/me")
    assert page.input_value("#name") == "김영희"
    is_fit(page)


def test_a_link_that_ended_says_where_to_get_a_new_one(opened):
    page = opened(**PHONE, locale="ko-KR")
    page.goto("/reset/a-link-that-was-never-made")
    is_fit(page)
    with page.expect_navigation():
        page.click("main a[href='/forgot-password']")
    is_fit(page)
