"""Changes by hand are written down with what was before, so that each can be taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from academy import audit
from academy.annotation.changing import Change, SecondLook
from academy.db import db

__all__ = ["Change", "SecondLook", "record"]


def record(
    subject: str, act: str, before: Sequence[Any], after: Sequence[Any], by_id: int, now: datetime
) -> Change | None:
    """Write down one change of `subject` (see changing.Change) and audit it; None when nothing differs."""
    if list(before) == list(after):
        return None
    change = Change(subject=subject, act=act, before=list(before), after=list(after), by_id=by_id, at=now)
    db.session.add(change)
    db.session.flush()
    audit.note(act, by=by_id, subject=subject, detail={"change": change.id}, now=now)
    return change
