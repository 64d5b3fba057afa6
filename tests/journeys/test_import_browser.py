"""Real gold in a real browser: a zip of blood cells is sent, seen line by line, added, and taken back again."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from academy.db import db
from tests import people
from tests.browser import DESK, PHONE, ROOT, LiveServer, axe, live_server
from tests.engines import fill, make_app
from tests.hands import sign_in, tab_to
from tests.needs import samples

pytestmark = pytest.mark.browser

KINDS = {
    "ko-phone-day": {**PHONE, "locale": "ko-KR", "color_scheme": "light"},
    "en-desk-night": {**DESK, "locale": "en-US", "color_scheme": "dark"},
}
PICTURES, BOXES = 84, 1175
"""What the set's README counts, without the box that has no area."""
ZERO_AREA = "BloodImage_00338.xml"
SENT = "[data-files] [data-sent]"


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The production server with a worker beside it, as a house runs it."""
    ready = tmp_path_factory.mktemp("import")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "bare", ready)
    with app.app_context():
        people.person("ko-phone-day", people.Role.OPERATOR, language="ko")
        people.person("en-desk-night", people.Role.OPERATOR, language="en")
        people.person("keys", people.Role.OPERATOR, language="en")
        db.session.remove()
        db.engine.dispose()
    with live_server(ready, tmp_path_factory.mktemp("server"), ACADEMY_JOBS="worker") as server:
        command = [sys.executable, "-m", "academy.cli", "worker"]
        worker = subprocess.Popen(command, cwd=ROOT, env=server.environ, stdout=subprocess.DEVNULL)
        try:
            yield server
        finally:
            worker.terminate()
            worker.wait(20)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The blood cells as somebody packs them."""
    folder, packed = samples("boxes-bccd"), tmp_path_factory.mktemp("zip") / "bccd.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                made.write(path, path.relative_to(folder.parent))
    return packed


def opened(browser: Any, academy: LiveServer, name: str, **how: Any) -> Any:
    page = browser.new_context(base_url=academy.url, bypass_csp=True, **how).new_page()
    page.broken = []
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    sign_in(page, name)
    return page


def name_the_set(page: Any, slug: str) -> None:
    for field, words in {
        "title_ko": "혈액 세포",
        "title_en": "Blood cells",
        "slug": slug,
        "licence": "MIT",
        "attribution": "BCCD Dataset, (c) 2017 shenggan",
    }.items():
        page.fill(f"#{field}", words)


def numbers(page: Any) -> list[int]:
    """New, changed, the same, left out, with remarks."""
    return [int(number) for number in page.locator(".stats__value").all_inner_texts()]


def press(page: Any, form: str) -> None:
    """Send a form of the preview, and wait until the work behind it is done."""
    page.click(f"form[action$='/{form}'] button")
    page.wait_for_selector(".stats", timeout=60_000)


@pytest.mark.parametrize("kind", KINDS)
def test_blood_cells_come_in_and_go_out_again(browser, academy, cells, kind):
    page = opened(browser, academy, kind, **KINDS[kind])
    page.goto("/gold/import")
    assert axe(page) == []
    page.set_input_files("input[type=file]", cells)
    page.wait_for_selector(SENT, state="attached")
    name_the_set(page, kind)
    page.click(".form__end button")
    page.wait_for_selector("progress, .stats")
    assert axe(page) == []
    page.wait_for_selector(".stats", timeout=60_000)
    assert numbers(page) == [PICTURES, 0, 0, 0, 4]
    assert str(BOXES) in page.locator("main .alert").inner_text()
    assert "Pascal VOC" in page.locator("main").inner_text()
    assert axe(page) == []
    odd_lines(page)
    preview = page.url.partition("?")[0]
    press(page, "add")
    page.wait_for_selector("form[action$='/undo']", state="attached")
    assert axe(page) == []
    twice(page, kind, cells)
    page.goto(preview)
    page.click("details.confirm summary")
    press(page, "undo")
    assert page.locator("form[action$='/undo']").count() == 0
    assert axe(page) == []
    assert page.broken == []
    page.context.close()


def odd_lines(page: Any) -> None:
    """Every oddity of the README stands there, by file and object, beside the picture with its boxes."""
    page.click("a[href*='show=odd']")
    lines = page.locator(".line")
    assert lines.count() == 4
    empty = lines.filter(has_text=ZERO_AREA)
    assert "(504, 337)" in empty.locator(".line__problems").inner_text()
    assert empty.locator("path").count() == 13
    empty.scroll_into_view_if_needed()
    page.wait_for_function(
        "picture => picture.complete && picture.naturalWidth > 0", arg=empty.locator("img").element_handle()
    )
    assert axe(page) == []


