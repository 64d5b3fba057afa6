"""Chance that can be repeated: the same seed throws the same numbers on every machine and every Python."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """Numbers from a hash of the seed; whoever does not know the seed can not foresee the next picture."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.thrown = 0

    def unit(self) -> float:
        """A number from 0 up to, but not including, 1."""
        self.thrown += 1
        digest = hashlib.sha256(f"{self.seed}#{self.thrown}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.unit() * len(choices))]

    def chance(self, share: float) -> bool:
        return self.unit() < share

    def shuffled(self, choices: Sequence[Choice]) -> list[Choice]:
        rest = list(choices)
        return [rest.pop(int(self.unit() * len(rest))) for _ in range(len(rest))]
