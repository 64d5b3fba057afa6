"""A child who waits for a parent, on the phone; a copy of one's data, leaving and staying, by keyboard alone."""

from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests import people
from tests.browser import DESK, PHONE, LiveServer, axe
from tests.hands import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_page(browser: Any, server: LiveServer, **kind: Any) -> Any:
    return browser.new_context(base_url=server.url, bypass_csp=True, **kind).new_page()


def pressed(page: Any, selector: str) -> None:
    """Tab to a button and press it; wait for the page it leads to."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tapped(page: Any, selector: str) -> None:
    with page.expect_navigation():
        page.tap(selector)


def letter_to_the_parent(server: LiveServer) -> str:
    """The address in the newest letter that left."""
    newest = max((server.data_dir / "mail").rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    message = message_from_bytes(newest.read_bytes(), policy=policy.default)
    words = str(message.get_body(("plain",)).get_content()).split()
    return next(word for word in words if "/guardian/" in word)


def test_a_child_and_a_parent_on_their_phones(browser, server: LiveServer):
    child = open_page(browser, server, **PHONE, locale="ko-KR")
    child.goto("/sign-up")
    child.fill("input[name=name]", "어린이")
    child.fill("input[name=password]", people.PASSWORD)
    child.tap("details.more summary")
    child.tap("label:has(input[name=younger])")
    tapped(child, "main form button[type=submit]")
    assert child.url.endswith("/waiting")
    assert axe(child) == []
    child.fill("input[name=address]", "parent@example.kr")
    tapped(child, "form[action='/waiting'] button")
    parent = open_page(browser, server, **PHONE, locale="ko-KR", color_scheme="dark")
    parent.goto(letter_to_the_parent(server))
    assert parent.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    assert axe(parent) == []
    for box in ("guardian", "agree"):
        parent.tap(f"label:has(input[name={box}])")
    tapped(parent, "main form button[type=submit]")
    assert axe(parent) == []
    child.goto("/me")
    assert child.url.endswith("/me")


def test_a_copy_then_leaving_then_staying_by_keyboard_alone(browser, server: LiveServer, tmp_path: Path):
    page = open_page(browser, server, **DESK, locale="en-US", accept_downloads=True)
    page.goto("/sign-up")
    for field, text in {"name": "Keys Only", "password": people.PASSWORD}.items():
        tab_to(page, f"input[name={field}]")
        page.keyboard.type(text)
    tab_to(page, "input[name=of_age]")
    page.keyboard.press("Space")
    pressed(page, "main form button[type=submit]")
    page.goto("/me/data")
    tab_to(page, "input[name^='city report']")
    page.keyboard.press("Space")
    pressed(page, "form[action='/me/data/consents'] button")
    assert page.locator("input[name^='city report']").is_checked()
    pressed(page, "form[action='/me/data/exports'] button")
    assert axe(page) == []
    tab_to(page, "main a[href$='/file']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with ZipFile(BytesIO(Path(download.value.path()).read_bytes())) as zipped:
        assert b"Keys Only" in zipped.read("account/identity.json")
    page.goto("/me/data")
    pressed(page, "main a[href='/me/data/erasure']")
    assert axe(page) == []
    tab_to(page, "input[name=sure]")
    page.keyboard.press("Space")
    pressed(page, "main form button[type=submit]")
    assert page.url.endswith("/left")
    assert axe(page) == []
    page.goto("/sign-in")
    for field, text in {"name": "Keys Only", "password": people.PASSWORD}.items():
        tab_to(page, f"#{field}")
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/leaving")
    assert axe(page) == []
    pressed(page, "form[action='/leaving/stay'] button")
    page.goto("/me/data")
    assert page.url.endswith("/me/data")
    assert axe(page) == []
