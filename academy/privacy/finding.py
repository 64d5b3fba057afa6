"""From the inventory to SQL: which rows of a table are somebody's."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, or_, select

from academy.accounts.models import User
from academy.db import db
from academy.ledger.rules import client_account, due_account, paid_account
from academy.privacy.rules import BY_TABLE, INVENTORY, Kept, Owner


def table_of(name: str) -> Table:
    """The table as the models describe it."""
    return db.metadata.tables[name]


def same_person(user_id: int) -> list[int]:
    """This account, and every account that was emptied into it."""
    merges, found = table_of("account_merge").c, [user_id]
    for number in found:
        found += db.session.scalars(select(merges.emptied_id).where(merges.kept_id == number))
    return found


def mine(kept: Kept, user_id: int) -> ColumnElement[bool]:
    """The rows of this table that are this person's."""
    numbers = same_person(user_id)
    accounts = [name for number in numbers for name in _account_names(number)]
    return _of(kept, select(User.id).where(User.id.in_(numbers)), accounts)


def of_people_erased(kept: Kept, before: datetime) -> ColumnElement[bool]:
    """The rows of this table that are somebody's who was erased before that moment."""
    return _of(kept, select(User.id).where(User.erased_at < before), [])


def _of(kept: Kept, people: Select[Any], accounts: list[str]) -> ColumnElement[bool]:
    return or_(false(), *(_owned(table_of(kept.table), owner, people, accounts) for owner in kept.owners))


def _owned(table: Table, owner: Owner, people: Select[Any], accounts: list[str]) -> ColumnElement[bool]:
    column = table.c[owner.column]
    if not owner.parent:
        return column.in_(accounts) if table.name == "ledger_account" else column.in_(people)
    parent = table_of(owner.parent)
    theirs = _of(BY_TABLE[owner.parent], people, accounts)
    return column.in_(select(parent.c[owner.back or key_of(parent).name]).where(theirs))


def key_of(table: Table) -> Any:
    """The first column of the primary key."""
    return next(iter(table.primary_key.columns))


def _account_names(user_id: int) -> list[str]:
    return [client_account(user_id), due_account(user_id), paid_account(user_id)]


def acted_on(kept: Kept, user_id: int) -> ColumnElement[bool]:
    """The rows of this table on which this person acted, and which are not their own."""
    table = table_of(kept.table)
    numbers = same_person(user_id)
    acted = or_(false(), *(table.c[name].in_(numbers) for name in kept.others))
    return and_(acted, ~mine(kept, user_id)) if kept.owners else acted


@cache
def person_columns(table_name: str) -> frozenset[str]:
    """The columns of a table that hold a person's number."""
    found = {
        column.name
        for column in table_of(table_name).columns
        if any(key.column.table.name == "user" for key in column.foreign_keys)
    }
    return frozenset(found | {"id"} if table_name == "user" else found)


def children_first() -> Iterable[Kept]:
    """The inventory in an order in which rows can be deleted: nothing goes before what hangs on it."""
    order = [table.name for table in reversed(db.metadata.sorted_tables)]
    return sorted(INVENTORY, key=lambda kept: order.index(kept.table))
