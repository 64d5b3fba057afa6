"""What a process asked of its disk, written down by strace, and the disks a power cut could have left behind.

Everything a process writes goes into `pending` until it syncs the file; only then it is surely there. A cut keeps all
that was synced, and of the rest what chance wants: each write whole, not at all, or some sectors of it.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "write,pwrite64,ftruncate,fsync,fdatasync,unlink"
UNKNOWN_CALLS = "pwritev,pwritev2,fallocate,rename,renameat,renameat2,sync_file_range"
"""Nothing we record uses them; should that change, reading the record fails."""
SECTOR = 512

_LINE = re.compile(r"^(?P<thread>\d+)\s+(?P<at>[\d.]+) (?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<words>.*)$")
_FD = re.compile(r"^\d+<(?P<path>(?:\\x[0-9a-f]{2})*)>")
_TEXT = re.compile(r'"(?P<text>(?:\\x[0-9a-f]{2})*)"')


def recorder(paths: Sequence[Path], into: Path) -> list[str]:
    """The command in front of a command that writes down what it does to these files."""
    followed = [word for path in paths for word in ("-P", str(path))]
    how = ["-f", "--seccomp-bpf", "-ttt", "-y", "-xx", "-s", "1000000", "-e", f"trace={CALLS},{UNKNOWN_CALLS}"]
    return ["strace", *how, *followed, "-o", str(into)]


@dataclass(frozen=True, slots=True)
class Event:
    """One call, at its beginning or at its end."""

    at: float
    thread: str
    ends: bool
    name: str
    path: str
    offset: int = 0
    data: bytes = b""


def read(record: Path) -> Iterator[Event]:
    """The calls in the order in which they began and ended."""
    begun: dict[str, Event] = {}
    with record.open(encoding="ascii") as lines:
        for line in lines:
            found = _LINE.match(line)
            if found is None or found["rest"].startswith(("+++", "---")):
                continue
            thread, at, rest = found["thread"], float(found["at"]), found["rest"]
            if rest.startswith("<..."):
                if thread in begun:
                    event = begun.pop(thread)
                    yield Event(at, thread, True, event.name, event.path)
                continue
            event = _event(at, thread, rest)
            yield event
            if "<unfinished ...>" in rest:
                begun[thread] = event
            else:
                yield Event(at, thread, True, event.name, event.path)


def _event(at: float, thread: str, rest: str) -> Event:
    call = _CALL.match(rest)
    assert call is not None, rest[:200]
    name, words = call["name"], call["words"]
    assert name in CALLS.split(","), f"{name} is not understood: {words[:200]}"
    if name == "unlink":
        return Event(at, thread, False, name, _plain(_TEXT.match(words)["text"]).decode())
    path = _plain(_FD.match(words)["path"]).decode()
    if name == "ftruncate":
        return Event(at, thread, False, name, path, int(re.search(r">, (\d+)", words)[1]))
    if name in ("write", "pwrite64"):
        text = _TEXT.search(words)
        numbers = re.findall(r", (\d+)", words[text.end() :])
        assert name == "pwrite64", "a plain write has no offset we know"
        return Event(at, thread, False, name, path, int(numbers[1]), _plain(text["text"]))
    return Event(at, thread, False, name, path)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class Disk:
    """Files as they surely are, and what was asked for since."""

    files: dict[str, bytearray]
    pending: dict[str, list[tuple[Event, str]]] = field(default_factory=dict)
    """Of each file what was not synced, with the thread whose call it was, empty once it ended."""
    syncing: dict[str, list[Event]] = field(default_factory=dict)
    believes_in_sync: bool = True
    """False: a disk on which syncing does nothing, for the control."""

    def follow(self, event: Event) -> None:
        waiting = self.pending.setdefault(event.path, [])
        if event.name in ("fsync", "fdatasync"):
            if not event.ends:
                self.syncing[event.thread] = [one for one, by in waiting if not by]
            elif self.believes_in_sync:
                self._settle(event.path, self.syncing.pop(event.thread))
        elif not event.ends:
            waiting.append((event, event.thread))
        else:
            self.pending[event.path] = [(one, "" if by == event.thread else by) for one, by in waiting]

    def _settle(self, path: str, synced: list[Event]) -> None:
        known = {id(event) for event in synced}
        for event in synced:
            apply(self.files, event, event.data)
        self.pending[path] = [entry for entry in self.pending[path] if id(entry[0]) not in known]

    def after_a_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """One of the disks that may be found afterwards."""
        found = {path: bytearray(data) for path, data in self.files.items()}
        for entries in self.pending.values():
            mood = chance.choice(("lost", "kept", "mixed", "mixed"))
            for event, _ in entries:
                fate = mood if mood != "mixed" else chance.choice(("lost", "kept", "torn"))
                if fate == "kept":
                    apply(found, event, event.data)
                elif fate == "torn" and event.data:
                    for start in range(0, len(event.data), SECTOR):
                        if chance.random() < 0.5:
                            apply(found, event, event.data[start : start + SECTOR], start)
        return found


def apply(files: dict[str, bytearray], event: Event, data: bytes, start: int = 0) -> None:
    """Do to the files what the call asked for."""
    if event.name == "unlink":
        files.pop(event.path, None)
        return
    file = files.setdefault(event.path, bytearray())
    if event.name == "ftruncate":
        del file[event.offset :]
        file.extend(bytes(event.offset - len(file)))
        return
    begin = event.offset + start
    if len(file) < begin:
        file.extend(bytes(begin - len(file)))
    file[begin : begin + len(data)] = data


def cuts(events: Iterable[Event], disk: Disk, at: Sequence[int]) -> Iterator[float]:
    """Stop after each of these numbers of events (rising); gives the time at which the next one began."""
    wanted = iter(at)
    stop = next(wanted)
    for number, event in enumerate(events):
        if number == stop:
            yield event.at
            following = next(wanted, None)
            if following is None:
                return
            stop = following
        disk.follow(event)
