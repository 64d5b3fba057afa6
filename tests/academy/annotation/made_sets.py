"""Task sets made by hypothesis: everything a format says it can carry, and nothing else. See round_trip.py.

The media exist by their keys alone: `media_bytes` makes the same small file for the same key each time.
"""

import io
import math
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as rle

from academy.annotation.formats.found import FIELD_KINDS, FoundLabel, LeavingItem, LeavingSet
from academy.annotation.formats.registry import Carries
from academy.grading.shapes import SHAPE_KINDS

KIND_MEDIA: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("box", "rotated_box", "polygon", "mask", "polyline", "points", "keypoints"), frozenset({"picture"})
    ),
    "track": frozenset({"video"}),
    "cuboid": frozenset({"cloud"}),
    "spans": frozenset({"text"}),
    "relations": frozenset({"text"}),
    "segments": frozenset({"sound"}),
    "classification": frozenset({"picture", "text", "sound"}),
    "multilabel": frozenset({"picture", "text", "sound"}),
    "transcription": frozenset({"picture", "sound"}),
    "preference": frozenset({"text"}),
}
"""The media on which each kind of document is made here."""

KIND_SHAPE = {kind: shape for shape, kind in SHAPE_KINDS.items()}
KIND_FIELD = {kind: field for field, kind in FIELD_KINDS.items()} | {"transcription": "text"}
SUFFIXES = {"picture": ".png", "sound": ".wav", "cloud": ".pcd", "text": ".txt"}

# Letters, digits, signs that mean something to some format, Korean; never a control character or a half pair.
LETTERS = "abcXYZ019 _-.,;:'\"<>&/\\#%=()가나다한글é"
WORDS = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
TEXTS = st.text(LETTERS + "😀🇰", min_size=1, max_size=40).map(str.strip).filter(bool)
STEMS = st.text("abc019_-가 나", min_size=1, max_size=8).map(str.strip).filter(bool)


@dataclass(frozen=True)
class Making:
    """What else to hold to where a format is narrower than its Carries can say."""

    label_names: st.SearchStrategy[str] = WORDS
    item_names: st.SearchStrategy[str] = STEMS
    texts: st.SearchStrategy[str] = TEXTS
    attribute_values: st.SearchStrategy[Any] = WORDS
    kinds: Sequence[str] = ()
    """Only these kinds of documents; () for all that the format carries."""
    parts: tuple[str, ...] = ("",)
    """The names of the parts of each text; ("",) for one text without a name."""
    overlapping: bool = True
    """Whether spans of a text may overlap."""
    most_items: int = 4
    most_objects: int = 5


def kinds_of(carries: Carries) -> list[str]:
    """Every kind of document the format can carry, as far as they are made here."""
    kinds = [SHAPE_KINDS[shape] for shape in sorted(carries.shapes) if shape != "relation" or carries.ids]
    kinds += [kind for kind, field in KIND_FIELD.items() if field in carries.fields]
    kinds = [kind for kind in kinds if KIND_MEDIA.get(kind, frozenset()) & carries.media]
    if carries.mixed and len(_shapes_of_pictures(carries)) > 1 and "picture" in carries.media:
        kinds.append("mixed")
    return list(dict.fromkeys(kinds))


def _shapes_of_pictures(carries: Carries) -> list[str]:
    return sorted(shape for shape in carries.shapes if KIND_MEDIA[SHAPE_KINDS[shape]] == frozenset({"picture"}))


@st.composite
def leaving_sets(draw: st.DrawFn, carries: Carries, making: Making | None = None) -> LeavingSet:
    """A task set of which a format that carries this loses nothing."""
    making = making or Making()
    kind = draw(st.sampled_from(making.kinds or kinds_of(carries)))
    names = draw(st.lists(making.label_names, min_size=1, max_size=4, unique_by=str.casefold))
    labels = [draw(_labels(name, carries, kind, making)) for name in names]
    stems = draw(st.lists(making.item_names, min_size=1, max_size=making.most_items, unique_by=str.casefold))
    media = sorted((KIND_MEDIA.get(kind) or frozenset({"picture"})) & carries.media)
    medium = draw(st.sampled_from(media))
    items = [draw(_items(stem, number, medium, kind, labels, carries, making)) for number, stem in enumerate(stems, 1)]
    used = {name for item in items for name in _used(item)}
    if not carries.unused_labels:
        labels = [label for label in labels if label.name in used]
    return LeavingSet(
        slug="made", title={"ko": "만든 세트", "en": "A made set"}, kind=kind, labels=tuple(labels),
        licence="CC BY 4.0", attribution="Hypothesis", items=lambda: iter(items),
    )  # fmt: skip


