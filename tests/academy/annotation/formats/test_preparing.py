"""Each shape held against its picture: turned with it, cut or refused, and what is odd said of it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from academy.annotation.formats.fitting import corners, turned_document
from academy.annotation.formats.found import FoundItem, FoundObject
from academy.annotation.formats.preparing import Prepared, prepare
from academy.annotation.formats.raster import turn_mask
from academy.annotation.formats.spot import Frame
from academy.grading.shapes import ring_area
from academy.uploads.pictures import Turn

WIDTH, HEIGHT = 100, 60
"""Of the picture as it lies in its file."""
TURNED = {
    Turn.UPRIGHT: None, Turn.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT, Turn.UPSIDE_DOWN: Image.Transpose.ROTATE_180,
    Turn.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM, Turn.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Turn.ON_ITS_LEFT: Image.Transpose.ROTATE_270, Turn.TRANSVERSED: Image.Transpose.TRANSVERSE,
    Turn.ON_ITS_RIGHT: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""What Pillow does to show a picture upright: the oracle."""


@dataclass
class Opened:
    kind: str = "picture"
    width: int = WIDTH
    height: int = HEIGHT
    seconds: float | None = None
    turn: Turn = Turn.UPRIGHT


def opened(turn: Turn = Turn.UPRIGHT) -> Opened:
    return Opened(width=HEIGHT, height=WIDTH, turn=turn) if turn >= Turn.TRANSPOSED else Opened(turn=turn)


def prepared(shape: str, value: Any, turn: Turn = Turn.UPRIGHT, *, clip: bool = True, **more: Any) -> Prepared:
    thing = FoundObject("1", "car", shape, value, **more)
    return prepare(FoundItem(name="a.png", file="a.xml", objects=(thing,)), opened(turn), clip=clip)


def kept(found: Prepared, shape: str) -> Any:
    assert found.document is not None
    return [item[shape] for item in found.document["objects"]]


def said(found: Prepared) -> str:
    return "\n".join(problem.words("en") for problem in found.problems)


@pytest.mark.parametrize("turn", Turn)
def test_a_box_a_mask_and_a_polygon_turn_as_the_picture_does(turn: Turn):
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[10:25, 20:60] = 1
    shown = Image.fromarray(pixels)
    how = TURNED[turn]
    expected = np.asarray(shown.transpose(how) if how is not None else shown)
    rows, columns = np.nonzero(expected)
    box = [columns.min(), rows.min(), columns.max() + 1 - columns.min(), rows.max() + 1 - rows.min()]
    assert kept(prepared("box", (20, 10, 40, 15), turn), "box") == [box]
    outline = kept(prepared("polygon", [[[[20, 10], [60, 10], [60, 25], [20, 25]]]], turn), "polygon")[0][0][0]
    assert sorted(outline) == sorted([[x, y] for x in (box[0], box[0] + box[2]) for y in (box[1], box[1] + box[3])])
    runs = np.diff(np.concatenate(([0], np.flatnonzero(np.diff(pixels.reshape(-1, order="F"))) + 1, [pixels.size])))
    mask = turn_mask({"size": [HEIGHT, WIDTH], "counts": runs.tolist()}, turn)
    marks = np.arange(len(mask["counts"])) % 2
    assert np.array_equal(np.repeat(marks, mask["counts"]).reshape(mask["size"], order="F"), expected)


@given(some.sampled_from(Turn), some.floats(30, 70), some.floats(20, 40), some.floats(2, 20), some.floats(2, 20),
       some.floats(-180, 180))  # fmt: skip
def test_a_turned_box_keeps_its_corners_on_the_same_spot(turn, cx, cy, w, h, degrees):
    value = [cx, cy, w, h, degrees]
    found = kept(prepared("rotated_box", value, turn), "rotated_box")[0]
    spots = [turn.box((x, y, 0, 0), WIDTH, HEIGHT)[:2] for x, y in corners(value)]
    for spot in spots:
        assert min(math.dist(spot, corner) for corner in corners(found)) < 1e-6


