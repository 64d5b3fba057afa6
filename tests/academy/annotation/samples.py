"""Pictures and files made for tests."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from academy.annotation import operations
from academy.annotation.models import Task, TaskSet
from academy.clock import now

WIDTH, HEIGHT = 120, 80


def picture(
    marked: tuple[int, int, int, int] | None = None, form: str = "PNG", size: Any = (WIDTH, HEIGHT), **save: Any
) -> bytes:
    """A white picture, with a black box at [x, y, w, h] if wanted."""
    image = Image.new("RGB", size, "white")
    if marked is not None:
        x, y, w, h = marked
        image.paste("black", (x, y, x + w, y + h))
    out = io.BytesIO()
    image.save(out, form, **save)
    return out.getvalue()


def voc_xml(name: str, *objects: tuple[str, Any, Any, Any, Any], size: Any = (WIDTH, HEIGHT), extra: str = "") -> str:
    boxes = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
        f"</bndbox></object>"
        for label, left, top, right, bottom in objects
    )
    return (
        f"<annotation><filename>{name}</filename><path>/etc/passwd</path>"
        f"<size><width>{size[0]}</width><height>{size[1]}</height></size>{extra}{boxes}</annotation>"
    )


def voc_folder(root: Path, *files: tuple[str, str, bytes]) -> Path:
    """A VOC folder of (stem, xml, picture bytes)."""
    for folder in ("Annotations", "JPEGImages"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for stem, xml, data in files:
        (root / "Annotations" / f"{stem}.xml").write_text(xml)
        if data:
            (root / "JPEGImages" / f"{stem}.png").write_bytes(data)
    return root


def box_set(slug: str = "cells", purpose: str = "practice") -> TaskSet:
    title = {"ko": "세포", "en": "Cells"}
    labels = operations.ensure_label_set(slug, title, [{"name": "RBC", "title": {"ko": "적혈구", "en": "Red cell"}}])
    rule = {
        "number": "1.1",
        "title": {"ko": "딱 맞게", "en": "Tight"},
        "text": {"ko": "딱 맞게", "en": "Draw it tight."},
    }
    guideline = operations.ensure_guideline(slug, title, [rule])
    return operations.ensure_task_set(
        slug, title, "box", labels, guideline, licence="MIT", attribution="The makers", purpose=purpose
    )


def gold(*boxes: tuple[float, float, float, float]) -> dict[str, Any]:
    objects = [{"id": str(n), "label": "RBC", "box": list(box)} for n, box in enumerate(boxes, 1)]
    return {"kind": "box", "image": {"width": WIDTH, "height": HEIGHT}, "objects": objects}


def one_task(task_set: TaskSet, *, public: bool = False, data: bytes | None = None) -> Task:
    media, _ = operations.store_picture(
        data or picture((10, 10, 30, 20)),
        licence="MIT",
        attribution="The makers",
        alt={"ko": "", "en": ""},
        public=public,
    )
    return operations.add_task(task_set, media, gold((10, 10, 30, 20)), "test", now())
