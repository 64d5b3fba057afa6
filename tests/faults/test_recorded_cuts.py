"""What the server asks of its disk is written down; of that, a hundred power cuts are tried, torn writes included.

Needs no disk of its own and no root, and finds what a real disk rarely does: writes that come out of order or in half.
"""

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from academy.config import settings
from academy.db import db
from exams.sittings.models import Sitting
from tests.browser import LiveServer, free_port
from tests.faults.candidates import Candidate, everybody_saves, saving, seated
from tests.faults.recording import Disk, Event, cuts, read, recorder
from tests.needs import missing

CUTS = 100
CANDIDATES = 3
LONGEST = 40


@dataclass
class Recorded:
    """A run of the server: the files before it, what it asked for, and what it acknowledged when."""

    before: dict[str, bytearray]
    events: list[Event]
    candidates: list[Candidate]
    sittings: dict[str, int]

    def disk(self, *, believes_in_sync: bool = True) -> Disk:
        files = {path: bytearray(data) for path, data in self.before.items()}
        return Disk(files, believes_in_sync=believes_in_sync)

    def known_at(self, moment: float) -> Iterator[tuple[int, int, dict]]:
        """What had been acknowledged: sitting, number and answer."""
        for candidate in self.candidates:
            for seq, told_at in candidate.told_at.items():
                if told_at < moment:
                    yield self.sittings[candidate.sitting], seq, candidate.acknowledged[seq]


@pytest.fixture
def recorded(app, tmp_path: Path) -> Recorded:
    """Candidates save until the database has also moved its log into its file at least once."""
    if shutil.which("strace") is None:
        missing("strace")
    port = free_port()
    candidates = seated(app, port, CANDIDATES)
    sittings = {row.public_id: row.id for row in db.session.scalars(select(Sitting))}
    db.session.remove()
    db.engine.dispose()
    database = Path(make_url(settings().database_url).database)
    log = database.with_name(f"{database.name}-wal")
    before = {str(path): bytearray(path.read_bytes()) for path in (database, log) if path.exists()}
    server = LiveServer(settings().data_dir, port=port, ACADEMY_DATABASE_URL=settings().database_url)
    server.within = recorder([database, log], tmp_path / "record")
    untouched = database.stat().st_mtime_ns
    try:
        server.start()
        with saving(candidates):
            ends_at = time.monotonic() + LONGEST
            while database.stat().st_mtime_ns == untouched and time.monotonic() < ends_at:
                everybody_saves(candidates)
            everybody_saves(candidates)
            server.kill()
    finally:
        server.kill()
    assert [candidate.trouble for candidate in candidates] == [[]] * CANDIDATES
    return Recorded(before, list(read(tmp_path / "record")), candidates, sittings)


def lost_after(files: dict[str, bytearray], known: list[tuple[int, int, dict]], folder: Path) -> list[tuple[int, int]]:
    """What of the acknowledged is not in the database that is found; a database that can not be read has lost all."""
    folder.mkdir()
    try:
        for path, data in files.items():
            (folder / Path(path).name).write_bytes(data)
        database = next(folder / Path(path).name for path in files if not path.endswith("-wal"))
        with closing(sqlite3.connect(database)) as connection:
            try:
                rows = connection.execute("SELECT sitting_id, seq, rev, answer FROM answer_event").fetchall()
                whole = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            except sqlite3.DatabaseError:
                return [(sitting, seq) for sitting, seq, _ in known]
        assert whole
        kept = {(sitting, seq): {"rev": rev, "answer": json.loads(answer)} for sitting, seq, rev, answer in rows}
        return [(sitting, seq) for sitting, seq, told in known if kept.get((sitting, seq)) != told]
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
def test_a_hundred_recorded_power_cuts_lose_no_acknowledged_answer(recorded, tmp_path):
    chance = random.Random(13)
    database_written = [event for event in recorded.events if event.name == "pwrite64" and event.path.endswith(".db")]
    assert database_written, "the log was never moved into the database: the record is too short"
    places = sorted(chance.sample(range(len(recorded.events)), min(CUTS, len(recorded.events))))
    disk, careless = recorded.disk(), recorded.disk(believes_in_sync=False)
    seen = in_the_middle = 0
    for number, moment in enumerate(cuts(recorded.events, disk, places)):
        known = list(recorded.known_at(moment))
        seen = max(seen, len(known))
        in_the_middle += any(disk.pending.values())
        assert lost_after(disk.after_a_cut(chance), known, tmp_path / "found") == [], f"cut {number} at {moment}"
    assert seen > 20
    assert in_the_middle > CUTS / 4
    # The control: were the syncs only for show, the same cuts would lose answers.
    lost = 0
    for moment in cuts(recorded.events, careless, places[-5:]):
        files = {path: bytearray(data) for path, data in careless.files.items()}
        lost += len(lost_after(files, list(recorded.known_at(moment)), tmp_path / "found"))
    assert lost
