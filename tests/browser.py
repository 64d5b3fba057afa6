"""A real server and a real browser for the journeys."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class LiveServer:
    """The production server on a folder of its own; it can be killed like a machine that loses power."""

    def __init__(self, data_dir: Path, *, serves: str = "wsgi:app", port: int | None = None, **environ: str) -> None:
        self.data_dir = data_dir
        self.within: list[str] = []
        self.serves = serves
        self.log = data_dir / "server.log"
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.environ = {
            **os.environ,
            "ACADEMY_DATA": str(data_dir),
            "ACADEMY_PUBLIC_URL": self.url,
            "ACADEMY_ENVIRONMENT": "demo",
            "ACADEMY_SECRET_KEY": "a secret that only the tests know, long enough",
            "ACADEMY_JOBS": "at-once",
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            *self.within, sys.executable, "-m", "granian", "--interface", "wsgi",
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1", "--blocking-threads", "4",
            "--no-ws", self.serves,
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """SIGKILL to every process of the server, without warning."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        self.kill()
        self.start()


@contextmanager
def live_server(ready: Path, own: Path, **environ: str) -> Iterator[LiveServer]:
    """A server on a copy of the ready folder (database, media, keys)."""
    shutil.copytree(ready, own, dirs_exist_ok=True)
    server = LiveServer(own, **environ)
    server.start()
    try:
        yield server
    finally:
        server.kill()


AXE_RUN = """async () => {
  const found = await axe.run(document, {runOnly: [
    'wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']});
  return found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '));
}"""


def axe(page: Any) -> list[str]:
    """What axe finds on this page: one line per broken rule."""
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    return list(page.evaluate(AXE_RUN))
