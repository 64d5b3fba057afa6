"""JSON records: one on each line, or one list. Our own documents, one item per line, are the form in which nothing is
lost: every kind, every flag, what each annotator said, and the labels themselves.

Others' records are read as tables are (columns.py): texts with labels, pairs of texts, answers to compare, what
several people said; and spans of texts (record_spans.py).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from academy.annotation.formats import own_lines, record_spans
from academy.annotation.formats.columns import Record, plan
from academy.annotation.formats.found import Found, FoundItem, FoundObject, Options, Problem, UnreadableSource, kind_of
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.places import Place
from academy.annotation.formats.records import Records, words
from academy.annotation.formats.registry import Format
from academy.annotation.formats.streams import BrokenJson, JsonStream
from academy.i18n import say
from academy.safe_json import RefusedJson, parse_json

LONGEST = 32_000_000
"""Characters of one record."""
_SAMPLE = 60
_SUFFIXES = (".jsonl", ".ndjson", ".json")
Numbered = tuple[int, dict[str, Any]]


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every file of records, in the order of their names."""
    any_file = False
    problems: list[Problem] = []
    for path in _files(place):
        name = place.name(path)
        try:
            for found in _read_file(path, name, place, options):
                any_file = any_file or not isinstance(found, Problem)
                yield found
        except UnreadableSource as error:
            problems.append(Problem(name, None, error.sentence))
    if not any_file and problems:
        raise UnreadableSource(problems[0].sentence)
    if not any_file:
        raise UnreadableSource(say("%(place)s holds no JSON records with items.", place=place.path.name))
    yield from problems


def _files(place: Place) -> list[Path]:
    return [path for path in place.labels(*_SUFFIXES) if place.file is not None or _looks_right(path)]


def _read_file(path: Path, name: str, place: Place, options: Options) -> Iterator[Found]:
    """Our own documents, spans, or records like the rows of a table: the first records tell."""
    records = _records(path, name)
    sample: list[Numbered | Problem] = []
    while len([one for one in sample if not isinstance(one, Problem)]) < _SAMPLE:
        one = next(records, None)
        if one is None:
            break
        sample.append(one)
    found = [one[1] for one in sample if not isinstance(one, Problem)]
    if any(map(own_lines.is_ours, found[:2])):
        reader: Any = own_lines.Reader(name, place)
    elif record_spans.text_column(found):
        reader = _Spans(found, name, place, options)
    else:
        reader = _Table(found, name, place, options)
        yield from reader.words()
    for one in chain(sample, records):
        if isinstance(one, Problem):
            yield one
        else:
            yield from reader.read(one[1], str(one[0]))


class _Table:
    """Records like the rows of a table."""

    def __init__(self, sample: list[dict[str, Any]], name: str, place: Place, options: Options) -> None:
        names = list(dict.fromkeys(name for record in sample for name in record))
        self.plan = plan(names, sample, options, is_media=lambda written: place.find(written) is not None)
        self.name = name
        self._records = Records(self.plan, name, place, options)
        if not self.plan.useful:
            sentence = say(
                "%(file)s was not read: nothing in it is named like texts, files or labels of items. It has: "
                "%(columns)s.", file=name, columns=", ".join(names)[:1_000] or "–",
            )  # fmt: skip
            raise UnreadableSource(sentence)

    def words(self) -> Iterator[Problem]:
        if self.plan.guessed:
            yield Problem(self.name, None, self.plan.words())

    def read(self, record: Record, where: str) -> Iterator[Found]:
        yield from self._records.read(record, where)


