"""Small drawings for tests of the graders."""

from typing import Any

from hypothesis import strategies as st

from academy.grading.engine import grade
from academy.grading.report import GradeReport

WIDTH, HEIGHT = 400, 300

Object = dict[str, Any]
Document = dict[str, Any]


def thing(name: str, x: float, y: float, w: float, h: float, label: str = "cat", **flags: Any) -> Object:
    return {"id": name, "label": label, "box": [x, y, w, h], **flags}


def drawing(*objects: Object, width: int = WIDTH, height: int = HEIGHT) -> Document:
    return {"kind": "box", "image": {"width": width, "height": height}, "objects": list(objects)}


def boxes(gold: list[Object], answer: list[Object], **rubric: Any) -> GradeReport:
    return grade("box", drawing(*gold), drawing(*answer), rubric)


def verdicts(report: GradeReport) -> list[tuple[str, str | None, str | None]]:
    return [(verdict.verdict, verdict.gold, verdict.answer) for verdict in report.verdicts]


@st.composite
def things(draw: st.DrawFn, prefix: str, most: int = 7) -> list[Object]:
    """Boxes on a coarse grid, so that overlaps, ties and repetitions are common."""
    count = draw(st.integers(0, most))
    made = []
    for number in range(count):
        x, y = draw(st.integers(0, 30)) * 8, draw(st.integers(0, 20)) * 8
        w, h = draw(st.integers(1, 12)) * 8, draw(st.integers(1, 10)) * 8
        made.append(thing(f"{prefix}{number}", x, y, w, h, draw(st.sampled_from(["cat", "dog"]))))
    return made
