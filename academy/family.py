"""A process that leaves with the one that started it, also when that one was killed without a word.

Who is killed by SIGKILL can not tell its children, and a child that stays holds the port and writes to the database.
"""

import os
import signal
import threading
import time

LOOK_EVERY = 0.5
GRACE = 25
"""Seconds between asking ourselves to stop and not asking any more."""


def leave_with(parent: int) -> None:
    """From now on, stop as if told to by SIGTERM once `parent` is no longer the one above us."""
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="leaves-with-parent").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
