"""What every reader of other tools' files shares: what was found, what was odd, and where the pictures lie.

Nothing here knows a database. A reader takes what is good, says of the rest in a sentence which file and object it is,
and goes on. Paths written inside a file are never followed: a picture is looked for by its name below the folder that
the person named.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
LARGEST_PICTURE = 64 * 1024 * 1024
LARGEST_LABELS = 256 * 1024 * 1024
MOST_FILES = 200_000


class UnreadableSource(ValueError):
    """There is nothing to import at this place; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd in one file, about one of its objects or (None) the whole of it."""

    file: str
    object: str | None
    message: str

    def as_dict(self) -> dict[str, str | None]:
        return {"file": self.file, "object": self.object, "message": self.message}


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One labelled box as the file says it; `box` is [x, y, w, h] in the pixels of the picture file."""

    id: str
    label: str
    box: tuple[float, float, float, float]
    crowd: bool = False
    ignore: bool = False
    optional: bool = False
    rule: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    called: str = ""
    """What the object is called in its file, where that is not its id among the objects of its picture."""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One picture with its labels. `file` is where the labels stand, for messages; `size` is what they say of it.

    `shared`: the file holds the labels of other pictures too, so a message has to name the picture.
    """

    name: str
    file: str
    picture: Path | None
    size: tuple[float, float] | None
    objects: tuple[FoundObject, ...]
    shared: bool = False

    def problem(self, about: str | None, message: str) -> Problem:
        """Something odd about this picture or one of its objects, by its id."""
        called = next((thing.called or thing.id for thing in self.objects if thing.id == about), about)
        return Problem(self.file, called, f"{self.name}: {message}" if self.shared else message)


@dataclass(slots=True)
class Reading:
    """All that a source holds: pictures with labels, how many objects were found in it, and what was odd."""

    items: list[FoundItem] = field(default_factory=list)
    objects: int = 0
    problems: list[Problem] = field(default_factory=list)
    labelled: set[Path] = field(default_factory=set)

    def complain(self, file: str, about: str | None, message: str) -> None:
        self.problems.append(Problem(file, about, message))

    def add(self, item: FoundItem) -> None:
        """One more picture. A picture that two files label goes in with the first of them."""
        if item.picture in self.labelled:
            self.complain(item.file, None, f"{item.name} has labels in another file already; these were not imported.")
            return
        self.items.append(item)
        if item.picture is not None:
            self.labelled.add(item.picture)

    @property
    def labels(self) -> list[str]:
        """Every label that is used, in the order of the files."""
        return list(dict.fromkeys(thing.label for item in self.items for thing in item.objects))


class Pictures:
    """The pictures below a folder, found by name. Links are not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.by_name: dict[str, list[Path]] = {}
        for path in _files(root):
            if path.suffix.lower() in PICTURE_SUFFIXES:
                self.by_name.setdefault(unicodedata.normalize("NFC", path.name), []).append(path)
        self.used: set[Path] = set()

    def find(self, written: str) -> Path | None:
        """The picture a file calls `written`; where several share the name, the one whose folders agree best."""
        parts = tuple(
            part for part in PurePosixPath(*PureWindowsPath(written).parts).parts if part not in ("/", "..", ".")
        )
        if not parts:
            return None
        named = self.by_name.get(unicodedata.normalize("NFC", parts[-1]), [])
        best = max(named, key=lambda path: (_common_tail(path.parts, parts), -len(path.parts)), default=None)
        if best is not None:
            self.used.add(best)
        return best

    def name_of(self, picture: Path) -> str:
        return picture.relative_to(self.root).as_posix()

    def unused(self) -> Iterator[Path]:
        for paths in self.by_name.values():
            yield from (path for path in paths if path not in self.used)


def _files(root: Path) -> Iterator[Path]:
    for count, path in enumerate(sorted(root.rglob("*"))):
        if count > MOST_FILES:
            raise UnreadableSource(f"{root} holds more than {MOST_FILES:,} files; import it in parts.")
        if path.is_file() and not path.is_symlink():
            yield path


def _common_tail(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count


def plain_label(text: str) -> str:
    """A label as we keep it: without blanks around it, and Korean in its composed form."""
    return unicodedata.normalize("NFC", text.strip())


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a file that is not larger than it may be."""
    if path.stat().st_size > largest:
        raise UnreadableSource(f"The file is larger than {largest // 2**20} MB.")
    return path.read_bytes()
