"""What is to be forgotten when its term has passed. Piece by piece, so that nobody waits for it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, select

from academy.config import settings
from academy.db import db, transaction
from academy.ledger.models import Entry
from academy.privacy import books, queries
from academy.privacy.finding import children_first, key_of, of_people_erased, table_of
from academy.privacy.marks import rows_may_go
from academy.privacy.models import DataExport
from academy.privacy.rules import Kept, Since
from academy.storage import storage

AT_ONCE = 500

AGES: Mapping[str, Callable[[Table], ColumnElement[Any]]] = {
    "sign_in": lambda table: func.coalesce(table.c.ended_at, table.c.expires_at),
    "one_use_link": lambda table: func.coalesce(table.c.used_at, table.c.expires_at),
    "letter": lambda table: table.c.finished_at,
    "job": lambda table: table.c.finished_at,
    "trial": lambda table: table.c.handed_in_at,
    "data_export": lambda table: table.c.asked_at,
    "audit_event": lambda table: table.c.at,
    "approval": lambda table: func.coalesce(table.c.decided_at, table.c.expires_at),
    "role_grant": lambda table: table.c.revoked_at,
}
"""From when the days of a row are counted, where they are counted from the row; what has no such moment yet stays."""

BOOKS = frozenset({"entry", "posting"})
"""These are not deleted but drawn together: see academy/privacy/books.py."""


def forget_what_is_old(now: datetime, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Delete every row whose term has passed; answers how many there were. Opens its own transactions."""
    terms = settings().retention
    rows = [kept for kept in children_first() if kept.term and kept.table not in BOOKS]
    gone = 0
    for done, kept in enumerate(rows):
        progress(done, len(rows))
        term = terms[kept.term]
        before = now - timedelta(days=term.days)
        gone += _forget(kept, _too_old(kept, term.since, before), before if term.since is Since.ROW else now)
    gone += _draw_books_together(now - timedelta(days=terms["ledger"].days), now)
    progress(len(rows), len(rows))
    return gone


def _too_old(kept: Kept, since: Since, before: datetime) -> ColumnElement[bool]:
    if since is Since.ERASURE:
        return of_people_erased(kept, before)
    table = table_of(kept.table)
    return and_(AGES[kept.table](table) < before)


def _forget(kept: Kept, too_old: ColumnElement[bool], mark: datetime) -> int:
    """Delete in pieces, each in a transaction of its own, under the mark that an append-only table asks for."""
    table, gone = table_of(kept.table), 0
    key = key_of(table)
    while True:
        with transaction():
            keys = db.session.scalars(select(key).where(too_old).order_by(key).limit(AT_ONCE)).all()
            if kept.table == "data_export":
                _delete_files(keys)
            with rows_may_go(kept.table, mark):
                db.session.execute(delete(table).where(key.in_(keys)))
        gone += len(keys)
        if len(keys) < AT_ONCE:
            return gone


def _delete_files(keys: Any) -> None:
    for public_id in db.session.scalars(select(DataExport.public_id).where(DataExport.id.in_(keys))):
        storage().delete(queries.export_key(public_id))


def _draw_books_together(before: datetime, now: datetime) -> int:
    """Once a month at most: what moved before this month, five years ago, becomes one entry."""
    month = before.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    gone = 0
    while True:
        with transaction():
            numbers = db.session.scalars(
                select(Entry.id).where(Entry.at < month).order_by(Entry.id).limit(AT_ONCE)
            ).all()
            if numbers:
                books.draw_together(numbers, month, now)
        gone += len(numbers)
        if len(numbers) < AT_ONCE:
            return gone
