"""The workspace in a real browser: by touch, by keyboard, through a reload and through a lost network."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from academy.annotation import operations as annotation
from academy.annotation.scenes import BOX_LABELS, CLASS_LABELS, draw_scene
from academy.clock import now
from academy.db import db, transaction
from tests import people
from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.courses.practice.pictures import RULES
from tests.engines import fill, make_app
from tests.hands import Fingers, draw_by_touch, on_screen, settle, sign_in

pytestmark = pytest.mark.browser

SCENE = draw_scene("boxes", 3, 2)
GOLD = SCENE.document["objects"]
SETS = {"street": ("boxes", "box", BOX_LABELS), "animals": ("classes", "classification", CLASS_LABELS)}


@pytest.fixture(scope="module")
def academy(tmp_path_factory) -> Iterator[LiveServer]:
    """The production server with one practice of each kind and a learner."""
    ready = tmp_path_factory.mktemp("practice")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "bare", ready)
    with app.app_context():
        with transaction():
            for slug in SETS:
                add_practice(slug)
        people.person("Learner", language="en")
        db.session.remove()
        db.engine.dispose()
    with live_server(ready, tmp_path_factory.mktemp("server")) as server:
        yield server


def add_practice(slug: str) -> None:
    scenes, kind, labels = SETS[slug]
    title = {"ko": "연습", "en": "Practice"}
    task_set = annotation.ensure_task_set(
        slug,
        title,
        kind,
        annotation.ensure_label_set(slug, title, labels),
        annotation.ensure_guideline(slug, title, RULES),
    )
    for seed in (3, 4):
        scene = draw_scene(scenes, seed, 2)
        media, _ = annotation.store_picture(
            scene.png, licence="Apache-2.0", attribution="Labeler Academy", alt=scene.alt, public=True
        )
        annotation.add_task(task_set, media, scene.document, str(seed), now())


@pytest.fixture
def phone(browser, academy) -> Iterator[Any]:
    context = browser.new_context(**PHONE, locale="ko-KR", base_url=academy.url)
    yield opened(context)
    context.close()


@pytest.fixture
def desk(browser, academy) -> Iterator[Any]:
    context = browser.new_context(**DESK, locale="en-US", base_url=academy.url)
    yield opened(context)
    context.close()


def opened(context: Any) -> Any:
    page = context.new_page()
    page.broken = []
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    return page


def go(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".workspace.is-ready [data-stage] image")


def drawn(page: Any) -> list[list[float]]:
    """The boxes on the picture."""
    return page.eval_on_selector_all(
        "[data-shape] .shape-line",
        "rects => rects.map(rect => ['x', 'y', 'width', 'height'].map(name => Number(rect.getAttribute(name))))",
    )


def trials(server: LiveServer) -> int:
    with sqlite3.connect(server.data_dir / "academy.db") as base:
        return int(base.execute("SELECT count(*) FROM trial").fetchone()[0])


def test_a_guest_labels_by_touch_and_reads_a_verdict_for_every_object(phone):
    go(phone, "/try")
    for item in GOLD:
        phone.tap(f"label:has(input[data-label][value='{item['label']}'])")
        draw_by_touch(phone, item["box"])
        settle(phone)
    assert len(drawn(phone)) == len(GOLD)
    phone.tap("button[type=submit]")
    phone.wait_for_selector("[data-report] .verdict")
    assert phone.locator(".verdict").count() == len(GOLD)
    assert phone.locator(".verdict-kind.verdict-matched").count() == len(GOLD)
    assert phone.broken == []


def test_a_label_chosen_after_a_box_belongs_to_the_next_one(phone):
    go(phone, "/try")
    draw_by_touch(phone, [70, 412, 268, 90])
    settle(phone)
    phone.tap("label:has(input[data-label]) >> nth=4")
    draw_by_touch(phone, [350, 330, 230, 95])
    tags = phone.locator(".shape-tag").all_text_contents()
    titles = phone.locator(".workspace-label").all_inner_texts()
    assert tags == [titles[0].strip(), titles[4].strip()]


def test_one_finger_draws_and_two_fingers_look_closer(phone):
    go(phone, "/try")
    draw_by_touch(phone, [100, 100, 300, 200])
    before = drawn(phone)
    assert len(before) == 1
    scale = "document.querySelector('.stage-world').getScreenCTM().a"
    size = phone.evaluate(scale)
    fingers = Fingers(phone)
    fingers.send("touchStart", (150, 380))
    fingers.send("touchStart", (150, 380), (250, 380))
    for step in range(1, 6):
        fingers.send("touchMove", (150 - 10 * step, 380), (250 + 10 * step, 380))
    fingers.send("touchEnd")
    assert phone.evaluate(scale) > 1.5 * size
    assert drawn(phone) == before
    assert phone.evaluate("scrollY") == 0


def test_a_finger_sees_what_it_hides(phone):
    go(phone, "/try")
    fingers = Fingers(phone)
    start = on_screen(phone, 300, 200)
    fingers.send("touchStart", start)
    fingers.send("touchMove", (start[0] + 40, start[1] + 40))
    assert phone.locator(".stage-lens").is_visible()
    fingers.send("touchEnd")
    assert phone.locator(".stage-lens").is_hidden()


def test_what_was_drawn_is_there_again_after_a_reload(phone):
    go(phone, "/try")
    draw_by_touch(phone, [100, 100, 300, 200])
    phone.wait_for_selector("[data-saved][data-state=saved]")
    before = drawn(phone)
    phone.reload()
    phone.wait_for_selector("[data-shape]")
    assert drawn(phone) == before
    assert phone.inner_text("[data-live]")


def test_a_lost_network_loses_nothing_and_makes_no_second_try(phone, academy):
    go(phone, "/try")
    draw_by_touch(phone, GOLD[0]["box"])
    settle(phone)
    before = trials(academy)
    phone.context.set_offline(True)
    phone.tap("button[type=submit]")
    phone.wait_for_selector("[data-message][data-state=waiting]")
    assert phone.locator("[data-stop]").is_visible()
    phone.context.set_offline(False)
    phone.wait_for_selector("[data-report] .verdict")
    assert trials(academy) == before + 1
    phone.goto("/try?again=1")
    assert drawn(phone) == []


def test_a_page_closed_while_sending_sends_the_same_answer_again(phone, academy):
    go(phone, "/try")
    draw_by_touch(phone, GOLD[0]["box"])
    settle(phone)
    before = trials(academy)

    def swallow(route: Any) -> None:
        """The server gets it, the answer gets lost."""
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    phone.route("**/try", swallow)
    phone.tap("button[type=submit]")
    phone.wait_for_selector("[data-message][data-state=waiting]")
    phone.unroute("**/try")
    phone.goto("/try?again=1")
    phone.wait_for_selector("[data-report] .verdict")
    assert trials(academy) == before + 1


def test_a_picture_is_labelled_by_keyboard_alone(desk):
    sign_in(desk, "Learner")
    desk.goto("/practice/street")
    desk.get_by_role("link", name="Start").press("Enter")
    desk.wait_for_selector(".workspace.is-ready")
    desk.focus("[data-stage]")
    keys = desk.keyboard
    keys.press("n")
    [[x, y, width, height]] = drawn(desk)
    for press in ("ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight", "Alt+Shift+ArrowUp"):
        keys.press(press)
    assert drawn(desk) == [[x + 1, y + 10, width + 1, height - 10]]
    assert "Width" in desk.inner_text("[data-live]")
    keys.press("2")
    second = desk.locator("input[data-label]").nth(1)
    assert second.is_checked()
    keys.press("n")
    keys.press("Shift+Tab")
    focused = desk.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "box 1 of 2" in focused
    keys.press("Delete")
    assert len(drawn(desk)) == 1
    keys.press("Control+z")
    assert len(drawn(desk)) == 2
    keys.press("Control+Shift+z")
    assert len(drawn(desk)) == 1
    keys.press("?")
    assert desk.locator("dialog[data-help]").is_visible()
    keys.press("Escape")
    assert desk.locator("dialog[data-help]").is_hidden()
    assert desk.broken == []


def test_numbers_in_the_list_make_an_exact_box_and_the_result_says_so(desk):
    sign_in(desk, "Learner")
    go(desk, "/practice/street/1")
    for item in GOLD:
        desk.check(f"input[data-label][value='{item['label']}']", force=True)
        desk.click("[data-act=add]")
        row = desk.locator(".shape-row.is-selected")
        for part, value in zip(("left", "top", "width", "height"), item["box"], strict=True):
            row.locator(f"[data-part={part}]").fill(str(round(value)))
            row.locator(f"[data-part={part}]").press("Enter")
        desk.focus("[data-stage]")
        desk.keyboard.press("Escape")
    desk.click("button[type=submit]")
    desk.wait_for_selector("[data-report] .verdict")
    assert desk.locator(".verdict-kind.verdict-matched").count() == len(GOLD)
    assert "Excellent work" in desk.inner_text("h1")


def test_the_mouse_draws_moves_resizes_and_zooms_at_the_pointer(desk):
    go(desk, "/try")
    mouse = desk.mouse

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse.move(*on_screen(desk, *start))
        mouse.down()
        mouse.move(*on_screen(desk, *end), steps=4)
        mouse.up()

    drag((100, 100), (200, 180))
    assert drawn(desk) == [[100, 100, 100, 80]]
    mouse.click(*on_screen(desk, 150, 140))
    drag((150, 140), (170, 150))
    assert drawn(desk) == [[120, 110, 100, 80]]
    drag((220, 190), (260, 200))
    assert drawn(desk) == [[120, 110, 140, 90]]
    mouse.move(*on_screen(desk, 300, 300))
    here = on_screen(desk, 300, 300)
    mouse.wheel(0, -300)
    assert on_screen(desk, 300, 300) == pytest.approx(here, abs=2)


def test_a_choice_can_be_made_with_scripts_off(browser, academy):
    context = browser.new_context(**PHONE, locale="ko-KR", base_url=academy.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "Learner")
    page.goto("/practice/animals")
    page.locator(".practice-picture").first.click()
    page.locator("input[name=choice]").first.check()
    page.click("main form button[type=submit]")
    page.wait_for_load_state()
    assert page.locator(".verdict").count() == 1
    context.close()


def test_a_choice_is_made_by_number_key(desk):
    sign_in(desk, "Learner")
    desk.goto("/practice/animals")
    desk.locator(".practice-picture").nth(1).click()
    desk.wait_for_selector(".workspace.is-ready")
    desk.focus("[data-stage]")
    desk.keyboard.press("2")
    assert desk.locator("input[data-choice]").nth(1).is_checked()
    desk.click("button[type=submit]")
    desk.wait_for_selector("[data-report] .verdict")


def test_a_verdict_shows_its_place_and_its_rule(desk):
    go(desk, "/try")
    desk.click("button[type=submit]")
    desk.wait_for_selector("[data-report] .verdict")
    world = "document.querySelector('.stage-world').getAttribute('transform')"
    first = desk.evaluate(world)
    desk.locator("button.verdict-show").nth(2).click()
    assert desk.evaluate(world) != first
    assert desk.locator("button.verdict-show").nth(2).get_attribute("aria-pressed") == "true"
    desk.locator("[data-layer][value=mine]").check(force=True)
    assert desk.get_attribute(".report-gold", "opacity") == "0"
    desk.locator("[data-layer][value=gold]").check(force=True)
    assert desk.get_attribute(".report-mine", "opacity") == "0"


def test_the_workspace_is_light(desk):
    sizes = {}
    desk.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    go(desk, "/try")
    desk.wait_for_load_state("networkidle")
    weight = sum(size for url, size in sizes.items() if "/media/" not in url)
    assert weight <= 150_000, sizes


@pytest.mark.parametrize("kind", ["street", "animals"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
def test_axe_finds_nothing(browser, academy, kind, size, language):
    context = browser.new_context(**size, locale=language, base_url=academy.url)
    page = opened(context)
    sign_in(page, "Learner")
    page.goto(f"/practice/{kind}")
    assert axe(page) == []
    page.locator(".practice-picture").first.click()
    page.wait_for_selector(".workspace.is-ready")
    if kind == "street":
        page.click("[data-act=add]")
    else:
        page.locator("input[data-choice]").first.check()
    assert axe(page) == []
    page.click("button[type=submit]")
    page.wait_for_selector("[data-report] .verdict")
    assert axe(page) == []
    assert page.broken == []
    context.close()
