"""What a format can not carry is listed before anything is written, and nothing else is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from academy.annotation.formats import losses
from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.found import FoundLabel, LeavingItem, LeavingSet
from academy.annotation.formats.losses import losses_of
from academy.annotation.formats.registry import Carries, Format
from tests.academy.annotation.round_trip import leaving_sets

WRITERS = sorted(token for token, form in FORMATS.items() if form.write is not None)
NOTHING = Carries(media=frozenset({"picture"}), empty_items=False, mixed=False)


def leaving(*items: LeavingItem, kind: str = "box", labels: tuple[FoundLabel, ...] = ()) -> LeavingSet:
    return LeavingSet(slug="s", title={"ko": "", "en": ""}, kind=kind, labels=labels, licence="", attribution="",
                      items=lambda: iter(items))  # fmt: skip


def item(*objects: dict[str, Any], media: str = "picture", **more: Any) -> LeavingItem:
    document = {
        "kind": "mixed",
        "objects": [{"id": str(n), "label": "car", **one} for n, one in enumerate(objects)],
        **more,
    }
    return LeavingItem(name="a", file_name="a.png", media=media, document=document)


def lost(carries: Carries, *items: LeavingItem, **more: Any) -> list[str]:
    form = Format("test", "The format", lambda _place, _options: iter(()), None, lambda _place: False, carries)
    return [sentence.words("en") for sentence in losses_of(leaving(*items, **more), form).sentences]


BOX, POLYGON = (
    {"box": [1, 1, 5, 5]},
    {"polygon": [[[[0, 0], [9, 0], [9, 9]], [[1, 1], [2, 1], [2, 2]]], [[[20, 20], [29, 20], [29, 29]]]]},
)


@pytest.mark.parametrize(
    ("carries", "what", "words"),
    [
        (NOTHING, item(BOX, BOX), "can not carry boxes: 2 objects"),
        (Carries(shapes=frozenset({"polygon"})), item(POLYGON), "no holes in polygons: in 1 objects"),
        (Carries(shapes=frozenset({"polygon"}), holes=True), item(POLYGON), "of several parts: 1 objects"),
        (Carries(shapes=frozenset({"box"})), item(BOX | {"crowd": True}), "can not mark a crowd: 1 objects"),
        (Carries(shapes=frozenset({"box"})), item(BOX | {"attributes": {"a": 1}}),
         "no place for attributes: 1 objects"),
        (Carries(shapes=frozenset({"box"})), item(BOX | {"text": "STOP"}), "text of an object: 1 objects"),
        (NOTHING, item(), "can not say that nothing is there: 1 items"),
        (NOTHING, item(media="sound"), "can not speak of sounds: 1 items"),
        (NOTHING, item(choice="car"), "can not carry a choice for a whole item: 1"),
        (NOTHING, item(mood="bad"), 'no place for "mood": 1 documents'),
        (NOTHING, replace(item(), document=None), "without gold: 1 items"),
        (NOTHING, replace(item(BOX), opinions={"anna": {"kind": "box", "objects": []}}), "1 opinions of annotators"),
        (Carries(shapes=frozenset({"box", "point"}), mixed=False), item(BOX, {"point": [1, 1]}),
         "one shape for each item"),
    ],
)  # fmt: skip
def test_each_thing_that_is_lost_is_said_with_how_often(carries: Carries, what: LeavingItem, words: str):
    assert any(words in sentence for sentence in lost(carries, what)), lost(carries, what)


def test_what_labels_say_of_themselves_and_labels_nobody_used():
    labels = FoundLabel("car", color="#ff0000"), FoundLabel("bus")
    told = lost(Carries(shapes=frozenset({"box"})), item(BOX), labels=labels)
    assert told == [
        "The format does not keep colours of labels: 1 labels lose theirs.",
        "The format names only labels that are used: 1 labels are left out.",
    ]


def test_a_format_that_carries_everything_loses_nothing():
    own = FORMATS["jsonl"].carries
    assert lost(replace(own, unused_labels=True), item(BOX, POLYGON)) == []


@pytest.mark.parametrize("token", WRITERS)
@settings(max_examples=25, deadline=None)
@given(data=leaving_sets(FORMATS["jsonl"].carries))
def test_whatever_a_set_holds_each_format_says_what_it_leaves(token: str, data: LeavingSet):
    """As many items and objects go as the sentences leave."""
    found = losses_of(data, FORMATS[token])
    assert 0 <= found.items <= sum(1 for _ in data.items())
    for sentence in found.sentences:
        for language in ("ko", "en"):
            assert not re.search(r"%\(\w+\)", sentence.words(language))


def test_every_sentence_names_the_format_and_how_often():
    def every() -> Iterator[str]:
        for words in (losses._MEDIA, losses._MARKS, losses._SHAPES, losses._FIELDS, losses._LABELS):
            yield from (sentence.msgid for sentence in words.values())

    for sentence in every():
        assert "%(format)s" in sentence
        assert "%(count)s" in sentence
        assert sentence.endswith(".")
