"""CVAT 1.1 XML, written: one file for all pictures, and one for each film, in a folder with its frames."""

import math
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from academy.annotation.formats import masks, own
from academy.annotation.formats.cvat_shapes import CUBOID_CORNERS
from academy.annotation.formats.cvat_tracks import around
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet, whole
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.xml import add, plain, xml_bytes
from academy.grading.shapes import shape_of

ON_PICTURES = frozenset({"box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask"})
_PICTURES = ("picture", "awaited")
_NATIVE = ("occluded", "z_order", "group")


def write(leaving: LeavingSet, sink: Sink) -> None:
    skeletons = {label.name: list(label.skeleton.get("points", ())) for label in leaving.labels}
    kinds = Counter(item.media for item in leaving.items())
    count = sum(kinds[kind] for kind in _PICTURES)
    before, after = _around(leaving, count)
    with tempfile.TemporaryFile() as file:
        file.write(before)
        place = 0
        for item in leaving.items():
            if item.media in _PICTURES:
                image = _image(item, place, skeletons)
                ET.indent(image, "  ", 1)
                file.write(b"  " + ET.tostring(image, encoding="utf-8") + b"\n")
                place += 1
                if item.key:
                    sink.copy(f"images/{item.file_name}", item.key)
            elif item.media == "video":
                _film(item, leaving, sink)
        if count or not kinds["video"]:
            file.write(after)
            file.seek(0)
            sink.put("annotations.xml", file.read())


def _around(leaving: LeavingSet, count: int) -> tuple[bytes, bytes]:
    """What stands before and behind all pictures in their file."""
    root = _root()
    _head(root, leaving, name=leaving.slug, size=count, mode="annotation")
    before, end, after = xml_bytes(root).rpartition(b"</annotations>")
    return before, end + after


def _root() -> ET.Element:
    root = ET.Element("annotations")
    add(root, "version", "1.1")
    return root


def _head(root: ET.Element, leaving: LeavingSet, *, name: str, size: int, mode: str) -> ET.Element:
    meta = add(root, "meta")
    task = add(meta, "task")
    last = str(max(size - 1, 0))
    for tag, text in (("name", name), ("size", str(size)), ("mode", mode), ("overlap", "0"), ("start_frame", "0"),
                      ("stop_frame", last), ("frame_filter", "")):  # fmt: skip
        add(task, tag, text)
    labels = add(task, "labels")
    for label in leaving.labels:
        _label(labels, label)
    for tag, text in (("licence", leaving.licence), ("attribution", leaving.attribution)):
        add(meta, tag, text)
    return task


def _label(labels: ET.Element, label: FoundLabel) -> None:
    said = {fact: getattr(label, fact) for fact in ("title", "hotkey", "description", "parent")}
    element = add(labels, "label")
    for fact, value in said.items():
        if value:
            element.set(fact, plain(value))
    add(element, "name", label.name)
    add(element, "color", label.color)
    add(element, "type", "skeleton" if label.skeleton else "any")
    attributes = add(element, "attributes")
    for spec in label.attributes:
        one = add(attributes, "attribute")
        add(one, "name", str(spec["name"]))
        add(one, "mutable", "True" if spec.get("mutable") else "False")
        add(one, "input_type", str(spec.get("type") or "text"))
        add(one, "default_value", str(spec.get("default", "")))
        add(one, "values", "\n".join(map(str, spec.get("values", ()))), parted="lines")
    if not label.skeleton:
        return
    points = list(label.skeleton.get("points", ()))
    add(element, "svg", _drawing(points, label.skeleton.get("edges", ())))
    for point in points:
        below = add(labels, "label")
        for tag, text in (("name", point), ("color", label.color), ("type", "points"), ("attributes", "")):
            add(below, tag, text)
        add(below, "parent", label.name)


def _drawing(points: Sequence[str], edges: Sequence[Sequence[int]]) -> str:
    """CVAT keeps a skeleton as a drawing; ours stands in a circle."""
    at = [
        (50 + 40 * math.cos(2 * math.pi * place / len(points)), 50 + 40 * math.sin(2 * math.pi * place / len(points)))
        for place in range(len(points))
    ]
    root = ET.Element("svg")
    for start, end in edges:
        (x1, y1), (x2, y2) = at[start], at[end]
        add(root, "line", x1=f"{x1:.2f}", y1=f"{y1:.2f}", x2=f"{x2:.2f}", y2=f"{y2:.2f}", stroke="black",
            **{"data-type": "edge", "data-node-from": str(start + 1), "data-node-to": str(end + 1)})  # fmt: skip
    for place, (name, (x, y)) in enumerate(zip(points, at, strict=True), 1):
        add(root, "circle", r="1.5", cx=f"{x:.2f}", cy=f"{y:.2f}", stroke="black", fill="#b3b3b3",
            **{"data-type": "element node", "data-element-id": str(place), "data-node-id": str(place),
               "data-label-name": name})  # fmt: skip
    return "".join(ET.tostring(part, encoding="unicode") for part in root)


