"""Pascal VOC on its way out: JPEGImages, Annotations, ImageSets and, where there are masks, their two pictures."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from pycocotools import mask as runs

from academy.annotation.formats import own, voc_masks
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.sidecar import write_labels, write_names
from academy.annotation.formats.xml import add, xml_bytes

MARKS = ("truncated", "occluded")
SHAPES = ("mask", "rotated_box", "box")
"""What an object may be, the most particular first."""
_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def write(leaving: LeavingSet, sink: Sink) -> None:
    """A VOC folder. Labels are written once, pictures and their XML one by one."""
    write_labels(leaving.labels, sink)
    numbers = {label.name: number for number, label in enumerate(leaving.labels, 1)}
    listed: list[str] = []
    unlabelled: list[str] = []
    names: dict[str, str] = {}
    masks = False
    for item in leaving.items():
        if item.media not in ("picture", "awaited"):
            continue
        path = PurePosixPath(item.file_name)
        stem = str(path.with_suffix("")) if str(path.with_suffix("")) not in listed else str(path)
        names[f"JPEGImages/{item.file_name}"] = item.name
        if item.key:
            sink.copy(f"JPEGImages/{item.file_name}", item.key)
        if item.document is None:
            unlabelled.append(stem)
            continue
        listed.append(stem)
        things = [thing for thing in item.document.get("objects", ()) if shape_of(thing)]
        sink.put(f"Annotations/{stem}.xml", xml_bytes(_tree(item, things)))
        drawn = [thing for thing in things if thing.get("mask") is not None]
        if drawn:
            masks = True
            _draw(stem, drawn, numbers, sink)
    _lists(listed, unlabelled, sink)
    write_names(names, sink)
    if masks:
        sink.put("labelmap.txt", _label_map(leaving.labels))


def shape_of(thing: Mapping[str, Any]) -> str:
    """What of an object VOC can hold."""
    return next((shape for shape in SHAPES if thing.get(shape) is not None), "")


def _tree(item: LeavingItem, things: Sequence[Mapping[str, Any]]) -> ET.Element:
    root = ET.Element("annotation")
    add(root, "folder", "JPEGImages")
    add(root, "filename", item.file_name)
    sides = (item.document or {}).get("image") or {"width": item.width, "height": item.height}
    size = add(root, "size")
    for side, value in (("width", sides["width"]), ("height", sides["height"]), ("depth", 3)):
        add(size, side, f"{value}")
    add(root, "segmented", "1" if any(shape_of(thing) == "mask" for thing in things) else "0")
    for thing in things:
        _object(add(root, "object"), thing)
    return root


def _object(element: ET.Element, thing: Mapping[str, Any]) -> None:
    attributes = dict(thing.get("attributes") or {})
    add(element, "name", thing["label"])
    pose = attributes.get("pose")
    said = isinstance(pose, str) and pose.strip() == pose and pose not in ("", "Unspecified")
    add(element, "pose", attributes.pop("pose") if said else "Unspecified")
    for mark in MARKS:
        add(element, mark, "1" if attributes.get(mark) is True and attributes.pop(mark) else "0")
    add(element, "difficult", "1" if thing.get("optional") or thing.get("ignore") or thing.get("crowd") else "0")
    left, top, width, height = _around(thing)
    box = add(element, "bndbox")
    for edge, value in (("xmin", left), ("ymin", top), ("xmax", left + width), ("ymax", top + height)):
        add(box, edge, repr(value))
    more: dict[str, Any] = {}
    if shape_of(thing) == "rotated_box":
        turned = add(element, "robndbox")
        cx, cy, wide, high, degrees = thing["rotated_box"]
        for part, value in (("cx", cx), ("cy", cy), ("w", wide), ("h", high), ("angle", math.radians(degrees))):
            add(turned, part, repr(value))
        more["degrees"] = degrees
    elif shape_of(thing) == "mask":
        more["mask"] = voc_masks.as_runs(voc_masks.as_pixels(thing["mask"]))
    _attributes(element, attributes, more)
    facts = own.of_object(thing, **more)
    add(element, "academy", own.as_text({name: fact for name, fact in facts.items() if fact != ""}))


def _attributes(element: ET.Element, attributes: Mapping[str, Any], more: dict[str, Any]) -> None:
    """Yes and no as VOC's actions, words as other tools write attributes, anything else among our own facts."""
    actions = {name: value for name, value in attributes.items() if isinstance(value, bool) and _TAG.fullmatch(name)}
    if actions:
        parent = add(element, "actions")
        for name, does in actions.items():
            add(parent, name, "1" if does else "0")
    words = {name: value for name, value in attributes.items() if isinstance(value, str)}
    if words:
        parent = add(element, "attributes")
        for name, value in words.items():
            attribute = add(parent, "attribute")
            add(attribute, "name", name)
            add(attribute, "value", value)
    others = {name: value for name, value in attributes.items() if name not in actions and name not in words}
    if others:
        more["attributes"] = others


def _around(thing: Mapping[str, Any]) -> Sequence[float]:
    """The upright box around an object."""
    if shape_of(thing) == "box":
        box: Sequence[float] = thing["box"]
        return box
    if shape_of(thing) == "mask":
        mask = voc_masks.as_runs(voc_masks.as_pixels(thing["mask"]))
        return [float(side) for side in runs.toBbox({"size": mask["size"], "counts": mask["counts"].encode()})]
    cx, cy, width, height, degrees = thing["rotated_box"]
    turn = math.radians(degrees)
    across = abs(width * math.cos(turn)) + abs(height * math.sin(turn))
    down = abs(width * math.sin(turn)) + abs(height * math.cos(turn))
    return [cx - across / 2, cy - down / 2, across, down]


def _draw(stem: str, things: Sequence[Mapping[str, Any]], numbers: Mapping[str, int], sink: Sink) -> None:
    """The pictures of objects and of classes. Where masks overlap, the later one is on top, as there is one colour."""
    height, width = things[0]["mask"]["size"]
    apart, kinds = np.zeros((height, width), np.uint16), np.zeros((height, width), np.uint16)
    last = 0
    for place, thing in enumerate(things, 1):
        pixels = voc_masks.as_pixels(thing["mask"])
        if pixels.shape == apart.shape:
            apart[pixels] = place
            kinds[pixels] = number = numbers.get(thing["label"], 0)
            last = max(last, number)
    sink.put(f"SegmentationObject/{stem}.png", voc_masks.png(apart, len(things)))
    sink.put(f"SegmentationClass/{stem}.png", voc_masks.png(kinds, last))


def _lists(listed: Sequence[str], unlabelled: Sequence[str], sink: Sink) -> None:
    for name, stems in (("default", listed), ("unlabelled", unlabelled)):
        if stems:
            sink.put(f"ImageSets/Main/{name}.txt", "".join(f"{stem}\n" for stem in stems).encode())


def _label_map(labels: Sequence[FoundLabel]) -> bytes:
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for number, label in enumerate(labels, 1):
        lines.append(f"{label.name}:{','.join(map(str, voc_masks.color(number)))}::")
    return "".join(f"{line}\n" for line in lines).encode()
