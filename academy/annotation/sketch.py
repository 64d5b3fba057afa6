"""A document of any kind as something to look at: lines over a picture, marked text, bars over time. Pure.

Everything drawn is an SVG path in the pixels of the picture (templates/components/sketch.html writes it), rounded to
what can be seen and cut where nobody could tell objects apart, so that gold of 100,000 points is a small page.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from academy.annotation import tracing
from academy.annotation.tracing import Trace
from academy.grading.shapes import shape_of

PALETTE = ("#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#e8590c", "#0c8599", "#c2255c", "#5f3dc4", "#66a80f")
MOST_DRAWN, MOST_DRAWN_SMALL = 2_000, 200
MOST_SIGNS, MOST_SIGNS_SMALL = 20_000, 240
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_FIELDS = ("choice", "choices", "accepted", "preference", "ranking", "inspection")


@dataclass(frozen=True, slots=True)
class Mark:
    """One object: `lines` and `dots` are path data, `dashed` if it does not count like the others (crowd, ignore,
    optional), `filled` if it has an inside."""

    name: str
    label: str
    color: str
    shape: str
    lines: str
    dots: str
    filled: bool
    dashed: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, and the labels of the spans that lie on it; `starts` are those that begin here."""

    text: str
    labels: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of a text. `cut`: it goes on."""

    name: str
    pieces: tuple[Piece, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many objects a label has, with its colour and its title (a text, or a text in several languages)."""

    label: str
    title: Any
    color: str
    count: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """What can be drawn of a document.

    view: left, top, width and height of what the marks lie in; None if there is nothing to draw on.
    stretched: the view has no proportions of its own (seconds to the right, lanes downwards).
    from_above: cuboids seen from above, forward is up; `view` is in metres.
    left_out: objects that are not drawn any more.
    answers: (field, value) of what the document says beside its objects.
    relations: (head, label, tail), head and tail as the words they mark.
    """

    view: tuple[float, float, float, float] | None = None
    marks: tuple[Mark, ...] = ()
    passages: tuple[Passage, ...] = ()
    answers: tuple[tuple[str, Any], ...] = ()
    relations: tuple[tuple[str, str, str], ...] = ()
    tallies: tuple[Tally, ...] = ()
    left_out: int = 0
    stretched: bool = False
    from_above: bool = False
    titles: Mapping[str, Any] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)

    @property
    def objects(self) -> int:
        return sum(tally.count for tally in self.tallies)


def draw(
    document: Mapping[str, Any] | None,
    labels: Mapping[str, Any] | Iterable[Any] = (),
    *,
    width: float = 0,
    height: float = 0,
    seconds: float | None = None,
    parts: Sequence[Mapping[str, str]] = (),
    small: bool = False,
) -> Sketch:
    """Draw a document (None: nothing is labelled yet, so only its text is shown).

    labels: the labels it may use, by name or one after another: rows of ours, FoundLabel, or mappings with "name",
    "title", "color", "skeleton". A label that is not among them gets a colour of its own.
    width, height, seconds, parts: of its media. `small`: a thumbnail, with less of everything.
    """
    document = document or {}
    objects = [item for item in document.get("objects") or () if isinstance(item, Mapping) and shape_of(item)]
    known = _by_name(labels)
    names = Counter(str(item.get("label", "")) for item in objects)
    colors = {name: _color(known.get(name), at) for at, name in enumerate(dict.fromkeys([*known, *names]))}
    titles = {name: _of(label, "title") or name for name, label in known.items()}
    drawable = [item for item in objects if shape_of(item) not in {"span", "relation"}]
    most = MOST_DRAWN_SMALL if small else MOST_DRAWN
    image = document.get("image")
    size = (image["width"], image["height"]) if isinstance(image, Mapping) else (width, height)
    trace = tracing.prepare(drawable[:most], size, _length(document, seconds), small=small)
    return Sketch(
        view=trace.view,
        marks=tuple(_mark(item, trace, known, colors) for item in drawable[:most]) if trace.view else (),
        passages=tuple(_passages(document, objects, parts, MOST_SIGNS_SMALL if small else MOST_SIGNS)),
        answers=tuple(_answers(document, objects, parts)),
        relations=tuple(_relations(document, objects, parts)),
        tallies=tuple(Tally(name, titles.get(name, name), colors[name], count) for name, count in names.most_common()),
        left_out=max(0, len(drawable) - most),
        stretched=trace.stretched,
        from_above=trace.from_above,
        titles=titles,
        colors=colors,
    )


