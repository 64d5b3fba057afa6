"""People on the command line: how the first administrator comes into the house."""

import secrets
import sys
from collections.abc import Callable

import click
from flask import Flask
from sqlalchemy import select

from academy.accounts import operations
from academy.accounts.models import Identity, User
from academy.accounts.rules import PASSWORD_LENGTH, name_key
from academy.clock import now
from academy.db import db, transaction
from academy.errors import AcademyError
from academy.permissions import Role

OpenApp = Callable[[], Flask]
ROLES = click.Choice([role.value for role in Role if role is not Role.LEARNER])


@click.group("user")
def user() -> None:
    """People: add one, give or take a role, set a password."""


def _person(name: str) -> User:
    found = db.session.scalars(select(User).join(Identity).where(Identity.name_key == name_key(name))).one_or_none()
    if found is None:
        raise click.ClickException(f"Nobody is called {name!r}.")
    return found


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password typed in, or a new one (and whether it is new)."""
    if not from_stdin:
        return secrets.token_urlsafe(12), True
    password = sys.stdin.readline().rstrip("\n")
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise click.ClickException(f"A password has {shortest} to {longest} characters.")
    return password, False


@user.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=ROLES, help="May be said more than once.")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else one is made.")
@click.pass_obj
def add(open_app: OpenApp, name: str, roles: tuple[str, ...], language: str, password_stdin: bool) -> None:
    """Let NAME in."""
    password, made = _password(password_stdin)
    with open_app().app_context():
        try:
            with transaction():
                person = operations.sign_up(name, password, None, language, now())
                for role in roles:
                    operations.grant_role(person, Role(role), None, now())
        except AcademyError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{name} can sign in." + (f" Password: {password}" if made else ""))


@user.command("grant")
@click.argument("name")
@click.argument("role", type=ROLES)
@click.pass_obj
def grant(open_app: OpenApp, name: str, role: str) -> None:
    """Give NAME a role."""
    with open_app().app_context(), transaction():
        operations.grant_role(_person(name), Role(role), None, now())
    click.echo(f"{name} is now {role}.")


@user.command("revoke")
@click.argument("name")
@click.argument("role", type=ROLES)
@click.pass_obj
def revoke(open_app: OpenApp, name: str, role: str) -> None:
    """Take a role from NAME, who is signed out everywhere."""
    with open_app().app_context(), transaction():
        operations.revoke_role(_person(name), Role(role), None, now())
    click.echo(f"{name} is no longer {role}.")


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else one is made.")
@click.pass_obj
def set_password(open_app: OpenApp, name: str, password_stdin: bool) -> None:
    """Give NAME a new password; they are signed out everywhere."""
    new, made = _password(password_stdin)
    with open_app().app_context(), transaction():
        operations.change_password(_person(name), new, now())
    click.echo(f"{name} has a new password." + (f" It is: {new}" if made else ""))
