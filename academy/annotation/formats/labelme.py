"""LabelMe: the XML of the web tool (read), and the JSON of the program of today (read and written)."""

from collections.abc import Iterator
from pathlib import Path

from academy.annotation.formats.found import Found, FoundItem, FoundLabel, Options, Problem, UnreadableSource
from academy.annotation.formats.labelme_index import Index
from academy.annotation.formats.labelme_json import read_file
from academy.annotation.formats.labelme_web import ASIDE, Reading, read_files
from academy.annotation.formats.labelme_writing import write
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.sidecar import FILE, read_labels
from academy.i18n import say
from academy.uploads.rules import RefusedFile
from academy.uploads.texts import read_text

_LOOKED_AT, _HEAD = 20, 64 * 1024
_WEB_MARKS = (b"<pt>", b"<segm>", b"LabelMe Webtool")
_LARGEST_LIST = 1024 * 1024


def fits(place: Place) -> bool:
    files = [path for path in place.labels(".xml", ".json") if path.suffix.lower() in (".xml", ".json")]
    return any(_is_json(path) or _is_web(path) for path in files[:_LOOKED_AT])


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _is_web(path: Path) -> bool:
    if path.suffix.lower() != ".xml":
        return False
    head = _head(path)
    return b"<annotation" in head and b"<annotations" not in head and any(mark in head for mark in _WEB_MARKS)


def _is_json(path: Path) -> bool:
    if path.suffix.lower() != ".json" or path.name == FILE:
        return False
    head = _head(path)
    return b'"shapes"' in head and (b'"imagePath"' in head or b'"shape_type"' in head or b'"imageData"' in head)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Everything in the LabelMe files of a folder, or in one of them."""
    web = [path for path in place.labels(".xml") if path.suffix.lower() == ".xml"]
    ours = [path for path in place.labels(".json") if _is_json(path)]
    if place.file is not None and not ours and place.file.suffix.lower() == ".json":
        ours = [place.file]
    if not web and not ours:
        raise UnreadableSource(say("%(place)s holds no files of LabelMe.", place=place.path.name))
    yield from _labels(place)
    reading = Reading(place, Index(place, ".xml"), Pairing(place, passed=ASIDE), options.annotator)
    yield from read_files(web, reading)
    for path in ours:
        yield from read_file(path, place, options.annotator)
    if place.file is None:
        yield from _left_over(reading)


def _labels(place: Place) -> Iterator[FoundLabel]:
    known = read_labels(place)
    yield from known.values()
    listed = place.root / "labels.txt"
    try:
        if known or not listed.is_file() or listed.stat().st_size > _LARGEST_LIST:
            return
        names = read_text(listed.read_bytes()).splitlines()
    except (RefusedFile, OSError):
        return
    yield from (FoundLabel(name.strip()) for name in dict.fromkeys(names) if name.strip() and not name.startswith("_"))


def _left_over(reading: Reading) -> Iterator[Found]:
    """Pictures that no file speaks of: tasks without gold."""
    for pictures in reading.pairing.by_folder.values():
        for picture in pictures:
            if picture in reading.place.used or picture in reading.index.aside:
                continue
            name = reading.place.name(picture)
            reading.place.used.add(picture)
            sentence = say("No file of LabelMe speaks of this picture; it came in as a task without gold.")
            yield FoundItem(name=name, file=name, labelled=False, media=picture)
            yield Problem(name, None, sentence)


FORM = Format(
    token="labelme",  # noqa: S106
    title="LabelMe",
    read=read,
    write=write,
    fits=fits,
    carries=Carries(
        shapes=frozenset({"box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask"}),
        fields=frozenset({"choice", "choices"}),
        media=frozenset({"picture", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area", "text"}),
        rings=True,
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
    single_file=".json",
)
