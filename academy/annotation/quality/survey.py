"""What a set of gold looks like as a whole, and which of its shapes deserve a second look. Pure: documents in, numbers
out. It holds counts and short lists only, so that a set of any size is measured in little memory.

Two walks over the gold: the first (`Survey`) learns what is usual, the second (`suspects`) finds what is not.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any

from shapely.geometry import Polygon
from shapely.validation import explain_validity

from academy.annotation.quality.likeness import likeness, mean_likeness, outline, overlap
from academy.grading.shapes import shape_of
from academy.i18n import Sentence, say

Document = Mapping[str, Any]

SMALL, MEDIUM = 32**2, 96**2
"""Square pixels: COCO calls what is below the first small, below the second medium, the rest large."""
CROWDS = (0, 1, 2, 5, 10, 20, 50, 100)
"""Where the classes "objects in one item" begin."""
DOUBLE = 0.9
LONG = 20.0
FILLS = 0.98
STRAYS = 3.5
"""Modified z-score above which a size is unusual (Iglewicz and Hoaglin 1993)."""
ENOUGH = 20
"""Sizes of a label below this many are not called unusual."""
STEPS = 8
"""Sizes are counted in classes of 1/8 of a doubling of the area."""
WORST = 50


@dataclass(frozen=True, slots=True)
class Member:
    """One task with its gold and what people said of it."""

    task_id: int
    name: str
    document: Document | None
    opinions: tuple[tuple[str, Document], ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something in one task's gold that should be looked at; `weight` orders them, the heaviest first."""

    task_id: int
    name: str
    object: str | None
    sentence: Sentence
    weight: float

    def as_json(self) -> dict[str, Any]:
        return {"task": self.task_id, "name": self.name, "object": self.object, **self.sentence.as_json()}


@dataclass(slots=True)
class Survey:
    """What is counted in the first walk."""

    tasks: int = 0
    with_gold: int = 0
    empty: int = 0
    objects: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    items_with: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    crowds: Counter[int] = field(default_factory=Counter)
    areas: dict[str, Counter[int]] = field(default_factory=dict)
    fullest: list[tuple[int, int, str]] = field(default_factory=list)
    compared: int = 0
    agreement: float = 0.0
    words: float = 0.0
    people: Counter[str] = field(default_factory=Counter)
    apart: list[tuple[float, int, str]] = field(default_factory=list)
    pairs: dict[str, list[float]] = field(default_factory=dict)

    def add(self, member: Member) -> None:
        self.tasks += 1
        if member.document is not None:
            self.with_gold += 1
            self._count(member)
        if len(member.opinions) > 1:
            self._compare(member)

    def _count(self, member: Member) -> None:
        document = member.document or {}
        objects = document.get("objects")
        if objects is None:
            words = answers_of(document)
            self.labels.update(words)
            self.items_with.update(set(words))
            self.objects += len(words)
            return
        self.objects += len(objects)
        self.empty += not objects
        self.crowds[crowd_class(len(objects))] += 1
        self.fullest = nlargest(10, [*self.fullest, (len(objects), member.task_id, member.name)])
        self.items_with.update({item["label"] for item in objects})
        for item in objects:
            self.labels[item["label"]] += 1
            self.shapes[shape_of(item) or "?"] += 1
            self.flags.update(flag for flag in ("crowd", "ignore", "optional") if item.get(flag))
            area = area_of(item)
            if area:
                self.sizes["small" if area < SMALL else "medium" if area < MEDIUM else "large"] += 1
                self.areas.setdefault(item["label"], Counter())[size_class(area)] += 1

    def _compare(self, member: Member) -> None:
        documents = [document for _name, document in member.opinions]
        mean = mean_likeness(documents)
        if mean is None:
            return
        self.compared += 1
        self.agreement += mean.shapes
        self.words += mean.labels
        self.people.update(name for name, _document in member.opinions)
        worst = min(mean.shapes, mean.labels)
        self.apart = nlargest(WORST, [*self.apart, (1 - worst, member.task_id, member.name)])
        for name, document in member.opinions:
            others = [other for who, other in member.opinions if who != name]
            share = sum(likeness(document, other).shapes for other in others) / len(others)
            total = self.pairs.setdefault(name, [0.0, 0])
            total[0], total[1] = total[0] + share, total[1] + 1

    def usual(self) -> dict[str, tuple[float, float]]:
        """For each label with enough sizes: the median class and the median distance from it."""
        return {label: _middle(counts) for label, counts in self.areas.items() if counts.total() >= ENOUGH}

    def as_json(self) -> dict[str, Any]:
        """What the page shows; counts by name, the largest first."""
        return {
            "tasks": self.tasks, "with_gold": self.with_gold, "empty": self.empty, "objects": self.objects,
            "labels": [[name, count, self.items_with[name]] for name, count in self.labels.most_common(200)],
            "more_labels": max(0, len(self.labels) - 200),
            "shapes": self.shapes.most_common(), "flags": self.flags.most_common(),
            "sizes": [[name, self.sizes[name]] for name in ("small", "medium", "large")] if self.sizes else [],
            "crowds": [[start, self.crowds[start]] for start in CROWDS if start <= max(self.crowds, default=-1)],
            "fullest": [list(one) for one in self.fullest if one[0] > 1],
            "compared": self.compared,
            "agreement": self.agreement / self.compared if self.compared else None,
            "words": self.words / self.compared if self.compared else None,
            "people": [[name, int(n), total / n] for name, (total, n) in sorted(self.pairs.items())],
            "apart": [[task_id, name, 1 - far] for far, task_id, name in self.apart if far > 1e-9],
        }  # fmt: skip


