"""Accounts, entries and the won they move."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.appending import Forgetting
from academy.db import Base, JsonDict, append_only, enum_column, pk
from academy.ledger.rules import AccountKind, EntryKind


class LedgerAccount(Base):
    """A purse with its running balance; the balance only moves together with a posting."""

    __table_args__ = (CheckConstraint("balance >= 0 OR may_owe", name="not_overdrawn"),)

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[AccountKind] = enum_column(AccountKind)
    may_owe: Mapped[bool]
    balance: Mapped[int] = mapped_column(default=0)


@append_only
class Entry(Base):
    """One thing that happened to money. Its cause is unique, so it happens once."""

    __forgetting__ = Forgetting("OLD.at")

    id: Mapped[pk]
    kind: Mapped[EntryKind] = enum_column(EntryKind)
    cause: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(index=True)
    about: Mapped[JsonDict]
    week: Mapped[date]
    at: Mapped[datetime]

    postings: Mapped[list["Posting"]] = relationship(back_populates="entry", order_by="Posting.id")


@append_only
class Posting(Base):
    """Won that left one account for another: two sides in one row, so the books always balance."""

    __forgetting__ = Forgetting("(SELECT entry.at FROM entry WHERE entry.id = OLD.entry_id)")

    __table_args__ = (
        CheckConstraint("amount > 0", name="moves_something"),
        CheckConstraint("source_id <> target_id", name="two_accounts"),
        UniqueConstraint("entry_id", "source_id", "target_id"),
        Index("ix_posting_source", "source_id", "id"),
        Index("ix_posting_target", "target_id", "id"),
    )

    id: Mapped[pk]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int]

    entry: Mapped[Entry] = relationship(back_populates="postings")


class Turnover(Base):
    """What came into and went out of an account in one week for one subject.

    Kept by the same transaction as the postings: a person with a hundred thousand postings
    still has a statement of a few rows.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "week", "subject"),
        CheckConstraint("came_in >= 0 AND went_out >= 0 AND pieces >= 0", name="counts_up"),
    )

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    week: Mapped[date]
    subject: Mapped[str]
    about: Mapped[JsonDict]
    came_in: Mapped[int] = mapped_column(default=0)
    went_out: Mapped[int] = mapped_column(default=0)
    pieces: Mapped[int] = mapped_column(default=0)
