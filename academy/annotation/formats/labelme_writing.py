"""LabelMe's JSON, written: a file for each picture beside it, labels.txt, and what we know of the labels besides."""

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from academy.annotation.formats import masks, own
from academy.annotation.formats.found import LeavingItem, LeavingSet
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.sidecar import FILE, write_labels
from academy.grading.shapes import shape_of

VERSION = "5.5.0"
"""Of LabelMe, whose form this is."""
Shape = dict[str, Any]


def write(leaving: LeavingSet, sink: Sink) -> None:
    taken = {FILE.casefold()}
    for item in leaving.items():
        if item.media not in ("picture", "awaited"):
            continue
        name = f"{PurePosixPath(item.file_name).with_suffix('')}.json"
        if name.casefold() in taken:
            name = f"{item.file_name}.json"
        taken.add(name.casefold())
        sink.put(name, (json.dumps(_file(item), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode())
        if item.key:
            sink.copy(item.file_name, item.key)
    sink.put("labels.txt", "".join(f"{label.name}\n" for label in leaving.labels).encode())
    write_labels(leaving.labels, sink)


def _file(item: LeavingItem) -> dict[str, Any]:
    document = item.document or {}
    sides = document.get("image") or {"width": item.width, "height": item.height}
    objects = document.get("objects") or ()
    shapes = [shape for number, thing in enumerate(objects, 1) for shape in _shapes(thing, number)]
    classes = document.get("choices")
    facts: dict[str, Any] = {"name": item.name}
    if classes is not None:
        facts["choices"] = True
    elif document.get("choice") is not None:
        classes = [document["choice"]]
    if item.document is None or (not shapes and classes is None and (objects or "objects" not in document)):
        facts["labelled"] = False
    return {
        "version": VERSION, "flags": dict.fromkeys(classes or (), True), "shapes": shapes,
        "imagePath": PurePosixPath(item.file_name).name, "imageData": None, "imageHeight": sides["height"],
        "imageWidth": sides["width"], own.KEY: facts,
    }  # fmt: skip


def _shapes(thing: Mapping[str, Any], number: int) -> Iterator[Shape]:
    """The shapes of an object: one, but for polygons of several parts and key points."""
    shape = shape_of(thing)
    if shape == "polygon":
        yield from _polygon(thing, number)
    elif shape == "keypoints":
        points = thing["keypoints"]
        for place, (x, y, seen) in enumerate(points):
            if seen or (not place and not any(point[2] for point in points)):
                facts = {"point": {"place": place, "of": len(points), "seen": seen}}
                yield _shape(thing, "point", [[x, y]], group=number, **facts)
    elif shape == "box":
        left, top, width, height = thing["box"]
        yield _shape(thing, "rectangle", [[left, top], [left + width, top + height]])
    elif shape == "rotated_box":
        corners = own.turned_corners(*thing["rotated_box"])
        yield _shape(thing, "polygon", corners, degrees=thing["rotated_box"][4])
    elif shape == "polyline":
        points = [list(point) for point in thing["polyline"]]
        yield _shape(thing, "line" if len(points) == 2 else "linestrip", points)
    elif shape == "point":
        yield _shape(thing, "point", [list(thing["point"])])
    elif shape == "mask":
        yield _mask(thing)


def _polygon(thing: Mapping[str, Any], number: int) -> Iterator[Shape]:
    round_one = own.ellipse_of(thing)
    if round_one and round_one[2] == round_one[3]:
        x, y, radius = round_one[:3]
        yield _shape(thing, "circle", [[x, y], [x + radius, y]])
        return
    parts = thing["polygon"]
    for place, part in enumerate(parts):
        points, group = [list(point) for point in part[0]], number if len(parts) > 1 else None
        yield _shape(thing, "polygon", points, group=group, **({"part": place} if place else {}))


def _shape(
    thing: Mapping[str, Any], kind: str, points: Sequence[Sequence[float]], *, group: int | None = None, **more: Any
) -> Shape:
    attributes = dict(thing.get("attributes") or {})
    flags = {name: value for name, value in attributes.items() if isinstance(value, bool)}
    if attributes:
        more["attributes"] = attributes
    return {
        "label": thing["label"], "points": points, "group_id": group, "description": "", "shape_type": kind,
        "flags": flags, "mask": None, own.KEY: own.of_object(thing, **more),
    }  # fmt: skip


def _mask(thing: Mapping[str, Any]) -> Shape:
    left, top, width, height = (int(side) for side in masks.bounds(thing["mask"]))
    width, height = max(width, 1), max(height, 1)
    inside = masks.grid(thing["mask"])[top : top + height, left : left + width]
    out = io.BytesIO()
    Image.fromarray(inside.astype(np.uint8) * 255, "L").save(out, "PNG")
    made = _shape(thing, "mask", [[left, top], [left + width - 1, top + height - 1]])
    return made | {"mask": base64.b64encode(out.getvalue()).decode()}
