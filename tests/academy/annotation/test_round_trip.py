"""What the strategies make is good data of every kind, and the comparison sees what is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.annotation.formats.found import FoundItem, FoundObject, LeavingSet
from academy.annotation.formats.registry import ALL_SHAPES, Carries
from academy.grading.shapes import SHAPES, check_form
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, kinds_of, leaving_sets

EVERYTHING = Carries(
    shapes=ALL_SHAPES, fields=frozenset({"choice", "choices", "accepted", "text", "preference"}),
    media=frozenset({"picture", "text", "sound", "video", "cloud"}),
    flags=frozenset({"crowd", "ignore", "optional", "rule"}), beside=frozenset({"box", "area", "text"}), holes=True,
    rings=True, attributes=True, ids=True, unused_labels=True, bare_items=True, opinions=True,
    label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
)  # fmt: skip


def test_every_shape_is_made() -> None:
    assert len(kinds_of(EVERYTHING)) == len(SHAPES) + 5


@pytest.mark.parametrize("kind", kinds_of(EVERYTHING))
@ROUNDS
@given(st.data())
def test_what_is_made_can_be_kept(kind: str, data: st.DataObject) -> None:
    leaving = data.draw(leaving_sets(EVERYTHING, Making(kinds=(kind,))))
    for item in leaving.items():
        for document in filter(None, (item.document, *item.opinions.values())):
            check_form(kind, document, gold=True)


BOXES = Carries(shapes=frozenset({"box"}), ids=True)


def _arriving(leaving: LeavingSet) -> list[FoundItem]:
    return [
        FoundItem(
            name=f"images/{item.file_name}", file="a.json",
            objects=tuple(
                FoundObject(thing["id"], thing["label"], "box", thing["box"]) for thing in item.document["objects"]
            ),
        )
        for item in leaving.items() if item.document is not None
    ]  # fmt: skip


@ROUNDS
@given(leaving_sets(BOXES))
def test_the_comparison_sees_what_is_lost(leaving: LeavingSet) -> None:
    arrived = _arriving(leaving)
    assert_same(leaving, arrived, BOXES, media=False)
    with pytest.raises(AssertionError):
        assert_same(leaving, arrived[1:], BOXES, media=False)
    for place, item in enumerate(arrived):
        if item.objects:
            x, *rest = item.objects[0].value
            moved = replace(item.objects[0], value=[x + 1e-5, *rest])
            arrived[place] = replace(item, objects=(moved, *item.objects[1:]))
            with pytest.raises(AssertionError):
                assert_same(leaving, arrived, BOXES, media=False)
