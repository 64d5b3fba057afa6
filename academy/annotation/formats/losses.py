"""What a format can not carry of a set, said before anything is written. Pure: one walk over the set, whatever format.

A format says what it can hold (registry.Carries); here that is held against what the set holds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.annotation.formats.found import LeavingItem, LeavingSet
from academy.annotation.formats.registry import Carries, Format
from academy.grading.shapes import SHAPE_KINDS, shape_of
from academy.i18n import Sentence, say

FIELDS = ("choice", "choices", "accepted", "text", "preference", "ranking", "verdict", "defects", "rule")
ANSWERS = ("choice", "choices", "text", "preference", "ranking", "verdict", "accepted")
_FORM = frozenset({"kind", "image", "audio", "points", "frames", "objects"})
_FLAGS = ("crowd", "ignore", "optional", "rule")
_BESIDE = ("box", "area", "text")


@dataclass(frozen=True, slots=True)
class Losses:
    """What is lost on the way out, in words; and how much goes."""

    sentences: tuple[Sentence, ...]
    items: int
    objects: int

    @property
    def nothing_left(self) -> bool:
        return self.items == 0


@dataclass(slots=True)
class _Facts:
    """How often the set holds what the format can not."""

    shapes: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    media: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    used: set[str] = field(default_factory=set)
    carried: Counter[str] = field(default_factory=Counter)
    """Objects of each shape that the format carries."""
    items: int = 0
    objects: int = 0


def losses_of(leaving: LeavingSet, form: Format) -> Losses:
    """Walk over the whole set once."""
    facts = _Facts()
    for item in leaving.items():
        _see(item, form.carries, facts)
    if form.carries.one_shape:
        others = facts.carried.total() - facts.carried[the_one_shape(leaving.kind, facts.carried)]
        facts.marks["one shape"] = others
        facts.objects -= others
    for label in leaving.labels:
        _see_label(label, leaving, form.carries, facts)
    return Losses(tuple(_sentences(facts, form.title)), facts.items, facts.objects)


def the_one_shape(kind: str, shapes: Counter[str]) -> str:
    """Which shape goes out where all objects must have the same: that of the kind, else the commonest."""
    own = next((shape for shape in shapes if SHAPE_KINDS[shape] == kind), "")
    return own or next((shape for shape, _ in shapes.most_common(1)), "")


def _see(item: LeavingItem, carries: Carries, facts: _Facts) -> None:
    if item.media not in carries.media:
        facts.media[item.media] += 1
        return
    if item.opinions and not carries.opinions:
        facts.marks["opinions"] += len(item.opinions)
    documents = [item.document] if item.document else []
    documents += list(item.opinions.values()) if carries.opinions else []
    if not documents and not carries.bare_items:
        facts.marks["bare"] += 1
        return
    facts.items += 1
    for document in documents:
        _see_document(document, carries, facts)


def _see_document(document: Mapping[str, Any], carries: Carries, facts: _Facts) -> None:
    objects = document.get("objects", ())
    if "objects" in document and not objects and not carries.empty_items:
        facts.marks["empty"] += 1
    spans = document["kind"] in ("spans", "relations")
    for name in document.keys() - _FORM:
        if document[name] is None or (spans and name == "text"):
            continue
        if name not in carries.fields:
            facts.fields[name] += 1
    answers = {name for name in ANSWERS if document.get(name) is not None and not (spans and name == "text")}
    facts.objects += bool(answers & carries.fields)
    shapes = {shape_of(item) for item in objects}
    if len(shapes) > 1 and not carries.mixed and not carries.one_shape:
        facts.marks["mixed"] += 1
    if not carries.overlapping:
        facts.marks["overlapping"] += overlapping(objects)
    for item in objects:
        _see_object(item, carries, facts)


def overlapping(objects: Iterable[Mapping[str, Any]]) -> int:
    """How many spans share characters with one before them, in the order in which such formats write them."""
    spans = sorted((item["span"] for item in objects if item.get("span")), key=span_order)
    count, reached = 0, 0
    for start, end in spans:
        count += start < reached
        reached = reached if start < reached else end
    return count


def span_order(span: Sequence[int]) -> tuple[int, int]:
    """By where they begin; of those that begin together, the longest first."""
    return span[0], -span[1]


def _see_object(item: Mapping[str, Any], carries: Carries, facts: _Facts) -> None:
    facts.used.add(item["label"])
    shape = shape_of(item) or ""
    if shape not in carries.shapes:
        facts.shapes[shape] += 1
        return
    facts.objects += 1
    facts.carried[shape] += 1
    for flag in _FLAGS:
        if item.get(flag) and flag not in carries.flags:
            facts.marks[flag] += 1
    for name in _BESIDE:
        if name != shape and item.get(name) is not None and name not in carries.beside:
            facts.marks[f"beside {name}"] += 1
    if item.get("attributes") and not carries.attributes:
        facts.marks["attributes"] += 1
    if shape == "polygon":
        facts.marks["holes"] += not carries.holes and any(len(part) > 1 for part in item["polygon"])
        facts.marks["parts"] += not carries.rings and len(item["polygon"]) > 1


def _see_label(label: Any, leaving: LeavingSet, carries: Carries, facts: _Facts) -> None:
    for name in ("color", "title", "parent", "hotkey", "description", "skeleton", "attributes"):
        if getattr(label, name) and name not in carries.label_facts:
            facts.labels[name] += 1
    if (
        not carries.unused_labels
        and leaving.kind not in ("classification", "multilabel")
        and label.name not in facts.used
    ):
        facts.labels["unused"] += 1


def _sentences(facts: _Facts, title: str) -> Iterator[Sentence]:
    for words, counter in ((_MEDIA, facts.media), (_MARKS, facts.marks), (_SHAPES, facts.shapes),
                           (_FIELDS, facts.fields), (_LABELS, facts.labels)):  # fmt: skip
        for name, sentence in words.items():
            if counter[name]:
                yield say(sentence.msgid, format=title, count=counter[name])
        for name in sorted(counter.keys() - words.keys()):
            if counter[name]:
                yield say("%(format)s has no place for \"%(name)s\": %(count)s documents lose it.", format=title,
                          name=name, count=counter[name])  # fmt: skip


_MEDIA: Mapping[str, Sentence] = {
    "picture": say("%(format)s can not speak of pictures: %(count)s items are left out."),
    "text": say("%(format)s can not speak of texts: %(count)s items are left out."),
    "sound": say("%(format)s can not speak of sounds: %(count)s items are left out."),
    "video": say("%(format)s can not speak of videos: %(count)s items are left out."),
    "cloud": say("%(format)s can not speak of point clouds: %(count)s items are left out."),
    "awaited": say("%(count)s items still wait for their picture or text; %(format)s leaves them out."),
}
_MARKS: Mapping[str, Sentence] = {
    "opinions": say("%(format)s has room for one person's labels: %(count)s opinions of annotators are left out."),
    "bare": say("%(format)s has no place for items without gold: %(count)s items are left out."),
    "empty": say("%(format)s can not say that nothing is there: %(count)s items without objects are left out."),
    "mixed": say("%(format)s holds one shape for each item: %(count)s items lose the objects of other shapes."),
    "one shape": say(
        "%(format)s holds objects of one shape in a whole set: %(count)s objects of other shapes are left out."
    ),
    "overlapping": say("%(format)s has no spans that share characters: %(count)s are left out."),
    "crowd": say("%(format)s can not mark a crowd: %(count)s objects lose the mark."),
    "ignore": say("%(format)s can not say that an object is to be ignored: %(count)s objects lose the mark."),
    "optional": say("%(format)s can not say that an object is optional: %(count)s objects lose the mark."),
    "rule": say("%(format)s has no place for rules of the guideline: %(count)s objects lose theirs."),
    "attributes": say("%(format)s has no place for attributes: %(count)s objects lose theirs."),
    "holes": say("%(format)s has no holes in polygons: in %(count)s objects they are filled."),
    "parts": say("%(format)s has no polygons of several parts: %(count)s objects are left out or lose parts."),
    "beside box": say("%(format)s keeps no box beside another shape: %(count)s objects lose theirs."),
    "beside area": say("%(format)s keeps no area beside a shape: %(count)s objects lose theirs."),
    "beside text": say("%(format)s has no place for the text of an object: %(count)s objects lose theirs."),
}
_SHAPES: Mapping[str, Sentence] = {
    "box": say("%(format)s can not carry boxes: %(count)s objects are left out."),
    "rotated_box": say("%(format)s can not carry turned boxes: %(count)s objects are left out."),
    "polygon": say("%(format)s can not carry polygons: %(count)s objects are left out."),
    "mask": say("%(format)s can not carry masks: %(count)s objects are left out."),
    "polyline": say("%(format)s can not carry lines: %(count)s objects are left out."),
    "point": say("%(format)s can not carry single points: %(count)s objects are left out."),
    "keypoints": say("%(format)s can not carry key points: %(count)s objects are left out."),
    "cuboid": say("%(format)s can not carry cuboids: %(count)s objects are left out."),
    "track": say("%(format)s can not carry tracks: %(count)s objects are left out."),
    "span": say("%(format)s can not carry spans of text: %(count)s objects are left out."),
    "relation": say("%(format)s can not carry relations: %(count)s objects are left out."),
    "segment": say("%(format)s can not carry pieces of sound: %(count)s objects are left out."),
}
_FIELDS: Mapping[str, Sentence] = {
    "choice": say("%(format)s can not carry a choice for a whole item: %(count)s are left out."),
    "choices": say("%(format)s can not carry several labels for a whole item: %(count)s items lose theirs."),
    "accepted": say("%(format)s has no place for other right answers: %(count)s items lose theirs."),
    "text": say("%(format)s can not carry a text as the answer: %(count)s are left out."),
    "preference": say("%(format)s can not carry preferences: %(count)s are left out."),
    "ranking": say("%(format)s can not carry rankings: %(count)s are left out."),
    "rule": say("%(format)s has no place for the rule behind an answer: %(count)s items lose theirs."),
}
_LABELS: Mapping[str, Sentence] = {
    "color": say("%(format)s does not keep colours of labels: %(count)s labels lose theirs."),
    "title": say("%(format)s does not keep titles of labels: %(count)s labels lose theirs."),
    "parent": say("%(format)s does not keep which label stands below which: %(count)s labels lose it."),
    "hotkey": say("%(format)s does not keep keys of labels: %(count)s labels lose theirs."),
    "description": say("%(format)s does not keep descriptions of labels: %(count)s labels lose theirs."),
    "skeleton": say("%(format)s does not keep skeletons: %(count)s labels lose theirs."),
    "attributes": say("%(format)s does not keep what objects of a label may say: %(count)s labels lose it."),
    "unused": say("%(format)s names only labels that are used: %(count)s labels are left out."),
}
