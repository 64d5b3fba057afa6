"""One command opens a house with people in it; Ctrl-C closes it, and a second start finds the same people."""

import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from academy.clock import now
from academy.db import Base, db, transaction
from academy.demo import load_starters
from academy.demo_people import CAST, readable_password
from academy.permissions import Role
from tests.browser import ROOT, free_port


@contextmanager
def demo(folder: Path, port: int, *words: str, within_shell: bool = False) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "academy.cli", "demo", "--dir", str(folder), "--port", str(port), *words]
    if within_shell:
        command = ["sh", "-c", f"{shlex.join(command)}; true"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def said(process: subprocess.Popen[str], words: str) -> str:
    """What the demo printed, up to the line with `words`."""
    text = ""
    assert process.stdout is not None
    for line in process.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"The demo ended and said:\n{text}")


def signed_in_as(url: str, name: str, password: str) -> str:
    """The page that a person lands on after signing in by the form."""
    # Browsers keep Secure cookies of http on loopback too.
    jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{url}/sign-in").read().decode()
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)
    form = urllib.parse.urlencode({"csrf_token": token, "name": name, "password": password}).encode()
    return browser.open(f"{url}/sign-in", form).read().decode()


@pytest.mark.slow
def test_the_demo_opens_closes_and_opens_again(tmp_path):
    port, folder = free_port(), tmp_path / "demo"
    with demo(folder, port) as process:
        text = said(process, "Ctrl-C")
        card = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
        url = f"http://localhost:{port}"
        assert card["url"] == url
        assert url in text
        assert all(person["password"] in text for person in card["people"])
        assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600
        person = card["people"][0]
        assert person["name"] in signed_in_as(url, person["name"], person["password"])
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
    with demo(folder, port) as process:
        said(process, "Ctrl-C")
        again = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
        assert (again["url"], again["people"]) == (card["url"], card["people"])
        assert again["join_code"]
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.slow
def test_whoever_is_killed_without_warning_leaves_nobody_behind(tmp_path):
    """A child that stayed would hold the port and write to the database."""
    port = free_port()
    for killed in ("the demo", "who started it", "its server"):
        with demo(tmp_path / "demo", port, "--with-parent", within_shell=True) as shell:
            said(shell, "Ctrl-C")
            starter = psutil.Process(shell.pid)
            family = starter.children(recursive=True)
            own = family[0]
            served = next(one for one in own.children() if "run" in one.cmdline())
            assert len(family) >= 4, "the demo, its server with a process of its own, its worker"
            {"the demo": own, "who started it": starter, "its server": served}[killed].kill()
            _, alive = psutil.wait_procs(family, timeout=30)
            assert [one.cmdline() for one in alive] == [], killed


def test_a_port_in_use_is_said_before_anything_is_made(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with demo(tmp_path / "demo", taken.getsockname()[1]) as process:
            assert process.stdout is not None
            text = process.stdout.read()
            assert process.wait(20) == 1
    assert "is in use" in text
    assert "make demo PORT=" in text
    assert not (tmp_path / "demo" / "academy.db").exists()


def test_the_cast_has_somebody_for_every_role():
    assert {part.role for part in CAST if part.role} == set(Role) - {Role.LEARNER}


def test_passwords_are_readable_and_different():
    made = {readable_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z]+-){4}\d\d", password) for password in made)


@pytest.mark.starter
def test_starter_data_loaded_again_changes_nothing(app):
    def rows() -> dict[str, int]:
        tables = Base.metadata.sorted_tables
        return {
            table.name: db.session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        }

    before = rows()
    with transaction():
        load_starters(now())
    assert rows() == before
    assert sum(before.values()) > 50
