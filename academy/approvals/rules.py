"""What becomes of a request for a second person, and when it runs out. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(days=7)
"""After this the world has moved on: whoever still wants it asks again."""


class Decision(StrEnum):
    """How a request ended."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class State(StrEnum):
    """Where a request stands at a moment."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def state_of(decision: Decision | None, expires_at: datetime, now: datetime) -> State:
    """Nobody has to mark a request as expired for it to be so."""
    if decision is not None:
        return State(decision.value)
    return State.EXPIRED if now >= expires_at else State.OPEN
