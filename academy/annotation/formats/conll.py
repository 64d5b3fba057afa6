"""CoNLL: a word on each line in columns. CoNLL-2003 has the tag last; CoNLL-U has ten columns and the tag in the last.

What we write is CoNLL-U: `# text`, SpaceAfter and SpacesAfter say exactly what stood between the words, as UDPipe
writes it. Words are cut where a span begins or ends, so that nothing is rounded to words.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from academy.annotation.formats import bio
from academy.annotation.formats.bio import Sentence, looks_right, one_line, spans_of, split
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
    plain_label,
)
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Format, Sink
from academy.annotation.formats.tagging import entities, is_tag, tags
from academy.grading.documents import LONGEST_NAME
from academy.i18n import Sentence as Said
from academy.i18n import say

CARRIES = bio.CARRIES
_SUFFIXES = (".conll", ".conllu", ".txt", ".tsv", ".iob", ".ner")
_NER = ("NER", "Entity", "name", "ner", "NE")
_SPACES = {"\\s": " ", "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\p": "|", "\\\\": "\\"}
_WRITTEN = {sign: written for written, sign in _SPACES.items()}
_WORD = re.compile(r"\S+")
_FIRST = re.compile(r"\d+(?:[-.]\d+)?")


class Words(Sentence):
    """A sentence of CoNLL-U: what stands before the first word and after each."""

    __slots__ = ("after", "before", "open")

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.before = ""
        self.after: list[str] = []
        self.open = True
        """Nothing says what follows the last word: then it is the blank before the next sentence."""


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every sentence of every file. Where two files have one stem, the .conllu says more and is read alone."""
    any_file = False
    seen: dict[int, int] = {}
    paths = place.labels(*_SUFFIXES)
    richer = {path.with_suffix("") for path in paths if path.suffix.lower() == ".conllu"}
    for path in paths:
        if path.suffix.lower() == ".conll" and path.with_suffix("") in richer:
            continue
        universal = _is_universal(path)
        if place.file is None and not universal and not looks_right(path, columns=3):
            continue
        any_file = True
        name = place.name(path)
        sentences = _universal(path, name) if universal else _plain(path, name)
        for sentence in bio.readable(sentences, place, name):
            if isinstance(sentence, Problem):
                yield sentence
            elif isinstance(sentence, Words):
                yield from _item(sentence, name, options, seen)
            else:
                yield from bio.found_in(sentence, name, options, seen, by_character=False)
    if not any_file:
        raise UnreadableSource(say("%(place)s holds no file in columns with tags.", place=place.path.name))


def _plain(path: Path, file: str) -> Iterator[Sentence | Problem]:
    """CoNLL-2003: the word first, the tag last; -DOCSTART- parts documents and is no word."""
    current = Sentence(0)
    for line in read_lines(path, file):
        if isinstance(line, Problem):
            yield line
            continue
        cells = split(line.text)
        if not cells or cells[0] == "-DOCSTART-":
            if current.tokens:
                yield current
            current = Sentence(0)
            continue
        if line.text.startswith("# ") and not is_tag(cells[-1]):
            if match := re.fullmatch(r"# (?:sent_id|id)\s*[=:]\s*(.+)", line.text):
                current.name = plain_label(match[1])
            continue
        current.line = current.line or line.number
        if len(cells) < 2 or not is_tag(cells[-1]):
            current.problems.append(Problem(file, str(line.number), _no_tag(line.number)))
            cells = [cells[0], "O"]
        current.tokens.append(cells[0])
        current.tags.append(cells[-1])
    if current.tokens:
        yield current


def _universal(path: Path, file: str) -> Iterator[Words | Problem]:
    current = Words(0)
    for line in read_lines(path, file):
        if isinstance(line, Problem):
            yield line
        elif not line.text.strip():
            if current.tokens:
                yield current
            current = Words(0)
        elif line.text.startswith("#"):
            match = re.fullmatch(r"#\s*(sent_id|text)\s*=\s?(.*)", line.text)
            if match and match[1] == "sent_id":
                current.name = plain_label(match[2])
        else:
            problem = _word(line, file, current)
            if problem is not None:
                yield problem
    if current.tokens:
        yield current


def _word(line: Line, file: str, current: Words) -> Problem | None:
    cells = line.text.split("\t")
    if len(cells) != 10 or not _FIRST.fullmatch(cells[0]):
        sentence = say("Line %(line)s has not the ten columns of CoNLL-U; it was passed over.", line=line.number)
        return Problem(file, str(line.number), sentence)
    if not cells[0].isdecimal():
        return None  # the written form of several words, or a word that is not written
    current.line = current.line or line.number
    facts = dict(fact.partition("=")[::2] for fact in cells[9].split("|"))
    tag = next((facts[name] for name in _NER if name in facts), "O")
    if not is_tag(tag):
        current.problems.append(Problem(file, str(line.number), _no_tag(line.number)))
        tag = "O"
    if not current.tokens:
        current.before = _unescaped(facts.get("SpacesBefore", ""))
    current.tokens.append(_unescaped(facts["SpacesInToken"]) if "SpacesInToken" in facts else cells[1])
    current.tags.append(_unescaped(tag))
    spaces = facts.get("SpacesAfter")
    current.open = spaces is None and facts.get("SpaceAfter") != "No"
    current.after.append(_unescaped(spaces) if spaces is not None else "" if facts.get("SpaceAfter") == "No" else " ")
    return None


