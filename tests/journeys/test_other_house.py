"""Coming in by another house in a real browser: the page leads there and back under our Content-Security-Policy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.other_house import CLIENT, SECRET, House, other_house

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def house() -> Iterator[House]:
    with other_house() as house:
        yield house


@pytest.fixture
def server(ready_folder: Path, tmp_path: Path, house: House) -> Iterator[LiveServer]:
    settings = {
        "ACADEMY_PROVIDERS": "local",
        "ACADEMY_PROVIDER_LOCAL_LABEL": "City office",
        "ACADEMY_PROVIDER_LOCAL_LABEL_KO": "시청",
        "ACADEMY_PROVIDER_LOCAL_ISSUER": house.url,
        "ACADEMY_PROVIDER_LOCAL_CLIENT_ID": CLIENT,
        "ACADEMY_PROVIDER_LOCAL_CLIENT_SECRET": SECRET,
    }
    with live_server(ready_folder, tmp_path / "server", **settings) as running:
        yield running


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_somebody_comes_in_by_another_house_and_again(
    browser: Any, server: LiveServer, house: House, size: Any
) -> None:
    page = browser.new_context(**size, locale="ko-KR").new_page()
    page.goto(f"{server.url}/sign-in?next=/courses")
    assert axe(page) == []
    page.locator(".doors button").first.press("Enter")
    page.wait_for_url("**/sign-in/new")
    assert page.locator("input[name=name]").input_value() == "김하늘"
    assert axe(page) == []
    page.check("input[name=of_age]")
    page.locator("main form.form button[type=submit]").first.click()
    page.wait_for_url("**/courses")
    page.goto(f"{server.url}/me")
    assert "시청" in page.inner_text("main")
    assert axe(page) == []
    again = browser.new_context(**size, locale="ko-KR").new_page()
    again.goto(f"{server.url}/sign-up")
    assert axe(again) == []
    again.locator(".doors button").first.click()
    again.wait_for_url(f"{server.url}/")
    assert "김하늘" in again.content()


def test_without_scripts_it_works_as_well(browser: Any, server: LiveServer) -> None:
    page = browser.new_context(**PHONE, locale="ko-KR", java_script_enabled=False).new_page()
    page.goto(f"{server.url}/sign-in")
    page.locator(".doors button").first.click()
    page.wait_for_url("**/sign-in/new")
    assert page.locator("input[name=email]").input_value() == "haneul@example.org"


def test_going_back_does_not_lead_away_again(browser: Any, server: LiveServer) -> None:
    """The page in between replaces itself, so that Back leads to where one came from."""
    page = browser.new_context(**PHONE, locale="ko-KR").new_page()
    page.goto(f"{server.url}/sign-in")
    page.locator(".doors button").first.click()
    page.wait_for_url("**/sign-in/new")
    page.go_back()
    assert page.url == f"{server.url}/sign-in"


def test_two_accounts_become_one_on_a_phone(browser: Any, server: LiveServer) -> None:
    page = browser.new_context(**PHONE, locale="ko-KR").new_page()
    for name in ("하늘 하나", "하늘 둘"):
        page.goto(f"{server.url}/sign-up")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", "a calm morning by the river")
        page.check("input[name=of_age]")
        page.locator("main form.form button[type=submit]").first.click()
        page.wait_for_url(f"{server.url}/**")
        if name == "하늘 하나":
            page.context.clear_cookies()
    page.goto(f"{server.url}/me/merge")
    assert axe(page) == []
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/sign-in?**")
    page.fill("input[name=name]", "하늘 하나")
    page.fill("input[name=password]", "a calm morning by the river")
    page.locator("main form.form button[type=submit]").first.click()
    page.wait_for_url("**/me/merge/both")
    assert axe(page) == []
    page.locator("main .card a.button").last.click()
    page.wait_for_url("**/me/merge/last?**")
    assert axe(page) == []
    gone = page.locator("main dl dd").last.inner_text()
    page.fill("input[name=name]", gone)
    page.check("input[name=sure]")
    page.locator("main form.form button[type=submit]").click()
    page.wait_for_url(lambda address: "/me/merge" not in address)
    assert gone not in page.locator("header").inner_text()
