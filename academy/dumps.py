"""The database part of a backup: written out and counted in one snapshot, brought back, and counted again.

A live SQLite file is never copied as it lies (its newest rows stand in another file); the backup interface of SQLite is
asked instead. Of PostgreSQL the dump is pg_dump's, of the very snapshot in which the rows were counted. So the facts
say what the dump must hold even while people go on working.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

SQLITE_DUMP, POSTGRESQL_DUMP = "database.sqlite", "database.pgdump"

Facts = dict[str, tuple[int, str]]
"""Of each table: how many rows, and a checksum of them all that does not depend on their order."""


class BadBackup(click.ClickException):
    """A backup can not be used; the sentence says why."""


def dump_name(url: URL) -> str:
    """What the dump of this kind of database is called."""
    return POSTGRESQL_DUMP if url.get_backend_name() == "postgresql" else SQLITE_DUMP


def dump(url: URL, folder: Path) -> tuple[Path, Facts]:
    """Write the database into `folder`; tells what it holds."""
    target = folder / dump_name(url)
    facts = _dump_postgresql(url, target) if target.name == POSTGRESQL_DUMP else _dump_sqlite(url, target)
    return target, facts


def facts_of(url: URL) -> Facts:
    """What a database holds at this moment."""
    if url.get_backend_name() == "sqlite":
        with _opened(Path(url.database or "")) as connection:
            return _sqlite_facts(connection)
    engine = _engine(url)
    with engine.connect() as held:
        return _postgresql_facts(held)


def compare(wanted: Mapping[str, tuple[int, str]], found: Mapping[str, tuple[int, str]]) -> list[str]:
    """How two databases differ, table by table; empty: not at all."""
    different = []
    for table in sorted(set(wanted) | set(found)):
        before, after = wanted.get(table), found.get(table)
        if before is None or after is None:
            different.append(f"{table} is {'missing' if after is None else 'new'}")
        elif before[0] != after[0]:
            different.append(f"{table} has {after[0]:,} rows instead of {before[0]:,}")
        elif before[1] != after[1]:
            different.append(f"{table} has rows with other content")
    return different


# SQLite ------------------------------------------------------------------------------------------------------------


class _opened:
    """A connection that is closed at the end; sqlite3's own `with` only commits."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)

    def __enter__(self) -> sqlite3.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _dump_sqlite(url: URL, target: Path) -> Facts:
    source = Path(url.database or "")
    if not source.is_file():
        raise BadBackup(f"There is no database at {source}. Is ACADEMY_DATA set?")
    with _opened(source) as live, _opened(target) as copy:
        live.execute("BEGIN")
        facts = _sqlite_facts(live)
        live.backup(copy)
        live.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")
    return facts


def _sqlite_facts(connection: sqlite3.Connection) -> Facts:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: _sqlite_checksum(connection, name) for (name,) in tables.fetchall()}


def _sqlite_checksum(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    count = total = 0
    for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
        count += 1
        total += int.from_bytes(hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return count, f"{total % 2**64:016x}"


def check_sqlite(path: Path) -> None:
    """Raises BadBackup unless the file is whole and every reference leads somewhere."""
    with _opened(path) as connection:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    if answer != "ok" or orphans:
        raise BadBackup(f"The database in the backup is damaged: {answer}, {len(orphans)} rows point nowhere.")


# PostgreSQL --------------------------------------------------------------------------------------------------------


def _engine(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="REPEATABLE READ"
    )


def _dump_postgresql(url: URL, target: Path) -> Facts:
    program("pg_dump")
    with _engine(url).connect() as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        facts = _postgresql_facts(connection)
        run_postgresql(url, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}")
    return facts


def _postgresql_facts(connection: Connection) -> Facts:
    for words in ("TIME ZONE 'UTC'", "datestyle = 'ISO'", "extra_float_digits = 3"):
        connection.execute(text(f"SET LOCAL {words}"))
    return {table: _postgresql_checksum(connection, table) for table in inspect(connection).get_table_names()}


def _postgresql_checksum(connection: Connection, table: str) -> tuple[int, str]:
    asked = f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM "{table}" t'  # noqa: S608
    count, total = connection.execute(text(asked)).one()
    return int(count), f"{int(total) % 2**64:016x}"


def restore_postgresql(url: URL, source: Path) -> None:
    """Put the dump in the place of what the database holds, or change nothing."""
    run_postgresql(url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))


def tables_of(url: URL) -> list[str]:
    """The tables a PostgreSQL database holds."""
    with _engine(url).connect() as connection:
        return inspect(connection).get_table_names()


def program(name: str) -> str:
    """Where one of PostgreSQL's client programs lies; raises BadBackup with what to do."""
    found = shutil.which(name)
    if found is None:
        raise BadBackup(f"{name} was not found. Install PostgreSQL's client programs, of the server's version.")
    return found


def run_postgresql(url: URL, name: str, *arguments: str) -> None:
    """Run a client program on this database; raises BadBackup with what it said."""
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment: dict[str, Any] = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [program(name), f"--dbname={plain}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadBackup(f"{name} failed: {done.stderr.strip()[:500]}")
