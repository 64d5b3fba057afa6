"""The lists of pictures in VOC's ImageSets: which subsets (train, val ...) a picture belongs to become its tags."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from academy.annotation.formats.found import Problem, UnreadableSource
from academy.annotation.formats.lines import Line, read_lines
from academy.annotation.formats.places import Place
from academy.i18n import say

FOLDER = "imagesets"
EVERYTHING = frozenset({"default", "all", "unlabelled"})
"""Lists that say nothing of the pictures in them."""
MOST_LISTS = 500
_PER_CLASS = re.compile(r".+_[A-Za-z]+")
_CLASS_LINE = re.compile(r"\S+(\s+\d+)?\s+(-1|0|1)")


class Lists:
    """Every list below ImageSets, read once."""

    def __init__(self, place: Place) -> None:
        self._tags: dict[str, list[str]] = {}
        self.per_class: list[str] = []
        for path in islice(_lists(place), MOST_LISTS):
            name = place.name(path)
            try:
                lines = [line.text.strip() for line in read_lines(path, name) if isinstance(line, Line)]
            except UnreadableSource:
                continue  # an empty list says nothing
            lines = [line for line in lines if line]
            if _PER_CLASS.fullmatch(path.stem) and all(_CLASS_LINE.fullmatch(line) for line in lines):
                self.per_class.append(name)
            else:
                self._add(path.stem, lines)

    def _add(self, subset: str, lines: Iterable[str]) -> None:
        for line in lines:
            for key in dict.fromkeys((_key(line), _key(line.split()[0]))):
                tags = self._tags.setdefault(key, [])
                if subset not in EVERYTHING and subset not in tags:
                    tags.append(subset)

    def problems(self, file: str) -> Iterator[Problem]:
        """What is to be said of the lists, beside the first file of labels."""
        if self.per_class:
            sentence = say(
                "%(count)s lists such as %(list)s say which picture shows which class. They repeat what the objects "
                "say and were not imported.",
                count=len(self.per_class),
                list=self.per_class[0],
            )
            yield Problem(file or self.per_class[0], None, sentence)

    def tags(self, stem: str) -> tuple[str, ...]:
        return tuple(self._tags.get(_key(stem), ()))

    def knows(self, stem: str) -> bool:
        return _key(stem) in self._tags


def are_there(place: Place) -> bool:
    """Whether the place has lists of pictures."""
    return next(_lists(place), None) is not None


def _lists(place: Place) -> Iterator[Path]:
    if place.file is None:
        for path in place.files:
            if path.suffix.lower() == ".txt" and FOLDER in (part.casefold() for part in path.parts):
                yield path


def _key(written: str) -> str:
    """A list names a picture by its stem; some tools add folders or the suffix."""
    name = unicodedata.normalize("NFC", written.replace("\\", "/").rpartition("/")[2].strip())
    return re.sub(r"\.(jpe?g|png|bmp|webp|tiff?)$", "", name, flags=re.IGNORECASE)
