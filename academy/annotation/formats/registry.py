"""The one interface of all formats: how each is read and written, and what it can carry. every.py lists them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from academy.annotation.formats.found import Found, LeavingSet, Options
from academy.annotation.formats.places import Place
from academy.grading.shapes import SHAPES


class Sink(Protocol):
    """Where a writer puts its files. Names are paths below the target, with "/"."""

    def put(self, name: str, data: bytes) -> None: ...
    def copy(self, name: str, key: str) -> None:
        """Put a media file of the storage there; does nothing when only labels are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carries:
    """What of a set a format can hold. Whatever it does not name is left out, and said before exporting."""

    shapes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    """Of a document beside its objects: choice, choices, accepted, text, preference, ranking ..."""
    media: frozenset[str] = frozenset({"picture"})
    """Kinds of media whose items it can speak of."""
    flags: frozenset[str] = frozenset()
    """Of crowd, ignore, optional, rule."""
    beside: frozenset[str] = frozenset()
    """Of box, area, text: what an object says besides its shape."""
    holes: bool = False
    rings: bool = False
    """Polygons of several parts."""
    attributes: bool = False
    ids: bool = False
    """Whether the ids of objects come back."""
    label_facts: frozenset[str] = frozenset()
    """Of color, title, parent, hotkey, description, skeleton, attributes: what it says of labels themselves."""
    unused_labels: bool = False
    empty_items: bool = True
    """Items whose gold says: nothing is there."""
    bare_items: bool = False
    """Items without gold."""
    opinions: bool = False
    """The labels of several people for one item."""
    overlapping: bool = True
    """Spans of a text that share characters."""
    mixed: bool = True
    """Objects of different shapes in one item."""
    one_shape: bool = False
    """All objects of the set have one shape: that of its kind, else the commonest that the format carries."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `read` yields what the source holds; `write` writes what the format carries and passes over the
    rest; `fits` says whether a source looks like it (cheaply: names and the first kilobytes of a few files)."""

    token: str
    title: str
    read: Callable[[Place, Options], Iterator[Found]]
    write: Callable[[LeavingSet, Sink], None] | None
    fits: Callable[[Place], bool]
    carries: Carries = field(default_factory=Carries)
    single_file: str = ""
    """The suffix of a single file that holds a whole set (".json"), if there is one."""


ALL_SHAPES = frozenset(SHAPES)
