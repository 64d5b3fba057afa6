"""Learning by keyboard alone, in English on a desk: sign up, a lesson with its questions, a practice picture.

The exam by keyboard is walked in test_exam_browser.py.
"""

from typing import Any

import pytest

from tests import people
from tests.browser import DESK, LiveServer
from tests.hands import tab_to

pytestmark = pytest.mark.browser


def enter(page: Any, selector: str) -> None:
    """Tab to a link or button and press it; wait for the page it leads to."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_lesson_and_a_practice_by_keyboard_alone(browser, server: LiveServer):
    context = browser.new_context(**DESK, locale="en-US", base_url=server.url)
    page = context.new_page()
    page.goto("/")
    enter(page, "a[href^='/sign-up']")
    for field, text in {"name": "Keys Only", "password": people.PASSWORD}.items():
        tab_to(page, f"input[name={field}]")
        page.keyboard.type(text)
    tab_to(page, "input[name=of_age]")
    page.keyboard.press("Space")
    enter(page, "main form button[type=submit]")
    learn(page)
    practise(page)
    context.close()


def learn(page: Any) -> None:
    page.goto("/courses/what-is-labelling")
    assert page.get_attribute("html", "lang") == "en"
    enter(page, "form[action$='/enrol'] button")
    if "/what-is-labelling/" not in page.url:
        enter(page, "main a[href^='/courses/what-is-labelling/']")
    groups = {field.get_attribute("name") for field in page.locator("#quiz .choice input").all()}
    assert len(groups) >= 2
    for name in sorted(groups):
        tab_to(page, f"#quiz input[name='{name}']")
        page.keyboard.press("Space")
    enter(page, "#quiz button[type=submit]")
    assert page.locator("#quiz .outcome").count() == len(groups)
    enter(page, ".lesson__turn a[rel=next]")


def practise(page: Any) -> None:
    page.goto("/practice/first-boxes")
    enter(page, "main a[href^='/practice/first-boxes/']")
    page.wait_for_selector(".workspace.is-ready [data-stage] image")
    tab_to(page, "[data-stage]")
    page.keyboard.press("n")
    for press in ("ArrowLeft", "Shift+ArrowUp", "Alt+Shift+ArrowLeft", "2"):
        page.keyboard.press(press)
    assert page.locator("[data-shape]").count() == 1
    page.keyboard.press("Escape")
    enter(page, "[data-workspace-form] button[type=submit]")
    assert page.locator(".verdict").count() >= 1
    assert page.locator(".practice-score__title").inner_text()
