"""Documents of every kind as something to look at."""

from typing import Any

import numpy as np
import pytest
from flask import Flask, get_template_attribute
from pycocotools import mask as coco_mask

from academy.annotation import sketch, tracing
from academy.annotation.sketch import draw
from academy.grading.shapes import SHAPES

LABELS = {"car": {"title": {"ko": "차", "en": "Car"}, "color": "#1971c2"}}
SQUARE = [[[[10, 10], [40, 10], [40, 40], [10, 40]], [[20, 20], [30, 20], [30, 30]]]]
EVERY: dict[str, Any] = {
    "box": [10, 20, 30, 40],
    "rotated_box": [50, 50, 30, 10, 45],
    "polygon": SQUARE,
    "mask": {"size": [100, 200], "counts": [150, 20, 19830]},
    "polyline": [[0, 0], [50, 80], [90, 10]],
    "point": [5, 6],
    "keypoints": [[5, 6, 2], [50, 60, 1], [0, 0, 0]],
    "cuboid": [10, 2, 0, 4, 2, 1.5, 0.1],
    "track": {"0": [1, 1, 10, 10], "7": [50, 50, 10, 10], "9": None},
    "span": [2, 5],
    "segment": [0.5, 1.25],
    "relation": {"head": "a", "tail": "a"},
}


def one(shape: str, **more: Any) -> dict[str, Any]:
    return {"objects": [{"id": "a", "label": "car", shape: EVERY[shape]}], "text": "안녕하세요", **more}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_shown(shape: str):
    drawn = draw(one(shape), LABELS, width=200, height=100, seconds=2.0)
    shown = [mark.lines or mark.dots for mark in drawn.marks]
    assert all(shown)
    assert shown or drawn.passages[:1] or drawn.relations
    assert [(tally.label, tally.count, tally.color) for tally in drawn.tallies] == [("car", 1, "#1971c2")]


def test_a_box_is_drawn_where_it_is():
    (mark,) = draw(one("box"), LABELS, width=200, height=100).marks
    assert mark.lines == "M10 20L40 20L40 60L10 60z"


def test_what_does_not_count_is_dashed():
    document = {"objects": [{"id": "1", "label": "car", "box": [1, 1, 5, 5], "crowd": True}]}
    assert draw(document, LABELS, width=10, height=10).marks[0].dashed


def test_runs_are_unpacked_as_coco_packs_them():
    rng = np.random.default_rng(4)
    for share in (0.02, 0.3, 0.9):
        pixels = np.asfortranarray(rng.random((37, 53)) < share, dtype=np.uint8)
        packed = coco_mask.encode(pixels)["counts"].decode()
        runs = list(tracing.unpacked(packed))
        flat = np.repeat(np.arange(len(runs)) % 2, runs)
        assert (flat == pixels.flatten(order="F")).all()


def test_spans_that_lie_upon_each_other_keep_every_sign_of_the_text():
    text = "김철수가 😀 서울에 갔다"
    spans = [(0, 3, "person"), (2, 8, "odd"), (7, 9, "place"), (7, 9, "town")]
    objects = [{"id": str(n), "label": label, "span": [a, b]} for n, (a, b, label) in enumerate(spans)]
    (passage,) = draw({"text": text, "objects": objects}).passages
    assert "".join(piece.text for piece in passage.pieces) == text
    assert ("가 😀 ", ("odd",)) in [(piece.text, piece.labels) for piece in passage.pieces]
    assert [label for piece in passage.pieces for label in piece.starts] == ["person", "odd", "place", "town"]


def test_segments_that_lie_upon_each_other_have_lanes():
    objects = [{"id": str(n), "label": "car", "segment": s} for n, s in enumerate([[0, 2], [1, 3], [2, 4]])]
    drawn = draw({"objects": objects}, seconds=10)
    assert drawn.stretched
    assert drawn.view == (0, 0, 10, 2)
    assert ["M0 0.15" in m.lines for m in drawn.marks] == [True, False, False]
    assert drawn.marks[2].lines.startswith("M2 0.15")


def test_a_cuboid_is_seen_from_above_with_forward_up():
    drawn = draw({"objects": [{"id": "1", "label": "car", "cuboid": [20, 5, 0, 4, 2, 1, 0]}]})
    assert drawn.from_above
    assert drawn.view
    left, top, _, _ = drawn.view
    assert left < -5
    assert top < -20


def test_a_million_points_make_a_small_drawing():
    ring = [[50 + 40 * np.cos(t), 50 + 40 * np.sin(t)] for t in np.linspace(0, 6.28, 100_000)]
    document = {"objects": [{"id": str(n), "label": "car", "polygon": [[ring]]} for n in range(10)]}
    drawn = draw(document, LABELS, width=100, height=100, small=True)
    assert sum(len(mark.lines) for mark in drawn.marks) < 200_000


def test_what_is_not_drawn_any_more_is_said():
    document = {"objects": [{"id": str(n), "label": "car", "point": [n, n]} for n in range(500)]}
    drawn = draw(document, LABELS, width=1000, height=1000, small=True)
    assert (len(drawn.marks), drawn.left_out, drawn.objects) == (200, 300, 500)


def test_an_answer_is_said():
    assert draw({"choice": "car", "text": "a", "preference": "tie"}).answers == (
        ("choice", "car"),
        ("preference", "tie"),
        ("text", "a"),
    )


def test_a_label_that_is_not_listed_has_a_colour_and_a_wrong_one_is_not_believed():
    assert draw(one("box"), {}, width=9, height=9).marks[0].color in sketch.PALETTE
    assert draw(one("box"), {"car": {"color": "red;}"}}, width=9, height=9).marks[0].color in sketch.PALETTE


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("small", [True, False])
def test_the_component_says_in_words_what_it_draws(app: Flask, shape: str, small: bool):
    class Media:
        width, height, seconds = 200, 100, 2.0
        parts = ({"name": "", "text": "안녕하세요"},)

    with app.test_request_context("/"):
        written = get_template_attribute("components/sketch.html", "sketch")(one(shape), LABELS, Media, small=small)
    assert "<path" in written or "<mark" in written or "→" in written
    assert "차" in written
    assert "style=" not in written
