"""Supervisely's projects of point clouds: one JSON file for each cloud, with cuboids. The photographs of the scene that
such a project may hold are not kept."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from academy.annotation.formats import own
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    FoundObject,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import CLOUDS, Place
from academy.annotation.formats.registry import Carries, Format, Sink
from academy.annotation.formats.sidecar import read_labels, read_names, write_labels, write_names
from academy.i18n import Sentence, say
from academy.safe_json import RefusedJson, parse_json

LARGEST = 32 * 1024 * 1024
"""Bytes of one JSON file."""
SHAPE = "cuboid_3d"
_FOLDERS = {"ann": ("pointcloud", "pointclouds")}
_PHOTOGRAPHS = "related_images"
_LOOKED_AT = 5


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every cloud that a file in a folder `ann` speaks of, then those without labels."""
    files = _annotations(place)
    if not files and _meta(place) is None:
        raise UnreadableSource(say("%(place)s is no project of point clouds from Supervisely.", place=place.path.name))
    yield from _labels(place)
    pairing = Pairing(place, suffixes=CLOUDS, folders=_FOLDERS)
    photographs = [path for path in place.media() if _PHOTOGRAPHS in path.parts]
    place.used.update(photographs)
    if photographs:
        sentence = say(
            "%(count)s photographs of the scenes, such as %(photograph)s, were left out: a task shows its cloud.",
            count=len(photographs),
            photograph=place.name(photographs[0]),
        )
        yield Problem(place.name(files[0] if files else photographs[0]), None, sentence)
    names = read_names(place)
    for file in files:
        yield from _items(place, file, pairing, names)
    for path in place.unused(CLOUDS) if place.file is None else ():
        name = place.name(path)
        yield FoundItem(name=names.get(name, name), file=place.name(path), labelled=False, media=path)


def _annotations(place: Place) -> list[Path]:
    if place.file is not None:
        return [place.file] if place.file.suffix.lower() == ".json" and place.file.name != "meta.json" else []
    return [path for path in place.files if path.suffix.lower() == ".json" and path.parent.name == "ann"]


def _loaded(path: Path) -> Any:
    """The value of a JSON file. Raises RefusedJson."""
    try:
        if path.stat().st_size > LARGEST:
            raise RefusedJson(f"The JSON is larger than {LARGEST:,} bytes.")
        return parse_json(path.read_bytes(), max_bytes=LARGEST)
    except OSError as error:
        raise RefusedJson("The file can not be read.") from error


def _meta(place: Place) -> Mapping[str, Any] | None:
    """The head of the project, if it is one of clouds."""
    beside = [path for path in place.files if path.name == "meta.json"] if place.file is None else []
    try:
        value = _loaded(beside[0]) if beside else None
    except RefusedJson:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("classes"), list):
        return None
    kinds = [kind.get("shape") for kind in value["classes"] if isinstance(kind, dict)]
    return value if value.get("projectType") == "point_clouds" or SHAPE in kinds else None


def _labels(place: Place) -> Iterator[FoundLabel]:
    known = read_labels(place)
    for kind in (_meta(place) or {}).get("classes", ()):
        name = own.label_or_none(_text(kind.get("title"))) if isinstance(kind, dict) else ""
        if name:
            yield known.get(name) or FoundLabel(name, color=_text(kind.get("color")))


def _items(place: Place, file: Path, pairing: Pairing, called: Mapping[str, str]) -> Iterator[FoundItem | Problem]:
    name = place.name(file)
    try:
        value = _loaded(file)
    except RefusedJson as error:
        sentence = say("The file is no JSON that we read (%(reason)s); it was not imported.", reason=str(error))
        yield Problem(name, None, sentence)
        return
    if not isinstance(value, dict) or not isinstance(value.get("figures", []), list):
        yield Problem(name, None, say("The file does not say any figures; it was not imported."))
        return
    cloud = pairing.find(file, file.stem)
    if cloud is None:
        yield Problem(name, None, own.missing_picture(file.stem))
    objects: list[FoundObject] = []
    names = own.Names()
    known = {
        str(thing.get("key", thing.get("id"))): thing
        for thing in _list(value.get("objects"))
        if isinstance(thing, dict)
    }
    for position, figure in enumerate(value.get("figures") or (), 1):
        for thing in _figure(figure, str(position), known, names, name):
            if isinstance(thing, Problem):
                yield thing
            else:
                objects.append(thing)
    yield FoundItem(
        name=called.get(place.name(cloud), place.name(cloud)) if cloud else file.stem,
        file=name,
        media=cloud,
        missing="" if cloud else file.stem,
        objects=tuple(objects),
        tags=tuple(_tags(value)),
    )


