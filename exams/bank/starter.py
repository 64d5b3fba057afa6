"""The exam we ship: a mock, because everything in a public repository is known to everybody."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from academy.annotation.models import Gold, LabelSet, TaskSet
from academy.annotation.operations import (
    add_task,
    ensure_guideline,
    ensure_label_set,
    ensure_task_set,
    store_picture,
)
from academy.annotation.queries import gold_of
from academy.annotation.rules import Purpose
from academy.annotation.scenes import BOX_LABELS, CLASS_LABELS, draw_scene
from academy.credentials.operations import ensure_achievement
from academy.questions.operations import ensure_question
from exams.bank.operations import Asked, ensure_exam
from exams.bank.queries import exam_named
from exams.results.rules import PASS_MARK

MOCK_EXAM = "level-2-mock"
MOCK_BADGE = "level-2-mock"
MINUTES = 40
QUESTIONS = 6
POINTS_FOR_QUESTION = 8
POINTS_FOR_BOXES = 16
POINTS_FOR_CLASS = 10

BOX_SCENES = ((7101, 1), (7102, 2))
"""Seed and level of the scenes; not those of the course, so that nobody has practised on them here."""
CLASS_SCENES = ((7205, 1), (7207, 2))

TITLE = {"ko": "2급 모의시험", "en": "Level 2 mock exam"}
SUMMARY = {
    "ko": "데이터 라벨링 2급 시험을 미리 치러 보는 모의시험입니다. 문항은 공개되어 있으며, 공인 자격이 아닙니다.",
    "en": "A rehearsal of the level 2 exam in data labelling. Its items are public, and it is not an official "
    "qualification.",
}
DOMAINS = {
    "collection": {"ko": "수집", "en": "Collection"},
    "refinement": {"ko": "정제", "en": "Refinement"},
    "labelling": {"ko": "라벨링", "en": "Labelling"},
    "inspection": {"ko": "검수", "en": "Inspection"},
    "quality": {"ko": "품질", "en": "Quality"},
    "boxes": {"ko": "실기: 상자 그리기", "en": "Practical: drawing boxes"},
    "classes": {"ko": "실기: 분류", "en": "Practical: classification"},
}
LICENCE = "Apache-2.0"
ATTRIBUTION = "Labeler Academy"
PICTURE = {"ko": "시험 문항의 그림", "en": "The picture of this exam item"}
"""Deliberately says nothing of what the picture shows."""

BOX_RULES = (
    {
        "number": "1",
        "title": {"ko": "보이는 것은 모두", "en": "Everything that can be seen"},
        "text": {
            "ko": "라벨 목록에 있는 것은 작거나 가려져 있어도 모두 상자를 그립니다.",
            "en": "Draw a box around everything on the list of labels, even when it is small or partly hidden.",
        },
    },
    {
        "number": "2",
        "title": {"ko": "보이는 부분에 딱 맞게", "en": "Close around what can be seen"},
        "text": {
            "ko": "상자의 네 변은 보이는 부분의 끝에 닿습니다. 가려진 부분을 짐작해서 넓히지 않습니다.",
            "en": "All four edges touch the end of what can be seen. Do not widen the box for hidden parts.",
        },
    },
    {
        "number": "3",
        "title": {"ko": "하나에 상자 하나", "en": "One box for each thing"},
        "text": {
            "ko": "서로 겹치거나 붙어 있어도 하나마다 상자를 하나씩 그립니다. 그림자는 넣지 않습니다.",
            "en": "Each thing has a box of its own, even when things overlap. Shadows stay outside.",
        },
    },
)
CLASS_RULES = (
    {
        "number": "1",
        "title": {"ko": "가장 크게 보이는 것", "en": "What the picture is about"},
        "text": {
            "ko": "그림의 주인공인 동물 하나를 고릅니다.",
            "en": "Choose the one animal that the picture is about.",
        },
    },
    {
        "number": "2",
        "title": {"ko": "알 수 없으면 그렇게", "en": "When it can not be told"},
        "text": {
            "ko": "어떤 동물인지 그림만으로 알 수 없으면 '알 수 없음'을 고릅니다. 짐작하지 않습니다.",
            "en": "Choose “Cannot tell” when the picture does not show which animal it is. Do not guess.",
        },
    },
)


def load(now: datetime) -> None:
    """Set up the mock exam, its pictures and its badge; loading again changes nothing."""
    if exam_named(MOCK_EXAM) is not None:
        return
    ensure_achievement(
        MOCK_BADGE,
        title={"ko": "데이터 라벨링 2급 모의시험 합격", "en": "Passed: data labelling level 2 mock exam"},
        description={
            "ko": "공개된 문항으로 치른 모의시험을 60점 이상으로 마쳤습니다. 공인 자격이 아닙니다.",
            "en": "Passed a mock exam with public items with 60 of 100 or more. Not an official qualification.",
        },
        criteria={
            "ko": "이론 6문항과 실기 4문항(상자 그리기, 분류)에서 100점 중 60점 이상을 받아야 합니다.",
            "en": "60 of 100 points in 6 questions and 4 practical tasks (drawing boxes, classification).",
        },
        kind="exam",
        level=2,
    )
    ensure_exam(
        MOCK_EXAM,
        title=TITLE,
        summary=SUMMARY,
        duration_minutes=MINUTES,
        pass_mark=PASS_MARK,
        achievement_slug=MOCK_BADGE,
        mock=True,
        asked=[*_questions(), *_practical(now)],
        now=now,
    )


def _questions() -> list[Asked]:
    path = Path(__file__).with_name("starter") / "mock.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    chosen = []
    for entry in _spread(entries):
        domain = entry.get("domain", "labelling")
        chosen.append(Asked(ensure_question(entry), domain, DOMAINS[domain], POINTS_FOR_QUESTION))
    return chosen


def _spread(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """QUESTIONS of the bank: one of each domain in turn, so that no domain is forgotten."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        waiting.setdefault(entry.get("domain", "labelling"), []).append(entry)
    chosen: list[dict[str, Any]] = []
    while len(chosen) < QUESTIONS and any(waiting.values()):
        chosen.extend(queue.pop(0) for queue in waiting.values() if queue)
    return chosen[:QUESTIONS]


