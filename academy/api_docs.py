"""How a view says what programs may send it and what they get; `academy.openapi` gathers it into one document.

A schema is JSON Schema as OpenAPI 3.1 has it. A `Part` in it stands in the document once, under its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from academy.i18n import _l

View = TypeVar("View", bound=Callable[..., Any])


class Topic(StrEnum):
    """Where an operation stands in the document."""

    WATCHING = "watching"
    BADGES = "badges"
    PRACTICE = "practice"
    EXAMS = "exams"
    WORK = "work"
    CLASSES = "classes"
    SIGNING_IN = "signing in"
    JOBS = "jobs"


TOPIC_NAMES = {
    Topic.WATCHING: _l("Is the academy well?"),
    Topic.BADGES: _l("Badges and how to check them"),
    Topic.PRACTICE: _l("Practice"),
    Topic.EXAMS: _l("Exams"),
    Topic.WORK: _l("Paid work"),
    Topic.CLASSES: _l("Classes"),
    Topic.SIGNING_IN: _l("Signing in"),
    Topic.JOBS: _l("Background work"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a schema that several operations share."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back: JSON of this shape, a page, another kind of file, or nothing."""

    words: Any
    schema: Any = None
    page: bool = False
    other: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """The content types it may have."""
        return [kind for kind, given in self._given if given]

    @property
    def _given(self) -> tuple[tuple[str, bool], ...]:
        return (("application/json", self.schema is not None), ("text/html", self.page), (self.other, bool(self.other)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A value of the address behind the question mark, or a header."""

    name: str
    schema: Any
    words: Any
    place: str = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Documentation:
    """All that is said about one view."""

    topic: Topic
    summary: Any
    answers: Mapping[int, Answer]
    words: Any = ""
    body: Any = None
    form: bool = False
    """Whether the same may be sent as a plain form, when scripts are off."""
    asked: tuple[Asked, ...] = ()
    refusals: tuple[int, ...] = ()
    """Refusals that do not follow from the route itself, such as 409 and 429."""
    method: str = ""
    """The only method that is meant; for a view with a form both are one page and only its POST is of use."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Schemas of the variables of the address, where the route says less than we know."""


def documented(topic: Topic, summary: Any, answers: Mapping[int, Answer], **more: Any) -> Callable[[View], View]:
    """Describe a view for programs; stands below the route decorator."""

    def mark(view: View) -> View:
        view.documentation = Documentation(topic, summary, answers, **more)  # type: ignore[attr-defined]
        return view

    return mark


def shape(
    required: Mapping[str, Any], optional: Mapping[str, Any] | None = None, *, closed: bool = True
) -> dict[str, Any]:
    """The schema of an object; closed ones have no other names than these."""
    schema = {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}
    return {**schema, "additionalProperties": False} if closed else schema


TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
ROW = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
YES_OR_NO = {"type": "boolean"}
SLUG = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": 80}
PUBLIC_ID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
PATH = Part("Path", {"type": "string", "pattern": "^/", "description": "A path of this site to open next."})


def key_header(schema: Mapping[str, Any]) -> Asked:
    """The key that makes a repeated request the same request."""
    words = _l("Made up by the sender; the same key sent again is answered the same again and changes nothing.")
    return Asked("Idempotency-Key", schema, words, place="header", required=True)
