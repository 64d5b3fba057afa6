"""The process that does the background work: listens to the queue, and once a minute looks for what was not heard."""

from collections.abc import Callable

import click
import structlog
from flask import Flask
from huey import crontab

from academy import jobs, schema
from academy.app import create_app
from academy.config import settings
from academy.family import leave_with
from academy.queue import Bell

log = structlog.get_logger(__name__)


def work(app: Flask, *, threads: int = 2) -> None:
    """Work until told to stop (SIGINT, or SIGTERM); a job that was cut off is taken up again at the next start."""
    with app.app_context():
        bell = Bell(settings(), _inside(app, jobs.run))
        bell.huey.periodic_task(crontab(), name="minute")(_inside(app, _minute))
        if settings().valkey_url is None:
            jobs.take_back_all()
        jobs.ring_for_all(bell.ring)
    log.info("worker listens", threads=threads)
    consumer = bell.huey.create_consumer(
        workers=threads, worker_type="thread", max_delay=1.0, shutdown_timeout=20, graceful_signal="TERM"
    )
    consumer.run()


def _minute() -> None:
    jobs.sweep()
    jobs.do_minute_work()


def _inside(app: Flask, act: Callable[..., object]) -> Callable[..., None]:
    def act_inside(*arguments: object) -> None:
        with app.app_context():
            act(*arguments)

    return act_inside


@click.command("worker")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--leave-with", "parent", type=int, hidden=True, help="Stop when this process is gone.")
def worker(threads: int, parent: int | None) -> None:
    """Do the background work until told to stop."""
    if parent is not None:
        leave_with(parent)
    app = create_app()
    with app.app_context():
        schema.must_be_current()
    work(app, threads=threads)
