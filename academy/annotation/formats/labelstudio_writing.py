"""Label Studio, written: tasks.json with one task for each item, label_config.xml that shows them, and the media."""

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from academy.annotation.formats import brushes, own
from academy.annotation.formats.found import LeavingItem, LeavingSet
from academy.annotation.formats.labelstudio_config import Needs, write_config
from academy.annotation.formats.registry import Sink
from academy.annotation.formats.sidecar import write_labels
from academy.grading.shapes import shape_of

_ENTRY = {"picture": "image", "awaited": "image", "sound": "audio", "video": "video", "text": "text"}
_TAG = {"image": "Image", "audio": "Audio", "video": "Video"}
Result = dict[str, Any]


def write(leaving: LeavingSet, sink: Sink) -> None:
    needs = Needs()
    with tempfile.TemporaryFile() as file:
        for number, item in enumerate((item for item in leaving.items() if item.media in _ENTRY), 1):
            line = json.dumps(_task(item, number, needs), ensure_ascii=False, allow_nan=False)
            file.write(f"{'[' if number == 1 else ','}\n{line}".encode())
            if item.media == "video":
                for place, key in enumerate(item.frames):
                    sink.copy(f"media/{item.file_name}/frame_{place:06d}{PurePosixPath(key).suffix}", key)
            elif item.media != "text" and item.key:
                sink.copy(f"media/{item.file_name}", item.key)
        file.write(b"\n]\n" if file.tell() else b"[]\n")
        file.seek(0)
        sink.put("tasks.json", file.read())
    sink.put("label_config.xml", write_config(needs, leaving.labels))
    write_labels(leaving.labels, sink)


def _task(item: LeavingItem, number: int, needs: Needs) -> dict[str, Any]:
    entry = _ENTRY[item.media]
    facts: dict[str, Any] = {"name": item.name, "licence": item.licence, "attribution": item.attribution}
    if item.media == "text":
        data = {name or entry: text for name, text in item.parts}
        if len(data) == 1 and item.parts[0][0]:
            facts["parts"] = True
        needs.shows |= dict.fromkeys(data, "Text")
        entry = next(iter(data), entry)
        needs.pair = tuple(data)[-2:]
    else:
        data = {entry: f"media/{item.file_name}"}
        needs.shows[entry] = _TAG[entry]
    about = ",".join(data)
    said = ([("", item.document)] if item.document is not None else []) + list(item.opinions.items())
    annotations = []
    for place, (person, document) in enumerate(said, 1):
        results = list(_results(document, item, entry, about, needs))
        made: dict[str, Any] = {"id": number * 1000 + place, "result": results, "was_cancelled": False,
                                "ground_truth": not person}  # fmt: skip
        if person:
            made[own.KEY] = {"annotator": person}
        annotations.append(made)
    return {"id": number, "data": data, "meta": {own.KEY: facts}, "annotations": annotations, "predictions": []}


def _results(document: Mapping[str, Any], item: LeavingItem, entry: str, about: str, needs: Needs) -> Iterator[Result]:
    sides = document.get("image") or {"width": item.width, "height": item.height}
    size = (sides["width"], sides["height"])
    for thing in document.get("objects") or ():
        for result in _of_object(thing, size, document, item, entry):
            needs.types[result["type"]] = entry
            yield result
    is_answer = document["kind"] not in ("spans", "relations") and item.media != "text"
    for name, result in _answers(document, about):
        if name == "text" and not (is_answer or document["kind"] in ("transcription", "writing")):
            continue  # the text that is labelled, not one that somebody wrote
        needs.types[result["type"]] = entry
        needs.several = needs.several or name == "choices"
        yield result


