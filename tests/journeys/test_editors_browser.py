"""Operators edit labels, guidelines and gold: by keyboard alone, by touch on a phone, and with scripts off."""

import pytest

from tests.browser import DESK, PHONE, axe
from tests.hands import draw_by_touch, settle, sign_in, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OPERATOR = "운영자"
KEEP = 'button[name="act"][value="keep"]'
UNDO = 'form[action$="/undo"] button'


@pytest.fixture
def page(tour, browser, request):
    options = {
        **DESK,
        "locale": "ko-KR",
        "base_url": tour.server.url,
        "bypass_csp": True,
        **getattr(request, "param", {}),
    }
    context = browser.new_context(**options)
    page = context.new_page()
    sign_in(page, OPERATOR)
    yield page
    context.close()


def press(page, selector: str) -> None:
    """Go there by keyboard and press it."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page, selector: str, words: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def first_task(page, slug: str = "first-boxes") -> str:
    page.goto(f"/gold/{slug}")
    return page.locator(".gold-grid__item a").first.get_attribute("href")


def test_a_label_is_added_and_taken_back_by_keyboard(page):
    page.goto("/label-sets/tour-labels")
    press(page, 'a[href$="/labels/new"]')
    for field, words in {"#title_ko": "고양이", "#title_en": "Cat", "#name": "cat", "#hotkey": "c"}.items():
        write(page, field, words)
    tab_to(page, "summary:has(+ #points), details:has(#points) > summary")
    page.keyboard.press("Enter")
    write(page, "#points", "nose\ntail")
    write(page, "#edges", "1-2")
    press(page, 'button[name="act"][value="preview"]')
    assert page.locator(".preview .skeleton line").count() == 1
    assert axe(page) == []
    press(page, KEEP)
    assert page.locator(".label-chip", has_text="고양이").count() == 1
    press(page, UNDO)
    assert page.locator(".label-chip", has_text="고양이").count() == 0, "it is among the retired ones"
    assert page.locator(".editor-row", has_text="고양이").count() == 1


def test_gold_is_drawn_kept_compared_and_taken_back_by_keyboard(page):
    task = first_task(page)
    page.goto(task)
    press(page, 'a[href$="/edit"]')
    page.wait_for_selector(".workspace.is-ready")
    before = page.locator(".stage-shapes .shape").count()
    tab_to(page, ".workspace-stage")
    page.keyboard.press("n")
    assert page.locator(".stage-shapes .shape").count() == before + 1
    write(page, "#note", "a cat behind the tree")
    press(page, KEEP)
    assert page.url.endswith(task)
    assert page.locator(".timeline__title").count() >= 3, "two versions and a change"
    assert "a cat behind the tree" in page.content()
    press(page, 'a[href*="/compare"]')
    assert page.locator(".sketch").count() == 2
    assert page.locator("tbody tr").count() == 1
    assert axe(page) == []
    page.goto(task)
    press(page, UNDO)
    assert page.locator(UNDO).count() == 0


@pytest.mark.parametrize("page", [{**PHONE}], indirect=True)
def test_gold_is_drawn_with_a_finger_on_a_phone(page):
    task = first_task(page)
    page.goto(f"{task}/edit")
    page.wait_for_selector(".workspace.is-ready")
    before = page.locator(".stage-shapes .shape").count()
    draw_by_touch(page, [20, 20, 200, 120])
    settle(page)
    assert page.locator(".stage-shapes .shape").count() == before + 1
    with page.expect_navigation():
        page.locator(KEEP).tap()
    assert page.url.endswith(task)
    with page.expect_navigation():
        page.locator(UNDO).first.tap()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}, {**PHONE, "color_scheme": "dark"}], indirect=True)
def test_a_guideline_is_written_without_scripts_and_on_a_phone(page):
    page.goto("/guidelines/first-boxes/edit")
    rules = page.locator("fieldset.sub-form").count()
    page.locator('button[value="add"]').click()
    page.wait_for_load_state()
    assert page.locator("fieldset.sub-form").count() == rules + 1
    for name in ("title_ko", "title_en", "text_ko", "text_en"):
        page.fill(f"#rules-{rules}-{name}", f"word for {name}")
    page.locator(f'button[value="up-{rules}"]').click()
    page.wait_for_load_state()
    assert page.input_value(f"#rules-{rules - 1}-title_en") == "word for title_en"
    page.locator(KEEP).click()
    page.wait_for_load_state()
    assert page.url.endswith("/guidelines/first-boxes/versions")
    page.locator(UNDO).first.click()
    page.wait_for_load_state()
    page.goto("/guidelines/first-boxes")
    assert page.locator(".guideline__rule").count() == rules


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_many_tasks_are_tagged_and_found_without_scripts(page):
    page.goto("/gold/first-boxes")
    boxes = page.locator('input[name="task"]')
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("details.more > summary").first.click()
    page.select_option('select[name="act"]', "add")
    page.fill("#tags", "밤")
    page.locator("details.more button[type=submit]").first.click()
    page.wait_for_load_state()
    page.goto("/gold/first-boxes?tag=밤")
    assert page.locator(".gold-grid__item").count() == 2
    page.locator(UNDO).first.click()
    page.wait_for_load_state()
    page.goto("/gold/first-boxes?tag=밤")
    assert page.locator(".gold-grid__item").count() == 0
