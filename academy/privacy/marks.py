"""The marks under which append-only tables may forget: see academy/appending.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete

from academy.appending import BLANKING, DELETING
from academy.db import APPEND_ONLY, db
from academy.privacy.models import RetentionMark


@contextmanager
def rows_may_go(table: str, before: datetime) -> Iterator[None]:
    """Meanwhile rows of `table` older than `before` may be deleted. Inside a transaction, which ends the mark too."""
    with _marked(table, DELETING, before):
        yield


@contextmanager
def words_may_go(table: str, at: datetime) -> Iterator[None]:
    """Meanwhile what people wrote in `table` may be blanked."""
    with _marked(table, BLANKING, at):
        yield


@contextmanager
def _marked(table: str, act: str, before: datetime) -> Iterator[None]:
    if table not in APPEND_ONLY:
        yield
        return
    db.session.add(RetentionMark(name=table, act=act, before=before))
    db.session.flush()
    yield
    db.session.execute(delete(RetentionMark).where(RetentionMark.name == table, RetentionMark.act == act))
    db.session.expire_all()
