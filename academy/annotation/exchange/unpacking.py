"""What was sent, laid out as a folder of files again: zips unpacked, transfers put together from their pieces."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from academy.annotation.formats.found import Problem, UnreadableSource
from academy.i18n import say
from academy.storage import storage
from academy.uploads.archives import files_in, looks_like_zip
from academy.uploads.rules import Refusal, RefusedFile, ZipLimits
from academy.uploads.words import sentence_of

LIMITS = ZipLimits(files=200_000, bytes_of_one=1024**3, bytes_of_all=8 * 1024**3)
"""Of one zip with labels and media. Labels of a large set are hundreds of megabytes of text."""
_SPARE = 256 * 1024**2
"""Bytes of the disk that stay free whatever is unpacked."""


@contextmanager
def unpacked(sources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Path, list[Problem]]]:
    """A folder with everything that was sent, and what of it could not be laid out. It is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="academy-import-") as name:
        root, problems = Path(name) / "data", list[Problem]()
        root.mkdir()
        for source in sources:
            with tempfile.TemporaryFile(dir=name) as file:
                _put_together(source, file)
                problems += _lay_out(root, str(source["name"]), file)
        yield root, problems


@contextmanager
def unzipped(path: Path) -> Iterator[tuple[Path, list[Problem]]]:
    """A folder or file as it is; a zip laid out as a folder, which is gone afterwards. Raises UnreadableSource."""
    if not path.is_file() or path.suffix.lower() != ".zip":
        yield path, []
        return
    with tempfile.TemporaryDirectory(prefix="academy-import-") as name, path.open("rb") as file:
        root = Path(name) / checked(path.stem)
        root.mkdir()
        try:
            problems = _unzip(root, path.name, file)
        except RefusedFile as refused:
            raise UnreadableSource(sentence_of(refused)) from refused
        yield root, problems


def _put_together(source: Mapping[str, Any], file: BinaryIO) -> None:
    for key in keys_of(source):
        with storage().open(key) as piece:
            shutil.copyfileobj(piece, file, 1024 * 1024)
    file.seek(0)


def keys_of(source: Mapping[str, Any]) -> list[str]:
    """Where something that was sent lies in the storage: one key, or the keys of its pieces."""
    return [source["key"]] if "key" in source else list(source["pieces"])


def _lay_out(root: Path, name: str, file: BinaryIO) -> list[Problem]:
    head = file.read(4)
    file.seek(0)
    try:
        if looks_like_zip(head):
            return _unzip(root, name, file)
        target = root / checked(name)
        if target.exists():
            raise RefusedFile(Refusal.SAME_NAME)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            shutil.copyfileobj(file, out, 1024 * 1024)
    except RefusedFile as refused:
        return [Problem(name, None, sentence_of(refused))]
    except OSError:
        return [Problem(name, None, say("This file could not be laid out for reading. Its name may be too long."))]
    return []


def _unzip(root: Path, name: str, file: BinaryIO) -> list[Problem]:
    """Below the root itself, unless another zip has laid a file there before: then below the name of the zip."""
    archive = files_in(file, LIMITS)
    spare = shutil.disk_usage(root).free - _SPARE
    if archive.promised > spare:
        return [Problem(name, None, say("There is not enough room on the server to unpack this file."))]
    folder = root if not any(root.iterdir()) else root / checked(PurePosixPath(name).stem)
    if folder.exists() and not folder.is_dir():
        raise RefusedFile(Refusal.SAME_NAME)
    folder.mkdir(exist_ok=True)
    return [Problem(found.name, None, sentence_of(found.refused)) for found in archive.save(folder) if found.refused]


def checked(name: str) -> str:
    """A name below a folder, never beside it."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or len(name) > 400:
        raise RefusedFile(Refusal.BAD_NAME)
    return path.as_posix()
