"""Tables with one row for each object: boxes by their corners or sizes, points, spans of texts, segments of sounds.

The rows of one item may stand apart; then they are brought together in a file of the system, not in memory.
"""

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.annotation.formats.columns import Plan, Record, media_name, plain_name
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    Options,
    Problem,
    kind_of,
    plain_label,
    whole,
)
from academy.annotation.formats.own import Names
from academy.annotation.formats.places import Place
from academy.annotation.formats.records import NO, PREFERENCES, labels_of, words
from academy.i18n import say
from academy.safe_json import RefusedJson, parse_json

CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"), ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"), ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"),
)  # fmt: skip
SIZES = (
    ("x", "y", "w", "h"), ("bbox_x", "bbox_y", "bbox_width", "bbox_height"), ("x", "y", "width", "height"),
    ("left", "top", "width", "height"), ("xmin", "ymin", "width", "height"),
)  # fmt: skip
SPANS = (("start", "end"), ("begin", "end"), ("start_offset", "end_offset"), ("시작", "끝"))
FLAGS = ("crowd", "ignore", "optional")
_YES = frozenset({"yes", "true", "1"})
_ANSWERS = {
    "choice": "choice",
    "choices": "choices",
    "preference": "preference",
    "transcription": "text",
    "writing": "text",
}


@dataclass(frozen=True, slots=True)
class Shapes:
    """The columns that hold shapes, and what else a row says of its object."""

    box: tuple[str, ...] = ()
    corners: bool = False
    point: tuple[str, ...] = ()
    span: tuple[str, ...] = ()
    shared: bool = False
    """Corners as shares of the picture's sides (Open Images)."""
    more: Mapping[str, str] = field(default_factory=dict)
    """id, crowd, ignore, optional, rule, attributes, said (the words of a segment), and the answers of our own tables,
    by their columns."""


