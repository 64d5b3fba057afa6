"""Entering what happened to money. A cause is entered once; a retry finds the entry and moves nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy.config import settings
from academy.db import db, guarded
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.ledger.models import Entry, LedgerAccount, Posting, Turnover
from academy.ledger.rules import EntryKind, Line, Move, kind_of, moves, week_of


class NotEnoughMoney(Refused):
    """An account would fall below zero; only the house may owe."""

    code = "not-enough-money"


class CauseTaken(Conflict):
    """The same cause was entered with other amounts: a mistake of ours, never paid."""

    code = "cause-taken"


def post(
    kind: EntryKind,
    cause: str,
    lines: Iterable[Line],
    now: datetime,
    *,
    subject: str = "",
    about: Mapping[str, Any] | None = None,
) -> Entry:
    """Enter once what `cause` moved; `lines` are account names with won, what is taken being negative.

    `subject` groups a statement ("project:7"); `about` keeps what a person reads there later, as it was that day.
    """
    wanted = moves(lines)
    standing = _entry_of(cause)
    if standing is None:
        entry = _enter(kind, cause, wanted, now, subject, dict(about or {}))
        if entry is not None:
            return entry
        standing = _entry_of(cause)
    if standing is None or standing.kind != kind or _moves_of(standing) != sorted_moves(wanted):
        raise CauseTaken(_l("This was already entered in the books with other amounts."))
    return standing


def _entry_of(cause: str) -> Entry | None:
    return db.session.scalars(select(Entry).where(Entry.cause == cause)).one_or_none()


def _enter(
    kind: EntryKind, cause: str, wanted: tuple[Move, ...], now: datetime, subject: str, about: dict[str, Any]
) -> Entry | None:
    """The new entry, or None when a rival entered the same cause in this very moment."""
    week = week_of(now, ZoneInfo(settings().timezone))
    try:
        with db.session.begin_nested():
            entry = Entry(kind=kind, cause=cause, subject=subject, about=about, week=week, at=now)
            db.session.add(entry)
            db.session.flush()
            _carry_out(entry, wanted)
            return entry
    except IntegrityError:
        if _entry_of(cause) is None:
            raise
        return None


def _carry_out(entry: Entry, wanted: tuple[Move, ...]) -> None:
    accounts = _accounts(sorted({name for move in wanted for name in (move.source, move.target)}))
    _change_balances(wanted, accounts)
    db.session.add_all(
        Posting(entry_id=entry.id, source_id=accounts[m.source].id, target_id=accounts[m.target].id, amount=m.amount)
        for m in wanted
    )
    for name, account in sorted(accounts.items()):
        came_in = sum(move.amount for move in wanted if move.target == name)
        went_out = sum(move.amount for move in wanted if move.source == name)
        _turn_over(account, entry, came_in, went_out)
    db.session.flush()


def _accounts(names: list[str]) -> dict[str, LedgerAccount]:
    found = {
        account.name: account
        for account in db.session.scalars(select(LedgerAccount).where(LedgerAccount.name.in_(names)))
    }
    for name in names:
        if name not in found:
            found[name] = _open_account(name)
    return found


def _open_account(name: str) -> LedgerAccount:
    kind = kind_of(name)
    try:
        with db.session.begin_nested():
            account = LedgerAccount(name=name, kind=kind, may_owe=kind.may_owe, balance=0)
            db.session.add(account)
            db.session.flush()
            return account
    except IntegrityError:
        return db.session.scalars(select(LedgerAccount).where(LedgerAccount.name == name)).one()


def _change_balances(wanted: tuple[Move, ...], accounts: dict[str, LedgerAccount]) -> None:
    """Move the running balances, always in the same order so that two payments never wait for each other."""
    change: dict[str, int] = {}
    for move in wanted:
        change[move.source] = change.get(move.source, 0) - move.amount
        change[move.target] = change.get(move.target, 0) + move.amount
    for name in sorted(change, key=lambda name: accounts[name].id):
        account = accounts[name]
        statement = update(LedgerAccount).where(LedgerAccount.id == account.id)
        if not account.may_owe:
            statement = statement.where(LedgerAccount.balance + change[name] >= 0)
        if guarded(statement.values(balance=LedgerAccount.balance + change[name])) == 0:
            raise NotEnoughMoney(_l("There is not enough money on the account for this."))


def _turn_over(account: LedgerAccount, entry: Entry, came_in: int, went_out: int) -> None:
    """Add to the week's sums. The account's row is already held, so two entries never race here."""
    changed = guarded(
        update(Turnover)
        .where(Turnover.account_id == account.id, Turnover.week == entry.week, Turnover.subject == entry.subject)
        .values(came_in=Turnover.came_in + came_in, went_out=Turnover.went_out + went_out, pieces=Turnover.pieces + 1)
    )
    if changed == 0:
        row = Turnover(
            account_id=account.id, week=entry.week, subject=entry.subject, about=entry.about,
            came_in=came_in, went_out=went_out, pieces=1,
        )  # fmt: skip
        db.session.add(row)


def _moves_of(entry: Entry) -> list[Move]:
    names = dict(
        db.session.execute(
            select(LedgerAccount.id, LedgerAccount.name).where(
                LedgerAccount.id.in_([number for p in entry.postings for number in (p.source_id, p.target_id)])
            )
        ).all()
    )
    return sorted_moves(Move(names[p.source_id], names[p.target_id], p.amount) for p in entry.postings)


def sorted_moves(some: Iterable[Move]) -> list[Move]:
    return sorted(some, key=lambda move: (move.source, move.target, move.amount))
