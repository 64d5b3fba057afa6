"""One choice against gold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.grading.classification import confusion
from academy.grading.documents import RefusedDocument
from academy.grading.engine import grade
from academy.grading.report import GradeReport

SIZES = ["tiny", "small", "middle", "large", "huge"]


def choose(gold: str | None, answer: Any, accepted: list[str] | None = None, **rubric: Any) -> GradeReport:
    right = {"kind": "classification", "choice": gold}
    if accepted is not None:
        right["accepted"] = accepted
    return grade("classification", right, {"kind": "classification", "choice": answer}, rubric)


def test_right_is_one_and_wrong_is_zero():
    assert choose("cat", "cat").score == 1.0
    assert choose("cat", "dog").score == 0.0
    assert choose("cat", "dog").verdicts[0].verdict == "wrong_label"
    assert choose("cat", "dog").verdicts[0][1:3] == ("cat", "dog")


def test_every_accepted_answer_is_right():
    assert choose("cat", "kitten", ["kitten", "pet"]).passed
    assert choose(None, "pet", ["kitten", "pet"]).passed
    assert not choose("cat", "dog", ["kitten", "pet"]).passed


def test_a_choice_left_open_is_missed():
    report = choose("cat", None)
    assert report.score == 0.0
    assert report.verdicts[0].verdict == "missed"


def test_cannot_tell_is_right_only_where_it_can_not_be_told():
    assert choose("cannot_tell", "cannot_tell", cannot_tell="cannot_tell").score == 1.0
    dodge = choose("cat", "cannot_tell", cannot_tell="cannot_tell")
    assert (dodge.score, dodge.verdicts[0].verdict) == (0.0, "missed")
    assert choose("cannot_tell", "cat", cannot_tell="cannot_tell").verdicts[0].verdict == "wrong_label"


@pytest.mark.parametrize(("answer", "score"), [("large", 1.0), ("huge", 0.75), ("middle", 0.75), ("tiny", 0.25)])
def test_near_on_a_scale_is_nearly_right(answer: str, score: float):
    assert choose("large", answer, ordinal=SIZES).score == pytest.approx(score)


def test_on_a_scale_the_nearest_accepted_answer_counts():
    report = choose("huge", "small", ["tiny"], ordinal=SIZES)
    assert report.score == pytest.approx(0.75)
    assert report.verdicts[0].gold == "tiny"


def test_a_label_off_the_scale_is_just_wrong():
    assert choose("large", "purple", ordinal=SIZES).score == 0.0


def test_in_a_tree_the_shared_path_counts():
    tree = {"poodle": "dog", "beagle": "dog", "dog": "animal", "cat": "animal"}
    assert choose("poodle", "beagle", taxonomy=tree).score == pytest.approx(2 / 3)
    assert choose("poodle", "dog", taxonomy=tree).score == pytest.approx(2 / 3)
    assert choose("poodle", "cat", taxonomy=tree).score == pytest.approx(1 / 3)
    assert choose("poodle", "car", taxonomy=tree).score == 0.0


def test_korean_labels_are_compared_in_one_form():
    assert choose("\uac00", "\u1100\u1161").score == 1.0


@pytest.mark.parametrize("choice", [3, [], {"a": 1}, "", "x" * 300])
def test_a_choice_must_be_a_label(choice: Any):
    with pytest.raises(RefusedDocument, match="choice"):
        choose("cat", choice)


def test_gold_without_a_right_choice_is_refused():
    with pytest.raises(RefusedDocument, match="no right choice"):
        choose(None, "cat")
    with pytest.raises(RefusedDocument, match="accepted"):
        grade("classification", {"accepted": "cat"}, {"choice": "cat"})


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=40))
def test_confusions_are_counted_as_by_hand(pairs: list[tuple[str, str]]):
    labels, table = confusion(pairs, "dcba")
    assert labels == tuple("dcba")
    assert table.sum() == len(pairs)
    for row, gold in enumerate(labels):
        for column, answer in enumerate(labels):
            assert table[row, column] == pairs.count((gold, answer))


def test_confusion_names_labels_nobody_listed():
    labels, table = confusion([("b", "a"), ("b", "b")])
    assert labels == ("a", "b")
    assert table.tolist() == [[0, 0], [1, 1]]
