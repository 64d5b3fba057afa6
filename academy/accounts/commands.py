"""What `academy user` offers: making people and roles from the command line, for the first administrator above all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import choice

import click
from flask import Flask

from academy.accounts import managing, operations, queries, recovering, rules, scopes
from academy.accounts.forms import NAME_FAULTS, password_problem
from academy.accounts.models import User
from academy.accounts.queries import Sought
from academy.clock import now
from academy.config import settings
from academy.db import transaction
from academy.errors import AcademyError
from academy.factors.operations import forget_everything
from academy.permissions import EVERYWHERE, Role

OpenApp = Callable[[], Flask]
GIVEN = tuple(role.value for role in Role if role is not Role.LEARNER)
# Without the signs that are mistaken for each other when a password is read aloud or copied from a board.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@click.group("user")
def user() -> None:
    """People and their roles."""


@user.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice(GIVEN), help="A role to give; may be repeated.")
@click.option("--email", help="Where letters go.")
@click.option("--language", type=click.Choice(["ko", "en"]), help="The language of their pages.")
@click.password_option(help="Asked for when it is not given.")
@click.pass_obj
def add(
    open_app: OpenApp, name: str, roles: tuple[str, ...], email: str | None, language: str | None, password: str
) -> None:
    """Make an account for NAME."""
    with open_app().app_context():
        _add(name, roles, email, language, password)
    click.echo(f"{rules.tidy_name(name)} can sign in now.")


def _add(name: str, roles: tuple[str, ...], email: str | None, language: str | None, password: str) -> None:
    name_fault = rules.name_fault(name)
    problem = password_problem(password, name, email)
    if name_fault or problem:
        sentences = [str(NAME_FAULTS[name_fault])] if name_fault else []
        raise click.ClickException(" ".join([*sentences, *([problem] if problem else [])]))
    password_hash = operations.hashed(password)
    try:
        with transaction():
            person = operations.add_person(name, password_hash, email, language or settings().default_language, now())
            for role in roles:
                operations.grant_role(person, Role(role), None, now())
    except AcademyError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _changing(open_app: OpenApp) -> Iterator[None]:
    """Change people; what can not be done is said in one sentence."""
    try:
        with open_app().app_context(), transaction():
            yield
    except AcademyError as error:
        raise click.ClickException(str(error)) from error


@user.command("grant")
@click.argument("name")
@click.argument("role", type=click.Choice(GIVEN))
@click.option("--scope", default=EVERYWHERE, help='Where it counts: "centre:3", "project:7", "course:2". Default: all.')
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
@click.pass_obj
def grant(open_app: OpenApp, name: str, role: str, scope: str, revoke: bool) -> None:
    """Give NAME a ROLE, or take it away, which signs them out."""
    with _changing(open_app):
        if not revoke:
            scopes.check_place(Role(role), scope)
            if not scopes.exists(scope):
                raise click.ClickException(f"There is no {scope.replace(':', ' ')}.")
        change = operations.revoke_role if revoke else operations.grant_role
        change(_called(name), Role(role), None, now(), scope)
    where = f" at {scope}" if scope else ""
    click.echo(f"{name}: {role}{where} {'taken away' if revoke else 'given'}.")


@user.command("list")
@click.option("--search", default="", help="A part of the name or e-mail.")
@click.option(
    "--role", default="", type=click.Choice(["", *(role.value for role in Role)]), help="Who holds this role."
)
@click.option("--scope", help='Who holds a role there: "centre:3"; "" for everywhere.')
@click.option("--state", default="", type=click.Choice(["", "open", "closed"]), help="Open or closed accounts.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.pass_obj
def list_people(open_app: OpenApp, search: str, role: str, scope: str | None, state: str, limit: int) -> None:
    """Show people, newest first, with their roles."""
    with open_app().app_context():
        page = queries.people(Sought(search, role, scope, state), None, size=limit)
        for person in page.rows:
            held = sorted(grant.role.value + (f"@{grant.scope}" if grant.scope else "") for grant in person.grants)
            shut = "  closed" if person.closed_at else ""
            click.echo(f"{person.created_at:%Y-%m-%d}  {person.name}  ({', '.join(held) or 'learner'}){shut}")
    if page.next:
        click.echo(f"There are more; these are the newest {limit}.", err=True)


@user.command("reset-password")
@click.argument("name")
@click.pass_obj
def reset_password(open_app: OpenApp, name: str) -> None:
    """Give NAME a new password, shown once; every browser of theirs is signed out."""
    password = "-".join("".join(choice(SIGNS) for _ in range(4)) for _ in range(4))
    password_hash = operations.hashed(password)
    with open_app().app_context(), transaction():
        operations.set_password(_called(name), password_hash, None, now())
    click.echo(f"New password of {name}: {password}")


@user.command("reset-link")
@click.argument("name")
@click.pass_obj
def reset_link(open_app: OpenApp, name: str) -> None:
    """Make a link with which NAME chooses a new password: it works once, for a day. Be sure who asks you."""
    with _changing(open_app):
        address = recovering.print_reset(_called(name), None, now())
    click.echo(address)


@user.command("close")
@click.argument("name")
@click.option("--reopen", is_flag=True, help="Open it again instead.")
@click.pass_obj
def close(open_app: OpenApp, name: str, reopen: bool) -> None:
    """Let nobody into the account of NAME any more; nothing in it is deleted."""
    with _changing(open_app):
        (managing.reopen if reopen else managing.close)(_called(name), None, now())
    click.echo(f"The account of {name} is {'open again' if reopen else 'closed'}.")


@user.command("forget-second-step")
@click.argument("name")
@click.pass_obj
def forget_second_step(open_app: OpenApp, name: str) -> None:
    """Let NAME, who lost phone and recovery codes, begin anew: the password opens the account, and staff are led to set
    a second step up. Be sure who asks you."""
    with open_app().app_context(), transaction():
        person = _called(name)
        forget_everything(person.id, None, now())
        operations.end_sign_ins(person.id, now())
    click.echo(f"{name} has no second step any more.")


def _called(name: str) -> User:
    found = queries.user_called(name)
    if found is None:
        raise click.ClickException(f"Nobody is called {name}. `academy user list --search` finds people.")
    return found
