"""Old entries of the books, drawn together: what moved between whom stays, what it was for goes.

Balances are kept beside the postings and are not touched: for each pair of accounts the new entry moves exactly what
the old ones moved together, so the books balance before and after.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select

from academy.config import settings
from academy.db import db
from academy.ledger.models import Entry, Posting
from academy.ledger.rules import EntryKind, week_of
from academy.privacy.marks import rows_may_go

CARRIED = {"title": {"ko": "이전 기록의 합계", "en": "Sum of earlier years"}}


def draw_together(numbers: Sequence[int], before: datetime, now: datetime) -> Entry:
    """Put one entry in the place of these, all older than `before`. Inside a transaction."""
    sums = db.session.execute(
        select(Posting.source_id, Posting.target_id, func.sum(Posting.amount))
        .where(Posting.entry_id.in_(numbers))
        .group_by(Posting.source_id, Posting.target_id)
        .order_by(Posting.source_id, Posting.target_id)
    ).all()
    with rows_may_go("posting", before):
        db.session.execute(delete(Posting).where(Posting.entry_id.in_(numbers)))
    with rows_may_go("entry", before):
        db.session.execute(delete(Entry).where(Entry.id.in_(numbers)))
    entry = Entry(
        kind=EntryKind.CORRECTION, cause=f"carried:{min(numbers)}-{max(numbers)}", subject="carried", about=CARRIED,
        week=week_of(now, ZoneInfo(settings().timezone)), at=now,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    db.session.add_all(
        Posting(entry_id=entry.id, source_id=source, target_id=target, amount=int(amount))
        for source, target, amount in sums
    )
    db.session.flush()
    return entry
