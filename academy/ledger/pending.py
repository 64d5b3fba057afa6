"""Money that is on the way: work that is not decided yet.

The rooms that pay stand above the ledger, so they tell it: a function marked with `on_the_way` answers, for one
person, what is in review and what came back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Returned:
    """One piece of work that came back, with the reason and where it is fixed."""

    reason: str
    href: str


@dataclass(frozen=True, slots=True)
class OnTheWay:
    subject: str
    title: dict[str, str]
    href: str
    in_review: int
    in_review_amount: int
    returned_amount: int
    returned: tuple[Returned, ...]
    returned_more: int = 0


Teller = Callable[[int], Sequence[OnTheWay]]
_tellers: list[Teller] = []


def on_the_way(teller: Teller) -> Teller:
    """Mark a function that tells what a person (by id) has on the way."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def told_to(user_id: int) -> list[OnTheWay]:
    return [line for teller in _tellers for line in teller(user_id)]
