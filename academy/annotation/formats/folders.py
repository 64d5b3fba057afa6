"""A folder for each class: cat/1.jpg, dog/2.jpg; pictures, sounds, clouds or texts. Files without such folders come in
without labels. A table labels.csv beside says more than folders do, and is believed."""

import csv as csv_module
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

from academy.annotation.formats import csv
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
    plain_label,
)
from academy.annotation.formats.places import MEDIA, PICTURES, Place
from academy.annotation.formats.registry import Carries, Format, Sink
from academy.annotation.formats.sidecar import read_labels, write_labels
from academy.annotation.formats.tables import OWN_FOLDERS, Row, Table, is_own_folders
from academy.i18n import say
from academy.safe_json import RefusedJson, parse_json
from academy.uploads.rules import LARGEST_TEXT, RefusedFile
from academy.uploads.texts import read_text
from academy.uploads.words import sentence_of

CARRIES = Carries(
    fields=frozenset({"choice"}), media=frozenset({"picture", "text", "sound", "cloud"}), bare_items=True,
    unused_labels=True, label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "attributes"}),
)  # fmt: skip
TABLE = "labels.csv"
UNLABELLED = "_unlabelled"
_TEXTS = frozenset({".txt"})
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing", "dev"})
_GENERAL = _SPLITS | {
    "images", "image", "imgs", "img", "pictures", "photos", "data", "dataset", "audio", "sounds", "recordings",
    "clips", "wav", "texts", "files", "media", "frames", "raw", "jpegimages", UNLABELLED, "unlabelled", "unlabeled",
    "사진", "이미지", "음성", "텍스트",
}  # fmt: skip
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|%]')


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every file below, with the folder that it lies in as its class."""
    if _is_ours(place):
        yield from _ours(place)
        return
    files = _files(place)
    if not files:
        raise UnreadableSource(say("%(place)s holds no pictures, sounds, clouds or texts.", place=place.path.name))
    if options.kind == "track":
        yield from _videos(place)
        return
    table = place.root / TABLE
    if place.file is None and table.is_file():
        beside = Place(table)
        yield from csv.read(beside, options)
        files = [path for path in files if path not in beside.used]
    yield from _by_folder(place, files, options)


def _files(place: Place) -> list[Path]:
    return [path for path in ([place.file] if place.file else place.files) if path.suffix.lower() in MEDIA | _TEXTS]


def _by_folder(place: Place, files: list[Path], options: Options) -> Iterator[Found]:
    classes = {path: class_of(path.relative_to(place.root).parts[:-1]) for path in files}
    named = sorted({name for name in classes.values() if name})
    alone = len(named) == 1
    if alone:
        sentence = say(
            "All files lie in one folder (%(folder)s), so it was not taken as a class; they came in without labels.",
            folder=named[0],
        )  # fmt: skip
        yield Problem(place.path.name, None, sentence)
    else:
        yield from (FoundLabel(name) for name in named)
    for path in files:
        found = _item(place, path)
        if isinstance(found, Problem):
            yield found
            continue
        label = "" if alone else classes[path]
        yield FoundItem(
            name=found.name, file=found.file, media=found.media, parts=found.parts, labelled=bool(label),
            kind="classification" if label else "", fields={"choice": label} if label else {},
            annotator=options.annotator if label else "",
            tags=tuple(part.lower() for part in path.relative_to(place.root).parts[:-1] if part.lower() in _SPLITS),
        )  # fmt: skip


def class_of(folders: tuple[str, ...]) -> str:
    """The innermost folder whose name is not a general one; "" if there is none."""
    return next((plain_label(name) for name in reversed(folders) if name.casefold() not in _GENERAL), "")


def _item(place: Place, path: Path) -> FoundItem | Problem:
    name = place.name(path)
    if path.suffix.lower() not in _TEXTS:
        return FoundItem(name=name, file=name, media=path)
    try:
        if path.stat().st_size > LARGEST_TEXT:
            raise ValueError
        text = read_text(path.read_bytes())
    except RefusedFile as error:
        return Problem(name, None, sentence_of(error), 1)
    except ValueError:
        return Problem(name, None, say("%(file)s is too large for one text; it was not imported.", file=name), 1)
    if not text.strip():
        return Problem(name, None, say("%(file)s is empty; it was not imported.", file=name), 1)
    return FoundItem(name=name, file=name, parts=(("", text),))


def _videos(place: Place) -> Iterator[FoundItem]:
    """Every folder of pictures as the frames of one video."""
    frames: dict[Path, list[Path]] = {}
    for path in place.media(PICTURES):
        frames.setdefault(path.parent, []).append(path)
    for folder, paths in frames.items():
        name = place.name(folder) if folder != place.root else place.root.name
        yield FoundItem(name=name, file=name, labelled=False, frames=tuple(sorted(paths, key=in_order)))


def in_order(path: Path) -> list[tuple[int, str]]:
    """Names as people count: frame 2 before frame 10."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", path.name)]


