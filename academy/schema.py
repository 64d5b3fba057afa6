"""The tables of the current application and how they are brought up to date: Alembic, without an ini file."""

from pathlib import Path

import click
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from academy import migrations
from academy.app import create_app
from academy.db import db


class TablesNotReady(SystemExit):
    """The database has not the tables this version needs; the sentence says what to do."""


def config() -> Config:
    """Alembic's settings; its scripts lie beside this module, in a checkout and in the wheel."""
    found = Config()
    found.set_main_option("script_location", str(Path(migrations.__path__[0])).replace("%", "%%"))
    found.set_main_option("path_separator", "newline")
    return found


def newest() -> str | None:
    """The revision this version of the code needs."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current() -> str | None:
    """The revision the database is at."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def must_be_current() -> None:
    """Stop with a sentence unless the tables are those of this version."""
    at = current()
    if at != newest():
        state = f"at revision {at}" if at else "still empty"
        raise TablesNotReady(f"The database is {state}, this version needs {newest()}. Run: academy db upgrade")


def settle_in() -> None:
    """What a command needs before it reads or writes: the embedded database makes its tables at its first use.

    A database that holds something, or is served by PostgreSQL, is only ever changed by `academy db upgrade`.
    """
    if db.engine.dialect.name == "sqlite" and not inspect(db.engine).get_table_names():
        upgrade()
    must_be_current()


def upgrade(revision: str = "head") -> None:
    command.upgrade(config(), revision)


def downgrade(revision: str) -> None:
    command.downgrade(config(), revision)


def differences() -> list[str]:
    """Where the tables and the models disagree; nothing, if every change of a model has its migration."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return [str(difference) for difference in compare_metadata(context, db.metadata)]


@click.group("db")
def db_group() -> None:
    """The tables: bring them up to date, look at them."""


@db_group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the tables up to REVISION (the newest by default). Make a backup first."""
    with create_app().app_context():
        upgrade(revision)
        click.echo(f"The tables are at revision {current()}.")


@db_group.command("downgrade")
@click.argument("revision")
def downgrade_command(revision: str) -> None:
    """Take the tables back to REVISION (-1: one step). What newer columns hold is lost; make a backup first."""
    with create_app().app_context():
        downgrade(revision)
        click.echo(f"The tables are at revision {current() or 'nothing'}.")


@db_group.command("current")
def current_command() -> None:
    """Say which revision the tables are at."""
    with create_app().app_context():
        at = current()
        click.echo(f"{at or 'no tables'}{' (the newest)' if at == newest() else f'; the newest is {newest()}'}")


@db_group.command("check")
def check_command() -> None:
    """Compare the tables with the models; fails if they differ."""
    with create_app().app_context():
        found = differences()
        if found:
            raise click.ClickException("The tables differ from the models:\n" + "\n".join(found))
        click.echo("The tables are what the models say.")


@db_group.command("revision")
@click.argument("words")
def revision_command(words: str) -> None:
    """Write a migration from what changed in the models (for developers); read it before you commit it."""
    with create_app().app_context():
        command.revision(config(), message=words, autogenerate=True)
