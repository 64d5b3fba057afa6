"""The little of YAML that data sets are described in: names and values, nested by indenting, lists, and both on a line.

No tags, anchors, aliases or types: each value is a text, a list or a mapping of texts. What is anything else is passed
over, so that a stray line costs only itself.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

DEEPEST = 6
MOST_LINES = 20_000
_COMMENT = re.compile(r"""((?:[^"'#]|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=\S)#|["'])*?)(?:(?:^|\s)#.*)?""")
_PAIR = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:{}\[\],"'#&*!|>%@-][^:#]*?|-?\d+)\s*:(?:\s+(.*))?""")
_PLAIN = re.compile(r"[^,\[\]{}]*")
_PLAIN_KEY = re.compile(r"[^,\[\]{}:]*")

Line = tuple[int, str]
"""How far it is indented, and what it says."""


def read_yaml(text: str) -> dict[str, Any]:
    """What a description says; nothing if it is no mapping."""
    value, _ = _block(_joined(text.split("\n")[:MOST_LINES]), 0, 0)
    return value if isinstance(value, dict) else {}


def _joined(lines: Sequence[str]) -> list[Line]:
    """Lines without comments; a list in brackets that runs over several becomes one."""
    out: list[Line] = []
    open_brackets = 0
    for line in lines:
        found = _COMMENT.fullmatch(line)
        plain = (found[1] if found else line).rstrip()
        if not plain.strip() or plain.strip() in ("---", "..."):
            continue
        if open_brackets > 0 and out:
            out[-1] = (out[-1][0], f"{out[-1][1]} {plain.strip()}")
        else:
            out.append((len(plain) - len(plain.lstrip()), plain.strip()))
        unquoted = re.sub(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", "", plain)
        open_brackets += sum(map(unquoted.count, "[{")) - sum(map(unquoted.count, "]}"))
    return out


def _block(lines: list[Line], start: int, depth: int) -> tuple[Any, int]:
    """The value that begins at a line and holds all that are indented as far or further, and where it ends."""
    if start >= len(lines) or depth > DEEPEST:
        return None, len(lines)
    indent = lines[start][0]
    listed: list[Any] = []
    named: dict[str, Any] = {}
    while start < len(lines) and lines[start][0] >= indent:
        own, said = lines[start]
        dashed = said == "-" or said.startswith("- ")
        if listed and own == indent and not dashed:
            break
        start += 1
        if dashed:
            listed.append(_flow(said[1:].strip()))
        elif own == indent and (pair := _PAIR.fullmatch(said)):
            value = pair[2]
            if value is None and start < len(lines) and _is_below(lines[start], indent):
                named[_scalar(pair[1])], start = _block(lines, start, depth + 1)
            else:
                named[_scalar(pair[1])] = _flow(value or "")
    return listed if listed and not named else named, start


def _is_below(line: Line, indent: int) -> bool:
    return line[0] > indent or (line[0] == indent and line[1].startswith("- "))


def _flow(said: str) -> Any:
    if said[:1] in ("[", "{"):
        value, _ = _collection(said, 0, 0)
        return value
    return _scalar(said)


def _collection(said: str, at: int, depth: int) -> tuple[Any, int]:
    """A list or a mapping in brackets; what is never closed ends with the line."""
    mapping = said[at] == "{"
    listed: list[Any] = []
    named: dict[str, Any] = {}
    at += 1
    while at < len(said):
        if said[at] in "]}":
            return (named if mapping else listed), at + 1
        if said[at] in ", \t":
            at += 1
            continue
        before = at
        value, at = _value(said, at, depth, key=mapping)
        colon = re.compile(r"\s*:\s*").match(said, at) if mapping and isinstance(value, str) else None
        if colon and isinstance(value, str):
            at = colon.end()
            named[value], at = _value(said, at, depth, key=False) if at < len(said) else ("", at)
        elif not mapping:
            listed.append(value)
        at = max(at, before + 1)
    return (named if mapping else listed), at


def _value(said: str, at: int, depth: int, *, key: bool) -> tuple[Any, int]:
    if said[at] in "[{" and depth < DEEPEST:
        return _collection(said, at, depth + 1)
    if said[at] in "\"'":
        quoted = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""").match(said, at)
        if quoted:
            return _scalar(quoted[0]), quoted.end()
    plain = (_PLAIN_KEY if key else _PLAIN).match(said, at)
    end = plain.end() if plain else at
    return said[at:end].strip(), end


def _scalar(said: str) -> str:
    said = said.strip()
    if len(said) > 1 and said[0] == said[-1] == "'":
        return said[1:-1].replace("''", "'")
    if len(said) > 1 and said[0] == said[-1] == '"':
        try:
            return str(json.loads(said))
        except ValueError:
            return said[1:-1]
    return said
