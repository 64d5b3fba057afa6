"""BIO: a character or a word on each line with its tag, a blank line between sentences (KLUE-NER and its kin).

One line per character is what we write: with it spans begin and end within words, as Korean needs. A space is a
character too. Offsets are code points.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from academy.annotation.formats.found import Found, FoundItem, FoundObject, LeavingSet, Options, Problem, plain_label
from academy.annotation.formats.found import UnreadableSource as Unreadable
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.losses import span_order
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format, Sink
from academy.annotation.formats.tagging import entities, is_tag, tags
from academy.grading.documents import LONGEST_NAME
from academy.i18n import say

CARRIES = Carries(
    shapes=frozenset({"span"}), media=frozenset({"text"}), overlapping=False, mixed=False, empty_items=True
)  # fmt: skip
_SUFFIXES = (".tsv", ".txt", ".bio", ".iob", ".iob2", ".ner")
_SAMPLE = 3_000
_ESCAPED = {"\\n": "\n", "\\t": "\t", "\\r": "\r"}
_ESCAPES = {sign: written for written, sign in _ESCAPED.items()}
_MARKED = re.compile(r"<([^<>]*):([^\s<>:]{1,30})>")
_HEAD = (
    "## Token separator : \\t", "## Line separator : \\n", "## Sentence separator : \\n\\n", "## Comment : ##",
    "## Columns : CHARACTER^TAG",
)  # fmt: skip


@dataclass(slots=True)
class Sentence:
    """Tokens with their tags, as they stand in the file."""

    line: int
    name: str = ""
    comment: str = ""
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every sentence of every file; a sentence with a broken line keeps its good ones."""
    any_file = False
    seen: dict[int, int] = {}
    for path in place.labels(*_SUFFIXES):
        if place.file is None and not looks_right(path, columns=2):
            continue
        any_file = True
        by_character = _by_character(first_lines(path, _SAMPLE))
        name = place.name(path)
        for sentence in readable(_sentences(path, name), place, name):
            if isinstance(sentence, Problem):
                yield sentence
            else:
                yield from found_in(sentence, name, options, seen, by_character=by_character)
    if not any_file:
        raise Unreadable(say("%(place)s holds no file of tokens and tags.", place=place.path.name))


Anything = TypeVar("Anything")


def readable(found: Iterator[Anything], place: Place, file: str) -> Iterator[Anything | Problem]:
    """What is found in one of several files; one that is no text costs only itself."""
    try:
        yield from found
    except Unreadable as error:
        if place.file is not None:
            raise
        yield Problem(file, None, error.sentence)


def found_in(
    sentence: Sentence, file: str, options: Options, seen: dict[int, int], *, by_character: bool
) -> Iterator[FoundItem | Problem]:
    """The item of a sentence, and what is odd about it."""
    text, starts = joined(sentence.tokens, "" if by_character else " ")
    name = sentence.name or f"{file}:{sentence.line}"
    found = entities(sentence.tags)
    first = seen.setdefault(hash(name), sentence.line)
    if first != sentence.line:
        sentence_twice = say(
            "The sentence %(name)s on line %(line)s has the name of the one on line %(first)s; it was not imported.",
            name=name, line=sentence.line, first=first,
        )  # fmt: skip
        yield Problem(file, name, sentence_twice, max(1, len(found)))
        return
    gap = 0 if by_character else 1
    objects = tuple(
        FoundObject(
            str(number), plain_label(entity.label)[:LONGEST_NAME], "span",
            [starts[entity.first], starts[entity.end] - gap],
        )
        for number, entity in enumerate(found, 1)
    )  # fmt: skip
    item = FoundItem(
        name=name, file=file, kind="spans", parts=(("", text),), objects=objects, shared=True,
        annotator=options.annotator,
    )  # fmt: skip
    yield item
    yield from (Problem(item.place, problem.object, problem.sentence, problem.lost) for problem in sentence.problems)
    for number, entity in enumerate(found, 1):
        if entity.mended:
            begun = say("%(label)s begins without a B tag; it was taken as it stands.", label=entity.label)
            yield item.problem(str(number), begun)
    if sentence.comment and not agrees(sentence.comment, item):
        odd = say(
            "The marks in the comment line of %(name)s can not be read like the others: they do not agree with the "
            "tags below it. The tags were taken.", name=name,
        )  # fmt: skip
        yield item.problem(None, odd)


def joined(tokens: Sequence[str], gap: str) -> tuple[str, list[int]]:
    """The text of the tokens, its letters composed; and where each begins, with one more behind the last."""
    text = gap.join(tokens)
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + len(gap))
    if not unicodedata.is_normalized("NFC", text):
        starts = [len(unicodedata.normalize("NFC", text[:start])) + max(0, start - len(text)) for start in starts]
        text = unicodedata.normalize("NFC", text)
    return text, starts


def agrees(comment: str, item: FoundItem) -> bool:
    """Whether a comment line like `<이름:PS>는 ...` marks what the tags mark."""
    text, marked, end = "", [], 0
    for mark in _MARKED.finditer(comment):
        text += comment[end : mark.start()]
        marked.append(([len(text), len(text) + len(mark[1])], mark[2]))
        text += mark[1]
        end = mark.end()
    text += comment[end:]
    return text == item.parts[0][1] and marked == [(thing.value, thing.label) for thing in item.objects]