def _practical(now: datetime) -> list[Asked]:
    street = ensure_label_set("mock-exam-street", {"ko": "거리", "en": "In the street"}, BOX_LABELS)
    animals = ensure_label_set("mock-exam-animals", {"ko": "동물", "en": "Animals"}, CLASS_LABELS)
    boxes = _task_set("mock-exam-boxes", "box", street, BOX_RULES, DOMAINS["boxes"], {})
    classes = _task_set(
        "mock-exam-classes", "classification", animals, CLASS_RULES, DOMAINS["classes"], {"cannot_tell": "cannot_tell"}
    )
    drawn = [
        *((gold, "boxes", POINTS_FOR_BOXES) for gold in _golds(boxes, "boxes", BOX_SCENES, now)),
        *((gold, "classes", POINTS_FOR_CLASS) for gold in _golds(classes, "classes", CLASS_SCENES, now)),
    ]
    return [Asked(gold, domain, DOMAINS[domain], points) for gold, domain, points in drawn]


def _task_set(
    slug: str,
    kind: str,
    labels: LabelSet,
    rules: Sequence[Mapping[str, Any]],
    title: Mapping[str, str],
    rubric: Mapping[str, Any],
) -> TaskSet:
    guideline = ensure_guideline(slug, title, rules)
    return ensure_task_set(
        slug, title, kind, labels, guideline, rubric={"level": "exam", **rubric}, licence=LICENCE,
        attribution=ATTRIBUTION, purpose=Purpose.EXAM,
    )  # fmt: skip


def _golds(task_set: TaskSet, kind: str, scenes: Sequence[tuple[int, int]], now: datetime) -> list[Gold]:
    tasks = []
    for seed, level in scenes:
        scene = draw_scene(kind, seed, level)
        media, _turn = store_picture(scene.png, licence=LICENCE, attribution=ATTRIBUTION, alt=PICTURE, public=False)
        tasks.append(add_task(task_set, media, scene.document, f"{kind} scene {seed} at level {level}", now))
    golds = gold_of(task.id for task in tasks)
    return [golds[task.id] for task in tasks]
