"""What can not be graded is refused with a sentence that names the object."""

import math
from typing import Any

import pytest

from academy.grading.documents import RefusedDocument, check_document, read_box
from academy.grading.engine import grade
from tests.academy.grading.drawings import drawing, thing


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([10, 10, 0, 5], "size"),
        ([10, 10, -3, 5], "size"),
        ([10, 10, 0.5, 1.9], "size"),
        ([10, 10, math.nan, 5], "number"),
        ([math.inf, 10, 5, 5], "number"),
        ([10, 10, 10**400, 5], "number"),
        ([True, 10, 5, 5], "number"),
        (["10", 10, 5, 5], "number"),
        ([10, 10, 5], "shape"),
        (None, "shape"),
        ({"x": 1}, "shape"),
        ([5000, 10, 5, 5], "outside"),
        ([399.5, 0, 100, 1.5], "outside"),
    ],
)
def test_a_box_that_is_none_is_refused_by_name(box: Any, reason: str):
    broken = {"id": "b7", "label": "cat", "box": box}
    for gold, answer in ((drawing(broken), drawing()), (drawing(), drawing(broken))):
        with pytest.raises(RefusedDocument, match="b7") as refused:
            grade("box", gold, answer)
        assert refused.value.object_id == "b7"
        assert refused.value.reason == reason


@pytest.mark.parametrize("label", [None, "", 7, ["cat"], "c" * 500])
def test_a_label_must_be_a_short_text(label: Any):
    with pytest.raises(RefusedDocument, match='"b7"'):
        check_document("box", drawing({"id": "b7", "label": label, "box": [0, 0, 9, 9]}), gold=True)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "box",
        {"kind": "polygon", "objects": []},
        {"kind": "box"},
        {"kind": "box", "objects": {}},
        {"kind": "box", "objects": [None]},
        {"kind": "box", "image": [640, 480], "objects": []},
        {"kind": "box", "image": {"width": 0, "height": 480}, "objects": []},
        {"kind": "box", "image": {"width": math.nan, "height": 480}, "objects": []},
        {
            "kind": "box",
            "image": {"width": 640, "height": 480},
            "objects": [{"id": [], "label": "a", "box": [0, 0, 9, 9]}],
        },
        {"kind": "box", "image": {"width": 640, "height": 480}, "objects": [thing("1", 0, 0, 9, 9)] * 2},
        {"kind": "box", "image": {"width": 640, "height": 480}, "objects": [thing("1", 0, 0, 9, 9, crowd=1)]},
        {"kind": "box", "objects": [thing("1", 0, 0, 9, 9)] * 5001},
    ],
)
def test_what_is_no_document_is_refused(document: Any):
    with pytest.raises(RefusedDocument):
        check_document("box", document, gold=True)


def test_a_number_serves_as_an_id():
    assert read_box(drawing(thing("1", 0, 0, 9, 9) | {"id": 17}), gold=True).boxes[0].id == "17"


def test_an_object_without_an_id_is_named_by_its_place():
    with pytest.raises(RefusedDocument) as refused:
        grade("box", drawing(), drawing({"label": "a", "box": [0, 0, 9, 9]}, {"label": "a", "box": [0, 0, 0, 9]}))
    assert refused.value.object_id == "2"


def test_another_picture_is_refused():
    with pytest.raises(RefusedDocument, match="another size"):
        grade("box", drawing(), drawing(width=401))


def test_a_kind_nobody_can_grade_is_refused():
    with pytest.raises(RefusedDocument, match="tarot"):
        grade("tarot", {}, {})
    with pytest.raises(RefusedDocument, match="tarot"):
        check_document("tarot", {}, gold=True)


def test_a_document_without_a_picture_is_not_cut():
    document = {"kind": "box", "objects": [thing("1", -5, 0, 9, 9)]}
    assert read_box(document, gold=True).boxes[0].left == -5


@pytest.mark.parametrize(
    "rubric",
    [
        {"min_overlap": 0},
        {"min_overlap": 1.5},
        {"min_overlap": "half"},
        {"near": -1},
        {"pass_score": math.nan},
        {"tolerance_px": -1},
        {"level": "legend"},
        {"min_overlp": 0.5},
        {"ordinal": ["a"]},
        {"ordinal": "abc"},
        {"taxonomy": {"a": "b", "b": "a"}},
        {"taxonomy": ["a"]},
        {"ordinal": ["a", "b"], "taxonomy": {"a": "b"}},
        {"cannot_tell": 3},
        [],
    ],
)
def test_a_rubric_that_makes_no_sense_is_refused(rubric: Any):
    with pytest.raises(RefusedDocument):
        grade("box", drawing(), drawing(), rubric)
