"""A grade in words, in both languages."""

import pytest
from flask_babel import force_locale

from academy.grading.engine import grade
from courses.practice.feedback import edge_words, put_into_words, refusal
from tests.courses.practice.pictures import CAR, DOG, GOLD, PERFECT, box, boxes, choice

TITLES = {"car": "Car", "dog": "Dog"}


@pytest.fixture(autouse=True)
def _english(app):
    with app.test_request_context(), force_locale("en"):
        yield


def words(answer, gold=GOLD, kind="box"):
    return put_into_words(grade(kind, gold, answer).as_dict(), gold, answer, TITLES)


def said(answer):
    return {verdict["verdict"]: verdict["words"] for verdict in words(answer).shown["verdicts"]}


def test_a_perfect_answer_is_told_so():
    told = words(PERFECT)
    assert told.title == "Excellent work"
    assert told.points == "100 of 100 points"
    assert [verdict["words"] for verdict in told.shown["verdicts"]] == [
        "Car: found, and the box fits.",
        "Dog: found, and the box fits.",
    ]


def test_an_edge_says_how_far_and_where_it_is_off():
    answer = boxes(box(1, "car", [20, 20, 47, 30]), box(2, "dog", DOG))
    assert "Car: found. The right edge is 7 px too far right." in [
        verdict["words"] for verdict in words(answer).shown["verdicts"]
    ]


@pytest.mark.parametrize(
    ("edge", "error", "sentence"),
    [
        ("left", -5, "The left edge is 5 px too far left."),
        ("left", 5, "The left edge is 5 px too far right."),
        ("right", -5, "The right edge is 5 px too far left."),
        ("right", 5, "The right edge is 5 px too far right."),
        ("top", -5, "The top edge is 5 px too high."),
        ("top", 5, "The top edge is 5 px too low."),
        ("bottom", -5, "The bottom edge is 5 px too high."),
        ("bottom", 5, "The bottom edge is 5 px too low."),
    ],
)
def test_every_edge_has_its_sentence(edge, error, sentence):
    assert edge_words({edge: error}) == [sentence]


def test_only_the_two_worst_edges_are_named_and_tiny_ones_never():
    assert edge_words({"left": 3, "top": -9, "right": 6, "bottom": 2}) == [
        "The top edge is 9 px too high.",
        "The right edge is 6 px too far right.",
    ]


def test_missed_and_extra_boxes_are_named_by_their_label():
    told = said(boxes(box(1, "car", CAR), box(2, "dog", [0, 80, 20, 15])))
    assert told["missed"] == "Dog: you have not drawn this one."
    assert told["extra"] == "Dog: there is nothing to label here. Delete this box."


def test_a_loose_box_says_how_much_it_shares_with_the_gold():
    told = said(boxes(box(1, "car", [20, 20, 100, 60]), box(2, "dog", DOG)))
    assert told["loose"].startswith("Car: found, but the box does not fit: it shares 20 % with the gold.")


def test_a_wrong_label_names_both():
    told = said(boxes(box(1, "dog", CAR), box(2, "dog", DOG)))
    assert told["wrong_label"] == "The box is in the right place, but this is: Car. You chose: Dog."


def test_the_worst_comes_first_and_the_gold_rule_stays_with_it():
    verdicts = words(boxes(box(2, "dog", DOG))).shown["verdicts"]
    assert [(verdict["verdict"], verdict["rule"]) for verdict in verdicts] == [("missed", "1.1"), ("matched", None)]


def test_the_advice_is_about_the_mistake_made_most_often():
    assert words(boxes()).next_step == "2 objects were missed. Go over the picture row by row before you hand in."
    assert words(PERFECT).next_step == "Go on with the next picture."


def test_a_choice_is_told_too():
    gold = choice("car")
    assert words(choice("car"), gold, "classification").shown["verdicts"][0]["words"] == "Right: Car."
    wrong = words(choice("dog"), gold, "classification")
    assert wrong.shown["verdicts"][0]["words"] == "You chose: Dog. Right is: Car."


def test_a_box_over_the_edge_is_mentioned():
    told = words(boxes(box(1, "car", [-10, 20, 70, 30]), box(2, "dog", DOG)))
    assert told.notes == ("Boxes that reached over the edge of the picture were cut there.",)


@pytest.mark.parametrize("reason", ["choice", "count", "label", "size", "outside", "anything"])
def test_every_refusal_says_what_to_do(reason):
    assert refusal(reason, "a1").endswith(".")
