"""Who can use it: with old eyes, on a small screen, in the dark, by keyboard, without scripts."""

from collections.abc import Iterator

import pytest

from academy.permissions import Role
from tests import people
from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.engines import fill, make_app
from tests.hands import sign_in

pytestmark = pytest.mark.browser

PUBLIC = ("/", "/sign-up", "/sign-in?next=/me", "/courses", "/exams", "/projects", "/verify", "/join", "/nowhere")
OWN = (
    "/",
    "/me",
    "/people",
    "/styleguide",
    "/classes",
    "/my/work",
    "/my/exams",
    "/my/badges",
    "/my/earnings",
    "/my/record",
)
SMALLEST = {"width": 320, "height": 640}  # a desktop window at 400 %
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
TOO_SMALL = """() => [...document.querySelectorAll('button, summary, select, input:not([type=hidden]), .button')]
  .filter(e => !e.closest('.choice, .visually-hidden') && e.offsetParent)
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"""
SMALL_PRINT = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (walk.nextNode()) {
    const place = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || place.closest('svg')) continue;
    if (parseFloat(getComputedStyle(place).fontSize) < 17) found.add(place.outerHTML.slice(0, 80));
  }
  return [...found]; }"""


@pytest.fixture(scope="module")
def academy(tmp_path_factory) -> Iterator[LiveServer]:
    """The production server with what a new installation is given, and somebody who may see every page."""
    ready = tmp_path_factory.mktemp("reach")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "starter", ready)
    with app.app_context():
        people.person("김영희", *(role for role in Role if role is not Role.LEARNER))
    with live_server(ready, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def open_page(browser, academy):
    """A page of a browser of some kind; with `name`, signed in."""
    contexts = []

    def opened(name: str | None = None, **kind):
        context = browser.new_context(base_url=academy.url, **({"locale": "ko-KR", **kind}))
        contexts.append(context)
        page = context.new_page()
        if name:
            sign_in(page, name)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
@pytest.mark.parametrize("name", [None, "김영희"])
def test_nothing_runs_over_the_edge_at_the_largest_text_on_the_smallest_screen(open_page, name, language):
    page = open_page(name, viewport=SMALLEST, locale=language)
    page.goto("/sign-in" if name is None else "/me")
    page.locator(".site-footer button[value=larger]").click()
    found = []
    for address in OWN if name else PUBLIC:
        page.goto(address)
        assert page.evaluate("document.documentElement.dataset.textSize") == "larger"
        if page.evaluate(TOO_WIDE):
            found.append(address)
    assert found == []


@pytest.mark.parametrize("name", [None, "김영희"])
def test_what_is_touched_and_read_is_large_enough(open_page, name):
    page = open_page(name, **PHONE)
    found = {}
    for address in OWN if name else PUBLIC:
        page.goto(address)
        page.locator(".menu--phone > summary").click()
        if wrong := page.evaluate(TOO_SMALL) + page.evaluate(SMALL_PRINT):
            found[address] = wrong
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [None, "김영희"])
def test_axe_finds_nothing_by_day_and_by_night(open_page, name, scheme):
    page = open_page(name, **(PHONE if scheme == "dark" else DESK), color_scheme=scheme, bypass_csp=True)
    found = {}
    for address in OWN if name else PUBLIC:
        page.goto(address)
        if wrong := axe(page):
            found[address] = wrong
    assert found == {}
    assert (page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 26, 26)") == (scheme == "dark")


def test_a_newcomer_signs_up_and_begins_with_scripts_off(open_page):
    page = open_page(**PHONE, java_script_enabled=False)
    page.goto("/")
    page.locator(".menu--phone > summary").click()
    page.locator(".menu--phone a[href='/sign-up']").click()
    page.fill("#name", "이순자")
    page.fill("#password", "네 단어로 된 긴 비밀번호")
    page.check("#of_age")
    page.click("main button[type=submit]")
    page.locator(".next a.button").click()
    page.locator("main form button[type=submit]").first.click()
    assert "/courses/what-is-labelling/" in page.url


def test_the_keyboard_jumps_over_the_menu_and_sees_where_it_is(open_page):
    page = open_page(**DESK)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("address", ["/", "/sign-in"])
def test_a_cold_page_is_at_most_sixty_kilobytes_in_six_requests(open_page, address):
    page = open_page(**PHONE)
    sizes = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    asked = [size for size in sizes if size]  # an icon that is there already comes from memory, with no byte
    assert len(asked) <= 6
    assert sum(asked) <= 60_000
