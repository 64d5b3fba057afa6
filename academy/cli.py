"""The `academy` command. Each word is loaded when it is said: `academy grade` needs no settings and no database."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import click

from academy.version import __version__

if TYPE_CHECKING:
    from flask import Flask

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("academy.demo:demo", "Set up and serve a demo with people, a course, an exam and projects."),
    "run": ("academy.serving:run", "Serve the pages."),
    "worker": ("academy.worker:worker", "Do the background work."),
    "jobs": ("academy.job_commands:jobs", "Background work: what waits, and how far something is."),
    "db": ("academy.schema:db_group", "The tables: upgrade, downgrade, current, check."),
    "user": ("academy.accounts.commands:user", "People: add one, list them, give or take a role, make a new password."),
    "mail": ("academy.mail.commands:mail", "Letters: try one, see how many wait or failed."),
    "backup": ("academy.drill:backup", "Keep database, media and keys in one file; prove it with a drill."),
    "restore": ("academy.backup:restore", "Bring back what a backup kept."),
    "media": ("academy.media_commands:media", "Pictures: where they lie, whether all are there, move them elsewhere."),
    "grade": ("academy.grading.commands:grade", "Grade answers against gold, on any machine."),
    "gold": ("academy.annotation.exchange.commands:gold", "Gold labels: import and export."),
    "credential": ("academy.credentials.commands:credential", "Badges: check one that somebody shows you."),
}


def _open_app() -> "Flask":
    """The application, for rooms' commands (`@click.pass_obj`): they stand below it and can not import it."""
    app: Flask = import_module("academy.app").create_app()
    with app.app_context():
        import_module("academy.schema").settle_in()
    return app


class Words(click.Group):
    """A group whose commands live in their rooms."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="academy")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Labeler Academy: learn data labelling, prove it, be paid for it.

    Settings come from the environment; docs/running.md lists them.
    """
    ctx.obj = _open_app


if __name__ == "__main__":
    main()
