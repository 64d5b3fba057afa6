"""Label Studio's short export (JSON-MIN), brought into the form of its long one.

    {"image": "/data/1.jpg", "label": [{"x": 1, ..., "rectanglelabels": ["Car"]}], "quality": "good", "annotator": 1}

Data and answers stand side by side. A list of regions tells itself; any other answer is known by the configuration.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.labelstudio_config import Config

_ABOUT = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"})
_SIZE = ("original_width", "original_height", "image_rotation")


def is_short(task: Mapping[str, Any]) -> bool:
    return "data" not in task and "annotation_id" in task and "annotator" in task


def lengthened(task: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The task with its one annotation, as the long export would have it."""
    results: list[dict[str, Any]] = []
    data: dict[str, Any] = {}
    for name, value in task.items():
        answers = list(_answers(name, value, config))
        results += answers
        if not answers and name not in _ABOUT:
            data[name] = value
    annotation = {"id": task["annotation_id"], "completed_by": task["annotator"], "result": results}
    return {"id": task.get("id"), "data": data, "annotations": [annotation]}


def _answers(name: str, value: Any, config: Config) -> Iterator[dict[str, Any]]:
    control = config.controls.get(name)
    about = control.of[0] if control else ""
    if isinstance(value, list) and value and all(map(_is_region, value)):
        for place, region in enumerate(value, 1):
            kind = next((key for key in region if key.endswith("labels")), control.type if control else "")
            sizes = {key: region[key] for key in _SIZE if key in region}
            yield {"id": f"{name}-{place}", "from_name": name, "to_name": about, "type": kind, "value": region} | sizes
        return
    if control is None:
        return
    kind = control.type
    if kind in ("choices", "taxonomy"):
        chosen = value.get(kind) if isinstance(value, dict) else value
        yield _answer(name, about, kind, chosen if isinstance(chosen, list) else [chosen])
    elif kind == "textarea":
        yield _answer(name, about, "textarea", value if isinstance(value, list) else [value], field="text")
    elif kind in ("rating", "number", "pairwise"):
        yield _answer(name, about, kind, value, field="selected" if kind == "pairwise" else kind)


def _answer(name: str, about: str, kind: str, value: Any, field: str = "") -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": about, "type": kind, "value": {field or kind: value}}


def _is_region(value: Any) -> bool:
    region = own.facts_in(value)
    return any(key in region for key in ("x", "points", "rle", "start", "sequence", "vertices"))
