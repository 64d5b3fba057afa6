"""Writing down what happened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from academy.db import db
from academy.records.models import Record


def note(user_id: int, kind: str, subject: str, data: Mapping[str, Any], now: datetime) -> Record:
    """One thing that happened to a person, in the transaction that made it happen."""
    record = Record(user_id=user_id, kind=kind, subject=subject, data=dict(data), at=now)
    db.session.add(record)
    db.session.flush()
    return record
