"""KITTI: one text file for each scene, with boxes in its photograph and cuboids in its point cloud.

A scene becomes a task for its photograph (boxes) and one for its cloud (cuboids), as far as these are there.
`DontCare` regions are ignored in grading, as they are in KITTI's own. What a row says besides (truncated, occluded, the
angle it is seen under) becomes attributes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
    near,
    whole,
)
from academy.annotation.formats.kitti_axes import AS_MOUNTED, Axes, as_mounted
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import CLOUDS, PICTURES, Place
from academy.annotation.formats.registry import Carries, Format, Sink
from academy.annotation.formats.sidecar import read_labels, read_names, without_blanks, write_labels, write_names
from academy.annotation.formats.voc_lists import Lists
from academy.annotation.formats.xml import number
from academy.grading.shapes import shape_of
from academy.i18n import Sentence, say

DONT_CARE = "DontCare"
_LABELS = frozenset({"label_2", "label_3", "labels", "label"})
_MEDIA = frozenset({"image_2", "velodyne"})
_OTHER_CAMERAS = frozenset({"image_0", "image_1", "image_3"})
_NO_LABELS = frozenset({"imagesets", "calib"})
_NUMBERS = (14, 15)
"""Behind the label; the fifteenth is how sure a machine was."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line, told apart."""

    label: str
    truncated: float
    occluded: float
    alpha: float
    edges: tuple[float, ...]
    sides: tuple[float, ...]
    """Height, width and length in metres; -1 where the row gives no cuboid."""
    floor: tuple[float, ...]
    turn: float

    @property
    def is_cuboid(self) -> bool:
        return min(self.sides) >= 0 and any(self.sides)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every scene of a KITTI folder, then the media without labels."""
    source = _Source(place, options)
    files = [path for path in place.labels(".txt") if source.is_labels(path)]
    if not files and not _has_folders(place):
        raise UnreadableSource(say("%(place)s holds no text files with KITTI's rows.", place=place.path.name))
    yield from source.labels.values()
    for file in files:
        yield from source.items_of(file)
    if place.file is None:
        yield from source.left_over()


class _Source:
    """What the files of one place share."""

    def __init__(self, place: Place, options: Options) -> None:
        self.place, self.options = place, options
        self.pictures = Pairing(place, passed=_OTHER_CAMERAS)
        self.clouds = Pairing(place, suffixes=CLOUDS, folders=dict.fromkeys(_LABELS, ("velodyne",)))
        self.labels = read_labels(place)
        self.names = read_names(place)
        self.lists = Lists(place)
        self.files = frozenset(place.files)
        self.mounted_said = False

    def wants(self, kind: str) -> bool:
        return self.options.kind in ("", "mixed", kind)

    def is_labels(self, path: Path) -> bool:
        """Whether a text file holds rows (perhaps none) and is no list, calibration or note."""
        if path.suffix.lower() != ".txt" or path == self.options.labels:
            return False
        folders = {part.casefold() for part in path.relative_to(self.place.root).parts[:-1]}
        if folders & _NO_LABELS:
            return False
        return _begins_with_row(path) or bool(folders & _LABELS)

    def items_of(self, file: Path) -> Iterator[FoundItem | Problem]:
        """The tasks of one scene, and what is odd in its file."""
        name = self.place.name(file)
        rows: list[tuple[str, Row]] = []
        for row in self._rows(file, name):
            if isinstance(row, Problem):
                yield row
            else:
                rows.append(row)
        picture, cloud = self.pictures.find(file, file.stem), self.clouds.find(file, file.stem)
        if picture is None and cloud is None:
            missing = f"{file.stem}.bin" if self.options.kind == "cuboid" else f"{file.stem}.png"
            yield Problem(name, None, own.missing_picture(missing))
            things = self._cuboids(rows, None) if self.options.kind == "cuboid" else _boxes(rows, keep_cuboids=True)
            yield self._item(name, None, things, missing)
        if picture is not None and (self.wants("box") or cloud is None):
            yield self._item(name, picture, _boxes(rows, keep_cuboids=cloud is None))
        if cloud is not None and (self.wants("cuboid") or picture is None):
            axes, problem = self._axes(file, name)
            if problem:
                yield problem
            yield self._item(name, cloud, self._cuboids(rows, axes))

    def _item(self, name: str, media: Path | None, things: Sequence[FoundObject], missing: str = "") -> FoundItem:
        return FoundItem(
            name=self._called(media) if media else missing,
            file=name,
            media=media,
            missing=missing,
            objects=tuple(things),
            tags=self.lists.tags(PurePosixPath(name).stem),
        )

    def _rows(self, file: Path, name: str) -> Iterator[tuple[str, Row] | Problem]:
        try:
            for line in read_lines(file, name) if file.stat().st_size else ():
                if isinstance(line, Problem):
                    yield line
                elif line.text.strip():
                    row = self._row(line)
                    yield (str(line.number), row) if row else Problem(name, str(line.number), _no_row(line), 1)
        except UnreadableSource as error:
            yield Problem(name, None, error.sentence)

    def _row(self, line: Line) -> Row | None:
        cells = line.text.split()
        behind = next((count for count in _NUMBERS if len(cells) == count + 1), 0)
        values = [number(cell) for cell in cells[1:]]
        if not behind or None in values:
            return None
        told = [whole(value) for value in values if value is not None]
        label = self.labels[cells[0]].name if cells[0] in self.labels else own.label_or_none(cells[0])
        return Row(label, told[0], told[1], told[2], tuple(told[3:7]), tuple(told[7:10]), tuple(told[10:13]), told[13])

    def _cuboids(self, rows: Sequence[tuple[str, Row]], axes: Axes | None) -> list[FoundObject]:
        mounted = axes or Axes(AS_MOUNTED)
        return [
            FoundObject(place, row.label, "cuboid", [near(n) for n in mounted.cuboid(row.sides, row.floor, row.turn)])
            for place, row in rows
            if row.is_cuboid
        ]

    def _axes(self, file: Path, name: str) -> tuple[Axes | None, Problem | None]:
        """How the camera of a scene is mounted; once it is said that nothing tells it."""
        beside = (file.parent.parent / "calib" / file.name, file.parent / "calib.txt", file.parent.parent / "calib.txt")
        path = next((path for path in beside if path in self.files), None)
        axes = Axes.read(_calibrated(path)) if path else None
        if axes is not None or self.mounted_said:
            return axes, None
        self.mounted_said = True
        sentence = say(
            "No calibration file tells how the camera is mounted on the scanner; the cuboids were turned as if both "
            "stood in one place. Put the folder calib beside the labels."
        )
        return None, Problem(name, None, sentence)

    def left_over(self) -> Iterator[FoundItem]:
        """Photographs and clouds without a file of labels: tasks without gold."""
        media = [("box", PICTURES, self.pictures), ("cuboid", CLOUDS, self.clouds)]
        for kind, suffixes, pairing in media:
            known = {path for paths in pairing.by_folder.values() for path in paths}
            for path in self.place.unused(suffixes) if self.wants(kind) else ():
                if path in known:
                    name = self.place.name(path)
                    tags = self.lists.tags(path.stem)
                    yield FoundItem(name=self._called(path), file=name, labelled=False, media=path, tags=tags)

    def _called(self, media: Path) -> str:
        name = self.place.name(media)
        return self.names.get(name, name)


def _no_row(line: Line) -> Sentence:
    return say(
        "Line %(line)s is no row of KITTI's (a label and 14 or 15 numbers); it was not imported.", line=line.number
    )


def _boxes(rows: Sequence[tuple[str, Row]], *, keep_cuboids: bool) -> list[FoundObject]:
    """The boxes in the photograph. `keep_cuboids`: there is no cloud to draw them in, so they become attributes."""
    things = []
    for place, row in rows:
        left, top, right, bottom = row.edges
        if row.edges in ((0, 0, 0, 0), (-1, -1, -1, -1)) and row.is_cuboid and not keep_cuboids:
            continue  # it is out of the camera's sight
        said: dict[str, Any] = {"truncated": row.truncated, "occluded": row.occluded, "alpha": row.alpha}
        attributes = {name: value for name, value in said.items() if value not in (-1, -10)}
        if keep_cuboids and row.is_cuboid:
            attributes |= {"sides": list(row.sides), "floor": list(row.floor), "turn": row.turn}
        cares = row.label != DONT_CARE
        things.append(
            FoundObject(
                place, row.label, "box", (left, top, near(right - left), near(bottom - top)), ignore=not cares,
                attributes=attributes if cares else {},
            )
        )  # fmt: skip
    return things


def _calibrated(path: Path) -> Mapping[str, Sequence[float]]:
    told: dict[str, list[float]] = {}
    for line in first_lines(path, 50):
        name, colon, values = line.partition(":")
        numbers = [value for value in map(number, values.split()) if value is not None]
        if colon:
            told[name.strip()] = numbers
    return told


def _has_folders(place: Place) -> bool:
    return any(not _MEDIA.isdisjoint(path.relative_to(place.root).parts) for path in place.files)


def _begins_with_row(path: Path) -> bool:
    rows = [line.split() for line in first_lines(path, 3) if line.strip()]
    return bool(rows) and all(
        len(cells) - 1 in _NUMBERS and number(cells[0]) is None and None not in map(number, cells[1:]) for cells in rows
    )


def _fits(place: Place) -> bool:
    if place.file is not None:
        return place.file.suffix.lower() == ".txt" and _begins_with_row(place.file)
    texts = [path for path in place.labels(".txt") if path.parent.name.casefold() not in _NO_LABELS]
    return any(map(_begins_with_row, texts[:20])) or _has_folders(place)


# Out ---------------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """A KITTI folder: labels, photographs, clouds and how they stand to each other."""
    written = without_blanks(label.name for label in leaving.labels)
    write_labels(leaving.labels, sink, written)
    taken: set[str] = set()
    names: dict[str, str] = {}
    for item in leaving.items():
        if item.media not in ("picture", "cloud"):
            continue
        path = PurePosixPath(item.file_name)
        stem = str(path.with_suffix(""))
        while stem in taken:
            stem += "_"
        taken.add(stem)
        file = f"{'image_2' if item.media == 'picture' else 'velodyne'}/{stem}{path.suffix}"
        names[file] = item.name
        sink.copy(file, item.key)
        if item.document is not None:
            rows = "".join(f"{row}\n" for row in _rows_of(item, written))
            sink.put(f"label_2/{stem}.txt", rows.encode())
            if item.media == "cloud":
                sink.put(f"calib/{stem}.txt", _calibration_file())
    write_names(names, sink)


def _rows_of(item: LeavingItem, written: Mapping[str, str]) -> Iterator[str]:
    for thing in (item.document or {}).get("objects", ()):
        attributes = thing.get("attributes") or {}
        values: list[float]
        if item.media == "picture" and shape_of(thing) == "box":
            x, y, w, h = thing["box"]
            seen = [_told(attributes, name, 1, unknown) for name, unknown in (("truncated", [-1]), ("occluded", [-1]))]
            values = [*seen[0], *seen[1], *_told(attributes, "alpha", 1, [-10]), x, y, x + w, y + h]
            values += [*_told(attributes, "sides", 3, [-1] * 3), *_told(attributes, "floor", 3, [-1000] * 3)]
            values += _told(attributes, "turn", 1, [-10])
        elif item.media == "cloud" and shape_of(thing) == "cuboid":
            sides, floor, turn = as_mounted(thing["cuboid"])
            values = [-1, -1, -10, 0, 0, 0, 0, *sides, *floor, turn]
        else:
            continue
        label = DONT_CARE if thing["label"] == DONT_CARE else written.get(thing["label"], "_")
        yield " ".join([label, *map(repr, values)])


def _told(attributes: Mapping[str, Any], name: str, count: int, unknown: Sequence[float]) -> Sequence[float]:
    """So many numbers of an attribute, if it has them."""
    value = attributes.get(name)
    listed = value if isinstance(value, list) else [value]
    return (own.numbers(listed) or unknown) if len(listed) == count else unknown


def _calibration_file() -> bytes:
    flat = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    lines = [*((f"P{camera}", flat) for camera in range(4)), ("R0_rect", [1, 0, 0, 0, 1, 0, 0, 0, 1])]
    lines.append(("Tr_velo_to_cam", [int(value) for value in AS_MOUNTED[:3].reshape(-1)]))
    lines.append(("Tr_imu_to_velo", flat))
    return "".join(f"{name}: {' '.join(map(str, values))}\n" for name, values in lines).encode()


FORM = Format(
    "kitti",
    "KITTI",
    read=read,
    write=write,
    fits=_fits,
    carries=Carries(
        shapes=frozenset({"box", "cuboid"}),
        media=frozenset({"picture", "cloud"}),
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
        mixed=False,
    ),
)
