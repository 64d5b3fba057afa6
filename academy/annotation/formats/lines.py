"""Lines of a text file of any size, in the encodings in which offices write them. Holds one line at a time.

UTF-8, UTF-16 with or without its mark (Excel's "Unicode text") and CP949 (Excel's CSV in Korea) are told apart by their
bytes. Line ends are those of any system; signs that only look like one (U+2028) are part of a line.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from academy.annotation.formats.found import Problem, UnreadableSource
from academy.i18n import Sentence, say

LONGEST_LINE = 4_000_000
"""Signs. A longer line is passed over and said, so that it can not fill the memory."""
HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `number` counts from 1."""

    number: int
    text: str


def read_lines(path: Path, name: str, longest: int = LONGEST_LINE) -> Iterator[Line | Problem]:
    """Every line of a file, and a problem for each that can not be kept. Raises UnreadableSource if it is no text."""
    encoding = encoding_of(path, name)
    number = 0
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while text := file.readline(longest):
            number += 1
            if len(text) == longest and not text.endswith("\n"):
                while (rest := file.readline(longest)) and not rest.endswith("\n"):
                    pass
                sentence = say(
                    "Line %(line)s has more than %(most)s characters; it was not imported. Is this file what it should "
                    "be?", line=number, most=longest,
                )  # fmt: skip
                yield Problem(name, str(number), sentence, 1)
            elif "\0" in text:
                sentence = say(
                    "Line %(line)s holds a sign that is no text (NUL); the line was not imported. Save the file as "
                    "UTF-8 again.", line=number,
                )  # fmt: skip
                yield Problem(name, str(number), sentence, 1)
            else:
                yield Line(number, text.removesuffix("\n"))


def first_lines(path: Path, most: int = 20) -> list[str]:
    """The first lines of a file as far as they can be read, for a look at what it is; none if it is no text."""
    head = _head(path)
    if not head or (head[:1] == b"\x89" or b"\0\0\0" in head[:400]):
        return []
    marked = _marked(head)
    for encoding in (marked,) if marked else ("utf-8", "cp949"):
        try:
            # What the head cuts off in the middle of a sign is no mistake of the file's.
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return [] if text.count("\0") > 8 else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:most]
    return []


def encoding_of(path: Path, name: str) -> str:
    """The encoding of a text file, by all of its bytes. Raises UnreadableSource if it is no text."""
    head = _head(path)
    if not head:
        raise UnreadableSource(say("%(file)s is empty.", file=name))
    if marked := _marked(head):
        if bad := _first_bad_line(path, marked):
            raise UnreadableSource(_no_text(name, bad))
        return marked
    if head.count(b"\0") > max(8, len(head) // 50):
        raise UnreadableSource(_no_text(name, 1))
    bad = _first_bad_line(path, "utf-8")
    if bad is None:
        return "utf-8"
    if _first_bad_line(path, "cp949") is None:
        return "cp949"
    raise UnreadableSource(_no_text(name, bad))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _marked(head: bytes) -> str:
    """The encoding that a byte order mark names, or the zeros of UTF-16 that lost its mark; "" if none does."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    first, second = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if second > pairs // 10 and not first:
        return "utf-16-le"
    return "utf-16-be" if first > pairs // 10 and not second else ""


def _first_bad_line(path: Path, encoding: str) -> int | None:
    """The line where the bytes stop being text in this encoding; None if they never do. A file that ends in the middle
    of a sign was cut off, and is read as far as it goes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + chunk[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    return None


def _no_text(name: str, line: int) -> Sentence:
    return say(
        "%(file)s is no text that we can read: it is neither UTF-8 nor UTF-16 nor CP949 (line %(line)s). Save it as "
        "UTF-8.", file=name, line=line,
    )  # fmt: skip
