"""Answers of Label Studio, read: one annotation's `result` becomes objects, and answers about the whole.

Several results with one id are one region: its shape, its label, what was written about it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.found import FoundObject
from academy.annotation.formats.labelstudio_shapes import Region, Said, Shown, Unusable, geometry
from academy.i18n import say

Answers = list[dict[str, Any]]


def regions_of(results: Sequence[Any], shown: Shown) -> tuple[list[Region], Answers, Answers]:
    """The regions in their order, the relations between them, and the answers about the whole."""
    regions: dict[str, Region] = {}
    said = [result for result in results if isinstance(result, dict)]
    relations = [result for result in said if result.get("type") == "relation"]
    answers: Answers = []
    rest = [result for result in said if isinstance(result.get("value"), dict)]
    for place, result in enumerate(rest, 1):
        if _is_shape(result["value"]):
            _take_shape(result, place, regions, shown)
    for result in rest:
        one = regions.get(str(result.get("id")))
        if _is_shape(result["value"]):
            continue
        if one is None:
            answers.append(result)
        elif _labels_in(result):
            _take_labels(one, result, shown)
        else:
            one.beside.append(result)
    return list(regions.values()), relations, answers


def _take_shape(result: dict[str, Any], place: int, regions: dict[str, Region], shown: Shown) -> None:
    """Results of one region repeat its shape: its label, its text. Another shape with the same id is another region."""
    called = str(result.get("id") or f"#{place}")
    known = regions.get(called)
    if known is not None and _drawn(known.value) != _drawn(result["value"]):
        called, known = f"{called}#{place}", None
    region = regions.setdefault(called, Region(called)) if known is None else known
    region.shape = region.shape or result
    region.facts = region.facts or _own(result)
    region.note = region.note or _note(result)
    _take_labels(region, result, shown)
    if any(isinstance(result["value"].get(answer), list | int) for answer in _ANSWERS):
        region.beside.append(result)


def _drawn(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in _GEOMETRY if name in value}


_ANSWERS = ("text", "choices", "taxonomy", "rating", "number")
_GEOMETRY = ("x", "y", "width", "height", "radiusX", "radiusY", "points", "rle", "vertices", "sequence", "start", "end")
_SHAPE_MARKS = ("rle", "vertices", "sequence", "radiusX", "start", "ranges", "imageDataURL")


def _is_shape(value: Mapping[str, Any]) -> bool:
    return any(mark in value for mark in _SHAPE_MARKS) or ("x" in value and "y" in value) or (
        "points" in value and isinstance(value["points"], list)
    )  # fmt: skip


def _labels_in(result: Mapping[str, Any]) -> list[str]:
    kind = str(result.get("type") or "")
    value = result["value"]
    names = [kind] if kind.endswith("labels") else []
    names += [name for name in value if name.endswith("labels") and name not in names]
    listed: list[Any] = next((value[name] for name in names if isinstance(value.get(name), list)), [])
    return [label for label in map(own.label_or_none, filter(_is_text, listed)) if label]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _take_labels(region: Region, result: Mapping[str, Any], shown: Shown) -> None:
    labels = _labels_in(result)
    region.labels += [label for label in labels if label not in region.labels]
    known = shown.known.get(str(result.get("from_name")))
    if known:
        region.odd_label = next((label for label in labels if label not in known), region.odd_label)


def _own(result: Mapping[str, Any]) -> dict[str, Any]:
    return own.facts_in(own.facts_in(result.get("meta")).get(own.KEY))


def _note(result: Mapping[str, Any]) -> str:
    text = own.facts_in(result.get("meta")).get("text")
    return "\n".join(filter(_is_text, text)) if isinstance(text, list) else text if isinstance(text, str) else ""


# Objects -----------------------------------------------------------------------------------------------------------


def objects_of(
    regions: Sequence[Region], relations: Sequence[Mapping[str, Any]], shown: Shown, said: list[Said]
) -> list[FoundObject]:
    """The objects of one annotation; what is odd goes to `said`."""
    names, objects, ids, maps = own.Names(), [], dict[str, str](), dict[str, FoundObject]()
    for region in regions:
        try:
            thing = _object(region, shown, said)
        except Unusable as error:
            said.append((region.id, error.sentence, 1))
            continue
        if _joined(thing, region, maps):
            ids[region.id] = maps[thing.id].id
            continue
        free = names.free(thing.id)
        if free != thing.id:
            thing = _with_id(thing, free)
        maps.setdefault(thing.id, thing)
        ids[region.id] = thing.id
        objects.append(thing)
    for place, relation in enumerate(relations, 1):
        thing_or_none = _relation(relation, place, ids, names, said)
        if thing_or_none is not None:
            objects.append(thing_or_none)
    return objects


def _with_id(thing: FoundObject, name: str) -> FoundObject:
    return FoundObject(
        name, thing.label, thing.shape, thing.value, thing.crowd, thing.ignore, thing.optional, thing.rule,
        thing.attributes, thing.beside, thing.called,
    )  # fmt: skip


def _joined(thing: FoundObject, region: Region, maps: Mapping[str, FoundObject]) -> bool:
    """Put a further part of a polygon, or a further key point, to the object it belongs to."""
    first = maps.get(thing.id)
    if first is None or first.shape != thing.shape or not (region.facts.get("part") or region.facts.get("point")):
        return False
    if thing.shape == "polygon":
        first.value.extend(thing.value)
        return True
    if thing.shape == "keypoints" and len(first.value) == len(thing.value):
        for place, point in enumerate(thing.value):
            first.value[place] = point if point[2] else first.value[place]
        return True
    return False


def _object(region: Region, shown: Shown, said: list[Said]) -> FoundObject:
    label = region.labels[0] if region.labels else ""
    if not label:
        label = own.UNLABELLED
        said.append((region.id, own.unlabelled(), 0))
    if region.odd_label:
        sentence = say(
            "%(label)s: the labelling configuration does not list this label; it was taken as it is.",
            label=region.odd_label,
        )
        said.append((region.id, sentence, 0))
    attributes: dict[str, Any] = {}
    if len(region.labels) > 1:
        attributes["labels"] = region.labels
    shape, value = geometry(region, label, shown, said, attributes)
    origin = (region.shape or {}).get("origin")
    if isinstance(origin, str) and origin not in ("", "manual"):
        attributes["origin"] = origin
    if region.note:
        attributes["note"] = region.note
    facts = dict(region.facts)
    written = [answer["value"]["text"] for answer in region.beside if isinstance(answer["value"].get("text"), list)]
    if written:
        facts["text"] = "\n".join(filter(_is_text, written[0]))
    for answer in region.beside:
        if answer["value"].get("text") not in written[:1]:
            _beside(answer, attributes)
    attributes |= own.facts_in(facts.get("attributes"))
    turned = (region.shape or {}).get("image_rotation")
    if turned:
        sentence = say(
            "%(label)s: the picture was turned by %(degrees)s degrees in Label Studio; look whether the object lies "
            "where it should.",
            label=label,
            degrees=str(turned)[:10],
        )
        said.append((region.id, sentence, 0))
    return own.found_object(
        shape, value, label, fallback=region.id, facts=facts, attributes=attributes, called=region.id
    )


def _beside(answer: Mapping[str, Any], attributes: dict[str, Any]) -> None:
    """What was answered about one region stands among its attributes, by the name of the question."""
    name, value = str(answer.get("from_name") or answer.get("type")), answer["value"]
    answered = value.get(str(answer.get("type")), next(iter(value.values()), None))
    attributes[name] = answered[0] if isinstance(answered, list) and len(answered) == 1 else answered


def _relation(
    relation: Mapping[str, Any], place: int, ids: Mapping[str, str], names: own.Names, said: list[Said]
) -> FoundObject | None:
    called = f"relation {place}"
    ends = [ids.get(str(relation.get(end))) for end in ("from_id", "to_id")]
    if None in ends:
        sentence = say("The relation names a region that was not imported; it was left out.")
        said.append((called, sentence, 1))
        return None
    head, tail = reversed(ends) if relation.get("direction") == "left" else ends
    listed = relation.get("labels")
    labels = [own.label_or_none(label) for label in listed if _is_text(label)] if isinstance(listed, list) else []
    facts = _own(relation)
    attributes = dict(own.facts_in(facts.get("attributes")))
    if relation.get("direction") == "bi":
        attributes["direction"] = "bi"
    thing = own.found_object(
        "relation", {"head": head, "tail": tail}, next(filter(None, labels), "relation"), fallback=f"r{place}",
        facts=facts, attributes=attributes, called=called,
    )  # fmt: skip
    free = names.free(thing.id)
    return thing if free == thing.id else _with_id(thing, free)
