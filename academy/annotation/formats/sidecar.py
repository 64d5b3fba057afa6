"""Small files beside others' formats that have no place for what they hold: what a label set says of its labels
(academy-labels.json), and what items are called where that is not the name of their file (academy-items.json)."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from academy.annotation.formats.found import FoundLabel, plain_label
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Sink
from academy.grading.documents import LONGEST_NAME
from academy.safe_json import RefusedJson, parse_json

FILE = "academy-labels.json"
ITEMS_FILE = "academy-items.json"
LARGEST = 4_000_000
LARGEST_ITEMS = 64_000_000
LONGEST_ITEM = 500
_TEXTS = ("color", "title", "parent", "hotkey", "description")


def write_labels(labels: Iterable[FoundLabel], sink: Sink, written: Mapping[str, str] | None = None) -> None:
    """Everything that is known of the labels; `written` says under which names the other files know them."""
    listed = [
        {name: fact for name, fact in asdict(label).items() if fact}
        | ({"written": written[label.name]} if written else {})
        for label in labels
    ]
    sink.put(FILE, (json.dumps({"labels": listed}, ensure_ascii=False, indent=1) + "\n").encode())


def read_labels(place: Place) -> dict[str, FoundLabel]:
    """The labels of the file beside, by the names under which the other files know them; none without it."""
    value = _value(next((path for path in _near(place, FILE) if path.name == FILE), None), LARGEST)
    listed = value.get("labels") if isinstance(value, dict) else None
    found: dict[str, FoundLabel] = {}
    for facts in listed if isinstance(listed, list) else ():
        label = _label(facts) if isinstance(facts, dict) else None
        if label is not None:
            written = facts.get("written")
            found[written if isinstance(written, str) else label.name] = label
    return found


def write_names(names: Mapping[str, str], sink: Sink) -> None:
    """What items are called, by the files that were written for them."""
    others = {file: name for file, name in names.items() if name != file}
    if others:
        sink.put(ITEMS_FILE, (json.dumps({"items": others}, ensure_ascii=False, indent=0) + "\n").encode())


def read_names(place: Place) -> dict[str, str]:
    """What items are called, by the names that their files have in this place."""
    found: dict[str, str] = {}
    for path in [path for path in _near(place, ITEMS_FILE) if path.name == ITEMS_FILE]:
        value = _value(path, LARGEST_ITEMS)
        items = value.get("items") if isinstance(value, dict) else None
        folder = place.name(path).removesuffix(ITEMS_FILE)
        for file, name in items.items() if isinstance(items, dict) else ():
            if isinstance(name, str) and 0 < len(name) <= LONGEST_ITEM:
                found[unicodedata.normalize("NFC", folder + file)] = name
    return found


def _near(place: Place, name: str) -> Iterable[Path]:
    return place.files if place.file is None else (place.root / name,)


def _value(path: Path | None, largest: int) -> Any:
    try:
        if path is None or path.stat().st_size > largest:
            return None
        return parse_json(path.read_bytes(), max_bytes=largest)
    except (RefusedJson, OSError):
        return None


def _label(facts: Mapping[str, Any]) -> FoundLabel | None:
    name = facts.get("name")
    if not isinstance(name, str) or not 0 < len(plain_label(name)) <= LONGEST_NAME:
        return None
    texts = {field: fact for field in _TEXTS if isinstance(fact := facts.get(field), str)}
    skeleton, attributes = facts.get("skeleton"), facts.get("attributes")
    return FoundLabel(
        plain_label(name),
        **texts,
        skeleton=skeleton if isinstance(skeleton, dict) else {},
        attributes=tuple(one for one in attributes if isinstance(one, dict)) if isinstance(attributes, list) else (),
    )


def without_blanks(names: Iterable[str]) -> dict[str, str]:
    """Each name as files whose columns are parted by blanks can hold it; no two become the same."""
    written: dict[str, str] = {}
    for name in names:
        base = "_".join(name.split()) or "_"
        free, number = base, 2
        while free in written.values():
            free, number = f"{base}_{number}", number + 1
        written[name] = free
    return written
