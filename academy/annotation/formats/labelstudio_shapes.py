"""The shapes of Label Studio, read.

Places in pictures are percent of the picture; a turned rectangle is turned about its upper left corner. Offsets in
texts are characters since 2022 and were UTF-16 units before; the marked text itself tells which.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.annotation.formats import brushes, own
from academy.annotation.formats.found import whole
from academy.i18n import Sentence, say

Said = tuple[str | None, Sentence, int]
"""A region's id (None: the whole annotation), what is to be said, and how many objects are lost by it."""


@dataclass
class Shown:
    """What the annotator saw."""

    size: tuple[float, float] | None = None
    text: str = ""
    sound: bool = False
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The labels that the configuration lists, by the control's name."""


@dataclass
class Region:
    """All results with one id."""

    id: str
    shape: dict[str, Any] | None = None
    labels: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    beside: list[dict[str, Any]] = field(default_factory=list)
    odd_label: str = ""

    @property
    def value(self) -> dict[str, Any]:
        value = (self.shape or {}).get("value")
        return value if isinstance(value, dict) else {}


class Unusable(ValueError):
    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def geometry(region: Region, label: str, shown: Shown, said: list[Said], attributes: dict[str, Any]) -> tuple[str, Any]:
    """The shape of a region and its geometry. Raises Unusable."""
    value, kind = region.value, str((region.shape or {}).get("type") or "")
    if kind.startswith("timeseries") or "paragraph" in kind or {"ranges", "startOffset"} & value.keys():
        sentence = say(
            "%(label)s: a mark in %(what)s has no place among our shapes; the object was not imported.",
            label=label,
            what=kind or "?",
        )
        raise Unusable(sentence)
    try:
        if "start" in value and "x" not in value:
            return _stretch(value, label, shown, region, said)
        return _drawn(value, label, shown, region, said, attributes)
    except own.TooManyPoints as error:
        raise Unusable(own.too_many_points(label)) from error
    except (TypeError, KeyError, IndexError, ValueError, OverflowError) as error:
        if isinstance(error, Unusable):
            raise
        sentence = say(
            "%(label)s: its %(shape)s has no usable numbers; the object was not imported.",
            label=label,
            shape=kind or "shape",
        )
        raise Unusable(sentence) from error


_PLAIN = (int, float)


def _drawn(
    value: Mapping[str, Any], label: str, shown: Shown, region: Region, said: list[Said], attributes: dict[str, Any]
) -> tuple[str, Any]:
    """What was drawn into a picture."""
    size = _size(region, shown)
    if size is None:
        sentence = say(
            "%(label)s: its place is in percent, but nothing says how large the picture is; the object was not "
            "imported. Import it together with its picture.",
            label=label,
        )
        raise Unusable(sentence)
    if "rle" in value:
        return "mask", brushes.decode(value["rle"], int(size[0]), int(size[1]))
    if "radiusX" in value:
        return _ellipse(value, size, label, region, said, attributes)
    if "vertices" in value:
        return _vector(value, size, label, region, said)
    if "sequence" in value:
        return "track", _track(value["sequence"], size, value.get("framesCount"))
    if isinstance(value.get("points"), list):
        return "polygon", [[_ring(value["points"], size)]]
    return _rectangle(value, size, region) if "height" in value else _point(value, size, region)


def _size(region: Region, shown: Shown) -> tuple[float, float] | None:
    width, height = (region.shape or {}).get("original_width"), (region.shape or {}).get("original_height")
    if own.is_number(width) and own.is_number(height) and width and height:
        return width, height
    return shown.size


def _checked(value: Any) -> float:
    if not own.is_number(value):
        raise ValueError(value)
    return float(value)


def _at(x: Any, y: Any, size: tuple[float, float]) -> list[float]:
    return [whole(_checked(x) * size[0] / 100), whole(_checked(y) * size[1] / 100)]


