"""Boxes against gold: what matches, what it is called, what it costs."""

import pytest

from academy.grading.engine import grade
from academy.grading.report import GradeReport
from tests.academy.grading.drawings import boxes, drawing, thing, verdicts

CAT = thing("1", 10, 10, 100, 80)
DOG = thing("2", 200, 100, 60, 60, "dog")


def test_gold_against_itself_is_exactly_one():
    report = boxes([CAT, DOG], [CAT, DOG])
    assert report.score == 1.0
    assert report.passed
    assert {verdict.verdict for verdict in report.verdicts} == {"matched"}
    assert report.verdicts[0].errors == {"left": 0, "top": 0, "right": 0, "bottom": 0}


def test_nothing_to_find_and_nothing_drawn_is_correct():
    report = boxes([], [])
    assert report.score == 1.0
    assert report.metrics["precision"] == report.metrics["recall"] == 1.0


def test_only_one_side_empty_is_zero():
    assert boxes([CAT], []).score == 0.0
    assert boxes([], [CAT]).score == 0.0
    assert verdicts(boxes([CAT], [])) == [("missed", "1", None)]
    assert verdicts(boxes([], [CAT])) == [("extra", None, "1")]


def test_a_missed_box_costs_as_much_as_an_extra_one():
    assert boxes([CAT, DOG], [CAT]).score == boxes([CAT], [CAT, DOG]).score == pytest.approx(1 / 1.5)


def test_the_score_is_how_well_found_times_how_well_drawn():
    report = boxes([CAT, DOG], [thing("a", 10, 10, 100, 60), thing("b", 200, 100, 60, 60, "dog")])
    assert report.metrics["sq"] == pytest.approx((0.75 + 1) / 2)
    assert report.metrics["rq"] == 1.0
    assert report.score == pytest.approx(report.metrics["sq"] * report.metrics["rq"])


def test_edges_are_signed_answer_minus_gold():
    report = boxes([CAT], [thing("a", 8, 13, 109, 76)])
    assert report.verdicts[0].errors == {"left": -2, "top": 3, "right": 7, "bottom": -1}
    assert report.metrics["error_right"] == 7


def test_a_wrong_label_on_the_right_place_is_one_error_of_its_own():
    report = boxes([CAT], [thing("a", 10, 10, 100, 80, "dog")])
    assert verdicts(report) == [("wrong_label", "1", "a")]
    assert (report.metrics["tp"], report.metrics["fp"], report.metrics["fn"]) == (0, 1, 1)


def test_a_wrong_label_may_cost_less_if_the_rubric_says_so():
    answer = [thing("a", 10, 10, 100, 80, "dog")]
    assert boxes([CAT], answer, label_weight=0).score == 1.0
    assert boxes([CAT], answer, label_weight=0.5).score == pytest.approx(0.5)


def test_a_loose_box_is_one_error_not_a_miss_and_an_extra():
    report = boxes([CAT], [thing("a", 60, 10, 100, 80)])
    assert verdicts(report) == [("loose", "1", "a")]
    assert report.verdicts[0].similarity == pytest.approx(1 / 3)
    assert (report.metrics["fp"], report.metrics["fn"]) == (1, 1)


def test_a_second_box_on_a_found_object_is_a_duplicate():
    report = boxes([CAT], [thing("a", 10, 10, 100, 80), thing("b", 12, 10, 100, 80)])
    assert verdicts(report) == [("matched", "1", "a"), ("duplicate", "1", "b")]
    assert report.score == pytest.approx(1 / 1.5)


def test_spraying_boxes_does_not_pay():
    spray = [thing(f"s{n}", 10 + n, 10, 100, 80) for n in range(10)]
    assert boxes([CAT], spray).score < 0.2


def test_two_identical_boxes_on_both_sides_are_both_right():
    twin = thing("9", 10, 10, 100, 80)
    assert boxes([CAT, twin], [CAT, twin]).score == 1.0


