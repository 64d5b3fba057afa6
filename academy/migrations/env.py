"""Alembic runs this inside an application context, on the application's own engine."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext

from academy.db import UtcDateTime, db


def _render(kind: str, thing: Any, autogen: AutogenContext) -> str | bool:
    """Our instant stands in a migration by its name, so that its meaning stays in one place."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        autogen.imports.add("from academy.db import UtcDateTime")
        return "UtcDateTime()"
    return False


with db.engine.connect() as connection:
    # One transaction for all steps: an upgrade that fails half way leaves the tables as they were.
    connection = connection.execution_options(academy_immediate=True)
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()
