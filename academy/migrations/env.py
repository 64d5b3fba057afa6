"""Alembic runs this inside an application context, on the application's own engine."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from academy.db import BigKey, JsonColumn, UtcDateTime, db

OWN_TYPES: dict[str, type[Any]] = {"UtcDateTime()": UtcDateTime, "JsonColumn": type(JsonColumn), "BigKey": type(BigKey)}


def _render(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types stand in a migration by their names, so that what they mean stays in one place."""
    if kind == "type":
        for words, own in OWN_TYPES.items():
            if isinstance(thing, own):
                autogen.imports.add(f"from academy.db import {words.removesuffix('()')}")
                return words
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
