"""Large JSON, read record by record: the elements of its lists one at a time, in little memory and in one pass.

Every other tool's big file is one object of lists ({"images": [...], "annotations": [...]}) or one list. `JsonStream`
yields their elements as they come. It guards as academy.safe_json does (depth, size of one record, NUL and half
characters, encodings), but NaN and Infinity become None: one bad number costs its object, not the file.
"""

import codecs
import json
import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from academy.grading.documents import FARTHEST, NUMBERS
from academy.i18n import Sentence, say
from academy.safe_json import MAX_DEPTH

MOST_OF_ONE = 64 * 1024 * 1024
"""Characters of one record: a polygon of a million points takes about 40 million."""
_CHUNK = 1024 * 1024
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_LONGEST_WORD = 64
"""Characters after which a number, a name or an escape can not have been cut by the end of what was read."""
_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ODD = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\0")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class BrokenJson(ValueError):
    """The file can not be read on from here; the sentence says where and why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.words("en"))
        self.sentence = sentence


class Record(NamedTuple):
    """One element of the list `section` ("" for a file that is one list), or a whole value that is no list."""

    section: str
    value: Any
    line: int


class JsonStream:
    """Iterate to get each Record; afterwards `lists` names the lists that the file has, empty ones too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lists: set[str] = set()
        self.text = ""
        """What the last record looked like in the file."""
        self._buffer, self._at, self._line, self._ended = "", 0, 1, False
        self._source: Iterator[str] = iter(())

    def __iter__(self) -> Iterator[Record]:
        with self.path.open("rb") as file:
            self._source = _texts(file, encoding_of(self.path))
            self._buffer, self._at, self._line, self._ended = "", 0, 1, False
            first = self._next_sign()
            if first == "[":
                yield from self._elements("")
            elif first == "{":
                yield from self._members()
            else:
                raise self._broken()
            if self._next_sign():
                raise BrokenJson(say("Line %(line)s: something follows after the end of the JSON.", line=self._line))

    def _members(self) -> Iterator[Record]:
        self._at += 1
        names: set[str] = set()
        while (sign := self._next_sign()) != "}":
            if names:
                sign = self._after_comma(sign, "}")
            if sign != '"':
                raise self._broken()
            name = self._value()
            if name in names:
                raise BrokenJson(say("The name %(name)s stands twice in the file.", name=repr(name)[:60]))
            names.add(name)
            if self._next_sign() != ":":
                raise self._broken()
            self._at += 1
            if self._next_sign() == "[":
                yield from self._elements(name)
            else:
                line = self._line
                yield Record(name, self._value(), line)
        self._at += 1

    def _elements(self, section: str) -> Iterator[Record]:
        self.lists.add(section)
        self._at += 1
        first = True
        while (sign := self._next_sign()) != "]":
            if not first:
                self._after_comma(sign, "]")
            first = False
            line = self._line
            yield Record(section, self._value(), line)
        self._at += 1

    def _after_comma(self, sign: str, end: str) -> str:
        if sign != ",":
            raise self._broken()
        self._at += 1
        sign = self._next_sign()
        if sign == end:
            raise self._broken()
        return sign

    def _next_sign(self) -> str:
        """The next character that is no blank, which stays where it is; "" at the end."""
        while True:
            found = _BLANK.match(self._buffer, self._at)
            self._pass_over(found.end() if found else self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _value(self) -> Any:
        """The value that begins here, whole. What is not complete is tried again with more of the file."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                inside = len(self._buffer) - error.pos > _LONGEST_WORD and not error.msg.startswith("Unterminated")
                if inside or not self._more():
                    raise self._broken(error) from error
                continue
            except (RecursionError, ValueError) as error:
                raise self._too_deep() from error
            closed = self._buffer[self._at] in '[{"'  # a number may go on where the buffer ends: 1, then .5
            if closed or len(self._buffer) - end > _LONGEST_WORD or not self._more():
                return self._guarded(value, end)

    def _guarded(self, value: Any, end: int) -> Any:
        self.text = self._buffer[self._at : end]
        if self.text.count("[") + self.text.count("{") > MAX_DEPTH and _depth(self.text) > MAX_DEPTH:
            raise self._too_deep()
        if _ODD.search(self.text) and _unkeepable(value):
            sentence = say("Line %(line)s: a text holds a character that can not be kept.", line=self._line)
            raise BrokenJson(sentence)
        self._pass_over(end)
        return value

    def _pass_over(self, end: int) -> None:
        self._line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        """Twice as much of the file; False at its end."""
        if self._ended:
            return False
        if len(self._buffer) - self._at > MOST_OF_ONE:
            sentence = say("Line %(line)s: one record is longer than %(most)s characters.", line=self._line,
                           most=MOST_OF_ONE)  # fmt: skip
            raise BrokenJson(sentence)
        wanted = max(_CHUNK, len(self._buffer) - self._at)
        pieces = [self._buffer[self._at :]]
        while wanted > 0 and (piece := next(self._source, "")):
            pieces.append(piece)
            wanted -= len(piece)
        self._ended = wanted > 0
        if len(pieces) == 1:
            return False  # and every place in the buffer stays where it is
        self._buffer, self._at = "".join(pieces), 0
        return True

    def _broken(self, error: json.JSONDecodeError | None = None) -> BrokenJson:
        at = error.pos if error else self._at
        if at >= len(self._buffer) or (error and error.msg.startswith("Unterminated")):
            return BrokenJson(say("Line %(line)s: the file ends in the middle of the JSON; it seems to be cut off.",
                                  line=self._line + self._buffer.count("\n", self._at)))  # fmt: skip
        line = self._line + self._buffer.count("\n", self._at, at)
        return BrokenJson(say("Line %(line)s: this is no JSON (%(near)s).", line=line,
                              near=repr(self._buffer[at : at + 20])))  # fmt: skip

    def _too_deep(self) -> BrokenJson:
        return BrokenJson(say("Line %(line)s: the JSON is nested too deeply or has a number that is far too long.",
                              line=self._line))  # fmt: skip


def encoding_of(path: Path) -> str:
    """The encoding of a text file by its first bytes and by whether all of it can be read. Raises BrokenJson.

    UTF-8, UTF-16 with its mark, and CP949 as Korean Windows writes it.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    for encoding in ("utf-8", "cp949"):
        try:
            with path.open("rb") as file:
                for _ in _texts(file, encoding):
                    pass
        except BrokenJson:
            continue
        return encoding
    raise BrokenJson(say("The text is in no encoding we know (UTF-8, UTF-16, CP949)."))


def _texts(file: Any, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while data := file.read(_CHUNK):
            if text := decoder.decode(data):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text
    except UnicodeDecodeError as error:
        raise BrokenJson(say("The text is not %(encoding)s throughout.", encoding=encoding.upper())) from error


def _depth(text: str) -> int:
    """How deep brackets stand in each other, those inside of texts left out."""
    signs = np.frombuffer(_STRING.sub("", text).encode("ascii", "replace"), np.uint8)
    deepest = level = 0
    for start in range(0, len(signs), _CHUNK):
        part = signs[start : start + _CHUNK]
        opens, closes = (part == ord("[")) | (part == ord("{")), (part == ord("]")) | (part == ord("}"))
        steps = np.cumsum(opens.astype(np.int32) - closes.astype(np.int32))
        deepest, level = max(deepest, level + int(steps.max())), level + int(steps[-1])
    return deepest


def _unkeepable(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += chain(item, item.values())
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and ("\0" in item or any("\ud800" <= sign <= "\udfff" for sign in item)):
            return True
    return False


class Groups:
    """Records put aside on disk and taken out again group by group, each group in the order it came in.

    A file lists its annotations in any order; a million of them do not fit into memory, their places do.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the groups
        self._groups, self._places, self._lengths = array("q"), array("q"), array("q")
        self._order, self._starts = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._end = 0

    def add(self, group: int, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._groups.append(group)
        self._places.append(self._end)
        self._lengths.append(len(data))
        self._end += len(data)

    def close_in(self, count: int) -> None:
        """No more comes; there are `count` groups (from 0)."""
        groups = np.asarray(self._groups, np.int64)
        self._order = np.argsort(groups, kind="stable")
        self._starts = np.searchsorted(groups[self._order], np.arange(count + 1))

    def of(self, group: int) -> Iterator[tuple[int, Any]]:
        """Each record of a group with its place among all that were added (from 0)."""
        for place in self._order[self._starts[group] : self._starts[group + 1]]:
            self._file.seek(self._places[place])
            text = self._file.read(self._lengths[place]).decode("utf-8", "surrogatepass")
            yield int(place), _DECODER.decode(text)

    def count(self, group: int) -> int:
        return int(self._starts[group + 1] - self._starts[group])

    def __len__(self) -> int:
        return len(self._groups)

    def close(self) -> None:
        self._file.close()


def is_number(value: Any) -> TypeGuard[int | float]:
    """A number that can be a coordinate; no NaN, nothing endless, no yes or no."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -FARTHEST <= value <= FARTHEST


def numbers(value: Any, count: int | None = None) -> TypeGuard[list[float]]:
    """A list of (so many) numbers, as JsonStream gives them: no NaN can be among them."""
    if not isinstance(value, list) or (count is not None and len(value) != count):
        return False
    if not value:
        return True
    return NUMBERS.issuperset(map(type, value)) and min(value) >= -FARTHEST and max(value) <= FARTHEST


def put_together(pieces: Iterable[tuple[str, Iterable[Any]]], head: Mapping[str, Any]) -> bytes:
    """A JSON file of one object: what stands in `head`, then lists, whose elements are asked for one by one."""
    with tempfile.TemporaryFile() as file:
        start = json.dumps(head, ensure_ascii=False, allow_nan=False)[:-1]
        file.write(start.encode())
        for name, values in pieces:
            comma = ", " if len(start) > 1 else ""
            file.write(f'{comma}"{name}": ['.encode())
            start = "more"
            for place, value in enumerate(values):
                text = json.dumps(value, ensure_ascii=False, allow_nan=False)
                file.write(f"{',' if place else ''}\n{text}".encode())
            file.write(b"\n]")
        file.write(b"}\n")
        file.seek(0)
        return file.read()