# Pictures ----------------------------------------------------------------------------------------------------------


def _image(item: LeavingItem, place: int, skeletons: Mapping[str, Sequence[str]]) -> ET.Element:
    document = item.document or {}
    sides = document.get("image") or {"width": item.width, "height": item.height}
    facts: dict[str, Any] = {"name": item.name}
    image = ET.Element("image", {
        "id": str(place), "name": plain(item.file_name),
        "width": str(sides["width"]), "height": str(sides["height"]),
    })  # fmt: skip
    labels = document.get("choices") if document.get("choices") is not None else [document.get("choice")]
    if document.get("choices") is not None:
        facts["choices"] = True
    for label in filter(None, labels or ()):
        add(image, "tag", label=str(label), source="manual")
    objects = document.get("objects") or ()
    for thing in objects:
        for shape in _shapes(thing, skeletons):
            image.append(shape)
    if item.document is None or (not len(image) and (objects or "objects" not in document) and "choices" not in facts):
        facts["labelled"] = False
    image.set(own.KEY, plain(own.as_text(facts)))
    return image


def _shapes(thing: Mapping[str, Any], skeletons: Mapping[str, Sequence[str]]) -> Iterator[ET.Element]:
    """The elements of an object: one, but for a polygon of several parts."""
    shape = shape_of(thing)
    if shape not in ON_PICTURES:
        return
    attributes = dict(thing.get("attributes") or {})
    if shape == "polygon":
        round_one = own.ellipse_of(thing)
        for place, part in enumerate([None] if round_one else thing["polygon"]):
            element = _ellipse(round_one) if round_one else ET.Element("polygon", points=written(part[0]))
            if round_one:
                attributes.pop("ellipse")
            yield _finished(element, thing, attributes, own.of_object(thing, **({"part": place} if place else {})))
        return
    facts = own.of_object(thing)
    if shape == "keypoints" and attributes.get("cuboid") is True and len(thing["keypoints"]) == len(CUBOID_CORNERS):
        attributes.pop("cuboid")
        yield _finished(_cuboid(thing["keypoints"]), thing, attributes, facts)
        return
    if shape == "rotated_box":
        facts["turned"] = True
    element = _skeleton(thing, skeletons) if shape == "keypoints" else _WRITERS[shape](thing[shape])
    yield _finished(element, thing, attributes, facts)


def _finished(
    element: ET.Element, thing: Mapping[str, Any], attributes: Mapping[str, Any], facts: Mapping[str, Any]
) -> ET.Element:
    element.set("label", plain(str(thing["label"])))
    element.set("source", "manual")
    _say(element, attributes)
    element.set(own.KEY, plain(own.as_text(facts)))
    return element


def _say(element: ET.Element, attributes: Mapping[str, Any]) -> None:
    """Attributes of an object; what CVAT has marks of its own for goes there."""
    native = {name for name in _NATIVE if name in attributes and _is_native(name, attributes[name])}
    element.set("occluded", "1" if "occluded" in native else "0")
    element.set("z_order", str(attributes["z_order"]) if "z_order" in native else "0")
    if "group" in native:
        element.set("group_id", str(attributes["group"]))
    for name, value in attributes.items():
        if name in native:
            continue
        if isinstance(value, str) and value == plain(value) and "\r" not in value:
            add(element, "attribute", value, name=name)
        else:
            add(element, "attribute", own.as_text(value), name=name, json="1")


def _is_native(name: str, value: Any) -> bool:
    return value is True if name == "occluded" else type(value) is int and value != 0


def written(points: Sequence[Sequence[float]]) -> str:
    return ";".join(f"{_exact(point[0])},{_exact(point[1])}" for point in points)


def _exact(value: float) -> str:
    return repr(whole(value))


def box(value: Sequence[float]) -> dict[str, str]:
    left, top, width, height = value
    return {"xtl": _exact(left), "ytl": _exact(top), "xbr": _exact(left + width), "ybr": _exact(top + height)}


def _box(value: Sequence[float]) -> ET.Element:
    return ET.Element("box", box(value))


def _rotated_box(value: Sequence[float]) -> ET.Element:
    x, y, width, height, degrees = value
    return ET.Element("box", box([x - width / 2, y - height / 2, width, height]) | {"rotation": _exact(degrees)})


def _polyline(value: Sequence[Sequence[float]]) -> ET.Element:
    return ET.Element("polyline", points=written(value))


def _point(value: Sequence[float]) -> ET.Element:
    return ET.Element("points", points=written([value]))


