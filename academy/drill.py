"""The backup command, and its drill: a backup nobody has restored is only a hope.

The drill makes a backup while people work, restores it beside the installation (a scratch folder; on PostgreSQL a
scratch database of the same server), compares every table and every file, reports, and leaves nothing behind.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from academy.backup import Report, make_backup, restore_backup
from academy.clock import now
from academy.config import Settings, read_settings
from academy.dumps import BadBackup
from academy.storage import LocalFolder


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found out."""

    made: Report
    made_in: float
    restored_in: float
    without_file: tuple[str, ...]
    """Files that rows name and the backup lacks."""

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.made.tables.values())


def hold_drill(chosen: Settings, target: Path | None = None) -> Drill:
    """Make a backup, restore it beside, compare. Raises BadBackup where anything differs."""
    with tempfile.TemporaryDirectory(prefix="academy-drill-") as name:
        folder = Path(name)
        archive = folder / "drill.tar.gz"
        began = perf_counter()
        made = make_backup(chosen, archive)
        made_at = perf_counter()
        with beside(chosen, folder / "data") as other:
            restored = restore_backup(other, archive, replace=False)  # compares every table and every file
            restored_at = perf_counter()
            without = _rows_without_file(make_url(other.database_url), other.media_dir)
        if restored.media != made.media:
            raise BadBackup(f"{made.media} media were kept and {restored.media} came back.")
        if target is not None:
            shutil.move(archive, target)
    return Drill(made, made_at - began, restored_at - made_at, tuple(without))


@contextmanager
def beside(chosen: Settings, folder: Path) -> Iterator[Settings]:
    """Settings of a scratch installation that is gone afterwards."""
    folder.mkdir()
    url = make_url(chosen.database_url)
    if url.get_backend_name() == "sqlite":
        yield replace(chosen, data_dir=folder, storage=None, database_url=f"sqlite:///{folder / 'academy.db'}")
        return
    scratch = url.set(database=f"{url.database}_drill_{uuid4().hex[:8]}")
    _administer(url, f'CREATE DATABASE "{scratch.database}" TEMPLATE template0')
    try:
        address = scratch.render_as_string(hide_password=False)
        yield replace(chosen, data_dir=folder, storage=None, database_url=address)
    finally:
        _administer(url, f'DROP DATABASE IF EXISTS "{scratch.database}" WITH (FORCE)')


def _administer(url: URL, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    except SQLAlchemyError as error:
        raise BadBackup(
            f"A drill needs a scratch database beside {url.database}, and the server refused it. "
            "Let this role make databases: ALTER ROLE ... CREATEDB."
        ) from error


def _rows_without_file(url: URL, media_dir: Path) -> list[str]:
    """Keys that a row names (in `storage_key`, or in `derived` by what was made of it) and no file stands for."""
    storage = LocalFolder(media_dir)
    engine = create_engine(url, poolclass=NullPool)
    keys: set[str] = set()
    with engine.connect() as connection:
        tables = inspect(connection)
        for table in tables.get_table_names():
            columns = {column["name"] for column in tables.get_columns(table)} & {"storage_key", "derived"}
            if "storage_key" not in columns:
                continue
            query = text(f'SELECT {", ".join(sorted(columns))} FROM "{table}"')  # noqa: S608 - our own names
            for row in connection.execute(query).mappings():
                keys |= {row["storage_key"] or "", *_made(row.get("derived"))}
    engine.dispose()
    return sorted(key for key in keys - {""} if not storage.exists(key))


def _made(derived: Any) -> list[str]:
    """Keys of what was made of a medium; one engine gives JSON as text."""
    found = json.loads(derived) if isinstance(derived, str) else derived
    return list((found or {}).values())


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option("--drill", is_flag=True, help="Restore it beside, compare every table and file, and say how it went.")
@click.option("--without-media", is_flag=True, help="For a bucket that keeps copies of its own.")
def backup(target: Path | None, drill: bool, without_media: bool) -> None:
    """Keep database, media, keys and secret in TARGET (a .tar.gz; by default named after the time).

    The file opens this installation to whoever holds it: keep it as you keep a key. People may go on working meanwhile.
    A drill keeps its backup only when TARGET is given.
    """
    chosen = read_settings()
    if drill:
        if without_media:
            raise click.UsageError("A drill proves the whole backup; it can not leave the media out.")
        _tell(hold_drill(chosen, target), target)
        return
    target = target or Path(f"academy-{now():%Y%m%d-%H%M%S}.tar.gz")
    report = make_backup(chosen, target, media=not without_media)
    click.echo(f"{target}: {report.files} files, {report.media} of them media, {report.size:,} bytes.")


def _tell(drill: Drill, target: Path | None) -> None:
    table = Table("table", "rows", "checksum", box=None)
    for name, (rows, digest) in sorted(drill.made.tables.items()):
        table.add_row(name, f"{rows:,}", digest)
    Console().print(table)
    click.echo(
        f"Kept at {drill.made.made_at}: {drill.rows:,} rows in {len(drill.made.tables)} tables, "
        f"{drill.made.media} media, {drill.made.size:,} bytes, in {drill.made_in:.1f} s."
    )
    if drill.without_file:
        some = ", ".join(drill.without_file[:3])
        raise BadBackup(f"{len(drill.without_file)} rows name files that the backup lacks: {some}.")
    click.echo(f"Restored beside in {drill.restored_in:.1f} s: every row and every file is the same.")
    if target is not None:
        click.echo(f"The backup lies at {target}.")
