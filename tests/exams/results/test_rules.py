"""Marking, computed by hand beside each case."""

import pytest

from exams.results.rules import (
    CATEGORY_CUTS,
    PASS_MARK,
    Mark,
    Strength,
    category,
    mark_paper,
    practical_points,
    question_points,
)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, 0), (0.399, 0), (0.4, 1), (0.549, 1), (0.55, 2), (0.7, 3), (0.849, 3), (0.85, 4), (1, 4)],
)
def test_a_grade_is_cut_into_five_ordered_categories(score, expected):
    assert category(score) == expected


def test_a_score_that_is_a_cut_but_for_rounding_reaches_it():
    assert category(0.1 + 0.2 + 0.4) == 3  # .7000000000000001
    assert category(0.7 - 1e-12) == 3


def test_practical_points_are_quarters_of_the_item():
    assert [practical_points(cut, 16)[0] for cut in (0.0, *CATEGORY_CUTS)] == [0, 4, 8, 12, 16]
    assert practical_points(0.6, 10) == (5.0, 2)
    assert practical_points(None, 16) == (0.0, 0)


def test_question_points_follow_the_share_that_is_right():
    assert question_points(1.0, 8) == 8
    assert question_points(1 / 3, 8) == 2.67
    assert question_points(-1, 8) == 0
    assert question_points(7, 8) == 8


def test_the_pass_mark_itself_passes_and_a_hundredth_less_does_not():
    assert PASS_MARK == 60
    assert mark_paper([Mark(1, "a", 60.0, 60), Mark(2, "a", 0.0, 40)]).passed
    below = mark_paper([Mark(1, "a", 59.99, 60), Mark(2, "a", 0.0, 40)])
    assert (below.score, below.passed) == (59.99, False)


def test_a_paper_by_hand():
    """6 questions of 8, two drawings of 16, two choices of 10: 8+8+8+0+2.67+8 + 12+8 + 10+0 = 64.67."""
    earned = [8, 8, 8, 0, 2.67, 8, 12, 8, 10, 0]
    of = [8] * 6 + [16, 16, 10, 10]
    domains = ["q"] * 6 + ["boxes", "boxes", "classes", "classes"]
    marking = mark_paper(Mark(n + 1, domains[n], earned[n], of[n]) for n in reversed(range(10)))
    assert marking.score == 64.67
    assert marking.passed
    assert [mark.position for mark in marking.marks] == list(range(1, 11))
    assert [(one.domain, one.points, one.of, one.strength) for one in marking.domains] == [
        ("q", 34.67, 48, Strength.GROWING),  # 72 %
        ("boxes", 20, 32, Strength.GROWING),  # 62.5 %
        ("classes", 10, 20, Strength.PRACTISE),  # 50 %
    ]


def test_neither_part_of_the_mock_exam_passes_alone():
    questions, practical = 6 * 8, 2 * 16 + 2 * 10
    assert questions < PASS_MARK
    assert practical < PASS_MARK
    assert questions + practical == 100


def test_other_totals_are_brought_to_a_hundred_and_nothing_scores_nothing():
    assert mark_paper([Mark(1, "a", 3, 4)]).score == 75
    assert mark_paper([]).score == 0
