"""COCO: one JSON file for all pictures.

Boxes are read and written; outlines and key points are left out. `iscrowd` becomes crowd gold. What COCO has no place
for (`optional`, `rule`, our object id) is written under names that other tools pass over, and read back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from academy.annotation.formats.reading import (
    LARGEST_LABELS,
    FoundItem,
    FoundObject,
    Pictures,
    Reading,
    UnreadableSource,
    plain_label,
    read_bytes,
)
from academy.grading.documents import LONGEST_NAME
from academy.safe_json import RefusedJson, parse_json


def read(path: Path) -> Reading:
    """Everything in a COCO file, or in the COCO files of a folder; pictures are looked for below the folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*.json"))
    root = path if path.is_dir() else _folder_of(path)
    pictures, reading = Pictures(root), Reading()
    read_any = False
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            content = parse_json(read_bytes(file, LARGEST_LABELS), max_bytes=LARGEST_LABELS)
        except (RefusedJson, UnreadableSource, OSError) as error:
            reading.complain(name, None, f"This file was not imported: {error}")
            continue
        if not _is_coco(content):
            if path.is_file() or (isinstance(content, dict) and "images" in content):
                lists = '"images", "annotations" and "categories"'
                reading.complain(name, None, f"This is no COCO file: it needs lists of {lists}.")
            continue
        read_any = True
        _read_file(content, name, pictures, reading)
    if not read_any:
        reason = reading.problems[0].message if reading.problems else "It holds no COCO file."
        raise UnreadableSource(f"{path}: {reason}")
    return reading


def _folder_of(file: Path) -> Path:
    """A file usually lies beside its pictures, or in a folder `annotations` beside the folder of the pictures."""
    return file.parent.parent if file.parent.name == "annotations" else file.parent


def _is_coco(content: Any) -> bool:
    return isinstance(content, dict) and all(
        isinstance(content.get(part), list) for part in ("images", "annotations", "categories")
    )


def _read_file(content: Mapping[str, Any], name: str, pictures: Pictures, reading: Reading) -> None:
    labels = _labels(content["categories"], name, reading)
    images: dict[Any, Mapping[str, Any]] = {}
    for place, image in enumerate(content["images"], 1):
        image_id = image.get("id") if isinstance(image, dict) else None
        if not _is_id(image_id) or not isinstance(image.get("file_name"), str):
            reading.complain(name, None, f"Picture {place} of the list has no id or no file name; it was not imported.")
        elif image_id in images:
            reading.complain(name, None, f"Two pictures have the id {image_id}; the second was not imported.")
        else:
            images[image_id] = image
    objects: dict[Any, list[FoundObject]] = {image_id: [] for image_id in images}
    keys: set[str] = set()
    for place, annotation in enumerate(content["annotations"], 1):
        reading.objects += 1
        key = _key(annotation, place)
        found = _object(annotation, key, labels, images, name, reading)
        if found is None:
            continue
        if key in keys:
            reading.complain(name, key, f"{found.label}: the id {key} is used twice; the second was not imported.")
            continue
        keys.add(key)
        beside = objects[annotation["image_id"]]
        if any(other.id == found.id for other in beside):
            found = replace(found, id=f"{found.id}-{place}")
        beside.append(found)
    for image_id, image in images.items():
        written = image["file_name"]
        picture = pictures.find(written)
        if picture is None:
            reading.complain(name, None, f"The picture {written!r} was not found; it was not imported.")
        reading.add(
            FoundItem(
                name=pictures.name_of(picture) if picture else written,
                file=name,
                picture=picture,
                size=_size(image),
                objects=tuple(objects[image_id]),
                shared=True,
            )
        )


def _labels(categories: list[Any], name: str, reading: Reading) -> dict[Any, str]:
    labels: dict[Any, str] = {}
    for place, category in enumerate(categories, 1):
        category_id = category.get("id") if isinstance(category, dict) else None
        label = category.get("name") if isinstance(category, dict) else None
        if not _is_id(category_id) or not isinstance(label, str) or not label.strip():
            reading.complain(name, None, f"Category {place} of the list has no id or no name.")
            continue
        label = plain_label(label)
        if label in labels.values():
            reading.complain(name, None, f"Two categories are called {label!r}; they were taken as one label.")
        labels[category_id] = label
    return labels


def _key(annotation: Any, place: int) -> str:
    """What an annotation is called in messages: its id, or its place in the list."""
    own = annotation.get("id") if isinstance(annotation, dict) else None
    return str(own) if _is_id(own) else f"#{place}"


def _object(
    annotation: Any, key: str, labels: Mapping[Any, str], images: Mapping[Any, Any], name: str, reading: Reading
) -> FoundObject | None:
    if not isinstance(annotation, dict):
        reading.complain(name, key, "This annotation is no JSON object; it was not imported.")
        return None
    category, image_id = annotation.get("category_id"), annotation.get("image_id")
    if not _is_id(category) or category not in labels:
        reading.complain(name, key, f"The category {category!r} is not listed; the object was not imported.")
        return None
    label = labels[category]
    if not _is_id(image_id) or image_id not in images:
        reading.complain(name, key, f"{label}: the picture {image_id!r} is not listed; the object was not imported.")
        return None
    box = annotation.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(value) for value in box):
        reading.complain(name, key, f"{label}: there is no box of four numbers; the object was not imported.")
        return None
    attributes = annotation.get("attributes")
    return FoundObject(
        id=str(own)[:LONGEST_NAME] if _is_id(own := annotation.get("object")) and own != "" else key[:LONGEST_NAME],
        label=label,
        box=(box[0], box[1], box[2], box[3]),
        crowd=annotation.get("iscrowd") in (1, True),
        ignore=annotation.get("ignore") in (1, True),
        optional=annotation.get("optional") in (1, True),
        rule=str(annotation.get("rule") or ""),
        attributes=attributes if isinstance(attributes, dict) else {},
        called=key,
    )


def _size(image: Mapping[str, Any]) -> tuple[float, float] | None:
    width, height = image.get("width"), image.get("height")
    return (width, height) if _is_number(width) and _is_number(height) and width and height else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def write(
    pictures: Iterable[tuple[str, int, int, list[dict[str, Any]]]],
    labels: Iterable[str],
    *,
    title: str,
    licence: str,
    attribution: str,
) -> dict[str, Any]:
    """A COCO file of pictures (name, width, height, objects of their gold)."""
    numbers = {label: number for number, label in enumerate(labels, 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (name, width, height, objects) in enumerate(pictures, 1):
        images.append({"id": image_id, "file_name": name, "width": width, "height": height, "license": 1})
        for item in objects:
            annotations.append(_annotation(item, len(annotations) + 1, image_id, numbers))
    return {
        "info": {"description": title, "contributor": attribution},
        "licenses": [{"id": 1, "name": licence, "url": ""}],
        "images": images,
        "categories": [{"id": number, "name": label, "supercategory": ""} for label, number in numbers.items()],
        "annotations": annotations,
    }


def _annotation(item: Mapping[str, Any], number: int, image_id: int, labels: dict[str, int]) -> dict[str, Any]:
    x, y, w, h = item["box"]
    written: dict[str, Any] = {
        "id": number,
        "image_id": image_id,
        "category_id": labels.setdefault(item["label"], len(labels) + 1),
        "bbox": [x, y, w, h],
        "area": w * h,
        "segmentation": [],
        "iscrowd": 1 if item.get("crowd") else 0,
        "object": item["id"],
    }
    for name in ("ignore", "optional", "rule", "attributes"):
        if item.get(name):
            written[name] = 1 if item[name] is True else item[name]
    return written