@pytest.mark.parametrize("turn", Turn)
def test_points_lines_key_points_and_tracks_turn_too(turn: Turn):
    x, y, *_ = turn.box((20, 10, 0, 0), WIDTH, HEIGHT)
    assert kept(prepared("point", (20, 10), turn), "point") == [[x, y]]
    assert kept(prepared("polyline", [[20, 10], [30, 40]], turn), "polyline")[0][0] == [x, y]
    points = kept(prepared("keypoints", [[20, 10, 2], [0, 0, 0]], turn), "keypoints")[0]
    assert points == [[x, y, 2], [0, 0, 0]], "a point that nobody set stays unset"
    box = list(turn.box((20, 10, 40, 15), WIDTH, HEIGHT))
    assert kept(prepared("track", {"0": [20, 10, 40, 15], "7": None}, turn), "track") == [{"0": box, "7": None}]


@pytest.mark.parametrize("turn", Turn)
def test_a_document_that_was_there_before_its_picture_turns_like_the_labels(turn: Turn):
    before = prepare(FoundItem(name="a", file="a", size=(WIDTH, HEIGHT),
                               objects=(FoundObject("1", "car", "box", (20, 10, 40, 15)),)))  # fmt: skip
    assert before.document is not None
    late = turned_document(before.document, turn, Frame(WIDTH, HEIGHT))
    assert late == prepared("box", (20, 10, 40, 15), turn).document


OUT = [
    ("box", (-5, 10, 20, 20), [0, 10, 15, 20]),
    ("polygon", [[[[-10, 10], [10, 10], [10, 30], [-10, 30]]]], None),
    ("polyline", [[-10, 10], [10, 10]], [[0, 10], [10, 10]]),
    ("keypoints", [[-3, 10, 2], [20, 20, 1]], [[0, 10, 2], [20, 20, 1]]),
    ("rotated_box", [2, 20, 10, 10, 45], [2, 20, 10, 10, 45]),
]


@pytest.mark.parametrize(("shape", "value", "cut"), OUT)
def test_what_reaches_outside_is_cut_or_refused_as_was_chosen(shape: str, value: Any, cut: Any):
    found = prepared(shape, value)
    assert len(kept(found, shape)) == 1
    if cut is not None:
        assert kept(found, shape)[0] == cut
    assert "outside the picture" in said(found)
    refused = prepared(shape, value, clip=False)
    assert kept(refused, shape) == []
    assert [problem.lost for problem in refused.problems] == [1]
    assert "as you chose" in said(refused)


def test_a_polygon_is_cut_along_the_edge_of_the_picture_and_keeps_its_hole():
    outer, hole = [[-10, 10], [50, 10], [50, 50], [-10, 50]], [[10, 20], [20, 20], [20, 30], [10, 30]]
    rings = kept(prepared("polygon", [[outer, hole]]), "polygon")[0]
    assert [len(part) for part in rings] == [2]
    assert abs(ring_area(rings[0][0])) == 50 * 40
    assert abs(ring_area(rings[0][1])) == 100


@pytest.mark.parametrize("shape", ["box", "polygon", "polyline", "point", "keypoints", "rotated_box"])
def test_what_lies_outside_is_never_taken(shape: str):
    value = {"box": (200, 10, 5, 5), "polygon": [[[[200, 1], [210, 1], [210, 9]]]], "polyline": [[200, 1], [210, 5]],
             "point": (200, 5), "keypoints": [[200, 5, 2]], "rotated_box": [200, 5, 4, 4, 0]}[shape]  # fmt: skip
    found = prepared(shape, value)
    assert kept(found, shape) == []
    assert "it lies outside the picture (100 x 60)" in said(found)


