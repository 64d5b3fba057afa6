"""What is in a zip is counted while it is unpacked; what a zip says of itself is not believed."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest

from academy.uploads.archives import Found, files_in, looks_like_zip
from academy.uploads.rules import Refusal, RefusedFile, ZipLimits

MB = 2**20


def packed(files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def unpacked(data: bytes, limits: ZipLimits | None = None) -> list[Found]:
    return list(files_in(io.BytesIO(data), limits))


def reasons(found: list[Found]) -> list[Refusal | None]:
    return [each.refused.why if each.refused else None for each in found]


def refused_whole(data: bytes, limits: ZipLimits | None = None) -> Refusal:
    with pytest.raises(RefusedFile) as refused:
        unpacked(data, limits)
    return refused.value.why


def test_the_files_of_a_zip_come_out_as_they_went_in():
    files = {"street/one.png": b"1" * 1000, "두 번째.png": b"2"}
    data = packed(files)
    assert looks_like_zip(data)
    assert {each.name: each.data for each in unpacked(data)} == files


def test_what_systems_add_by_themselves_is_passed_over_in_silence():
    data = packed({"a.png": b"1", "__MACOSX/._a.png": b"x", "d/.DS_Store": b"x", "Thumbs.db": b"x", "empty/": b""})
    assert [each.name for each in unpacked(data)] == ["a.png"]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_names_are_read_whoever_packed_them(encoding: str):
    name = "고양이 사진.png"
    stand_in = "x" * len(name.encode(encoding))
    data = packed({stand_in: b"1"}).replace(stand_in.encode(), name.encode(encoding))
    assert [each.name for each in unpacked(data)] == [name]


@pytest.mark.parametrize(
    "name", ["../outside.png", "/etc/passwd", "a/../../b.png", "..\\windows.png", "C:\\x.png", "tab\there.png",
             "turned\u202egnp.exe", "x" * 201],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused_and_the_others_are_taken(name: str):
    found = unpacked(packed({name: b"1", "good.png": b"2"}))
    assert reasons(found) == [Refusal.BAD_NAME, None]
    assert all(each.name.isprintable() for each in found)


def test_a_bomb_is_not_unpacked():
    bomb = packed({"bomb.png": b"\0" * (80 * MB), "good.png": b"1"})
    assert len(bomb) < 100_000
    assert reasons(unpacked(bomb)) == [Refusal.UNPACKS_TOO_LARGE, None]


def test_many_small_files_do_not_grow_large_together():
    files = {f"{number}.png": bytes([number]) * MB for number in range(6)}
    limits = ZipLimits(bytes_of_all=4 * MB, ratio=2000)
    found = unpacked(packed(files), limits)
    assert reasons(found) == [None] * 4 + [Refusal.UNPACKS_TOO_LARGE] * 2
    assert sum(len(each.data) for each in found) <= limits.bytes_of_all


def test_what_was_refused_counts_too_so_that_a_thousand_bombs_cost_no_more_than_one():
    files = {f"{number}.png": b"\0" * (2 * MB) for number in range(20)}
    limits = ZipLimits(bytes_of_one=MB, bytes_of_all=4 * MB)
    archive = files_in(io.BytesIO(packed(files)), limits)
    assert all(each.refused for each in archive)
    assert archive._left >= -(20 * 64 * 1024 + MB)


def test_a_size_that_lies_is_not_believed():
    """The list says ten bytes; what is there is far more."""
    data = bytearray(packed({"a.png": b"\0" * (8 * MB)}))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    found = unpacked(bytes(data), ZipLimits(bytes_of_one=MB))
    assert found[0].refused
    assert len(found[0].data) == 0


def test_files_that_lie_upon_each_other_are_refused():
    """As in the bomb of 2019 that makes 10 MB unpack to 281 TB without a zip in a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.png", b"a" * 1000)
        made.writestr("b.png", b"b" * 1000)
        made.infolist()[1].header_offset = made.infolist()[0].header_offset
    assert refused_whole(out.getvalue()) is Refusal.OVERLAPPING


def test_too_many_files_are_refused_before_their_list_is_read(monkeypatch):
    data = packed({f"{number}.png": b"" for number in range(50)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refused_whole(data, ZipLimits(files=20)) is Refusal.TOO_MANY_FILES


def test_more_files_than_a_short_list_can_count_are_taken_where_so_many_may_come():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for number in range(66_000):
            made.writestr(f"{number}.txt", b"")
    assert len(files_in(out, ZipLimits(files=70_000))) == 66_000
    assert refused_whole(out.getvalue(), ZipLimits(files=20_000)) is Refusal.TOO_MANY_FILES


def test_a_list_of_endless_names_is_not_read():
    """Names of 60,000 signs: few files, and yet a list of many megabytes."""
    data = packed({f"{number}/".ljust(60_000, "x"): b"" for number in range(20)})
    assert refused_whole(data, ZipLimits(files=20)) is Refusal.TOO_MANY_FILES


def test_a_long_list_that_calls_itself_short_is_not_read(monkeypatch):
    """The 64-bit record overrules the last one, which says that the list has one file."""
    data = packed({f"{number}.png": b"" for number in range(50)})
    end = data.rfind(b"PK\x05\x06")
    length, start = struct.unpack_from("<II", data, end + 12)
    long_end = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 50, 50, length, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    short = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 60, start, 0)
    assert len(files_in(io.BytesIO(data[:end] + long_end + locator + short), ZipLimits(files=50))) == 50
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refused_whole(data[:end] + long_end + locator + short, ZipLimits(files=20)) is Refusal.TOO_MANY_FILES
    assert refused_whole(data[:end] + locator + data[end:]) is Refusal.NOT_A_ZIP


def test_a_few_too_many_are_refused_too():
    data = packed({f"{number}.png": b"" for number in range(21)})
    assert refused_whole(data, ZipLimits(files=20)) is Refusal.TOO_MANY_FILES


def test_links_locks_odd_packing_and_names_twice_are_refused_one_by_one():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("odd.png", b"1" * 100, zipfile.ZIP_LZMA)
        made.writestr("same.png", b"1")
        made.writestr("SAME.png", b"2")
    assert reasons(unpacked(out.getvalue())) == [Refusal.A_LINK, Refusal.ODD_COMPRESSION, None, Refusal.SAME_NAME]
    locked = bytearray(packed({"locked.png": b"1"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    assert reasons(unpacked(bytes(locked))) == [Refusal.ENCRYPTED]


CUT = packed({"a": b"1" * 500})[:60]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"PK\x05\x06", CUT, b"PK\x05\x06" + b"\xff" * 18],
    ids=[
        "nothing",
        "text",
        "a mark alone",
        "cut off",
        "an end without a beginning",
    ],  # a zip holds the time of its making
)
def test_what_is_no_zip_is_refused(data: bytes):
    assert refused_whole(data) in {Refusal.NOT_A_ZIP, Refusal.TOO_MANY_FILES}


def test_a_damaged_file_is_refused_and_the_others_are_taken():
    data = bytearray(packed({"a.png": b"first" * 50, "b.png": b"second" * 50}, zipfile.ZIP_STORED))
    data[data.index(b"first")] ^= 0xFF
    assert reasons(unpacked(bytes(data))) == [Refusal.DAMAGED, None]
