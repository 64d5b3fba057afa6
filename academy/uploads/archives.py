"""The one door for zips: what is in one, file by file, counted while it is unpacked.

No name in an archive leads anywhere but below the folder that the caller gives, and most callers give none. What an
archive says of itself is not believed: not its number of files, not their sizes, not that they lie beside each other.
"""

import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from academy.uploads.rules import Refusal, RefusedFile, ZipLimits

_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_LONG_FORM, _LONG_FORM_SIZE = b"PK\x06\x07", 20
_LONG_END, _LONG_END_SIZE = b"PK\x06\x06", 56
"""What stands before the last record where numbers of 64 bits take the place of its own."""
_LISTED, _LISTED_SIZE = b"PK\x01\x02", 46
"""How the list says one file: this much, its name, and what else it says of it."""
_LOCAL_HEADER = 30
_LONGEST_NAME = 200
_CHUNK = 64 * 1024
_UTF8_NAME, _LOCKED = 0x800, 0x1
_NOISE = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
"""What systems add by themselves; nobody means to bring it."""


_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ValueError, IndexError,
)  # fmt: skip
"""What the reader of zips says of an entry that is damaged; a name that is no text is a ValueError."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file of an archive: its bytes, or why it is not taken."""

    name: str
    data: bytes = b""
    refused: RefusedFile | None = None


def looks_like_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", _END))


def files_in(file: BinaryIO, limits: ZipLimits | None = None) -> "Archive":
    """Look at an archive; raises RefusedFile when the whole of it is not to be unpacked."""
    limits = limits or ZipLimits()
    _check_end(file, limits)
    try:
        opened = zipfile.ZipFile(file)
        entries = [entry for entry in opened.infolist() if not entry.is_dir() and not _is_noise(entry)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, IndexError) as error:
        raise RefusedFile(Refusal.NOT_A_ZIP) from error
    if len(entries) > limits.files:
        raise RefusedFile(Refusal.TOO_MANY_FILES, most=limits.files)
    _check_apart(opened.infolist())
    return Archive(opened, entries, limits)


class Archive:
    """An archive that was looked at; iterate over it to unpack one file after another."""

    def __init__(self, opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: ZipLimits) -> None:
        self._opened, self._entries, self._limits = opened, entries, limits
        self._left = limits.bytes_of_all

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def promised(self) -> int:
        """How many bytes the files will take once unpacked, by what the archive says; at most what it may take."""
        return min(sum(entry.file_size for entry in self._entries), self._limits.bytes_of_all)

    def __iter__(self) -> Iterator[Found]:
        """Each file, or why it is not taken: also when those before it have used up what all may take together."""
        names: set[str] = set()
        self._left = self._limits.bytes_of_all
        for entry in self._entries:
            name = _name_of(entry)
            try:
                _check(entry, name, names)
                data = b"".join(self._unpack(entry))
            except RefusedFile as refused:
                yield Found(_shown(name), refused=refused)
                continue
            yield Found(name, data)

    def save(self, folder: Path) -> Iterator[Found]:
        """As iterating, but each file is written below the folder, piece by piece, and comes without its bytes."""
        names: set[str] = set()
        self._left = self._limits.bytes_of_all
        for entry in self._entries:
            name = _name_of(entry)
            try:
                _check(entry, name, names)
                self._write(entry, folder / name)
            except RefusedFile as refused:
                yield Found(_shown(name), refused=refused)
                continue
            yield Found(name)

    def _write(self, entry: zipfile.ZipInfo, target: Path) -> None:
        if target.exists():
            raise RefusedFile(Refusal.SAME_NAME)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            file = target.open("xb")
        except (OSError, ValueError) as error:  # a folder has the name of a file, or a name is too long for a disk
            raise RefusedFile(Refusal.BAD_NAME) from error
        try:
            with file:
                for chunk in self._unpack(entry):
                    file.write(chunk)
        except RefusedFile:
            target.unlink()
            raise

    def _unpack(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The bytes of one entry, counted while they are read."""
        most = min(self._limits.bytes_of_one, max(_CHUNK, entry.compress_size * self._limits.ratio))
        count = 0
        try:
            with self._opened.open(entry) as file:
                while chunk := file.read(_CHUNK):
                    count += len(chunk)
                    self._left -= len(chunk)
                    if count > most or self._left < 0:
                        raise RefusedFile(Refusal.UNPACKS_TOO_LARGE)
                    yield chunk
        except RefusedFile:
            raise
        except _BROKEN as error:
            raise RefusedFile(Refusal.DAMAGED) from error


def _check_end(file: BinaryIO, limits: ZipLimits) -> None:
    """Count the files before anybody makes a list of them: the records at the end only say how many there should be."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise RefusedFile(Refusal.NOT_A_ZIP)
    end = size - len(tail) + at
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if end >= _LONG_FORM_SIZE + _LONG_END_SIZE:
        file.seek(end - _LONG_FORM_SIZE - _LONG_END_SIZE)
        long_end = file.read(_LONG_END_SIZE + _LONG_FORM_SIZE)
        if long_end[_LONG_END_SIZE:].startswith(_LONG_FORM):  # then its numbers are the ones that count
            if not long_end.startswith(_LONG_END):
                raise RefusedFile(Refusal.NOT_A_ZIP)
            (length,) = struct.unpack_from("<Q", long_end, 40)
            end -= _LONG_FORM_SIZE + _LONG_END_SIZE
    if not 0 <= length <= end:
        raise RefusedFile(Refusal.NOT_A_ZIP)
    _count(file, end - length, length, limits)
    file.seek(0)


def _count(file: BinaryIO, start: int, length: int, limits: ZipLimits) -> None:
    """Walk over the list of files, which says nothing but names here; folders are in it, too."""
    file.seek(start)
    count, left = 0, length
    while left >= _LISTED_SIZE:
        head = file.read(_LISTED_SIZE)
        if len(head) < _LISTED_SIZE or not head.startswith(_LISTED):
            return  # the reader of zips says what is wrong with it
        rest = sum(struct.unpack_from("<HHH", head, 28))
        file.seek(rest, 1)
        count, left = count + 1, left - _LISTED_SIZE - rest
        if count > 2 * limits.files or length - left > 2 * limits.files * (_LISTED_SIZE + 2 * _LONGEST_NAME):
            raise RefusedFile(Refusal.TOO_MANY_FILES, most=limits.files)


def _check_apart(entries: list[zipfile.ZipInfo]) -> None:
    """Files that lie upon each other make a few kilobytes unpack to petabytes."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise RefusedFile(Refusal.OVERLAPPING)
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size


def _check(entry: zipfile.ZipInfo, name: str, names: set[str]) -> None:
    path = PurePosixPath(name)
    odd = any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Cn", "Co"} for sign in name)
    if not name or odd or len(name) > _LONGEST_NAME or path.is_absolute() or ".." in path.parts or ":" in name:
        raise RefusedFile(Refusal.BAD_NAME)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise RefusedFile(Refusal.A_LINK)
    if entry.flag_bits & _LOCKED:
        raise RefusedFile(Refusal.ENCRYPTED)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RefusedFile(Refusal.ODD_COMPRESSION)
    if name.casefold() in names:
        raise RefusedFile(Refusal.SAME_NAME)
    names.add(name.casefold())


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: Windows in Korea writes CP949 where the format says CP437."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _shown(name: str) -> str:
    """A name that was refused, fit for a page."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:_LONGEST_NAME] or "?"


def _is_noise(entry: zipfile.ZipInfo) -> bool:
    return any(part.lower() in _NOISE for part in PurePosixPath(entry.filename).parts)
