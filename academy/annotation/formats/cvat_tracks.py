"""Tracks of CVAT's XML, read: one film with an object for each track.

Our tracks are boxes that move. What CVAT tracks in another shape (a line, points, a turned box) comes in as the box
around it, and keeps its own numbers in the attributes (`cvat`), from which it goes out again as it was.
"""

import re
import xml.etree.ElementTree as ET
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.cvat_shapes import Labels, attribute_value, attributes_of, box_of, points_of
from academy.annotation.formats.found import Found, FoundItem, FoundObject, Problem
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.xml import number
from academy.grading.shapes import MOST_KEYS
from academy.i18n import Sentence, say

_LAST_NUMBER = re.compile(r"(\d{1,9})(?!.*\d)")
_MARKS = ("frame", "keyframe", "outside", "occluded", "z_order", "source")
SHAPES = frozenset({"box", "polygon", "polyline", "points", "cuboid", "ellipse", "skeleton"})


@dataclass
class Film:
    """What the head says of one task: its name, where its frames begin, and every how many one was taken."""

    name: str = ""
    start: int = 0
    step: int = 1
    size: tuple[float, float] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    tracks: list[ET.Element] = field(default_factory=list)

    @classmethod
    def of(cls, task: ET.Element, source: str) -> "Film":
        step = re.search(r"step=(\d{1,6})", task.findtext("frame_filter") or "")
        start = number(task.findtext("start_frame"))
        width, height = (number(task.findtext(f"original_size/{side}")) for side in ("width", "height"))
        return cls(
            name=source or (task.findtext("name") or "").strip(),
            start=int(start or 0),
            step=max(1, int(step[1])) if step else 1,
            size=(width, height) if width and height else None,
            facts=own.from_text(task.get(own.KEY)),
        )


def film_items(place: Place, path: Path, film: Film, labels: Labels) -> Iterator[Found]:
    """The film with its tracks, and what is to be said of it."""
    file = place.name(path)
    frames = _Frames(place, path, film)
    said_name = film.facts.get("name")
    name = said_name if isinstance(said_name, str) and said_name else film.name or place.name(path.parent) or path.stem
    if not frames.pictures:
        yield Problem(
            file,
            None,
            say(
                "No frames of the film %(name)s were found beside the labels; its task waits until they are imported.",
                name=name,
            ),
        )
    objects, names = [], own.Names()
    for place_of, track in enumerate(film.tracks):
        called = track.get("id") or str(place_of)
        thing, said, lost = _object(track, called, labels, frames)
        for sentence in said:
            yield Problem(file, called, sentence, lost)
            lost = 0
        if thing is not None:
            objects.append(_renamed(thing, names))
    size = film.size or (place.size(frames.pictures[0]) if frames.pictures else None)
    yield FoundItem(
        name=name,
        file=file,
        kind="track",
        labelled=film.facts.get("labelled") is not False,
        frames=tuple(frames.pictures),
        missing="" if frames.pictures else film.name or name,
        size=size,
        objects=tuple(objects),
    )


def _renamed(thing: FoundObject, names: own.Names) -> FoundObject:
    free = names.free(thing.id)
    return thing if free == thing.id else FoundObject(
        free, thing.label, thing.shape, thing.value, thing.crowd, thing.ignore, thing.optional, thing.rule,
        thing.attributes, thing.beside, thing.called,
    )  # fmt: skip


class _Frames:
    """Which picture is which frame of the film."""

    def __init__(self, place: Place, path: Path, film: Film) -> None:
        self.film = film
        numbered = []
        for picture in place.media(PICTURES):
            found = _LAST_NUMBER.search(picture.stem)
            if found and path.parent in picture.parents:
                numbered.append((int(found[1]), picture))
                place.used.add(picture)
        numbered.sort()
        self.numbers = [at for at, _ in numbered]
        self.pictures = [picture for _, picture in numbered]

    def place_of(self, frame: int) -> int | None:
        """Its place in the film, from 0; None if it has none."""
        at = bisect_left(self.numbers, frame)
        if at < len(self.numbers) and self.numbers[at] == frame:
            return at
        past, rest = divmod(frame - self.film.start, self.film.step)
        if rest or past < 0 or past < len(self.pictures):
            return None
        return past

    def holds(self, at: int) -> bool:
        return not self.pictures or at < len(self.pictures)


