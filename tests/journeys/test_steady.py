"""Pages stand still while they come to life: who presses a button presses that button."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import DESK, PHONE, live_server
from tests.engines import ENGINES
from tests.hands import sign_in
from tests.tour import World

pytestmark = pytest.mark.browser

READY = ".workspace.is-ready [data-stage] image"
WATCH = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    for (const { node, previousRect: from, currentRect: to } of shift.sources) {
      const button = node?.closest?.(".workspace-end") ?? node?.querySelector?.(".workspace-end");
      if (button && (from.top !== to.top || from.left !== to.left)) {
        window.moved.push(`${node.className}: ${from.left},${from.top} to ${to.left},${to.top}`);
      }
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def academy(_engines: Any, shared_folder: Path, tmp_path_factory: Any) -> Any:
    """A server on which everything has happened once, and what that left behind."""
    own = tmp_path_factory.mktemp("steady")
    app = ENGINES["sqlite"](shared_folder, own).fresh("played")
    with live_server(own, own / "server") as server:
        yield server, World.read(app.extensions["tests.ready"])


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("정검수", "/reviews/{w.open_review}"),
        ("김영희", "/work/{w.leased_unit}"),
        ("김영희", "/practice/{w.practice_set}/{w.untried_task}"),
    ],
    ids=["review", "work", "practice"],
)
def test_what_ends_the_work_keeps_its_place(browser, academy, screen, who, address):
    server, world = academy
    context = browser.new_context(**screen, locale="ko-KR", base_url=server.url)
    page = context.new_page()
    sign_in(page, who)
    page.add_init_script(WATCH)
    page.goto(address.format(w=world))
    page.wait_for_selector(READY)
    page.wait_for_timeout(300)
    assert page.locator(".workspace-end").count() == 1
    assert page.evaluate("window.moved") == []
    context.close()
