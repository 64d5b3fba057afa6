"""The one way in: practice, exam, hidden gold, reviewer school and audit all grade here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from academy.grading.boxes import grade_boxes
from academy.grading.classification import grade_choice
from academy.grading.documents import READERS, RefusedDocument, check_document, read_box, read_classification
from academy.grading.report import GradeReport
from academy.grading.rubric import RUBRICS, Rubric

KINDS = tuple(sorted(READERS))

__all__ = ["KINDS", "GradeReport", "RefusedDocument", "Rubric", "check_document", "grade"]


def grade(kind: str, gold: Any, answer: Any, rubric: Mapping[str, Any] | Rubric | None = None) -> GradeReport:
    """Grade one answer against gold. Raises RefusedDocument, naming the object, when either can not be graded."""
    measure = _measure(kind, rubric)
    if kind == "box":
        report = grade_boxes(read_box(gold, gold=True), read_box(answer, gold=False), measure)
        return _with_rules(report, measure) if measure.rules else report
    if kind == "classification":
        report = grade_choice(read_classification(gold, gold=True), read_classification(answer, gold=False), measure)
        return _with_rules(report, measure) if measure.rules else report
    raise RefusedDocument(f'The kind "{kind}" can not be graded; known are {", ".join(KINDS)}.', None, "kind")


def _measure(kind: str, rubric: Mapping[str, Any] | Rubric | None) -> Rubric:
    if rubric is None:
        return RUBRICS["practice"].get(kind) or Rubric()
    return rubric if isinstance(rubric, Rubric) else Rubric.from_dict(rubric, kind=kind)


def _with_rules(report: GradeReport, measure: Rubric) -> GradeReport:
    """Each verdict with the rule it is about: the one the gold names, else the one the rubric gives its kind."""
    verdicts = tuple(
        verdict if verdict.rule else verdict._replace(rule=measure.rules.get(verdict.verdict))
        for verdict in report.verdicts
    )
    return replace(report, verdicts=verdicts)
