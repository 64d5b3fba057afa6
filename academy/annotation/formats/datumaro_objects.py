"""Annotations of a Datumaro file as objects of ours. Pure: parsed JSON in, objects out; what is odd is said.

Several polygons of one group and label are the parts of one outline; key points and a box of one group are one object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import cos, pi, sin
from typing import Any

from academy.annotation.formats import masks
from academy.annotation.formats.found import FoundObject
from academy.annotation.formats.streams import is_number, numbers
from academy.grading.documents import LONGEST_NAME
from academy.i18n import Sentence, say

CORNERS = 72
"""Of an ellipse, which we keep as an outline."""
SHAPES = ("bbox", "polygon", "polyline", "points", "skeleton", "mask", "cuboid_3d", "ellipse", "rotated_bbox")


@dataclass(slots=True)
class Gathered:
    """What one item's annotations say."""

    objects: list[FoundObject] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[tuple[str | None, Sentence, int]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    """The group of each object; 0 for none."""

    def complain(self, about: str | None, sentence: Sentence, lost: int = 0) -> None:
        self.problems.append((about, sentence, lost))


def gather(annotations: Any, labels: list[str], skeletons: frozenset[str]) -> Gathered:
    """Everything that a list of annotations says. `labels` are the names by label_id."""
    gathered = Gathered()
    for place, annotation in enumerate(annotations if isinstance(annotations, list) else [], 1):
        if not isinstance(annotation, Mapping):
            gathered.complain(f"#{place}", say("This annotation is no JSON object; it was not imported."), 1)
            continue
        number = annotation.get("id")
        known = type(number) is int and number > 0  # Datumaro writes 0 for "no id"
        _one(annotation, str(number) if known else f"#{place}", labels, skeletons, gathered)
    _join_groups(gathered)
    _name_apart(gathered)
    return gathered


def _one(
    annotation: Mapping[str, Any], key: str, labels: list[str], skeletons: frozenset[str], gathered: Gathered
) -> None:
    sort, number = annotation.get("type"), annotation.get("label_id")
    if sort == "caption":
        text = annotation.get("caption")
        if isinstance(text, str) and text:
            gathered.texts.append(text)
        else:
            gathered.complain(key, say("The caption is empty or no text; it was not imported."), 1)
        return
    if type(number) is not int or not 0 <= number < len(labels):
        gathered.complain(key, say("The label number %(id)s is not listed; the object was not imported.",
                                   id=str(number)[:100]), 1)  # fmt: skip
        return
    label = labels[number]
    if sort == "label":
        (gathered.accepted if annotation.get("accepted") is True else gathered.choices).append(label)
        return
    if sort not in SHAPES:
        gathered.complain(key, say("%(label)s: objects of the type %(type)s can not be kept; it was not imported.",
                                   label=label, type=str(sort)[:60]), 1)  # fmt: skip
        return
    shape, value = _geometry(str(sort), annotation, label in skeletons)
    if value is None:
        gathered.complain(key, say("%(label)s: the numbers of its %(type)s are missing or wrong; the object was not "
                                   "imported.", label=label, type=str(sort)), 1)  # fmt: skip
        return
    gathered.objects.append(_object(annotation, key, label, shape, value))
    group = annotation.get("group")
    gathered.groups.append(group if type(group) is int and group > 0 else 0)
    for sentence in _left_out(str(sort), annotation, label):
        gathered.complain(key, sentence)


def _left_out(sort: str, annotation: Mapping[str, Any], label: str) -> Iterator[Sentence]:
    if sort == "ellipse":
        yield say("%(label)s: the ellipse was taken as an outline of %(count)s corners.", label=label, count=CORNERS)
    if sort == "cuboid_3d" and any(abs(angle) > 1e-9 for angle in annotation["rotation"][:2]):
        yield say("%(label)s: the cuboid is tilted; only its turn around the upright axis was kept.", label=label)


def _object(annotation: Mapping[str, Any], key: str, label: str, shape: str, value: Any) -> FoundObject:
    own = annotation.get("object")
    attributes = annotation.get("attributes")
    kept = dict(attributes) if isinstance(attributes, Mapping) else {}
    crowd = kept.pop("is_crowd", None) in (1, True)
    if shape == "rotated_box" and annotation.get("type") == "bbox":
        kept.pop("rotation", None)
    if type(annotation.get("z_order")) is int and annotation["z_order"] != 0:
        kept.setdefault("z_order", annotation["z_order"])
    beside = {}
    if is_number(annotation.get("area")) and shape in ("keypoints", "mask", "polygon"):
        beside["area"] = annotation["area"]
    box = annotation.get("box")
    if numbers(box, 4) and shape in ("keypoints", "mask", "polygon"):
        beside["box"] = box
    return FoundObject(
        id=own[:LONGEST_NAME] if isinstance(own, str) and own else key,
        label=label,
        shape=shape,
        value=value,
        crowd=crowd,
        ignore=annotation.get("ignore") is True,
        optional=annotation.get("optional") is True,
        rule=annotation["rule"] if isinstance(annotation.get("rule"), str) else "",
        attributes=kept,
        beside=beside,
        called=key,
    )


def _geometry(sort: str, annotation: Mapping[str, Any], skeleton: bool) -> tuple[str, Any]:
    """Shape and value in the form of documents; the value is None if the numbers are no such shape."""
    flat = annotation.get("points")
    if sort in ("bbox", "rotated_bbox"):
        return _box(sort, annotation)
    if sort == "mask":
        return "mask", _mask(annotation.get("rle"))
    if sort == "cuboid_3d":
        return "cuboid", _cuboid(annotation)
    if not numbers(flat):
        return "polygon", None
    if sort == "skeleton":
        right = bool(flat) and len(flat) % 3 == 0 and set(flat[2::3]) <= {0, 1, 2}
        return "keypoints", [[x, y, int(v)] for x, y, v in _by(flat, 3)] if right else None
    if sort == "ellipse":
        return "polygon", [[_ellipse(flat)]] if len(flat) == 4 else None
    points = _by(flat, 2) if len(flat) % 2 == 0 else []
    if sort == "points":
        return _marks(points, annotation, skeleton)
    if sort == "polyline":
        return "polyline", points if len(points) >= 2 else None
    return "polygon", [[points]] if len(points) >= 3 else None


def _box(sort: str, annotation: Mapping[str, Any]) -> tuple[str, Any]:
    if sort == "rotated_bbox":
        turned = [annotation.get(name) for name in ("cx", "cy", "w", "h", "r")]
        return "rotated_box", turned if numbers(turned, 5) else None
    box = annotation.get("bbox")
    if not numbers(box, 4):
        return "box", None
    own = annotation.get("turned")  # ours: the box as it is kept, without its rounding on the way through a corner
    attributes = annotation.get("attributes")
    degrees = attributes.get("rotation") if isinstance(attributes, Mapping) else None
    if numbers(own, 5) and is_number(degrees) and own[4] == degrees:
        return "rotated_box", own
    if is_number(degrees) and degrees != 0:
        x, y, width, height = box
        return "rotated_box", [x + width / 2, y + height / 2, width, height, degrees]
    return "box", box


def _marks(points: list[list[float]], annotation: Mapping[str, Any], skeleton: bool) -> tuple[str, Any]:
    """Points are key points; one alone without a skeleton is a point."""
    said = annotation.get("shape")
    if len(points) == 1 and said != "keypoints" and (said == "point" or not skeleton):
        return "point", points[0]
    seen = annotation.get("visibility")
    seen = seen if numbers(seen, len(points)) and set(seen) <= {0, 1, 2} else [2] * len(points)
    return "keypoints", [[*point, int(v)] for point, v in zip(points, seen, strict=True)] or None


def _mask(rle: Any) -> dict[str, Any] | None:
    if not isinstance(rle, Mapping):
        return None
    try:
        masks.runs(rle)
    except masks.BadMask:
        return None
    return {"size": list(rle["size"]), "counts": rle["counts"]}


def _cuboid(annotation: Mapping[str, Any]) -> list[float] | None:
    position, rotation, scale = (annotation.get(name) for name in ("position", "rotation", "scale"))
    if not (numbers(position, 3) and numbers(rotation, 3) and numbers(scale, 3)):
        return None
    return [*position, *scale, rotation[2]]


def _by(flat: list[float], count: int) -> list[list[float]]:
    return [flat[at : at + count] for at in range(0, len(flat), count)]


def _ellipse(flat: list[float]) -> list[list[float]]:
    left, top, right, bottom = flat
    x, y, wide, high = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
    turns = [2 * pi * step / CORNERS for step in range(CORNERS)]
    return [[x + wide * cos(turn), y + high * sin(turn)] for turn in turns]


def _join_groups(gathered: Gathered) -> None:
    """Parts of one outline, and key points with their box."""
    first: dict[tuple[int, str], int] = {}
    gone: set[int] = set()
    for position, (thing, group) in enumerate(zip(gathered.objects, gathered.groups, strict=True)):
        if not group or thing.shape != "polygon":
            continue
        at = first.setdefault((group, thing.label), position)
        if at != position:
            whole = gathered.objects[at]
            gathered.objects[at] = replace(whole, value=[*whole.value, *thing.value])
            gone.add(position)
    gone |= _join_boxes(gathered)
    gathered.objects = [thing for position, thing in enumerate(gathered.objects) if position not in gone]
    gathered.groups = [group for position, group in enumerate(gathered.groups) if position not in gone]


def _join_boxes(gathered: Gathered) -> set[int]:
    members: dict[tuple[int, str], list[int]] = {}
    for position, (thing, group) in enumerate(zip(gathered.objects, gathered.groups, strict=True)):
        if group and thing.shape in ("keypoints", "box"):
            members.setdefault((group, thing.label), []).append(position)
    gone: set[int] = set()
    for positions in members.values():
        by_shape = {gathered.objects[position].shape: position for position in positions}
        if len(positions) == 2 and len(by_shape) == 2:
            points = gathered.objects[by_shape["keypoints"]]
            box = gathered.objects[by_shape["box"]]
            gathered.objects[by_shape["keypoints"]] = replace(points, beside={**points.beside, "box": box.value})
            gone.add(by_shape["box"])
    return gone


def _name_apart(gathered: Gathered) -> None:
    """Datumaro does not promise that ids are unique in an item."""
    taken: set[str] = set()
    for position, thing in enumerate(gathered.objects):
        name, number = thing.id, 1
        while name in taken:
            number += 1
            name = f"{thing.id[: LONGEST_NAME - 10]}-{number}"
        taken.add(name)
        if name != thing.id:
            gathered.objects[position] = replace(thing, id=name)
