"""A task set as one Datumaro file with its media."""

from collections.abc import Iterator, Mapping
from typing import Any

from academy.annotation.formats import masks
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.streams import put_together
from academy.grading.shapes import shape_of

SUBSET = "default"
MEDIA = ("picture", "cloud", "awaited")
CARRIED = frozenset({"box", "rotated_box", "polygon", "mask", "polyline", "point", "keypoints", "cuboid"})
FACTS = ("color", "title", "hotkey", "description")


def write(leaving: LeavingSet, sink: Sink) -> None:
    """`annotations/default.json`; pictures below `images/default`, clouds below `point_clouds/default`."""
    numbers = {label.name: number for number, label in enumerate(leaving.labels)}
    for item in _items(leaving):
        folder = "point_clouds" if item.media == "cloud" else "images"
        sink.copy(f"{folder}/{SUBSET}/{item.file_name}", item.key)
        for document in (item.document, *item.opinions.values()):
            for label in _used(document or {}):
                numbers.setdefault(label, len(numbers))
    facts = {label.name: label for label in leaving.labels}
    labels = [facts.get(name, FoundLabel(name)) for name in numbers]
    head = {
        "info": {"description": leaving.title.get("en") or leaving.slug, "licence": leaving.licence,
                 "attribution": leaving.attribution, "kind": leaving.kind},
        "categories": _categories(labels),
    }  # fmt: skip
    items = (_item(item, numbers) for item in _items(leaving))
    sink.put(f"annotations/{SUBSET}.json", put_together([("items", items)], head))


def _items(leaving: LeavingSet) -> Iterator[LeavingItem]:
    return (item for item in leaving.items() if item.media in MEDIA)


def _used(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (thing["label"] for thing in document.get("objects") or () if shape_of(thing) in CARRIED)
    if document.get("choice"):
        yield document["choice"]
    yield from document.get("choices") or ()
    if document.get("text") is None:
        yield from document.get("accepted") or ()


def _categories(labels: list[FoundLabel]) -> dict[str, Any]:
    listed = []
    for label in labels:
        names = [str(attribute.get("name", "")) for attribute in label.attributes]
        written: dict[str, Any] = {"name": label.name, "parent": label.parent, "attributes": sorted(names)}
        facts: dict[str, Any] = {fact: getattr(label, fact) for fact in FACTS if getattr(label, fact)}
        if label.skeleton:
            facts["skeleton"] = dict(label.skeleton)
        if label.attributes:
            facts["attributes"] = [dict(attribute) for attribute in label.attributes]
        listed.append(written | ({"facts": facts} if facts else {}))
    categories: dict[str, Any] = {"label": {"labels": listed, "label_groups": [], "attributes": []}}
    colours = [
        {"label_id": number, **dict(zip("rgb", bytes.fromhex(label.color[1:]), strict=True))}
        for number, label in enumerate(labels)
        if len(label.color) == 7
    ]
    if colours:
        categories["mask"] = {"colormap": colours}
    points = [
        {"label_id": number, "labels": list(label.skeleton["points"]),
         "joints": [[one + 1, other + 1] for one, other in label.skeleton.get("edges", ())]}
        for number, label in enumerate(labels) if label.skeleton
    ]  # fmt: skip
    if points:
        categories["points"] = {"items": points}
    return categories


def _item(item: LeavingItem, numbers: Mapping[str, int]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": item.file_name.rpartition(".")[0] or item.file_name,
        "annotations": list(_annotations(item.document or {}, numbers)),
        "attr": {},
        "labelled": item.document is not None,
    }
    if item.media == "cloud":
        written["point_cloud"] = {"path": item.file_name}
    else:
        written["image"] = {"path": item.file_name}
        if item.width and item.height:
            written["image"]["size"] = [item.height, item.width]
    if item.opinions:
        written["opinions"] = {
            person: list(_annotations(document, numbers)) for person, document in item.opinions.items()
        }
    return written


def _annotations(document: Mapping[str, Any], numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    count = 0
    for group, thing in enumerate(document.get("objects") or (), 1):
        shape = shape_of(thing)
        if shape in CARRIED:
            for annotation in _of_object(thing, shape or "", numbers[thing["label"]], group):
                count += 1
                yield {"id": count} | annotation
    chosen = [document["choice"]] if document.get("choice") else document.get("choices") or []
    accepted = document.get("accepted") or []
    sayings: list[dict[str, Any]] = [{"type": "label", "label_id": numbers[label]} for label in chosen]
    if document.get("text") is not None:
        sayings += [{"type": "caption", "caption": text} for text in (document["text"], *accepted)]
    else:
        sayings += [{"type": "label", "label_id": numbers[label], "accepted": True} for label in accepted]
    for number, saying in enumerate(sayings, count + 1):
        yield {"id": number, "attributes": {}, "group": 0} | saying


def _of_object(thing: Mapping[str, Any], shape: str, label: int, group: int) -> Iterator[dict[str, Any]]:
    """One annotation; an outline of several parts is several of one group."""
    attributes = dict(thing.get("attributes") or {})
    order = attributes.pop("z_order") if type(attributes.get("z_order")) is int else 0
    if thing.get("crowd"):
        attributes["is_crowd"] = True
    common: dict[str, Any] = {
        "attributes": attributes, "group": 0, "label_id": label, "z_order": order, "object": thing["id"],
    }  # fmt: skip
    common |= {flag: True for flag in ("ignore", "optional") if thing.get(flag)}
    common |= {"rule": thing["rule"]} if thing.get("rule") else {}
    if shape in ("polygon", "mask", "keypoints"):
        common |= {name: thing[name] for name in ("box", "area") if thing.get(name)}
    if shape == "polygon":
        parts = thing["polygon"]
        common["group"] = group if len(parts) > 1 else 0
        for part in parts:
            yield {"type": "polygon", **common, "points": _flat(part[0])}
        return
    yield common | _single(shape, thing[shape], attributes)


def _single(shape: str, value: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    if shape == "box":
        return {"type": "bbox", "bbox": list(value)}
    if shape == "rotated_box":  # as CVAT writes it: the box before it is turned around its middle
        x, y, width, height, degrees = value
        box = [x - width / 2, y - height / 2, width, height]
        attributes = {**attributes, "rotation": degrees}
        return {"type": "bbox", "bbox": box, "attributes": attributes, "turned": list(value)}
    if shape == "mask":
        counts = value["counts"]
        rle = masks.packed(counts, *value["size"]) if isinstance(counts, list) else dict(value)
        return {"type": "mask", "rle": rle}
    if shape == "polyline":
        return {"type": "polyline", "points": _flat(value)}
    if shape == "cuboid":
        x, y, z, length, width, height, yaw = value
        return {"type": "cuboid_3d", "position": [x, y, z], "rotation": [0.0, 0.0, yaw],
                "scale": [length, width, height]}  # fmt: skip
    if shape == "point":
        return {"type": "points", "points": list(value), "visibility": [2], "shape": "point"}
    seen = [point[2] for point in value]
    return {"type": "points", "points": _flat(value), "visibility": seen, "shape": "keypoints"}


def _flat(points: Any) -> list[float]:
    return [number for point in points for number in point[:2]]
