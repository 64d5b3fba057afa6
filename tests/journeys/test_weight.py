"""Every page is light when it comes for the first time: on an old phone with a slow line, weight is waiting."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import people
from tests.browser import DESK, PHONE, LiveServer, live_server
from tests.engines import Sqlite
from tests.test_pages import pages
from tests.tour import World
from tests.weight import Scale, Weight

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_REQUESTS = 6
PAGE, WORKSPACE = 60_000, 150_000
"""Bytes with gzip. A workspace is bound by its weight: its modules come side by side, and are kept for the next."""


class Tour(NamedTuple):
    server: LiveServer
    places: list[tuple[str, str]]
    """Each page with the person who looks at it."""


@pytest.fixture(scope="module")
def tour(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """The production server on a played installation."""
    ready = tmp_path_factory.mktemp("played")
    app = Sqlite(shared_folder, ready).fresh("played")
    world = World.read(shared_folder / "played-data")
    with app.app_context():
        places = [(address, name) for _, address, name in pages(app, world)]
        places.append((people.path("exams.sittings.paper", public_id=world.running_sitting), "이철수"))
    with live_server(ready, tmp_path_factory.mktemp("server")) as server:
        yield Tour(server, places)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_light_when_nothing_was_kept(tour, browser, size):
    scales: dict[str, Scale] = {}
    weighed: dict[str, Weight] = {}
    for address, name in tour.places:
        if name not in scales:
            context = browser.new_context(base_url=tour.server.url, locale="ko-KR", **size)
            scales[name] = Scale(context.new_page())
            scales[name].sign_in(name)
        answer = scales[name].page.request.get(address, max_redirects=0)
        if answer.status == 200 and "text/html" in answer.headers["content-type"]:
            weighed[address] = scales[name].weigh(address)
    for scale in scales.values():
        scale.page.context.close()
    assert sum(weight.workspace for weight in weighed.values()) >= 5
    assert len(weighed) >= 40
    assert {address: weight for address, weight in weighed.items() if too_heavy(weight)} == {}


def too_heavy(weight: Weight) -> bool:
    if weight.workspace:
        return weight.size > WORKSPACE
    return weight.size > PAGE or weight.requests > MOST_REQUESTS