def _answers(document: Mapping[str, Any], about: str) -> Iterator[tuple[str, Result]]:
    """What a document says beside its objects."""
    accepted = {"accepted": list(document["accepted"])} if document.get("accepted") else {}
    if document.get("choice") is not None or (accepted and document.get("choices") is None and "text" not in document):
        facts = accepted | ({"several": False} if document.get("choice") is not None else {"only_accepted": True})
        labels = [document["choice"]] if document.get("choice") is not None else accepted["accepted"]
        yield "choice", _answer("choices", about, {"choices": labels}, facts)
        accepted = {}
    if document.get("choices") is not None:
        yield "choices", _answer("choices", about, {"choices": list(document["choices"])}, accepted | {"several": True})
        accepted = {}
    if isinstance(document.get("text"), str):
        yield "text", _answer("textarea", about, {"text": [document["text"]]}, accepted)
    if document.get("preference") is not None:
        sides = {"A": "left", "B": "right", "tie": "none"}
        yield "preference", _answer("pairwise", about, {"selected": sides[document["preference"]]}, {})
    if document.get("ranking") is not None:
        yield "ranking", _answer("ranker", about, {"ranker": {"_": list(map(str, document["ranking"]))}}, {})


def _answer(kind: str, about: str, value: Mapping[str, Any], facts: Mapping[str, Any]) -> Result:
    made = {"id": kind, "type": kind, "from_name": kind, "to_name": about, "value": dict(value), "origin": "manual"}
    return made | ({"meta": {own.KEY: dict(facts)}} if facts else {})


# Objects -----------------------------------------------------------------------------------------------------------


def _of_object(
    thing: Mapping[str, Any], size: tuple[float, float], document: Mapping[str, Any], item: LeavingItem, entry: str
) -> Iterator[Result]:
    """The results of an object: one, but for polygons of several parts, key points, and what has a text beside."""
    shape = shape_of(thing)
    if shape == "relation":
        yield _relation(thing)
        return
    if shape is None or shape not in _WRITERS or (not all(size) and shape not in ("span", "segment")):
        return
    for place, (kind, value, more) in enumerate(_WRITERS[shape](thing, size, document, item)):
        called = str(thing["id"]) if not place else f"{thing['id']}#{place}"
        yield {
            "id": called, "type": kind, "from_name": "tracklabels" if kind == "videorectangle" else kind,
            "to_name": entry, "origin": str((thing.get("attributes") or {}).get("origin") or "manual"),
            "value": value | _label(kind, thing["label"]), "meta": {own.KEY: _facts(thing, more)},
        } | ({} if shape in ("span", "segment") else
             {"original_width": size[0], "original_height": size[1], "image_rotation": 0})  # fmt: skip
    if thing.get("text") and shape in ("box", "rotated_box", "polygon", "segment", "span"):
        yield {"id": str(thing["id"]), "type": "textarea", "from_name": "textarea", "to_name": entry,
               "origin": "manual", "value": {"text": [thing["text"]]}}  # fmt: skip


def _label(kind: str, label: str) -> dict[str, Any]:
    return {"labels" if kind == "videorectangle" else kind: [label]}


