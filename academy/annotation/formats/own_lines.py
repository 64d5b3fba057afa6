"""Our own documents, one item on each line, below a line that says the labels. What is written here comes back as it
was."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from academy.annotation.formats.columns import Record
from academy.annotation.formats.documents import found_in
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, LeavingItem, LeavingSet, Problem
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import ALL_SHAPES, Carries, Sink
from academy.grading.documents import LONGEST_NAME
from academy.i18n import say

CARRIES = Carries(
    shapes=ALL_SHAPES,
    fields=frozenset({"choice", "choices", "accepted", "text", "preference", "ranking", "verdict", "defects", "rule",
                      "inspection"}),
    media=frozenset({"picture", "text", "sound", "video", "cloud", "awaited"}),
    flags=frozenset({"crowd", "ignore", "optional", "rule"}), beside=frozenset({"box", "area", "text"}), holes=True,
    rings=True, attributes=True, ids=True, unused_labels=True, bare_items=True, opinions=True,
    label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
)  # fmt: skip
HEAD = "academy"
VERSION = 1
MEDIA = "media"
LARGEST = 64_000_000
"""Bytes of one file; a larger set goes on in the next."""
_TEXTS = ("color", "title", "parent", "hotkey", "description")


def is_ours(record: Record) -> bool:
    """Whether a record is our first line, or one of our items."""
    return isinstance(record.get(HEAD), dict) or {"item", "media", "gold"} <= set(record)


class Reader:
    """The items of one file."""

    def __init__(self, file: str, place: Place) -> None:
        self.file, self.place = file, place
        self._seen: set[int] = set()
        self._labels: set[str] = set()

    def read(self, record: Record, where: str) -> Iterator[Found]:
        if isinstance(record.get(HEAD), dict):
            yield from self._head(record[HEAD])
            return
        name = record.get("item")
        if not isinstance(name, str) or not name:
            sentence = say("Line %(line)s does not say which item it speaks of; it was not imported.", line=where)
            yield Problem(self.file, where, sentence, _count(record))
            return
        if hash(name) in self._seen:
            sentence = say("Line %(line)s speaks of %(item)s again; the first was taken.", line=where, item=name)
            yield Problem(self.file, name, sentence, _count(record))
            return
        self._seen.add(hash(name))
        item, problem = self._item(record, name)
        gold = record.get("gold")
        if isinstance(gold, dict):
            yield from found_in(gold, item, "")
        else:
            yield item
        opinions = record.get("opinions")
        for annotator, document in opinions.items() if isinstance(opinions, dict) else ():
            if isinstance(document, dict) and annotator:
                yield from found_in(document, item, annotator)
        if problem is not None:
            yield problem

    def _item(self, record: Record, name: str) -> tuple[FoundItem, Problem | None]:
        """The item without labels; a problem if its file is not there."""
        written = record.get("file") if isinstance(record.get("file"), str) else ""
        media = self.place.find(written) if written else None
        listed = record.get("frames")
        frames = (
            [self.place.find(frame) for frame in listed if isinstance(frame, str)] if isinstance(listed, list) else []
        )
        parts = _parts(record.get("parts"))
        here = media is not None or parts or (frames and all(frames))
        tags = record.get("tags")
        item = FoundItem(
            name=name, file=self.file, labelled=False, media=media, missing="" if here else written or name,
            frames=tuple(frame for frame in frames if frame is not None) if here else (), parts=parts, shared=True,
            tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        )  # fmt: skip
        if here or record.get("media") == "awaited":
            return item, None
        sentence = say("The file %(file)s is not there; the task waits until it is brought.", file=written or name)
        return item, item.problem(None, sentence)

    def _head(self, head: Mapping[str, Any]) -> Iterator[FoundLabel]:
        listed = head.get("labels")
        for facts in listed if isinstance(listed, list) else ():
            label = _label(facts) if isinstance(facts, dict) else None
            if label is not None and label.name not in self._labels:
                self._labels.add(label.name)
                yield label


def _label(facts: Mapping[str, Any]) -> FoundLabel | None:
    name = facts.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return None
    texts = {field: fact for field in _TEXTS if isinstance(fact := facts.get(field), str)}
    skeleton, attributes = facts.get("skeleton"), facts.get("attributes")
    return FoundLabel(
        name, **texts, skeleton=skeleton if isinstance(skeleton, dict) else {},
        attributes=tuple(one for one in attributes if isinstance(one, dict)) if isinstance(attributes, list) else (),
    )  # fmt: skip


def _parts(value: Any) -> tuple[tuple[str, str], ...]:
    listed = value if isinstance(value, list) else []
    pairs = [(one.get("name", ""), one.get("text")) for one in listed if isinstance(one, dict)]
    return tuple((name, text) for name, text in pairs if isinstance(name, str) and isinstance(text, str))


def _count(record: Record) -> int:
    """How many labels a line holds."""
    opinions = record.get("opinions")
    documents = [record.get("gold"), *(opinions.values() if isinstance(opinions, dict) else ())]
    counts = (document.get("objects") for document in documents if isinstance(document, dict))
    return sum(len(objects) if isinstance(objects, list) else 1 for objects in counts)


# Writing -----------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """All of the set; its media lie in a folder beside."""
    head = {
        "version": VERSION, "set": leaving.slug, "title": dict(leaving.title), "kind": leaving.kind,
        "licence": leaving.licence, "attribution": leaving.attribution,
        "labels": [{name: fact for name, fact in asdict(label).items() if fact} for label in leaving.labels],
    }  # fmt: skip
    lines, size, number = [_line({HEAD: head})], 0, 1
    for item in leaving.items():
        files = _copy(item, sink)
        lines.append(_line(_of_item(item) | files))
        size += len(lines[-1])
        if size > LARGEST:
            sink.put(_name(leaving, number), b"".join(lines))
            lines, size, number = [_line({HEAD: {"version": VERSION, "set": leaving.slug}})], 0, number + 1
    sink.put(_name(leaving, number), b"".join(lines))


def _name(leaving: LeavingSet, number: int) -> str:
    return f"{leaving.slug}.jsonl" if number == 1 else f"{leaving.slug}-{number}.jsonl"


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _of_item(item: LeavingItem) -> dict[str, Any]:
    facts: dict[str, Any] = {"item": item.name, "media": item.media}
    facts |= {name: fact for name in ("content_type", "width", "height", "seconds") if (fact := getattr(item, name))}
    if item.parts:
        facts["parts"] = [{"name": name, "text": text} for name, text in item.parts]
    facts["gold"] = item.document
    if item.opinions:
        facts["opinions"] = {annotator: dict(document) for annotator, document in item.opinions.items()}
    return facts | {name: fact for name in ("licence", "attribution") if (fact := getattr(item, name))}


def _copy(item: LeavingItem, sink: Sink) -> dict[str, Any]:
    """Its media put beside, and their names."""
    if item.key:
        sink.copy(f"{MEDIA}/{item.file_name}", item.key)
    names = []
    for number, key in enumerate(item.frames):
        names.append(f"{MEDIA}/{item.file_name}/{number:06d}{PurePosixPath(key).suffix}")
        sink.copy(names[-1], key)
    if names:
        return {"frames": names}
    return {"file": f"{MEDIA}/{item.file_name}"} if item.key or item.media == "awaited" else {}
