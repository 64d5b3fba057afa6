"""YOLO on its way out, as Ultralytics lays it out: data.yaml, images/train and labels/train. A row has one shape, so a
set goes out in the shape that most of its objects have."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from academy.annotation.formats.found import LeavingSet
from academy.annotation.formats.losses import the_one_shape
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.sidecar import write_labels, write_names
from academy.annotation.formats.yolo_rows import TASKS, row_of
from academy.grading.shapes import shape_of


def write(leaving: LeavingSet, sink: Sink) -> None:
    """The folder of a set: its description first, then picture by picture."""
    numbers = {label.name: number for number, label in enumerate(leaving.labels)}
    shapes, points = _look(leaving)
    shape = the_one_shape(leaving.kind, shapes) or "box"
    most = max(points.values(), default=1)
    sink.put("data.yaml", _description(leaving, shape, points, most, numbers).encode())
    write_labels(leaving.labels, sink)
    taken: set[str] = set()
    names: dict[str, str] = {}
    for item in leaving.items():
        if item.media != "picture":
            continue
        path = PurePosixPath(item.file_name)
        stem = str(path.with_suffix(""))
        while stem in taken:
            stem += "_"
        taken.add(stem)
        names[f"images/train/{stem}{path.suffix}"] = item.name
        sink.copy(f"images/train/{stem}{path.suffix}", item.key)
        if item.document is not None:
            sides = item.document.get("image") or {"width": item.width, "height": item.height}
            size = (sides["width"], sides["height"])
            rows = [
                " ".join(map(repr, (numbers[thing["label"]], *row_of(thing, shape, size, most))))
                for thing in item.document.get("objects", ())
                if shape_of(thing) == shape and thing["label"] in numbers
            ]
            sink.put(f"labels/train/{stem}.txt", "".join(f"{row}\n" for row in rows).encode())
    write_names(names, sink)


def _look(leaving: LeavingSet) -> tuple[Counter[str], dict[str, int]]:
    """How many objects of each shape there are, and the most key points of each label."""
    shapes: Counter[str] = Counter()
    points: dict[str, int] = {}
    for item in leaving.items():
        for thing in (item.document or {}).get("objects", ()) if item.media == "picture" else ():
            shape = shape_of(thing)
            if shape and shape in TASKS.values():
                shapes[shape] += 1
            if shape == "keypoints":
                points[thing["label"]] = max(points.get(thing["label"], 0), len(thing["keypoints"]))
    return shapes, points


def _description(
    leaving: LeavingSet, shape: str, points: Mapping[str, int], most: int, numbers: Mapping[str, int]
) -> str:
    task = next(task for task, drawn in TASKS.items() if drawn == shape)
    lines = ["path: .", "train: images/train", "val: images/train", f"task: {task}"]
    if shape == "keypoints":
        lines.append(f"kpt_shape: [{most}, 3]")
        lines += _mapping("kpt_counts", {numbers[label]: count for label, count in points.items() if label in numbers})
        lines += _mapping(
            "kpt_names",
            {numbers[label.name]: label.skeleton["points"] for label in leaving.labels if label.skeleton.get("points")},
        )
    lines.append(f"nc: {len(leaving.labels)}")
    lines += _mapping("names", {number: name for name, number in numbers.items()})
    return "".join(f"{line}\n" for line in lines)


def _mapping(name: str, values: Mapping[int, Any]) -> list[str]:
    """JSON's texts and lists are YAML's too."""
    said = [f"  {number}: {json.dumps(value, ensure_ascii=False)}" for number, value in sorted(values.items())]
    return [f"{name}:", *said] if said else []
