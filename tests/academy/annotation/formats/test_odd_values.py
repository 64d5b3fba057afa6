"""Values of the wrong kind, and numbers that fit into no float, end no import: what is good beside them is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from academy.annotation.exchange import checking
from academy.annotation.exchange.media_bench import MediaBench
from academy.annotation.formats.found import Options
from tests.academy.annotation.samples import picture

VAST = int("9" * 400)
FIGURE = {
    "key": "f", "objectKey": "k", "geometryType": "cuboid_3d",
    "geometry": {axis: dict.fromkeys("xyz", 1) for axis in ("position", "rotation", "dimensions")},
}  # fmt: skip


def cloud(**said: Any) -> dict[str, Any]:
    return {
        "description": "",
        "key": "x",
        "tags": [],
        "objects": [{"key": "k", "classTitle": "car"}],
        "figures": [FIGURE],
        **said,
    }


def studio(width: Any) -> list[dict[str, Any]]:
    value = {"x": 1, "y": 1, "width": 10, "height": 10, "rotation": 0, "rectanglelabels": ["RBC"]}
    result = {"id": "x", "type": "rectanglelabels", "from_name": "l", "to_name": "image", "original_width": width,
              "original_height": 80, "value": value}  # fmt: skip
    return [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"id": 1, "result": [result]}]}]


def datum(size: Any, label: Any) -> dict[str, Any]:
    box = {"id": 1, "type": "bbox", "label_id": 0, "bbox": [1, 2, 30, 40]}
    categories = {"label": {"labels": [{"name": "RBC"}]}, "points": {"items": [{"label_id": label}]},
                  "mask": {"colormap": [{"label_id": label}]}}  # fmt: skip
    items = [{"id": "a", "annotations": [box], "image": {"path": "a.png", "size": size}}]
    return {"info": {}, "categories": categories, "items": items}


@pytest.mark.parametrize(
    ("form", "name", "value", "objects"),
    [
        ("supervisely", "ds0/ann/a.pcd.json", cloud(objects=-1), 0),
        ("supervisely", "ds0/ann/a.pcd.json", cloud(tags=1.5), 1),
        ("labelstudio", "tasks.json", studio(VAST), 1),
        ("datumaro", "annotations/a.json", datum([VAST, 120], 0), 1),
        ("datumaro", "annotations/a.json", datum([80, 120], {}), 1),
        ("csv", "a.csv", "scorer,me,me\nbodyparts,nose,nose\ncoords,likelihood,z\na.png,1,2\n", 0),
    ],
)
def test_an_odd_value_ends_no_import(tmp_path: Path, form: str, name: str, value: Any, objects: int):
    (tmp_path / "a.png").write_bytes(picture())
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    source = checking.source_at(tmp_path, form, Options("", "", "", None, ""))
    with MediaBench(None, "dry") as bench:
        lines = list(checking.check(source, bench, checking.Told(), clip=True))
    assert sum(line.objects for line in lines) == objects
    if form == "csv":
        assert any("names no key points" in problem.words("en") for line in lines for problem in line.problems)
