"""Datumaro's own JSON, also as CVAT exports it: one file for each subset, every shape it knows.

What Datumaro has no place for (our object id, flags, facts of labels, the labels of several people) stands under names
that it passes over, and is read back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from academy.annotation.formats.coco_files import label_of
from academy.annotation.formats.datumaro_objects import Gathered, gather
from academy.annotation.formats.datumaro_writing import FACTS, SUBSET, write
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    Options,
    Problem,
    UnreadableSource,
    kind_of,
    plain_label,
)
from academy.annotation.formats.places import CLOUDS, PICTURES, Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.streams import BrokenJson, JsonStream
from academy.grading.documents import LONGEST_NAME
from academy.grading.shapes import KINDS
from academy.i18n import say

_HEAD = 65_536
_MARKS = (
    re.compile(r'"dm_format_version"\s*:'),
    re.compile(r'"categories"\s*:\s*\{\s*"(?:label|mask|points)"\s*:\s*\{'),
    re.compile(r'"items"\s*:\s*\[\s*\{\s*"id"\s*:[^{}]*"annotations"\s*:\s*\['),
)
_OUTLINES = ("bbox", "polygon", "polyline", "points", "skeleton", "mask", "cuboid_3d", "ellipse", "rotated_bbox")


def fits(place: Place) -> bool:
    """Whether a JSON file begins as Datumaro's do."""
    return any(_begins_as_datumaro(path) for path in place.labels(".json")[:20])


