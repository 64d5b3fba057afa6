"""What the files beside YOLO's labels say: the names of the classes, what the set is for, and its key points."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from academy.annotation.formats.found import FoundLabel, UnreadableSource, plain_label
from academy.annotation.formats.lines import Line, read_lines
from academy.annotation.formats.places import Place
from academy.annotation.formats.sidecar import read_labels
from academy.annotation.formats.yaml_lines import read_yaml
from academy.annotation.formats.yolo_rows import TASKS, Points
from academy.grading.documents import LONGEST_NAME

NAME_FILES = ("obj.names", "classes.txt", "names.txt", "labels.txt", "predefined_classes.txt")
LARGEST = 4_000_000
MOST_NAMES = 100_000
MOST_POINTS = 1_000
_NUMBERED = re.compile(r"\s*(\d{1,6})\s*[:,=\s]\s*(\S.*)")


@dataclass(frozen=True)
class Description:
    """What one folder, and those below it, are told of their labels."""

    names: Mapping[int, str] = field(default_factory=dict)
    task: str = ""
    points: Points | None = None
    skeletons: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    counts: Mapping[int, int] = field(default_factory=dict)
    """How many key points a class has, where that is fewer than a row holds."""


class Descriptions:
    """Every description below a place. The nearest above a file counts."""

    def __init__(self, place: Place, labels: Path | None) -> None:
        self.place = place
        self.own = read_labels(place)
        self.said = Description(_listed(labels)) if labels else None
        self.by_folder: dict[Path, Description] = {}
        for path in place.files:
            if found := describe(path):
                known = self.by_folder.get(path.parent)
                self.by_folder[path.parent] = _both(known, found) if known else found

    def of(self, path: Path) -> Description:
        """The description that counts for a file of labels."""
        found = next((self.by_folder[folder] for folder in path.parents if folder in self.by_folder), Description())
        return replace(found, names=self.said.names) if self.said else found

    def labels(self) -> list[FoundLabel]:
        """The labels that are defined, each once."""
        found: dict[str, FoundLabel] = {}
        for description in [self.said] if self.said else self.by_folder.values():
            for number, name in sorted(description.names.items()):
                points = description.skeletons.get(number)
                skeleton = {"points": list(points), "edges": []} if points else {}
                found.setdefault(name, self.own.get(name) or FoundLabel(name, skeleton=skeleton))
        return list(found.values())


def describe(path: Path) -> Description | None:
    """What a file says, if it is one that describes labels."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        if path.suffix.lower() in (".yaml", ".yml"):
            return _of_yaml(read_yaml(_text(path)))
        if path.name.lower() in NAME_FILES or path.suffix.lower() == ".names":
            return Description(_listed(path))
    except (UnreadableSource, OSError):
        pass
    return None


def _text(path: Path) -> str:
    return "\n".join(line.text for line in read_lines(path, path.name) if isinstance(line, Line))


def _listed(path: Path) -> dict[int, str]:
    """Names by their line, or by the number in front of each."""
    if path.suffix.lower() in (".yaml", ".yml"):
        found = _of_yaml(read_yaml(_text(path)))
        return dict(found.names) if found else {}
    lines = [line for line in _text(path).split("\n")[:MOST_NAMES] if line.strip()]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    said = [(int(found[1]), found[2]) for found in numbered if found]
    if len(said) == len(lines) and [number for number, _ in said] == list(range(len(said))):
        return {number: _name(name) for number, name in said}
    return {number: _name(line) for number, line in enumerate(lines)}


def _name(text: Any) -> str:
    return plain_label(str(text))[:LONGEST_NAME]


def _of_yaml(said: Mapping[str, Any]) -> Description | None:
    names = _by_number(said.get("names"))
    if not names:
        return None
    shape = [int(side) for side in said.get("kpt_shape") or () if str(side).isdecimal()]
    points = Points(*shape) if len(shape) == 2 and 0 < shape[0] <= MOST_POINTS and shape[1] in (2, 3) else None
    task = said.get("task")
    skeletons = {
        number: tuple(map(_name, listed))
        for number, listed in _by_number(said.get("kpt_names"), whole=True).items()
        if isinstance(listed, list)
    }
    counts = {
        number: int(count)
        for number, count in _by_number(said.get("kpt_counts"), whole=True).items()
        if isinstance(count, str) and count.isdecimal()
    }
    return Description(
        {number: _name(name) for number, name in names.items() if _name(name)},
        "pose" if points else task if isinstance(task, str) and task in TASKS else "",
        points,
        skeletons,
        counts,
    )


def _by_number(said: Any, *, whole: bool = False) -> dict[int, Any]:
    """A list by its places, or a mapping by its numbers; `whole`: values may be lists."""
    if isinstance(said, Sequence) and not isinstance(said, str):
        return dict(enumerate(said[:MOST_NAMES]))
    if not isinstance(said, dict):
        return {}
    numbered = {int(key): value for key, value in said.items() if re.fullmatch(r"\d{1,6}", key)}
    return {key: value for key, value in numbered.items() if whole or isinstance(value, str)}


def _both(first: Description, second: Description) -> Description:
    """Two files in one folder: the one that says more of the set, with the names of whichever has any."""
    more, less = (second, first) if second.task or not first.names else (first, second)
    return replace(more, names=more.names or less.names)
