"""COCO: one JSON file for all pictures, or several beside each other that speak of the same pictures.

Read: boxes, outlines of several parts, masks as run lengths, crowds, key points with their skeletons, captions, labels
of whole pictures, stuff, panoptic (pictures of ids), lists of results, and the folders of Roboflow and MMDetection.
Written: one file. What COCO has no place for (`optional`, `rule`, our object id, turned boxes ...) stands under names
that other tools pass over, and is read back.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from academy.annotation.formats.coco_files import ROLES, CocoFile, look_through
from academy.annotation.formats.coco_items import items_of, results_of
from academy.annotation.formats.coco_writing import write
from academy.annotation.formats.found import Found, FoundLabel, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.streams import BrokenJson
from academy.i18n import Sentence, say

_HEAD = 65_536
_MARKS = (
    re.compile(r'"images"\s*:\s*\[\s*(\{[^{}]*"file_name"\s*:|\])'),
    re.compile(r'"annotations"\s*:\s*\[\s*\{[^{}]*"image_id"\s*:'),
    re.compile(r'"categories"\s*:\s*\[\s*\{[^{}]*"supercategory"\s*:'),
    re.compile(r'\A\s*\[\s*\{[^\]]{0,2000}"image_id"\s*:'),
)


def fits(place: Place) -> bool:
    """Whether a JSON file begins as COCO files do."""
    return any(_begins_as_coco(path) for path in place.labels(".json")[:20])


def _begins_as_coco(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if wide else "utf-8", "replace").lstrip("\ufeff")
    return text.lstrip()[:1] in ("{", "[") and any(mark.search(text) for mark in _MARKS)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Everything in a COCO file, or in the COCO files of a folder. Pictures are looked for below the folder; those of a
    file in a folder `annotations` below the folder above."""
    place = _with_pictures(place)
    with ExitStack() as stack:
        files: list[CocoFile] = []
        for path in _files(place):
            try:
                file = look_through(path, place)
            except BrokenJson as error:
                if len(_files(place)) == 1:
                    raise UnreadableSource(error.sentence) from error
                yield Problem(place.name(path), None, error.sentence)
                continue
            if file is not None:
                stack.callback(file.groups.close)
                files.append(file)
        files.sort(key=lambda file: ROLES.index(file.role))  # objects first: an item is named after its first file
        pictured = [file for file in files if not file.results]
        answers = [file for file in files if file.results]
        beside = _beside(place, options, stack) if answers and not pictured else []
        if not pictured and not beside:
            raise UnreadableSource(_nothing(bool(answers)))
        yield from _labels(pictured or beside)
        for file in files:
            yield from file.problems
        yield from items_of(pictured, place, options)
        for file in answers:
            yield from results_of(file, pictured or beside, place, options)


def _nothing(answers: bool) -> Sentence:
    if answers:
        return say("This is a list of COCO results, which names no pictures; put the COCO file that lists them beside "
                   "it or name it with --labels.")  # fmt: skip
    return say("There is no COCO file here: it needs lists of images, annotations and categories.")


def _files(place: Place) -> list[Path]:
    return place.labels(".json")


def _with_pictures(place: Place) -> Place:
    """A single file lies beside its pictures, or in a folder `annotations` beside theirs."""
    if place.file is None or place.root.name != "annotations":
        return place
    above = Place(place.root.parent)
    above.file = place.file
    return above


def _beside(place: Place, options: Options, stack: ExitStack) -> list[CocoFile]:
    """The files that list the pictures of a list of results: the one that was named, or those beside it."""
    paths = [options.labels] if options.labels else [path for path in place.files if path.suffix.lower() == ".json"]
    found = []
    for path in paths:
        try:
            file = look_through(path, place) if path != place.file and _begins_as_coco(path) else None
        except BrokenJson:
            continue
        if file is not None:
            stack.callback(file.groups.close)
            if not file.results:
                found.append(file)
    return found


def _labels(files: list[CocoFile]) -> Iterator[FoundLabel]:
    """Each label once, as the first file that has it says it."""
    names: set[str] = set()
    for file in files:
        for label in file.listed:
            if label.name not in names:
                names.add(label.name)
                yield label


FORM = Format(
    "coco",
    "COCO",
    read=read,
    write=write,
    fits=fits,
    carries=Carries(
        shapes=frozenset({"box", "rotated_box", "polygon", "mask", "keypoints"}),
        fields=frozenset({"choice", "choices", "accepted", "text"}),
        media=frozenset({"picture", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area"}),
        rings=True,
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
    ),
    single_file=".json",
)
