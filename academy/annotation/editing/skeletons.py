"""A skeleton to look at before anybody has drawn one: its points on a circle, in their order. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Joint:
    """A key point in a picture of 100 by 100, numbered from 1."""

    number: int
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bones:
    joints: tuple[Joint, ...]
    lines: tuple[tuple[Joint, Joint], ...]


def lay_out(skeleton: Mapping[str, Any] | None) -> Bones:
    """Where to draw the points and lines of a label's skeleton; nothing for a label without one."""
    names = list((skeleton or {}).get("points", ()))
    count = len(names)
    joints = tuple(
        Joint(
            place + 1,
            str(name),
            round(50 + 42 * math.sin(2 * math.pi * place / count), 1),
            round(50 - 42 * math.cos(2 * math.pi * place / count), 1),
        )
        for place, name in enumerate(names)
    )
    edges = (skeleton or {}).get("edges", ())
    lines = tuple((joints[start], joints[end]) for start, end in edges if max(start, end) < count)
    return Bones(joints, lines)