def _used(item: LeavingItem) -> set[str]:
    used: set[str] = set()
    for document in filter(None, (item.document, *item.opinions.values())):
        used |= {thing["label"] for thing in document.get("objects", ())}
        used |= {*document.get("choices", ()), *document.get("accepted", ())}
        used |= {document["choice"]} if "choice" in document else set()
    return used


@st.composite
def _labels(draw: st.DrawFn, name: str, carries: Carries, kind: str, making: Making) -> FoundLabel:
    facts = carries.label_facts
    label = FoundLabel(name)
    if "color" in facts:
        label = replace(label, color=draw(st.integers(0, 0xFFFFFF).map("#{:06x}".format)))
    for field in ("title", "parent", "hotkey", "description"):
        if field in facts:
            value = draw(st.sampled_from("abc123")) if field == "hotkey" else draw(st.just("") | WORDS)
            facts_said: dict[str, Any] = {field: value}
            label = replace(label, **facts_said)
    if "skeleton" in facts and kind in ("keypoints", "mixed"):
        points = [f"p{place}" for place in range(1, draw(st.integers(2, 5)))]
        edges = [[place, place + 1] for place in range(len(points) - 1)]
        label = replace(label, skeleton={"points": points, "edges": edges})
    if "attributes" in facts and carries.attributes and draw(st.booleans()):
        values = draw(st.lists(making.attribute_values.map(str), min_size=1, max_size=3, unique=True))
        attribute: dict[str, Any] = {"name": "colour", "type": "select", "values": values}
        label = replace(label, attributes=(attribute,))
    return label


@st.composite
def _items(
    draw: st.DrawFn, stem: str, number: int, media: str, kind: str, labels: list[FoundLabel], carries: Carries,
    making: Making,
) -> LeavingItem:  # fmt: skip
    width, height = draw(st.integers(8, 90)), draw(st.integers(8, 90))
    name = stem + SUFFIXES.get(media, "")
    item = LeavingItem(
        name=stem if media in ("text", "video") else name, file_name=name, media=media, licence="CC BY 4.0",
        attribution="Hypothesis",
    )  # fmt: skip
    if media == "picture":
        item = replace(item, width=width, height=height, content_type="image/png", key=f"{number}-{width}x{height}.png")
    elif media == "video":
        frames = tuple(f"{number}{frame:02d}-{width}x{height}.png" for frame in range(draw(st.integers(2, 6))))
        item = replace(item, width=width, height=height, frames=frames)
    elif media == "sound":
        seconds = draw(st.integers(2, 8)) / 4
        item = replace(item, seconds=seconds, content_type="audio/wav", key=f"{number}-{seconds}.wav")
    elif media == "cloud":
        item = replace(item, content_type="application/octet-stream", key=f"{number}.pcd")
    else:
        item = replace(item, parts=tuple((part, draw(making.texts)) for part in making.parts))
    if carries.bare_items and draw(st.integers(0, 4)) == 0:
        return item
    document = draw(documents(carries, kind, item, labels, making))
    if carries.opinions and draw(st.booleans()):
        both = {"ann": draw(documents(carries, kind, item, labels, making)), "bo": document}
        return replace(item, document=document, opinions=both)
    return replace(item, document=document)