# What we wrote -----------------------------------------------------------------------------------------------------


def _is_ours(place: Place) -> bool:
    table = place.root / TABLE
    return place.file is None and table.is_file() and is_own_folders(Table(table, TABLE))


def _ours(place: Place) -> Iterator[Found]:
    yield from read_labels(place).values()
    texts = {place.name(path): path for path in place.files if path.suffix in (".txt", ".json")}
    for row in Table(place.root / TABLE, TABLE).rows():
        if isinstance(row, Problem):
            yield row
            continue
        name, written, label = row.cells
        parts = _text_of(texts.get(written))
        media = place.find(written) if parts is None else None
        item = FoundItem(
            name=name, file=TABLE, labelled=bool(label), media=media, parts=parts or (), shared=True,
            missing="" if media is not None or parts else written, kind="classification" if label else "",
            fields={"choice": label} if label else {},
        )  # fmt: skip
        yield item
        yield from _missing(item, row)


def _missing(item: FoundItem, row: Row) -> Iterator[Problem]:
    if item.missing:
        sentence = say("The file %(file)s is not there; the task waits until it is brought.", file=row.cells[1])
        yield item.problem(None, sentence)


def _text_of(path: Path | None) -> tuple[tuple[str, str], ...] | None:
    """The text in a file of ours; None if it is not there, or is none."""
    if path is None or path.stat().st_size > LARGEST_TEXT:
        return None
    text = path.read_text("utf-8", errors="replace")
    if path.suffix == ".txt":
        return (("", text),)
    try:
        parts = parse_json(text, max_bytes=LARGEST_TEXT)
    except RefusedJson:
        return None
    return tuple((name, str(text)) for name, text in parts.items()) if isinstance(parts, dict) else None


def write(leaving: LeavingSet, sink: Sink) -> None:
    """The files of the set in a folder for each class, and a table that says the names exactly."""
    folders: dict[str, str] = {"": UNLABELLED}
    text = io.StringIO()
    table = csv_module.writer(text, lineterminator="\n")
    table.writerow(OWN_FOLDERS)
    for item in leaving.items():
        if item.media not in CARRIES.media:
            continue
        label = str((item.document or {}).get("choice") or "")
        name = f"{_folder(label, folders)}/{_NOT_IN_NAMES.sub('_', item.file_name)}"
        if item.parts:
            name = _put_text(item, name, sink)
        elif item.key:
            sink.copy(name, item.key)
        table.writerow((item.name, name, label))
    sink.put(TABLE, b"\xef\xbb\xbf" + text.getvalue().encode())
    write_labels(leaving.labels, sink)


def _put_text(item: LeavingItem, name: str, sink: Sink) -> str:
    """The text of an item in a file of its own: as it is, or its parts by their names."""
    if [part for part, _ in item.parts] == [""]:
        name = name if name.endswith(".txt") else f"{name}.txt"
        sink.put(name, item.parts[0][1].encode())
    else:
        name = f"{name.removesuffix('.txt')}.json"
        sink.put(name, json.dumps(dict(item.parts), ensure_ascii=False, indent=1).encode())
    return name


def _folder(label: str, folders: dict[str, str]) -> str:
    """A folder's name for a label, which any system can hold; no two labels share one."""
    if label not in folders:
        base = _NOT_IN_NAMES.sub("_", label).strip(" .")[:80] or "_"
        taken = {name.casefold() for name in folders.values()}
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base}_{number}", number + 1
        folders[label] = name
    return folders[label]


def fits(place: Place) -> bool:
    """Media or texts in folders of their own. Media without such folders are pictures to be labelled, no format."""
    if place.file is not None:
        return False
    files = _files(place)
    classes = {class_of(path.relative_to(place.root).parts[:-1]) for path in files} - {""}
    # Where most files are something else, the folders were not made for classes.
    return _is_ours(place) or (len(classes) > 1 and 2 * len(files) > len(place.files))


FORM = Format("folders", "ImageFolder", read, write, fits, CARRIES)
