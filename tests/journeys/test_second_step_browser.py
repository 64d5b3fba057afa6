"""Staff set up their second step and come in with it, in a real browser: by keyboard, on the phone, with a passkey.

Chromium's virtual authenticator stands in for the finger on the phone.
"""

import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest

from tests import people
from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.engines import fill, make_app
from tests.hands import sign_in, tab_to

pytestmark = pytest.mark.browser

FACTORS = "/me/second-step"
FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def academy(tmp_path_factory) -> Iterator[LiveServer]:
    """The production server as it runs where it counts: staff need a second step."""
    ready = tmp_path_factory.mktemp("second-step")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "starter", ready)
    with app.app_context():
        people.administrator(), people.instructor(), people.newcomer(language="en")
    with live_server(ready, tmp_path_factory.mktemp("server"), ACADEMY_STAFF_FACTOR="required") as server:
        yield server


@pytest.fixture
def opened(browser, academy) -> Iterator[Any]:
    """A page of a browser whose owner has a finger."""
    contexts = []

    def open_page(**kind: Any) -> Any:
        context = browser.new_context(base_url=academy.url, bypass_csp=True, **kind)
        contexts.append(context)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
        return page

    yield open_page
    for context in contexts:
        context.close()


def is_fit(page: Any) -> None:
    """Nothing for axe to find, and nothing to push aside with the finger."""
    assert axe(page) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def press(page: Any, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def sign_out(page: Any) -> None:
    page.context.clear_cookies()


def test_staff_set_up_a_passkey_on_the_phone_and_come_in_without_a_password(opened):
    page = opened(**PHONE, locale="ko-KR")
    page.goto("/people")
    assert page.url.endswith("/sign-in?next=/people")
    is_fit(page)
    sign_in(page, "관리자")
    assert FACTORS in page.url, "nothing else is open"
    is_fit(page)
    press(page, "[data-passkey] button")
    assert page.locator(".factors .link-row").count() == 1
    is_fit(page)
    press(page, "form[action$='/codes'] button")
    assert page.locator(".recovery__codes li").count() == 10
    is_fit(page)
    sign_out(page)
    page.goto("/sign-in?next=/people")
    press(page, "[data-passkey] button")
    assert page.url.endswith("/people")


def test_the_app_by_keyboard_alone(opened):
    page = opened(**DESK, locale="en-US")
    sign_in(page, "박선생")
    tab_to(page, f"form[action='{FACTORS}/app'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    is_fit(page)
    app = pyotp.TOTP(page.locator(".setup-key").text_content().replace(" ", ""))
    tab_to(page, "input[name=code]")
    page.keyboard.type(app.now())
    tab_to(page, "main form button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(f"form[action='{FACTORS}/codes']").count() == 1, "paper is still missing"
    sign_out(page)
    sign_in(page, "박선생")
    assert page.url.endswith("/sign-in/second-step")
    is_fit(page)
    tab_to(page, "input[name=code]")
    page.keyboard.type(app.at(int(time.time()) + 30))  # the digits of the set-up are spent
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "second-step" not in page.url


def test_somebody_who_stops_half_way_is_told_and_can_try_again(opened):
    page = opened(**PHONE, locale="en-US")
    sign_in(page, "김영희")
    page.goto(FACTORS)
    page.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    page.click("[data-passkey] button")
    page.wait_for_function("document.querySelector('[data-said]').textContent.length > 20")
    assert page.locator("[data-passkey] button").is_enabled()
    is_fit(page)


def test_where_a_browser_knows_no_passkeys_the_page_says_so(browser, academy):
    context = browser.new_context(base_url=academy.url, **PHONE, locale="en-US")
    context.add_init_script("delete window.PublicKeyCredential")
    page = context.new_page()
    sign_in(page, "김영희")
    page.goto(FACTORS)
    assert page.locator("[data-without-passkeys]").is_visible()
    assert not page.locator("[data-passkey]").is_visible()
    context.close()
