"""Media on the command line: where they lie, and how they move from a folder to a bucket or back."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from academy.backup import storage_of
from academy.config import Settings, read_settings
from academy.object_storage import open_storage, read_bucket
from academy.storage import Storage, Stored

FOLDER = "folder"


@click.group("media")
def media() -> None:
    """Pictures and other media: where they lie, and how to move them."""


@media.command("list")
def list_media() -> None:
    """Where media lie, how many there are and how large."""
    storage = storage_of(read_settings())
    count = size = 0
    for found in storage.list():
        count, size = count + 1, size + found.size
    click.echo(f"{storage}: {count:,} files, {size:,} bytes.")


@media.command("move")
@click.argument("target")
@click.option("--delete", is_flag=True, help="Delete each file here once it was read back over there.")
def move(target: str, delete: bool) -> None:
    """Copy all media to TARGET: `folder`, or a bucket as ACADEMY_STORAGE names it.

    People may go on working. Afterwards set ACADEMY_STORAGE to TARGET, start again, and run this once more with the
    old ACADEMY_STORAGE for what came in between: what is over there already is not copied twice.
    """
    chosen = read_settings()
    here, there = storage_of(chosen), _named(target, chosen)
    if str(here) == str(there):
        raise click.ClickException(f"Media already lie in {here}.")
    there.check()
    waiting = list(here.list())
    copied = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown = bar.add_task("media", total=len(waiting))
        for key, was_new in copy_all(here, there, waiting):
            copied += was_new
            if delete:
                here.delete(key)
            bar.advance(shown)
    known = len(waiting) - copied
    click.echo(f"{copied:,} files copied from {here} to {there} and read back; {known:,} were there already.")
    if not delete:
        click.echo(f"Next: set ACADEMY_STORAGE={'' if target == FOLDER else target} and start again.")


def _named(target: str, chosen: Settings) -> Storage:
    if target != FOLDER:
        try:
            read_bucket(target)
        except ValueError as error:
            raise click.BadParameter(f"say `folder` or a bucket: {error}") from error
    return open_storage(None if target == FOLDER else target, Path(chosen.media_dir), 0)


def copy_all(here: Storage, there: Storage, entries: list[Stored]) -> Iterator[tuple[str, bool]]:
    """Copy what is not over there yet, the same or not; each file is read back before it counts."""
    known = {found.key: found.size for found in there.list()}
    for found in entries:
        data = here.get(found.key)
        new = known.get(found.key) != len(data) or there.get(found.key) != data
        if new:
            there.put(found.key, data)
            if there.get(found.key) != data:
                raise click.ClickException(f"{found.key} is not over there as it is here.")
        yield found.key, new
