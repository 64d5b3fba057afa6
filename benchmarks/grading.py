"""Grading 20 boxes against 20, beside COCOeval limited to one threshold and one area range, in one run.

Both get the same pictures, one by one, as a learner hands them in. Compared is

    same_job    match and count, with our documents read and COCO's index built:
                score_boxes(...).tally.metrics()  beside  evaluate(), accumulate()
    whole_way   what a caller calls, from the parsed JSON to the figures:
                grade("box", gold, answer)  beside
                COCO(), createIndex(), loadRes(), evaluate(), accumulate(), summarize()
                On our side that includes checking the documents, and a verdict with the errors of each edge for every
                box, which COCOeval does not give.

COCOeval keeps its other settings. Processor time is measured, alternating, so that other work does not decide.

    python benchmarks/grading.py [--pictures 40] [--rounds 15]
"""

import argparse
import contextlib
import io
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from academy.grading.boxes import grade_boxes, score_boxes
from academy.grading.documents import read_box
from academy.grading.engine import grade
from academy.grading.rubric import Rubric

LABELS = ("car", "bus", "person")
WIDTH, HEIGHT, BOXES = 640, 480, 20

Document = dict[str, Any]


def drawn_pair(chance: random.Random) -> tuple[Document, Document]:
    """Gold and the work of a fair labeler: edges a few pixels off, some labels wrong, one missed, one too much."""
    golds, answers = [], []
    for number in range(BOXES):
        width, height = chance.randint(24, 120), chance.randint(24, 120)
        left, top = chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)
        label = chance.choice(LABELS)
        golds.append({"id": f"g{number}", "label": label, "box": [left, top, width, height]})
        if number == 0:
            left, top = chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)
        moved = [chance.randint(-3, 3) for _ in range(4)]
        box = [max(left + moved[0], 0), max(top + moved[1], 0), width + moved[2], height + moved[3]]
        box[2], box[3] = min(box[2], WIDTH - box[0]), min(box[3], HEIGHT - box[1])
        answers.append({"id": f"a{number}", "label": "car" if number == 1 else label, "box": box})
    chance.shuffle(answers)
    picture = {"width": WIDTH, "height": HEIGHT}
    return ({"kind": "box", "image": picture, "objects": golds}, {"kind": "box", "image": picture, "objects": answers})


def coco_files(gold: Document, answer: Document) -> tuple[Document, list[Document]]:
    """The same picture as a COCO file and a list of results."""
    categories = [{"id": place, "name": label} for place, label in enumerate(LABELS, 1)]
    annotations = [
        {"id": number, "image_id": 1, "category_id": LABELS.index(item["label"]) + 1, "bbox": item["box"],
         "area": item["box"][2] * item["box"][3], "iscrowd": 0}
        for number, item in enumerate(gold["objects"], 1)
    ]  # fmt: skip
    results = [{"image_id": 1, "category_id": LABELS.index(item["label"]) + 1, "bbox": item["box"], "score": 1.0}
               for item in answer["objects"]]  # fmt: skip
    images = [{"id": 1, "width": WIDTH, "height": HEIGHT}]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def built(truth_file: Document, results: list[Document]) -> COCOeval:
    truth = COCO()
    truth.dataset = truth_file
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
    evaluation.params.iouThrs = np.array([0.5])
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    return evaluation


def run(evaluation: COCOeval) -> None:
    evaluation.evaluate()
    evaluation.accumulate()


def run_whole(truth_file: Document, results: list[Document]) -> None:
    evaluation = built(truth_file, results)
    run(evaluation)
    evaluation.summarize()


def milliseconds(work: Callable[..., Any], inputs: Sequence[tuple[Any, ...]]) -> float:
    start = time.process_time()
    for given in inputs:
        work(*given)
    return (time.process_time() - start) / len(inputs) * 1000


def faster(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """The middle of the rounds' ratios: the two of one round were measured side by side."""
    return round(statistics.median(long / short for long, short in zip(theirs, ours, strict=True)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    chance = random.Random(20)
    pairs = [drawn_pair(chance) for _ in range(options.pictures)]
    files = [coco_files(gold, answer) for gold, answer in pairs]
    rubric = Rubric()
    read = [(read_box(gold, gold=True), read_box(answer, gold=False), rubric) for gold, answer in pairs]
    times: dict[str, list[float]] = {name: [] for name in ("score", "report", "whole", "coco_score", "coco_whole")}
    with contextlib.redirect_stdout(io.StringIO()):
        ready = [(built(truth, results),) for truth, results in files]
        for _ in range(options.rounds):
            times["score"].append(milliseconds(lambda *given: score_boxes(*given).tally.metrics(), read))
            times["coco_score"].append(milliseconds(run, ready))
            times["whole"].append(milliseconds(lambda gold, answer: grade("box", gold, answer), pairs))
            times["coco_whole"].append(milliseconds(run_whole, files))
            times["report"].append(milliseconds(grade_boxes, read))
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(json.dumps({
        "boxes": BOXES,
        **{f"{name}_ms": round(value, 4) for name, value in middle.items()},
        "times_faster_same_job": faster(times["coco_score"], times["score"]),
        "times_faster_whole_way": faster(times["coco_whole"], times["whole"]),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
