"""Kinds of knowledge questions, how answers are read from a form, and how they are marked. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from math import isfinite
from typing import Any, Protocol

Answer = dict[str, Any]
LONGEST_TEXT = 500


class Kind(StrEnum):
    """What the answerer does: choose one, choose several, put in order, join pairs, give a number, write a word."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    ORDERING = "ordering"
    MATCHING = "matching"
    NUMERIC = "numeric"
    SHORT_TEXT = "short_text"


class Form(Protocol):
    """What a page sends: werkzeug's MultiDict, or anything that behaves like it."""

    def get(self, key: str) -> str | None: ...
    def getlist(self, key: str) -> list[str]: ...


# Marking -----------------------------------------------------------------------------------------------------------


def mark(kind: str, key: Mapping[str, Any], answer: Mapping[str, Any] | None) -> float:
    """The share of the points an answer earns, 0 to 1. What is missing or can not be understood earns nothing."""
    if not isinstance(answer, Mapping):
        return 0.0
    return _MARKERS[Kind(kind)](key, answer)


def _single(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    return float(answer.get("choice") == key["choice"])


def _multiple(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Each right choice counts, each wrong one takes one away: ticking everything is no way to pass."""
    right, chosen = set(key["choices"]), _names(answer.get("choices"))
    return max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))


def _ordering(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """The share of pairs that stand in the right order."""
    right, given = list(key["order"]), answer.get("order")
    if not isinstance(given, list) or len(given) != len(right) or _names(given) != set(right):
        return 0.0
    place = {name: position for position, name in enumerate(given)}
    pairs = list(combinations(right, 2))
    return sum(place[before] < place[after] for before, after in pairs) / len(pairs)


def _matching(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    right: Mapping[str, str] = key["pairs"]
    given = answer.get("pairs")
    if not isinstance(given, Mapping):
        return 0.0
    return len([left for left, target in right.items() if given.get(left) == target]) / len(right)


def _numeric(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    value = number(answer.get("value"))
    if value is None:
        return 0.0
    allowed = float(key.get("tolerance", 0))
    return float(abs(value - float(key["value"])) <= allowed + 1e-9)


def _short_text(key: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    text = answer.get("text")
    return float(isinstance(text, str) and plain(text) in {plain(accepted) for accepted in key["accepted"]})


_MARKERS: dict[Kind, Callable[[Mapping[str, Any], Mapping[str, Any]], float]] = {
    Kind.SINGLE: _single,
    Kind.MULTIPLE: _multiple,
    Kind.ORDERING: _ordering,
    Kind.MATCHING: _matching,
    Kind.NUMERIC: _numeric,
    Kind.SHORT_TEXT: _short_text,
}


def _names(given: Any) -> set[str]:
    return {name for name in given if isinstance(name, str)} if isinstance(given, list | tuple) else set()


def number(given: Any) -> float | None:
    """A number, also when written as `0,8` or `90 %`; None if it is none."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given) if abs(given) < 1e15 and isfinite(given) else None
    if not isinstance(given, str):
        return None
    text = unicodedata.normalize("NFKC", given).strip().removesuffix("%").strip().replace(",", ".")
    return float(text) if re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", text) else None


def plain(text: str) -> str:
    """What counts in a short answer: letters and digits; not case, spaces or the last full stop."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"\s+", "", folded).strip(".!?。")


# Reading answers ---------------------------------------------------------------------------------------------------


def read_answer(kind: str, options: Sequence[Mapping[str, Any]], form: Form, name: str) -> Answer | None:
    """The answer in the fields that the `question` macro drew under this name; None if nothing was answered."""
    left, right = sides(options)
    known = [str(option["id"]) for option in left]
    match Kind(kind):
        case Kind.SINGLE:
            choice = form.get(name)
            return {"choice": choice} if choice in known else None
        case Kind.MULTIPLE:
            choices = [option for option in known if option in form.getlist(name)]
            return {"choices": choices} if choices else None
        case Kind.ORDERING:
            return _read_order(known, form, name)
        case Kind.MATCHING:
            targets = {str(option["id"]) for option in right}
            pairs = {option: form.get(f"{name}-{option}") for option in known}
            pairs = {option: target for option, target in pairs.items() if target in targets}
            return {"pairs": pairs} if pairs else None
        case Kind.NUMERIC:
            value = (form.get(name) or "").strip()[:40]
            return {"value": value} if value else None
        case Kind.SHORT_TEXT:
            text = unicodedata.normalize("NFC", form.get(name) or "").strip()[:LONGEST_TEXT]
            return {"text": text} if text else None


def _read_order(known: Iterable[str], form: Form, name: str) -> Answer | None:
    places = {option: number(form.get(f"{name}-{option}")) for option in known}
    if any(place is None for place in places.values()) or len(set(places.values())) < len(places):
        return None
    return {"order": sorted(places, key=lambda option: places[option] or 0.0)}


def sides(options: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """What is asked about, and (when pairs are joined) what it is joined to."""
    left = [option for option in options if not option.get("target")]
    return left, [option for option in options if option.get("target")]


def answered(answer: Mapping[str, Any] | None) -> bool:
    """Whether there is anything to mark."""
    return bool(answer) and any(value not in ("", None, [], {}) for value in (answer or {}).values())


# Checking what authors write -----------------------------------------------------------------------------------------


def check_question(kind: str, options: Sequence[Mapping[str, Any]], key: Mapping[str, Any]) -> None:
    """Raise ValueError with a sentence if nobody could answer this question rightly."""
    left, right = sides(options)
    known, targets = [str(option["id"]) for option in left], {str(option["id"]) for option in right}
    if len({str(option["id"]) for option in options}) != len(options):
        raise ValueError("two options have the same id")
    asked = {
        Kind.SINGLE: lambda: len(known) >= 2 and key["choice"] in known,
        Kind.MULTIPLE: lambda: len(known) >= 2 and bool(key["choices"]) and set(key["choices"]) <= set(known),
        Kind.ORDERING: lambda: len(known) >= 2 and sorted(key["order"]) == sorted(known),
        Kind.MATCHING: lambda: set(key["pairs"]) == set(known) and set(key["pairs"].values()) <= targets,
        Kind.NUMERIC: lambda: number(key["value"]) is not None,
        Kind.SHORT_TEXT: lambda: bool(key["accepted"]) and all(plain(text) for text in key["accepted"]),
    }
    try:
        fits = asked[Kind(kind)]()
    except KeyError as missing:
        raise ValueError(f"the key has no {missing}") from None
    if not fits:
        raise ValueError("the key does not fit the options")