def answers_of(document: Document) -> list[str]:
    """The labels of a document without objects."""
    if document.get("choices") is not None:
        return list(document["choices"])
    chosen = document.get("choice") or document.get("preference")
    return [chosen] if isinstance(chosen, str) else [str(label) for label in (document.get("accepted") or ())[:1]]


def crowd_class(count: int) -> int:
    return max(start for start in CROWDS if start <= count)


def size_class(area: float) -> int:
    return round(math.log2(area) * STEPS)


def area_of(item: Mapping[str, Any]) -> float | None:
    """Square pixels that an object takes; None for what has no area."""
    shape = shape_of(item)
    if shape == "box":
        return float(item["box"][2] * item["box"][3])
    if shape == "rotated_box":
        return float(item["rotated_box"][2] * item["rotated_box"][3])
    if shape == "polygon":
        return float(outline(item["polygon"]).area)
    if shape == "mask":
        counts = item["mask"]["counts"]
        return float(sum(counts[1::2])) if isinstance(counts, list) else item.get("area")
    return None


def _middle(counts: Counter[int]) -> tuple[float, float]:
    median = _median(counts)
    away: Counter[float] = Counter()
    for step, count in counts.items():
        away[abs(step - median)] += count
    return median, _median(away)


def _median(counts: Mapping[Any, int]) -> float:
    half, seen = sum(counts.values()) / 2, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return float(value)
    return 0.0


def suspects(
    members: Iterable[Member], usual: Mapping[str, tuple[float, float]], rare: frozenset[str]
) -> list[Suspect]:
    """The heaviest of what should be looked at, after a second walk. `rare`: labels used once, perhaps mistyped."""
    found: list[Suspect] = []
    for member in members:
        found += _in_one(member, usual, rare)
        if len(found) > 20 * WORST:
            found = nlargest(WORST, found, key=lambda one: one.weight)
    return nlargest(WORST, found, key=lambda one: one.weight)


def rare_labels(survey: Survey) -> frozenset[str]:
    """Labels used once where others are used often: perhaps a slip of the hand."""
    often = any(count >= ENOUGH for count in survey.labels.values()) or len(survey.labels) * 3 < survey.objects
    return frozenset(label for label, count in survey.labels.items() if count == 1) if often else frozenset()


def _in_one(member: Member, usual: Mapping[str, tuple[float, float]], rare: frozenset[str]) -> Iterator[Suspect]:
    document = member.document
    objects = (document or {}).get("objects") or ()
    image = (document or {}).get("image")
    for item in objects:
        for sentence, weight in _odd_shape(item, image, usual, rare):
            yield Suspect(member.task_id, member.name, item["id"], sentence, weight)
    for first, second, share in _doubles(objects):
        sentence = say(
            "%(label)s lies upon object %(other)s by %(share)s %%: perhaps one thing labelled twice.",
            label=second["label"], other=first["id"], share=round(share * 100),
        )  # fmt: skip
        yield Suspect(member.task_id, member.name, second["id"], sentence, 5 + share)


def _odd_shape(
    item: Mapping[str, Any], image: Any, usual: Mapping[str, tuple[float, float]], rare: frozenset[str]
) -> Iterator[tuple[Sentence, float]]:
    label = item["label"]
    if label in rare:
        yield say("The label %(label)s is used only here: perhaps it is mistyped.", label=label), 4.0
    shape = shape_of(item)
    if shape == "polygon" and (crossing := _crossing(item["polygon"])):
        yield say("%(label)s: the lines of the outline cross at %(place)s.", label=label, place=crossing), 6.0
    if shape in ("box", "rotated_box"):
        width, height = item[shape][-3:-1] if shape == "rotated_box" else item[shape][2:]
        longer, shorter = max(width, height), min(width, height)
        if longer / shorter > LONG:
            times = round(longer / shorter)
            yield say("%(label)s is %(times)s times as long as it is wide.", label=label, times=times), 3.0
    area = area_of(item)
    if not area:
        return
    if image and area >= FILLS * image["width"] * image["height"]:
        yield say("%(label)s fills the whole picture.", label=label), 2.0
    median, spread = usual.get(label, (0.0, 0.0))
    away = abs(size_class(area) - median)
    if label in usual and 0.6745 * away / max(spread, 1.0) > STRAYS:
        times = round(2 ** (away / STEPS), 1)
        if size_class(area) < median:
            sentence = say("%(label)s is %(times)s times smaller than is usual for it.", label=label, times=times)
        else:
            sentence = say("%(label)s is %(times)s times larger than is usual for it.", label=label, times=times)
        yield sentence, 3 + min(away / STEPS, 10) / 10


def _crossing(parts: Sequence[Any]) -> str:
    """Where the outline crosses itself, or "" if it does not."""
    for outer, *_holes in parts:
        reason = explain_validity(Polygon(outer)) if len(outer) >= 3 else ""
        if reason.startswith("Self-intersection"):
            return reason.partition("[")[2].rstrip("]")
    return ""


def _doubles(objects: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], float]]:
    """Pairs of one label on nearly the same place; in a crowd of hundreds only neighbours by size are compared."""
    plain = [item for item in objects if not item.get("crowd") and not item.get("ignore") and area_of(item)]
    plain.sort(key=lambda item: area_of(item) or 0)
    for place, first in enumerate(plain):
        size = area_of(first) or 0
        for second in plain[place + 1 :]:
            if (area_of(second) or 0) * DOUBLE > size:
                break
            share = overlap(first, second) if first["label"] == second["label"] else 0.0
            if share >= DOUBLE:
                yield first, second, share
