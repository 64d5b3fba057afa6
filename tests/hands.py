"""Hands for the journeys: through the door, real touches on the glass, and where a point lies on the screen."""

from typing import Any

from tests.people import PASSWORD


def sign_in(page: Any, name: str) -> None:
    """Through the door, as one of the cast."""
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("main form button[type=submit]")


def on_screen(page: Any, x: float, y: float, within: str = "") -> tuple[float, float]:
    """Where a point of the picture (of the workspace inside `within`) is on the screen."""
    point = page.evaluate(
        "([x, y, world]) => { const at = new DOMPoint(x, y).matrixTransform("
        "document.querySelector(world).getScreenCTM()); return [at.x, at.y]; }",
        [x, y, f"{within} .stage-world".strip()],
    )
    return point[0], point[1]


class Fingers:
    """Real touches: what a page gets from the glass."""

    def __init__(self, page: Any) -> None:
        self.glass = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.send("touchStart", start)
        for step in range(1, 6):
            self.send("touchMove", *[tuple(a + (b - a) * step / 5 for a, b in zip(start, end, strict=True))])
        self.send("touchEnd")


def draw_by_touch(page: Any, box: list[float], within: str = "") -> None:
    """Draw one box of [x, y, w, h] in pixels of the picture."""
    x, y, width, height = box
    Fingers(page).drag(on_screen(page, x, y, within), on_screen(page, x + width, y + height, within))


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until something that matches has the focus, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
            return
    raise AssertionError(f"{selector} can not be reached by keyboard")


def settle(page: Any, within: str = "") -> None:
    """End the stroke for good: without a key in between, Chromium may take a made-up tap for part of it."""
    page.press(f"{within} [data-stage]".strip(), "Escape")
