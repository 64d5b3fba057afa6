"""An exam in a real browser: the network goes, the server is killed, and nothing acknowledged is lost."""

import json
import sqlite3

import pytest

from exams.bank.starter import MOCK_EXAM
from tests.browser import DESK, PHONE, LiveServer, axe
from tests.hands import tab_to

pytestmark = pytest.mark.browser

NAME, PASSWORD = "이철수", "a calm morning by the river"
SAVED = "[data-paper-saved][data-state=saved]"
WEIGHT = """() => performance.getEntries()
  .filter((entry) => entry.encodedBodySize && !entry.name.includes("/media/"))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
TRYING = "[data-paper-saved][data-state=trying]"


def stored(server: LiveServer) -> dict[int, dict]:
    """What the database holds, read from its file."""
    with sqlite3.connect(server.data_dir / "academy.db") as base:
        rows = base.execute(
            "SELECT paper_item.position, answer.answer FROM answer JOIN paper_item ON paper_item.id = paper_item_id"
        ).fetchall()
    return {position: json.loads(answer) for position, answer in rows}


def sign_up(page, server: LiveServer) -> None:
    page.goto(f"{server.url}/sign-up")
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.check("input[name=of_age]")
    page.click("main form button[type=submit]")
    page.wait_for_load_state()


def begin(page, server: LiveServer) -> None:
    """Sign up and start the mock exam."""
    sign_up(page, server)
    page.goto(f"{server.url}/exams/{MOCK_EXAM}")
    page.click("form.one-button button")
    ready(page)


def ready(page) -> None:
    page.wait_for_selector("html[data-ready]", state="attached")


def go(page, item: int) -> None:
    page.click(f"[data-goto='{item}']")
    page.wait_for_selector(f"#item-{item}:not([hidden])")


def choose(page, item: int, number: int = 0) -> str:
    """Tick an option of a question; tells which."""
    go(page, item)
    field = page.locator(f"#item-{item} .choice input").nth(number)
    value = field.get_attribute("value")
    page.locator(f"#item-{item} .choice").nth(number).click()
    return value


def draw(page, item: int) -> None:
    """Draw one box over the middle of the picture."""
    go(page, item)
    stage = page.locator(f"#item-{item} [data-stage]")
    stage.scroll_into_view_if_needed()
    place = stage.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.3, place["y"] + place["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + place["height"] * 0.6, steps=5)
    page.mouse.up()


def test_the_network_goes_and_the_server_is_killed_and_nothing_is_lost(browser, server: LiveServer):
    context = browser.new_context(**PHONE, locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(20_000)
    begin(page, server)
    first = choose(page, 1)
    page.wait_for_selector(SAVED)
    page.wait_for_selector("[data-goto='1'].overview__item--done")
    assert stored(server)[1] == {"choice": first}

    context.set_offline(True)
    second = choose(page, 2, 1)
    page.wait_for_selector(TRYING)
    third = choose(page, 3, 2)
    assert set(stored(server)) == {1}
    context.set_offline(False)
    page.wait_for_selector(SAVED)
    assert {item: stored(server)[item] for item in (2, 3)} == {2: {"choice": second}, 3: {"choice": third}}

    server.kill()
    fourth = choose(page, 4)
    draw(page, 7)
    page.wait_for_selector(TRYING)
    server.start()
    page.wait_for_selector(SAVED)
    assert stored(server)[4] == {"choice": fourth}
    assert len(stored(server)[7]["objects"]) == 1

    acknowledged = stored(server)
    server.restart()  # killed right after it acknowledged
    assert stored(server) == acknowledged
    page.reload()
    ready(page)
    go(page, 4)
    assert page.locator(f"#item-4 input[value='{fourth}']").is_checked()
    go(page, 7)
    assert page.locator("#item-7 [data-list] > li").count() == 1
    hand_in(page)
    assert page.locator(".score").count() == 1
    assert stored(server) == acknowledged
    context.close()


def hand_in(page) -> None:
    page.click("[data-goto=end]")
    page.click("[data-hand-in] button[type=submit]")
    page.wait_for_url("**/result")
    page.wait_for_selector(".score")


def test_an_answer_that_could_not_be_sent_outlives_its_page(browser, server: LiveServer):
    context = browser.new_context(**PHONE, locale="ko-KR")
    page = context.new_page()
    begin(page, server)
    paper = page.url.partition("#")[0]
    page.wait_for_selector(SAVED)
    server.kill()
    chosen = choose(page, 5)
    page.wait_for_selector(TRYING)
    page.close()
    server.start()
    page = context.new_page()
    page.goto(paper)
    ready(page)
    page.wait_for_selector(SAVED)
    assert stored(server)[5] == {"choices": [chosen]}
    go(page, 5)
    assert page.locator(f"#item-5 input[value='{chosen}']").is_checked()
    context.close()


def test_an_answer_given_right_before_leaving_still_arrives(browser, server: LiveServer):
    context = browser.new_context(**PHONE, locale="ko-KR")
    page = context.new_page()
    begin(page, server)
    page.wait_for_selector(SAVED)
    chosen = choose(page, 1)
    page.goto("about:blank")  # within the second that saving waits
    for _ in range(50):
        if 1 in stored(server):
            break
        page.wait_for_timeout(100)
    assert stored(server)[1] == {"choice": chosen}
    context.close()


def test_a_second_window_tells_the_first_and_a_conflict_is_the_candidates_to_decide(browser, server: LiveServer):
    context = browser.new_context(**DESK, locale="en-GB")
    old = context.new_page()
    begin(old, server)
    new = context.new_page()
    new.goto(old.url.partition("#")[0])
    ready(new)
    chosen = choose(new, 1, 0)
    new.wait_for_selector(SAVED)
    mine = choose(old, 1, 1)  # the old window does not know yet
    old.wait_for_selector("[data-elsewhere]:not([hidden])")
    assert stored(server)[1] == {"choice": chosen}
    old.click("[data-here]")  # go on here: what both windows say is asked again
    ready(old)
    go(old, 1)
    old.click("#item-1 [data-keep-mine]")
    old.wait_for_selector(SAVED)
    assert stored(server)[1] == {"choice": mine}
    assert not old.locator("#item-1 [data-conflict]").is_visible()
    context.close()


def by_keyboard_to(page, place) -> None:
    """Choose a place in the overview."""
    tab_to(page, f"[data-goto='{place}']")
    page.keyboard.press("Enter")


def test_the_whole_exam_by_keyboard(browser, server: LiveServer):
    context = browser.new_context(**DESK, locale="en-GB")
    page = context.new_page()
    sign_up(page, server)
    page.goto(f"{server.url}/exams/{MOCK_EXAM}")
    tab_to(page, "form.one-button button")
    page.keyboard.press("Enter")
    ready(page)
    tab_to(page, "[data-say-time]")
    page.keyboard.press("Enter")
    assert "minutes" in page.inner_text("[data-announce]") or "분" in page.inner_text("[data-announce]")
    tab_to(page, "#item-1 .choice input")
    page.keyboard.press("Space")
    tab_to(page, "#item-1 .exam-item__nav a[href='#item-2']")
    page.keyboard.press("Enter")
    tab_to(page, "#item-2 .choice input")  # the focus went along to the next item
    page.keyboard.press("Space")
    tab_to(page, "#item-2 .exam-item__nav a[href='#item-3']")
    page.keyboard.press("Enter")
    by_keyboard_to(page, 7)
    tab_to(page, "#item-7 [data-stage]")
    page.keyboard.press("n")
    page.keyboard.press("Shift+ArrowRight")
    tab_to(page, "#item-7 .exam-item__nav a[href='#item-8']")
    page.keyboard.press("Enter")
    by_keyboard_to(page, 9)
    tab_to(page, "#item-9 [data-choice]")
    page.keyboard.press("Space")
    page.wait_for_selector(SAVED)
    assert set(stored(server)) == {1, 2, 7, 9}
    assert len(stored(server)[7]["objects"]) == 1
    by_keyboard_to(page, "end")
    tab_to(page, "[data-hand-in] [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result")
    page.wait_for_selector(".score")
    context.close()


def test_questions_and_choices_need_no_scripts(browser, server: LiveServer):
    context = browser.new_context(**PHONE, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    sign_up(page, server)
    page.goto(f"{server.url}/exams/{MOCK_EXAM}")
    page.click("form.one-button button")
    page.check("#item-2 input[type=radio] >> nth=1")
    page.click("#item-2 .plain-save button")
    assert "The answer to item 2 is saved." in page.inner_text("body")
    page.check("#item-9 input[type=radio] >> nth=0")
    page.click("#item-9 .plain-save button")
    assert set(stored(server)) == {2, 9}
    page.click("[data-hand-in] button[type=submit]")
    page.wait_for_url("**/result")
    context.close()


def test_the_paper_is_light_and_axe_finds_nothing(browser, server: LiveServer):
    context = browser.new_context(**PHONE, locale="ko-KR")
    page = context.new_page()
    begin(page, server)
    weight = page.evaluate(WEIGHT)
    assert 0 < weight <= 150_000
    found = axe(page)
    for item in (7, 9):
        go(page, item)
        found += axe(page)
    page.click("[data-goto=end]")
    assert found + axe(page) == []
    context.close()
