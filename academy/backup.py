"""Backup and restore: database, media, keys and secret in one checked file.

The database comes first and the media after it (from the folder or from the bucket): media are written before the rows
that name them and never change, so no row of a backup lacks its file. The manifest holds the checksum of every file,
and of every table its rows and their checksum; a restore believes nothing that differs.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import click
from sqlalchemy.engine import URL, make_url

from academy import dumps
from academy.clock import now
from academy.config import Settings, read_settings
from academy.dumps import POSTGRESQL_DUMP, SQLITE_DUMP, BadBackup, Facts
from academy.object_storage import open_storage
from academy.storage import Storage
from academy.version import __version__

FORMAT = 2
READABLE = (1, 2)
MANIFEST = "manifest.json"
MEDIA, DATA = "media", "data"
NOT_KEPT = ("queue.db", "academy.db", "media", "logs", "mail", ".")
"""Beginnings of names in the data folder: the queue is only a bell; database and media are asked for themselves."""
NOT_KEPT_MEDIA = ("exports/",)
"""What people asked for about themselves is deleted after days and must not live on in backups."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a backup holds."""

    files: int
    size: int
    made_at: str
    tables: Facts
    media: int


def make_backup(chosen: Settings, target: Path, *, media: bool = True) -> Report:
    """Write a backup of this installation to `target`; it appears whole or not at all."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    made_at = now().isoformat(timespec="seconds")
    try:
        with tempfile.TemporaryDirectory(prefix="academy-backup-") as folder:
            dumped, tables = dumps.dump(make_url(chosen.database_url), Path(folder))
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz") as archive:
                    box = _Box(archive)
                    box.put_file(dumped.name, dumped)
                    for name, path in _kept_files(chosen.data_dir):
                        box.put_file(f"{DATA}/{name}", path)
                    kept = _put_media(box, storage_of(chosen)) if media else 0
                    words = {"format": FORMAT, "version": __version__, "made_at": made_at, "media": media}
                    box.put_manifest(words | {"files": box.files, "tables": tables})
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(target)
        _keep_name(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return Report(len(box.files), target.stat().st_size, made_at, tables, kept)


def storage_of(chosen: Settings) -> Storage:
    """Where media lie, for commands that need no application."""
    return open_storage(chosen.storage, chosen.media_dir, 0)


class _Box:
    """An archive being filled; every file's checksum is taken from the very bytes that go in."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def put_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self._put(self.archive.gettarinfo(arcname=name, fileobj=file), file)

    def put_bytes(self, name: str, data: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), int(now().timestamp())
        self._put(entry, io.BytesIO(data))

    def put_manifest(self, words: dict[str, Any]) -> None:
        data = json.dumps(words, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mtime = len(data), int(now().timestamp())
        self.archive.addfile(entry, io.BytesIO(data))

    def _put(self, entry: tarfile.TarInfo, file: IO[bytes]) -> None:
        read = _Counted(file)
        self.archive.addfile(entry, read)
        self.files[entry.name] = {"sha256": read.digest.hexdigest(), "size": entry.size}


class _Counted:
    """Reads a file and keeps the checksum of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _put_media(box: _Box, storage: Storage) -> int:
    before = len(box.files)
    for found in storage.list():
        if found.key.startswith(NOT_KEPT_MEDIA):
            continue
        try:
            data = storage.get(found.key)
        except FileNotFoundError:
            continue  # deleted while we looked; no row of this backup names it any more
        box.put_bytes(f"{MEDIA}/{found.key}", data)
    return len(box.files) - before


def _kept_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(data_dir.rglob("*")):
        inside = path.relative_to(data_dir)
        kept = not inside.parts[0].startswith(NOT_KEPT) and not path.name.startswith(".")
        if kept and path.is_file() and not path.is_symlink():
            yield inside.as_posix(), path


def restore_backup(chosen: Settings, source: Path, *, replace: bool) -> Report:
    """Bring back what `source` holds. It is checked whole before anything here is touched, and counted afterwards."""
    url = make_url(chosen.database_url)
    storage = storage_of(chosen)
    staged = chosen.data_dir / ".restoring"
    shutil.rmtree(staged, ignore_errors=True)
    try:
        manifest = unpack(source, staged)
        dump = staged / dumps.dump_name(url)
        if not dump.is_file():
            raise BadBackup(f"The backup is of another kind of database than {url.get_backend_name()}.")
        if not replace and (held := _what_is_here(url, storage)):
            raise BadBackup(f"{held} Restoring would overwrite it; say --replace if that is meant.")
        if dump.name == SQLITE_DUMP:
            dumps.check_sqlite(dump)
        if dump.name == POSTGRESQL_DUMP:  # first, because it may still fail, and then nothing was touched
            _no_other_tables(url, manifest)
            dumps.restore_postgresql(url, dump)
        _set_aside(chosen, url)
        if dump.name == SQLITE_DUMP:
            target = Path(url.database or "")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(dump, target)
        media = _bring_media(storage, staged / MEDIA)
        for entry in sorted((staged / DATA).glob("*")) if (staged / DATA).is_dir() else []:
            shutil.move(entry, chosen.data_dir / entry.name)
        tables = _counted_again(url, manifest)
        return Report(len(manifest["files"]), source.stat().st_size, manifest["made_at"], tables, media)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _bring_media(storage: Storage, folder: Path) -> int:
    count = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            storage.put(path.relative_to(folder).as_posix(), path.read_bytes())
            count += 1
    return count


def _no_other_tables(url: URL, manifest: dict[str, Any]) -> None:
    """Tables of a newer version would stay, and the next upgrade would stumble over them."""
    if others := set(dumps.tables_of(url)) - set(manifest.get("tables") or dumps.tables_of(url)):
        some = ", ".join(sorted(others)[:3])
        raise BadBackup(f"The database holds tables the backup does not know ({some}). Restore into an empty database.")


def _counted_again(url: URL, manifest: dict[str, Any]) -> Facts:
    """The restored database holds row for row what the backup counted."""
    found = dumps.facts_of(url)
    if manifest["format"] > 1:
        wanted = {name: (int(rows), str(digest)) for name, (rows, digest) in manifest["tables"].items()}
        if different := dumps.compare(wanted, found):
            raise BadBackup(f"What was restored is not what was kept: {'; '.join(different[:5])}.")
    return found


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack and check every file against the manifest; raises BadBackup at the first that differs."""
    folder.mkdir(parents=True)
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise BadBackup(f"{source} is not a backup of ours, or is cut off ({error}).") from error
    if manifest.get("format") not in READABLE:
        raise BadBackup(f"The backup has format {manifest.get('format')}; this version reads {FORMAT}.")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name, facts in manifest["files"].items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or name not in found:
            raise BadBackup(f"The backup lacks {name}.")
        if _sha256(folder / name) != facts["sha256"]:
            raise BadBackup(f"{name} in the backup is damaged: its checksum differs.")
    if extra := found - set(manifest["files"]):
        raise BadBackup(f"The backup holds files its manifest does not name: {', '.join(sorted(extra)[:3])}.")
    if manifest["format"] == 1 and (folder / DATA / MEDIA).is_dir():
        shutil.move(folder / DATA / MEDIA, folder / MEDIA)
    return dict(manifest)


def _what_is_here(url: URL, storage: Storage) -> str | None:
    """What a restore would overwrite, as a sentence."""
    if url.get_backend_name() == "postgresql":
        if tables := dumps.tables_of(url):
            return f"The database {url.database} already holds {len(tables)} tables."
    elif Path(url.database or "").exists():
        return f"There is already a database at {url.database}."
    if next(storage.list(), None):
        return f"There are already media in {storage}."
    return None


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


def _keep_name(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Set aside what is here and put the backup in its place.")
def restore(source: Path, replace: bool) -> None:
    """Bring back what SOURCE holds. Stop the server and the worker first."""
    chosen = read_settings()
    report = restore_backup(chosen, source, replace=replace)
    rows = sum(count for count, _ in report.tables.values())
    click.echo(f"Restored {report.files} files and {rows:,} rows kept at {report.made_at}; every checksum agrees.")
    click.echo("Next: academy db upgrade, then academy run.")
