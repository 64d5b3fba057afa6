"""Media of every kind in a real browser: heard, leafed through, looked at closely; on a phone and at a desk."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from academy.annotation import operations as annotation
from academy.annotation.media.keeping import Rights, keep, keep_text, keep_video
from academy.annotation.models import Media
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from academy.uploads.clouds import open_cloud
from academy.uploads.sounds import open_sound
from academy.uploads.thumbnails import open_with_thumbnail
from tests import people
from tests.academy.annotation.samples import box_set, gold, picture
from tests.academy.uploads.media_samples import pcd, points, sound, tone
from tests.browser import DESK, PHONE, LiveServer, axe, live_server
from tests.engines import fill, make_app
from tests.hands import sign_in

pytestmark = pytest.mark.browser
RIGHTS = Rights("CC BY 4.0", "The makers of media", {"ko": "보기", "en": "An example"}, public=True)
LARGE = (6_000, 4_000)


class Place(NamedTuple):
    server: LiveServer
    tasks: dict[str, int]
    """By kind of media."""
    token: str
    """Of the very large picture."""


def large_picture() -> bytes:
    """Grey waves with a black square in its right lower part."""
    x = np.linspace(0, 40, LARGE[0], dtype=np.float32)
    y = np.linspace(0, 30, LARGE[1], dtype=np.float32)
    shades = (np.sin(x)[None, :] + np.cos(y)[:, None]) * 40 + 150
    image = Image.fromarray(shades.astype(np.uint8)).convert("RGB")
    image.paste("black", (5_000, 3_000, 5_400, 3_300))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    ready = tmp_path_factory.mktemp("media")
    app = make_app(ready, f"sqlite:///{ready / 'academy.db'}")
    fill(app, "bare", ready)
    with app.app_context():
        with transaction():
            media = _media()
            task_set = box_set("seen")
            tasks = {
                kind: annotation.add_task(task_set, one, _gold(one) if kind == "large" else None, kind, now()).id
                for kind, one in media.items()
            }
            token = media["large"].token
        people.person("Operator", Role.OPERATOR, language="en")
        people.person("Learner", language="ko")
        db.session.remove()
        db.engine.dispose()
    with live_server(ready, tmp_path_factory.mktemp("server")) as server:
        yield Place(server, tasks, token)


def _media() -> dict[str, Media]:
    frames = [open_with_thumbnail(picture((x, 20, 60, 60), size=(400, 300))) for x in range(0, 300, 30)]
    return {
        "large": keep(open_with_thumbnail(large_picture()), RIGHTS),
        "sound": keep(open_sound(sound(tone(2.0))), RIGHTS),
        "cloud": keep(open_cloud(pcd(points(3_000), "binary")), RIGHTS),
        "video": keep_video(frames, RIGHTS),
        "text": keep_text([("premise", "비가 온다."), ("hypothesis", "It rains.")], RIGHTS),
    }


def _gold(media: Media) -> dict[str, Any]:
    return gold((5_000, 3_000, 400, 300)) | {"image": {"width": media.width, "height": media.height}}


@pytest.fixture(params=["phone", "desk"])
def page(request, browser, place) -> Iterator[Any]:
    options = {**PHONE, "locale": "ko-KR"} if request.param == "phone" else {**DESK, "locale": "en-US"}
    context = browser.new_context(**options, base_url=place.server.url)
    opened = context.new_page()
    opened.fetched, opened.broken = [], []
    opened.on("request", lambda asked: opened.fetched.append(asked.url.removeprefix(place.server.url)))
    opened.on("pageerror", lambda error: opened.broken.append(str(error)))
    opened.on("console", lambda said: opened.broken.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()


def look_at(page: Any, place: Place, kind: str) -> None:
    sign_in(page, "Operator")
    page.goto(f"/gold/tasks/{place.tasks[kind]}")


def until(page: Any, words: str) -> None:
    """Wait for what a script of ours may ask; the page itself forbids to wait by its own means."""
    for _ in range(100):
        if page.evaluate(words):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {words}")


def test_a_sound_is_seen_and_walked_through_by_keyboard(page, place):
    look_at(page, place, "sound")
    wave = page.locator("[data-wave]")
    wave.wait_for(state="visible")
    assert page.locator("[data-shape]").get_attribute("d").startswith("M")
    wave.focus()
    page.keyboard.press("End")
    assert wave.get_attribute("aria-valuenow") == "2.0"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert wave.get_attribute("aria-valuenow") == "0.1"
    assert "0.1" in wave.get_attribute("aria-valuetext")
    box = wave.bounding_box()
    wave.click(position={"x": box["width"] / 2, "y": 20})
    assert wave.get_attribute("aria-valuenow") == "1.0"
    page.keyboard.press("Space")
    until(page, "document.querySelector('audio').currentTime > 1.05")
    assert "The makers of media · CC BY 4.0" in page.locator(".media__source").first.inner_text()
    assert page.broken == []
    assert axe(page) == []


def test_a_video_is_leafed_through_frame_by_frame(page, place):
    look_at(page, place, "video")
    slider, shown = page.locator("[data-slider]"), page.locator("[data-frame]")
    assert shown.get_attribute("src").endswith("/frames/0")
    page.locator("[data-step='1']").click()
    assert shown.get_attribute("src").endswith("/frames/1")
    slider.focus()
    page.keyboard.press("End")
    assert shown.get_attribute("src").endswith("/frames/9")
    assert "10" in slider.get_attribute("aria-valuetext")
    page.locator("[data-play]").click()
    until(page, "document.querySelector('[data-slider]').value === '10'")
    until(page, "document.querySelector('[data-play]').ariaPressed === 'false'")
    assert page.broken == []
    assert axe(page) == []


def test_a_cloud_is_seen_from_above_and_from_the_side(page, place):
    look_at(page, place, "cloud")
    page.locator(".media__view img").last.scroll_into_view_if_needed()
    until(page, "[...document.querySelectorAll('.media__view img')].every(one => one.naturalWidth > 100)")
    assert page.locator(".media__view").count() == 2
    assert "3000" in page.locator(".media").inner_text().replace(",", "")
    assert page.broken == []
    assert axe(page) == []


def test_the_set_shows_a_small_picture_of_each(page, place):
    sign_in(page, "Operator")
    page.goto("/gold/seen")
    page.wait_for_selector(".media-thumb img")
    assert page.locator(".media-thumb--sound img, .media-thumb--video img, .media-thumb--cloud img").count() == 3
    assert not [address for address in page.fetched if address == f"/media/{place.token}"], (
        "no large picture is fetched"
    )
    assert axe(page) == []


def test_a_very_large_picture_comes_in_the_tiles_that_are_looked_at(page, place):
    sign_in(page, "Learner")
    page.goto(f"/practice/seen/{place.tasks['large']}")
    page.wait_for_selector(".workspace.is-ready")
    tiles = "[data-stage] .stage-world image[href*='/tiles/']"
    page.wait_for_selector(tiles, state="attached")
    first = {address for address in page.fetched if "/tiles/" in address}
    assert 0 < len(first) <= 24
    assert f"/media/{place.token}" not in page.fetched
    for _ in range(12):
        page.locator("[data-act='zoom-in']").click()
    page.wait_for_selector(f"{tiles}[href*='/tiles/4/']", state="attached")
    page.wait_for_timeout(500)
    finest = [address for address in page.fetched if "/tiles/4/" in address]
    assert len(finest) <= 12, "only what is in sight"
    assert f"/media/{place.token}" not in page.fetched
    assert page.broken == []
