"""The power fails while candidates save; what was acknowledged is on the disk when it comes back."""

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from academy.backup import make_backup, restore_backup
from academy.config import settings
from academy.db import db
from academy.storage import LocalFolder
from tests.browser import LiveServer, free_port
from tests.engines import both_engines, make_app
from tests.faults.candidates import assert_kept, everybody_saves, lost_of, saving, seated
from tests.faults.clusters import Cluster, programs
from tests.faults.disks import LoopDisk, loop_disks_work
from tests.needs import missing

CUTS = 3
CANDIDATES = 3


@pytest.fixture
def disk() -> Iterator[LoopDisk]:
    if lacking := loop_disks_work():
        if shutil.which("strace"):
            pytest.skip(f"needs {lacking}; see test_recorded_cuts.py, which needs none")
        missing(lacking)
    plugged = LoopDisk(400)
    yield plugged
    plugged.remove()


@dataclass
class House:
    """The house of a test, moved onto a disk: its folder, and its database server if it has one."""

    disk: LoopDisk
    data_dir: Path
    url: str
    cluster: Cluster | None

    @classmethod
    def moved(cls, disk: LoopDisk, monkeypatch: pytest.MonkeyPatch) -> "House":
        """Everything of the test's own application, brought there by a backup."""
        cluster = None
        data_dir = disk.place / "data"
        url = f"sqlite:///{data_dir / 'academy.db'}"
        if make_url(settings().database_url).get_backend_name() == "postgresql":
            monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
            cluster = Cluster(disk.place / "pg")
            cluster.start()
            cluster.create("academy")
            url = cluster.url("academy")
        make_backup(settings(), disk.folder / "house.tar.gz")
        data_dir.mkdir()
        house = cls(disk, data_dir, url, cluster)
        restore_backup(house.app().extensions["academy.settings"], disk.folder / "house.tar.gz", replace=False)
        return house

    def app(self) -> Flask:
        return make_app(self.data_dir, self.url)

    def server(self, port: int, serves: str = "wsgi:app") -> LiveServer:
        made = LiveServer(self.data_dir, serves=serves, port=port, ACADEMY_DATABASE_URL=self.url)
        made.log = self.disk.folder / "server.log"
        return made

    def power_fails_and_returns(self, server: LiveServer) -> None:
        self.disk.cut()
        server.kill()
        if self.cluster:
            self.cluster.kill()
        self.disk.power_returns()
        if self.cluster:
            self.cluster.start()

    def close(self) -> None:
        if self.cluster:
            self.cluster.kill()
            shutil.rmtree(self.cluster.sockets, ignore_errors=True)


@contextmanager
def house_on(disk: LoopDisk, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House.moved(disk, monkeypatch)
    try:
        yield house
    finally:
        house.close()


class Keeper(threading.Thread):
    """Keeps one file after the other, as uploads do, and remembers which were kept, until the disk refuses."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.kept: list[str] = []

    def run(self) -> None:
        storage, number = LocalFolder(self.folder), 0
        while True:
            key = f"pictures/{number % 7}/{number % 11}/{number}.png"
            number += 1
            try:
                storage.put(key, content(key))
            except OSError:
                return
            self.kept.append(key)
            time.sleep(0.01)


def content(key: str) -> bytes:
    return key.encode() * 900


@pytest.mark.slow
@both_engines
def test_power_cuts_lose_no_acknowledged_answer(app, disk, monkeypatch):
    chance, port = random.Random(11), free_port()
    candidates = seated(app, port, CANDIDATES)
    with house_on(disk, monkeypatch) as house:
        server = house.server(port)
        try:
            server.start()
            with saving(candidates):
                for _ in range(CUTS):
                    everybody_saves(candidates)
                    time.sleep(chance.uniform(0, 0.5))
                    house.power_fails_and_returns(server)
                    server.start()
                everybody_saves(candidates)
        finally:
            server.kill()
        assert [candidate.trouble for candidate in candidates] == [[]] * CANDIDATES
        with house.app().app_context():
            for candidate in candidates:
                assert len(candidate.acknowledged) > CUTS
                assert_kept(candidate)
            db.session.remove()
            db.engine.dispose()


@pytest.mark.slow
@both_engines
def test_a_database_that_promises_too_early_is_caught_losing_answers(app, disk, monkeypatch):
    """The control: were our own settings wrong, the test above would see it."""
    port = free_port()
    candidates = seated(app, port, CANDIDATES)
    with house_on(disk, monkeypatch) as house:
        server = house.server(port, serves="tests.faults.careless:app")
        try:
            server.start()
            os.sync()
            with saving(candidates):
                everybody_saves(candidates)
                house.power_fails_and_returns(server)
        finally:
            server.kill()
        with house.app().app_context():
            lost = [seq for candidate in candidates for seq in lost_of(candidate)]
            db.session.remove()
            db.engine.dispose()
        assert lost


def test_files_that_were_kept_outlive_a_power_cut_whole(disk):
    folder = disk.place / "media"
    for _ in range(3):
        keeper = Keeper(folder)
        keeper.start()
        while len(keeper.kept) < 20:
            time.sleep(0.01)
        disk.cut()
        keeper.join(10)
        disk.power_returns()
        storage = LocalFolder(folder)
        assert [key for key in keeper.kept if storage.get(key) != content(key)] == []
        assert [found.key for found in storage.list() if storage.get(found.key) != content(found.key)] == []


def test_a_file_nobody_waited_for_is_caught_missing(disk):
    """The control: written, renamed, and never synced."""
    disk.power_returns()
    (disk.place / "unfinished").write_bytes(b"a picture")
    (disk.place / "unfinished").rename(disk.place / "picture")
    disk.cut()
    disk.power_returns()
    assert not (disk.place / "picture").exists()