class _Spans:
    """Texts with spans."""

    def __init__(self, sample: list[dict[str, Any]], name: str, place: Place, options: Options) -> None:
        names = list(dict.fromkeys(name for record in sample for name in record))
        text = record_spans.text_column(sample)
        self.plan = plan(names, sample, replace(options, text_column=text), is_media=lambda _: False)
        self.name, self.options = name, options

    def read(self, record: Record, where: str) -> Iterator[Found]:
        name = words(record.get(self.plan.item)).strip() if self.plan.item else ""
        text = record_spans.shown(record)
        item = FoundItem(name=name or f"{self.name}:{where}", file=self.name, parts=(("", text),), shared=True)
        if not text.strip():
            sentence = say("Line %(line)s has no text; there is nothing to label, and it was not imported.", line=where)
            yield Problem(self.name, where, sentence, 1)
            return
        found: list[FoundObject] = []
        problems: list[Problem] = []
        for thing in record_spans.objects(record, item):
            (found if isinstance(thing, FoundObject) else problems).append(thing)  # type: ignore[arg-type]
        yield replace(item, objects=tuple(found), kind=kind_of(found) or "spans", annotator=self.options.annotator)
        yield from problems


def _records(path: Path, name: str) -> Iterator[Numbered | Problem]:
    """Every JSON object of a file with its line; a file of one list may be of any size."""
    if _is_list(path):
        yield from _elements(path, name)
        return
    for line in read_lines(path, name, LONGEST):
        if isinstance(line, Problem):
            yield line
        elif line.text.strip():
            yield _parsed(line, name)


def _parsed(line: Line, name: str) -> Numbered | Problem:
    try:
        value = parse_json(line.text.lstrip("\ufeff"), max_bytes=4 * LONGEST)
    except RefusedJson:
        sentence = say(
            "Line %(line)s is no JSON: it is cut off, misspelt, or holds a number or a sign that can not be kept. It "
            "was not imported.", line=line.number,
        )  # fmt: skip
        return Problem(name, str(line.number), sentence, 1)
    if not isinstance(value, dict):
        sentence = say("Line %(line)s is no JSON object with braces; it was not imported.", line=line.number)
        return Problem(name, str(line.number), sentence, 1)
    return line.number, value


def _elements(path: Path, name: str) -> Iterator[Numbered | Problem]:
    number = 0
    try:
        for record in JsonStream(path):
            number = max(number + 1, record.line)
            if isinstance(record.value, dict):
                yield number, record.value
            elif not record.section:
                sentence = say("Line %(line)s is no JSON object with braces; it was not imported.", line=record.line)
                yield Problem(name, str(record.line), sentence, 1)
    except BrokenJson as error:
        yield Problem(name, None, error.sentence)


def _is_list(path: Path) -> bool:
    """Whether the file is one JSON list, or one object around lists, and not a record on each line."""
    lines = [line.strip() for line in first_lines(path, 3) if line.strip()]
    if not lines:
        return True
    if lines[0].startswith("["):
        return True
    try:
        return not isinstance(json.loads(lines[0]), dict) or (len(lines) == 1 and path.suffix.lower() == ".json")
    except ValueError:
        return path.suffix.lower() == ".json"


def _looks_right(path: Path) -> bool:
    """Whether the first record of a file is one of ours, or names texts or labels."""
    try:
        record = _first(path)
        if record is None:
            return False
        if own_lines.is_ours(record) or record_spans.text_column([record]):
            return True
        meant = plan(list(record), [record], Options(), is_media=lambda _: False)
    except UnreadableSource:
        return False
    return bool(meant.useful and (meant.label or meant.people or (meant.texts and path.suffix != ".json")))


def _first(path: Path) -> Mapping[str, Any] | None:
    """The first record, if it lies in the first part of the file."""
    head = "\n".join(first_lines(path, 10_000)).lstrip("\ufeff \n\t")
    for begin in (head, head[1:].lstrip() if head.startswith("[") else ""):
        try:
            value, _ = json.JSONDecoder().raw_decode(begin)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return value[0]
    return None


def fits(place: Place) -> bool:
    """A file of records, of which the first names texts or labels, or is one of ours."""
    return any(map(_looks_right, place.labels(*_SUFFIXES)[:20]))


FORM = Format("jsonl", "JSON Lines", read, own_lines.write, fits, own_lines.CARRIES, single_file=".jsonl")
