"""Our own tables: one row for each answer, or for each object, with the name of the item in the first column.

Numbers are written in full; what a spreadsheet would take for a formula gets a quote in front.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from academy.annotation.formats.columns import TEXT_PART
from academy.annotation.formats.found import LeavingItem, LeavingSet
from academy.annotation.formats.registry import Carries, Sink
from academy.annotation.formats.sidecar import write_labels
from academy.grading.shapes import shape_of

CARRIES = Carries(
    shapes=frozenset({"box", "point", "span", "segment"}),
    fields=frozenset({"choice", "choices", "accepted", "text", "preference"}),
    media=frozenset({"picture", "text", "sound"}), flags=frozenset({"crowd", "ignore", "optional", "rule"}),
    beside=frozenset({"text"}), attributes=True, ids=True, unused_labels=True, bare_items=True, opinions=True,
    label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
)  # fmt: skip
MEDIA = "media"
_FLAGS = ("crowd", "ignore", "optional")
_PLACES = {"box": ("x", "y", "w", "h"), "point": ("x", "y"), "span": ("start", "end"), "segment": ("start", "end")}
_ORDER = (
    "item", "file", "annotator", "labelled", "id", "label", "x", "y", "w", "h", "start", "end", "said", "crowd",
    "ignore", "optional", "rule", "attributes", "choice", "choices", "accepted", "preference", "transcription",
    "writing", "labels",
)  # fmt: skip
_ANSWERS = frozenset({"label", "labels", "preference", "transcription", "writing"})
_NUMBERS = frozenset({"x", "y", "w", "h", "start", "end"})

Cells = dict[str, str]


def write(leaving: LeavingSet, sink: Sink) -> None:
    """One table for each way in which items are shown (as a file, as a text with these parts), and their media."""
    objects = _needs_objects(leaving)
    columns: dict[tuple[str, ...], set[str]] = {}
    for item, row in _rows(leaving, objects):
        columns.setdefault(_shown(item), set()).update(column for column, cell in row.items() if cell)
    tables: dict[tuple[str, ...], tuple[io.StringIO, Any]] = {}
    for shown, used in columns.items():
        text = io.StringIO()
        names = [name for name in _ORDER[:2] if name in used or name == "item"]
        if objects and not used & _NUMBERS:
            used |= {"x", "y", "w", "h"}  # by these a table of objects is known
        if not used & _ANSWERS:
            used |= {"label"}
        names += [*shown, *(name for name in _ORDER[2:] if name in used)]
        writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        tables[shown] = text, writer
    for item, row in _rows(leaving, objects):
        tables[_shown(item)][1].writerow({column: _guarded(column, cell) for column, cell in row.items()})
    for number, (text, _) in enumerate(tables.values(), 1):
        name = f"{leaving.slug}.csv" if number == 1 else f"{leaving.slug}-{number}.csv"
        sink.put(name, b"\xef\xbb\xbf" + text.getvalue().encode())
    for item in leaving.items():
        if item.key and item.media in ("picture", "sound"):
            sink.copy(f"{MEDIA}/{item.file_name}", item.key)
    write_labels(leaving.labels, sink)


def _needs_objects(leaving: LeavingSet) -> bool:
    """Whether rows are objects: documents have them, or they answer in several ways."""
    ways: set[str] = set()
    for item in leaving.items():
        for _, document in _documents(item):
            ways |= {
                way for way in ("objects", "choice", "choices", "preference") if (document or {}).get(way) is not None
            }
            if "objects" in ways or len(ways) > 1:
                return True
    return False


def _shown(item: LeavingItem) -> tuple[str, ...]:
    """The columns of the texts of an item."""
    names = tuple(name for name, _ in item.parts)
    return ("text",) if names == ("",) else tuple(f"{TEXT_PART}{name}" for name in names)


def _documents(item: LeavingItem) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """(annotator, document), gold first."""
    yield "", item.document
    yield from item.opinions.items()


def _objects(document: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return [thing for thing in (document or {}).get("objects", ()) if shape_of(thing) in CARRIES.shapes]


def _rows(leaving: LeavingSet, objects: bool) -> Iterator[tuple[LeavingItem, Cells]]:
    for item in leaving.items():
        if item.media not in CARRIES.media and item.media != "awaited":
            continue
        base = {"item": item.name, "file": item.file_name if not item.parts else ""}
        base |= dict(zip(_shown(item), (text for _, text in item.parts), strict=True))
        for annotator, document in _documents(item):
            row = base | {"annotator": annotator}
            if document is None:
                yield item, row | {"labelled": "no"}
                continue
            answers = _answers(item, document, objects)
            things = [_object(thing) for thing in _objects(document)]
            for number, cells in enumerate(things or [{}]):
                yield item, row | {"labelled": "yes"} | (answers if not number else {}) | cells


def _answers(item: LeavingItem, document: Mapping[str, Any], objects: bool) -> Cells:
    """What a document says beside its objects. Where none has objects, the label is the answer."""
    cells: Cells = {}
    if document.get("choice") is not None:
        cells["choice" if objects else "label"] = str(document["choice"])
    if document.get("preference") is not None:
        cells["preference"] = str(document["preference"])
    if answer := answer_text(document, item.media):
        cells["writing" if document.get("kind") == "writing" else "transcription"] = answer
    for field in ("choices", "accepted"):
        if document.get(field) is not None:
            column = "labels" if field == "choices" and not objects else field
            cells[column] = json.dumps(list(document[field]), ensure_ascii=False)
    return cells


def answer_text(document: Mapping[str, Any], media: str) -> str | None:
    """The text that somebody wrote as an answer; None where "text" is what was shown."""
    own = document.get("kind") in ("transcription", "writing")
    shown = document.get("kind") in ("spans", "relations") or media == "text"
    text = document.get("text") if own or not shown else None
    return text if isinstance(text, str) else None


def _object(thing: Mapping[str, Any]) -> Cells:
    shape = shape_of(thing) or ""
    cells = {"id": str(thing["id"]), "label": thing["label"]}
    cells |= {column: repr(number) for column, number in zip(_PLACES[shape], thing[shape], strict=True)}
    cells |= {flag: "yes" for flag in _FLAGS if thing.get(flag)}
    cells |= {"rule": str(thing["rule"])} if thing.get("rule") else {}
    cells |= {"said": thing["text"]} if shape == "segment" and thing.get("text") else {}
    attributes = thing.get("attributes")
    return cells | ({"attributes": json.dumps(attributes, ensure_ascii=False)} if attributes else {})


def _guarded(column: str, cell: str) -> str:
    return f"'{cell}" if column not in _NUMBERS and cell[:1] in ("=", "+", "-", "@", "'") and cell else cell
