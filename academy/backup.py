"""Backup and restore: database, media, keys and secret in one checked file.

A live SQLite file is never copied as it lies (its newest rows stand in another file); the backup interface of SQLite is
asked instead. Of PostgreSQL the backup is pg_dump's. The database comes first and the media after it: media are
written before the rows that name them and never change, so no row of a backup lacks its file.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import click
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url

from academy.clock import now
from academy.config import Settings, read_settings
from academy.version import __version__

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_DUMP, POSTGRESQL_DUMP = "database.sqlite", "database.pgdump"
NOT_KEPT = ("queue.db", "academy.db", ".")
"""Beginnings of names in the data folder: the queue is only a bell, the database is asked for itself."""


class BadBackup(click.ClickException):
    """A backup can not be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a backup holds."""

    files: int
    size: int
    made_at: str


def make_backup(chosen: Settings, target: Path) -> Report:
    """Write a backup of this installation to `target`; it appears whole or not at all."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    with tempfile.TemporaryDirectory(prefix="academy-backup-") as folder:
        dump = _dump_database(chosen, Path(folder))
        entries = [(dump.name, dump), *_kept_files(chosen.data_dir)]
        listed: dict[str, Any] = {
            name: {"sha256": _sha256(path), "size": path.stat().st_size} for name, path in entries
        }
        manifest = Path(folder) / MANIFEST
        made_at = now().isoformat(timespec="seconds")
        words = {"format": FORMAT, "version": __version__, "made_at": made_at, "files": listed}
        manifest.write_text(json.dumps(words, indent=1), encoding="utf-8")
        try:
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz") as archive:
                    for name, path in [(MANIFEST, manifest), *entries]:
                        archive.add(path, arcname=name, recursive=False)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return Report(len(entries), target.stat().st_size, made_at)


def _kept_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(data_dir.rglob("*")):
        inside = path.relative_to(data_dir)
        kept = not inside.parts[0].startswith(NOT_KEPT) and not path.name.startswith(".")
        if kept and path.is_file() and not path.is_symlink():
            yield f"data/{inside.as_posix()}", path


def _dump_database(chosen: Settings, folder: Path) -> Path:
    url = make_url(chosen.database_url)
    if url.get_backend_name() == "postgresql":
        target = folder / POSTGRESQL_DUMP
        _run_postgresql(url, "pg_dump", "--format=custom", "--no-owner", f"--file={target}")
        return target
    source = Path(url.database or "")
    if not source.is_file():
        raise BadBackup(f"There is no database at {source}. Is ACADEMY_DATA set?")
    target = folder / SQLITE_DUMP
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    live.close()
    copy.close()
    return target


def restore_backup(chosen: Settings, source: Path, *, replace: bool) -> Report:
    """Bring back what `source` holds. It is checked whole before anything here is touched."""
    url = make_url(chosen.database_url)
    staged = chosen.data_dir / ".restoring"
    shutil.rmtree(staged, ignore_errors=True)
    try:
        manifest = unpack(source, staged)
        dump = SQLITE_DUMP if url.get_backend_name() == "sqlite" else POSTGRESQL_DUMP
        if not (staged / dump).is_file():
            raise BadBackup(f"The backup is of another kind of database than {url.get_backend_name()}.")
        if not replace and (held := _what_is_here(chosen, url)):
            raise BadBackup(f"{held} Restoring would overwrite it; say --replace if that is meant.")
        if dump == SQLITE_DUMP:
            _check_sqlite(staged / dump)
        if dump == POSTGRESQL_DUMP:  # first, because it may still fail, and then nothing was touched
            _restore_postgresql(url, staged / dump)
        _set_aside(chosen, url)
        if dump == SQLITE_DUMP:
            target = Path(url.database or "")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(staged / dump, target)
        for entry in sorted((staged / "data").glob("*")) if (staged / "data").is_dir() else []:
            shutil.move(entry, chosen.data_dir / entry.name)
        return Report(len(manifest["files"]), source.stat().st_size, manifest["made_at"])
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack and check every file against the manifest; raises BadBackup at the first that differs."""
    folder.mkdir(parents=True)
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise BadBackup(f"{source} is not a backup of ours, or is cut off ({error}).") from error
    if manifest.get("format") != FORMAT:
        raise BadBackup(f"The backup has format {manifest.get('format')}; this version reads {FORMAT}.")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name, facts in manifest["files"].items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or name not in found:
            raise BadBackup(f"The backup lacks {name}.")
        if _sha256(folder / name) != facts["sha256"]:
            raise BadBackup(f"{name} in the backup is damaged: its checksum differs.")
    if extra := found - set(manifest["files"]):
        raise BadBackup(f"The backup holds files its manifest does not name: {', '.join(sorted(extra)[:3])}.")
    return dict(manifest)


def _what_is_here(chosen: Settings, url: URL) -> str | None:
    """What a restore would overwrite, as a sentence."""
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url)
        tables = inspect(engine).get_table_names()
        engine.dispose()
        if tables:
            return f"The database {url.database} already holds {len(tables)} tables."
    elif Path(url.database or "").exists():
        return f"There is already a database at {url.database}."
    if chosen.media_dir.is_dir() and any(chosen.media_dir.iterdir()):
        return f"There are already media in {chosen.media_dir}."
    return None


def _check_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    if answer != "ok" or orphans:
        raise BadBackup(f"The database in the backup is damaged: {answer}, {len(orphans)} rows point nowhere.")


def _set_aside(chosen: Settings, url: URL) -> None:
    """Move what is here into a folder beside it: a restore by mistake can be undone by hand."""
    old = chosen.data_dir / f".replaced-{now():%Y%m%d-%H%M%S}"
    entries = [entry for entry in chosen.data_dir.iterdir() if not entry.name.startswith(".")]
    if url.get_backend_name() == "sqlite" and (database := Path(url.database or "")).parent != chosen.data_dir:
        entries += [path for end in ("", "-wal", "-shm") if (path := Path(f"{database}{end}")).exists()]
    if entries:
        old.mkdir()
    for entry in entries:
        shutil.move(entry, old / entry.name)


def _restore_postgresql(url: URL, dump: Path) -> None:
    _run_postgresql(url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(dump))


def _run_postgresql(url: URL, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BadBackup(f"{program} was not found. Install PostgreSQL's client programs, of the server's version.")
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [found, f"--dbname={plain}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadBackup(f"{program} failed: {done.stderr.strip()[:500]}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path), required=False)
def backup(target: Path | None) -> None:
    """Keep database, media, keys and secret in TARGET (a .tar.gz; by default named after the time).

    The file opens this installation to whoever holds it: keep it as you keep a key. People may go on working meanwhile.
    """
    chosen = read_settings()
    target = target or Path(f"academy-{now():%Y%m%d-%H%M%S}.tar.gz")
    report = make_backup(chosen, target)
    click.echo(f"{target}: {report.files} files, {report.size:,} bytes.")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Set aside what is here and put the backup in its place.")
def restore(source: Path, replace: bool) -> None:
    """Bring back what SOURCE holds. Stop the server and the worker first."""
    chosen = read_settings()
    report = restore_backup(chosen, source, replace=replace)
    click.echo(f"Restored {report.files} files kept at {report.made_at}. Next: academy db upgrade, then academy run.")
