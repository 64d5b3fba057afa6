"""From what a file says to gold that can be kept: each object is held against its picture and turned with it.

Pure: the media were opened before, in a process of their own (see academy.annotation.exchange.checking).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from academy.annotation.formats.fitting import Ground, fit, turned
from academy.annotation.formats.found import FoundItem, FoundObject, Problem, kind_of, whole
from academy.annotation.formats.outlines import overlap_of
from academy.annotation.formats.spot import Frame, bounds
from academy.grading.documents import MOST_OBJECTS, READERS, RefusedDocument, check_document
from academy.grading.shapes import FIELD_KINDS, check_form
from academy.i18n import say
from academy.uploads.pictures import Turn

DOUBLE = 0.9
MOST_DOUBLES = 200
"""So many are told of one item; who has more will find the rest beside them."""
UNSETTLED = ""
"""The kind of an item whose labels say that nothing is there: its set decides."""


class Opened(Protocol):
    """What preparing needs to know of a medium (see academy.uploads.brought.Brought)."""

    @property
    def kind(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def turn(self) -> Turn: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item with its gold. `document` is None if it has none; `refused`: it can not come in at all."""

    item: FoundItem
    kind: str
    document: dict[str, Any] | None
    problems: tuple[Problem, ...]
    refused: bool = False

    @property
    def objects(self) -> int:
        """How many labels come in: objects, or one for an answer."""
        if self.document is None or self.refused:
            return 0
        return len(self.document.get("objects", ())) + (1 if answer_of(self.document) else 0)

    @property
    def labels(self) -> list[str]:
        """Every label that it uses, in the order of the file."""
        return labels_used(self.document) if self.document and not self.refused else []


ANSWERS = ("choice", "choices", "text", "preference", "ranking", "verdict", "accepted")


def answer_of(document: Mapping[str, Any]) -> bool:
    """Whether a document says something beside its objects. The text of spans is what was labelled, no label."""
    spans = document.get("kind") in ("spans", "relations")
    return any(document.get(name) is not None for name in ANSWERS if not (spans and name == "text"))


def found_objects(item: FoundItem) -> int:
    """How many labels the source holds for an item."""
    return len(item.objects) + (1 if any(item.fields.get(name) is not None for name in ANSWERS) else 0)


def labels_used(document: Mapping[str, Any]) -> list[str]:
    """The labels in a document, each once."""
    used = [item["label"] for item in document.get("objects", ())]
    if document.get("kind") in ("classification", "multilabel", "mixed"):
        used += [document["choice"]] if document.get("choice") is not None else []
        used += document.get("choices") or ()
        if document.get("text") is None:  # else they are other right texts
            used += document.get("accepted") or ()
    return list(dict.fromkeys(label for label in used if isinstance(label, str)))


def prepare(item: FoundItem, opened: Opened | None = None, *, clip: bool = True) -> Prepared:
    """The item's document, from its labels and its opened medium (of a video: its first frame). What is odd is said;
    what is good goes on. `clip`: cut what reaches outside, else refuse it."""
    kind = item.kind or kind_of(item.objects, item.fields)
    if not item.labelled:
        return Prepared(item, kind, None, ())
    problems: list[Problem] = []
    frame, turn = _frame(item, opened)
    if opened is not None and opened.kind == "picture" and item.size is not None and frame != Frame(*item.size):
        upright = Frame(opened.width, opened.height)
        if Frame(*item.size) != upright:
            return _refuse(item, kind, _other_size(item, frame))
        frame, turn = upright, Turn.UPRIGHT
        problems.append(item.problem(None, say("%(name)s lies turned in its file, but its labels were drawn upright; "
                                               "they were taken as they are.", name=item.name)))  # fmt: skip
    ground = Ground(
        frame=frame,
        turn=turn,
        clip=clip,
        seconds=opened.seconds if opened is not None else None,
        text=item.parts[0][1] if len(item.parts) == 1 else None,
        ids=frozenset(thing.id for thing in item.objects),
    )
    kept = _fit_all(item, ground, problems)
    problems += _doubles(item, kept)
    size = _size(frame, turn)
    document = _document(item, kind, size, kept, opened)
    refusal = _refusal(item, kind, document)
    if refusal is not None:
        return _refuse(item, kind, refusal, problems)
    return Prepared(item, kind, document, tuple(problems))