def _mask(value: Mapping[str, Any]) -> ET.Element:
    grid = masks.grid(value)
    rows, columns = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    top, bottom = (int(rows[0]), int(rows[-1])) if len(rows) else (0, 0)
    left, right = (int(columns[0]), int(columns[-1])) if len(columns) else (0, 0)
    inside = grid[top : bottom + 1, left : right + 1].ravel()
    edges = np.flatnonzero(np.diff(inside.astype(np.int8))) + 1
    runs = np.diff([0, *edges, inside.size]).tolist()
    if inside[0]:
        runs.insert(0, 0)
    return ET.Element("mask", {
        "rle": ", ".join(map(str, runs)), "left": str(left), "top": str(top),
        "width": str(right - left + 1), "height": str(bottom - top + 1),
    })  # fmt: skip


def _skeleton(thing: Mapping[str, Any], skeletons: Mapping[str, Sequence[str]]) -> ET.Element:
    points = thing["keypoints"]
    names = skeletons.get(thing["label"]) or ()
    if len(names) != len(points):
        names = [str(place) for place in range(1, len(points) + 1)]
    element = ET.Element("skeleton")
    for name, (x, y, seen) in zip(names, points, strict=True):
        add(element, "points", label=name, outside="1" if seen == 0 else "0", occluded="1" if seen == 1 else "0",
            points=written([[x, y]]), source="manual")  # fmt: skip
    return element


def _cuboid(points: Sequence[Sequence[float]]) -> ET.Element:
    corners = zip(CUBOID_CORNERS, points, strict=True)
    said = {f"{axis}{name}": _exact(point[at]) for name, point in corners for at, axis in enumerate("xy")}
    return ET.Element("cuboid", said)


def _ellipse(value: Sequence[float]) -> ET.Element:
    said = {name: _exact(number) for name, number in zip(("cx", "cy", "rx", "ry"), value, strict=False)}
    return ET.Element("ellipse", said | ({"rotation": _exact(value[4])} if value[4] else {}))


_WRITERS: Mapping[str, Callable[[Any], ET.Element]] = {
    "box": _box, "rotated_box": _rotated_box, "polyline": _polyline, "point": _point, "mask": _mask,
}  # fmt: skip


# Films -------------------------------------------------------------------------------------------------------------


def _film(item: LeavingItem, leaving: LeavingSet, sink: Sink) -> None:
    folder, document = PurePosixPath(item.file_name).as_posix(), item.document or {}
    facts: dict[str, Any] = {"name": item.name}
    if item.document is None or "objects" not in document:
        facts["labelled"] = False
    root = _root()
    task = _head(root, leaving, name=item.name, size=len(item.frames), mode="interpolation")
    task.set(own.KEY, plain(own.as_text(facts)))
    sides = document.get("image") or {"width": item.width, "height": item.height}
    size = add(task, "original_size")
    add(size, "width", str(sides["width"]))
    add(size, "height", str(sides["height"]))
    things = [thing for thing in document.get("objects") or () if shape_of(thing) == "track"]
    for place, thing in enumerate(things):
        root.append(_track(thing, place))
    sink.put(f"{folder}/annotations.xml", xml_bytes(root))
    for place, key in enumerate(item.frames):
        sink.copy(f"{folder}/images/frame_{place:06d}{PurePosixPath(key).suffix}", key)


def _track(thing: Mapping[str, Any], place: int) -> ET.Element:
    attributes = dict(thing.get("attributes") or {})
    came_as = attributes.pop("cvat", None)
    by_frame = attributes.pop("frames", None)
    facts = plain(own.as_text(own.of_object(thing)))
    track = ET.Element(
        "track", {"id": str(place), "label": plain(str(thing["label"])), "source": "manual", own.KEY: facts}
    )
    group = attributes.pop("group", None) if _is_native("group", attributes.get("group")) else None
    if group is not None:
        track.set("group_id", str(group))
    shape = ET.Element("box", box((0, 0, 1, 1)))
    for frame, value in sorted(thing["track"].items(), key=lambda key: int(key[0])):
        if value is not None:
            as_it_came = _as_it_came(came_as, frame, value)
            shape = ET.Element("box", box(value)) if as_it_came is None else as_it_came
        marks = {"frame": str(frame), "keyframe": "1", "outside": "0" if value else "1"}
        element = add(track, shape.tag, **marks, **shape.attrib)
        said = dict(by_frame.get(frame) or {}) if isinstance(by_frame, Mapping) else attributes
        _say(element, said)
    return track


def _as_it_came(came_as: Any, frame: str, value: Sequence[float]) -> ET.Element | None:
    """The shape that CVAT had in this frame, if the track was made of others than boxes and nobody has moved it."""
    frames = came_as.get("frames") if isinstance(came_as, Mapping) else None
    said = frames.get(frame) if isinstance(frames, Mapping) else None
    if not isinstance(said, Mapping) or came_as["shape"] not in ("polygon", "polyline", "points", "ellipse", "box"):
        return None
    shape = ET.Element(came_as["shape"], {str(name): plain(str(number)) for name, number in said.items()})
    try:
        near = all(math.isclose(one, other, abs_tol=1e-6) for one, other in zip(around(shape), value, strict=True))
    except (TypeError, ValueError):
        return None
    return shape if near else None
