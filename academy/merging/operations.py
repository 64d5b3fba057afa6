"""Making two accounts of one person one. What moves, what is copied and what stays, the inventory of privacy says."""

from datetime import datetime
from secrets import token_hex
from typing import Any

import structlog
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Mapper

from academy import audit
from academy.accounts import notices
from academy.accounts import operations as accounts
from academy.accounts.mailing import recipient_of
from academy.accounts.models import User
from academy.db import db
from academy.errors import Conflict
from academy.i18n import _l
from academy.ledger.operations import post
from academy.ledger.queries import balance
from academy.ledger.rules import EntryKind
from academy.merging import queries
from academy.merging.models import AccountMerge
from academy.privacy.erasing import erase
from academy.privacy.finding import table_of
from academy.privacy.rules import Kept, Merge
from academy.records.models import Record
from courses.learning import operations as learning
from courses.learning.models import Enrolment
from courses.practice import operations as practice
from courses.practice.models import Attempt

log = structlog.get_logger("security")


class InTheWay(Conflict):
    """Something has to be settled before the two can become one."""

    code = "in-the-way"


def merge(emptied_id: int, kept_id: int, now: datetime) -> AccountMerge:
    """All of one account becomes the other's; who the emptied one was is forgotten, and its name is free again.

    Nothing brings it back, so both have been proved and the person said so twice before this is called.
    """
    held = queries.both_held(emptied_id, kept_id)
    emptied, kept = held.get(emptied_id), held.get(kept_id)
    gone = [user for user in (emptied, kept) if user is None or user.erased_at or user.closed_at]
    if emptied is None or kept is None or gone or queries.in_the_way(emptied, kept):
        raise InTheWay(_l("These two accounts can not become one just now. Look at the page again."))
    moved = {row.table: _move(row, emptied.id, kept.id) for row in queries.to(Merge.MOVE)}
    moved |= _copy(emptied.id, kept.id)
    _finish_courses(emptied.id, kept.id)
    practice.settle(kept.id, now)
    learning.settle(kept.id, now)
    done = AccountMerge(emptied_id=emptied.id, kept_id=kept.id, moved=moved, at=now)
    db.session.add(done)
    db.session.flush()
    _move_money(done, now)
    _tell(emptied, kept, now)
    accounts.end_sign_ins(emptied.id, now)
    subject, detail = f"merge:{done.id}", {"rows": sum(moved.values())}
    audit.note("accounts merged", by=kept.id, about=kept.id, subject=subject, detail=detail, now=now)
    log.info("accounts-merged", person=kept.public_id, emptied=emptied.public_id)
    erase(emptied, now)
    return done


def _tell(emptied: User, kept: User, now: datetime) -> None:
    """Both addresses hear of it. The letters belong to the account that stays: of the other nothing will be left."""
    notices.account_merged(kept, None, now)
    other, own = recipient_of(emptied), recipient_of(kept)
    if other is not None and (own is None or other.address != own.address):
        notices.account_merged(kept, other.address, now)


def _move(row: Kept, emptied_id: int, kept_id: int) -> int:
    """Rows change hands, but for those of which the account that stays has the same."""
    table, owner = table_of(row.table), queries.owner_of(row).column
    theirs = update(table).where(queries.held_by(row, emptied_id), ~queries.already_there(row, kept_id))
    result = db.session.execute(theirs.values({owner: kept_id}))
    db.session.expire_all()
    return int(result.rowcount)  # type: ignore[attr-defined]


def _finish_courses(emptied_id: int, kept_id: int) -> None:
    """A course that both began is finished if either of them finished it, at the earlier moment."""
    theirs = db.session.scalars(select(Enrolment).where(Enrolment.user_id == emptied_id))
    finished = {each.course_id: each.completed_at for each in theirs if each.completed_at is not None}
    begun = select(Enrolment).where(Enrolment.user_id == kept_id, Enrolment.course_id.in_(finished))
    for enrolment in db.session.scalars(begun):
        at = finished[enrolment.course_id]
        enrolment.completed_at = at if enrolment.completed_at is None else min(enrolment.completed_at, at)
    db.session.flush()


def _copy(emptied_id: int, kept_id: int) -> dict[str, int]:
    """Rows that can not be changed are written once more for the account that stays."""
    tries = _copy_attempts(emptied_id, kept_id)
    records = _copy_records(emptied_id, kept_id, tries)
    return {"attempt": len(tries), "record": records}


def _copy_attempts(emptied_id: int, kept_id: int) -> dict[int, int]:
    """Tries at pictures, numbered on behind those the account that stays has; the number of each old one's copy."""
    highest = dict(
        db.session.execute(
            select(Attempt.task_id, func.max(Attempt.number)).where(Attempt.learner_id == kept_id)
            .group_by(Attempt.task_id)
        ).all()
    )  # fmt: skip
    table = Attempt.__table__
    copies: dict[int, int] = {}
    for old in _rows(Attempt.__mapper__, table.c.learner_id == emptied_id):
        new = {
            **_values(old),
            "learner_id": kept_id,
            "number": old.number + highest.get(old.task_id, 0),
            "idempotency_key": f"merged-{token_hex(16)}",
        }
        copies[old.id] = _insert(table, new)
    return copies


def _copy_records(emptied_id: int, kept_id: int, tries: dict[int, int]) -> int:
    """What happened; where it speaks of a try, it speaks of the copy from now on."""
    table, number = Record.__table__, 0
    for old in _rows(Record.__mapper__, table.c.user_id == emptied_id):
        data = dict(old.data)
        if data.get("attempt") in tries:
            data["attempt"] = tries[data["attempt"]]
        _insert(table, {**_values(old), "user_id": kept_id, "data": data})
        number += 1
    return number


def _rows(mapper: Mapper[Any], condition: Any) -> list[Row[Any]]:
    table = mapper.local_table
    return list(db.session.execute(select(table).where(condition).order_by(table.c.id)).all())


def _values(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "id"}


def _insert(table: Any, values: dict[str, Any]) -> int:
    return int(db.session.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def _move_money(done: AccountMerge, now: datetime) -> None:
    """What is still owed goes along, as an entry that balances. What was paid stays where it was paid: the books of a
    past year do not change."""
    for account in queries.MOVED_MONEY:
        source, target = account(done.emptied_id), account(done.kept_id)
        amount = balance(source)
        if amount:
            post(
                EntryKind.CORRECTION,
                f"merge:{done.id}:{account.__name__}",
                [(source, -amount), (target, amount)],
                now,
                subject=f"merge:{done.id}",
                about={"title": {"ko": "다른 내 계정에서 옮김", "en": "From my other account"}},
            )
