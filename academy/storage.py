"""Media files behind one interface: a local folder here, object storage in `object_storage.py`."""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from flask import current_app

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry of a storage's list."""

    key: str
    size: int


class Storage(Protocol):
    """Named bytes. Keys look like `pictures/ab/abcdef.png`; bytes under a key never change. What is not there is a
    FileNotFoundError; put() returns when the bytes would outlive a power cut."""

    def put(self, key: str, data: bytes) -> None: ...
    def get(self, key: str) -> bytes: ...
    def open(self, key: str) -> BinaryIO: ...
    def exists(self, key: str) -> bool: ...
    def delete(self, key: str) -> None: ...
    def list(self, prefix: str = "") -> Iterator[Stored]: ...
    def signed_address(self, key: str, content_type: str) -> str | None: ...
    def check(self) -> None: ...


class LocalFolder:
    """Files below one folder; a file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> None:
        target = self._path(key)
        _make_folder(target.parent)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
            _keep_names(target.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Every file, by key."""
        for path in sorted(self.root.rglob("*")):
            key = path.relative_to(self.root).as_posix()
            if _KEY.fullmatch(key) and key.startswith(prefix) and path.is_file() and not path.is_symlink():
                yield Stored(key, path.stat().st_size)

    def signed_address(self, key: str, content_type: str) -> str | None:
        """None: a folder has no address but ours."""
        return None

    def check(self) -> None:
        """Raises when files can not be kept."""
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder} can not be written")

    def __str__(self) -> str:
        return str(self.root)

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)


def checked_key(key: str) -> str:
    """The key, if it is one: what leads elsewhere is refused."""
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"{key!r} is not a storage key")
    return key


def _make_folder(folder: Path) -> None:
    """A new folder outlives a power cut only when the one above it knows its name."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _keep_names(folder.parent)


def _keep_names(folder: Path) -> None:
    """A file outlives a power cut only when the folder that names it does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def storage() -> Storage:
    """The storage of the running application."""
    found: Storage = current_app.extensions["academy.storage"]
    return found