def _sentences(path: Path, file: str) -> Iterator[Sentence | Problem]:
    current = Sentence(0)
    for line in read_lines(path, file):
        if isinstance(line, Problem):
            yield line
        elif not line.text.strip() and "\t" not in line.text:
            if current.tokens:
                yield current
            current = Sentence(0)
        elif _is_comment(line.text):
            if current.tokens:  # a comment within a sentence begins the next one
                yield current
                current = Sentence(0)
            _comment(line.text, current)
        else:
            _token(line, file, current)
    if current.tokens:
        yield current


def _comment(text: str, current: Sentence) -> None:
    body = text.lstrip("#").strip(" ")
    name, tab, marked = body.partition("\t")
    if tab:
        current.name, current.comment = plain_label(name), marked
    elif match := re.fullmatch(r"(?:sent_id|id|guid)\s*[=:]\s*(.+)", body):
        current.name = plain_label(match[1])


def _token(line: Line, file: str, current: Sentence) -> None:
    cells = split(line.text)
    current.line = current.line or line.number
    if len(cells) < 2 or not is_tag(cells[-1]):
        odd = say(
            "Line %(line)s has no tag that can be read; its text was taken as outside of every entity.",
            line=line.number,
        )  # fmt: skip
        current.problems.append(Problem(file, str(line.number), odd))
        cells = [*cells[:1], "O"]
    token = _ESCAPED.get(cells[0], cells[0])
    # An editor that cuts blanks takes away the space that is the character of this line.
    current.tokens.append(token or " ")
    current.tags.append(cells[-1])


def split(text: str) -> list[str]:
    """The columns of a line: parted by tabs, else by blanks."""
    if "\t" in text:
        return [text[: text.index("\t")], *(cell.strip() for cell in text[text.index("\t") + 1 :].split("\t"))]
    return text.split()


def _is_comment(text: str) -> bool:
    if not text.startswith("#"):
        return False
    cells = split(text)
    return " " in cells[0] or len(cells) != 2 or not is_tag(cells[-1])


def _by_character(lines: Sequence[str]) -> bool:
    """Whether each line holds one character: nearly all do, or a space stands alone."""
    tokens = [split(line)[0] for line in lines if line.strip() and not _is_comment(line) and split(line)]
    short = sum(len(_ESCAPED.get(token, token)) <= 1 for token in tokens)
    return bool(tokens) and (short >= 0.97 * len(tokens) or (" " in tokens and short > 0.8 * len(tokens)))


def looks_right(path: Path, *, columns: int) -> bool:
    """Whether nearly every line of a file has as many columns (3: or more), the last of which is a tag."""
    lines = first_lines(path, 500)
    # The last one may be cut off.
    lines = [line for line in lines[: -1 if len(lines) > 1 else None] if line.strip() and not _is_comment(line)]
    rows = [split(line) for line in lines]
    good = sum(
        len(row) > 1 and (len(row) == 2) == (columns == 2) and is_tag(row[-1]) and row[-1] not in ("", "-")
        for row in rows
    )
    return bool(rows) and good >= 0.9 * len(rows)


def fits(place: Place) -> bool:
    """Lines of two columns, the second a tag."""
    return any(looks_right(path, columns=2) for path in place.labels(*_SUFFIXES)[:20])


# Writing -----------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """One file with a line for each character, as KLUE-NER has them."""
    lines = [*_HEAD, ""]
    for item in leaving.items():
        document = item.document
        if document is None or len(item.parts) != 1 or "objects" not in document:
            continue
        text = item.parts[0][1]
        spans = spans_of(document["objects"])
        comment, name = _marked(text, spans), one_line(item.name)
        lines.append(f"## {name}\t{comment}" if comment else f"# id = {name}")
        written = tags(((start, end, label) for start, end, label in spans), len(text))
        lines += [f"{_ESCAPES.get(sign, sign)}\t{tag}" for sign, tag in zip(text, written, strict=True)]
        lines.append("")
    sink.put(f"{leaving.slug}.bio", ("\n".join(lines) + "\n").encode())


def one_line(text: str) -> str:
    """A name or a label as a cell of one line."""
    return re.sub(r"[\t\n\r]+", " ", text)


def spans_of(objects: Sequence[Mapping[str, Any]]) -> list[tuple[int, int, str]]:
    """(start, end, label) of spans that share no characters, from left to right."""
    spans: list[tuple[int, int, str]] = []
    listed = [thing for thing in objects if thing.get("span")]
    for thing in sorted(listed, key=lambda thing: span_order(thing["span"])):
        start, end = thing["span"]
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, one_line(thing["label"])))
    return spans


def _marked(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """The text with its entities marked, if such a line can be read back; else ""."""
    pieces, done = [], 0
    for start, end, label in spans:
        pieces += [text[done:start], f"<{text[start:end]}:{label}>"]
        done = end
    marked = "".join([*pieces, text[done:]])
    objects = tuple(FoundObject(str(n), label, "span", [start, end]) for n, (start, end, label) in enumerate(spans))
    item = FoundItem(name="", file="", parts=(("", text),), objects=objects)
    plain = not any(sign in marked for sign in "\t\n\r") and marked == marked.strip()
    return marked if plain and agrees(marked, item) else ""


FORM = Format("bio", "BIO (KLUE-NER)", read, write, fits, CARRIES, single_file=".bio")
