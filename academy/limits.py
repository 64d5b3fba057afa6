"""How often one network or one person may ask for what costs us much: hashing, grading, checking, keeping.

Counted in the memory of each process: enough against a storm, without a row for every request. Wrong passwords and
codes are counted in the database, where they belong (see academy.accounts and courses.cohorts).
"""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.accounts.rules import network_of
from academy.clock import now
from academy.errors import answer

WITHIN = timedelta(minutes=10)
MOST_ASKERS = 10_000
"""So many are remembered at once; when there are more, all are forgotten rather than our memory filled."""
NAME = "academy.limits"

View = Callable[..., ResponseReturnValue]


class Tally:
    """When each asker (a network or a person) asked for each endpoint, as far back as it matters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, str], deque[datetime]] = {}

    def too_often(self, endpoint: str, asker: str, most: int, at: datetime) -> bool:
        """Count one more request, unless there were `most` WITHIN already."""
        with self._lock:
            if len(self._asked) >= MOST_ASKERS and (endpoint, asker) not in self._asked:
                self._asked.clear()
            times = self._asked.setdefault((endpoint, asker), deque())
            while times and times[0] <= at - WITHIN:
                times.popleft()
            if len(times) >= most:
                return True
            times.append(at)
            return False


def limited(most: int, *, by_person: bool = False) -> Callable[[View], View]:
    """Let a view change something at most so often WITHIN; stands below the route decorator.

    Strangers are counted by network: a whole class behind one address comes at the same minute, so the number is
    generous. `by_person` counts a signed-in person instead, so that nobody fills the disk with answers.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def counted(*arguments: Any, **named: Any) -> ResponseReturnValue:
            if request.method == "POST":
                tally: Tally = current_app.extensions.setdefault(NAME, Tally())
                asker = f"person {current_user.id}" if by_person else network_of(request.remote_addr)
                if tally.too_often(str(request.endpoint), asker, most, now()):
                    return answer(429, retry_after=60)
            return view(*arguments, **named)

        return counted

    return wrap
