"""Background work on the command line."""

import time

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import select

from academy.app import create_app
from academy.db import db
from academy.jobs import Job, JobState

FINISHED = (JobState.DONE, JobState.FAILED)


@click.group("jobs")
def jobs() -> None:
    """Background work: what waits, and how far something is."""


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="Finished work too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_jobs(everything: bool, limit: int) -> None:
    """The newest background work, unfinished unless --all."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if not everything:
        query = query.where(Job.state.not_in((JobState.DONE,)))
    table = Table("number", "work", "state", "done", "tries", "asked for", "problem", box=None)
    with create_app().app_context():
        for job in db.session.scalars(query):
            table.add_row(
                str(job.id), job.kind, job.state, f"{job.done}/{job.total}" if job.total else "", str(job.tries),
                f"{job.requested_at:%Y-%m-%d %H:%M}", job.problem or "",
            )  # fmt: skip
    Console().print(table if table.row_count else "Nothing waits.")


@jobs.command("show")
@click.argument("number", type=int)
@click.option("--follow", is_flag=True, help="Stay until it is finished.")
def show(number: int, follow: bool) -> None:
    """How far one piece of background work is."""
    with create_app().app_context():
        job = _read(number)
        if follow and job.state not in FINISHED:
            job = _follow(job)
        click.echo(f"{job.kind}: {job.state}" + (f", {job.done} of {job.total}" if job.total else ""))
        if job.state == JobState.FAILED:
            raise click.ClickException(job.problem or "It failed.")


def _read(number: int) -> Job:
    db.session.rollback()
    db.session.expire_all()
    job = db.session.get(Job, number)
    if job is None:
        raise click.ClickException(f"There is no background work number {number}.")
    return job


def _follow(job: Job) -> Job:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn()) as bar:
        shown = bar.add_task(job.kind, total=job.total or None)
        while job.state not in FINISHED:
            time.sleep(0.5)
            job = _read(job.id)
            bar.update(shown, completed=job.done, total=job.total or None, description=job.words or job.kind)
    return job