def test_most_matches_come_before_the_highest_total():
    """The chain .5 / .95 / .5 / .95 / .5: the highest sum keeps two matches where three are possible."""
    # Boxes of width 100 in a row; sliding by 33.33 gives .5, by 2.564 gives .95.
    slide_half, slide_near = 100 / 3, 100 * (1 - 0.95) / (1 + 0.95)
    places, x = [], 0.0
    for slide in (0, slide_half, slide_near, slide_half, slide_near, slide_half):
        x += slide
        places.append(x)
    gold = [thing(f"g{n}", places[n], 0, 100, 80) for n in (0, 2, 4)]
    answer = [thing(f"a{n}", places[n], 0, 100, 80) for n in (1, 3, 5)]
    report = boxes(gold, answer, min_overlap=0.499999, tolerance_px=0, tolerance_share=0)
    assert report.metrics["tp"] == 3


@pytest.mark.parametrize(("side", "overlap"), [(8, 0.64), (16, 0.79), (32, 0.89), (128, 0.97)])
def test_one_pixel_around_matches_at_every_size_and_level(side: int, overlap: float):
    gold = [thing("1", 50, 50, side, side)]
    answer = [thing("a", 49, 49, side + 2, side + 2)]
    report = boxes(gold, answer, level="master")
    assert verdicts(report) == [("matched", "1", "a")]
    assert report.verdicts[0].similarity == pytest.approx(overlap, abs=0.005)
    assert report.score == report.verdicts[0].similarity


def test_the_tolerance_is_never_more_than_a_quarter_of_the_side():
    gold = [thing("1", 50, 50, 4, 40)]
    assert verdicts(boxes(gold, [thing("a", 51, 50, 4, 40)], level="master"))[0][0] == "matched"
    assert verdicts(boxes(gold, [thing("a", 51.5, 50, 4, 40)], level="master"))[0][0] == "loose"


def test_the_tolerance_grows_with_two_percent_of_the_side():
    gold = [thing("1", 0, 50, 300, 10)]
    assert verdicts(boxes(gold, [thing("a", 6, 50, 294, 10)], min_overlap=1))[0][0] == "matched"
    assert verdicts(boxes(gold, [thing("a", 6.1, 50, 293.9, 10)], min_overlap=1))[0][0] == "loose"


def test_what_lies_in_an_ignored_region_does_not_count():
    region = thing("r", 200, 0, 150, 150, "sky", ignore=True)
    report = boxes([CAT, region], [CAT, thing("b", 210, 20, 30, 30), thing("c", 340, 140, 40, 40)])
    assert report.ignored == ("b",)
    assert verdicts(report) == [("matched", "1", "1"), ("extra", None, "c")]
    assert "b" in report.notes[0]


def test_half_inside_an_ignored_region_is_enough():
    region = thing("r", 200, 0, 100, 100, "sky", ignore=True)
    assert boxes([region], [thing("a", 180, 0, 40, 40)]).ignored == ("a",)
    assert boxes([region], [thing("a", 179, 0, 40, 40)]).ignored == ()


def test_gold_inside_an_ignored_region_is_still_found():
    region = thing("r", 0, 0, 200, 200, "sky", ignore=True)
    assert boxes([CAT, region], [CAT]).metrics["tp"] == 1
    assert boxes([CAT, region], []).metrics["fn"] == 1


def test_a_crowd_absorbs_many_of_its_label_and_need_not_be_drawn():
    crowd = thing("c", 0, 100, 300, 100, "person", crowd=True)
    many = [thing(f"p{n}", 10 + 20 * n, 110, 15, 40, "person") for n in range(8)]
    assert boxes([crowd], many).score == 1.0
    assert boxes([crowd], []).score == 1.0
    assert boxes([crowd], [thing("d", 10, 110, 15, 40, "dog")]).score == 0.0


