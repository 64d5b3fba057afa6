"""Reading the record: a person sees their own."""

from sqlalchemy import select

from academy.accounts.models import User
from academy.db import Page, page_by_key
from academy.records.models import Record


def recent(viewer: User, *, after: str | None = None, size: int = 20) -> Page[Record]:
    """What happened to the viewer, newest first."""
    return page_by_key(select(Record).where(Record.user_id == viewer.id), Record.at, Record.id, after=after, size=size)