def _frame(item: FoundItem, opened: Opened | None) -> tuple[Frame | None, Turn]:
    """The picture as it lies in its file."""
    if opened is not None and opened.kind in ("picture", "video"):
        lying = opened.turn >= Turn.TRANSPOSED
        size = (opened.height, opened.width) if lying else (opened.width, opened.height)
        return Frame(*size), opened.turn
    return Frame(*item.size) if item.size and min(item.size) >= 1 else None, Turn.UPRIGHT


def _size(frame: Frame | None, turn: Turn) -> dict[str, float] | None:
    if frame is None:
        return None
    sides = (frame.height, frame.width) if turn >= Turn.TRANSPOSED else (frame.width, frame.height)
    return {"width": whole(sides[0]), "height": whole(sides[1])}


def _other_size(item: FoundItem, frame: Frame | None) -> Problem:
    size, real = item.size or (0, 0), frame or Frame(0, 0)
    sentence = say(
        "The labels are for a picture of %(width)s x %(height)s pixels, but %(name)s has %(real_width)s x "
        "%(real_height)s; it was not imported.", width=float(size[0]), height=float(size[1]), name=item.name,
        real_width=float(real.width), real_height=float(real.height),
    )  # fmt: skip
    return item.problem(None, sentence, lost=found_objects(item))


def _refuse(item: FoundItem, kind: str, why: Problem, before: Sequence[Problem] = ()) -> Prepared:
    """Nothing of the item comes in; what was lost of it before is counted once."""
    return Prepared(item, kind, None, (*(replace(problem, lost=0) for problem in before), why), refused=True)


def _fit_all(item: FoundItem, ground: Ground, problems: list[Problem]) -> list[tuple[FoundObject, Any]]:
    kept: list[tuple[FoundObject, Any]] = []
    for thing in item.objects:
        fitted = fit(thing, ground)
        lost = 1 if fitted.value is None else 0
        for number, sentence in enumerate(fitted.sentences):
            problems.append(item.problem(thing.id, sentence, lost=lost if number == 0 else 0))
        if fitted.value is not None:
            kept.append((turned(thing, ground), fitted.value))
    return kept


def _document(
    item: FoundItem, kind: str, size: Mapping[str, float] | None, kept: Sequence[tuple[FoundObject, Any]],
    opened: Opened | None,
) -> dict[str, Any]:  # fmt: skip
    document: dict[str, Any] = {"kind": kind}
    if size is not None and kind not in FIELD_KINDS:
        document["image"] = dict(size)
    if opened is not None and opened.seconds is not None and kind not in FIELD_KINDS:
        document["audio"] = {"seconds": opened.seconds}
    if kind in ("spans", "relations") and len(item.parts) == 1:
        document["text"] = item.parts[0][1]
    document |= {name: fact for name, fact in item.fields.items() if fact is not None}
    if kind not in FIELD_KINDS:
        document["objects"] = [as_gold(thing, value) for thing, value in kept]
    return document


def as_gold(thing: FoundObject, value: Any) -> dict[str, Any]:
    """One object as a document keeps it: always in the same order, so that the same gold is the same text."""
    gold: dict[str, Any] = {"id": thing.id, "label": thing.label, thing.shape: value}
    gold |= {name: fact for name, fact in thing.beside.items() if fact is not None}
    gold |= {flag: True for flag in ("crowd", "ignore", "optional") if getattr(thing, flag)}
    if thing.rule:
        gold["rule"] = thing.rule
    if thing.attributes:
        gold["attributes"] = dict(thing.attributes)
    return gold


