"""Which picture a file of labels speaks of, where the two lie in folders of their own: labels/train/1.txt speaks of
images/train/1.jpg, not of images/val/1.jpg."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from academy.annotation.formats.places import PICTURES, Place

IMAGE_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "annotations": ("jpegimages", "images", "imgs", "pictures", ""),
    "labels": ("images", "imgs", "jpegimages", "pictures", ""),
    "label_2": ("image_2",),
    "label_3": ("image_3",),
    "ann": ("img", "images", ""),
    "xml": ("images", "jpegimages", ""),
    "xmls": ("images", "jpegimages", ""),
    "txt": ("images", ""),
}
"""What a folder of pictures is called beside one of labels; "" is the folder that holds that one."""


class Pairing:
    """The media below a place, by folder and name. What lies in a folder of `passed` is no picture to label."""

    def __init__(
        self,
        place: Place,
        *,
        passed: frozenset[str] = frozenset(),
        suffixes: frozenset[str] = PICTURES,
        folders: Mapping[str, tuple[str, ...]] = IMAGE_FOLDERS,
    ) -> None:
        self.place, self.folders = place, folders
        self.by_folder: dict[tuple[str, str], list[Path]] = {}
        self.by_stem: dict[str, list[Path]] = {}
        for path in place.media(suffixes):
            folder = _plain(path.parent.relative_to(place.root).as_posix())
            if passed.isdisjoint(folder.split("/")):
                stem = unicodedata.normalize("NFC", path.stem)
                self.by_folder.setdefault((folder, stem), []).append(path)
                self.by_stem.setdefault(stem, []).append(path)

    def find(self, labels: Path, written: str) -> Path | None:
        """The picture that `labels` calls `written`, with its suffix or without. It is looked for beside that file and
        in the folder of pictures that belongs to its own; elsewhere only if no other has its name."""
        path = PurePosixPath(*PureWindowsPath(written).parts)
        parts = [unicodedata.normalize("NFC", part) for part in path.parts if part not in ("..", ".", "/", "\\")]
        if not parts:
            return None
        name, said = parts[-1], "/".join(parts[:-1]).casefold()
        for folder in self._folders(labels):
            for below in dict.fromkeys((f"{folder}/{said}".strip("/"), folder)):
                if found := self._named(self._in(below, name), name):
                    return self._use(found)
        everywhere = self.by_stem.get(_stem(name), []) + (self.by_stem.get(name, []) if name != _stem(name) else [])
        agreeing = [path for path in everywhere if said and _plain(path.parent.as_posix()).endswith(said)]
        alone = agreeing if len(agreeing) == 1 else everywhere if len(everywhere) == 1 else []
        return self._use(self._named(alone, name))

    def _in(self, folder: str, name: str) -> list[Path]:
        return self.by_folder.get((folder, _stem(name)), []) + (
            self.by_folder.get((folder, name), []) if name != _stem(name) else []
        )

    def _named(self, paths: list[Path], name: str) -> Path | None:
        """The one with this very name; else one that differs in its suffix only."""
        exact = [path for path in paths if unicodedata.normalize("NFC", path.name) == name]
        return next(iter(exact or paths), None)

    def _folders(self, labels: Path) -> list[str]:
        own = _plain(labels.parent.relative_to(self.place.root).as_posix())
        parts = own.split("/") if own else []
        folders = []
        for position in range(len(parts) - 1, -1, -1):
            for name in self.folders.get(parts[position], ()):
                folders.append("/".join(filter(None, (*parts[:position], name, *parts[position + 1 :]))))
        return [*folders, own, *(f"{own}/{name}".strip("/") for name in ("images", "image_2", "jpegimages"))]

    def _use(self, path: Path | None) -> Path | None:
        if path is not None:
            self.place.used.add(path)
        return path


def _plain(folder: str) -> str:
    return "" if folder == "." else unicodedata.normalize("NFC", folder).casefold()


def _stem(name: str) -> str:
    """Without the suffix of a picture; a name with a dot in it is left alone."""
    stem, dot, suffix = name.rpartition(".")
    return (
        stem if dot and f".{suffix.lower()}" in PICTURES | {".tif", ".tiff", ".gif", ".bin", ".pcd", ".ply"} else name
    )
