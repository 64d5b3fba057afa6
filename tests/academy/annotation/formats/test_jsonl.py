"""JSON records: ours lose nothing; others' pairs, answers, crowds and spans."""

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.jsonl import FORM
from academy.annotation.formats.places import Place
from tests.academy.annotation.round_trip import (
    ROUNDS,
    Making,
    assert_same,
    kinds_of,
    leaving_sets,
    write_and_read,
)
from tests.needs import samples


def read(path: Path) -> tuple[list[FoundItem], list[Problem]]:
    place = Place(path)
    assert FORM.fits(place)
    found: list[Found] = list(FORM.read(place, Options()))
    return [one for one in found if isinstance(one, FoundItem)], [one for one in found if isinstance(one, Problem)]


def records(folder: Path, *values: Any, name: str = "a.jsonl") -> Path:
    path = folder / name
    text = json.dumps(values) if name.endswith(".json") else "".join(json.dumps(value) + "\n" for value in values)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("kind", kinds_of(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, kind: str) -> None:
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    @ROUNDS
    def comes_back(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)

    comes_back()


@given(leaving_sets(FORM.carries, Making(kinds=("preference", "classification"), parts=("response1", "response2"))))
@ROUNDS
def test_texts_of_several_parts_come_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


def test_a_large_set_goes_on_in_the_next_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academy.annotation.formats.own_lines.LARGEST", 300)
    items = [
        LeavingItem(
            name=f"i{n}", file_name=f"i{n}", media="text", parts=(("", "글"),),
            document={"kind": "classification", "text": "글", "choice": "x"},
        )
        for n in range(9)
    ]  # fmt: skip
    leaving = LeavingSet(slug="s", title={}, kind="classification", labels=(FoundLabel("x"),), licence="",
                         attribution="", items=lambda: iter(items))  # fmt: skip
    found = write_and_read(FORM, leaving, tmp_path)
    assert_same(leaving, found, FORM.carries)
    assert len({one.file for one in found if isinstance(one, FoundItem)}) > 1


def test_lines_that_are_none_are_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = records(tmp_path, {"id": 1, "text": "a b c", "label": "x"})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": 2, "text": "cut\n[1]\n{"id": 3, "text": "d", "label": NaN}\n\n')
        file.write('{"id": 4, "text": "e f", "label": "y"}\n')
    items, problems = read(path)
    assert [item.name for item in items] == ["1", "4"]
    assert [(problem.object, problem.lost) for problem in problems] == [(None, 0), ("2", 1), ("3", 1), ("4", 1)]


def test_an_object_of_ours_that_is_none_is_named(tmp_path: Path) -> None:
    good = {"id": "1", "label": "x", "box": [1, 2, 3, 4], "rule": "2.1"}
    gold = {"kind": "box", "objects": [good, {"id": "2", "label": "x"}, {"id": "3", "box": [1, 2, 3, 4]},
                                       {"id": "4", "label": "x", "box": [1, "2", 3, 4]}, 7]}  # fmt: skip
    items, problems = read(records(tmp_path, {"item": "a.png", "media": "picture", "file": "a.png", "gold": gold}))
    assert [(thing.id, thing.rule) for thing in items[0].objects] == [("1", "2.1")]
    assert [(problem.object, problem.lost) for problem in problems] == [
        ("2", 1), ("3", 1), ("4", 1), ("5", 1), (None, 0),
    ]  # fmt: skip
    assert items[0].missing == "a.png"


@pytest.mark.parametrize(
    "record",
    [
        {"text": "😀홍길동은 서울에", "label": [[1, 4, "PS"], [6, 8, "LC"]]},
        {"text": "😀홍길동은 서울에", "entities": [{"id": 7, "start_offset": 1, "end_offset": 4, "label": "PS"},
                                         {"id": 9, "start_offset": 6, "end_offset": 8, "label": "LC"}]},
        {"text": "😀홍길동은 서울에", "spans": [{"start": 2, "end": 5, "label": "PS", "text": "홍길동"},
                                      {"start": 7, "end": 9, "label": "LC", "text": "서울"}]},
    ],
)  # fmt: skip
def test_spans_as_tools_write_them(tmp_path: Path, record: dict[str, Any]) -> None:
    """The last counts as JavaScript does, where an emoji is two."""
    items, problems = read(records(tmp_path, {"id": "t1", **record}))
    text = items[0].parts[0][1]
    assert [(text[slice(*thing.value)], thing.label) for thing in items[0].objects] == [
        ("홍길동", "PS"),
        ("서울", "LC"),
    ]
    assert not problems
    assert items[0].kind == "spans"


def test_spans_of_a_text_whose_letters_are_decomposed(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "홍길동은 서울에")
    start = len(unicodedata.normalize("NFD", "홍길동은 "))
    items, _ = read(records(tmp_path, {"text": text, "label": [[start, start + 5, "LC"]]}))
    assert items[0].parts == (("", "홍길동은 서울에"),)
    assert items[0].objects[0].value == [5, 7]


def test_tokens_with_tags_relations_and_broken_spans(tmp_path: Path) -> None:
    items, _ = read(records(tmp_path, {"tokens": ["Kim", "Jin", "lebt"], "ner_tags": ["B-PER", "I-PER", "O"]}))
    assert items[0].parts == (("", "Kim Jin lebt"),)
    assert [(thing.label, thing.value) for thing in items[0].objects] == [("PER", [0, 7])]
    spans = [{"id": 1, "start_offset": 0, "end_offset": 1, "label": "A"}, {"id": 2, "start_offset": 2, "label": "B"}]
    relations = [{"id": 5, "from_id": 1, "to_id": 2, "type": "of"}]
    items, problems = read(records(tmp_path, {"text": "a b c", "entities": spans, "relations": relations}))
    assert [(problem.object, problem.lost) for problem in problems] == [("2", 1), ("1", 1)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_lists_and_lines_are_the_same_to_us(tmp_path: Path, name: str) -> None:
    values = [{"text": "a b", "label": ["x"]}, {"text": "c d", "label": ["x", "y"]}, {"text": "e f", "label": []}]
    items, _ = read(records(tmp_path, *values, name=name))
    assert [item.fields.get("choices") for item in items] == [["x"], ["x", "y"], []]


def test_a_list_that_is_cut_off_says_so_and_keeps_what_came_before(tmp_path: Path) -> None:
    path = records(tmp_path, {"text": "a b", "label": "x"}, {"text": "c d", "label": "y"}, name="a.json")
    path.write_bytes(path.read_bytes()[:-12])
    items, problems = read(path)
    assert len(items) == 1
    assert "cut off" in problems[-1].words("en")


def test_what_holds_no_records_is_refused(tmp_path: Path) -> None:
    records(tmp_path, {"a": 1, "b": 2})
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource, match="nothing in it is named like texts"):
        list(FORM.read(Place(tmp_path / "a.jsonl"), Options()))


# The real sets -----------------------------------------------------------------------------------------------------


@pytest.mark.samples
def test_pairs_of_sentences_with_five_labels_each() -> None:
    items, problems = read(samples("crowd-klue-nli"))
    gold = [item for item in items if not item.annotator]
    assert len(gold) == 1002
    assert set(Counter(item.fields["choice"] for item in gold).values()) == {334}
    assert Counter(item.annotator for item in items) == dict.fromkeys(
        ["", "author", "label2", "label3", "label4", "label5"], 1002
    )
    said: dict[str, set[str]] = {}
    for item in items:
        said.setdefault(item.name, set()).add(item.fields["choice"])
    assert sum(len(labels) == 1 for labels in said.values()) == 778
    assert [name for name, _ in gold[0].parts] == ["premise", "hypothesis"]
    assert [problem.lost for problem in problems] == [0]


@pytest.mark.samples
def test_preferences_of_three_people_with_empty_answers() -> None:
    items, problems = read(samples("preference-pandalm"))
    assert len({item.name for item in items}) == 408
    assert len(items) == 3 * 408
    votes: dict[str, list[str]] = {}
    for item in items:
        votes.setdefault(item.name, []).append(item.fields["preference"])
    assert sum(len(set(three)) == 1 for three in votes.values()) == 353
    empty = [problem for problem in problems if "is empty" in problem.words("en")]
    assert len(empty) == 9
    assert sum(problem.lost for problem in problems) == 0
    assert all([name for name, _ in item.parts][-2:] == ["response1", "response2"] for item in items)