def _refusal(item: FoundItem, kind: str, document: Mapping[str, Any]) -> Problem | None:
    """Why the document can not be kept, if it can not."""
    checked = {**document, "kind": kind or "mixed"}
    try:
        check_form(checked["kind"], checked, gold=True)
        if kind in READERS:
            check_document(kind, checked, gold=True)
    except RefusedDocument as error:
        lost = found_objects(item)
        if error.reason == "count":
            sentence = say("%(name)s has more than %(most)s objects; it was not imported.", name=item.name,
                           most=MOST_OBJECTS)  # fmt: skip
            return item.problem(None, sentence, lost)
        sentence = say("%(name)s was not imported, because its labels can not be kept: %(why)s", name=item.name,
                       why=error.message)  # fmt: skip
        return item.problem(error.object_id, sentence, lost)
    return None


# Doubles -----------------------------------------------------------------------------------------------------------


def _doubles(item: FoundItem, kept: Sequence[tuple[FoundObject, Any]]) -> Iterator[Problem]:
    """Two objects on nearly the same place. Both are imported: which of them is right, a person decides."""
    solid = [(thing, value) for thing, value in kept if not (thing.crowd or thing.ignore)]
    boxes = {thing.id: (thing, value) for thing, value in solid if thing.shape == "box"}
    outlines = {thing.id: (thing, value) for thing, value in solid if thing.shape == "polygon"}
    for earlier, later, overlap in (*_near_boxes(boxes), *_near_outlines(outlines)):
        facts: dict[str, str | float] = {"other": earlier.called or earlier.id, "overlap": round(overlap, 2)}
        if earlier.label == later.label:
            sentence = say(
                "%(label)s: it overlaps object %(other)s by %(overlap)s; possibly one object labelled twice. Both were "
                "imported.", label=later.label, **facts,
            )  # fmt: skip
        else:
            sentence = say(
                "%(label)s: it overlaps object %(other)s (%(other_label)s) by %(overlap)s; possibly one object "
                "labelled twice. Both were imported.", label=later.label, other_label=earlier.label, **facts,
            )  # fmt: skip
        yield item.problem(later.id, sentence)


Near = tuple[FoundObject, FoundObject, float]


def _near_boxes(found: Mapping[str, tuple[FoundObject, Any]]) -> list[Near]:
    """Pairs in the order of the file. By their left edges: boxes so much alike begin within a tenth of their width."""
    names = list(found)
    waiting = sorted((value[0], place) for place, (_thing, value) in enumerate(found.values()))
    boxes = [value for _thing, value in found.values()]
    pairs: list[tuple[int, int, float]] = []
    for number, (left, place) in enumerate(waiting):
        reach = left + boxes[place][2] * (1 - DOUBLE) + 1e-9
        for other_left, other in waiting[number + 1 :]:
            if other_left > reach or len(pairs) >= MOST_DOUBLES:
                break
            overlap = _overlap(boxes[place], boxes[other])
            if overlap >= DOUBLE:
                pairs.append((max(place, other), min(place, other), overlap))
    return [(found[names[earlier]][0], found[names[later]][0], overlap) for later, earlier, overlap in sorted(pairs)]


def _overlap(one: Sequence[float], two: Sequence[float]) -> float:
    width = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    height = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (one[2] * one[3] + two[2] * two[3] - shared) if shared else 0.0


def _near_outlines(found: Mapping[str, tuple[FoundObject, Any]]) -> Iterator[Near]:
    """Outlines whose boxes nearly agree are looked at closely; the others can not be doubles."""
    edges = {name: bounds(point for part in value for point in part[0]) for name, (_thing, value) in found.items()}
    boxed = {name: (found[name][0], [left, top, right - left, bottom - top])
             for name, (left, top, right, bottom) in edges.items()}  # fmt: skip
    for earlier, later, _overlap in _near_boxes(boxed):
        shared = overlap_of(found[earlier.id][1], found[later.id][1])
        if shared >= DOUBLE:
            yield earlier, later, shared
