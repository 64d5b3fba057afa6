"""XML from outside: nothing expands, nothing is fetched, nothing fills the memory, and what is wrong has a line."""

import tracemalloc
from pathlib import Path

import pytest

from academy.annotation.formats import xml
from academy.annotation.formats.xml import RefusedXml, parse_xml, parts, root_tag

ENTITY = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def test_text_and_what_stands_behind_elements_is_kept() -> None:
    tree = parse_xml(b"<a x='1'>t<b>u</b>v<c/>w</a>")
    assert (tree.attrib, tree.text, tree[0].text, tree[0].tail, tree[1].tail) == ({"x": "1"}, "t", "u", "v", "w")


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (ENTITY, "Line 2", "document type"),
        (b"<a>\n<b>\n</a>", "Line 3", "mismatched tag"),
        (b"", "Line 1", "no element"),
        (b"<a>\n" * 40, "Line 31", "nested"),
        (b"<a>&x;</a>", "Line 1", "undefined entity"),
        (b"<a/>\n<b/>", "Line 2", "junk"),
    ],
)
def test_what_is_not_accepted_is_refused_with_its_line(data: bytes, line: str, words: str) -> None:
    with pytest.raises(RefusedXml) as refused:
        parse_xml(data)
    assert line in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        "<a>한글 똠</a>".encode(),
        "<a>한글 똠</a>".encode("utf-16"),
        "<a>한글 똠</a>".encode("cp949"),
        '<?xml version="1.0" encoding="euc-kr"?><a>한글 똠</a>'.encode("cp949"),
        '<?xml version="1.0" encoding="UTF-8"?><a>한글 똠</a>'.encode("cp949"),
    ],
)
def test_korean_is_read_in_every_encoding_that_korean_tools_write(data: bytes) -> None:
    assert parse_xml(data).text == "한글 똠"


@pytest.mark.parametrize("name", [b"zlib", b"shift_jis", b"nothing"])
def test_an_unknown_encoding_is_said(name: bytes) -> None:
    with pytest.raises(RefusedXml, match="encoding"):
        parse_xml(b'<?xml version="1.0" encoding="' + name + b'"?><a/>')


def test_parts_come_one_by_one_up_to_the_line_that_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text("<all version='1'>\n<i><j>1</j></i>\n<i><j>2</j></i>\n<i></k></all>")
    reading = parts(file)
    met = [(part.tag, part.get("version"), part.findtext("j")) for part in (next(reading) for _ in range(3))]
    assert met == [("all", "1", None), ("i", None, "1"), ("i", None, "2")]
    with pytest.raises(RefusedXml, match="Line 4"):
        next(reading)
    assert root_tag(file) == "all"
    assert root_tag(tmp_path / "none.xml") == ""


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    with file.open("w") as stream:
        stream.write("<all>")
        stream.writelines(f"<i n='{n}'>" + "<b>1</b>" * 20 + "</i>\n" for n in range(20_000))
        stream.write("</all>")
    tracemalloc.start()
    assert sum(1 for _ in parts(file)) == 20_001
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_one_endless_part_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "LARGEST_PART", 1_000_000)
    monkeypatch.setattr(xml, "MOST_ELEMENTS", 1_000)
    with pytest.raises(RefusedXml, match="larger than 0 MB"):
        parse_xml(b"<a>" + b"x" * 2_000_000)
    with pytest.raises(RefusedXml, match="more than 1000"):
        parse_xml(b"<a>" + b"<b/>" * 2_000 + b"</a>")
    file = tmp_path / "a.xml"
    file.write_bytes(b"<a>" + b"<b><c/></b>" * 200_000 + b"</a>")
    assert sum(1 for _ in parts(file)) == 200_001


def test_numbers_are_plain_decimal_numbers() -> None:
    said = ["1", " -2.5 ", "1e3", ".5", "nan", "inf", "1_0", "", None, "0x1", "9" * 40, "1e999", "1e16"]
    assert [xml.number(text) for text in said] == [1, -2.5, 1000, 0.5, *[None] * 9]
