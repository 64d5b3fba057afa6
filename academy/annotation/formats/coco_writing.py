"""A task set as one COCO file with its pictures."""

from collections.abc import Iterator, Mapping
from typing import Any

from academy.annotation.formats import masks
from academy.annotation.formats.coco_objects import IMAGE_LABEL, corners, measured
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.streams import put_together
from academy.grading.shapes import shape_of

CARRIED = frozenset({"box", "rotated_box", "polygon", "mask", "keypoints"})
MEDIA = ("picture", "awaited")


def write(leaving: LeavingSet, sink: Sink) -> None:
    """`annotations.json`, and the pictures below `images`."""
    numbers = {label.name: number for number, label in enumerate(leaving.labels, 1)}
    for item in _pictures(leaving):
        sink.copy(f"images/{item.file_name}", item.key)
        for label in _used(item.document or {}):
            numbers.setdefault(label, len(numbers) + 1)
    head = {
        "info": {
            "description": leaving.title.get("en") or leaving.slug, "contributor": leaving.attribution,
            "kind": leaving.kind,
        },
        "licenses": [{"id": 1, "name": leaving.licence, "url": ""}],
    }  # fmt: skip
    facts = {label.name: label for label in leaving.labels}
    categories = [_category(number, facts.get(name, FoundLabel(name))) for name, number in numbers.items()]
    lists = [
        ("images", (_image(number, item) for number, item in enumerate(_pictures(leaving), 1))),
        ("categories", categories),
        ("annotations", _annotations(leaving, numbers)),
    ]
    sink.put("annotations.json", put_together(lists, head))


def _pictures(leaving: LeavingSet) -> Iterator[LeavingItem]:
    return (item for item in leaving.items() if item.media in MEDIA)


def _used(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (thing["label"] for thing in document.get("objects") or () if shape_of(thing) in CARRIED)
    if document.get("choice"):
        yield document["choice"]
    yield from document.get("choices") or ()
    if document.get("text") is None:
        yield from document.get("accepted") or ()


def _image(number: int, item: LeavingItem) -> dict[str, Any]:
    image = {"id": number, "file_name": item.file_name, "width": item.width, "height": item.height, "license": 1}
    return image | {"labelled": item.document is not None}


def _category(number: int, label: FoundLabel) -> dict[str, Any]:
    category: dict[str, Any] = {"id": number, "name": label.name, "supercategory": label.parent}
    facts = ("parent", "color", "title", "hotkey", "description")
    category |= {fact: getattr(label, fact) for fact in facts if getattr(label, fact)}
    if label.skeleton:
        category["keypoints"] = list(label.skeleton["points"])
        category["skeleton"] = [[one + 1, other + 1] for one, other in label.skeleton.get("edges", ())]
    if label.attributes:
        category["attributes"] = [dict(attribute) for attribute in label.attributes]
    return category


def _annotations(leaving: LeavingSet, numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    count = 0
    for image_id, item in enumerate(_pictures(leaving), 1):
        for annotation in _of_document(item.document or {}, numbers):
            count += 1
            yield {"id": count, "image_id": image_id} | annotation


def _of_document(document: Mapping[str, Any], numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for thing in document.get("objects") or ():
        shape = shape_of(thing)
        if shape in CARRIED:
            yield _annotation(thing, shape or "", numbers[thing["label"]])
    chosen = [document["choice"]] if document.get("choice") else document.get("choices") or []
    yield from ({"category_id": numbers[label], "shape": IMAGE_LABEL} for label in chosen)
    accepted = document.get("accepted") or []
    if document.get("text") is not None:
        yield from ({"caption": text} for text in (document["text"], *accepted))
    else:
        yield from ({"category_id": numbers[label], "shape": IMAGE_LABEL, "accepted": 1} for label in accepted)


def _annotation(thing: Mapping[str, Any], shape: str, category: int) -> dict[str, Any]:
    value = thing[shape]
    box, area = measured(shape, value)
    computed = [name for name in ("box", "area") if shape in ("box", "rotated_box") or not thing.get(name)]
    box, area = box if "box" in computed else thing["box"], area if "area" in computed else thing["area"]
    written: dict[str, Any] = {
        "category_id": category,
        "bbox": box,
        "area": area,
        "segmentation": _segmentation(shape, value),
        "iscrowd": 1 if thing.get("crowd") else 0,
        "object": thing["id"],
        "shape": shape,
    }
    if shape not in ("box", "rotated_box"):
        written["computed"] = computed
    if shape == "keypoints":
        written["keypoints"] = [number for point in value for number in point]
        written["num_keypoints"] = sum(1 for point in value if point[2])
    if shape == "rotated_box":
        written["rotated_box"] = list(value)
    for name in ("ignore", "optional", "rule", "attributes"):
        if thing.get(name):
            written[name] = 1 if thing[name] is True else thing[name]
    return written


def _segmentation(shape: str, value: Any) -> Any:
    """An outline has no holes in COCO: only the outer ring of each part is written."""
    if shape == "polygon":
        return [[number for point in part[0] for number in point] for part in value]
    if shape == "rotated_box":
        return [[number for point in corners(value) for number in point]]
    if shape == "mask":
        counts = value["counts"]
        return masks.packed(counts, *value["size"]) if isinstance(counts, list) else dict(value)
    return []
