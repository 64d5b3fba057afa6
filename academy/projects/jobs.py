"""What time does: holds end, forgotten work is accepted, unfixed pictures go to others."""

from academy.clock import now
from academy.db import transaction
from academy.jobs import every_minute
from academy.projects import operations, reviewing


@every_minute
def tidy_projects() -> None:
    """Each step is its own transaction, so that one that fails does not undo the others."""
    for step in (operations.end_overdue_leases, reviewing.accept_unseen, reviewing.free_unfixed):
        with transaction():
            step(now())
