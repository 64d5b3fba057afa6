"""CVAT 1.1: the XML of an image task, a project, or a film.

Boxes (turned ones too), polygons, lines, points, skeletons, masks, tags of the picture, attributes, and tracks. Of a
file of any size only one picture is in memory. What CVAT has no place for (ids, flags, several parts of a polygon)
goes out under a name that CVAT passes over, and comes back.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.cvat_shapes import Labels, Unusable, found_object, with_parts
from academy.annotation.formats.cvat_tracks import Film, film_items
from academy.annotation.formats.cvat_writing import write
from academy.annotation.formats.found import Found, FoundItem, FoundObject, Options, Problem, UnreadableSource, kind_of
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.xml import RefusedXml, number, parts, root_tag
from academy.i18n import Sentence, say

_LOOKED_AT = 20
_HEAD = frozenset({"version", "meta"})


@dataclass
class _Reading:
    place: Place
    path: Path
    labels: Labels
    names: set[str]
    """Of all files, and of this one."""
    own_names: set[str] = field(default_factory=set)
    films: dict[str, Film] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return self.place.name(self.path)


def fits(place: Place) -> bool:
    return any(root_tag(path) == "annotations" for path in place.labels(".xml")[:_LOOKED_AT] if _is_xml(path))


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml"


def read(place: Place, _options: Options) -> Iterator[Found]:
    """Everything in the CVAT files of a folder, or in one of them."""
    labels, names, any_file = Labels(), set[str](), False
    for path in place.labels(".xml"):
        root = root_tag(path)
        if root and root != "annotations":
            if place.file is not None:
                yield Problem(place.name(path), None, _other_root(root))
            continue  # in a folder, other tools' files may lie beside
        reading = _Reading(place, path, labels, names)
        try:
            for part in parts(path):
                any_file = True
                yield from _part(part, reading)
        except RefusedXml as error:
            yield Problem(reading.file, None, error.sentence)
        for film in reading.films.values():
            if film.tracks or film.facts:
                yield from film_items(place, path, film, labels)
    if not any_file:
        raise UnreadableSource(say("%(place)s holds no XML file of CVAT.", place=place.path.name))


def _other_root(root: str) -> Sentence:
    return say("This is no file of CVAT: its root is <%(root)s>, not <annotations>. It was not imported.", root=root)


def _part(part: ET.Element, reading: _Reading) -> Iterator[Found]:
    if part.tag == "meta":
        yield from _meta(part, reading)
    elif part.tag == "image":
        yield from _image(part, reading)
    elif part.tag == "track":
        reading.films.setdefault(_film_of(part, reading), Film()).tracks.append(part)
    elif part.tag not in {*_HEAD, "annotations"}:
        sentence = say(
            "There is an element <%(tag)s> that we do not know; it was not imported. Look whether it matters.",
            tag=part.tag,
        )
        yield Problem(reading.file, None, sentence, lost=1 if part.get("label") else 0)


def _film_of(track: ET.Element, reading: _Reading) -> str:
    """The task a track belongs to: the only one, or the one it names (in a project)."""
    return track.get("task_id") or next(iter(reading.films), "")


def _meta(meta: ET.Element, reading: _Reading) -> Iterator[Found]:
    for element in meta.iter("label"):
        if element.find("name") is not None and (label := reading.labels.add(element)):
            yield label
    source = (meta.findtext("source") or "").strip()
    for task in meta.iter("task"):
        reading.films[(task.findtext("id") or "").strip()] = Film.of(task, source)


def _image(image: ET.Element, reading: _Reading) -> Iterator[Found]:
    written, place = (image.get("name") or "").strip(), reading.place
    facts = own.from_text(image.get(own.KEY))
    subset = (image.get("subset") or "").strip()
    full = f"{subset}/{written}" if subset else written
    if not written:
        sentence = say("Picture %(id)s has no name; it was not imported.", id=image.get("id") or "?")
        yield Problem(reading.file, None, sentence, lost=len(image))
        return
    media = place.find(full, PICTURES)
    said_name = facts.get("name")
    name = said_name if isinstance(said_name, str) and said_name else place.name(media) if media else full
    if name in reading.own_names:
        sentence = say("The picture %(name)s stands in the file twice; the second was not imported.", name=name)
        yield Problem(reading.file, None, sentence, lost=len(image))
        return
    reading.own_names.add(name)
    if name in reading.names and media is None:
        again = f"{reading.file}/{name}"
        sentence = say(
            "Another file has the picture %(name)s too; this one came in as %(again)s.", name=name, again=again
        )
        yield Problem(f"{reading.file}: {again}", None, sentence)
        name = again
    reading.names.add(name)
    where = f"{reading.file}: {name}"
    width, height = number(image.get("width")), number(image.get("height"))
    size = (width, height) if width and height else None
    pixels = (int(width), int(height)) if width and height else place.size(media) if media else None
    objects: list[FoundObject] = []
    yield from _objects(image, where, reading.labels, pixels, objects)
    fields = _fields(image, facts)
    if media is None:
        yield Problem(where, None, own.missing_picture(full))
    yield FoundItem(
        name=name,
        file=reading.file,
        kind=kind_of(objects, fields),
        labelled=facts.get("labelled") is not False,
        media=media,
        missing="" if media else full,
        size=size,
        objects=tuple(objects),
        fields=fields,
        shared=True,
        tags=(subset,) if subset else (),
    )


def _objects(
    image: ET.Element, where: str, labels: Labels, pixels: tuple[int, int] | None, into: list[FoundObject]
) -> Iterator[Problem]:
    names, made = own.Names(), []
    for place_of, element in enumerate((shape for shape in image if shape.tag != "tag"), 1):
        called = str(place_of)
        facts = own.from_text(element.get(own.KEY))
        try:
            thing, said = found_object(element, called, labels, pixels)
        except Unusable as error:
            yield Problem(where, called, error.sentence, lost=1)
            continue
        is_part = bool(facts.get("part"))
        if not is_part and names.free(thing.id) != thing.id:
            yield Problem(
                where,
                called,
                say("%(label)s: the id %(id)s stands twice; the object got another.", label=thing.label, id=thing.id),
            )
            facts["id"] = ""
            element.set(own.KEY, own.as_text(facts))
            thing, _ = found_object(element, names.free(f"{called}-2"), labels, pixels)
        yield from (Problem(where, called, sentence) for sentence in said)
        made.append((thing, is_part))
    into.extend(with_parts(iter(made)))


def _fields(image: ET.Element, facts: dict[str, Any]) -> dict[str, Any]:
    """Tags of a picture: one is its class, several are its classes."""
    tags = [own.label_or_none(tag.get("label")) for tag in image.findall("tag")]
    tags = [tag for tag in dict.fromkeys(tags) if tag]
    if facts.get("choices") is True or len(tags) > 1:
        return {"choices": tags}
    return {"choice": tags[0]} if tags else {}


FORM = Format(
    token="cvat",  # noqa: S106
    title="CVAT XML 1.1",
    read=read,
    write=write,
    fits=fits,
    carries=Carries(
        shapes=frozenset(
            {"box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask", "track"}
        ),
        fields=frozenset({"choice", "choices"}),
        media=frozenset({"picture", "video", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area", "text"}),
        rings=True,
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
    single_file=".xml",
)  # fmt: skip
