"""Beside other people's code: the same overlaps, and the reason why we do not grade with it."""

import contextlib
import io
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from academy.grading.documents import read_box
from academy.grading.engine import grade
from academy.grading.geometry import overlaps
from tests.academy.grading.drawings import Object, boxes, drawing, thing, things
from tests.needs import samples


@given(things("g", most=10), things("a", most=10))
def test_overlaps_are_those_of_pycocotools(gold: list[Object], answer: list[Object]):
    golds, answers = read_box(drawing(*gold), gold=True).boxes, read_box(drawing(*answer), gold=False).boxes
    found = overlaps(golds, answers)

    def corners(side: Any) -> np.ndarray:
        rows = [[box.left, box.top, box.right - box.left, box.bottom - box.top] for box in side]
        return np.array(rows, dtype=np.float64).reshape(-1, 4)

    if golds and answers:
        expected = mask.iou(corners(answers), corners(golds), [0] * len(golds))
        for first in range(len(golds)):
            for second in range(len(answers)):
                assert found.get((first, second), 0.0) == pytest.approx(expected[second][first])


def _true_positives(gold: list[Object], answer: list[Object]) -> int:
    """What COCOeval counts at one threshold, all answers being equally sure."""
    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1, "width": 400, "height": 300}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "bbox": item["box"], "area": 1, "iscrowd": 0}
            for n, item in enumerate(gold, 1)
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found = truth.loadRes([{"image_id": 1, "category_id": 1, "bbox": item["box"], "score": 1.0} for item in answer])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
    return int((evaluation.evalImgs[0]["dtMatches"] > 0).sum())


def test_cocoeval_depends_on_the_order_of_drawing_and_we_do_not():
    """Two gold, two answers of equal score: the first answer takes the best gold, though it alone fits the other."""
    gold = [thing("1", 0, 0, 100, 100), thing("2", 50, 0, 100, 100)]
    between, right = thing("a", 26, 0, 100, 100), thing("b", 76, 0, 100, 100)
    counts = {_true_positives(gold, [between, right]), _true_positives(gold, [right, between])}
    assert counts == {1, 2}
    assert boxes(gold, [between, right]).metrics["tp"] == boxes(gold, [right, between]).metrics["tp"] == 2


@pytest.mark.samples
def test_real_gold_against_itself_is_one_for_every_valid_picture():
    folder = samples("boxes-bccd")
    refused, graded = [], 0
    for file in sorted((folder / "Annotations").glob("*.xml")):
        document = _voc(ET.fromstring(file.read_text()))
        valid = [item for item in document["objects"] if item["box"][2] > 0 and item["box"][3] > 0]
        if len(valid) < len(document["objects"]):
            refused.append(file.name)
            with pytest.raises(ValueError, match="width and a height"):
                grade("box", document, document)
        document["objects"] = valid
        for level in ("practice", "exam", "master"):
            assert grade("box", document, document, {"level": level}).score == 1.0
        graded += 1
    assert graded == 84
    assert refused == ["BloodImage_00338.xml"]


def _voc(root: ET.Element) -> dict[str, Any]:
    objects = []
    for number, item in enumerate(root.iter("object"), 1):
        left, top, right, bottom = (
            float(item.findtext(f"bndbox/{edge}", "")) for edge in ("xmin", "ymin", "xmax", "ymax")
        )
        objects.append(thing(str(number), left, top, right - left, bottom - top, item.findtext("name", "")))
    return {"kind": "box", "image": {"width": 640, "height": 480}, "objects": objects}