@pytest.mark.parametrize(
    ("shape", "value", "words"),
    [
        ("box", (5, 5, 0, 0), "no area (width 0, height 0)"),
        ("box", (5, 5, -3, 4), "comes before"),
        ("box", (5, 5, 0.5, 0.5), "less than one square pixel"),
        ("box", (5, 5, math.nan, 4), "not finite"),
        ("box", (5, 5, 1e300, 4), "far too large"),
        ("polygon", [[[[1, 1], [2, 2], [1, 1]]]], "fewer than three different points"),
        ("polygon", [[[[1, 1], [2, 2], [3, 3]]]], "no area"),
        ("polygon", [[[[n % 90, n // 90 % 50] for n in range(1_000_000)]]], "more than 100000 points"),
        ("polyline", [[1, 1], [1, 1]], "fewer than two different points"),
        ("mask", {"size": [6, 10], "counts": [60]}, "10 x 6 pixels, but the picture 100 x 60"),
        ("mask", {"size": [60, 100], "counts": [6000]}, "marks no pixel"),
        ("mask", {"size": [60, 100], "counts": [1, 1]}, "do not fill"),
        ("cuboid", [1, 2, 3, 0, 1, 1, 0], "no volume"),
        ("track", {"0": [200, 1, 5, 5]}, "no key frame"),
        ("relation", {"head": "1", "tail": "9"}, "not there"),
    ],
)  # fmt: skip
def test_what_can_not_be_gold_is_left_out_and_said(shape: str, value: Any, words: str):
    found = prepared(shape, value)
    assert found.document is not None
    assert found.document["objects"] == []
    assert words in said(found)
    assert sum(problem.lost for problem in found.problems) == 1
    assert not found.refused


def test_oddities_that_come_in_are_said():
    bow = [[[[10, 10], [40, 40], [40, 10], [10, 40]]]]
    assert "crosses itself" in said(prepared("polygon", bow))
    repeat = [[[[10, 10], [40, 10], [40, 10], [40, 40]]]]
    found = prepared("polygon", repeat)
    assert "repeats a point 1 times" in said(found)
    assert kept(found, "polygon") == [repeat], "it is kept point by point"


def test_doubles_are_said_and_both_come_in_and_thousands_of_them_take_no_time():
    things = tuple(FoundObject(str(n), "car", "box", (10, 10, 20, 20)) for n in range(3_000))
    found = prepare(FoundItem(name="a", file="a", objects=things), opened())
    assert found.objects == 3_000
    assert 1 <= len(found.problems) <= 200
    shape = [[[[10, 10], [40, 10], [40, 40], [10, 40]]]]
    pair = tuple(FoundObject(name, label, "polygon", shape) for name, label in (("a", "car"), ("b", "bus")))
    assert "object a (car) by 1" in said(prepare(FoundItem(name="a", file="a", objects=pair), opened()))


def test_labels_of_another_picture_and_labels_drawn_upright():
    thing = FoundObject("1", "car", "box", (1, 2, 30, 40))
    other = prepare(FoundItem(name="a", file="a", size=(640, 480), objects=(thing,)), opened())
    assert other.refused
    assert [problem.lost for problem in other.problems] == [1]
    upright = prepare(FoundItem(name="a", file="a", size=(HEIGHT, WIDTH), objects=(thing,)), opened(Turn.ON_ITS_LEFT))
    assert kept(upright, "box") == [[1, 2, 30, 40]]
    assert "lies turned in its file" in said(upright)


def test_more_objects_than_a_document_holds_and_labels_of_any_length():
    many = tuple(FoundObject(str(n), "car", "point", (n % 90, 5)) for n in range(6_000))
    found = prepare(FoundItem(name="a", file="a", objects=many), opened())
    assert found.refused
    assert "more than 5000 objects" in said(found)
    assert sum(problem.lost for problem in found.problems) == 6_000
    assert kept(prepared("box", (1, 1, 5, 5)), "box")
    long = prepare(FoundItem(name="a", file="a", objects=(FoundObject("1", "x" * 201, "box", (1, 1, 5, 5)),)), opened())
    assert long.objects == 0


def test_segments_and_spans_stay_within_what_they_label():
    sound = Opened(kind="sound", width=0, height=0, seconds=2.5)
    things = tuple(FoundObject(str(n), "word", "segment", value) for n, value in enumerate([(0, 1), (2, 3), (3, 4)]))
    found = prepare(FoundItem(name="a", file="a", objects=things), sound)
    assert kept(found, "segment") == [[0, 1], [2, 2.5]]
    text = FoundItem(name="a", file="a", parts=(("", "안녕 세상"),), objects=(
        FoundObject("1", "G", "span", (0, 2)), FoundObject("2", "G", "span", (3, 9)),
        FoundObject("3", "r", "relation", {"head": "1", "tail": "1"}),
    ))  # fmt: skip
    found = prepare(text, Opened(kind="text", width=0, height=0))
    assert found.document is not None
    assert [item["id"] for item in found.document["objects"]] == ["1", "3"]
    assert found.document["text"] == "안녕 세상"
