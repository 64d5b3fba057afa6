"""Texts as other programs write them come out as one kind of text; what is no text is refused."""

import pytest

from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.texts import read_text

LIST = "이름,전자우편\r\n김영희,young@example.org\r\n"
PLAIN = LIST.replace("\r\n", "\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_a_list_is_read_in_every_encoding_that_programs_here_write(encoding: str):
    assert read_text(LIST.encode(encoding)) == PLAIN


def test_a_mark_of_the_other_byte_order_is_understood():
    assert read_text(b"\xfe\xff" + LIST.encode("utf-16-be")) == PLAIN


def test_decomposed_letters_and_old_line_ends_are_made_the_same():
    assert read_text("\u1100\u1161\rb".encode()) == "가\nb"


@pytest.mark.parametrize(
    "data",
    [b"a\0b", b"\x89PNG\r\n\x1a\n", b"\xff\xfea", b"\x80\x81\xff\xff", b"a\x1bb", "\x85".encode(), b"\xed\xa0\x80",
     b"\xff\xfe\x00\xd8"],
    ids=["nul", "picture", "half a sign", "no encoding", "escape", "control", "lone surrogate", "half a pair"],
)  # fmt: skip
def test_what_is_no_text_is_refused(data: bytes):
    with pytest.raises(RefusedFile) as refused:
        read_text(data)
    assert refused.value.why is Refusal.NOT_TEXT


def test_a_text_that_is_too_long_is_refused_before_it_is_read():
    with pytest.raises(RefusedFile) as refused:
        read_text(b"x" * 101, largest=100)
    assert refused.value.why is Refusal.TOO_LARGE
