"""YOLO: one text file for each picture, numbers as shares of its sides, in Darknet's layout and Ultralytics'.

The pictures are found beside the labels or in the folder of pictures that belongs to theirs. The shares are turned into
pixels with the size of the picture; where it is not there, with the size that other labels beside name. A picture with
an empty file has no objects; one without a file has not been labelled. Of pictures that lie turned in their file YOLO
does not say which sides the shares are of; they are taken as those of the file, and it is said.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from academy.annotation.formats import own, yolo_writing
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.sidecar import read_names
from academy.annotation.formats.sizes import Sizes, lies_turned
from academy.annotation.formats.xml import number
from academy.annotation.formats.yolo_names import NAME_FILES, Description, Descriptions, describe
from academy.annotation.formats.yolo_rows import SHAPES, TASKS, Size, corners_in, is_rectangle, read_row
from academy.i18n import Sentence, say

SUBSETS = ("train", "val", "valid", "validation", "test")
_SAMPLE = 300
_ROW = re.compile(r"\d{1,6}(\s+[-+]?[\d.]+([eE][-+]?\d+)?){4,}\s*")
_OTHERS = frozenset({"readme", "license", "licence", "notice", "attribution", "requirements", "changelog"})
_FOLDERS = frozenset({"labels", "annotations", "obj_train_data", "obj_valid_data", "obj_test_data"})


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every picture that a file of labels speaks of, then those without labels."""
    if place.file is not None and describe(place.file):
        place = Place(place.root)  # the description of a folder stands for it
    source = _Source(place, options)
    files = [path for path in place.labels(".txt") if path.suffix.lower() == ".txt" and source.is_labels(path)]
    if not files and not source.descriptions.by_folder:
        raise UnreadableSource(say("%(place)s holds no text files with YOLO's rows of numbers.", place=place.path.name))
    source.choose_task(files)
    yield from source.descriptions.labels()
    for file in files:
        yield from source.items_of(file)
    if place.file is None:
        yield from source.left_over()


