"""One guarded reader for JSON that comes from outside: requests, files and the command line.

Pure: bytes in, value out. Refuses what the standard reader lets through or dies of: too many bytes, deep nesting (a
hundred thousand brackets), NaN and Infinity, duplicate keys, NUL, lone surrogates, integers past 64 bits.
"""

import json
import math
import re
from collections import Counter
from typing import Any

MAX_DEPTH = 40
# A text that is never closed is taken to the end; looking for its end again at each quote would take hours.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class RefusedJson(ValueError):
    """The text is not JSON we accept; the sentence says why."""

    status = 422


def parse_json(data: bytes | str, *, max_bytes: int = 1_000_000, max_depth: int = MAX_DEPTH) -> Any:
    """The value written in `data`. Raises RefusedJson with a sentence for the sender."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > max_bytes:
        raise RefusedJson(f"The JSON is larger than {max_bytes:,} bytes.")
    _refuse_depth(raw, max_depth)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedJson(f"The text is not UTF-8 (byte {error.start}).") from error
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_number,
                           object_pairs_hook=_object)  # fmt: skip
    except json.JSONDecodeError as error:
        raise RefusedJson(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise RefusedJson("The JSON is nested too deeply.") from error
    _refuse_strings(value)
    return value


def _refuse_depth(raw: bytes, max_depth: int) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > max_depth:
            raise RefusedJson(f"The JSON is nested more than {max_depth} deep.")


def _refuse_constant(name: str) -> Any:
    raise RefusedJson(f"{name} is not a number we can use.")


def _integer(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise RefusedJson(f"The number {text[:24]} is too large.")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise RefusedJson(f"The number {text[:24]} is too large.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise RefusedJson(f"The name {twice[:60]!r} stands twice in one object.")
    return value


def _refuse_strings(value: Any) -> None:
    """No NUL (PostgreSQL can not keep it) and no half characters anywhere."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and ("\0" in item or any("\ud800" <= c <= "\udfff" for c in item)):
            raise RefusedJson("A text holds a character that can not be kept (NUL or half a character).")
