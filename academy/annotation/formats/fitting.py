"""One labelled object held against the picture, sound or text it lies in: turned with it, cut or refused. Pure.

Whatever is said of an object names its label and where it lies; a None beside it means that it can not be gold.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from academy.annotation.formats.found import FoundObject, whole
from academy.annotation.formats.outlines import fit_line, fit_outline
from academy.annotation.formats.raster import fit_mask, turn_mask
from academy.annotation.formats.spot import Fitted, Frame, Points, bounds, refused, said
from academy.grading.documents import LONGEST_NAME
from academy.grading.shapes import MOST_KEYS, MOST_POINTS
from academy.i18n import say
from academy.uploads.pictures import Turn

_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Ground:
    """What the objects of one item lie in."""

    frame: Frame | None = None
    """The picture as it lies in its file; None if there is none, or nobody knows its size."""
    turn: Turn = Turn.UPRIGHT
    clip: bool = True
    seconds: float | None = None
    text: str | None = None
    ids: frozenset[str] = frozenset()
    """The objects of the item, for relations."""


def fit(thing: FoundObject, ground: Ground) -> Fitted:
    """The object as gold: upright, inside its picture; and what is to be said about it."""
    if not thing.label or len(thing.label) > LONGEST_NAME:
        sentence = say(
            "The label is empty or longer than %(most)s characters; the object was not imported.", most=LONGEST_NAME
        )
        return Fitted(None, (sentence,))
    if not _sane(thing.value):
        return refused(say("%(label)s: a number is missing, not finite or far too large; the object was not imported.",
                           label=thing.label))  # fmt: skip
    fitted = _FITS[thing.shape](thing.label, thing.value, ground)
    if fitted.value is None or ground.turn is Turn.UPRIGHT or ground.frame is None:
        return fitted
    return Fitted(_TURNS[thing.shape](fitted.value, ground.turn, ground.frame), fitted.sentences)


def turned(thing: FoundObject, ground: Ground) -> FoundObject:
    """What an object says beside its shape, turned with the picture."""
    box = thing.beside.get("box")
    if box is None or ground.turn is Turn.UPRIGHT or ground.frame is None:
        return thing
    return replace(thing, beside={**thing.beside, "box": _turn_box(box, ground.turn, ground.frame)})


def turned_document(document: Mapping[str, Any], turn: Turn, frame: Frame) -> dict[str, Any]:
    """A whole document turned with its picture, which came after it; `frame` is the picture as it lies in its file."""
    width, height = (frame.height, frame.width) if turn >= Turn.TRANSPOSED else (frame.width, frame.height)
    objects = []
    for item in document.get("objects", ()):
        fresh = dict(item)
        for shape, turn_shape in _TURNS.items():
            if fresh.get(shape) is not None:
                fresh[shape] = turn_shape(fresh[shape], turn, frame)
        objects.append(fresh)
    changed: dict[str, Any] = {**document, "image": {"width": whole(width), "height": whole(height)}}
    return changed | ({"objects": objects} if "objects" in document else {})


def _sane(value: Any) -> bool:
    """Whether all numbers of a geometry can be reckoned with."""
    if isinstance(value, bool) or value is None:
        return value is None
    if isinstance(value, int | float):
        return math.isfinite(value) and abs(value) <= _FAR
    if isinstance(value, Mapping):
        return all(map(_sane, value.values()))
    if isinstance(value, str):
        return True
    return bool(value) and all(map(_sane, value))


# Boxes -------------------------------------------------------------------------------------------------------------


def _fit_box(label: str, value: Sequence[float], ground: Ground) -> Fitted:
    x, y, w, h = value
    where = {"label": label, "left": x, "top": y, "right": x + w, "bottom": y + h}
    if w < 0 or h < 0:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the right or lower edge comes "
                            "before the left or upper one; the object was not imported.", where))  # fmt: skip
    if w == 0 or h == 0:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the box has no area (width "
                            "%(width)s, height %(height)s); the object was not imported.", where, width=w,
                            height=h))  # fmt: skip
    frame = ground.frame or Frame(math.inf, math.inf)
    edges = (x, y, x + w, y + h)
    left, top, right, bottom = inside = edges if ground.frame is None else frame.cut(edges)
    if right <= left or bottom <= top:
        return refused(frame.is_outside(where))
    if (right - left) * (bottom - top) < 1:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): less than one square pixel lies "
                            "in the picture; the object was not imported.", where))  # fmt: skip
    if inside == edges:
        return Fitted([whole(x), whole(y), whole(w), whole(h)])
    return frame.reaching(
        where, edges, [whole(left), whole(top), whole(right - left), whole(bottom - top)], ground.clip
    )


def _fit_rotated(label: str, value: Sequence[float], ground: Ground) -> Fitted:
    cx, cy, w, h, degrees = value
    edges = bounds(corners(value))
    where = {"label": label, "left": edges[0], "top": edges[1], "right": edges[2], "bottom": edges[3]}
    if w <= 0 or h <= 0:
        return refused(said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the box has no area (width "
                            "%(width)s, height %(height)s); the object was not imported.", where, width=w,
                            height=h))  # fmt: skip
    kept = [whole(number) for number in (cx, cy, w, h, degrees)]
    if ground.frame is None or ground.frame.holds(edges):
        return Fitted(kept)
    if ground.frame.misses(edges):
        return refused(ground.frame.is_outside(where))
    if not ground.clip:
        return ground.frame.reaching(where, edges, kept, clip=False)
    sentence = said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): the turned box reaches %(far)s px "
                    "outside the picture; it can not be cut and was imported as it is.", where,
                    far=ground.frame.reach(edges))  # fmt: skip
    return Fitted(kept, (sentence,))


def corners(value: Sequence[float]) -> Points:
    """The four corners of a turned box, clockwise from its own upper left one."""
    cx, cy, w, h, degrees = value
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (cx + dx * cosine - dy * sine, cy + dx * sine + dy * cosine)
        for dx, dy in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    ]


def _fit_track(label: str, value: Mapping[str, Any], ground: Ground) -> Fitted:
    if len(value) > MOST_KEYS:
        return refused(say("%(label)s: the track has more than %(most)s key frames; the object was not imported.",
                           label=label, most=MOST_KEYS))  # fmt: skip
    kept: dict[str, Any] = {}
    cut = lost = 0
    for number, box in sorted(value.items(), key=lambda pair: int(pair[0])):
        if box is None:
            kept[str(number)] = None
            continue
        fitted = _fit_box(label, box, ground)
        if fitted.value is None:
            lost += 1
            continue
        cut += bool(fitted.sentences)
        kept[str(number)] = fitted.value
    if not any(box is not None for box in kept.values()):
        return refused(say("%(label)s: no key frame of the track has a box in the picture; the object was not "
                           "imported.", label=label))  # fmt: skip
    sentences = []
    if cut:
        sentences.append(say("%(label)s: in %(count)s key frames of the track the box reached outside the picture; "
                             "there it was cut.", label=label, count=cut))  # fmt: skip
    if lost:
        sentences.append(say("%(label)s: in %(count)s key frames of the track the box has no area or lies outside the "
                             "picture; these were left out.", label=label, count=lost))  # fmt: skip
    return Fitted(kept, tuple(sentences))


# Points ------------------------------------------------------------------------------------------------------------


def _fit_point(label: str, value: Sequence[float], ground: Ground) -> Fitted:
    x, y = value
    edges = (x, y, x, y)
    if ground.frame is not None and not ground.frame.holds(edges):
        return refused(ground.frame.is_outside({"label": label, "left": x, "top": y, "right": x, "bottom": y}))
    return Fitted([whole(x), whole(y)])


def _fit_keypoints(label: str, value: Sequence[Sequence[float]], ground: Ground) -> Fitted:
    seen = [(x, y) for x, y, v in value if v]
    kept = [[whole(x), whole(y), whole(v)] for x, y, v in value]
    if ground.frame is None or not seen or ground.frame.holds(bounds(seen)):
        return Fitted(kept)
    edges = bounds(seen)
    where = {"label": label, "left": edges[0], "top": edges[1], "right": edges[2], "bottom": edges[3]}
    if ground.frame.misses(edges):
        return refused(ground.frame.is_outside(where))
    if not ground.clip:
        return ground.frame.reaching(where, edges, kept, clip=False)
    width, height = ground.frame.width, ground.frame.height
    moved = [[min(max(x, 0), whole(width)), min(max(y, 0), whole(height)), v] if v else [x, y, v] for x, y, v in kept]
    sentence = said("%(label)s at (%(left)s, %(top)s)-(%(right)s, %(bottom)s): a key point lies %(far)s px outside the "
                    "picture; it was moved to the edge.", where, far=ground.frame.reach(edges))  # fmt: skip
    return Fitted(moved, (sentence,))


def _fit_line(label: str, value: Points, ground: Ground) -> Fitted:
    if len(value) > MOST_POINTS:
        return too_many(label)
    return fit_line(label, value, ground.frame, ground.clip)


def _fit_polygon(label: str, value: Any, ground: Ground) -> Fitted:
    if sum(len(ring) for part in value for ring in part) > MOST_POINTS:
        return too_many(label)
    return fit_outline(label, value, ground.frame, ground.clip)


def too_many(label: str) -> Fitted:
    return refused(say("%(label)s: it has more than %(most)s points; simplify it first. The object was not imported.",
                       label=label, most=MOST_POINTS))  # fmt: skip


def _fit_mask(label: str, value: Mapping[str, Any], ground: Ground) -> Fitted:
    return fit_mask(label, value, ground.frame)


# What lies in no picture -------------------------------------------------------------------------------------------


def _fit_cuboid(label: str, value: Sequence[float], _ground: Ground) -> Fitted:
    length, width, height = value[3:6]
    if min(length, width, height) <= 0:
        return refused(say("%(label)s: the cuboid has no volume (%(length)s x %(width)s x %(height)s); the object was "
                           "not imported.", label=label, length=float(length), width=float(width),
                           height=float(height)))  # fmt: skip
    return Fitted([whole(number) for number in value])


def _fit_span(label: str, value: Sequence[int], ground: Ground) -> Fitted:
    start, end = value
    if start < 0 or end <= start:
        return refused(say("%(label)s: the span from %(start)s to %(end)s is empty; the object was not imported.",
                           label=label, start=start, end=end))  # fmt: skip
    if ground.text is not None and end > len(ground.text):
        return refused(say("%(label)s: the span from %(start)s to %(end)s ends after the text, which has %(length)s "
                           "characters; the object was not imported.", label=label, start=start, end=end,
                           length=len(ground.text)))  # fmt: skip
    return Fitted([start, end])


def _fit_segment(label: str, value: Sequence[float], ground: Ground) -> Fitted:
    start, end = value
    facts: dict[str, str | float] = {"label": label, "start": float(start), "end": float(end)}
    if start < 0 or end <= start:
        return refused(say("%(label)s: the piece from %(start)s s to %(end)s s is empty; the object was not imported.",
                           **facts))  # fmt: skip
    last = ground.seconds
    if last is None or end <= last + 1e-6:
        return Fitted([whole(start), whole(end)])
    if start >= last or not ground.clip:
        return refused(say("%(label)s: the piece from %(start)s s to %(end)s s ends after the sound, which has "
                           "%(last)s s; the object was not imported.", last=float(last), **facts))  # fmt: skip
    sentence = say("%(label)s: the piece from %(start)s s to %(end)s s ended after the sound, which has %(last)s s; it "
                   "was cut.", last=float(last), **facts)  # fmt: skip
    return Fitted([whole(start), last], (sentence,))


def _fit_relation(label: str, value: Mapping[str, Any], ground: Ground) -> Fitted:
    if not {str(value.get(end)) for end in ("head", "tail")} <= ground.ids:
        return refused(say("%(label)s: it relates objects that are not there; the object was not imported.",
                           label=label))  # fmt: skip
    return Fitted(dict(value))


_FITS: Mapping[str, Callable[[str, Any, Ground], Fitted]] = {
    "box": _fit_box, "rotated_box": _fit_rotated, "polygon": _fit_polygon, "polyline": _fit_line, "point": _fit_point,
    "keypoints": _fit_keypoints, "mask": _fit_mask, "cuboid": _fit_cuboid, "track": _fit_track, "span": _fit_span,
    "segment": _fit_segment, "relation": _fit_relation,
}  # fmt: skip


# Turning -----------------------------------------------------------------------------------------------------------


def _turn_box(value: Sequence[float], turn: Turn, frame: Frame) -> list[float]:
    x, y, w, h = value
    return [whole(number) for number in turn.box((x, y, w, h), frame.width, frame.height)]


def _turn_point(value: Sequence[float], turn: Turn, frame: Frame) -> list[float]:
    x, y, *_ = turn.box((value[0], value[1], 0, 0), frame.width, frame.height)
    return [whole(x), whole(y)]


def _turn_points(value: Iterable[Sequence[float]], turn: Turn, frame: Frame) -> list[list[float]]:
    return [_turn_point(point, turn, frame) for point in value]


def _turn_polygon(value: Any, turn: Turn, frame: Frame) -> list[list[list[list[float]]]]:
    return [[_turn_points(ring, turn, frame) for ring in part] for part in value]


def _turn_rotated(value: Sequence[float], turn: Turn, frame: Frame) -> list[float]:
    cx, cy, w, h, degrees = value
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = _turn_point((cx, cy), turn, frame)
    ahead = _turn_point((cx + cosine, cy + sine), turn, frame)
    angle = math.degrees(math.atan2(ahead[1] - middle[1], ahead[0] - middle[0]))
    return [*middle, whole(w), whole(h), whole(round(angle, 9))]


def _turn_keypoints(value: Iterable[Sequence[float]], turn: Turn, frame: Frame) -> list[list[float]]:
    return [[*_turn_point((x, y), turn, frame), v] if v else [x, y, v] for x, y, v in value]


def _turn_track(value: Mapping[str, Any], turn: Turn, frame: Frame) -> dict[str, Any]:
    return {number: box and _turn_box(box, turn, frame) for number, box in value.items()}


def _turn_mask(value: Mapping[str, Any], turn: Turn, _frame: Frame) -> dict[str, Any]:
    return turn_mask(value, turn)


def _as_it_is(value: Any, _turn: Turn, _frame: Frame) -> Any:
    return value


_TURNS: Mapping[str, Callable[[Any, Turn, Frame], Any]] = {
    "box": _turn_box, "rotated_box": _turn_rotated, "polygon": _turn_polygon, "polyline": _turn_points,
    "point": _turn_point, "keypoints": _turn_keypoints, "mask": _turn_mask, "cuboid": _as_it_is, "track": _turn_track,
    "span": _as_it_is, "segment": _as_it_is, "relation": _as_it_is,
}  # fmt: skip