def _begins_as_datumaro(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return False
    return any(mark.search(head) for mark in _MARKS)


@dataclass(slots=True)
class _File:
    """What a file says before its items: labels by their numbers, and what kind of labels it holds."""

    path: Path
    name: str
    labels: list[str] = field(default_factory=list)
    listed: list[FoundLabel] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skeletons: frozenset[str] = frozenset()
    kind: str = ""
    items: int = 0
    several: bool = False
    """Some item has more than one label of its own."""
    drawn: bool = False
    """Some item has objects: where there are none, that is gold too."""
    unread: set[str] = field(default_factory=set)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Everything in the files below `annotations` (or anywhere below); media are looked for by their names."""
    paths = [path for path in place.labels(".json") if place.file is not None or _begins_as_datumaro(path)]
    if place.file is not None and place.root.name == "annotations":
        place = Place(place.root.parent)
    files = []
    for path in paths:
        try:
            file = _look_through(path, place)
        except BrokenJson as error:
            if len(paths) == 1:
                raise UnreadableSource(error.sentence) from error
            yield Problem(place.name(path), None, error.sentence)
            continue
        if file is not None:
            files.append(file)
    if not files:
        raise UnreadableSource(say("There is no Datumaro file here: it needs categories and a list of items."))
    yield from _labels(files)
    several = any(file.several for file in files)
    for file in files:
        yield from file.problems
        yield from _items(file, place, options, several)


def _labels(files: list[_File]) -> Iterator[FoundLabel]:
    names: set[str] = set()
    for label in (label for file in files for label in file.listed):
        if label.name not in names:
            names.add(label.name)
            yield label


def _look_through(path: Path, place: Place) -> _File | None:
    file, stream, categories = _File(path, place.name(path)), JsonStream(path), None
    for section, value, _ in stream:
        if section == "categories":
            categories = value
        elif section in ("info", "infos") and isinstance(value, Mapping):
            file.kind = value["kind"] if value.get("kind") in KINDS else file.kind
        elif section == "items" and isinstance(value, Mapping):
            file.items += 1
            _look_at(value.get("annotations"), file)
    if "items" not in stream.lists:
        return None
    _read_categories(categories if isinstance(categories, Mapping) else {}, file)
    if file.unread:
        sentence = say("Labels of whole items also say %(names)s, which is not kept.",
                       names=", ".join(sorted(file.unread))[:300])  # fmt: skip
        file.problems.append(Problem(file.name, None, sentence))
    return file


def _look_at(annotations: Any, file: _File) -> None:
    listed = [one for one in annotations if isinstance(one, Mapping)] if isinstance(annotations, list) else []
    labels = [one for one in listed if one.get("type") == "label" and one.get("accepted") is not True]
    file.several |= len(labels) > 1
    file.drawn |= any(one.get("type") in _OUTLINES for one in listed)
    for one in labels:
        attributes = one.get("attributes")
        file.unread |= {str(name) for name in attributes} if isinstance(attributes, Mapping) else set()


def _part(categories: Mapping[str, Any], part: str, name: str) -> list[Mapping[str, Any]]:
    of_part = categories.get(part)
    listed = of_part.get(name) if isinstance(of_part, Mapping) else None
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _read_categories(categories: Mapping[str, Any], file: _File) -> None:
    colours = {str(one.get("label_id")): [one.get(part) for part in "rgb"]
               for one in _part(categories, "mask", "colormap")}  # fmt: skip
    points = {str(one.get("label_id")): one for one in _part(categories, "points", "items")}
    names: set[str] = set()
    for number, label in enumerate(_part(categories, "label", "labels")):
        own = label.get("name")
        name = plain_label(own)[:LONGEST_NAME] if isinstance(own, str) else ""
        if not name:
            sentence = say("Label %(place)s of the list has no name.", place=number)
            file.problems.append(Problem(file.name, None, sentence))
        file.labels.append(name or f"#{number}")
        if name in names:
            sentence = say("Two labels are called %(label)s; they were taken as one label.", label=name)
            file.problems.append(Problem(file.name, None, sentence))
        elif name:
            names.add(name)
            skeleton = points.get(str(number), {})
            found = _label(name, label, colours.get(str(number)), skeleton)
            file.listed.append(found)
    file.skeletons = frozenset(label.name for label in file.listed if label.skeleton)


def _label(name: str, label: Mapping[str, Any], colour: Any, points: Mapping[str, Any]) -> FoundLabel:
    facts = label.get("facts")
    facts = facts if isinstance(facts, Mapping) else {}
    written: dict[str, Any] = {fact: facts[fact] for fact in FACTS if fact in facts}
    written["parent"] = label.get("parent")
    written.setdefault("color", colour)
    named = label.get("attributes")
    named = [{"name": str(one), "type": "text", "values": []} for one in named] if isinstance(named, list) else []
    written["attributes"] = facts["attributes"] if isinstance(facts.get("attributes"), list) else named
    skeleton = facts.get("skeleton")
    if isinstance(skeleton, Mapping) and isinstance(skeleton.get("edges"), list):
        edges = [[end + 1 for end in edge] for edge in skeleton["edges"] if _is_edge(edge)]
        written |= {"keypoints": skeleton.get("points"), "skeleton": edges}
    else:
        written |= {"keypoints": points.get("labels"), "skeleton": points.get("joints")}
    return label_of(name, written)


def _is_edge(edge: Any) -> bool:
    return isinstance(edge, list) and len(edge) == 2 and all(type(end) is int and end >= 0 for end in edge)


def _items(file: _File, place: Place, options: Options, several: bool) -> Iterator[Found]:
    subset = "" if file.path.stem == SUBSET else file.path.stem
    seen: set[str] = set()
    for number, item in enumerate((one for one in JsonStream(file.path) if one.section == "items"), 1):
        value = item.value
        if not isinstance(value, Mapping) or not isinstance(value.get("id"), str | int):
            sentence = say("Item %(place)s of the list has no id; it was not imported.", place=number)
            yield Problem(file.name, None, sentence, _count(value))
            continue
        found = _item(value, file, place, subset)
        if found.name in seen and (written := _written(value)) not in seen and not found.name.endswith(written):
            found = replace(found, name=written, media=None, missing=written)  # another picture has this name
        if found.name in seen:
            sentence = say("%(name)s stands twice in the list; the second was not imported.", name=found.name)
            yield Problem(file.name, None, sentence, _count(value))
            continue
        seen.add(found.name)
        opinions = value.get("opinions")
        people = {options.annotator: value.get("annotations")}
        people |= {str(name)[:LONGEST_NAME]: said for name, said in opinions.items()} if isinstance(
            opinions, Mapping) else {}  # fmt: skip
        for person, annotations in people.items():
            yield from _of_person(found, annotations, person, value, file, several)


def _count(value: Any) -> int:
    annotations = value.get("annotations") if isinstance(value, Mapping) else None
    return len(annotations) if isinstance(annotations, list) else 0


def _medium(value: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = (value.get(part) for part in ("image", "point_cloud", "media"))
    return next((part for part in parts if isinstance(part, Mapping)), {})


def _written(value: Mapping[str, Any]) -> str:
    """What the file calls the medium of an item."""
    path = _medium(value).get("path")
    return path if isinstance(path, str) and path else str(value["id"])


def _item(value: Mapping[str, Any], file: _File, place: Place, subset: str) -> FoundItem:
    suffixes = CLOUDS if "point_cloud" in value else PICTURES
    written = _written(value)
    found = place.find(f"{file.path.stem}/{written}", suffixes)
    size = _medium(value).get("size")
    known = isinstance(size, list) and len(size) == 2 and all(type(side) is int and 0 < side < 2**31 for side in size)
    return FoundItem(
        name=place.name(found) if found else written, file=file.name, media=found,
        missing="" if found else written, size=(size[1], size[0]) if known and isinstance(size, list) else None,
        shared=True, tags=(subset[:60],) if subset else (),
    )  # fmt: skip


def _of_person(
    item: FoundItem, annotations: Any, person: str, value: Mapping[str, Any], file: _File, several: bool
) -> Iterator[Found]:
    gathered = gather(annotations, file.labels, file.skeletons)
    said = value.get("labelled") if not person else None
    labelled = said if isinstance(said, bool) else bool(annotations) or bool(person) or file.drawn
    fields = _fields(gathered, several, labelled and file.kind == "multilabel")
    kind = "mixed" if gathered.objects and "text" in fields else kind_of(gathered.objects, fields)
    if fields.keys() <= {"text", "accepted"} and "text" in fields and not gathered.objects:
        kind = file.kind if file.kind in ("transcription", "writing") else "writing"
    found = FoundItem(
        name=item.name, file=item.file, kind=kind or (file.kind if labelled else ""), labelled=labelled,
        media=item.media, missing=item.missing, size=item.size, objects=tuple(gathered.objects), fields=fields,
        annotator=person, shared=True, tags=item.tags,
    )  # fmt: skip
    yield found
    if item.missing and not person:
        yield found.problem(None, say("%(name)s was not found; its task waits for it.", name=item.missing))
    for about, sentence, lost in gathered.problems:
        yield found.problem(about, sentence, lost)


def _fields(gathered: Gathered, several: bool, multilabel: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"choices": []} if multilabel else {}
    if gathered.choices:
        many = several or multilabel or len(gathered.choices) > 1
        fields |= {"choices": list(dict.fromkeys(gathered.choices))} if many else {"choice": gathered.choices[0]}
    if gathered.texts:
        fields["text"] = gathered.texts[0]
    accepted = gathered.accepted or gathered.texts[1:]
    return fields | ({"accepted": accepted} if accepted else {})


FORM = Format(
    "datumaro",
    "Datumaro",
    read=read,
    write=write,
    fits=fits,
    carries=Carries(
        shapes=frozenset({"box", "rotated_box", "polygon", "mask", "polyline", "point", "keypoints", "cuboid"}),
        fields=frozenset({"choice", "choices", "accepted", "text"}),
        media=frozenset({"picture", "cloud", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area"}),
        rings=True,
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
        opinions=True,
    ),
    single_file=".json",
)
