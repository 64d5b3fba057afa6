"""Sittings end by themselves, whether or not anybody comes back."""

from academy.clock import now
from academy.db import transaction
from academy.jobs import every_minute
from exams.sittings import operations


@every_minute
def close_due_sittings() -> None:
    """Close every sitting whose time is over, a few hundred at a time so that nobody's save waits long."""
    while True:
        with transaction():
            closed = operations.close_due(now())
        if not closed:
            return
