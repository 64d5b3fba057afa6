"""`academy mail`: whether letters leave the house."""

from collections.abc import Callable

import click
from flask import Flask

from academy.clock import now
from academy.config import settings
from academy.i18n import LANGUAGES
from academy.mail import queries, rules, transports
from academy.mail.addresses import new_letter_id
from academy.mail.kinds import TRIAL
from academy.mail.rules import Recipient
from academy.mail.words import problem_words
from academy.mail.writing import write

OpenApp = Callable[[], Flask]


@click.group("mail")
def mail() -> None:
    """Letters to people: try one, see how many wait or failed."""


@mail.command("try")
@click.argument("address")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.pass_obj
def try_one(open_app: OpenApp, address: str, language: str) -> None:
    """Send a letter to ADDRESS right now, past the queue, and say what the mail server answered."""
    if not rules.is_address(address):
        raise click.ClickException(f"{address!r} is no address that a letter can be sent to.")
    with open_app().app_context():
        if not settings().mail.works:
            raise click.ClickException("ACADEMY_MAIL is off, so no letter is sent. See docs/mail.md.")
        to = Recipient(None, address, language, "")
        written = write(TRIAL, to, {})
        content = {**written.as_dict(), "address": address, "name": ""}
        at = now()
        message = transports.compose(content, public_id=new_letter_id(), language=language, at=at)
        try:
            transports.hand_over(message, at)
        except transports.NotDelivered as error:
            raise click.ClickException(problem_words(str(error))) from error
        click.echo(f"The letter was handed over. It comes from {settings().mail_from}.")


@mail.command("state")
@click.pass_obj
def state(open_app: OpenApp) -> None:
    """How many letters wait, were delivered, or failed."""
    with open_app().app_context():
        for each, count in queries.letters_by_state().items():
            click.echo(f"{each.value:8} {count}")