def shapes_of(names: Sequence[str], plan: Plan) -> Shapes | None:
    """What the columns say of shapes; None if a row is no object."""
    by_name = {plain_name(name): name for name in reversed(names)}

    def first(choices: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        found = next((choice for choice in choices if all(name in by_name for name in choice)), ())
        return tuple(by_name[name] for name in found)

    corners = first(CORNERS)
    box = corners or first(SIZES)
    span, point = first(SPANS), first([("x", "y")])
    if not (box or span or point) or not (plan.file or plan.texts or plan.item):
        return None
    wanted = ("id", *FLAGS, "rule", "attributes", "said", *(_ANSWERS if plan.ours else ()))
    more = {name: by_name[name] for name in wanted if name in by_name and by_name[name] != plan.item}
    shared = "xmin" in by_name and ("imageid" in by_name or "image_id" in by_name) and "labelname" in by_name
    return Shapes(box, bool(corners), point, span, shared, more)


class ObjectTable:
    """The items of one table of objects."""

    def __init__(self, plan: Plan, shapes: Shapes, file: str, place: Place, options: Options) -> None:
        self.plan, self.shapes, self.file, self.place, self.options = plan, shapes, file, place, options

    def read(self, rows: Callable[[], Iterator[tuple[int, Record] | Problem]]) -> Iterator[Found]:
        """Every item with its objects. `rows` is asked twice: first for the order in which the items come."""
        scattered = _scattered(self._key(row[1]) for row in rows() if not isinstance(row, Problem))
        apart = _Apart() if scattered else None
        group: list[tuple[int, Record]] = []
        key: tuple[str, str] | None = None
        for row in rows():
            if isinstance(row, Problem):
                yield row
                continue
            own = self._key(row[1])
            if apart is not None and hash(own) in scattered:
                apart.add(own, *row)
                continue
            if group and own != key:
                yield from self._item(group)
                group = []
            key = own
            group.append(row)
        if group:
            yield from self._item(group)
        for group in apart or ():
            yield from self._item(group)

    def _key(self, record: Record) -> tuple[str, str]:
        plan = self.plan
        column = plan.item if plan.ours or not plan.file else plan.file
        shown = column or (plan.texts[0] if plan.texts else "")
        return words(record.get(shown)).strip(), words(record.get(plan.annotator)).strip() if plan.annotator else ""

    def _item(self, group: list[tuple[int, Record]]) -> Iterator[Found]:
        line, first = group[0]
        name, person = self._key(first)
        written = words(first.get(self.plan.file)).strip() if self.plan.file else ""
        media = self.place.find(written) if written else None
        parts = tuple((part, words(first.get(column))) for column, part in self.plan.parts.items())
        if not name:
            sentence = say("Line %(line)s does not say which item it speaks of; it was not imported.", line=line)
            yield Problem(self.file, str(line), sentence, len(group))
            return
        if not self.plan.ours and media is not None:
            name = self.place.name(media)
        item = FoundItem(
            name=plain_label(name), file=self.file, media=media, parts=parts, shared=True,
            missing=(written or name) if media is None and not parts else "",
            annotator=person or self.options.annotator,
        )  # fmt: skip
        if written and media is None and not parts:
            sentence = say("The file %(file)s is not there; the task waits until it is brought.", file=written)
            yield item.problem(None, sentence)
        objects: list[FoundObject] = []
        names = Names()
        for line, record in group:
            found = self._object(record, line, item, names)
            if isinstance(found, Problem):
                yield found
            elif found is not None:
                objects.append(found)
        yield self._labelled(item, group, tuple(objects))

    def _labelled(
        self, item: FoundItem, group: list[tuple[int, Record]], objects: tuple[FoundObject, ...]
    ) -> FoundItem:
        fields = self._fields(group[0][1])
        said = words(group[0][1].get(self.plan.labelled)).strip().casefold() if self.plan.labelled else ""
        return FoundItem(
            name=item.name, file=item.file, media=item.media, parts=item.parts, shared=True, missing=item.missing,
            annotator=item.annotator, objects=objects, fields=fields, kind=kind_of(objects, fields),
            labelled=said not in NO or bool(objects or fields),
        )  # fmt: skip

    def _fields(self, record: Record) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for column, answer in _ANSWERS.items():
            text = words(record.get(self.shapes.more.get(column, "")))
            if text and answer == "choices":
                fields[answer] = labels_of(text) or []
            elif text:
                fields[answer] = PREFERENCES.get(text.casefold(), text) if answer == "preference" else text
        if self.plan.accepted and (accepted := labels_of(record.get(self.plan.accepted))):
            fields["accepted"] = accepted
        return fields

    def _object(self, record: Record, line: int, item: FoundItem, names: Names) -> FoundObject | Problem | None:
        """The object of a row; None if its cells say that there is none."""
        cells = {
            column: words(record.get(column)).strip()
            for column in (*self.shapes.box, *self.shapes.point, *self.shapes.span)
        }
        label = plain_label(words(record.get(self.plan.label))) if self.plan.label else ""
        if not any(cells.values()):
            return None
        called = words(record.get(self.shapes.more.get("id", ""))).strip()
        if not label:
            sentence = say("Line %(line)s: the object has no label; it was not imported.", line=line)
            return Problem(item.place, called or str(line), sentence, 1)
        numbers = {column: _number(cell) for column, cell in cells.items() if cell}
        odd = next((cells[column] for column, number in numbers.items() if number is None), None)
        made = None if odd is not None else self._shape({c: n for c, n in numbers.items() if n is not None}, item)
        if made is None:
            sentence = say(
                "Line %(line)s: %(label)s has no complete place (%(odd)s); the object was not imported.", line=line,
                label=label, odd=odd or ", ".join(column for column, cell in cells.items() if not cell),
            )  # fmt: skip
            return Problem(item.place, called or str(line), sentence, 1)
        crowd, ignore, optional = (
            words(record.get(self.shapes.more.get(flag, ""))).strip().casefold() in _YES for flag in FLAGS
        )
        said = words(record.get(self.shapes.more.get("said", "")))
        return FoundObject(
            names.free(called or str(len(names.taken) + 1)), label, *made, crowd=crowd, ignore=ignore,
            optional=optional, rule=words(record.get(self.shapes.more.get("rule", ""))), called=called,
            attributes=self._attributes(record), beside={"text": said} if said else {},
        )  # fmt: skip

    def _shape(self, numbers: Mapping[str, float], item: FoundItem) -> tuple[str, Any] | None:
        shapes = self.shapes
        box = [numbers[column] for column in shapes.box if column in numbers]
        if len(box) == 4:
            first, second, third, fourth = box
            if shapes.shared:
                width, height = (self.place.size(item.media) if item.media else None) or (0, 0)
                first, second, third, fourth = first * width, second * height, third * width, fourth * height
            return "box", [first, second, third - first, fourth - second] if shapes.corners else box
        point = [numbers[column] for column in shapes.point if column in numbers]
        if len(point) == 2 and not (set(shapes.box) - set(shapes.point)) & set(numbers):
            return "point", point
        span = [numbers[column] for column in shapes.span if column in numbers]
        if len(span) == 2 and not box:
            return ("span", [whole(end) for end in span]) if item.parts else ("segment", span)
        return None

    def _attributes(self, record: Record) -> dict[str, Any]:
        text = words(record.get(self.shapes.more.get("attributes", "")))
        try:
            value = parse_json(text) if text.startswith("{") else {}
        except RefusedJson:
            return {}
        return value if isinstance(value, dict) else {}


def headless_boxes(header: Sequence[str]) -> list[str] | None:
    """The names of the columns of a table without a heading: `picture,x1,y1,x2,y2,label`."""
    if len(header) != 6 or not media_name(header[0]):
        return None
    middle = [cell.strip() for cell in header[1:5]]
    if not all(_number(cell) is not None for cell in middle) and any(middle):
        return None
    return ["file", "x1", "y1", "x2", "y2", "label"]


def _number(cell: str) -> float | None:
    try:
        number = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
    except ValueError:
        return None
    return whole(number) if math.isfinite(number) else None


def _scattered(keys: Iterable[tuple[str, str]]) -> set[int]:
    """The items that come again after others, by their hashes."""
    ended: set[int] = set()
    again: set[int] = set()
    current: int | None = None
    for key in map(hash, keys):
        if key != current:
            if key in ended:
                again.add(key)
            ended.add(key)
            current = key
    return again


class _Apart:
    """Rows of items that stand apart, brought together by a small database in a file without a name."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE apart (item TEXT, line INTEGER, record TEXT)")

    def add(self, key: tuple[str, str], line: int, record: Record) -> None:
        self._rows.execute("INSERT INTO apart VALUES (?, ?, ?)", (json.dumps(key), line, json.dumps(record)))

    def __iter__(self) -> Iterator[list[tuple[int, Record]]]:
        self._rows.execute("CREATE INDEX by_item ON apart (item, line)")
        items = self._rows.execute("SELECT item FROM apart GROUP BY item ORDER BY min(line)")
        for (item,) in items:
            rows = self._rows.execute("SELECT line, record FROM apart WHERE item = ? ORDER BY line", (item,))
            yield [(line, json.loads(record)) for line, record in rows]
        self._rows.close()