def _item(words: Words, file: str, options: Options, seen: dict[int, int]) -> Iterator[FoundItem | Problem]:
    """The sentence, put together with what stands between its words."""
    pieces = [words.before]
    for token, after in zip(words.tokens, words.after, strict=True):
        pieces += [token, after]
    if words.open:
        pieces[-1] = ""
    text, starts = bio.joined(pieces, "")
    whole = Sentence(words.line, words.name, "", [text], ["O"], words.problems)
    for found in bio.found_in(whole, file, options, seen, by_character=True):
        if not isinstance(found, FoundItem):
            yield found
            continue
        objects = tuple(
            FoundObject(
                str(number), plain_label(entity.label)[:LONGEST_NAME], "span",
                [starts[1 + 2 * entity.first], starts[2 * entity.end]],
            )
            for number, entity in enumerate(entities(words.tags), 1)
        )  # fmt: skip
        yield FoundItem(
            name=found.name, file=file, kind="spans", parts=found.parts, objects=objects, shared=True,
            annotator=found.annotator,
        )  # fmt: skip


def _no_tag(line: int) -> Said:
    return say("Line %(line)s has no tag that can be read; its word was taken as outside of every entity.", line=line)


def _unescaped(text: str) -> str:
    return re.sub(r"\\.", lambda match: _SPACES.get(match[0], match[0]), text)


def _escaped(text: str) -> str:
    return "".join(_WRITTEN.get(sign, sign) for sign in text)


def _is_universal(path: Path) -> bool:
    lines = [line for line in first_lines(path, 60)[:-1] if line.strip() and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    good = sum(len(row) == 10 and _FIRST.fullmatch(row[0]) is not None for row in rows)
    return bool(rows) and good >= 0.9 * len(rows)


def fits(place: Place) -> bool:
    """CoNLL-U, or three columns and more of which the last is a tag."""
    paths = place.labels(*_SUFFIXES)[:20]
    return any(_is_universal(path) or looks_right(path, columns=3) for path in paths)


# Writing -----------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """CoNLL-U, and beside it CoNLL-2003 for programs that know only that."""
    universal: list[str] = []
    plain: list[str] = ["-DOCSTART- -X- -X- O", ""]
    for item in leaving.items():
        document = item.document
        if document is None or len(item.parts) != 1 or "objects" not in document:
            continue
        text = item.parts[0][1]
        words = _cut(text, spans_of(document["objects"]))
        universal += [f"# sent_id = {one_line(item.name)}", f"# text = {' '.join(text.split())}"]
        for number, (word, tag, before, after) in enumerate(words, 1):
            facts = [f"NER={_escaped(tag)}"]
            facts += [f"SpacesBefore={_escaped(before)}"] if before else []
            facts += _after(after, last=number == len(words))
            facts += [f"SpacesInToken={_escaped(word)}"] if word != " ".join(word.split()) else []
            form = "_".join(word.split()) or "_"
            universal.append("\t".join([str(number), form, *["_"] * 7, "|".join(facts)]))
            plain.append(f"{form} -X- _ {'_'.join(tag.split())}")
        universal.append("")
        plain.append("")
    sink.put(f"{leaving.slug}.conllu", ("\n".join(universal) + "\n").encode())
    sink.put(f"{leaving.slug}.conll", ("\n".join(plain) + "\n").encode())


def _after(after: str, *, last: bool) -> list[str]:
    if after == " " and not last:
        return []
    if after == "":
        return ["SpaceAfter=No"]
    return [f"SpacesAfter={_escaped(after)}"]


def _cut(text: str, spans: Sequence[tuple[int, int, str]]) -> list[tuple[str, str, str, str]]:
    """(word, tag, blanks before the first, blanks after) of a text, cut at blanks and where spans begin and end."""
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    cuts: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        inside = [match.start(), *(edge for edge in edges if match.start() < edge < match.end()), match.end()]
        cuts += pairwise(inside)
    # A span that begins or ends with a blank, or is nothing else, keeps it within a word of its own.
    cuts = _with_blanks(cuts, spans)
    marked = []
    for start, end, label in spans:
        places = [place for place, (first, last) in enumerate(cuts) if start <= first and last <= end]
        if places:
            marked.append((places[0], places[-1] + 1, label))
    written = tags(marked, len(cuts))
    ends = [first for first, _ in cuts[1:]] + [len(text)]
    return [
        (text[first:last], tag, text[:first] if not place else "", text[last:following])
        for place, ((first, last), tag, following) in enumerate(zip(cuts, written, ends, strict=True))
    ]


def _with_blanks(cuts: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """The words, those at the edges of a span made as long as the span needs."""
    words = list(cuts)
    for start, end, _ in spans:
        within = [place for place, (first, last) in enumerate(words) if start <= first and last <= end]
        if not within:
            words = sorted([*words, (start, end)])
            continue
        words[within[0]] = (start, words[within[0]][1])
        words[within[-1]] = (words[within[-1]][0], end)
    return words


FORM = Format("conll", "CoNLL", read, write, fits, CARRIES, single_file=".conllu")
