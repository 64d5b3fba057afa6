"""What counts in practice."""

import pytest

from courses.practice.rules import Band, Standing, UnfitAnswer, answer_document, band, is_key, progress

SIZE = {"width": 200, "height": 100, "labels": {"car", "dog"}}


def test_only_the_first_try_counts_for_the_score():
    assert progress(2, [Standing(3, 0.4, True), Standing(1, 0.8, True)]).average == pytest.approx(0.6)


def test_a_repaired_picture_is_a_passed_picture():
    so_far = progress(2, [Standing(2, 0.1, True), Standing(1, 0.9, True)])
    assert so_far.done
    assert so_far.left == 0


def test_nobody_passes_an_empty_set():
    assert not progress(0, []).done


def test_a_large_set_asks_for_ten_pictures_and_a_lesson_may_ask_for_fewer():
    assert progress(364, []).needed == 10
    assert progress(364, [], 3).needed == 3
    assert progress(2, [], 3).needed == 2


def test_before_the_first_try_there_is_no_score():
    assert progress(3, [Standing()]).average is None


@pytest.mark.parametrize(
    ("score", "passed", "word"),
    [
        (0.95, True, Band.EXCELLENT),
        (0.75, True, Band.GOOD),
        (0.6, False, Band.NEARLY),
        (0.2, False, Band.NOT_YET),
    ],
)
def test_a_score_has_a_word(score, passed, word):
    assert band(score, passed=passed) is word


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space in the middle", None, 7, "ümlaut-is-not-allowed"])
def test_a_key_is_made_by_a_browser(key):
    assert not is_key(key)


def test_the_size_of_the_picture_is_not_for_the_browser_to_say():
    sent = {"kind": "box", "image": {"width": 9, "height": 9}, "objects": []}
    assert answer_document("box", sent, **SIZE)["image"] == {"width": 200, "height": 100}


def test_an_answer_keeps_nothing_that_only_gold_may_say():
    sent = {"objects": [{"id": "a1", "label": "car", "box": [1, 2, 3, 4], "ignore": True, "rule": "9"}]}
    assert answer_document("box", sent, **SIZE)["objects"] == [{"id": "a1", "label": "car", "box": [1, 2, 3, 4]}]


@pytest.mark.parametrize(
    ("kind", "sent", "reason"),
    [
        ("box", None, "shape"),
        ("box", [], "shape"),
        ("box", {"objects": {}}, "shape"),
        ("box", {"objects": [None]}, "shape"),
        ("box", {"objects": [{"id": 1, "label": "car"}]}, "shape"),
        ("box", {"objects": [{"id": "1", "label": "ship"}]}, "label"),
        ("box", {"objects": [{}] * 1001}, "count"),
        ("box", {"kind": "mask", "objects": []}, "shape"),
        ("classification", {"choice": None}, "choice"),
        ("classification", {"choice": "ship"}, "choice"),
        ("classification", {"choice": ["car"]}, "choice"),
    ],
)
def test_an_unfit_answer_says_why(kind, sent, reason):
    with pytest.raises(UnfitAnswer) as unfit:
        answer_document(kind, sent, **SIZE)
    assert unfit.value.reason == reason
