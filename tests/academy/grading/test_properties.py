"""What must hold for any two drawings."""

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.grading.matching import assign
from tests.academy.grading.drawings import Object, boxes, thing, things

EXACT = {"tolerance_px": 0, "tolerance_share": 0}


@given(things("g"), things("a"), st.integers(0, 10**6))
def test_the_order_of_drawing_never_changes_a_grade(gold: list[Object], answer: list[Object], seed: int):
    shuffled = random.Random(seed)
    other_gold, other_answer = list(gold), list(answer)
    shuffled.shuffle(other_gold)
    shuffled.shuffle(other_answer)
    assert boxes(gold, answer).as_dict() == boxes(other_gold, other_answer).as_dict()


@given(things("g"))
def test_every_drawing_against_itself_is_exactly_one(gold: list[Object]):
    for level in ("practice", "exam", "master"):
        report = boxes(gold, gold, level=level)
        assert report.score == 1.0
        assert all(verdict.verdict == "matched" for verdict in report.verdicts)


@given(things("g"), things("a"))
def test_swapping_the_sides_swaps_misses_and_extras(gold: list[Object], answer: list[Object]):
    there, back = boxes(gold, answer, **EXACT), boxes(answer, gold, **EXACT)
    assert there.score == pytest.approx(back.score)
    assert there.metrics["precision"] == pytest.approx(back.metrics["recall"])


@given(things("g"), things("a"))
def test_scores_stay_between_zero_and_one_and_verdicts_name_everybody_once(gold: list[Object], answer: list[Object]):
    report = boxes(gold, answer)
    for name in ("pq", "sq", "rq", "precision", "recall"):
        assert 0 <= report.metrics[name] <= 1
    assert report.score == pytest.approx(report.metrics["sq"] * report.metrics["rq"])
    assert report.metrics["tp"] + report.metrics["fp"] == len(answer)
    assert report.metrics["tp"] + report.metrics["fn"] == len(gold)
    assert {verdict.gold for verdict in report.verdicts} - {None} == {item["id"] for item in gold}
    assert {verdict.answer for verdict in report.verdicts} - {None} == {item["id"] for item in answer}


@given(things("g"), st.integers(1, 3))
def test_every_repetition_costs_half_an_object(gold: list[Object], times: int):
    again = [item | {"id": f"{item['id']}-{time}"} for item in gold for time in range(times)]
    report = boxes(gold, gold + again)
    assert report.score == pytest.approx(1 / (1 + times / 2) if gold else 1.0)
    assert {verdict.verdict for verdict in report.verdicts} <= {"matched", "duplicate"}


@given(things("g"), things("a"))
def test_drawing_all_of_the_gold_besides_finds_everything(gold: list[Object], answer: list[Object]):
    report = boxes(gold, answer + [item | {"id": f"x{item['id']}"} for item in gold])
    assert report.metrics["fn"] == 0


@given(things("g"), things("a", most=5))
def test_adding_a_missed_object_exactly_never_lowers_the_score(gold: list[Object], answer: list[Object]):
    report = boxes(gold, answer)
    for verdict in report.verdicts:
        if verdict.verdict == "missed":
            found = next(item for item in gold if item["id"] == verdict.gold)
            assert boxes(gold, [*answer, found | {"id": "new"}]).score > report.score


@given(things("g"), things("a"), st.floats(0.1, 1), st.floats(0.1, 1))
def test_a_stricter_threshold_never_finds_more(gold: list[Object], answer: list[Object], first: float, second: float):
    mild, strict = sorted((first, second))
    assert (
        boxes(gold, answer, min_overlap=mild, **EXACT).metrics["tp"]
        >= boxes(gold, answer, min_overlap=strict, **EXACT).metrics["tp"]
    )


@given(st.floats(0, 40), st.floats(0.5, 40))
def test_an_edge_farther_off_never_scores_more(near: float, further: float):
    gold = [thing("1", 100, 100, 100, 100)]

    def score(off: float) -> float:
        return boxes(gold, [thing("a", 100, 100, 100 + off, 100)]).score

    assert score(near) >= score(near + further)


@given(things("g"), things("a"), st.sampled_from([{"ignore": True}, {"optional": True}, {"crowd": True}]))
def test_flags_on_gold_never_make_it_harder(gold: list[Object], answer: list[Object], flag: dict[str, Any]):
    """An object that need not be found can only take away misses."""
    if gold:
        eased = [gold[0] | flag, *gold[1:]]
        assert boxes(eased, answer).metrics["fn"] <= boxes(gold, answer).metrics["fn"]


@given(st.data())
def test_the_assignment_is_the_best_of_all(data: st.DataObject):
    """Against trying every assignment: most pairs first, then the highest total."""
    golds, answers = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))
    similarity = {
        (gold, answer): data.draw(st.integers(1, 100)) / 100
        for gold in range(golds)
        for answer in range(answers)
        if data.draw(st.booleans())
    }
    chosen = assign(list(similarity), similarity)
    assert len({gold for gold, _ in chosen}) == len({answer for _, answer in chosen}) == len(chosen)
    best = (0, 0.0)
    slots = [*range(answers), *[None] * golds]
    for order in set(permutations(slots, golds)):
        pairs = [(gold, answer) for gold, answer in enumerate(order) if (gold, answer) in similarity]
        best = max(best, (len(pairs), round(sum(similarity[pair] for pair in pairs), 9)))  # type: ignore[index]
    assert (len(chosen), round(sum(similarity[pair] for pair in chosen), 9)) == best