def twice(page: Any, slug: str, cells: Path) -> None:
    """The same data again: all of it is known, and there is nothing to press."""
    page.goto(f"/gold/{slug}/import")
    page.set_input_files("input[type=file]", cells)
    page.wait_for_selector(SENT, state="attached")
    page.click(".form__end button")
    page.wait_for_selector(".stats", timeout=60_000)
    assert numbers(page)[:4] == [0, 0, PICTURES, 0]
    assert page.locator("form[action$='/add']").count() == 0


def test_a_cut_connection_and_a_reload_cost_one_piece(browser, academy, tmp_path):
    """30 MB: the network fails within them, then the page is closed within them; the file is not begun anew."""
    packed = tmp_path / "large.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("noise.dat", bytes(range(256)) * (30 * 4096))
    page = opened(browser, academy, "en-desk-night", **KINDS["en-desk-night"])
    page.goto("/gold/import")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if "/gold/transfers" in request.url else None)

    def cut(route: Any) -> None:
        """The second piece is lost once; from the third on the network is gone for good."""
        count = sent.count("PATCH")
        gone = route.request.method == "PATCH" and (count == 1 or count > 2)
        route.abort("connectionfailed") if gone else route.continue_()

    page.route("**/gold/transfers/**", cut)
    page.set_input_files("input[type=file]", packed)
    page.wait_for_function("document.querySelector('[data-files] progress')?.value >= 16 * 2 ** 20")
    page.goto("/gold/import")  # before the network is back: else the old page sends the rest while it is left
    page.unroute("**/gold/transfers/**")
    waiting = page.locator("[data-waiting]")
    assert "large.zip" in waiting.inner_text()
    sent.clear()
    page.set_input_files("input[type=file]", packed)
    page.wait_for_selector(SENT, state="attached")
    assert "POST" not in sent, "it went on where it was"
    assert 1 <= sent.count("PATCH") <= 2
    assert waiting.locator("[data-token]").count() == 0
    page.context.close()


def test_sending_the_form_waits_until_everything_is_here(browser, academy, cells):
    page = opened(browser, academy, "en-desk-night", **KINDS["en-desk-night"])
    page.goto("/gold/import")
    page.route("**/gold/transfers", lambda route: (page.wait_for_timeout(800), route.continue_()))
    name_the_set(page, "patience")
    page.set_input_files("input[type=file]", cells)
    page.click(".form__end button")
    assert "as soon as everything is here" in page.locator("[data-said]").inner_text()
    page.wait_for_selector(".stats", timeout=60_000)
    assert numbers(page)[0] == PICTURES
    page.context.close()


def test_all_of_it_goes_by_keyboard(browser, academy, cells):
    page = opened(browser, academy, "keys", **DESK, locale="en-US")
    # Listening from the beginning: who begins to listen as the key is pressed may come too late for the chooser.
    page.on("filechooser", lambda chooser: chooser.set_files(cells))
    page.goto("/gold/import")
    tab_to(page, "#title_ko")
    page.keyboard.type("세포")
    tab_to(page, "#title_en")
    page.keyboard.type("Cells")
    tab_to(page, "#slug")
    page.keyboard.type("keys")
    tab_to(page, "input[type=file]")
    page.keyboard.press("Enter")
    page.wait_for_selector(SENT, state="attached")
    tab_to(page, "#licence")
    page.keyboard.type("MIT")
    tab_to(page, "#attribution")
    page.keyboard.type("BCCD")
    page.keyboard.press("Enter")
    page.wait_for_selector(".stats", timeout=60_000)
    tab_to(page, "form[action$='/add'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[action$='/undo']", state="attached", timeout=60_000)
    page.keyboard.press("Home")
    tab_to(page, "details.confirm summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action$='/undo'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".stats", timeout=60_000)
    page.context.close()


def test_without_scripts_the_same_pages_do(browser, academy, cells):
    page = opened(browser, academy, "en-desk-night", **DESK, locale="en-US", java_script_enabled=False)
    page.goto("/gold/import")
    name_the_set(page, "plain")
    page.set_input_files("input[type=file]", cells)
    page.click(".form__end button")
    for _ in range(60):
        if page.locator(".stats").count():
            break
        page.wait_for_timeout(500)
        page.click("main a.button--secondary")
    assert numbers(page)[0] == PICTURES
    page.context.close()
