"""MOT: the boxes of a film in one table, a row for each frame and object; frames count from 1.

A row belongs to the track its number names; rows without one (-1) become tracks of a single frame. A track ends where
its rows do. Rows that do not count (the seventh column is 0) make their track an ignored one if all of them say so. How
much of an object is to be seen in each frame is not kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as BrokenIni
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

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
    whole,
)
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.registry import Carries, Format, Sink
from academy.annotation.formats.sidecar import read_labels, read_names, write_labels, write_names
from academy.annotation.formats.xml import number
from academy.annotation.formats.yolo_names import describe
from academy.i18n import Sentence, say

CLASSES = (
    "pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person",
    "distractor", "occluder", "occluder on the ground", "occluder full", "reflection",
)  # fmt: skip
"""MOT's own, where a sequence names none."""
MOST_ROWS = 500_000
"""Of one film; it is held in memory, as its rows come in any order."""
_TABLES = ("gt.txt", "det.txt")
_ENDS = "Tracks"
"""Our own section of seqinfo.ini: the last key frame of each track, with "gone" behind it if it ends there."""


@dataclass
class _Track:
    label: int
    boxes: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)
    counts: bool = False
    others: int = 0
    """Rows that name another class."""


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every sequence below the place."""
    tables = [path for path in place.files if _is_table(path)] if place.file is None else [place.file]
    if place.file is not None:
        place = Place(_film(place.file))  # the frames lie beside the folder of the table
    films = {path: _film(path) for path in tables}
    bare = [path.parent for path in place.files if path.name == "seqinfo.ini" and path.parent not in films.values()]
    if not films and not bare:
        raise UnreadableSource(
            say("%(place)s holds no table of MOT's (gt/gt.txt or det/det.txt).", place=place.path.name)
        )
    known, names = read_labels(place), read_names(place)
    yield from known.values()
    shown = {label.name for label in known.values()}
    for table, film in films.items():
        if table.name == "det.txt" and (film / "gt" / "gt.txt") in films:
            continue  # what a machine found, beside what people drew
        source = _Film(place, film, options, names)
        for label in source.defined:
            if label not in shown:
                shown.add(label)
                yield FoundLabel(label)
        yield from source.found(table)
    for film in bare:
        yield _Film(place, film, options, names).unlabelled()


def _film(table: Path) -> Path:
    return table.parent.parent if table.parent.name in ("gt", "det") else table.parent


class _Film:
    """One sequence: its folder, its frames, its labels."""

    def __init__(self, place: Place, folder: Path, options: Options, names: Mapping[str, str]) -> None:
        self.place, self.folder = place, folder
        info = _info(folder / "seqinfo.ini")
        self.ends = info.get(_ENDS, {})
        self.about = info.get("Sequence", {})
        pictures = folder / PurePosixPath(self.about.get("imdir", "img1")).name
        self.frames = tuple(path for path in place.media(PICTURES) if path.parent == pictures)
        place.used.update(self.frames)
        listed = options.labels or folder / "gt" / "labels.txt"
        said = describe(listed) if listed.name.lower() == "labels.txt" or options.labels else None
        self.defined = list(said.names.values()) if said else []
        name = place.name(folder) if folder != place.root else folder.name
        self.name = names.get(name, name)

    @property
    def count(self) -> int:
        said = self.about.get("seqlength", "")
        return len(self.frames) or (int(said) if said.isdecimal() else 0)

    @property
    def size(self) -> tuple[float, float] | None:
        sides = [number(self.about.get(side)) for side in ("imwidth", "imheight")]
        return (sides[0], sides[1]) if sides[0] and sides[1] else None

    def unlabelled(self) -> FoundItem:
        name = self.place.name(self.folder / "seqinfo.ini")
        return FoundItem(
            name=self.name, file=name, kind="track", labelled=False, frames=self.frames, size=self.size,
            missing="" if self.frames else self.name,
        )  # fmt: skip

    def found(self, table: Path) -> Iterator[FoundItem | Problem]:
        """The film with its tracks, and what is odd in its table."""
        name = self.place.name(table)
        if not self.frames:
            sentence = say(
                "No frames of the film %(name)s were found beside the labels; its task waits until they are imported.",
                name=self.name,
            )
            yield Problem(name, None, sentence)
        tracks: dict[str, _Track] = {}
        for row in _rows(table, name):
            if isinstance(row, Problem):
                yield row
            else:
                _take(row, tracks)
        unnamed = next((called for called, track in tracks.items() if not self._label(track.label)), None)
        if unnamed is not None:
            yield Problem(name, unnamed, own.unlabelled())
        objects = []
        for called in list(tracks):
            track = tracks.pop(called)  # two forms of one film at once would be a lot of memory
            if track.others:
                sentence = say(
                    "%(count)s rows of track %(track)s name another class than its first; the first was taken.",
                    count=track.others,
                    track=called,
                )
                yield Problem(name, called, sentence)
            objects.append(self._object(called, track))
        yield FoundItem(
            name=self.name,
            file=name,
            kind="track",
            frames=self.frames,
            missing="" if self.frames else self.name,
            size=self.size,
            objects=tuple(objects),
        )

    def _label(self, number_of_class: int) -> str:
        names: Sequence[str] = self.defined or CLASSES
        if not 0 < number_of_class <= len(names):
            return str(number_of_class) if number_of_class > 0 else ""
        return names[number_of_class - 1]

    def _object(self, called: str, track: _Track) -> FoundObject:
        keys: dict[str, Any] = {}
        frames = sorted(track.boxes)
        for frame, following in zip(frames, [*frames[1:], None], strict=True):
            keys[str(frame)] = list(track.boxes[frame])
            if following != frame + 1 and (following is not None or frame + 1 < self.count):
                keys[str(frame + 1)] = None
        return FoundObject(
            called,
            self._label(track.label) or own.UNLABELLED,
            "track",
            self._ended(called, keys),
            ignore=not track.counts,
        )

    def _ended(self, called: str, keys: dict[str, Any]) -> dict[str, Any]:
        """The key frames up to the one that our own export named as the last."""
        last, _, gone = self.ends.get(called, "").partition(" ")
        if not last.isdecimal():
            return keys
        kept = {frame: box for frame, box in keys.items() if int(frame) <= int(last)}
        return kept | ({last: None} if gone else {})


Row = tuple[int, str, tuple[float, float, float, float], float, int]
"""Frame (from 0), track, box, whether it counts, class (-1: none)."""


def _rows(table: Path, name: str) -> Iterator[Row | Problem]:
    taken = 0
    try:
        for line in read_lines(table, name) if table.stat().st_size else ():
            if isinstance(line, Problem):
                yield line
            elif line.text.strip():
                taken += 1
                if taken > MOST_ROWS:
                    sentence = say(
                        "The table has more than %(most)s rows; those from line %(line)s on were not imported.",
                        most=MOST_ROWS,
                        line=line.number,
                    )
                    yield Problem(name, str(line.number), sentence)
                    return
                row = _row(line)
                yield row if row is not None else Problem(name, str(line.number), _no_row(line), 1)
    except UnreadableSource as error:
        yield Problem(name, None, error.sentence)


def _no_row(line: Line) -> Sentence:
    return say(
        "Line %(line)s is no row of MOT's (frame, track, left, top, width, height ...); it was not imported.",
        line=line.number,
    )


def _row(line: Line) -> Row | None:
    values = [number(cell) for cell in (line.text.split(",") if "," in line.text else line.text.split())]
    if len(values) < 6 or None in values:
        return None
    frame, track, left, top, width, height, *more = (whole(value) for value in values if value is not None)
    if frame < 1 or frame != int(frame) or frame > 10**7 or track != int(track):
        return None
    counts = more[0] if more else 1
    kind = int(more[1]) if len(more) > 1 and more[1] == int(more[1]) and len(more) < 4 else -1
    called = f"line {line.number}" if track == -1 else str(int(track))
    return int(frame) - 1, called, (left, top, width, height), counts, kind


def _take(row: Row, tracks: dict[str, _Track]) -> None:
    frame, called, box, counts, kind = row
    track = tracks.setdefault(called, _Track(kind))
    track.boxes[frame] = box
    track.counts |= counts != 0
    track.others += kind != track.label


def _info(path: Path) -> Mapping[str, Mapping[str, str]]:
    """The sections of seqinfo.ini; keys in small letters."""
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string("\n".join(first_lines(path, 100_000)) if path.is_file() else "")
    except BrokenIni:
        return {}
    return {section: dict(parser[section]) for section in parser.sections()}


def _is_table(path: Path) -> bool:
    return path.name in _TABLES and path.parent.name in ("gt", "det") and (path.stat().st_size == 0 or _has_rows(path))


def _has_rows(path: Path) -> bool:
    rows = [line for line in first_lines(path, 3) if line.strip()]
    return any(_row(Line(1, row)) is not None for row in rows)


def _fits(place: Place) -> bool:
    if place.file is not None:
        return place.file.name in _TABLES and _has_rows(place.file)
    return any(path.name == "seqinfo.ini" or _is_table(path) for path in place.files)


# Out ---------------------------------------------------------------------------------------------------------------


def write(leaving: LeavingSet, sink: Sink) -> None:
    """A folder for each film: its frames, its table, its labels."""
    write_labels(leaving.labels, sink)
    classes = {label.name: place for place, label in enumerate(leaving.labels, 1)}
    taken: set[str] = set()
    names: dict[str, str] = {}
    for item in leaving.items():
        if item.media != "video":
            continue
        folder = _folder_of(item, taken)
        names[folder] = item.name
        for place, key in enumerate(item.frames, 1):
            sink.copy(f"{folder}/img1/{place:06d}{PurePosixPath(key).suffix}", key)
        ends: list[str] = []
        if item.document is not None:
            tracks = [thing for thing in item.document.get("objects", ()) if thing.get("track")]
            rows = [row for place, thing in enumerate(tracks, 1) for row in _rows_of(place, thing, item, classes)]
            sink.put(f"{folder}/gt/gt.txt", "".join(f"{row}\n" for row in rows).encode())
            sink.put(f"{folder}/gt/labels.txt", "".join(f"{label.name}\n" for label in leaving.labels).encode())
            ends = [_end(place, thing["track"]) for place, thing in enumerate(tracks, 1)]
        sink.put(f"{folder}/seqinfo.ini", _info_of(item, folder, ends))
    write_names(names, sink)


def _folder_of(item: LeavingItem, taken: set[str]) -> str:
    """A folder of its own for a film, called like the film where that can be."""
    plain = re.sub(r'[\x00-\x1f:\\"<>|?*]', "_", PurePosixPath(item.name).name).strip(". ")[:100] or "film"
    folder, number_of_it = plain, 2
    while folder.casefold() in taken:
        folder, number_of_it = f"{plain}-{number_of_it}", number_of_it + 1
    taken.add(folder.casefold())
    return folder


def _rows_of(place: int, thing: Mapping[str, Any], item: LeavingItem, classes: Mapping[str, int]) -> Iterator[str]:
    """A row for every frame in which the object is there; after its last key frame it stays where it is."""
    keys = sorted((int(frame), box) for frame, box in thing["track"].items())
    counts = 0 if thing.get("ignore") else 1
    frames = max(len(item.frames), keys[-1][0] + 1)
    for (frame, box), (later, next_box) in zip(keys, [*keys[1:], (frames, None)], strict=True):
        for now in range(frame, later) if box else ():
            share = (now - frame) / (later - frame)
            drawn = [a + (b - a) * share for a, b in zip(box, next_box, strict=True)] if next_box else box
            yield ",".join(map(repr, (now + 1, place, *drawn, counts, classes.get(thing["label"], -1), 1)))


def _end(place: int, track: Mapping[str, Any]) -> str:
    last = max(track, key=int)
    return f"{place} = {last}{'' if track[last] else ' gone'}"


def _info_of(item: LeavingItem, folder: str, ends: Sequence[str]) -> bytes:
    suffix = PurePosixPath(item.frames[0]).suffix if item.frames else ".jpg"
    lines = [
        "[Sequence]", f"name={folder}", "imDir=img1", "frameRate=25", f"seqLength={len(item.frames)}",
        f"imWidth={item.width}", f"imHeight={item.height}", f"imExt={suffix}",
    ]  # fmt: skip
    if ends:
        lines += ["", f"[{_ENDS}]", *ends]
    return "".join(f"{line}\n" for line in lines).encode()


FORM = Format(
    "mot",
    "MOT",
    read=read,
    write=write,
    fits=_fits,
    carries=Carries(
        shapes=frozenset({"track"}),
        media=frozenset({"video"}),
        flags=frozenset({"ignore"}),
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
)
