"""How a person can come in. Rooms above that let people in by other ways (another house) say so here, so that nobody
gives up the last one."""

from collections.abc import Callable

from academy.accounts.models import User
from academy.accounts.operations import identity_of
from academy.factors import queries as factors

OTHERS: list[Callable[[int], int]] = []
"""Each tells how many more ways in this person has."""


def register(how_many: Callable[[int], int]) -> Callable[[int], int]:
    """Let `how_many` be asked too."""
    OTHERS.append(how_many)
    return how_many


def how_many(user: User) -> int:
    """The ways in that this person has: the password, each passkey, each account elsewhere."""
    own = (identity_of(user).password_hash is not None) + len(factors.passkeys_of(user.id))
    return own + sum(others(user.id) for others in OTHERS)
