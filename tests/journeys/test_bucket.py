"""Pictures in object storage are seen in a browser: fetched there by signed addresses, allowed by our own policy."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from academy.media_commands import copy_all
from academy.object_storage import open_storage
from academy.storage import LocalFolder
from tests.browser import PHONE, LiveServer, live_server
from tests.object_store import object_store, setting

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def served(ready_folder: Path, tmp_path: Path) -> Iterator[tuple[LiveServer, str]]:
    """The production server of a new installation whose pictures lie in a bucket and nowhere else."""
    with object_store() as store:
        storage = setting(store, "media")
        folder = LocalFolder(ready_folder / "media")
        list(copy_all(folder, open_storage(storage, tmp_path, 0), list(folder.list())))
        shutil.copytree(ready_folder, tmp_path / "bare", ignore=shutil.ignore_patterns("media"))
        with live_server(tmp_path / "bare", tmp_path / "server", ACADEMY_STORAGE=storage) as server:
            yield server, urlsplit(store).netloc


def test_a_guest_sees_and_labels_a_picture_of_the_bucket(served, browser):
    server, store = served
    page = browser.new_context(base_url=server.url, locale="ko-KR", **PHONE).new_page()
    said: list[str] = []
    fetched: list[tuple[str, int, str]] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on(
        "response",
        lambda one: fetched.append((urlsplit(one.url).netloc, one.status, one.headers.get("content-type", ""))),
    )
    page.goto("/try", wait_until="networkidle")
    pictures = [(status, kind) for place, status, kind in fetched if place == store]
    assert pictures
    assert all(status == 200 and kind.startswith("image/") for status, kind in pictures)
    assert said == []
