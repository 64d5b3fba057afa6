"""What is forgotten every minute: ways to other houses that nobody came back from."""

from academy import jobs
from academy.clock import now
from academy.db import transaction
from academy.federation import operations, queries


@jobs.every_minute
def forget_the_late() -> None:
    """Names and addresses of people who came back and went no further are kept for half an hour."""
    if queries.something_to_forget(now()):
        with transaction():
            operations.prune(now())
