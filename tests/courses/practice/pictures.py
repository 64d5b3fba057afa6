"""Practice sets for these tests: flat pictures with gold that is easy to reason about."""

import io
from typing import Any

from PIL import Image

from academy.annotation import operations as annotation
from academy.annotation.models import Task, TaskSet
from academy.clock import now
from academy.db import transaction

SIZE = (200, 100)
CAR, DOG = [20, 20, 40, 30], [120, 40, 30, 30]
LABELS = [
    {"name": "car", "title": {"ko": "자동차", "en": "Car"}},
    {"name": "dog", "title": {"ko": "개", "en": "Dog"}},
]
RULES = [
    {
        "number": "1.1",
        "title": {"ko": "딱 맞게", "en": "Tight"},
        "text": {"ko": "끝에 맞춥니다.", "en": "Touch the last pixels."},
    }
]


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", SIZE, (shade, 120, 90)).save(out, "PNG")
    return out.getvalue()


def box(number: int, label: str, place: list[int]) -> dict[str, Any]:
    return {"id": str(number), "label": label, "box": list(place)}


def boxes(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "box", "image": {"width": 200, "height": 100}, "objects": list(objects)}


def choice(name: str | None) -> dict[str, Any]:
    return {"kind": "classification", "image": {"width": 200, "height": 100}, "choice": name}


GOLD = boxes({**box(1, "car", CAR), "rule": "1.1"}, box(2, "dog", DOG))
PERFECT = boxes(box(1, "car", CAR), box(2, "dog", DOG))


def practice(
    kind: str = "box", pictures: int = 2, *, slug: str = "cars", purpose: str = "practice", public: bool = False
) -> tuple[TaskSet, list[Task]]:
    """A set of so many pictures with the same gold."""
    gold = GOLD if kind == "box" else {**choice("car"), "rule": "1.1"}
    with transaction():
        labels = annotation.ensure_label_set(f"{slug}-labels", {"ko": "탈것", "en": "Things"}, LABELS)
        rules = annotation.ensure_guideline(f"{slug}-rules", {"ko": "규칙", "en": "Rules"}, RULES)
        title = {"ko": "자동차와 개", "en": "Cars and dogs"}
        task_set = annotation.ensure_task_set(
            slug, title, kind, labels, rules, licence="CC BY 4.0", attribution="Somebody kind", purpose=purpose
        )
        tasks = []
        for shade in range(pictures):
            media, _ = annotation.store_picture(
                picture(shade * 3), licence="CC BY 4.0", attribution="Somebody kind",
                alt={"ko": "길", "en": "A street"}, public=public,
            )  # fmt: skip
            tasks.append(annotation.add_task(task_set, media, gold, f"{shade}.png", now()))
    return task_set, tasks


def key(number: int = 1) -> str:
    return f"a-key-of-a-test-{number:04}"
