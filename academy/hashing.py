"""Slow hashes take turns, so that a storm of sign-ins uses up neither the memory nor the threads of a server.

A hash takes 19 MiB and up to 110 ms of one core on purpose. At most one per core runs in a process, a few wait. While
the line has been crowded only for moments everybody waits: a whole class presses "sign in" at once and all come in.
When it does not get shorter, further ones are refused at once, before any memory is spent, and the threads that are
left serve everybody else.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from time import monotonic

from academy.errors import AcademyError
from academy.i18n import _l

AT_ONCE = max(1, min(4, len(os.sched_getaffinity(0))))
PLACES = AT_ONCE + 1
"""Running and waiting; fewer than the threads of a server process (academy.serving.THREADS)."""
PATIENCE = 4.0
"""So many seconds the line may be crowded before somebody is sent away: a class of a hundred is through by then."""
LONGEST_WAIT = 10.0


class TooBusy(AcademyError):
    """Too many passwords to look at; nothing was tried, nothing was counted."""

    status = 503
    code = "busy"

    def __init__(self) -> None:
        sentence = _l("Very many people are at the door at this moment. Wait a few seconds, then send it again.")
        super().__init__(sentence, retry_after=5)


class Line:
    """Those whose turn it is, and those who wait for it."""

    def __init__(self, at_once: int, places: int, patience: float = PATIENCE, longest: float = LONGEST_WAIT) -> None:
        self.at_once, self.places, self.patience, self.longest = at_once, places, patience, longest
        self._lock = Lock()
        self._running = BoundedSemaphore(at_once)
        self._inside = 0
        self._crowded_since: float | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and have it; raises TooBusy when the line has been crowded for too long."""
        self._come()
        try:
            if not self._running.acquire(timeout=self.longest):
                raise TooBusy
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._go()

    def _come(self) -> None:
        with self._lock:
            at = monotonic()
            if self._inside >= self.places:
                self._crowded_since = at if self._crowded_since is None else self._crowded_since
                if at - self._crowded_since >= self.patience:
                    raise TooBusy
            self._inside += 1

    def _go(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside <= self.at_once:  # nobody waits any more
                self._crowded_since = None


line = Line(AT_ONCE, PLACES)
turn = line.turn
