"""What runs inside the process that opens other people's media: one after another, until its input ends.

    python -m academy.uploads.bench MEMORY SECONDS

It gets nothing of the house: no settings, no database, no secret. Memory, time and files are limited by the system, so
that a file made to burst a decoder ends this process and nothing else. A file comes as eight bytes of length, a line
with its kind and the bytes; what goes back is a line of JSON and, if it was taken, the bytes to keep and of all that
was made of it.
"""

import ctypes
import json
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from time import process_time
from typing import Any, BinaryIO

from academy.uploads.brought import Brought
from academy.uploads.clouds import open_cloud
from academy.uploads.rules import LARGEST_MEDIA, Refusal, RefusedFile
from academy.uploads.sounds import open_sound
from academy.uploads.thumbnails import open_with_thumbnail

LENGTH = struct.Struct(">Q")
BYTES_A_SECOND = 4_000_000
"""A large file may take longer: one second more for each so many bytes."""
_PR_SET_PDEATHSIG = 1

DOORS: Mapping[str, Callable[[bytes], Brought]] = {
    "picture": open_with_thumbnail,
    "sound": open_sound,
    "cloud": open_cloud,
}


def serve(source: BinaryIO, out: BinaryIO, seconds: int) -> None:
    """Open each file that comes."""
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        door = DOORS.get(source.readline(20).decode("ascii", "replace").strip())
        if length > LARGEST_MEDIA or door is None:
            return
        _allow_time(allowed(seconds, length))
        answer, parts = _open(door, source.read(length))
        out.write(json.dumps(answer | {"lengths": [len(part) for part in parts]}).encode() + b"\n")
        for part in parts:
            out.write(part)
        out.flush()


def allowed(seconds: int, length: int) -> int:
    """Seconds of the processor that a file of so many bytes may take."""
    return seconds + length // BYTES_A_SECOND


def _open(door: Callable[[bytes], Brought], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What is said of a file, and its bytes: those to keep first, then those of `derived` in its order."""
    try:
        brought = door(data)
    except RefusedFile as refused:
        return {"refused": refused.why, "facts": dict(refused.facts)}, []
    except MemoryError:
        return {"refused": Refusal.TOO_HUNGRY, "facts": {}}, []
    told = {field.name: getattr(brought, field.name) for field in fields(brought) if field.name != "data"}
    return {"brought": told | {"derived": list(brought.derived)}}, [brought.data, *brought.derived.values()]


def _allow_time(seconds: int) -> None:
    """So much more of the processor's time for the next file."""
    until = int(process_time()) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _limit(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[2]))
