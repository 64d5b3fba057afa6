"""Marking and reading of knowledge questions."""

import pytest
from werkzeug.datastructures import MultiDict

from academy.questions.rules import Kind, answered, check_question, mark, plain, read_answer

ABC = [{"id": name, "text": {"ko": name, "en": name}} for name in "abc"]
PAIRS = [*ABC[:2], *({"id": name, "text": {"ko": name, "en": name}, "target": True} for name in "12")]


@pytest.mark.parametrize(
    ("kind", "key", "answer", "share"),
    [
        ("single", {"choice": "b"}, {"choice": "b"}, 1),
        ("single", {"choice": "b"}, {"choice": "a"}, 0),
        ("multiple", {"choices": ["a", "b"]}, {"choices": ["b", "a"]}, 1),
        ("multiple", {"choices": ["a", "b"]}, {"choices": ["a"]}, 0.5),
        ("multiple", {"choices": ["a", "b"]}, {"choices": ["a", "b", "c"]}, 0.5),
        ("multiple", {"choices": ["a"]}, {"choices": ["b", "c"]}, 0),
        ("ordering", {"order": ["a", "b", "c"]}, {"order": ["a", "b", "c"]}, 1),
        ("ordering", {"order": ["a", "b", "c"]}, {"order": ["b", "a", "c"]}, 2 / 3),
        ("ordering", {"order": ["a", "b", "c"]}, {"order": ["c", "b", "a"]}, 0),
        ("ordering", {"order": ["a", "b", "c"]}, {"order": ["a", "a", "a"]}, 0),
        ("matching", {"pairs": {"a": "1", "b": "2"}}, {"pairs": {"a": "1", "b": "1"}}, 0.5),
        ("numeric", {"value": 0.8, "tolerance": 0.01}, {"value": "0,8"}, 1),
        ("numeric", {"value": 90, "tolerance": 0}, {"value": "90 %"}, 1),
        ("numeric", {"value": 90, "tolerance": 0}, {"value": 90}, 1),
        ("numeric", {"value": 90, "tolerance": 0}, {"value": "ninety"}, 0),
        ("short_text", {"accepted": ["검수", "inspection"]}, {"text": " 검 수. "}, 1),
        ("short_text", {"accepted": ["검수", "inspection"]}, {"text": "Inspection"}, 1),
        ("short_text", {"accepted": ["검수"]}, {"text": "수집"}, 0),
    ],
)
def test_marks(kind, key, answer, share):
    assert mark(kind, key, answer) == pytest.approx(share)


def test_ticking_everything_does_not_pay():
    assert mark("multiple", {"choices": ["a", "b"]}, {"choices": ["a", "b", "c", "d"]}) == 0


def test_text_typed_in_parts_counts_as_text_typed_whole():
    assert mark("short_text", {"accepted": ["검수"]}, {"text": "검수"}) == 1


NONSENSE = [
    None,
    {},
    [],
    "b",
    {"choice": ["b"]},
    {"choices": "ab"},
    {"choices": [["a"], {}]},
    {"order": [1, 2]},
    {"order": "abc"},
    {"pairs": ["a"]},
    {"pairs": {"a": {}}},
    {"value": True},
    {"value": float("nan")},
    {"value": "1" * 99},
    {"value": 10**400},
    {"text": 5},
]
KEYS = {
    "single": {"choice": "b"},
    "multiple": {"choices": ["a", "b"]},
    "ordering": {"order": ["a", "b", "c"]},
    "matching": {"pairs": {"a": "1"}},
    "numeric": {"value": 7},
    "short_text": {"accepted": ["x"]},
}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_earns_nothing_and_breaks_nothing(kind, nonsense):
    assert mark(kind, KEYS[kind], nonsense) == 0


@pytest.mark.parametrize(
    ("kind", "options", "form", "answer"),
    [
        ("single", ABC, {"q1": "b"}, {"choice": "b"}),
        ("single", ABC, {"q1": "z"}, None),
        ("single", ABC, {}, None),
        ("multiple", ABC, {"q1": ["c", "a", "z"]}, {"choices": ["a", "c"]}),
        ("ordering", ABC, {"q1-a": "2", "q1-b": "1", "q1-c": "3"}, {"order": ["b", "a", "c"]}),
        ("ordering", ABC, {"q1-a": "1", "q1-b": "1", "q1-c": "3"}, None),
        ("ordering", ABC, {"q1-a": "1"}, None),
        ("matching", PAIRS, {"q1-a": "2", "q1-b": "9"}, {"pairs": {"a": "2"}}),
        ("numeric", [], {"q1": " 90 "}, {"value": "90"}),
        ("short_text", [], {"q1": "검수"}, {"text": "검수"}),
    ],
)
def test_reads_what_the_page_sends(kind, options, form, answer):
    assert read_answer(kind, options, MultiDict(form), "q1") == answer
    assert answered(answer) == (answer is not None)


@pytest.mark.parametrize(
    ("kind", "options", "key"),
    [
        ("single", ABC, {"choice": "z"}),
        ("single", ABC[:1], {"choice": "a"}),
        ("single", [*ABC, ABC[0]], {"choice": "a"}),
        ("multiple", ABC, {"choices": []}),
        ("ordering", ABC, {"order": ["a", "b"]}),
        ("matching", PAIRS, {"pairs": {"a": "1"}}),
        ("numeric", [], {"value": "many"}),
        ("short_text", [], {"accepted": ["  "]}),
        ("single", ABC, {}),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused(kind, options, key):
    with pytest.raises(ValueError, match=r"."):
        check_question(kind, options, key)


def test_plain_keeps_letters_apart():
    assert plain("가 나") == plain("가나.")
    assert plain("가나") != plain("가다")
