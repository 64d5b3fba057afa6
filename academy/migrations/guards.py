"""Append-only tables in migrations: the same guards that `academy.db.append_only` gives a model."""

from alembic import op

from academy.db import postgresql_guard, sqlite_guard_sql


def protect(table: str) -> None:
    """Let the database refuse to change or delete a row of `table`."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in postgresql_guard(table):
            op.execute(statement)
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(sqlite_guard_sql(table, act))


def unprotect(table: str) -> None:
    """Take the guards away again, before the table goes or is rebuilt."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'DROP TRIGGER "{table}_append_only" ON "{table}"')
        op.execute(f'DROP FUNCTION "{table}_refuse"()')
    else:
        for act in ("update", "delete"):
            op.execute(f'DROP TRIGGER "{table}_no_{act}"')
