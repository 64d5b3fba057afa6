"""One command opens the house on a real PostgreSQL, a real Valkey and object storage, and closes all of it again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.academy.test_demo import said, signed_in_as
from tests.browser import ROOT, free_port


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: PostgreSQL runs as somebody else and has to come here."""
    made = Path(tempfile.mkdtemp(prefix="academy-services-"))
    yield made / "demo"
    shutil.rmtree(made)


@contextmanager
def services(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.services", "demo", "--dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_words) -> None:
        return None


def led_to(address: str) -> str:
    """Where a redirect leads."""
    try:
        urllib.request.build_opener(_Stay()).open(address)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    raise AssertionError(f"{address} leads nowhere else")


@pytest.mark.slow
def test_the_demo_runs_on_the_services_of_a_town_and_leaves_nobody_behind(folder):
    port = free_port()
    url = f"http://localhost:{port}"
    with services(folder, port) as process:
        told = said(process, "Ctrl-C")
        database = next(line.split()[1] for line in told.splitlines() if line.startswith("PostgreSQL"))
        assert json.loads(urllib.request.urlopen(f"{url}/readyz").read())["ready"]
        person = json.loads((folder / "demo.json").read_text(encoding="utf-8"))["people"][0]
        assert person["name"] in signed_in_as(url, person["name"], person["password"])
        engine = create_engine(database)
        with engine.connect() as connection:
            token = connection.scalar(text("SELECT token FROM media WHERE public LIMIT 1"))
        engine.dispose()
        with urllib.request.urlopen(led_to(f"{url}/media/{token}")) as picture:
            assert picture.headers["Content-Type"].startswith("image/")
        family = psutil.Process(process.pid).children(recursive=True)
        assert {"postgres", "valkey-server"} <= {one.name() for one in family}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
    assert not (folder / "media").exists()
    with services(folder, port) as process:
        said(process, "Ctrl-C")
        assert urllib.request.urlopen(led_to(f"{url}/media/{token}")).status == 200
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        _, alive = psutil.wait_procs(family, timeout=40)
        assert [one.cmdline() for one in alive] == []