def test_an_optional_object_is_neutral_found_or_not():
    maybe = thing("m", 200, 200, 40, 40, optional=True)
    without, with_it = boxes([CAT, maybe], [CAT]), boxes([CAT, maybe], [CAT, thing("b", 202, 200, 40, 40)])
    assert without.score == with_it.score == 1.0
    assert verdicts(without) == [("matched", "1", "1")]
    assert boxes([maybe], []).score == 1.0


def test_an_optional_object_never_takes_an_answer_from_a_needed_one():
    maybe = thing("m", 30, 10, 100, 80, optional=True)
    report = boxes([CAT, maybe], [thing("a", 28, 10, 100, 80)])
    assert verdicts(report) == [("matched", "1", "a")]


def test_one_box_around_two_objects_is_called_merged():
    left, right = thing("1", 10, 10, 40, 40), thing("2", 60, 10, 40, 40)
    report = boxes([left, right], [thing("a", 10, 10, 90, 40)])
    assert verdicts(report) == [("merged", "1", "a"), ("merged", "2", "a")]
    assert (report.metrics["tp"], report.metrics["fp"], report.metrics["fn"]) == (0, 1, 2)


def test_two_boxes_on_one_object_are_called_split():
    report = boxes([thing("1", 10, 10, 90, 40)], [thing("a", 10, 10, 40, 40), thing("b", 60, 10, 40, 40)])
    assert verdicts(report) == [("split", "1", "a"), ("split", "1", "b")]
    assert (report.metrics["tp"], report.metrics["fp"], report.metrics["fn"]) == (0, 2, 1)


def test_a_match_that_swallows_a_neighbour_stays_a_match():
    report = boxes([thing("1", 10, 10, 80, 40), thing("2", 92, 10, 10, 40)], [thing("a", 10, 10, 92, 40)])
    assert verdicts(report) == [("matched", "1", "a"), ("merged", "2", "a")]
    assert report.metrics["tp"] == 1


def test_a_small_object_inside_a_found_one_is_missed_not_merged():
    report = boxes([CAT, thing("2", 20, 20, 20, 20)], [CAT])
    assert verdicts(report) == [("matched", "1", "1"), ("missed", "2", None)]


def test_the_rule_of_the_gold_comes_with_its_verdict():
    assert boxes([CAT | {"rule": "3.2"}], []).verdicts[0].rule == "3.2"
    assert boxes([CAT], []).verdicts[0].rule is None


def test_flags_in_an_answer_are_not_heard():
    assert boxes([], [thing("a", 0, 0, 50, 50, ignore=True, optional=True, crowd=True)]).score == 0.0


def test_gold_with_every_flag_against_itself_is_one():
    gold = [
        CAT,
        thing("r", 100, 0, 150, 150, "sky", ignore=True),
        thing("c", 0, 100, 300, 100, "cat", crowd=True),
        thing("m", 30, 10, 100, 80, optional=True),
    ]
    assert boxes(gold, gold).score == 1.0


def test_a_box_outside_the_picture_is_cut_and_said_so():
    report = boxes([thing("1", 0, 10, 50, 50)], [thing("a", -20, 10, 70, 50)])
    assert report.score == 1.0
    assert report.clipped == ("a",)
    assert '"a"' in report.notes[0]


def test_labels_are_compared_in_one_form():
    decomposed, composed = "\u1100\u1161", "\uac00"
    assert boxes([thing("1", 0, 0, 50, 50, decomposed)], [thing("a", 0, 0, 50, 50, composed)]).score == 1.0


def test_as_dict_has_the_form_of_the_command_line():
    report: GradeReport = grade("box", drawing(CAT), drawing(thing("a", 8, 10, 102, 80)))
    written = report.as_dict()
    assert set(written) >= {"score", "passed", "metrics", "verdicts"}
    assert written["verdicts"][0] == {
        "verdict": "matched",
        "gold": "1",
        "answer": "a",
        "similarity": pytest.approx(8000 / 8160),
        "errors": {"left": -2, "top": 0, "right": 0, "bottom": 0},
        "rule": None,
    }
