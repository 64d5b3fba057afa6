"""What runs in the background."""

from academy.clock import now
from academy.db import transaction
from academy.jobs import every_minute
from courses.practice import operations


@every_minute
def forget_trials() -> None:
    """Guests' tries are kept for a month at most."""
    with transaction():
        operations.forget_trials(now())
