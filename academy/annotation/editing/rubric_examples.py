"""What a rubric does to typical answers: an example's gold, drawn a little wrong in several ways, and graded. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from academy.grading.documents import RefusedDocument
from academy.grading.engine import KINDS, grade

_MADE_UP: Mapping[str, Any] = {
    "kind": "box",
    "image": {"width": 640, "height": 480},
    "objects": [
        {"id": "1", "box": [60, 80, 120, 90]},
        {"id": "2", "box": [260, 120, 60, 60]},
        {"id": "3", "box": [420, 200, 160, 200]},
    ],
}


@dataclass(frozen=True, slots=True)
class Example:
    """One answer and what becomes of it. `how`: "exact", "wider" (every edge too far out by `by` pixels), "missed",
    "extra", "label" (one wrong label), or for choices "choice" (`label` was chosen)."""

    how: str
    by: int
    label: str
    score: float
    passed: bool


def examples(
    kind: str, rubric: Mapping[str, Any], gold: Mapping[str, Any] | None, labels: list[str]
) -> list[Example] | None:
    """Typical answers graded by a rubric; None if this kind can not be graded yet. Raises RefusedDocument.

    gold: of a task of the set; without one, three boxes or the first label.
    """
    if kind not in KINDS or not labels:
        return None
    if kind == "box":
        shown = gold if gold is not None and gold.get("objects") else _with_labels(labels)
        answers = _box_answers(shown, labels)
    else:
        shown = gold if gold is not None else {"kind": kind, "choice": labels[0]}
        answers = (("choice", 0, name, {"kind": kind, "choice": name}) for name in labels[:30])
    found = []
    for how, by, label, answer in answers:
        try:
            report = grade(kind, shown, answer, rubric)
        except RefusedDocument as refused:
            if refused.reason == "rubric":
                raise
            continue  # so small that it can not be drawn in this way
        found.append(Example(how, by, label, report.score, report.passed))
    return found


def _with_labels(labels: list[str]) -> dict[str, Any]:
    objects = [{**item, "label": labels[place % len(labels)]} for place, item in enumerate(_MADE_UP["objects"])]
    return {**_MADE_UP, "objects": objects}


def _box_answers(gold: Mapping[str, Any], labels: list[str]) -> Iterator[tuple[str, int, str, dict[str, Any]]]:
    plain = [{key: item[key] for key in ("id", "label", "box")} for item in gold["objects"][:200]]
    head = {key: gold[key] for key in ("kind", "image") if key in gold}
    yield "exact", 0, "", {**head, "objects": plain}
    for by in (2, 5, 10, 20):
        wider = [{**item, "box": _wider(item["box"], by)} for item in plain]
        yield "wider", by, "", {**head, "objects": wider}
    yield "missed", 0, "", {**head, "objects": plain[1:]}
    across, down = (float(head.get("image", {}).get(side, 100)) for side in ("width", "height"))
    corner = {"id": "extra", "label": plain[0]["label"], "box": [across - 9, down - 9, 8, 8]}
    yield "extra", 0, "", {**head, "objects": [*plain, corner]}
    other = next((name for name in labels if name != plain[0]["label"]), None)
    if other is not None:
        yield "label", 0, other, {**head, "objects": [{**plain[0], "label": other}, *plain[1:]]}


def _wider(box: list[float], by: float) -> list[float]:
    left, top, width, height = box
    return [left - by, top - by, width + 2 * by, height + 2 * by]
