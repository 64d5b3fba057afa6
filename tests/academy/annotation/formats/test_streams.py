"""Large JSON record by record: the same values as the standard reader, in little memory, a line for each mistake."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.annotation.formats import streams
from academy.annotation.formats.streams import BrokenJson, Groups, JsonStream, numbers, put_together
from tests.academy.annotation.round_trip import ROUNDS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


def read(path: Path) -> list[tuple[str, Any]]:
    return [(record.section, record.value) for record in JsonStream(path)]


def flat(content: Any) -> list[tuple[str, Any]]:
    if isinstance(content, list):
        return [("", value) for value in content]
    return [
        (name, one)
        for name, value in content.items()
        for one in (value if isinstance(value, list) else [value])
    ]  # fmt: skip


@ROUNDS
@given(
    st.lists(VALUES, max_size=6) | st.dictionaries(st.text("xyz가", max_size=4), VALUES, max_size=4),
    st.sampled_from([None, 1]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.integers(1, 40),
)  # fmt: skip
def test_the_same_as_the_standard_reader(
    tmp_path: Path, content: Any, indent: int | None, encoding: str, chunk: int
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False), encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "_CHUNK", chunk)  # every place may be where the file is cut
        assert read(path) == flat(content)


@pytest.mark.parametrize("chunk", range(1, 34))
def test_a_number_may_be_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(streams, "_CHUNK", chunk)
    (tmp_path / "a.json").write_text("[1.5e3,-2.25,10,null, {}, 1000.0]")
    assert [value for _, value in read(tmp_path / "a.json")] == [1500, -2.25, 10, None, {}, 1000]


def test_lists_that_are_empty_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [], "info": {}}')
    stream = JsonStream(tmp_path / "a.json")
    assert [record.section for record in stream] == ["info"]
    assert stream.lists == {"images"}


def test_what_is_no_number_costs_only_its_object(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": NaN}, {"a": -Infinity}, {"a": 1e999}]')
    values = [value["a"] for _, value in read(tmp_path / "a.json")]
    assert not any(streams.is_number(value) for value in values)
    assert not any(numbers([1, value]) for value in values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cut off"),
        ('{"a": [\n1,\n2', "Line 3"),
        ('{"a": [\n1,\n"two', "cut off"),
        ('{"a": [\n1,\noops]}', "Line 3"),
        ('{"a": [1 2]}', "no JSON"),
        ('{"a": [1,]}', "no JSON"),
        ('{"a" [1]}', "no JSON"),
        ("{1: 2}", "no JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": 1} {}', "follows after the end"),
        ("17", "no JSON"),
        ("[" * 100_000, "nested"),
        ("[" * 50 + "]" * 50, "nested"),
        (f"[{'9' * 5_000}]", "nested too deeply or has a number"),
        ('["\\ud800"]', "can not be kept"),
        ('[{"\\u0000": 1}]', "can not be kept"),
    ],
)
def test_mistakes_are_named_by_their_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BrokenJson, match=said):
        read(tmp_path / "a.json")


def test_text_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'["\xff\x81"]')
    with pytest.raises(BrokenJson, match="no encoding"):
        read(tmp_path / "a.json")


def test_a_record_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_CHUNK", 100)
    monkeypatch.setattr(streams, "MOST_OF_ONE", 1_000)
    (tmp_path / "a.json").write_text(json.dumps(["a" * 10_000]))
    with pytest.raises(BrokenJson, match="longer than 1000"):
        read(tmp_path / "a.json")


def test_pairs_of_half_characters_are_whole(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(["😀"]))
    assert read(tmp_path / "a.json") == [("", "😀")]


@given(st.lists(st.tuples(st.integers(0, 4), VALUES), max_size=20))
def test_groups_come_out_in_the_order_they_went_in(records: list[tuple[int, Any]]) -> None:
    groups = Groups()
    for group, value in records:
        groups.add(group, json.dumps(value))
    groups.close_in(5)
    for group in range(5):
        assert list(groups.of(group)) == [
            (place, value) for place, (own, value) in enumerate(records) if own == group
        ]  # fmt: skip
        assert groups.count(group) == sum(own == group for own, _ in records)
    groups.close()


@given(VALUES.filter(lambda value: isinstance(value, dict)), st.lists(VALUES, max_size=5))
def test_what_is_put_together_is_json(head: dict[str, Any], values: list[Any]) -> None:
    assert json.loads(put_together([("x", iter(values)), ("y", [])], head)) == {**head, "x": values, "y": []}


MEASURED = """
import re, sys
from pathlib import Path
from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.found import FoundItem, Options
from academy.annotation.formats.places import Place

read = FORMATS["coco"].read(Place(Path(sys.argv[1])), Options())
objects = sum(len(found.objects) for found in read if isinstance(found, FoundItem))
# Not ru_maxrss: that begins with what the process had that started this one.
print(objects, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.slow
def test_a_large_coco_file_takes_little_memory(tmp_path: Path) -> None:
    """60 MB and one outline of a million points; read whole, these would take most of a gigabyte."""
    ring = [number / 7 for number in range(120)]
    with (tmp_path / "gold.json").open("w") as file:
        images = ",".join(f'{{"id": {n}, "file_name": "{n}.jpg", "width": 640, "height": 480}}' for n in range(20_000))
        file.write(f'{{"images": [{images}], "categories": [{{"id": 1, "name": "car"}}], "annotations": [')
        said = json.dumps(ring)[1:-1]
        for number in range(20_000):
            own = {"id": number, "image_id": number * 7 % 20_000, "category_id": 1, "bbox": [1, 2, 3, 4]}
            file.write(f'{json.dumps(own)[:-1]}, "segmentation": [[{said}]]}},\n')
        million = ",".join(f"{number % 640}.25,{number % 480}.5" for number in range(1_000_000))
        file.write(f'{{"id": -1, "image_id": 3, "category_id": 1, "segmentation": [[{million}]]}}]}}')
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "gold.json")], capture_output=True, text=True, check=True
    )
    objects, megabytes = map(int, done.stdout.split())
    assert objects == 20_001
    assert megabytes < 500
