"""What makes an entry right, and how weeks of money are cut. Integer won; no row, no clock."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Line = tuple[str, int]


class AccountKind(StrEnum):
    HOUSE = "house"
    CLIENT = "client"
    HOLD = "hold"
    DUE = "due"
    PAID = "paid"

    @property
    def may_owe(self) -> bool:
        """Only the house stands below zero: it owes what others have brought in."""
        return self is AccountKind.HOUSE


class EntryKind(StrEnum):
    DEPOSIT = "deposit"
    HOLD = "hold"
    RELEASE = "release"
    ACCEPTANCE = "acceptance"
    PAYOUT = "payout"
    STIPEND = "stipend"
    FEE = "fee"
    REFUND = "refund"
    CORRECTION = "correction"


class Unbalanced(ValueError):
    """The lines of an entry do not say where every won came from and where it went."""


@dataclass(frozen=True, slots=True)
class Move:
    """So many won from one account to another; a set of moves can not fail to balance."""

    source: str
    target: str
    amount: int


HOUSE = "house"
ACCOUNT_NAME = re.compile(r"house|(client|hold|due|paid):[1-9][0-9]{0,17}")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def client_account(user_id: int) -> str:
    return f"client:{user_id}"


def hold_account(project_id: int) -> str:
    return f"hold:{project_id}"


def due_account(user_id: int) -> str:
    return f"due:{user_id}"


def paid_account(user_id: int) -> str:
    return f"paid:{user_id}"


def kind_of(name: str) -> AccountKind:
    if not ACCOUNT_NAME.fullmatch(name):
        raise Unbalanced(f"{name!r} is not the name of an account.")
    return AccountKind(name.partition(":")[0])


def moves(lines: Iterable[Line]) -> tuple[Move, ...]:
    """Lines (what is taken is negative, what is given positive) as moves between accounts.

    Lines that do not add up to nothing, move nothing or name an account twice are refused.
    """
    given = list(lines)
    names = [name for name, _ in given]
    if any(isinstance(amount, bool) or not isinstance(amount, int) or amount == 0 for _, amount in given):
        raise Unbalanced("Every line moves a whole number of won that is not zero.")
    if len(set(names)) != len(names):
        raise Unbalanced("An entry names each account once.")
    if len(given) < 2 or sum(amount for _, amount in given) != 0:
        raise Unbalanced("The lines of an entry add up to zero.")
    for name in names:
        kind_of(name)
    takers = [(name, amount) for name, amount in sorted(given) if amount > 0]
    found: list[Move] = []
    for source, amount in sorted(given):
        left = -amount
        while left > 0:
            target, wanted = takers.pop()
            part = min(left, wanted)
            found.append(Move(source, target, part))
            left -= part
            if wanted > part:
                takers.append((target, wanted - part))
    return tuple(found)


def week_of(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week in which something happened, where the academy keeps its books."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def plain_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