def _by_name(labels: Mapping[str, Any] | Iterable[Any]) -> dict[str, Any]:
    if isinstance(labels, Mapping):
        return dict(labels)
    return {str(_of(label, "name")): label for label in labels}


def _of(label: Any, name: str) -> Any:
    return label.get(name) if isinstance(label, Mapping) else getattr(label, name, None)


def _color(label: Any, at: int) -> str:
    """Its own colour, else that of its place among the labels, as a set gives it to new ones."""
    own = _of(label, "color") if label is not None else None
    if isinstance(own, str) and _COLOR.fullmatch(own):
        return own
    return PALETTE[at % len(PALETTE)]


def _length(document: Mapping[str, Any], seconds: float | None) -> float | None:
    audio = document.get("audio")
    return audio.get("seconds", seconds) if isinstance(audio, Mapping) else seconds


def _mark(item: Mapping[str, Any], trace: Trace, known: Mapping[str, Any], colors: Mapping[str, str]) -> Mark:
    label, shape = str(item.get("label", "")), str(shape_of(item))
    skeleton = _of(known.get(label), "skeleton")
    edges = skeleton.get("edges", ()) if isinstance(skeleton, Mapping) else ()
    lines, dots = trace.paths(item, shape, edges)
    return Mark(
        name=str(item.get("id", "")),
        label=label,
        color=colors[label],
        shape=shape,
        lines=lines,
        dots=dots,
        filled=shape in tracing.FILLED,
        dashed=bool(item.get("crowd") or item.get("ignore") or item.get("optional")),
    )


# Text --------------------------------------------------------------------------------------------------------------


def _text(document: Mapping[str, Any], parts: Sequence[Mapping[str, str]]) -> str:
    """What spans count in: the document's own text, else the only part of the media."""
    own = document.get("text")
    if isinstance(own, str):
        return own
    return parts[0]["text"] if len(parts) == 1 else ""


def _passages(
    document: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, str]], most: int
) -> Iterable[Passage]:
    spans = [item for item in objects if shape_of(item) == "span"]
    if spans:
        text = _text(document, parts)
        yield Passage("", tuple(_pieces(text, spans, most)), len(text) > most)
        return
    for part in parts:
        yield Passage(part.get("name", ""), (Piece(part["text"][:most]),), len(part["text"]) > most)


def _pieces(text: str, spans: Sequence[Mapping[str, Any]], most: int) -> Iterable[Piece]:
    """The text cut at both ends of every span; spans may lie upon each other."""
    end = min(len(text), most)
    placed = [(*item["span"], str(item.get("label", ""))) for item in spans if item["span"][0] < end]
    begins: dict[int, list[int]] = {}
    stops: dict[int, list[int]] = {}
    for number, (start, stop, _label) in enumerate(placed):
        begins.setdefault(start, []).append(number)
        stops.setdefault(min(stop, end), []).append(number)
    cuts = sorted({0, end, *begins, *stops})
    over: dict[int, str] = {}
    for here, there in pairwise(cuts):
        for number in stops.get(here, ()):
            over.pop(number, None)
        over |= {number: placed[number][2] for number in begins.get(here, ())}
        starts = tuple(placed[number][2] for number in begins.get(here, ()))
        yield Piece(text[here:there], tuple(over.values()), starts)


def _answers(
    document: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, str]]
) -> Iterable[tuple[str, Any]]:
    yield from ((name, document[name]) for name in _FIELDS if document.get(name) not in (None, [], ()))
    text = document.get("text")
    marked = any(shape_of(item) == "span" for item in objects) or any(part["text"] == text for part in parts)
    if isinstance(text, str) and not marked:
        yield "text", text


def _relations(
    document: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, str]]
) -> Iterable[tuple[str, str, str]]:
    text = _text(document, parts)
    words = {
        str(item.get("id")): text[item["span"][0] : item["span"][1]] if shape_of(item) == "span" else str(item["label"])
        for item in objects
    }
    for item in objects:
        if shape_of(item) == "relation":
            ends = [str(item["relation"].get(end)) for end in ("head", "tail")]
            yield words.get(ends[0], ends[0]), str(item.get("label", "")), words.get(ends[1], ends[1])
