"""What every reader of other tools' files yields, and what every writer is given. Nothing here knows a database.

A reader yields, in the order of the files, items (something to label, with its labels), labels that the source defines,
and problems. It takes what is good, says of the rest in a sentence which file and object it is, and goes on. It holds
no more than one item at a time, so that a source of any size fits into memory. Paths written inside a file are never
followed: media are looked for by name below the folder that the person named (see places.py).
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academy.grading.shapes import SHAPE_KINDS
from academy.i18n import Language, Sentence


class UnreadableSource(ValueError):
    """There is nothing to import at this place; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd in one file, about one of its objects or (None) the whole of it. `lost`: how many objects do not
    come in because of it."""

    file: str
    object: str | None
    sentence: Sentence
    lost: int = 0

    def as_json(self) -> dict[str, Any]:
        """To be kept; `from_json` takes it back."""
        return {"file": self.file, "object": self.object, "lost": self.lost, **self.sentence.as_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Problem":
        return cls(kept["file"], kept["object"], Sentence.from_json(kept), kept["lost"])

    def words(self, language: Language) -> str:
        return self.sentence.words(language)


@dataclass(frozen=True, slots=True)
class FoundLabel:
    """A label that the source defines, used or not. `title` where it gives one; `skeleton` names key points:
    {"points": [...], "edges": [[0, 1], ...]}; `attributes` are what its objects may say: [{"name", "type", "values"}].
    """

    name: str
    color: str = ""
    title: str = ""
    parent: str = ""
    hotkey: str = ""
    description: str = ""
    skeleton: Mapping[str, Any] = field(default_factory=dict)
    attributes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One labelled object as the file says it: `shape` is a name of academy.grading.shapes.SHAPES and `value` its
    geometry in the document's form, in the pixels of the picture *file* (before it is turned upright)."""

    id: str
    label: str
    shape: str
    value: Any
    crowd: bool = False
    ignore: bool = False
    optional: bool = False
    rule: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What a file says of the same object besides: `box` or `area` of key points, `text` of a segment or a box."""
    called: str = ""
    """What the object is called in its file, where that is not its id among the objects of its item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """One thing to label, with one person's labels of it.

    name: what the item is called in its set (a picture's path below the folder, the id of a text).
    file: where its labels stand, for messages; `shared`: that file holds other items too, so messages name this one.
    kind: of its document (academy.grading.shapes.KINDS), see kind_of; "" where nothing tells it.
    labelled: False if nobody has labelled it yet (a task without gold). True without objects: nothing is there.
    media: its picture, sound or cloud; None for texts, for `frames`, and when it is not there (then `missing`: what the
        labels call it; the task waits for it).
    parts: a text to label as ("", text), or several as (name, text): ("premise", "..."), ("hypothesis", "...").
    size: width and height as the labels say them.
    objects, fields: the labels: objects, and what a document says beside (choice, choices, accepted, text, preference,
        ranking ...).
    annotator: whose labels they are, if several people labelled the item; "" for gold.
    """

    name: str
    file: str
    kind: str = ""
    labelled: bool = True
    media: Path | None = None
    missing: str = ""
    frames: tuple[Path, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    size: tuple[float, float] | None = None
    objects: tuple[FoundObject, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    annotator: str = ""
    shared: bool = False
    tags: tuple[str, ...] = ()

    def problem(self, about: str | None, sentence: Sentence, lost: int = 0) -> Problem:
        """Something odd about this item or one of its objects, by its id."""
        called = next((thing.called or thing.id for thing in self.objects if thing.id == about), about)
        return Problem(self.place, called, sentence, lost)

    @property
    def place(self) -> str:
        """Where the labels stand: the file, and the item in it if it holds several."""
        return f"{self.file}: {self.name}" if self.shared else self.file


def kind_of(objects: Iterable[FoundObject], fields: Mapping[str, Any] | None = None) -> str:
    """The kind of a document that holds these; "mixed" if no other can hold them all, "" if there is nothing."""
    kinds = {SHAPE_KINDS[thing.shape] for thing in objects}
    if kinds == {"spans", "relations"}:
        return "relations"
    kinds |= {kind for field, kind in FIELD_KINDS.items() if (fields or {}).get(field) is not None}
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else ""


FIELD_KINDS = {"choice": "classification", "choices": "multilabel", "preference": "preference", "ranking": "ranking"}
"""The kind of a document that says only this. A reader that means a transcription or free writing names it itself."""

Found = FoundItem | FoundLabel | Problem


@dataclass(frozen=True, slots=True)
class Options:
    """How the person wants a source to be read. What a format has no use for it passes over."""

    text_column: str = ""
    """A column of a table, or several parted by commas."""
    label_column: str = ""
    annotator: str = ""
    """Whose labels these are; "" : gold, unless the source names several people."""
    labels: Path | None = None
    """A file that says the labels: a list of names, or a table of what each file shows."""
    kind: str = ""
    """Take objects as this kind where a format could be read in several ways ("box": only the boxes of a COCO file)."""


# Going out ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingItem:
    """One task on its way out. `document`: its gold (None: it has none); `opinions`: documents by annotator.

    media: "picture", "text", "sound", "video", "cloud" or "awaited"; `data` reads its bytes, None if there are none.
    file_name: a name of its own for its media file, with the right suffix.
    """

    name: str
    file_name: str
    media: str
    content_type: str = ""
    width: int = 0
    height: int = 0
    seconds: float | None = None
    parts: tuple[tuple[str, str], ...] = ()
    document: Mapping[str, Any] | None = None
    opinions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    licence: str = ""
    attribution: str = ""
    key: str = ""
    """Where the storage keeps the bytes; "" if there are none."""
    frames: tuple[str, ...] = ()
    """Where the storage keeps the pictures of a video, in order; their suffixes tell their form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingSet:
    """A task set on its way out. `items` may be asked for again and again; each time it reads anew."""

    slug: str
    title: Mapping[str, str]
    kind: str
    labels: tuple[FoundLabel, ...]
    licence: str
    attribution: str
    items: Callable[[], Iterator[LeavingItem]]


def plain_label(text: str) -> str:
    """A label as we keep it: without blanks around it, and Korean in its composed form."""
    return unicodedata.normalize("NFC", text.strip())


def whole(value: float) -> float:
    """Whole numbers stay whole, so that the same gold is written the same way."""
    return int(value) if value == int(value) else value


def near(value: float) -> float:
    """Without the last signs that reckoning there and back leaves behind, so that the same gold stays the same."""
    return whole(round(value, 9))
