"""Opens other people's media in a process of its own, with limits on memory and time. See bench.py."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Timer
from types import TracebackType
from typing import IO, Any, Self

import structlog

import academy
from academy.uploads.bench import LENGTH, allowed
from academy.uploads.brought import Brought, Kind
from academy.uploads.pictures import Picture, Turn
from academy.uploads.rules import LARGEST_CLOUD, LARGEST_PICTURE, LARGEST_SOUND, Refusal, RefusedFile

log = structlog.get_logger(__name__)

MEMORY = 1_000_000_000
"""Bytes of address space: a photograph of forty million pixels, with the copies it takes, was opened in 800 million."""
SECONDS = 20
"""Of the processor for one file, and more for a large one; by the wall clock it may take three times as long on a busy
machine."""
LARGEST: dict[Kind, int] = {"picture": LARGEST_PICTURE, "sound": LARGEST_SOUND, "cloud": LARGEST_CLOUD}


class Workshop:
    """One process that opens media; made anew when a file ended it.

    Use it as a context manager. Not for several threads at once.
    """

    def __init__(self, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self.memory, self.seconds = memory, seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def open_picture(self, data: bytes) -> Picture:
        """As academy.uploads.pictures.open_picture, but nothing that happens in there happens here."""
        brought = self.open(data, "picture")
        return Picture(
            brought.data, brought.width, brought.height, brought.content_type, brought.extension, brought.turn
        )

    def open(self, data: bytes, kind: Kind) -> Brought:
        """A file through the door of its kind; what is made of it comes along. Raises RefusedFile."""
        if not data:
            raise RefusedFile(Refusal.EMPTY)
        if len(data) > LARGEST[kind]:
            raise RefusedFile(Refusal.TOO_LARGE, most=LARGEST[kind] // 2**20)
        process = self._process = self._process or self._start()
        late = Event()

        def end() -> None:
            late.set()
            process.kill()

        alarm = Timer(3 * allowed(self.seconds, len(data)), end)
        alarm.daemon = True
        alarm.start()
        try:
            return _ask(process, data, kind)
        except RefusedFile:
            raise
        except (OSError, ValueError) as error:
            self.close()
            slow = late.is_set() or process.returncode == -signal.SIGXCPU
            log.warning("a file ended its process", kind=kind, returncode=process.returncode, late=late.is_set())
            raise RefusedFile(Refusal.TOO_SLOW if slow else Refusal.TOO_HUNGRY) from error
        finally:
            alarm.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        home = str(Path(academy.__path__[0]).parent)
        return subprocess.Popen(  # noqa: S603 - our own module, no shell, numbers as arguments
            [sys.executable, "-m", "academy.uploads.bench", str(self.memory), str(self.seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=home, env={"PYTHONPATH": home, "PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip


def _ask(process: subprocess.Popen[bytes], data: bytes, kind: Kind) -> Brought:
    """Send a file and read what became of it; an OSError or ValueError means that the process ended instead."""
    source, out = _pipes(process)
    source.write(LENGTH.pack(len(data)) + kind.encode() + b"\n")
    source.write(data)
    source.flush()
    answer = json.loads(out.readline(100_000))
    parts = [out.read(length) for length in answer["lengths"]]
    if [len(part) for part in parts] != answer["lengths"]:
        raise ValueError("the process ended while it answered")
    if "refused" in answer:
        raise RefusedFile(Refusal(answer["refused"]), **answer["facts"])
    told: dict[str, Any] = answer["brought"]
    derived = dict(zip(told["derived"], parts[1:], strict=True))
    return Brought(**{**told, "data": parts[0], "derived": derived, "turn": Turn(told["turn"])})


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return process.stdin, process.stdout
