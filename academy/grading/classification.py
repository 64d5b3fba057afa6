"""One choice against gold: right, near on a scale or in a tree, or wrong."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from academy.grading.documents import ChoiceDocument
from academy.grading.report import MATCHED, MISSED, WRONG_LABEL, GradeReport, Verdict
from academy.grading.rubric import Rubric


def grade_choice(gold: ChoiceDocument, answer: ChoiceDocument, rubric: Rubric) -> GradeReport:
    """Grade one choice by the accepted answer that is nearest. No choice, or "cannot tell" where one can, is missed."""
    nearest = max(
        sorted(gold.accepted), key=lambda label: (closeness(label, answer.choice, rubric), label == gold.choice)
    )
    score = closeness(nearest, answer.choice, rubric)
    right = answer.choice in gold.accepted
    silent = answer.choice is None or answer.choice == rubric.cannot_tell
    verdict = MATCHED if right else MISSED if silent else WRONG_LABEL
    return GradeReport(
        score=score,
        passed=score >= rubric.pass_score,
        metrics={"accuracy": 1.0 if right else 0.0, "closeness": score},
        verdicts=(Verdict(verdict, nearest, answer.choice, score, {}, gold.rule or None),),
    )


def closeness(gold: str, answer: str | None, rubric: Rubric) -> float:
    """1 for the same label; between 0 and 1 for another label on the rubric's scale or in its tree."""
    if answer is None:
        return 0.0
    if answer == gold:
        return 1.0
    if rubric.cannot_tell in (gold, answer):
        return 0.0
    if gold in rubric.ordinal and answer in rubric.ordinal:
        apart = abs(rubric.ordinal.index(gold) - rubric.ordinal.index(answer))
        return 1.0 - apart / (len(rubric.ordinal) - 1)
    if rubric.taxonomy:
        first, second = _path(gold, rubric.taxonomy), _path(answer, rubric.taxonomy)
        return len(set(first) & set(second)) / max(len(first), len(second))
    return 0.0


def _path(label: str, parents: Mapping[str, str]) -> list[str]:
    path = [label]
    while path[-1] in parents:
        path.append(parents[path[-1]])
    return path


def confusion(
    pairs: Iterable[tuple[str, str]], labels: Iterable[str] = ()
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """How often each gold label (row) was answered by each label (column); given labels come first, in their order."""
    places = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    counted = list(pairs)
    for label in sorted({label for pair in counted for label in pair} - places.keys()):
        places[label] = len(places)
    table = np.zeros((len(places), len(places)), dtype=np.int64)
    for gold, answer in counted:
        table[places[gold], places[answer]] += 1
    return tuple(places), table