@st.composite
def documents(
    draw: st.DrawFn, carries: Carries, kind: str, item: LeavingItem, labels: list[FoundLabel],
    making: Making | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The gold of one item."""
    making = making or Making()
    document: dict[str, Any] = {"kind": kind} | _beside_media(item)
    if kind in KIND_FIELD:
        return document | draw(_fields(KIND_FIELD[kind], labels, carries, making))
    least = 0 if carries.empty_items else 1
    if kind in ("spans", "relations"):
        document["objects"] = draw(_spans(kind, item.parts[0][1], labels, carries, making, least))
        return document
    count = draw(st.integers(least, making.most_objects))
    shapes = _shapes_of_pictures(carries) if kind == "mixed" else [KIND_SHAPE[kind]]
    document["objects"] = [
        draw(_objects(str(place), draw(st.sampled_from(shapes)), item, labels, carries, making))
        for place in range(1, count + 1)
    ]
    return document


def _beside_media(item: LeavingItem) -> dict[str, Any]:
    if item.media in ("picture", "video"):
        sides: dict[str, Any] = {"image": {"width": item.width, "height": item.height}}
        return sides | ({"frames": len(item.frames)} if item.media == "video" else {})
    if item.media == "sound":
        return {"audio": {"seconds": item.seconds}}
    return {"text": item.parts[0][1]} if item.media == "text" and len(item.parts) == 1 else {}


@st.composite
def _fields(draw: st.DrawFn, field: str, labels: list[FoundLabel], carries: Carries, making: Making) -> dict[str, Any]:
    names = [label.name for label in labels]
    if field == "choices":
        return {"choices": draw(st.lists(st.sampled_from(names), min_size=1, unique=True))}
    if field == "preference":
        return {"preference": draw(st.sampled_from(["A", "B", "tie"]))}
    if field == "text":
        return {"text": draw(making.texts)}
    said: dict[str, Any] = {"choice": draw(st.sampled_from(names))}
    others = [name for name in names if name != said["choice"]]
    if "accepted" in carries.fields and others and draw(st.booleans()):
        said["accepted"] = draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
    return said


@st.composite
def _objects(
    draw: st.DrawFn, place: str, shape: str, item: LeavingItem, labels: list[FoundLabel], carries: Carries,
    making: Making,
) -> dict[str, Any]:  # fmt: skip
    label = draw(st.sampled_from(labels))
    name = f"{draw(st.sampled_from(['', 'o-', '물체 ']))}{place}" if carries.ids else place
    made: dict[str, Any] = {"id": name, "label": label.name, shape: draw(_shape(shape, item, label, carries))}
    for flag in ("crowd", "ignore", "optional"):
        if flag in carries.flags and draw(st.integers(0, 3)) == 0:
            made[flag] = True
    if "rule" in carries.flags and draw(st.integers(0, 3)) == 0:
        made["rule"] = draw(st.sampled_from(["1.1", "3.2"]))
    if carries.attributes and draw(st.booleans()):
        made["attributes"] = draw(_attributes(label, carries, making))
    if shape == "segment" and "text" in carries.beside and draw(st.booleans()):
        made["text"] = draw(making.texts)
    if shape in ("keypoints", "mask", "polygon"):
        if "box" in carries.beside and draw(st.booleans()):
            made["box"] = draw(_boxes(item))
        if "area" in carries.beside and draw(st.booleans()):
            made["area"] = draw(st.floats(1, 1000))
    return made


@st.composite
def _attributes(draw: st.DrawFn, label: FoundLabel, carries: Carries, making: Making) -> dict[str, Any]:
    if label.attributes:
        return {"colour": draw(st.sampled_from(label.attributes[0]["values"]))}
    if "attributes" in carries.label_facts:
        return {}
    return draw(st.dictionaries(st.sampled_from(["colour", "view", "크기"]), making.attribute_values, max_size=2))


def _shape(shape: str, item: LeavingItem, label: FoundLabel, carries: Carries) -> st.SearchStrategy[Any]:
    if shape == "box":
        return _boxes(item)
    if shape == "rotated_box":
        return _rotated_boxes(item)
    if shape == "polygon":
        return _polygons(item, carries)
    if shape == "mask":
        return _masks(item)
    if shape == "polyline":
        return st.lists(_points(item), min_size=2, max_size=6, unique_by=tuple)
    if shape == "keypoints":
        return _keypoints(item, len(label.skeleton["points"]) if label.skeleton else 2 + len(label.name) % 3)
    if shape == "cuboid":
        side = st.floats(0.1, 20)
        return st.tuples(*[st.floats(-50, 50)] * 3, side, side, side, st.floats(-math.pi, math.pi)).map(list)
    if shape == "track":
        return _tracks(item)
    if shape == "segment":
        return _segments(item.seconds or 1.0)
    return _points(item)


def _points(item: LeavingItem) -> st.SearchStrategy[list[float]]:
    return st.tuples(st.floats(0, item.width), st.floats(0, item.height)).map(list)


@st.composite
def _boxes(draw: st.DrawFn, item: LeavingItem) -> list[float]:
    left, top = draw(st.floats(0, item.width - 2)), draw(st.floats(0, item.height - 2))
    return [left, top, draw(st.floats(1, item.width - left)), draw(st.floats(1, item.height - top))]


@st.composite
def _rotated_boxes(draw: st.DrawFn, item: LeavingItem) -> list[float]:
    degrees = draw(st.floats(0, 360, exclude_max=True))
    turn = math.radians(degrees)
    width, height = draw(st.floats(1, item.width / 2)), draw(st.floats(1, item.height / 2))
    across = abs(width * math.cos(turn)) + abs(height * math.sin(turn))
    down = abs(width * math.sin(turn)) + abs(height * math.cos(turn))
    smaller = min(1.0, item.width / across, item.height / down)
    width, height, across, down = (side * smaller for side in (width, height, across, down))
    if min(width, height) < 1:
        width = height = 1.5
        across = down = 2.2
    x = across / 2 + draw(st.floats(0, 1)) * max(item.width - across, 0)
    y = down / 2 + draw(st.floats(0, 1)) * max(item.height - down, 0)
    return [x, y, width, height, degrees]


@st.composite
def _polygons(draw: st.DrawFn, item: LeavingItem, carries: Carries) -> list[list[list[list[float]]]]:
    """Parts beside each other, each without crossing lines, some with a hole in the middle."""
    parts = draw(st.integers(1, 3)) if carries.rings else 1
    wide = item.width / parts
    polygon: list[list[list[list[float]]]] = []
    for part in range(parts):
        x, y, reach = (part + 0.5) * wide, item.height / 2, min(wide, item.height) / 2
        corners = draw(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0.6, 1)), min_size=3, max_size=7))
        turns = [2 * math.pi * (place + more) / len(corners) for place, (more, _) in enumerate(corners)]
        arms = [
            (share * reach * math.cos(turn), share * reach * math.sin(turn))
            for turn, (_, share) in zip(turns, corners, strict=True)
        ]
        polygon.append([[[x + across, y + down] for across, down in arms]])
        if carries.holes and draw(st.booleans()):
            polygon[-1].append([[x + 0.3 * across, y + 0.3 * down] for across, down in reversed(arms)])
    return polygon


@st.composite
def _masks(draw: st.DrawFn, item: LeavingItem) -> dict[str, Any]:
    grid = np.zeros((item.height, item.width), np.uint8, order="F")
    for _ in range(draw(st.integers(1, 3))):
        top, left = draw(st.integers(0, item.height - 1)), draw(st.integers(0, item.width - 1))
        grid[top : top + draw(st.integers(1, 20)), left : left + draw(st.integers(1, 20))] ^= 1
    if not grid.any():
        grid[0, 0] = 1
    encoded = rle.encode(grid)
    return {"size": [item.height, item.width], "counts": encoded["counts"].decode()}


@st.composite
def _keypoints(draw: st.DrawFn, item: LeavingItem, count: int) -> list[list[float]]:
    seen = draw(st.lists(st.sampled_from([0, 1, 2, 2]), min_size=count, max_size=count))
    seen[0] = seen[0] or 2
    return [[*draw(_points(item)), v] if v else [0, 0, 0] for v in seen]


@st.composite
def _tracks(draw: st.DrawFn, item: LeavingItem) -> dict[str, list[float] | None]:
    frames = draw(st.lists(st.integers(0, len(item.frames) - 1), min_size=1, max_size=4, unique=True).map(sorted))
    track: dict[str, list[float] | None] = {str(frames[0]): draw(_boxes(item))}
    for frame in frames[1:]:
        track[str(frame)] = draw(_boxes(item) | st.none())
    return track


@st.composite
def _segments(draw: st.DrawFn, seconds: float) -> list[float]:
    start = draw(st.floats(0, seconds - 0.1))
    return [start, draw(st.floats(start + 0.05, seconds))]


@st.composite
def _spans(
    draw: st.DrawFn, kind: str, text: str, labels: list[FoundLabel], carries: Carries, making: Making, least: int
) -> list[dict[str, Any]]:
    marks = st.lists(st.integers(0, len(text)), min_size=2, max_size=6, unique=True).map(sorted)
    cuts = draw(marks) if len(text) > 1 else [0, 1]
    pairs = [[start, end] for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    if making.overlapping and carries.overlapping and draw(st.booleans()):
        pairs.append([cuts[0], cuts[-1]])
    pairs = pairs[: max(least, draw(st.integers(0, len(pairs))))]
    names = st.sampled_from([label.name for label in labels])
    things: list[dict[str, Any]] = [
        {"id": str(place), "label": draw(names), "span": pair} for place, pair in enumerate(pairs, 1)
    ]
    if kind == "relations" and len(things) > 1:
        ends = {"head": things[0]["id"], "tail": things[-1]["id"]}
        things.append({"id": str(len(things) + 1), "label": draw(names), "relation": ends})
    return things


@cache
def media_bytes(key: str) -> bytes:
    """The file that a key stands for; another one for each key."""
    stem, suffix = PurePosixPath(key).stem, PurePosixPath(key).suffix
    number, _, said = stem.partition("-")
    out = io.BytesIO()
    if suffix == ".png":
        width, height = map(int, said.split("x"))
        picture = Image.new("RGB", (width, height), (int(number) * 40 % 256, int(number) % 256, 128))
        picture.save(out, "PNG")
    elif suffix == ".wav":
        with wave.open(out, "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes([int(number), 1]) * round(float(said) * 8000))
    else:
        head = (
            "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA ascii\n"
        )
        out.write(f"{head}0 0 0\n{number} 1 2\n".encode())
    return out.getvalue()
