"""The migrations make exactly the tables that the models describe, and can be taken back, with rows in them."""

from typing import Any

import pytest
from sqlalchemy import MetaData, inspect, text

from academy import schema
from academy.clock import now
from academy.db import APPEND_ONLY, Base, db, transaction
from academy.demo import load_starters
from tests.engines import both_engines


@pytest.fixture
def empty(app):
    """The application on a database without any table."""
    db.session.remove()
    everything = MetaData()
    everything.reflect(db.engine)
    for table in sorted(set(everything.tables) & APPEND_ONLY):
        with db.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f'DROP TRIGGER "{table}_append_only" ON "{table}"'))
                connection.execute(text(f'DROP FUNCTION "{table}_refuse"()'))
    with db.engine.begin() as connection:
        everything.drop_all(connection)
    return app


def described() -> dict[str, Any]:
    """Every table with its columns, keys, checks, indexes and triggers, as the database tells them."""
    look = inspect(db.engine)
    tables: dict[str, Any] = {}
    for name in look.get_table_names():
        if name == "alembic_version":
            continue
        tables[name] = {
            "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in look.get_columns(name)},
            "primary": look.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted(
                (key["constrained_columns"], key["referred_table"]) for key in look.get_foreign_keys(name)
            ),
            "unique": sorted(str(unique["name"]) for unique in look.get_unique_constraints(name)),
            "checks": sorted((str(check["name"]), check["sqltext"]) for check in look.get_check_constraints(name)),
            "indexes": sorted(index_words(index) for index in look.get_indexes(name)),
        }
    triggers = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname || pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal",
    }
    with db.engine.connect() as connection:
        tables["triggers"] = sorted(connection.execute(text(triggers[connection.dialect.name])).scalars())
    return tables


def index_words(index: Any) -> str:
    conditions = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index.get('expressions')} {index['unique']} {conditions}"


@both_engines
def test_the_migrations_make_the_tables_of_the_models(empty):
    schema.upgrade()
    by_migrations = described()
    assert schema.differences() == []
    schema.downgrade("base")
    assert described() == {"triggers": []}
    Base.metadata.create_all(db.engine)
    assert described() == by_migrations


@both_engines
def test_every_step_can_be_taken_back_with_rows_in_the_tables(empty):
    schema.upgrade()
    with transaction():
        load_starters(now())
    db.session.remove()
    while schema.current():
        schema.downgrade("-1")
    schema.upgrade()
    assert schema.current() == schema.newest()
    assert schema.differences() == []


def test_a_difference_is_told(app):
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE job ADD COLUMN surprise TEXT"))
    assert any("surprise" in difference for difference in schema.differences())


def test_the_server_does_not_start_on_other_tables(empty):
    with pytest.raises(schema.TablesNotReady, match="academy db upgrade"):
        schema.must_be_current()
    schema.upgrade()
    schema.must_be_current()


@both_engines
def test_only_an_empty_embedded_database_makes_its_tables_by_itself(empty):
    if db.engine.dialect.name == "sqlite":
        schema.settle_in()
        schema.must_be_current()
        schema.downgrade("-1")
    with pytest.raises(schema.TablesNotReady, match="academy db upgrade"):
        schema.settle_in()
