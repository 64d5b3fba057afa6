"""What differs between two versions, of words, of rules and of gold. Pure."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Differs(StrEnum):
    """What became of a part of the older version in the newer one."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand in both versions, or in one only."""

    how: Differs
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A part of both versions with the same name; None where it is missing."""

    how: Differs
    name: str
    before: Any
    after: Any


def words(before: str, after: str) -> list[Piece]:
    """Two texts, word by word: what stayed, what went and what came, in the order of reading."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for act, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if act == "equal":
            pieces.append(Piece(Differs.SAME, "".join(old[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append(Piece(Differs.REMOVED, "".join(old[old_from:old_to])))
        if new_to > new_from:
            pieces.append(Piece(Differs.ADDED, "".join(new[new_from:new_to])))
    return pieces


def parts(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], key: str) -> list[Pair]:
    """Parts of two versions side by side, matched by their name in `key`: in the newer order, those that went last."""
    old = {str(part.get(key, place)): part for place, part in enumerate(before, 1)}
    new = {str(part.get(key, place)): part for place, part in enumerate(after, 1)}
    pairs = [_pair(name, old.get(name), part) for name, part in new.items()]
    return pairs + [_pair(name, part, None) for name, part in old.items() if name not in new]


def _pair(name: str, before: Any, after: Any) -> Pair:
    if before is None:
        return Pair(Differs.ADDED, name, None, after)
    if after is None:
        return Pair(Differs.REMOVED, name, before, None)
    return Pair(Differs.SAME if before == after else Differs.CHANGED, name, before, after)


def documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    """Two versions of gold: their objects by id, then the other answers by the name of their field."""
    pairs = parts(before.get("objects") or (), after.get("objects") or (), "id")
    fields = sorted((before.keys() | after.keys()) - {"objects", "kind", "image", "audio", "frames", "points"})
    return pairs + [
        _pair(name, before.get(name), after.get(name))
        for name in fields
        if before.get(name) is not None or after.get(name) is not None
    ]
