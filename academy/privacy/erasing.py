"""Erasing a person: who they were goes, what the law keeps stays under a number that leads to nobody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from academy import audit
from academy.accounts.models import RoleGrant, User
from academy.appending import ERASED
from academy.credentials.models import Award
from academy.db import db
from academy.privacy import queries
from academy.privacy.finding import children_first, mine, same_person, table_of
from academy.privacy.marks import words_may_go
from academy.privacy.models import DataExport, ErasureWish
from academy.privacy.rules import INVENTORY, Erase, Kept
from academy.storage import storage


def erase(user: User, now: datetime) -> None:
    """Forget who this person is. Their files go first: a file without its row would be found by nobody."""
    _erase_files(user.id)
    names = [text for text in (user.name, user.identity.email if user.identity else None) if text]
    for kept in INVENTORY:
        if kept.texts:
            _blank_words(kept, user.id, names, now)
    # What names no person in a column of its own, but shows a name to others.
    numbers = same_person(user.id)
    db.session.execute(update(Award).where(Award.user_id.in_(numbers)).values(show_name=False))
    live = and_(RoleGrant.user_id.in_(numbers), RoleGrant.revoked_at.is_(None))
    db.session.execute(update(RoleGrant).where(live).values(revoked_at=now))
    for kept in children_first():
        if kept.erase is Erase.DELETE:
            db.session.execute(delete(table_of(kept.table)).where(mine(kept, user.id)))
    standing = and_(ErasureWish.user_id == user.id, ErasureWish.cancelled_at.is_(None), ErasureWish.done_at.is_(None))
    db.session.execute(update(ErasureWish).where(standing).values(done_at=now))
    gone = {"erased_at": now, "leaving_at": None, "guardian_wanted_at": None, "text_size": "normal"}
    db.session.execute(update(User).where(User.id.in_(numbers)).values(gone))
    db.session.expire_all()
    audit.note("account erased", by=None, about=user.id, now=now)


def _erase_files(user_id: int) -> None:
    for public_id in db.session.scalars(select(DataExport.public_id).where(DataExport.user_id == user_id)):
        storage().delete(queries.export_key(public_id))


def _blank_words(kept: Kept, user_id: int, names: Sequence[str], now: datetime) -> None:
    """Blank what was written about this person, and what they wrote themselves where it names them."""
    table = table_of(kept.table)
    with words_may_go(kept.table, now):
        for text in kept.texts:
            column = table.c[text]
            wrote = or_(*(table.c[other] == user_id for other in kept.others)) if kept.others else None
            whose: ColumnElement[bool] = mine(kept, user_id)
            if wrote is not None and names:
                named = or_(*(func.lower(column).contains(name.lower(), autoescape=True) for name in names))
                whose = or_(whose, and_(wrote, named))
            db.session.execute(update(table).where(whose, column.is_not(None), column != "").values({text: ERASED}))
