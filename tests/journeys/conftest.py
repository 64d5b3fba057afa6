"""The tour in a browser: every page of a world in which everything has happened once."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import people
from tests.browser import LiveServer, live_server
from tests.engines import Sqlite
from tests.test_pages import pages
from tests.tour import World


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
