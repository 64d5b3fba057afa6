"""What time does: holds end, forgotten work is accepted, unfixed pictures go to others."""

from academy.clock import now
from academy.db import transaction
from academy.jobs import each_alone, every_minute
from academy.projects import operations, queries, reviewing
from academy.projects.rules import FIX_TIME, REVIEW_TIME

AT_ONCE = 100


@every_minute
def end_overdue_leases() -> None:
    """Pictures that were held for too long are free again."""
    with transaction():
        operations.end_overdue_leases(now())


@every_minute
def accept_unseen() -> None:
    """Work that nobody looked at in time is accepted."""
    each_alone(queries.unseen_reviews(now() - REVIEW_TIME, AT_ONCE), lambda row: reviewing.accept_unseen(row, now()))


@every_minute
def free_unfixed() -> None:
    """Pictures that came back and were not fixed in time go to others."""
    each_alone(queries.unfixed_units(now() - FIX_TIME, AT_ONCE), lambda row: reviewing.free_unfixed(row, now()))
