"""What our documents say and other tools' files have no place for: kept under one name that these tools pass over.

An object's `id` and flags (crowd, ignore, optional, rule), what stands beside its shape (box, area, text), the name of
an item. Whatever a stranger wrote under that name is held against its form; what does not fit is passed over.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from academy.annotation.formats.found import FoundItem, FoundObject, plain_label
from academy.annotation.formats.streams import JsonStream
from academy.grading.documents import LONGEST_NAME
from academy.grading.shapes import MOST_POINTS
from academy.i18n import Sentence, say
from academy.safe_json import RefusedJson, parse_json

KEY = "academy"
FLAGS = ("crowd", "ignore", "optional")
BESIDE = ("box", "area", "text")
UNLABELLED = "unlabelled"
"""The label of an object that has none in its file; a sentence says so."""


def of_object(thing: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The facts of an object of a document, and `more`."""
    facts: dict[str, Any] = {"id": str(thing["id"])}
    facts |= {name: thing[name] for name in (*FLAGS, "rule", *BESIDE) if thing.get(name)}
    return facts | more


def as_text(facts: Mapping[str, Any]) -> str:
    """One line of JSON, for files that hold texts only."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | None) -> dict[str, Any]:
    """What `as_text` wrote; nothing if it is something else."""
    if not text:
        return {}
    try:
        return facts_in(parse_json(text))
    except RefusedJson:
        return {}


def object_of_file(path: Path) -> dict[str, Any]:
    """The JSON object that a file is. Raises BrokenJson."""
    stream, content = JsonStream(path), dict[str, Any]()
    for record in stream:
        if record.section in stream.lists:
            content.setdefault(record.section, []).append(record.value)
        else:
            content[record.section] = record.value
    return {name: [] for name in stream.lists} | content


def facts_in(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def found_object(
    shape: str,
    value: Any,
    label: str,
    *,
    fallback: str,
    facts: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
    called: str = "",
) -> FoundObject:
    """An object with its own facts; `fallback` is its id where these name none."""
    own_id = facts.get("id")
    rule = facts.get("rule")
    return FoundObject(
        id=own_id if isinstance(own_id, str) and 0 < len(own_id) <= LONGEST_NAME else fallback[:LONGEST_NAME],
        label=label,
        shape=shape,
        value=value,
        crowd=facts.get("crowd") is True,
        ignore=facts.get("ignore") is True,
        optional=facts.get("optional") is True,
        rule=rule if isinstance(rule, str) else "",
        attributes=attributes or {},
        beside={name: fact for name in BESIDE if _fits_beside(name, fact := facts.get(name))},
        called=called,
    )


def _fits_beside(name: str, fact: Any) -> bool:
    if name == "text":
        return isinstance(fact, str)
    if name == "area":
        return is_number(fact)
    return isinstance(fact, list) and len(fact) == 4 and all(map(is_number, fact))


class Names:
    """The ids of the objects of one item: each goes to one object only."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def free(self, wanted: str) -> str:
        """`wanted`, or with a number behind it if another object has it."""
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted[: LONGEST_NAME - 8]}-{number}", number + 1
        self.taken.add(name)
        return name


def label_or_none(text: str | None) -> str:
    """A label as we keep it, "" if there is none."""
    return plain_label(text or "")[:LONGEST_NAME]


def unlabelled() -> Sentence:
    return say('The object has no label; it came in as "%(label)s". Give it a label, or delete it.', label=UNLABELLED)


def missing_picture(name: str) -> Sentence:
    return say(
        "The picture %(name)s was not found beside the labels; its task waits until the picture is imported.", name=name
    )


class TooManyPoints(ValueError):
    """More than we keep; nothing is built of them, as they might fill the memory."""


def few_enough(count: int) -> None:
    """Raises TooManyPoints."""
    if count > MOST_POINTS:
        raise TooManyPoints(count)


def too_many_points(label: str) -> Sentence:
    return say(
        "%(label)s: it has more than %(most)s points; the object was not imported. Simplify it first.",
        label=label,
        most=MOST_POINTS,
    )


def objects_in(item: FoundItem) -> int:
    """How many objects an item brings; an answer (a class, a text) counts as one."""
    return len(item.objects) or (1 if item.fields else 0)


def is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < sys.float_info.max  # of whole numbers, too: 400 digits fit into no float


def numbers(values: Iterable[Any]) -> list[float] | None:
    """The values if all are numbers."""
    listed = list(values)
    return listed if all(map(is_number, listed)) else None


# Round shapes ------------------------------------------------------------------------------------------------------

CORNERS = 64
"""Of the polygon that stands for an ellipse."""


def ellipse(middle_x: float, middle_y: float, radius_x: float, radius_y: float, degrees: float) -> list[list[float]]:
    """A ring on the ellipse; degrees clockwise, as the picture's y runs down."""
    turn = math.radians(degrees)
    ring = []
    for corner in range(CORNERS):
        angle = 2 * math.pi * corner / CORNERS
        along, across = radius_x * math.cos(angle), radius_y * math.sin(angle)
        ring.append(
            [
                middle_x + along * math.cos(turn) - across * math.sin(turn),
                middle_y + along * math.sin(turn) + across * math.cos(turn),
            ]
        )
    return ring


def ellipse_of(thing: Mapping[str, Any]) -> list[float] | None:
    """The ellipse that a polygon stands for, if it came as one and nobody has moved a corner since."""
    said = (thing.get("attributes") or {}).get("ellipse")
    if not isinstance(said, list) or len(said) != 5 or numbers(said) is None or len(thing["polygon"]) != 1:
        return None
    rings = thing["polygon"][0]
    if len(rings) != 1 or len(rings[0]) != CORNERS:
        return None
    drawn = ellipse(*said)
    near = all(
        math.isclose(a, b, abs_tol=1e-6)
        for p, q in zip(rings[0], drawn, strict=True)
        for a, b in zip(p, q, strict=True)
    )
    return said if near else None


def turned_corners(middle_x: float, middle_y: float, width: float, height: float, degrees: float) -> list[list[float]]:
    """The corners of a box turned clockwise about its middle, from the top left one clockwise."""
    turn = math.radians(degrees)
    return [
        [
            middle_x + across * width / 2 * math.cos(turn) - down * height / 2 * math.sin(turn),
            middle_y + across * width / 2 * math.sin(turn) + down * height / 2 * math.cos(turn),
        ]
        for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
