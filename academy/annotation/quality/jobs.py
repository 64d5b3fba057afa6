"""Measuring the gold of a set in the background."""

from academy.annotation.quality import looking
from academy.clock import now
from academy.db import transaction
from academy.jobs import JobHandle, job


@job(looking.MEASURE)
def measure_set(_handle: JobHandle, task_set_id: int) -> None:
    """Read all gold, then keep what was found; gold that comes meanwhile counts as newer."""
    last = looking.newest_gold(task_set_id)
    content = looking.measure(task_set_id)
    with transaction():
        looking.keep_report(task_set_id, content, last, now())
