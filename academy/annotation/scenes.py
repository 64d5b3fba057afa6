"""Scenes we draw ourselves, with exact gold: the same kind, seed and level give the same picture everywhere.

A box holds what can be seen of a thing: the pixels its paint reaches, measured after everything in front of it has
been painted. Shadows are not part of it, nor is what lies outside the picture.

Levels: 1 stands everything free; 2 lets things hide and be cut by the edge; 3 adds small and crowded ones. A thing that
would show less than the level promises is not drawn at all, so every label has one right answer.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from academy.annotation.scenery.backdrops import HEIGHT, WIDTH
from academy.annotation.scenery.easel import Easel
from academy.annotation.scenery.layout import LEVELS, Plan, paint, plan
from academy.annotation.scenery.portraits import portrait

BOX_LABELS: tuple[Mapping[str, Any], ...] = (
    {"name": "car", "title": {"ko": "승용차", "en": "Car"}, "color": "#c2410c"},
    {"name": "bus", "title": {"ko": "버스", "en": "Bus"}, "color": "#1d4ed8"},
    {"name": "bicycle", "title": {"ko": "자전거", "en": "Bicycle"}, "color": "#7e22ce"},
    {"name": "person", "title": {"ko": "사람", "en": "Person"}, "color": "#be123c"},
    {"name": "dog", "title": {"ko": "개", "en": "Dog"}, "color": "#0f766e"},
    {"name": "traffic_light", "title": {"ko": "신호등", "en": "Traffic light"}, "color": "#a16207"},
)
CLASS_LABELS: tuple[Mapping[str, Any], ...] = (
    {"name": "cat", "title": {"ko": "고양이", "en": "Cat"}, "color": "#c2410c"},
    {"name": "dog", "title": {"ko": "개", "en": "Dog"}, "color": "#1d4ed8"},
    {"name": "rabbit", "title": {"ko": "토끼", "en": "Rabbit"}, "color": "#be123c"},
    {"name": "bird", "title": {"ko": "새", "en": "Bird"}, "color": "#0f766e"},
    {"name": "cannot_tell", "title": {"ko": "알 수 없음", "en": "Cannot tell"}, "color": "#57534e"},
)
CLASS_ALT = {"ko": "집 안이나 마당을 그린 그림", "en": "A drawn picture of a home or a garden"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture with its gold, and a description that gives no answer away."""

    png: bytes
    width: int
    height: int
    document: dict[str, Any]
    alt: dict[str, str]


def draw_scene(kind: str, seed: int, level: int) -> Scene:
    """One picture of a kind (`boxes` or `classes`) at a level from 1 to 3."""
    if level not in LEVELS:
        raise ValueError(f"There is no level {level}; levels are 1, 2 and 3.")
    if kind == "boxes":
        drawing = plan(f"boxes/{level}/{seed}", level)
        easel = paint(drawing)
        return Scene(_png(easel.picture()), WIDTH, HEIGHT, box_document(drawing, easel), _box_alt(drawing))
    if kind == "classes":
        picture, choice = portrait(f"classes/{level}/{seed}", level)
        document = {"kind": "classification", "image": {"width": WIDTH, "height": HEIGHT}, "choice": choice}
        return Scene(_png(picture), WIDTH, HEIGHT, document, dict(CLASS_ALT))
    raise ValueError(f"There are no scenes of the kind {kind!r}; kinds are boxes and classes.")


def box_document(drawing: Plan, easel: Easel) -> dict[str, Any]:
    """The gold of a painted plan, in the order of the picture from left to right."""
    seen = easel.spread()
    found = [
        {"label": thing.label, "box": list(seen[number][0])}
        for number, thing in enumerate(drawing.labelled, start=1)
        if number in seen
    ]
    found.sort(key=lambda thing: (thing["box"][0], thing["box"][1]))
    objects = [{"id": str(number), **thing} for number, thing in enumerate(found, start=1)]
    return {"kind": "box", "image": {"width": WIDTH, "height": HEIGHT}, "objects": objects}


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)  # packed well once it is kept
    return out.getvalue()


def _box_alt(drawing: Plan) -> dict[str, str]:
    if drawing.backdrop.__name__ == "street":
        return {"ko": "건물과 차도, 인도가 보이는 거리 그림", "en": "A drawn street with houses, a road and pavements"}
    return {"ko": "나무와 연못, 산책길이 보이는 공원 그림", "en": "A drawn park with trees, a pond and a path"}