def _figure(
    figure: Any, position: str, known: Mapping[str, Mapping[str, Any]], names: own.Names, file: str
) -> Iterator[FoundObject | Problem]:
    if not isinstance(figure, dict):
        yield Problem(file, position, say("The figure is no JSON object; it was not imported."), 1)
        return
    owner = known.get(str(figure.get("objectKey", figure.get("objectId"))))
    label = own.label_or_none(_text((owner or {}).get("classTitle")))
    cuboid = _cuboid(figure.get("geometry")) if figure.get("geometryType", SHAPE) == SHAPE else None
    if owner is None or not label or cuboid is None:
        yield Problem(file, position, _why_not(figure, label), 1)
        return
    numbers, tilted = cuboid
    if tilted:
        sentence = say("%(label)s: the cuboid is tilted; only its turn about the upright axis was kept.", label=label)
        yield Problem(file, position, sentence)
    facts = own.facts_in(figure.get(own.KEY))
    exact = facts.get("attributes")
    attributes = exact if isinstance(exact, dict) else dict(_attributes(owner))
    facts = facts | {"id": names.free(facts["id"] if isinstance(facts.get("id"), str) else position)}
    yield own.found_object("cuboid", numbers, label, fallback=position, facts=facts, attributes=attributes)


def _why_not(figure: Mapping[str, Any], label: str) -> Sentence:
    kind = _text(figure.get("geometryType"))
    if not label:
        return say("The figure belongs to no object of the file that has a class; it was not imported.")
    if kind not in ("", SHAPE):
        return say(
            "%(label)s: figures of the kind %(kind)s are not read, only cuboids; it was not imported.",
            label=label,
            kind=kind,
        )
    return say("%(label)s: a number of the cuboid is missing or none; it was not imported.", label=label)


def _cuboid(geometry: Any) -> tuple[list[float], bool] | None:
    """Ours, and whether the file's stands tilted."""
    parts = [own.facts_in(own.facts_in(geometry).get(name)) for name in ("position", "dimensions", "rotation")]
    numbers = [own.numbers(part.get(axis) for axis in "xyz") for part in parts]
    if numbers[0] is None or numbers[1] is None or numbers[2] is None:
        return None
    roll, pitch, yaw = numbers[2]
    return [*numbers[0], *numbers[1], yaw], max(abs(roll), abs(pitch)) > 1e-6


def _attributes(thing: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for tag in _list(thing.get("tags")):
        if isinstance(tag, dict) and isinstance(tag.get("name"), str):
            value = tag.get("value")
            yield tag["name"], True if value is None else value


def _tags(value: Mapping[str, Any]) -> Iterator[str]:
    for name, said in _attributes(value):
        yield name if said is True else f"{name}: {said}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _fits(place: Place) -> bool:
    if place.file is None:
        return _meta(place) is not None
    try:
        value = _loaded(place.file) if place.file.suffix.lower() == ".json" else None
    except RefusedJson:
        return False
    figures = value.get("figures") if isinstance(value, dict) else None
    return isinstance(figures, list) and any(
        isinstance(figure, dict) and figure.get("geometryType") == SHAPE for figure in figures[:_LOOKED_AT]
    )


# Out ---------------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """A project with one data set."""
    write_labels(leaving.labels, sink)
    classes = [
        {"id": place, "title": label.name, "color": label.color or "#888888", "shape": SHAPE, "geometry_config": {}}
        for place, label in enumerate(leaving.labels, 1)
    ]
    tags: dict[str, None] = {}
    names: dict[str, str] = {}
    for item in leaving.items():
        if item.media != "cloud":
            continue
        names[f"ds0/pointcloud/{item.file_name}"] = item.name
        sink.copy(f"ds0/pointcloud/{item.file_name}", item.key)
        if item.document is not None:
            value = _annotation(item)
            tags |= dict.fromkeys(tag["name"] for thing in value["objects"] for tag in thing["tags"])
            sink.put(f"ds0/ann/{item.file_name}.json", _json(value))
    said = [
        {"id": place, "name": name, "value_type": "any_string", "color": "#888888", "applicable_type": "all"}
        for place, name in enumerate(tags, 1)
    ]
    write_names(names, sink)
    sink.put("meta.json", _json({"classes": classes, "tags": said, "projectType": "point_clouds"}))


def _annotation(item: LeavingItem) -> dict[str, Any]:
    things = [thing for thing in (item.document or {}).get("objects", ()) if thing.get("cuboid")]
    objects, figures = [], []
    for thing in things:
        attributes = thing.get("attributes") or {}
        key, figure = (_key(f"{part}/{item.name}/{thing['id']}") for part in ("object", "figure"))
        tags = [{"name": name, "value": f"{said}", "key": _key(f"{key}/{name}")} for name, said in attributes.items()]
        objects.append({"key": key, "classTitle": thing["label"], "tags": tags})
        x, y, z, length, width, height, yaw = thing["cuboid"]
        geometry = {
            "position": {"x": x, "y": y, "z": z},
            "rotation": {"x": 0, "y": 0, "z": yaw},
            "dimensions": {"x": length, "y": width, "z": height},
        }
        facts = own.of_object(thing, attributes=attributes)
        figures.append({"key": figure, "objectKey": key, "geometryType": SHAPE, "geometry": geometry, own.KEY: facts})
    return {"description": "", "key": _key(item.name), "tags": [], "objects": objects, "figures": figures}


def _key(name: str) -> str:
    """The same for the same thing, whenever it is written."""
    return uuid5(NAMESPACE_URL, name).hex


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


FORM = Format(
    "supervisely",
    "Supervisely",
    read=read,
    write=write,
    fits=_fits,
    carries=Carries(
        shapes=frozenset({"cuboid"}),
        media=frozenset({"cloud"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
)