def _object(
    track: ET.Element, called: str, labels: Labels, frames: _Frames
) -> tuple[FoundObject | None, list[Sentence], int]:
    """The object of a track, what is to be said of it, and how many objects are lost (0 or 1)."""
    label = own.label_or_none(track.get("label"))
    said = [] if label else [own.unlabelled()]
    label = label or own.UNLABELLED
    keys: dict[str, list[float] | None] = {}
    kept: dict[str, dict[str, str]] = {}
    changing: dict[str, dict[str, Any]] = {}
    shapes = [shape for shape in track if shape.tag in SHAPES]
    odd = 0
    for shape in shapes[:MOST_KEYS]:
        frame = number(shape.get("frame"))
        at = frames.place_of(int(frame)) if frame is not None else None
        gone = shape.get("outside") == "1"
        if shape.get("keyframe") == "0" and not gone:
            continue  # CVAT reckoned it from the key frames around it, as we do
        if at is None or not frames.holds(at):
            odd += not gone
            continue
        if gone:
            keys[str(at)] = None
            continue
        try:
            keys[str(at)] = around(shape)
        except (TypeError, ValueError):
            odd += 1
            continue
        if shape.tag != "box" or shape.get("rotation"):
            kept[str(at)] = {name: value for name, value in shape.attrib.items() if name not in _MARKS}
        changing[str(at)] = _changing(shape, label, labels)
    if odd:
        said.append(
            say(
                "%(label)s: %(count)s key frames of the track have no usable numbers or no frame in the film; they "
                "were left out.",
                label=label,
                count=odd,
            )
        )
    if not any(box is not None for box in keys.values()):
        said.append(say("%(label)s: the track shows its object in no frame; it was not imported.", label=label))
        return None, said, 1
    attributes = attributes_of(track, label, labels) | _said_once(changing)
    if kept:
        kind = shapes[0].tag
        attributes["cvat"] = {"shape": kind, "frames": kept}
        said.append(
            say(
                "%(label)s: the track is made of %(shape)s shapes; it was kept as the boxes around them.",
                label=label,
                shape=kind,
            )
        )
    facts = own.from_text(track.get(own.KEY))
    thing = own.found_object(
        "track", _gone_once(keys), label, fallback=called, facts=facts, attributes=attributes, called=called
    )
    return thing, said, 0


def _gone_once(keys: Mapping[str, list[float] | None]) -> dict[str, list[float] | None]:
    """In order, and without what says again that the object is gone."""
    kept: dict[str, list[float] | None] = {}
    was_there = False
    for frame, box in sorted(keys.items(), key=lambda key: int(key[0])):
        if box is not None or was_there:
            kept[frame] = box
        was_there = box is not None
    return kept


def _changing(shape: ET.Element, label: str, labels: Labels) -> dict[str, Any]:
    """What a key frame says of the object there."""
    said = {
        one.get("name", ""): attribute_value(one, labels.type_of(label, one.get("name", "")))
        for one in shape.findall("attribute")
    }
    return said | ({"occluded": True} if shape.get("occluded") == "1" else {})


def _said_once(changing: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Attributes of the whole track if every key frame says the same; else frame by frame."""
    first = next(iter(changing.values()), {})
    if all(said == first for said in changing.values()):
        return dict(first)
    return {"frames": {frame: dict(said) for frame, said in changing.items() if said}}


def around(shape: ET.Element) -> list[float]:
    """The box around a shape; at least one pixel wide and high, as a straight line has no area."""
    if shape.tag == "box" and not shape.get("rotation"):
        return box_of(shape)
    points = corners_of(shape)
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    return [left, top, max(width, 1), max(height, 1)]


def corners_of(shape: ET.Element) -> list[list[float]]:
    """Points that a shape reaches to."""
    if shape.tag == "skeleton":
        return [
            point
            for one in shape.findall("points")
            if one.get("outside") != "1"
            for point in points_of(one.get("points"))
        ]
    if shape.get("points"):
        return points_of(shape.get("points"))
    if shape.tag == "ellipse":
        values = [float(shape.get(name) or "x") for name in ("cx", "cy", "rx", "ry")]
        return own.ellipse(values[0], values[1], values[2], values[3], float(shape.get("rotation") or 0))
    if shape.tag == "box":
        left, top, width, height = box_of(shape)
        return own.turned_corners(left + width / 2, top + height / 2, width, height, float(shape.get("rotation") or 0))
    names = sorted(name for name in shape.attrib if re.fullmatch(r"x[tb][lr][12]", name))
    return [[float(shape.attrib[name]), float(shape.attrib[f"y{name[1:]}"])] for name in names]
