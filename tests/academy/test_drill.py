"""A drill restores what was just kept, beside what people use, and says honestly whether it is the same."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from academy import drill
from academy.annotation.media.keeping import Rights, keep, keep_text
from academy.backup import unpack
from academy.cli import main
from academy.config import settings
from academy.db import db, transaction
from academy.dumps import BadBackup
from academy.storage import storage
from academy.uploads.sounds import open_sound
from tests.academy.annotation.samples import box_set, one_task
from tests.academy.uploads.media_samples import sound
from tests.engines import both_engines
from tests.faults.clusters import programs
from tests.people import newcomer


@pytest.fixture(autouse=True)
def _postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


def databases() -> set[str]:
    if db.engine.dialect.name == "sqlite":
        return set()
    db.session.rollback()
    return set(db.session.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE '%drill%'")))


@both_engines
def test_a_drill_restores_beside_compares_everything_and_leaves_nothing_behind(app, tmp_path):
    newcomer()
    with transaction():
        task = one_task(box_set())
    found = drill.hold_drill(settings(), tmp_path / "kept.tar.gz")
    assert found.made.tables["identity"][0] == 1
    assert (found.made.media, found.without_file) == (1, ())
    assert found.rows > 5
    assert databases() == set()
    assert (tmp_path / "kept.tar.gz").stat().st_size == found.made.size
    assert task.media.storage_key in str(unpack(tmp_path / "kept.tar.gz", tmp_path / "out")["files"])


@both_engines
def test_a_picture_whose_file_is_gone_is_found_by_the_drill(app):
    with transaction():
        task = one_task(box_set())
    storage().delete(task.media.storage_key)
    assert drill.hold_drill(settings()).without_file == (task.media.storage_key,)


@both_engines
def test_what_was_made_of_media_is_looked_for_too_and_texts_have_no_file(app):
    rights = Rights("CC0", "The makers", {"ko": "", "en": ""}, public=True)
    with transaction():
        keep_text([("", "a text")], rights)
        media = keep(open_sound(sound()), rights)
    assert drill.hold_drill(settings()).without_file == ()
    storage().delete(media.derived["peaks"])
    assert drill.hold_drill(settings()).without_file == (media.derived["peaks"],)


def test_a_restore_that_differs_fails_the_drill(app, monkeypatch):
    newcomer()
    real = drill.restore_backup

    def careless(chosen, source, *, replace):
        report = real(chosen, source, replace=replace)
        (chosen.media_dir / "pictures").mkdir(parents=True, exist_ok=True)
        return _with(report, media=report.media + 1)

    monkeypatch.setattr(drill, "restore_backup", careless)
    with pytest.raises(BadBackup, match="came back"):
        drill.hold_drill(settings())


def _with(report, **changes):
    return replace(report, **changes)


def environment() -> dict[str, str]:
    chosen = settings()
    return {"ACADEMY_DATA": str(chosen.data_dir), "ACADEMY_DATABASE_URL": chosen.database_url}


def test_the_command_reports_every_table(app, tmp_path):
    newcomer()
    said = CliRunner().invoke(main, ["backup", "--drill"], env=environment())
    assert said.exit_code == 0, said.output
    assert "identity" in said.output
    assert "every row and every file is the same" in said.output
    assert list(Path.cwd().glob("academy-*.tar.gz")) == []


def test_the_command_fails_when_files_are_missing(app):
    with transaction():
        task = one_task(box_set())
    storage().delete(task.media.storage_key)
    said = CliRunner().invoke(main, ["backup", "--drill"], env=environment())
    assert said.exit_code == 1
    assert "1 rows name files that the backup lacks" in said.output


def test_a_drill_can_not_leave_the_media_out(app):
    said = CliRunner().invoke(main, ["backup", "--drill", "--without-media"], env=environment())
    assert said.exit_code == 2


def test_a_server_that_lets_nobody_make_databases_is_told_in_a_sentence(app):
    chosen = replace(settings(), database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(BadBackup, match="CREATEDB"):
        drill._administer(drill.make_url(chosen.database_url), "SELECT 1")
