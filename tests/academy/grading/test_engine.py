"""Which rule of the guideline a verdict is about."""

import pytest

from academy.grading.engine import RefusedDocument, grade

GOLD = {
    "kind": "box",
    "objects": [
        {"id": "1", "label": "car", "box": [0, 0, 10, 10], "rule": "3.2"},
        {"id": "2", "label": "car", "box": [50, 50, 10, 10]},
    ],
}
NOTHING = {"kind": "box", "objects": []}


def test_the_gold_names_the_rule_and_the_rubric_helps_where_it_does_not():
    report = grade("box", GOLD, NOTHING, {"rules": {"missed": "1"}})
    assert {verdict.gold: verdict.rule for verdict in report.verdicts} == {"1": "3.2", "2": "1"}


def test_what_is_right_breaks_no_rule():
    report = grade("box", GOLD, GOLD, {"rules": {"missed": "1"}})
    assert [verdict.rule for verdict in report.verdicts if verdict.gold == "2"] == [None]


def test_rules_change_no_score():
    assert grade("box", GOLD, NOTHING, {"rules": {"missed": "1"}}).score == grade("box", GOLD, NOTHING).score


def test_a_wrong_choice_is_linked_to_its_rule_too():
    gold, answer = ({"kind": "classification", "choice": choice} for choice in ("cat", "dog"))
    report = grade("classification", gold, answer, {"rules": {"wrong_label": "2"}})
    assert report.verdicts[0].rule == "2"


@pytest.mark.parametrize("rules", [["1"], {"missed": 1}, {"missed": ""}])
def test_rules_that_are_none_are_refused(rules):
    with pytest.raises(RefusedDocument):
        grade("box", GOLD, NOTHING, {"rules": rules})
