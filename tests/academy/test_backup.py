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
from sqlalchemy import func, select, update
from sqlalchemy.engine import make_url

from academy import backup, dumps
from academy.accounts.models import Identity
from academy.app import create_app
from academy.backup import BadBackup, make_backup, restore_backup
from academy.config import settings
from academy.db import db, transaction
from academy.storage import LocalFolder, storage
from tests.engines import both_engines
from tests.faults.clusters import programs
from tests.object_store import object_store, setting
from tests.people import newcomer, person


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


def rewritten(archive: Path, target: Path, change, name=str) -> Path:
    """The archive with its members passed through `change(name, data) -> data | None`, and its names through `name`."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = change(member.name, old.extractfile(member).read())
            if data is not None:
                member.size, member.name = len(data), name(member.name)
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
    def dumped(_url, folder):
        (folder / dumps.POSTGRESQL_DUMP).write_text("a dump")
        return folder / dumps.POSTGRESQL_DUMP, {}

    def refused(*_):
        raise BadBackup("pg_restore failed")

    monkeypatch.setattr(dumps, "dump", dumped)
    monkeypatch.setattr(dumps, "tables_of", lambda _url: [])
    monkeypatch.setattr(dumps, "restore_postgresql", refused)
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
        dumps.check_sqlite(broken)


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
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


def test_without_the_client_programs_a_sentence_says_what_is_missing(app, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = replace(settings(), database_url="postgresql+psycopg://nobody@localhost/none")
    with pytest.raises(BadBackup, match="pg_dump was not found"):
        make_backup(chosen, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_what_comes_back_is_counted_and_compared_row_for_row(archive, tmp_path):
    def one_row_more(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        words = json.loads(data)
        words["tables"]["identity"][0] += 1
        return json.dumps(words).encode()

    bad = rewritten(archive, tmp_path / "bad.tar.gz", one_row_more)
    with pytest.raises(BadBackup, match="identity has 1 rows instead of 2"):
        restore_backup(elsewhere(tmp_path), bad, replace=False)


@both_engines
def test_one_changed_value_changes_the_checksum_of_its_table(app):
    newcomer()
    url = make_url(settings().database_url)
    before = dumps.facts_of(url)
    assert dumps.facts_of(url) == before
    assert before["identity"][0] == 1
    with transaction():
        db.session.execute(update(Identity).values(name="새 이름"))
    assert dumps.compare(before, dumps.facts_of(url)) == ["identity has rows with other content"]
    person("둘째")
    assert "identity has 2 rows instead of 1" in dumps.compare(before, dumps.facts_of(url))


def test_tables_that_are_missing_or_new_are_named():
    assert dumps.compare({"a": (1, "x")}, {"b": (1, "x")}) == ["a is missing", "b is new"]


def test_a_backup_of_the_first_format_still_comes_back(archive, tmp_path):
    def older(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        words = json.loads(data)
        words["files"] = {
            f"data/{name}" if name.startswith("media/") else name: facts for name, facts in words["files"].items()
        }
        return json.dumps({"format": 1, "made_at": words["made_at"], "files": words["files"]}).encode()

    first = rewritten(
        archive,
        tmp_path / "first.tar.gz",
        older,
        name=lambda name: f"data/{name}" if name.startswith("media/") else name,
    )
    chosen = elsewhere(tmp_path)
    restore_backup(chosen, first, replace=False)
    assert people_of(chosen) == 1
    assert (chosen.media_dir / "pictures" / "one.png").read_bytes() == b"a picture"


def test_media_of_a_bucket_are_in_the_backup_and_come_back_into_a_bucket_or_a_folder(app, tmp_path):
    with object_store() as store:
        here = replace(settings(), storage=setting(store, "here"))
        backup.storage_of(here).put("pictures/one.png", b"a picture")
        report = backup.make_backup(here, tmp_path / "b.tar.gz")
        assert report.media == 1
        there = replace(elsewhere(tmp_path), storage=setting(store, "there"))
        restore_backup(there, tmp_path / "b.tar.gz", replace=False)
        assert backup.storage_of(there).get("pictures/one.png") == b"a picture"
        (tmp_path / "third").mkdir()
        folder = replace(
            there, storage=None, data_dir=tmp_path / "third", database_url=f"sqlite:///{tmp_path}/third/a.db"
        )
        restore_backup(folder, tmp_path / "b.tar.gz", replace=False)
        assert LocalFolder(folder.media_dir).get("pictures/one.png") == b"a picture"
        with pytest.raises(BadBackup, match="already media in s3://academy-media/here"):
            restore_backup(
                replace(folder, storage=here.storage, database_url=f"sqlite:///{tmp_path}/none.db"),
                tmp_path / "b.tar.gz",
                replace=False,
            )


def test_a_bucket_with_copies_of_its_own_may_be_left_out(app, tmp_path):
    storage().put("pictures/one.png", b"a picture")
    assert make_backup(settings(), tmp_path / "b.tar.gz", media=False).media == 0
    chosen = elsewhere(tmp_path)
    restore_backup(chosen, tmp_path / "b.tar.gz", replace=False)
    assert not chosen.media_dir.exists()


def test_what_people_asked_for_about_themselves_does_not_live_on_in_backups(app, tmp_path):
    storage().put("exports/somebody.zip", b"everything about a person")
    (settings().data_dir / "mail").mkdir(exist_ok=True)
    (settings().data_dir / "mail" / "one.eml").write_text("a letter")
    make_backup(settings(), tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as kept:
        assert not [name for name in kept.getnames() if "exports" in name or "mail" in name]
