"""DeepLabCut's CSV of key points: heading lines for scorer, (individual,) body part and coordinate, then a line for
each picture. A point that is not set has blank cells. The scorer is a person only where there are several."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from academy.annotation.formats.found import Found, FoundItem, FoundLabel, FoundObject, Options, Problem, plain_label
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.tables import Row, Table
from academy.i18n import say

ANIMAL = "animal"
"""The label where the file names no individuals."""
_NAMED = ("scorer", "individuals", "bodyparts", "coords")


@dataclass(frozen=True, slots=True)
class _Point:
    """Two columns that say where a body part of an individual is."""

    scorer: str
    animal: str
    part: str
    x: int
    y: int


def fits(table: Table) -> bool:
    return plain_label(table.header[0]).casefold() == "scorer" if table.header else False


def read(table: Table, place: Place, options: Options) -> Iterator[Found]:
    """One object with all its key points for each animal of each picture; `options.kind` "points": a point for each."""
    rows = table.rows(heading=False)
    headings: dict[str, tuple[str, ...]] = {}
    points: list[_Point] | None = None
    for row in rows:
        if isinstance(row, Problem):
            yield row
        elif points is None and row.cells[0].strip().casefold() in _NAMED:
            headings[row.cells[0].strip().casefold()] = row.cells
            if row.cells[0].strip().casefold() == "coords":
                points = _points(headings)
                if not points:
                    sentence = say("The heading of %(file)s names no key points: each needs a column x and a column y.",
                                   file=table.name)  # fmt: skip
                    yield Problem(table.name, None, sentence)
                    return
                yield from _labels(points, options)
        elif points is None:
            sentence = say("The heading of %(file)s is incomplete: it has no line coords.", file=table.name)
            yield Problem(table.name, None, sentence)
            return
        else:
            yield from _items(row, points, table.name, place, options)


def _points(headings: dict[str, tuple[str, ...]]) -> list[_Point]:
    coords = headings["coords"]
    parts = headings.get("bodyparts", coords)
    animals, scorers = headings.get("individuals"), headings.get("scorer", coords)
    points: dict[tuple[str, str, str], dict[str, int]] = {}
    for column, coordinate in enumerate(coords):
        if coordinate.strip().casefold() in ("x", "y"):
            animal = plain_label(animals[column]) if animals else ANIMAL
            key = (plain_label(scorers[column]), animal, plain_label(parts[column]))
            points.setdefault(key, {})[coordinate.strip().casefold()] = column
    return [_Point(*key, columns["x"], columns["y"]) for key, columns in points.items() if {"x", "y"} <= set(columns)]


def _labels(points: list[_Point], options: Options) -> Iterator[FoundLabel]:
    if options.kind == "points":
        yield from (FoundLabel(part) for part in dict.fromkeys(point.part for point in points))
        return
    for animal in dict.fromkeys(point.animal for point in points):
        parts = list(dict.fromkeys(point.part for point in points if point.animal == animal))
        yield FoundLabel(animal, skeleton={"points": parts, "edges": []})


def _items(row: Row, points: list[_Point], file: str, place: Place, options: Options) -> Iterator[Found]:
    first = min(point.x for point in points)
    # Newer versions write the path in three cells: the folder, the video, the picture.
    written = "/".join(cell.strip() for cell in row.cells[:first] if cell.strip())
    picture = place.find(written, PICTURES)
    name = place.name(picture) if picture is not None else plain_label(written)
    scorers = list(dict.fromkeys(point.scorer for point in points))
    if picture is None:
        sentence = say("The picture %(file)s is not there; the task waits until it is brought.", file=written)
        yield Problem(f"{file}: {name}", None, sentence)
    for scorer in scorers:
        problems: list[Problem] = []
        own = [point for point in points if point.scorer == scorer]
        objects = tuple(_objects(row, own, f"{file}: {name}", options, problems))
        yield from problems
        yield FoundItem(
            name=name, file=file, kind="points" if options.kind == "points" else "keypoints", labelled=bool(objects),
            media=picture, missing="" if picture is not None else written, objects=objects, shared=True,
            annotator=scorer if len(scorers) > 1 else options.annotator,
        )  # fmt: skip


def _objects(
    row: Row, points: list[_Point], where: str, options: Options, problems: list[Problem]
) -> Iterator[FoundObject]:
    placed: dict[str, list[tuple[str, list[float]]]] = {}
    for point in points:
        found = _place(row, point)
        if found is None:
            sentence = say("%(part)s: this is no pair of numbers; the point was taken as not set.", part=point.part)
            problems.append(Problem(where, point.part, sentence))
        placed.setdefault(point.animal, []).append((point.part, found or [0, 0, 0]))
    if options.kind == "points":
        found_points = [(part, spot) for parts in placed.values() for part, spot in parts if spot[2]]
        for number, (part, (x, y, _)) in enumerate(found_points, 1):
            yield FoundObject(str(number), part, "point", [x, y])
        return
    for number, (animal, parts) in enumerate(placed.items(), 1):
        if any(spot[2] for _, spot in parts):
            yield FoundObject(str(number), animal, "keypoints", [spot for _, spot in parts])


def _place(row: Row, point: _Point) -> list[float] | None:
    """[x, y, v] of a point: [0, 0, 0] if it is not set, None if its cells hold something else than numbers."""
    cells = row.cells[point.x].strip(), row.cells[point.y].strip()
    if all(cell.casefold() in ("", "nan") for cell in cells):
        return [0, 0, 0]
    try:
        x, y = map(float, cells)
    except ValueError:
        return None
    return [x, y, 2] if math.isfinite(x) and math.isfinite(y) else None
