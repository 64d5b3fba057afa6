"""XML from outside: read in one pass, whole or part by part, and written.

No document type is accepted, so there are no entities to expand and nothing to fetch. Depth, the number of elements and
the bytes of one part are bounded, so that a file of any size fits into memory. Files that are written in CP949
(EUC-KR), which the parser does not know, are decoded on the way.
"""

import codecs
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from academy.i18n import Sentence, say

DEEPEST = 30
LARGEST_PART = 32 * 1024 * 1024
"""Bytes of one element below the root (a picture or a track with all its objects), or of a file that is read whole."""
MOST_ELEMENTS = 400_000
"""Elements in one part, or in a file that is read whole."""
LARGEST_NUMBER = 1e15
_CHUNK = 64 * 1024
_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")
_KOREAN = frozenset({"euc-kr", "euc_kr", "cp949", "ms949", "uhc", "ks_c_5601-1987", "ksc5601", "windows-949"})


class RefusedXml(ValueError):
    """The text is not XML we accept; the sentence says why, and in which line."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


# Reading -----------------------------------------------------------------------------------------------------------


def parse_xml(data: bytes) -> ET.Element:
    """The tree of an XML text. Raises RefusedXml."""
    return _whole(BytesIO(data))


def read_xml(path: Path) -> ET.Element:
    """The tree of an XML file. Raises RefusedXml."""
    try:
        with path.open("rb") as stream:
            return _whole(stream)
    except OSError as error:
        raise RefusedXml(say("The file can not be read.")) from error


def parts(path: Path) -> Iterator[ET.Element]:
    """The root (with its attributes, empty), then each element below it, whole, in the order of the file.

    Only the part that was handed over last is in memory. Raises RefusedXml where the file stops being XML; the parts
    before have come by then.
    """
    try:
        with path.open("rb") as stream:
            yield from _fed(stream, _Builder(apart=True))
    except OSError as error:
        raise RefusedXml(say("The file can not be read.")) from error


def root_tag(path: Path) -> str:
    """The name of the root, from the first bytes of the file; "" if it is not XML."""
    try:
        with path.open("rb") as stream:
            return next(_fed(BytesIO(stream.read(_CHUNK)), _Builder(apart=True))).tag
    except (OSError, RefusedXml, StopIteration):
        return ""


def _whole(stream: BinaryIO) -> ET.Element:
    (root,) = _fed(stream, _Builder(apart=False))
    return root


class _Builder:
    """Turns what the parser meets into elements, and refuses what is not accepted.

    apart: the elements below the root are handed over one by one, instead of staying in it.
    """

    def __init__(self, *, apart: bool) -> None:
        self.apart = apart
        self.ready: list[ET.Element] = []
        self.stack: list[ET.Element] = []
        self.last: ET.Element | None = None
        self.text: list[str] = []
        self.elements = self.part_from = self.taken = 0

    def begin(self, encoding: str | None) -> None:
        """`encoding` overrules what the file says of itself."""
        self.parser = expat.ParserCreate(encoding)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.text.append

    def done(self) -> list[ET.Element]:
        """The elements that are complete since this was asked last."""
        done, self.ready = self.ready, []
        return done

    def feed(self, data: bytes, *, end: bool = False) -> None:
        self.taken += len(data)
        try:
            self.parser.Parse(data, end)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code) or ""
            sentence = say(
                "Line %(line)s is not well-formed XML (%(reason)s). What stands there and after it was not imported; "
                "mend the file and import it again.",
                line=error.lineno,
                reason=reason,
            )
            raise RefusedXml(sentence) from error
        except (LookupError, ValueError) as error:
            if isinstance(error, RefusedXml):
                raise
            raise RefusedXml(
                say("The file is written in an encoding that we do not know; save it as UTF-8.")
            ) from error
        if self.taken - self.part_from > LARGEST_PART:
            sentence = say(
                "Line %(line)s: one element is larger than %(most)s MB. It and what follows was not imported; split "
                "the file.",
                line=self.parser.CurrentLineNumber,
                most=LARGEST_PART // 2**20,
            )
            raise RefusedXml(sentence)

    def _doctype(self, *_: Any) -> None:
        sentence = say(
            "Line %(line)s declares a document type, which we do not read; delete that line.",
            line=self.parser.CurrentLineNumber,
        )
        raise RefusedXml(sentence)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._flush()
        if self.apart and len(self.stack) == 1:
            self.part_from, self.elements = self.parser.CurrentByteIndex, 0
        self.elements += 1
        if len(self.stack) >= DEEPEST:
            sentence = say(
                "Line %(line)s: the elements are nested more than %(most)s deep. They and what follows were not "
                "imported.",
                line=self.parser.CurrentLineNumber,
                most=DEEPEST,
            )
            raise RefusedXml(sentence)
        if self.elements > MOST_ELEMENTS:
            sentence = say(
                "Line %(line)s: one element holds more than %(most)s others. It and what follows was not imported; "
                "split the file.",
                line=self.parser.CurrentLineNumber,
                most=MOST_ELEMENTS,
            )
            raise RefusedXml(sentence)
        element = ET.Element(tag, attributes)
        if self.stack and not (self.apart and len(self.stack) == 1):
            self.stack[-1].append(element)
        self.stack.append(element)
        self.last = None
        if self.apart and len(self.stack) == 1:
            self.ready.append(element)

    def _end(self, _tag: str) -> None:
        self._flush()
        self.last = self.stack.pop()
        if len(self.stack) == (1 if self.apart else 0):
            self.ready.append(self.last)
            self.part_from = self.parser.CurrentByteIndex

    def _flush(self) -> None:
        """Text belongs into the element that is open, or behind the one that was closed last."""
        if not self.text:
            return
        text = "".join(self.text)
        self.text.clear()
        if not self.stack or (self.apart and len(self.stack) == 1):
            return
        if self.last is not None:
            self.last.tail = text
        else:
            self.stack[-1].text = text


def _fed(stream: BinaryIO, builder: _Builder) -> Iterator[ET.Element]:
    korean = _is_korean(stream)
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("cp949")("replace") if korean else None
    builder.begin("utf-8" if korean else None)
    data = stream.read(_CHUNK)
    while True:
        try:
            builder.feed(decoder.decode(data).encode() if decoder else data, end=not data)
        except RefusedXml:
            yield from builder.done()
            raise
        yield from builder.done()
        if not data:
            return
        data = stream.read(_CHUNK)


def _is_korean(stream: BinaryIO) -> bool:
    """Whether the text is CP949: it says so, or it says UTF-8 (or nothing) and is not."""
    start = stream.read(_CHUNK)
    declared = _DECLARED.match(start)
    said = declared[1].decode().lower() if declared else ""
    if said in _KOREAN:
        return True
    if said not in ("", "utf-8", "utf8") or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while start:
            decoder.decode(start)
            start = stream.read(_CHUNK)
    except UnicodeDecodeError:
        return _is_cp949(stream)
    return False


def _is_cp949(stream: BinaryIO) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("cp949")()
    try:
        while start := stream.read(_CHUNK):
            decoder.decode(start)
    except UnicodeDecodeError:
        return False
    return True


def number(text: str | None) -> float | None:
    """A plain decimal number; None if the text is none, or stands for more than anything can measure."""
    text = (text or "").strip()
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if abs(value) <= LARGEST_NUMBER else None


# Writing -----------------------------------------------------------------------------------------------------------


def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """A new element with a text. Signs that XML can not hold become the sign for an unknown one."""
    element = ET.SubElement(parent, tag, {name: plain(value) for name, value in attributes.items()})
    if text:
        element.text = plain(text)
    return element


def plain(text: str) -> str:
    """The text with only such signs as XML can hold."""
    return _NOT_XML.sub("\ufffd", text)


def xml_bytes(root: ET.Element) -> bytes:
    """The file of a tree, indented."""
    ET.indent(root, "\t")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
