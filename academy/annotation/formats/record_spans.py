"""Spans in JSON records, as tools for texts write them: [start, end, label], {"start", "end", "label"}, or tokens with
their tags. Offsets are characters; where the words beside them show that they count as JavaScript does, they are
turned into characters."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from academy.annotation.formats.columns import Record
from academy.annotation.formats.found import FoundItem, FoundObject, Problem, plain_label
from academy.annotation.formats.own import Names
from academy.annotation.formats.tagging import entities, is_tag
from academy.i18n import say

_LISTS = ("entities", "spans", "label", "labels", "ner", "annotations", "highlights")
_STARTS, _ENDS = ("start", "start_offset", "begin", "from"), ("end", "end_offset", "to")
_LABELS = ("label", "type", "entity", "tag", "entity_group", "category", "name", "labels")
_WORDS = ("text", "word", "surface", "form", "value", "entity_text")
_TEXTS = ("text", "sentence", "content", "document", "data")
_TOKENS, _TAGS = ("tokens", "words"), ("ner_tags", "tags", "labels", "ner", "bio")


def text_column(sample: Sequence[Record]) -> str:
    """The column whose text the spans lie in; "" if the records hold no spans. Records of tokens name "tokens"."""
    for record in sample:
        if _tokens(record):
            return next(name for name in _TOKENS if name in record)
        text = next((name for name in _TEXTS if isinstance(record.get(name), str)), "")
        if text and any(_read(one) is not None for one in _listed(record)):
            return text
    return ""


def objects(record: Record, item: FoundItem) -> Iterator[FoundObject | Problem]:
    """The spans of a record, and the relations between them. `item` has the text as it is kept."""
    names = Names()
    if tokens := _tokens(record):
        words, tags = tokens
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        for found in entities(tags):
            span = [starts[found.first], starts[found.end] - 1]
            yield FoundObject(names.free(str(len(names.taken) + 1)), found.label[:200], "span", span)
        return
    text = _text(record)
    ids: dict[str, str] = {}
    for position, one in enumerate(_listed(record), 1):
        read = _read(one)
        if read is None:
            sentence = say("Span %(place)s has no start, end and label; it was not imported.", place=position)
            yield item.problem(str(position), sentence, 1)
            continue
        start, end, label = read
        own = str(one["id"]) if isinstance(one, Mapping) and isinstance(one.get("id"), int | str) else ""
        name = names.free(own or str(position))
        ids[own or str(position)] = name
        start, end, turned = _by_words(one, text, start, end)
        if turned is not None:
            yield item.problem(name, turned)
        yield FoundObject(name, label, "span", [_kept(text, start), _kept(text, end)])
    yield from _relations(record, item, ids, names)


def shown(record: Record) -> str:
    """The text of a record with spans, its letters composed."""
    tokens = _tokens(record)
    return unicodedata.normalize("NFC", " ".join(tokens[0]) if tokens else _text(record))


def _text(record: Record) -> str:
    return next((record[name] for name in _TEXTS if isinstance(record.get(name), str)), "")


def _tokens(record: Record) -> tuple[list[str], list[str]] | None:
    """Words and their tags, as many of one as of the other."""
    words = next((record[name] for name in _TOKENS if _texts(record.get(name))), None)
    tags = next((record[name] for name in _TAGS if _texts(record.get(name))), None)
    if words is None or tags is None or len(words) != len(tags) or not all(map(is_tag, tags)):
        return None
    return words, tags


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _listed(record: Record) -> list[Any]:
    """The list that holds spans; a list of plain labels is none."""
    for name in _LISTS:
        value = record.get(name)
        if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
            return value
    return []


def _read(one: Any) -> tuple[int, int, str] | None:
    if isinstance(one, list) and len(one) >= 3:
        start, end, label = one[:3]
    elif isinstance(one, Mapping):
        start, end, label = (_first(one, names) for names in (_STARTS, _ENDS, _LABELS))
    else:
        return None
    label = label[0] if isinstance(label, list) and label else label
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not plain_label(label):
        return None
    return start, end, plain_label(label)


def _first(one: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((one[name] for name in names if name in one), None)


def _by_words(one: Any, text: str, start: int, end: int) -> tuple[int, int, Any]:
    """Start and end in characters; with a sentence if they had to be turned, or do not fit the words beside them."""
    words = _first(one, _WORDS) if isinstance(one, Mapping) else None
    if not isinstance(words, str) or not words or text[start:end] == words:
        return start, end, None
    units = text.encode("utf-16-le")
    if units[2 * start : 2 * end] == words.encode("utf-16-le"):
        first = len(units[: 2 * start].decode("utf-16-le", "replace"))
        return first, first + len(words), None
    return start, end, say(
        "The text says %(there)s where the span should be %(words)s; it was imported as its numbers say.",
        there=text[start:end][:60] or "–", words=words[:60],
    )  # fmt: skip


def _kept(text: str, place: int) -> int:
    """Where a place of the file's text is, once its letters are composed."""
    if unicodedata.is_normalized("NFC", text) or not 0 <= place <= len(text):
        return place
    return len(unicodedata.normalize("NFC", text[:place]))


def _relations(
    record: Record, item: FoundItem, ids: Mapping[str, str], names: Names
) -> Iterator[FoundObject | Problem]:
    listed = record.get("relations")
    for position, one in enumerate(listed if isinstance(listed, list) else (), 1):
        one = one if isinstance(one, Mapping) else {}
        ends = [str(_first(one, keys)) for keys in (("from_id", "head", "from"), ("to_id", "tail", "to", "child"))]
        label = _first(one, ("type", "label", "relation"))
        if not all(end in ids for end in ends) or not isinstance(label, str) or not plain_label(label):
            sentence = say("Relation %(place)s does not join two spans; it was not imported.", place=position)
            yield item.problem(str(position), sentence, 1)
            continue
        value = {"head": ids[ends[0]], "tail": ids[ends[1]]}
        yield FoundObject(names.free(f"r{position}"), plain_label(label), "relation", value)
