"""A backup is made while candidates save. Restored elsewhere, it lacks nothing acknowledged before it began."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from academy.backup import restore_backup
from academy.config import settings
from academy.db import db
from academy.drill import beside
from tests.browser import ROOT, LiveServer, free_port
from tests.engines import both_engines, make_app
from tests.faults.candidates import Candidate, everybody_saves, lost_of, saving, seated
from tests.faults.clusters import programs

BACKUPS = 2
CANDIDATES = 4


def acknowledged(candidates: list[Candidate]) -> list[set[int]]:
    return [set(candidate.acknowledged) for candidate in candidates]


def academy(server: LiveServer, *words: str) -> str:
    """The command line, as an operator uses it beside the running server."""
    done = subprocess.run(
        [sys.executable, "-m", "academy.cli", *words],
        cwd=ROOT,
        env=server.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@both_engines
def test_a_backup_under_load_lacks_nothing_acknowledged_before_it_began(app, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    port = free_port()
    candidates = seated(app, port, CANDIDATES)
    server = LiveServer(settings().data_dir, port=port, ACADEMY_DATABASE_URL=settings().database_url)
    before: list[list[set[int]]] = []
    try:
        server.start()
        with saving(candidates):
            for number in range(BACKUPS):
                everybody_saves(candidates)
                before.append(acknowledged(candidates))
                academy(server, "backup", str(tmp_path / f"{number}.tar.gz"))
            everybody_saves(candidates)
            drilled = academy(server, "backup", "--drill")
            everybody_saves(candidates)
    finally:
        server.kill()
    assert [candidate.trouble for candidate in candidates] == [[]] * CANDIDATES
    assert "every row and every file is the same" in drilled
    for number, known in enumerate(before):
        lost = lost_in(tmp_path / f"{number}.tar.gz", tmp_path / f"restored-{number}", candidates)
        assert [missing & told for missing, told in zip(lost, known, strict=True)] == [set()] * CANDIDATES
    # It was made under load: the last backup ends before the last answers.
    assert all(lost)


def lost_in(archive: Path, folder: Path, candidates: list[Candidate]) -> list[set[int]]:
    """What of everything that was acknowledged in the end a backup does not hold, once it has been restored."""
    with beside(settings(), folder) as chosen:
        restore_backup(chosen, archive, replace=False)
        with make_app(folder, chosen.database_url).app_context():
            found = [set(lost_of(candidate)) for candidate in candidates]
            db.session.remove()
            db.engine.dispose()
    return found
