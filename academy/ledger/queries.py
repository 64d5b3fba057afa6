"""Reading the books: balances, one person's statement, and whether everything adds up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager

from academy.db import Page, db, page_by_key
from academy.ledger.models import Entry, LedgerAccount, Posting, Turnover
from academy.ledger.rules import AccountKind, EntryKind, due_account, paid_account

WEEKS_SHOWN = 8
EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class SubjectSum:
    """What one project (or other source) has brought a person so far."""

    subject: str
    about: dict[str, Any]
    amount: int
    pieces: int


@dataclass(frozen=True, slots=True)
class WeekSum:
    week: date
    earned: int
    paid_out: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """One person's money: what is due now, what was paid out, and both together."""

    due: int
    paid: int
    projects: tuple[SubjectSum, ...]
    weeks: tuple[WeekSum, ...]

    @property
    def earned(self) -> int:
        return self.due + self.paid


@dataclass(frozen=True, slots=True)
class StatementLine:
    id: int
    kind: EntryKind
    amount: int
    subject: str
    about: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Books:
    """Whether the books add up: each number is a count of what is wrong."""

    total: int
    wrong_balances: int
    wrong_entries: int

    @property
    def right(self) -> bool:
        return not (self.total or self.wrong_balances or self.wrong_entries)


def balance(name: str) -> int:
    """What stands on an account; an account that nobody used yet holds nothing."""
    return db.session.scalar(select(LedgerAccount.balance).where(LedgerAccount.name == name)) or 0


def balances(names: list[str]) -> dict[str, int]:
    found = db.session.execute(select(LedgerAccount.name, LedgerAccount.balance).where(LedgerAccount.name.in_(names)))
    return dict.fromkeys(names, 0) | dict(found.all())


def earnings_of(user_id: int) -> Earnings:
    """What this person earned, by project and by week."""
    held = balances([due_account(user_id), paid_account(user_id)])
    return Earnings(
        due=held[due_account(user_id)],
        paid=held[paid_account(user_id)],
        projects=_by_subject(user_id),
        weeks=tuple(weeks_of(user_id, limit=WEEKS_SHOWN)),
    )


def _turnover_of(user_id: int, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Turnover)
        .join(LedgerAccount, LedgerAccount.id == Turnover.account_id)
        .where(LedgerAccount.name == due_account(user_id))
    )


def pieces_of(user_id: int, subject: str) -> int:
    """How often a person was paid for one subject: from the weekly sums, so a hundred thousand are counted at once."""
    query = _turnover_of(user_id, func.sum(Turnover.pieces)).where(Turnover.subject == subject, Turnover.came_in > 0)
    return int(db.session.scalar(query) or 0)


def _by_subject(user_id: int) -> tuple[SubjectSum, ...]:
    rows = db.session.execute(
        _turnover_of(
            user_id,
            Turnover.subject,
            func.sum(Turnover.came_in),
            func.sum(Turnover.pieces),
            func.max(Turnover.id),
        )
        .where(Turnover.came_in > 0)
        .group_by(Turnover.subject)
        .order_by(func.max(Turnover.id).desc())
    ).all()
    newest = {row[3] for row in rows}
    texts = dict(
        db.session.execute(select(Turnover.id, Turnover.about).where(Turnover.id.in_(newest))).all() if newest else []
    )
    return tuple(SubjectSum(row[0], texts[row[3]], int(row[1]), int(row[2])) for row in rows)


def weeks_of(user_id: int, *, limit: int = WEEKS_SHOWN) -> list[WeekSum]:
    """The statement per week, newest first."""
    query = (
        _turnover_of(
            user_id,
            Turnover.week,
            func.sum(Turnover.came_in),
            func.sum(Turnover.went_out),
            func.sum(Turnover.pieces),
        )
        .group_by(Turnover.week)
        .order_by(Turnover.week.desc())
        .limit(limit)
    )
    return [WeekSum(row[0], int(row[1]), int(row[2]), int(row[3])) for row in db.session.execute(query)]


def _own_postings(account_id: int, week: date | None) -> Select[Posting]:
    own = or_(Posting.target_id == account_id, Posting.source_id == account_id)
    query = select(Posting).join(Posting.entry).options(contains_eager(Posting.entry)).where(own)
    return query if week is None else query.where(Entry.week == week)


def _due_account_id(user_id: int) -> int:
    return db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.name == due_account(user_id))) or 0


def statement(user_id: int, *, after: str | None, week: date | None = None) -> Page[StatementLine]:
    """Every line of one person's account, newest first."""
    account_id = _due_account_id(user_id)
    page = page_by_key(_own_postings(account_id, week), Posting.id, after=after)
    return Page(_lines(account_id, page.rows), page.next)


def _lines(account_id: int, postings: Any) -> list[StatementLine]:
    lines = []
    for posting in postings:
        entry = posting.entry
        amount = posting.amount if posting.target_id == account_id else -posting.amount
        lines.append(StatementLine(posting.id, entry.kind, amount, entry.subject, entry.about, entry.at))
    return lines


def whole_statement(user_id: int, week: date | None) -> Iterator[StatementLine]:
    """All lines, newest first, read in pieces so that a long one does not fill the memory."""
    account_id = _due_account_id(user_id)
    after: str | None = None
    while True:
        page = page_by_key(_own_postings(account_id, week), Posting.id, after=after, size=EXPORT_CHUNK)
        yield from _lines(account_id, page.rows)
        after = page.next
        if after is None:
            return


def check_books() -> Books:
    """Add everything up again from the postings; for the operator's check and the tests."""
    moved_in = select(Posting.target_id.label("account"), func.sum(Posting.amount).label("amount")).group_by(
        Posting.target_id
    )
    moved_out = select(Posting.source_id.label("account"), func.sum(Posting.amount).label("amount")).group_by(
        Posting.source_id
    )
    came = {row.account: int(row.amount) for row in db.session.execute(moved_in)}
    went = {row.account: int(row.amount) for row in db.session.execute(moved_out)}
    accounts = db.session.scalars(select(LedgerAccount)).all()
    wrong = sum(account.balance != came.get(account.id, 0) - went.get(account.id, 0) for account in accounts)
    overdrawn = sum(account.balance < 0 and account.kind is not AccountKind.HOUSE for account in accounts)
    empty = db.session.scalar(
        select(func.count()).select_from(Entry).where(~select(Posting.id).where(Posting.entry_id == Entry.id).exists())
    )
    return Books(sum(account.balance for account in accounts), wrong + overdrawn, empty or 0)
