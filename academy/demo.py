"""The demo: everything of an installation in one folder, served on this machine only."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click
from rich.cells import cell_len, set_cell_size

from academy import schema
from academy.app import create_app
from academy.clock import now
from academy.config import read_settings
from academy.db import db, transaction
from academy.demo_people import move_in, settle
from academy.family import leave_with
from academy.projects import starter as projects_starter
from courses.catalogue import starter as catalogue_starter
from courses.cohorts import starter as cohorts_starter
from courses.cohorts.rules import shown_code
from exams.bank import starter as bank_starter

READY_WITHIN = 60
STOP_WITHIN = 20


STARTERS: tuple[Callable[[datetime], None], ...] = (
    catalogue_starter.load,
    bank_starter.load,
    projects_starter.load,
    cohorts_starter.load,
)


def load_starters(now: datetime) -> None:
    """Every room's starter data, in the order of the house; doing it again changes nothing."""
    for load in STARTERS:
        load(now)


def environment(folder: Path, port: int, services: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of a demo in `folder`, on other services than its own where they are named; whatever else this shell
    sets for the academy is left out."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ACADEMY_")}
    return others | {
        "ACADEMY_DATA": str(folder),
        "ACADEMY_ENVIRONMENT": "demo",
        "ACADEMY_PUBLIC_URL": f"http://localhost:{port}",
        **(services or {}),
    }


@dataclass(frozen=True, slots=True)
class Card:
    """What demo.json says: where the demo is, who can sign in, and what opens the door of its class."""

    url: str
    people: list[dict[str, Any]]
    join_code: str | None

    def write(self, folder: Path) -> None:
        """Into the demo's folder, readable by its owner only."""
        unfinished = folder / ".demo.json"
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=2)
        unfinished.replace(folder / "demo.json")


def prepare(folder: Path, settings: Mapping[str, str]) -> Card:
    """Bring tables, people and starter data into `folder`; a second time finds what the first one left."""
    app = create_app(read_settings(settings))
    with app.app_context():
        schema.upgrade()
        with transaction():
            people = move_in(_known_passwords(folder), now())
            load_starters(now())
            settle(now())
            join_code = cohorts_starter.open_the_door(now())
        db.session.remove()
        db.engine.dispose()
    return Card(settings["ACADEMY_PUBLIC_URL"], people, join_code and shown_code(join_code))


def _known_passwords(folder: Path) -> dict[str, str]:
    try:
        kept = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
        return {person["name"]: person["password"] for person in kept["people"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


class Household:
    """The server and the worker of a demo; they leave with this process, however it ends."""

    def __init__(self, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        self.port = port
        self.logs = folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.told_to_stop = False
        self.settings = dict(settings)
        self.members: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop_signal, self._stop_soon)
        self._start("server", "run", "--port", str(self.port))
        self._start("worker", "worker")

    def _start(self, name: str, *words: str) -> None:
        command = [sys.executable, "-m", "academy.cli", *words, "--leave-with", str(os.getpid())]
        with (self.logs / f"{name}.log").open("ab") as log:
            self.members[name] = subprocess.Popen(command, env=self.settings, stdout=log, stderr=log)  # noqa: S603

    def _stop_soon(self, _signal: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def wait_until_ready(self) -> bool:
        """Whether the pages answer; False when told to stop, or when a member ended."""
        ends_at = time.monotonic() + READY_WITHIN
        while time.monotonic() < ends_at and not self.told_to_stop and not self.ended():
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                    return True
            except (URLError, OSError):
                time.sleep(0.1)
        return False

    def ended(self) -> str | None:
        """The member that ended by itself, if one did."""
        return next((name for name, member in self.members.items() if member.poll() is not None), None)

    def stay(self) -> None:
        while not self.told_to_stop and not self.ended():
            time.sleep(0.2)

    def stop(self) -> None:
        """End both; a job that is cut off is taken up again at the next start."""
        for member in self.members.values():
            if member.poll() is None:
                member.terminate()
        ends_at = time.monotonic() + STOP_WITHIN
        for member in self.members.values():
            try:
                member.wait(max(0.1, ends_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.kill()
                member.wait()

    def last_words(self, name: str) -> str:
        lines = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-15:])


def _must_be_free(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is in use, perhaps by a demo that still runs. Choose another: make demo PORT={port + 1}"
            ) from error


def _introduce(card: Card, folder: Path) -> None:
    click.echo(f"\nLabeler Academy is open at {card.url} (this machine only). Who can sign in:\n")
    names = max(cell_len(person["name"]) for person in card.people)
    passwords = max(len(person["password"]) for person in card.people)
    for person in card.people:
        name = set_cell_size(person["name"], names)
        roles = ", ".join(role for role in person["roles"] if role != "learner") or "learner"
        click.echo(f"  {name}  {person['password']:{passwords}}  {roles}: {person['for']}")
    if card.join_code:
        click.echo(f"\nThe class is joined at {card.url}/join with the code {card.join_code}")
    click.echo(f"\nThe same in {folder / 'demo.json'}; letters in {folder / 'mail'}, logs in {folder / 'logs'}.")
    click.echo("Ctrl-C stops it.\n")


@click.command("demo")
@click.option("--dir", "folder", default="demo", show_default=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--prepare-only", is_flag=True, help="Set everything up and write demo.json, but serve nothing.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when whoever started this is gone.")
def demo(folder: Path, port: int, prepare_only: bool, with_parent: bool) -> None:
    """Set up a demo in a folder (once) and serve it on this machine until Ctrl-C."""
    if with_parent:
        leave_with(os.getppid())
    open_demo(folder.resolve(), port, prepare_only=prepare_only)


def open_demo(
    folder: Path, port: int, *, prepare_only: bool = False, services: Mapping[str, str] | None = None
) -> None:
    """Set up a demo in `folder`, on these services, and serve it until told to stop."""
    folder.mkdir(parents=True, exist_ok=True)
    if not prepare_only:
        _must_be_free(port)
    settings = environment(folder, port, services)
    card = prepare(folder, settings)
    card.write(folder)
    if prepare_only:
        click.echo(f"The demo lies ready in {folder}.")
        return
    household = Household(folder, port, settings)
    household.start()
    try:
        if household.wait_until_ready():
            _introduce(card, folder)
            household.stay()
    finally:
        lost = None if household.told_to_stop else household.ended()
        household.stop()
    if lost:
        raise click.ClickException(f"The {lost} ended by itself. Its last words:\n{household.last_words(lost)}")
    if not household.told_to_stop:
        raise click.ClickException(f"The pages did not answer within {READY_WITHIN} s; see {household.logs}.")
    click.echo("Stopped.")
