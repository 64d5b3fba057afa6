"""Where a source lies: a folder or one file, and the media below it, found by name. Links are not followed."""

import hashlib
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath

from PIL import Image

from academy.annotation.formats.found import UnreadableSource
from academy.i18n import say

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
SOUNDS = frozenset({".wav", ".flac", ".mp3"})
CLOUDS = frozenset({".pcd", ".bin", ".ply"})
MEDIA = PICTURES | SOUNDS | CLOUDS
MOST_FILES = 500_000
_NOISE = frozenset({".git", "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


class Place:
    """A folder, or one file with what lies beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path if path.is_file() else None
        self.root = path.parent if self.file else path
        self.used: set[Path] = set()
        self._kept: tempfile.TemporaryDirectory[str] | None = None

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every file below, in the order of their names."""
        return tuple(_files(self.root))

    def labels(self, *suffixes: str) -> list[Path]:
        """The files that may hold labels: the one that was named, or all with one of these suffixes."""
        if self.file is not None:
            return [self.file]
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def name(self, path: Path) -> str:
        """What a file is called in messages and as an item: its path below the folder, Korean composed."""
        return unicodedata.normalize("NFC", path.relative_to(self.root).as_posix())

    def find(self, written: str, suffixes: frozenset[str] = MEDIA) -> Path | None:
        """The media file that a source calls `written`; where several share the name, the one whose folders agree best.

        It may be named without its suffix.
        """
        tail = PurePosixPath(*PureWindowsPath(written).parts).parts
        parts = tuple(unicodedata.normalize("NFC", part) for part in tail if part not in ("/", "..", "."))
        if not parts:
            return None
        named = [path for path in self._by_name.get(parts[-1], []) if path.suffix.lower() in suffixes]
        best = max(named, key=lambda path: (_common_tail(path.parts, parts), -len(path.parts)), default=None)
        if best is not None:
            self.used.add(best)
        return best

    def keep(self, name: str, data: bytes) -> Path:
        """Put a medium that lay inside a file of labels where it can be opened; it stays as long as this place does."""
        if self._kept is None:
            self._kept = tempfile.TemporaryDirectory()
        path = Path(self._kept.name) / f"{hashlib.sha256(name.encode()).hexdigest()}{PurePosixPath(name).suffix}"
        path.write_bytes(data)
        return path

    def media(self, suffixes: frozenset[str] = MEDIA) -> Iterator[Path]:
        """Every media file below, in the order of their names."""
        yield from (path for path in self.files if path.suffix.lower() in suffixes)

    def size(self, path: Path) -> tuple[int, int] | None:
        """Width and height as the picture lies in its file, from its first bytes only; None if it is no picture."""
        try:
            with warnings.catch_warnings(), Image.open(path) as picture:
                warnings.simplefilter("ignore")
                return picture.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None

    def unused(self, suffixes: frozenset[str] = PICTURES) -> Iterator[Path]:
        """Media that no label spoke of, once all labels were read."""
        yield from (path for path in self.media(suffixes) if path not in self.used)

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in self.media():
            name = unicodedata.normalize("NFC", path.name)
            found.setdefault(name, []).append(path)
            found.setdefault(name.rpartition(".")[0], []).append(path)
        return found


def _files(root: Path) -> Iterator[Path]:
    count = 0
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file() or not _NOISE.isdisjoint(path.parts):
            continue
        count += 1
        if count > MOST_FILES:
            sentence = say(
                "%(folder)s holds more than %(most)s files; import it in parts.", folder=root.name, most=MOST_FILES
            )
            raise UnreadableSource(sentence)
        yield path


def _common_tail(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count
