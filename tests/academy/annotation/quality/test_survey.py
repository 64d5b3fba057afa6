"""What a set of gold looks like as a whole: counted right, and what stands out is found."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.annotation.quality.likeness import likeness, mean_likeness
from academy.annotation.quality.looking import wilson
from academy.annotation.quality.survey import Member, Survey, crowd_class, rare_labels, suspects
from tests.needs import samples

PICTURE = {"width": 640, "height": 480}


def boxes(*objects):
    named = [{"id": str(number), **thing} for number, thing in enumerate(objects, 1)]
    return {"kind": "box", "image": PICTURE, "objects": named}


def box(label, x, y, w, h, **more):
    return {"label": label, "box": [x, y, w, h], **more}


def surveyed(*documents):
    survey = Survey()
    for number, document in enumerate(documents, 1):
        survey.add(Member(number, f"{number}.jpg", document))
    return survey


def test_objects_are_counted_by_label_size_and_crowding():
    survey = surveyed(
        boxes(box("cat", 0, 0, 10, 10), box("cat", 50, 50, 40, 40), box("dog", 100, 100, 200, 200)), boxes()
    )
    told = survey.as_json()
    assert told["labels"] == [["cat", 2, 1], ["dog", 1, 1]]
    assert told["sizes"] == [["small", 1], ["medium", 1], ["large", 1]]
    assert dict(map(tuple, told["crowds"])) == {0: 1, 1: 0, 2: 1}
    assert (told["tasks"], told["with_gold"], told["empty"], told["objects"]) == (2, 2, 1, 3)


def test_answers_without_shapes_are_counted_too():
    told = surveyed(
        {"kind": "classification", "choice": "cat"},
        {"kind": "multilabel", "choices": ["cat", "dog"]},
        {"kind": "preference", "preference": "tie"},
    ).as_json()
    assert told["labels"] == [["cat", 2, 2], ["dog", 1, 1], ["tie", 1, 1]]


@given(st.integers(0, 10_000))
def test_every_count_has_its_class(count):
    assert crowd_class(count) <= count


def test_a_box_far_from_the_usual_size_is_suspicious():
    usual = [boxes(*(box("cell", 10 * n, 20, 50 + n, 50 + n) for n in range(6))) for _ in range(6)]
    odd = boxes(box("cell", 0, 0, 400, 400))
    members = [Member(n, f"{n}.jpg", document) for n, document in enumerate([*usual, odd])]
    survey = Survey()
    for member in members:
        survey.add(member)
    found = suspects(members, survey.usual(), rare_labels(survey))
    assert [(one.task_id, one.object) for one in found] == [(6, "1")]
    assert "larger than is usual" in found[0].sentence.words("en")


def test_what_lies_twice_crosses_itself_or_is_mistyped_is_suspicious():
    many = [box("car", 20 * n, 300, 15, 15) for n in range(25)]
    document = {
        "kind": "mixed", "image": PICTURE,
        "objects": [
            {"id": "a", **box("car", 0, 0, 100, 100)}, {"id": "b", **box("car", 1, 1, 100, 100)},
            {"id": "c", "label": "car_84", "polygon": [[[[0, 0], [50, 50], [50, 0], [0, 50]]]]},
            {"id": "d", **box("car", 0, 200, 600, 10)},
            *({"id": f"m{n}", **thing} for n, thing in enumerate(many)),
        ],
    }  # fmt: skip
    member = Member(1, "1.jpg", document)
    survey = Survey()
    survey.add(member)
    found = suspects([member], {}, rare_labels(survey))
    said = {(one.object, one.sentence.msgid.partition(":")[0]) for one in found}
    words = " / ".join(one.sentence.words("en") for one in found)
    assert {"a", "b", "c", "d"} >= {name for name, _ in said} >= {"c", "d"}
    assert "cross" in words
    assert "mistyped" in words
    assert "twice" in words
    assert "60 times" in words


def test_a_crowd_and_ignored_places_are_not_taken_for_doubles():
    document = boxes(
        box("car", 0, 0, 100, 100, crowd=True), box("car", 0, 0, 100, 100), box("car", 1, 0, 100, 100, ignore=True)
    )
    assert suspects([Member(1, "1.jpg", document)], {}, frozenset()) == []


def test_people_are_compared_by_shape_and_by_word_apart():
    one, other = boxes(box("car", 0, 0, 100, 100)), boxes(box("truck", 0, 0, 100, 50))
    found = likeness(one, other)
    assert (found.shapes, found.labels) == (pytest.approx(0.5), 0.0)
    assert likeness(boxes(), boxes()) == likeness(one, one)
    assert likeness(boxes(), one).shapes == 0
    assert mean_likeness([one]) is None


def test_the_four_annotators_of_the_vehicles_agree_as_their_readme_says():
    import xml.etree.ElementTree as ET

    folder = samples("polygons-cars")
    survey = Survey()
    lowest = 1.0
    for number, file in enumerate(sorted((folder / "annotator1").glob("*.xml"))):
        said = []
        for name in ("annotator1", "annotator2", "annotator3", "annotator4"):
            live = [
                item
                for item in ET.parse(folder / name / file.name).findall("object")
                if item.findtext("deleted") != "1"
            ]
            ring = [[float(p.findtext("x") or 0), float(p.findtext("y") or 0)] for p in live[-1].findall("polygon/pt")]
            label = (live[-1].findtext("name") or "").strip()
            said.append(
                (
                    name,
                    {
                        "kind": "polygon",
                        "image": {"width": 64, "height": 64},
                        "objects": [{"id": "1", "label": label, "polygon": [[ring]]}],
                    },
                )
            )
        survey.add(Member(number, file.name, None, tuple(said)))
        lowest = min(lowest, *(likeness(a, b).shapes for n, (_, a) in enumerate(said) for _, b in said[n + 1 :]))
    told = survey.as_json()
    assert told["compared"] == 12
    assert told["agreement"] == pytest.approx(0.924, abs=0.002)
    assert lowest == pytest.approx(0.811, abs=0.002)
    assert told["words"] < 1


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"), [(0, 60, 0, 0.0602), (1, 20, 0.0089, 0.2361), (5, 10, 0.2366, 0.7634)]
)
def test_the_interval_is_wilsons(hits, count, low, high):
    """Newcombe 1998, Statistics in Medicine 17, and the textbook value for nothing in sixty."""
    found = wilson(hits, count)
    assert found.low == pytest.approx(low, abs=2e-3)
    assert found.high == pytest.approx(high, abs=2e-3)
    assert not math.isnan(found.low)
