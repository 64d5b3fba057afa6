"""Append-only tables in migrations: the same guards that `academy.db.append_only` gives a model."""

from alembic import op
from sqlalchemy import inspect

from academy.appending import NEVER, Forgetting, postgresql_guard, sqlite_guard


def protect(table: str, forgetting: Forgetting = NEVER) -> None:
    """Let the database refuse to change or delete a row of `table`, but for what it may forget."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for statement in postgresql_guard(table, forgetting):
            op.execute(statement)
    else:
        columns = tuple(column["name"] for column in inspect(bind).get_columns(table))
        for act in ("UPDATE", "DELETE"):
            op.execute(sqlite_guard(table, act, forgetting, columns))


def unprotect(table: str) -> None:
    """Take the guards away again, before the table goes or is rebuilt."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'DROP TRIGGER "{table}_append_only" ON "{table}"')
        op.execute(f'DROP FUNCTION "{table}_refuse"()')
    else:
        for act in ("update", "delete"):
            op.execute(f'DROP TRIGGER "{table}_no_{act}"')
