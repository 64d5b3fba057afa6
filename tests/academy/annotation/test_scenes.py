"""What the scene generator promises: the same picture every time, gold that is exact, nothing that is ambiguous."""

import io

import numpy as np
import pytest
from PIL import Image

from academy.annotation.scenery.layout import LEVELS, paint, plan
from academy.annotation.scenes import BOX_LABELS, CLASS_LABELS, box_document, draw_scene

SEEDS = (1, 4)


def pixels(easel):
    return np.asarray(easel.picture(), dtype=np.int16)


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gold_box_is_where_the_picture_changes_when_the_thing_is_left_out(seed, level):
    drawing = plan(f"boxes/{level}/{seed}", level)
    easel = paint(drawing)
    whole, seen = pixels(easel), easel.spread()
    assert set(seen) == set(range(1, len(drawing.labelled) + 1)), "a thing was drawn that nobody can see"
    for number, (box, _) in seen.items():
        changed = np.abs(whole - pixels(paint(drawing, without=number))).max(axis=2) > 0
        columns, rows = np.flatnonzero(changed.any(axis=0)), np.flatnonzero(changed.any(axis=1))
        left, top = columns[0], rows[0]
        measured = [left, top, columns[-1] + 1 - left, rows[-1] + 1 - top]
        assert np.abs(np.subtract(measured, box)).max() <= 1, (drawing.labelled[number - 1].label, measured, box)


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("seed", range(10, 13))
def test_enough_of_everything_is_left_to_see(seed, level):
    drawing = plan(f"boxes/{level}/{seed}", level)
    seen = paint(drawing).spread()
    for number, thing in enumerate(drawing.labelled, start=1):
        left, top, right, bottom = thing.reach
        (_, _, width, height), _ = seen[number]
        assert width * height >= 0.15 * (right - left) * (bottom - top), thing
        assert width >= 8, thing
        assert height >= 8, thing


@pytest.mark.parametrize("seed", range(8))
def test_on_the_first_level_everything_stands_free(seed):
    boxes = [thing["box"] for thing in document("boxes", seed, 1)["objects"]]
    assert LEVELS[1].things[0] <= len(boxes) <= LEVELS[1].things[1]
    for place, (x, y, w, h) in enumerate(boxes):
        assert x > 0, "cut at the left"
        assert x + w < 960, "cut at the right"
        for ox, oy, ow, oh in boxes[place + 1 :]:
            assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y


def document(kind, seed, level):
    if kind == "boxes":
        drawing = plan(f"boxes/{level}/{seed}", level)
        return box_document(drawing, paint(drawing))
    return draw_scene(kind, seed, level).document


@pytest.mark.parametrize("kind", ["boxes", "classes"])
def test_the_same_seed_draws_the_same_picture(kind):
    assert draw_scene(kind, 7, 2) == draw_scene(kind, 7, 2)


@pytest.mark.parametrize("kind", ["boxes", "classes"])
@pytest.mark.parametrize("level", [1, 3])
def test_no_two_seeds_draw_the_same_picture(kind, level):
    assert len({draw_scene(kind, seed, level).png for seed in range(12)}) == 12


@pytest.mark.parametrize("kind", ["boxes", "classes"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_picture_and_document_agree(kind, level):
    scene = draw_scene(kind, 3, level)
    image = Image.open(io.BytesIO(scene.png))
    assert image.size == (scene.width, scene.height) == tuple(scene.document["image"].values())
    assert set(scene.alt) == {"ko", "en"}
    assert len(scene.png) < 200_000
    names = {label["name"] for label in (BOX_LABELS if kind == "boxes" else CLASS_LABELS)}
    used = {thing["label"] for thing in scene.document["objects"]} if kind == "boxes" else {scene.document["choice"]}
    assert used <= names


def test_every_class_comes_up():
    assert {document("classes", seed, 1)["choice"] for seed in range(20)} == {label["name"] for label in CLASS_LABELS}


def test_the_description_does_not_give_the_answer_away():
    words = {label["title"]["ko"] for label in CLASS_LABELS} | {label["title"]["en"].lower() for label in CLASS_LABELS}
    alt = draw_scene("classes", 5, 1).alt
    assert not any(word in text.lower() for word in words for text in alt.values())


@pytest.mark.parametrize(("kind", "level"), [("boxes", 0), ("boxes", 4), ("clouds", 1)])
def test_what_can_not_be_drawn_is_said(kind, level):
    with pytest.raises(ValueError, match=r"There (is|are) no"):
        draw_scene(kind, 1, level)
