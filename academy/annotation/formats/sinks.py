"""Where a writer's files go: into a folder, or into a zip."""

import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

ReadMedia = Callable[[str], bytes]
"""The bytes of a media file by its key in the storage."""


class FolderSink:
    """Files below a folder. `read` is None when only labels are wanted."""

    def __init__(self, root: Path, read: ReadMedia | None = None) -> None:
        self.root, self.read = root, read

    def put(self, name: str, data: bytes) -> None:
        target = self.root / checked_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def copy(self, name: str, key: str) -> None:
        if self.read is not None and key:
            self.put(name, self.read(key))


class ZipSink:
    """Files of a zip that is being written."""

    def __init__(self, archive: zipfile.ZipFile, read: ReadMedia | None = None) -> None:
        self.archive, self.read = archive, read

    def put(self, name: str, data: bytes) -> None:
        self.archive.writestr(checked_name(name), data, zipfile.ZIP_DEFLATED)

    def copy(self, name: str, key: str) -> None:
        if self.read is not None and key:  # media are packed already
            self.archive.writestr(checked_name(name), self.read(key), zipfile.ZIP_STORED)


def checked_name(name: str) -> str:
    """A name below the target, never beside it."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise ValueError(f"{name!r} leads elsewhere")
    return path.as_posix()
