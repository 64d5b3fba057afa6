"""What runs inside the process that opens other people's pictures: one after another, until its input ends.

    python -m academy.uploads.bench MEMORY SECONDS

It gets nothing of the house: no settings, no database, no secret. Memory, time and files are limited by the system, so
that a picture made to burst a decoder ends this process and nothing else. A picture comes as eight bytes of length and
the bytes; what goes back is a line of JSON, and the new picture's bytes when there is one.
"""

import ctypes
import json
import resource
import signal
import struct
import sys
from dataclasses import asdict
from time import process_time
from typing import Any, BinaryIO

from academy.uploads.pictures import open_picture
from academy.uploads.rules import LARGEST_PICTURE, Refusal, RefusedFile

LENGTH = struct.Struct(">Q")
_PR_SET_PDEATHSIG = 1


def serve(source: BinaryIO, out: BinaryIO, seconds: int) -> None:
    """Open each picture that comes."""
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        if length > LARGEST_PICTURE:
            return
        _allow_time(seconds)
        answer, data = _open(source.read(length))
        out.write(json.dumps(answer | {"bytes": len(data)}).encode() + b"\n" + data)
        out.flush()


def _open(data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        picture = open_picture(data)
    except RefusedFile as refused:
        return {"refused": refused.why, "facts": dict(refused.facts)}, b""
    except MemoryError:
        return {"refused": Refusal.TOO_HUNGRY, "facts": {}}, b""
    told = {name: value for name, value in asdict(picture).items() if name != "data"}
    return {"picture": told}, picture.data


def _allow_time(seconds: int) -> None:
    """So much more of the processor's time for the next picture."""
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
