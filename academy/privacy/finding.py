"""From the inventory to SQL: which rows of a table are one person's."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import ColumnElement, Table, and_, false, or_, select

from academy.db import db
from academy.ledger.rules import client_account, due_account, paid_account
from academy.privacy.rules import BY_TABLE, INVENTORY, Kept, Owner


def table_of(name: str) -> Table:
    """The table as the models describe it."""
    return db.metadata.tables[name]


def mine(kept: Kept, user_id: int) -> ColumnElement[bool]:
    """The rows of this table that are this person's."""
    return or_(false(), *(_owned(table_of(kept.table), owner, user_id) for owner in kept.owners))


def _owned(table: Table, owner: Owner, user_id: int) -> ColumnElement[bool]:
    column = table.c[owner.column]
    if not owner.parent:
        return column.in_(_account_names(user_id)) if table.name == "ledger_account" else column == user_id
    parent = table_of(owner.parent)
    theirs = mine(BY_TABLE[owner.parent], user_id)
    return column.in_(select(parent.c[owner.back or _key_of(parent)]).where(theirs))


def _key_of(table: Table) -> str:
    return str(next(iter(table.primary_key.columns)).key)


def _account_names(user_id: int) -> list[str]:
    return [client_account(user_id), due_account(user_id), paid_account(user_id)]


def acted_on(kept: Kept, user_id: int) -> ColumnElement[bool]:
    """The rows of this table on which this person acted, and which are somebody else's."""
    table = table_of(kept.table)
    return and_(or_(false(), *(table.c[name] == user_id for name in kept.others)), ~mine(kept, user_id))


@cache
def person_columns(table_name: str) -> frozenset[str]:
    """The columns of a table that hold a person's number."""
    return frozenset(
        column.name
        for column in table_of(table_name).columns
        if any(key.column.table.name == "user" for key in column.foreign_keys)
    ) | ({"id"} if table_name == "user" else set())


def children_first() -> Iterable[Kept]:
    """The inventory in an order in which rows can be deleted: nothing goes before what hangs on it."""
    order = [table.name for table in reversed(db.metadata.sorted_tables)]
    return sorted(INVENTORY, key=lambda kept: order.index(kept.table))
