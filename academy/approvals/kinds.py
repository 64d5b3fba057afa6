"""The kinds of decisions that need two people. Each room registers its own and says how it is carried out and told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from academy.permissions import Permission


@dataclass(frozen=True, slots=True)
class Told:
    """A request as the second person reads it: what would happen, to what, and where to look at it."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """One kind of decision that needs two people.

    `carry_out(subject, detail, asked_by, approved_by, now)` does it, in the transaction of the approval; `tell(subject,
    detail)` puts it into words.
    """

    name: str
    title: Any
    """What is asked for, in a few words for lists."""
    carry_out: Callable[[str, Mapping[str, Any], int, int, datetime], None]
    tell: Callable[[str, Mapping[str, Any]], Told]
    agree_with: frozenset[Permission] = field(default_factory=frozenset)
    """Any one of these lets somebody who decides agree to this kind; none named: all who decide may."""


KINDS: dict[str, ApprovalKind] = {}
"""Every kind, by name: the rooms register theirs when they are imported."""


def register(kind: ApprovalKind) -> ApprovalKind:
    KINDS[kind.name] = kind
    return kind