def _facts(thing: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    attributes = thing.get("attributes")
    return own.of_object(thing, **({"attributes": dict(attributes)} if attributes else {}), **more)


def _relation(thing: Mapping[str, Any]) -> Result:
    ends = thing["relation"]
    both_ways = (thing.get("attributes") or {}).get("direction") == "bi"
    return {
        "type": "relation", "from_id": str(ends["head"]), "to_id": str(ends["tail"]), "labels": [thing["label"]],
        "direction": "bi" if both_ways else "right", "meta": {own.KEY: _facts(thing, {})},
    }  # fmt: skip


Shape = tuple[str, dict[str, Any], dict[str, Any]]
Size = tuple[float, float]


def _percent(point: Sequence[float], size: Size) -> dict[str, float]:
    return {"x": point[0] / size[0] * 100, "y": point[1] / size[1] * 100}


def _sides(width: float, height: float, size: Size) -> dict[str, float]:
    return {"width": width / size[0] * 100, "height": height / size[1] * 100}


def _box(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    left, top, width, height = thing["box"]
    yield "rectanglelabels", _percent((left, top), size) | _sides(width, height, size) | {"rotation": 0}, {}


def _rotated_box(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    x, y, width, height, degrees = thing["rotated_box"]
    turn = math.radians(degrees)
    left = x - width / 2 * math.cos(turn) + height / 2 * math.sin(turn)
    top = y - width / 2 * math.sin(turn) - height / 2 * math.cos(turn)
    value = _percent((left, top), size) | _sides(width, height, size) | {"rotation": degrees}
    yield "rectanglelabels", value, {"turned": True}


def _polygon(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    round_one = own.ellipse_of(thing)
    if round_one:
        x, y, across, down, degrees = round_one
        value = _percent((x, y), size) | {"radiusX": across / size[0] * 100, "radiusY": down / size[1] * 100}
        yield "ellipselabels", value | {"rotation": degrees}, {"ellipse": True}
        return
    for place, part in enumerate(thing["polygon"]):
        points = [list(_percent(point, size).values()) for point in part[0]]
        yield "polygonlabels", {"points": points, "closed": True}, {"part": place} if place else {}


def _polyline(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    ids = [f"{thing['id']}-{place}" for place in range(len(thing["polyline"]))]
    vertices = [
        {"id": name, "prevPointId": before, "isBezier": False} | _percent(point, size)
        for name, before, point in zip(ids, [None, *ids], thing["polyline"], strict=False)
    ]
    yield "vectorlabels", {"vertices": vertices, "closed": False}, {}


def _point(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    yield "keypointlabels", _percent(thing["point"], size) | {"width": 0.5}, {}


def _keypoints(thing: Mapping[str, Any], size: Size, *_: Any) -> Iterator[Shape]:
    """A key point of Label Studio for each point that can be seen; they know of each other in `meta` only."""
    points = thing["keypoints"]
    seen = [place for place, point in enumerate(points) if point[2]] or [0]
    for place in seen:
        facts = {"place": place, "of": len(points), "seen": points[place][2]}
        yield "keypointlabels", _percent(points[place], size) | {"width": 0.5}, {"point": facts}


def _mask(thing: Mapping[str, Any], _size: Size, *_: Any) -> Iterator[Shape]:
    yield "brushlabels", {"format": "rle", "rle": brushes.encode(thing["mask"])}, {}


def _track(thing: Mapping[str, Any], size: Size, _document: Any, item: LeavingItem) -> Iterator[Shape]:
    """Key frames from 1. Where the object goes, the frame before holds its box and is not enabled."""
    keys = sorted((int(frame), box) for frame, box in thing["track"].items() if box is not None)
    gone = sorted(int(frame) for frame, box in thing["track"].items() if box is None)
    sequence: list[dict[str, Any]] = []
    for place, (frame, box) in enumerate(keys):
        until = keys[place + 1][0] if place + 1 < len(keys) else math.inf
        leaves = next((at for at in gone if frame < at < until), None)
        shown = _percent(box[:2], size) | _sides(box[2], box[3], size) | {"rotation": 0}
        sequence.append({"frame": frame + 1, "enabled": leaves != frame + 1, **shown})
        if leaves is not None and leaves > frame + 1:
            sequence.append({"frame": leaves, "enabled": False, **shown, own.KEY: {"held": True}})
    yield "videorectangle", {"sequence": sequence, "framesCount": len(item.frames) + 1}, {}


def _span(thing: Mapping[str, Any], _size: Size, document: Mapping[str, Any], item: LeavingItem) -> Iterator[Shape]:
    start, end = thing["span"]
    text = document.get("text") or (item.parts[0][1] if item.parts else "")
    yield "labels", {"start": start, "end": end, "text": text[start:end]}, {}


def _segment(thing: Mapping[str, Any], *_: Any) -> Iterator[Shape]:
    start, end = thing["segment"]
    yield "labels", {"start": start, "end": end, "channel": 0}, {}


_WRITERS: Mapping[str, Callable[..., Iterator[Shape]]] = {
    "box": _box, "rotated_box": _rotated_box, "polygon": _polygon, "polyline": _polyline, "point": _point,
    "keypoints": _keypoints, "mask": _mask, "track": _track, "span": _span, "segment": _segment,
}  # fmt: skip
