"""The one door for texts: lists and labels as other programs write them, in the encodings they write them in. Pure."""

import codecs
import unicodedata

from academy.uploads.rules import LARGEST_TEXT, Refusal, RefusedFile

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PLAIN = frozenset("\n\t")


def read_text(data: bytes, largest: int = LARGEST_TEXT) -> str:
    """Text with plain line ends, composed letters and no hidden signs. Raises RefusedFile.

    UTF-8, UTF-16 with its mark (Excel's "Unicode text") and CP949 (Excel's CSV in Korea) are told apart by their bytes.
    """
    if len(data) > largest:
        raise RefusedFile(Refusal.TOO_LARGE, most=max(1, largest // 2**20))
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in _PLAIN for sign in text):
        raise RefusedFile(Refusal.NOT_TEXT)
    return unicodedata.normalize("NFC", text)


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(data, "cp949")


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusedFile(Refusal.NOT_TEXT) from error
