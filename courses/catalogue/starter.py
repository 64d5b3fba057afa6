"""The course we ship: read from the files beside this module, its practice pictures drawn on the spot."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from academy.annotation.models import TaskSet
from academy.annotation.operations import (
    add_task,
    ensure_guideline,
    ensure_label_set,
    ensure_task_set,
    store_picture,
)
from academy.annotation.queries import tasks_of
from academy.annotation.rules import Purpose
from academy.annotation.scenes import BOX_LABELS, CLASS_LABELS, draw_scene
from courses.catalogue.operations import ensure_course

FOLDER = Path(__file__).with_name("starter")
LICENCE = "Apache-2.0"
ATTRIBUTION = "Labeler Academy"
LABELS = {
    "boxes": ("street-and-park", {"ko": "거리와 공원", "en": "Street and park"}, BOX_LABELS),
    "classes": ("animals", {"ko": "동물", "en": "Animals"}, CLASS_LABELS),
}
KINDS = {"boxes": "box", "classes": "classification"}
LANGUAGES = ("ko", "en")


def load(now: datetime) -> None:
    """Put every course of the folder into the catalogue; loading again changes only what the files changed."""
    for folder in sorted(path.parent for path in FOLDER.glob("*/course.toml")):
        sets = {}
        for practice in read_toml(folder / "practice.toml")["set"]:
            sets[practice["slug"]] = ensure_practice(practice, now)
        ensure_course(read_course(folder, sets), now)


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_course(folder: Path, sets: Mapping[str, TaskSet]) -> dict[str, Any]:
    """A course as its files say it: `course.toml`, and one text per lesson and language."""
    course = read_toml(folder / "course.toml")
    lessons = []
    for number, lesson in enumerate(course.pop("lesson"), 1):
        body = {
            language: (folder / f"{number:02d}-{lesson['slug']}.{language}.md").read_text(encoding="utf-8")
            for language in LANGUAGES
        }
        practice = [{"task_set": sets[step["set"]], "needed": step["needed"]} for step in lesson.get("practice", ())]
        lessons.append({**lesson, "body": body, "practice": practice})
    return {**course, "slug": folder.name, "lessons": lessons}


def ensure_practice(entry: Mapping[str, Any], now: datetime) -> TaskSet:
    """A practice set with its guideline and its scenes; scenes that are there already are not drawn again."""
    slug, title, labels = LABELS[entry["scenes"]]
    task_set = ensure_task_set(
        entry["slug"],
        entry["title"],
        KINDS[entry["scenes"]],
        ensure_label_set(slug, title, labels),
        ensure_guideline(entry["slug"], entry["guideline"], entry["rule"]),
        rubric={"level": "practice", **entry.get("rubric", {})},
        licence=LICENCE,
        attribution=ATTRIBUTION,
        purpose=Purpose.PRACTICE,
    )
    drawn = {task.source for task in tasks_of(task_set.id)}
    for name in entry["pictures"]:
        source = f"{entry['scenes']} scene {name}"
        if source not in drawn:
            _draw(task_set, entry["scenes"], name, source, now)
    return task_set


def _draw(task_set: TaskSet, scenes: str, name: str, source: str, now: datetime) -> None:
    found = re.fullmatch(r"(\d+) at level ([123])", name)
    if found is None:
        raise ValueError(f"{name!r} names no scene; write it like '12 at level 1'.")
    scene = draw_scene(scenes, int(found[1]), int(found[2]))
    media, _turn = store_picture(scene.png, licence=LICENCE, attribution=ATTRIBUTION, alt=scene.alt, public=True)
    add_task(task_set, media, scene.document, source, now)
