"""How often one network may ask for what strangers may ask for and what costs us much: hashing, grading, checking.

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

from academy.accounts.rules import network_of
from academy.clock import now
from academy.errors import answer

WITHIN = timedelta(minutes=10)
MOST_NETWORKS = 10_000
"""So many are remembered at once; when there are more, all are forgotten rather than our memory filled."""
NAME = "academy.limits"

View = Callable[..., ResponseReturnValue]


class Tally:
    """When each network asked for each endpoint, as far back as it matters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, str], deque[datetime]] = {}

    def too_often(self, endpoint: str, network: str, most: int, at: datetime) -> bool:
        """Count one more request, unless there were `most` WITHIN already."""
        with self._lock:
            if len(self._asked) >= MOST_NETWORKS and (endpoint, network) not in self._asked:
                self._asked.clear()
            times = self._asked.setdefault((endpoint, network), deque())
            while times and times[0] <= at - WITHIN:
                times.popleft()
            if len(times) >= most:
                return True
            times.append(at)
            return False


def limited(most: int) -> Callable[[View], View]:
    """Let a view change something at most so often WITHIN, for one network; stands below the route decorator.

    A whole class behind one address comes at the same minute, so the number is generous.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def counted(*arguments: Any, **named: Any) -> ResponseReturnValue:
            if request.method == "POST":
                tally: Tally = current_app.extensions.setdefault(NAME, Tally())
                if tally.too_often(str(request.endpoint), network_of(request.remote_addr), most, now()):
                    return answer(429, retry_after=60)
            return view(*arguments, **named)

        return counted

    return wrap