def _ring(points: Sequence[Any], size: tuple[float, float]) -> list[list[float]]:
    """Many points at once; most of what a large file holds are these."""
    own.few_enough(len(points))
    across, down = size[0] / 100, size[1] / 100
    ring = []
    for x, y in points:
        if type(x) not in _PLAIN or type(y) not in _PLAIN:
            raise ValueError("no number")
        left, top = x * across, y * down
        ring.append([int(left) if left == left // 1 else left, int(top) if top == top // 1 else top])
    if not all(math.isfinite(edge) for point in ring for edge in point):
        raise ValueError("not finite")
    return ring


def _rectangle(value: Mapping[str, Any], size: tuple[float, float], region: Region) -> tuple[str, Any]:
    left, top = _at(value["x"], value["y"], size)
    width, height = _at(value["width"], value["height"], size)
    degrees = _checked(value.get("rotation") or 0)
    if not degrees and not region.facts.get("turned"):
        return "box", [left, top, width, height]
    turn = math.radians(degrees)
    x = left + width / 2 * math.cos(turn) - height / 2 * math.sin(turn)
    y = top + width / 2 * math.sin(turn) + height / 2 * math.cos(turn)
    return "rotated_box", [x, y, width, height, whole(degrees)]


def _point(value: Mapping[str, Any], size: tuple[float, float], region: Region) -> tuple[str, Any]:
    point = _at(value["x"], value["y"], size)
    skeleton = own.facts_in(region.facts.get("point"))
    place, of, seen = skeleton.get("place"), skeleton.get("of"), skeleton.get("seen")
    if type(place) is int and type(of) is int and seen in (1, 2) and 0 <= place < of <= 1_000:
        points: list[list[float]] = [[0, 0, 0] for _ in range(of)]
        points[place] = [*point, seen]
        return "keypoints", points
    return "point", point


def _ellipse(
    value: Mapping[str, Any], size: tuple[float, float], label: str, region: Region, said: list[Said],
    attributes: dict[str, Any],
) -> tuple[str, Any]:  # fmt: skip
    middle, radii = _at(value["x"], value["y"], size), _at(value["radiusX"], value["radiusY"], size)
    numbers = [*middle, *radii, _checked(value.get("rotation") or 0)]
    attributes["ellipse"] = numbers
    sentence = say(
        "%(label)s: the ellipse was kept as a polygon of %(corners)s corners.", label=label, corners=own.CORNERS
    )
    if not region.facts.get("ellipse"):
        said.append((region.id, sentence, 0))
    return "polygon", [[own.ellipse(*numbers)]]


def _vector(
    value: Mapping[str, Any], size: tuple[float, float], label: str, region: Region, said: list[Said]
) -> tuple[str, Any]:
    vertices = value["vertices"]
    if any(own.facts_in(vertex).get("isBezier") for vertex in vertices):
        said.append((region.id, say("%(label)s: its curves were kept as straight lines.", label=label), 0))
    points = [_at(vertex["x"], vertex["y"], size) for vertex in vertices]
    return ("polygon", [[points]]) if value.get("closed") is True else ("polyline", points)


def _track(
    sequence: Sequence[Mapping[str, Any]], size: tuple[float, float], count: Any
) -> dict[str, list[float] | None]:
    """Key frames count from 1 there and from 0 here; one that is not enabled is the last before the object is gone."""
    keys: dict[str, list[float] | None] = {}
    frames = sorted(sequence, key=lambda key: _checked(key["frame"]))
    for place, key in enumerate(frames):
        at = int(_checked(key["frame"])) - 1
        facts = own.facts_in(key.get(own.KEY))
        if not facts.get("held"):
            keys[str(max(at, 0))] = [*_at(key["x"], key["y"], size), *_at(key["width"], key["height"], size)]
        if key.get("enabled") is False and not (own.is_number(count) and at + 1 >= count):
            following = int(_checked(frames[place + 1]["frame"])) - 1 if place + 1 < len(frames) else None
            if following is None or following > at + 1:
                keys[str(max(at, 0) + 1)] = None
    if not keys:
        raise ValueError("no key frames")
    return keys


def _stretch(value: Mapping[str, Any], label: str, shown: Shown, region: Region, said: list[Said]) -> tuple[str, Any]:
    """A span of a text, or a segment of a sound."""
    if "channel" in value or (shown.sound and not shown.text):
        return "segment", [whole(_checked(value["start"])), whole(_checked(value["end"]))]
    start, end = (int(float(value[edge])) for edge in ("start", "end"))
    marked = value.get("text")
    if not shown.text or not isinstance(marked, str) or not marked:
        return "span", [start, end]
    for told in _offsets(shown.text, start, end):
        if shown.text[told[0] : told[1]].replace("\r\n", "\n") == marked.replace("\r\n", "\n"):
            return "span", list(told)
    sentence = say(
        "%(label)s: from %(start)s to %(end)s the text is not what the annotation says (%(marked)s); it was taken by "
        "its numbers.",
        label=label,
        start=start,
        end=end,
        marked=marked[:60],
    )
    said.append((region.id, sentence, 0))
    return "span", [start, end]


def _offsets(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What two offsets can mean, in characters: as they are, in UTF-16 units, in a text with short line ends."""
    yield start, end
    units = text.encode("utf-16-le")
    yield tuple(len(units[: 2 * at].decode("utf-16-le", "ignore")) for at in (start, end))  # type: ignore[misc]
    if "\r\n" in text:
        places = [place for place in range(len(text)) if text[place : place + 2] != "\r\n"] + [len(text)]
        if 0 <= start <= end < len(places):
            yield places[start], places[end]