class _Source:
    """What the files of one place share."""

    def __init__(self, place: Place, options: Options) -> None:
        self.place, self.options = place, options
        self.pairing = Pairing(place)
        self.descriptions = Descriptions(place, options.labels)
        self.sizes = Sizes(place)
        self.names = read_names(place)
        self.seen: dict[Path, str] = {}
        self.nameless: set[str] = set()
        self.task = next((task for task, shape in TASKS.items() if _kind_shape(options.kind) == shape), "")

    def is_labels(self, path: Path) -> bool:
        """Whether a text file holds labels, and is no list of names or pictures and no words for people."""
        if path.stem.lower() in _OTHERS or path.name.lower() in NAME_FILES or path == self.options.labels:
            return False
        head = [line.strip() for line in first_lines(path, 5) if line.strip()]
        if not head:
            return path.stat().st_size < 3 and (_is_below(self.place, path) or self._has_picture(path))
        if _ROW.fullmatch(head[0]):
            return True
        names_pictures = re.search(r"\.(jpe?g|png|bmp|webp)$", head[0], re.IGNORECASE)
        return not names_pictures and self._has_picture(path)

    def _has_picture(self, path: Path) -> bool:
        used = set(self.place.used)
        found = self.pairing.find(path, path.stem) is not None
        self.place.used = used
        return found

    def choose_task(self, files: Sequence[Path]) -> None:
        """What rows of eight coordinates mean: corners of turned boxes if all of them are rectangles, else outlines."""
        if self.task or any(found.task for found in self.descriptions.by_folder.values()):
            return
        met = 0
        for file in islice(files, _SAMPLE):
            for line in first_lines(file, 50):
                values = _numbers(line.split()[1:])
                if values is None or len(values) < 6:
                    continue
                met += 1
                size = self._size_of(file)
                if len(values) != 8 or not is_rectangle(corners_in(values, size)):
                    return
        self.task = "obb" if met else ""

    def _size_of(self, file: Path) -> Size:
        picture = self.pairing.find(file, file.stem)
        return (self.place.size(picture) if picture else None) or self._told(file)[1] or (1, 1)

    def _told(self, file: Path) -> tuple[str, Size | None]:
        sized = self.sizes.find(file.stem)
        return (sized.name, (sized.width, sized.height)) if sized else (file.stem, None)

    def items_of(self, file: Path) -> Iterator[FoundItem | Problem]:
        """The picture of one file, and what is odd in it."""
        name = self.place.name(file)
        picture = self.pairing.find(file, file.stem)
        missing, size = ("", self.place.size(picture)) if picture else self._told(file)
        if picture is not None and lies_turned(picture):
            sentence = say(
                "%(picture)s lies turned in its file (EXIF). The shares were taken as those of the file; look whether "
                "the objects lie where they should.",
                picture=picture.name,
            )
            yield Problem(name, None, sentence)
        description = self.descriptions.of(file)
        if not description.names and (folder := name.rpartition("/")[0]) not in self.nameless:
            self.nameless.add(folder)
            sentence = say(
                "No list of names (data.yaml, obj.names, classes.txt) was found for these labels, so the classes are "
                "called by their numbers. Name a list and import again."
            )
            yield Problem(name, None, sentence)
        rows = list(_rows(file, name))
        if picture in self.seen or size is None:
            sentence = self._why_not(picture, missing)
            yield Problem(name, None, sentence, sum(isinstance(row, Line) for row in rows))
            return
        if picture is not None:
            self.seen[picture] = name
        else:
            yield Problem(name, None, own.missing_picture(missing))
        objects: list[FoundObject] = []
        for row in rows:
            for thing in [row] if isinstance(row, Problem) else self._object(row, name, size, description):
                if isinstance(thing, Problem):
                    yield thing
                else:
                    objects.append(thing)
        yield FoundItem(
            name=self._called(picture) if picture else missing,
            file=name,
            media=picture,
            missing=missing,
            size=size,
            objects=tuple(objects),
            tags=_tags(name),
        )

    def _why_not(self, picture: Path | None, missing: str) -> Sentence:
        if picture is None:
            return say(
                "The picture %(name)s was not found, and no labels beside name its size, so that the shares can not "
                "become pixels; the file was not imported. Put the picture beside it.",
                name=missing,
            )
        if picture in self.seen:
            return say(
                "%(picture)s has labels in %(other)s already; those of this file were not imported.",
                picture=picture.name,
                other=self.seen[picture],
            )
        return say("The picture %(name)s can not be opened; the file was not imported.", name=picture.name)

    def _object(self, line: Line, name: str, size: Size, description: Description) -> Iterator[FoundObject | Problem]:
        place = str(line.number)
        cells = line.text.split()
        values = _numbers(cells[1:])
        if not cells[0].isdecimal() or len(cells[0]) > 6 or values is None:
            sentence = say("Row %(row)s holds something that is no number; it was not imported.", row=place)
            yield Problem(name, place, sentence, 1)
            return
        number_of_class = int(cells[0])
        label = description.names.get(number_of_class, "" if description.names else str(number_of_class))
        if not label:
            sentence = say(
                "Row %(row)s has the class %(number)s, which the list of names does not have; it was not imported.",
                row=place,
                number=number_of_class,
            )
            yield Problem(name, place, sentence, 1)
            return
        read_as = read_row(values, size, self.task or description.task, description.points)
        if read_as is None:
            sentence = say(
                "Row %(row)s has %(count)s numbers, which is no form of YOLO's; it was not imported.",
                row=place,
                count=len(values) + 1,
            )
            yield Problem(name, place, sentence, 1)
            return
        shape, value, beside = read_as
        if shape == "keypoints":
            value = value[: self._points_of(label, number_of_class, description)]
        if shape == "rotated_box" and not is_rectangle(corners_in(values, size)):
            sentence = say(
                "Row %(row)s: the four corners of %(label)s make no box; the turned box nearest to them was taken.",
                row=place,
                label=label,
            )
            yield Problem(name, place, sentence)
        yield FoundObject(place, label, shape, value, beside=beside)

    def _points_of(self, label: str, number_of_class: int, description: Description) -> int | None:
        known = self.descriptions.own.get(label)
        if known is not None and known.skeleton.get("points"):
            return len(known.skeleton["points"])
        names = description.skeletons.get(number_of_class)
        return len(names) if names else description.counts.get(number_of_class)

    def left_over(self) -> Iterator[FoundItem]:
        """Pictures without a file of labels: tasks without gold."""
        for picture in self.place.unused():
            name = self.place.name(picture)
            yield FoundItem(name=self._called(picture), file=name, labelled=False, media=picture, tags=_tags(name))

    def _called(self, picture: Path) -> str:
        name = self.place.name(picture)
        return self.names.get(name, name)


def _kind_shape(kind: str) -> str:
    return kind if kind in SHAPES else ""


def _rows(file: Path, name: str) -> Iterator[Line | Problem]:
    try:
        lines = read_lines(file, name) if file.stat().st_size else iter(())
        yield from (line for line in lines if isinstance(line, Problem) or line.text.strip())
    except UnreadableSource as error:
        yield Problem(name, None, error.sentence)


def _numbers(cells: Sequence[str]) -> list[float] | None:
    values = [number(cell) for cell in cells]
    return None if None in values else [value for value in values if value is not None]


def _is_below(place: Place, path: Path) -> bool:
    return not _FOLDERS.isdisjoint(part.casefold() for part in path.relative_to(place.root).parts)


def _tags(name: str) -> tuple[str, ...]:
    """The subset that a folder names."""
    return tuple(part for part in name.casefold().split("/")[:-1] if part in SUBSETS)[:1]


def _fits(place: Place) -> bool:
    if place.file is not None:
        described = place.file.suffix.lower() in (".yaml", ".yml", ".names") and describe(place.file) is not None
        return described or (place.file.suffix.lower() == ".txt" and _begins_with_row(place.file))
    if any(path.suffix.lower() in (".yaml", ".yml") and describe(path) for path in place.files):
        return True
    texts = [path for path in place.labels(".txt") if path.stem.lower() not in _OTHERS][:20]
    return any(map(_begins_with_row, texts))


def _begins_with_row(path: Path) -> bool:
    rows = [line.strip() for line in first_lines(path, 3) if line.strip()]
    return bool(rows) and all(map(_ROW.fullmatch, rows))


FORM = Format(
    "yolo",
    "YOLO",
    read=read,
    write=yolo_writing.write,
    fits=_fits,
    carries=Carries(
        shapes=frozenset(SHAPES),
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
        mixed=False,
        one_shape=True,
    ),
)
