"""From looked-through COCO files to items: what all of them say of one picture, put together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import numpy.typing as npt

from academy.annotation.formats import masks
from academy.annotation.formats.coco_files import CocoFile, Image, annotations_of
from academy.annotation.formats.coco_objects import has_geometry, is_id, key_of, made
from academy.annotation.formats.found import FoundItem, FoundObject, Options, Problem, kind_of
from academy.annotation.formats.places import PICTURES, Place
from academy.grading.documents import LONGEST_NAME
from academy.i18n import Sentence, say

Spoken = tuple[CocoFile, Image]
Ids = npt.NDArray[np.uint32]


def items_of(files: list[CocoFile], place: Place, options: Options) -> Iterator[FoundItem | Problem]:
    """Every picture that the files list, in the order in which they first name it, with all they say of it."""
    reading = _Reading(files, place, options)
    for file in files:
        reading.tell_apart(file)
    by_picture: dict[str, list[tuple[int, int]]] = {}
    for number, file in enumerate(files):
        own: set[str] = set()
        for position, image in enumerate(file.images):
            name = reading.name(file, image)
            if name in own:
                yield _listed_twice(file, image)
                continue
            own.add(name)
            by_picture.setdefault(name, []).append((number, position))
    for name, spots in by_picture.items():
        yield from reading.item(name, [(files[number], files[number].images[position]) for number, position in spots])
    for file in files:
        yield from _strays(file)


def _listed_twice(file: CocoFile, image: Image) -> Problem:
    sentence = say("The picture %(name)s is listed twice; the second was not imported.", name=image.name[:200])
    return Problem(file.name, None, sentence, file.groups.count(image.group))


def _strays(file: CocoFile) -> Iterator[Problem]:
    """Annotations of pictures that the file does not list."""
    listed = {image.group for image in file.images}
    for image_id, group in file.numbers.items():
        if group in listed:
            continue
        for place, annotation in annotations_of(file, group):
            sentence = say("The picture %(id)s is not listed; the object was not imported.", id=str(image_id)[:100])
            yield Problem(file.name, key_of(annotation, place + 1), sentence, _objects_in(annotation))


def _objects_in(annotation: Mapping[str, Any]) -> int:
    segments = annotation.get("segments_info")
    return len(segments) if isinstance(segments, list) else 1


def _common_tail(one: str, other: str) -> int:
    """How many parts of two paths agree, from their ends."""
    pairs = zip(reversed(PurePosixPath(one).parts), reversed(PureWindowsPath(other).parts), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), len(PureWindowsPath(other).parts))


@dataclass(slots=True)
class _Said:
    """What was gathered of one picture."""

    objects: list[FoundObject] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[tuple[str | None, Sentence, int]] = field(default_factory=list)
    outlines_left: int = 0
    elsewhere: str = ""
    """The file that is being read, if it is not the one that the item is named after."""

    def complain(self, about: str | None, sentence: Sentence, lost: int = 0) -> None:
        called = " ".join(filter(None, (self.elsewhere, about)))
        self.problems.append((called or None, sentence, lost))


class _Reading:
    def __init__(self, files: list[CocoFile], place: Place, options: Options) -> None:
        self.place, self.options = place, options
        self.several = any(file.several for file in files) or any(file.kind == "multilabel" for file in files)
        self.kind = next((file.kind for file in files if file.kind), "")
        self.elsewhere: set[tuple[str, int]] = set()
        """Pictures (file, group) whose name is that of another picture here."""

    def tell_apart(self, file: CocoFile) -> None:
        """Of pictures train/1.jpg and val/1.jpg, of which only one lies here, the other is missing."""
        written: dict[str, list[Image]] = {}
        for image in file.images:
            if (found := self.picture(file, image)) is not None:
                written.setdefault(self.place.name(found), []).append(image)
        for name, images in written.items():
            if len({image.name for image in images}) > 1:
                tails = [_common_tail(name, image.name) for image in images]
                best = max(tails) if tails.count(max(tails)) == 1 else len(name)
                self.elsewhere |= {
                    (file.name, image.group) for image, tail in zip(images, tails, strict=True) if tail < best
                }

    def picture(self, file: CocoFile, image: Image) -> Path | None:
        """Where the picture lies. A name without folders is looked for near its file first."""
        if (file.name, image.group) in self.elsewhere:
            return None
        near = file.subset if file.path.parent.name == "annotations" else file.path.parent.name
        found = self.place.find(f"{near}/{image.name}" if near else image.name, PICTURES)
        return None if found is not None and found.parent.name.startswith("panoptic") else found

    def name(self, file: CocoFile, image: Image) -> str:
        found = self.picture(file, image)
        return self.place.name(found) if found else image.name

    def item(self, name: str, spoken: list[Spoken]) -> Iterator[FoundItem | Problem]:
        file, image = spoken[0]
        picture, said, roles, labelled = self.picture(file, image), _Said(), set[str](), False
        for other, listed in spoken:
            if other.role in roles and other.groups.count(listed.group):
                sentence = say("%(name)s has labels in another file already; these were not imported.", name=name)
                said.elsewhere = other.name
                said.complain(None, sentence, other.groups.count(listed.group))
                continue
            roles.add(other.role)
            before = len(said.objects)
            said.elsewhere = other.name if other is not file else ""
            self._gather(other, listed, said, name)
            if said.outlines_left:
                sentence = say("%(count)s objects have key points and an outline; the key points were taken.",
                               count=said.outlines_left)  # fmt: skip
                said.complain(None, sentence)
                said.outlines_left = 0
            _rename(said.objects, before, other.role)
            labelled = labelled or self._labelled(other, listed)
        subset = next((other.subset for other, _ in spoken if other.subset), "")
        item = FoundItem(
            name=name, file=file.name, media=picture, missing="" if picture else image.name,
            size=next((listed.size for _, listed in spoken if listed.size), None), objects=tuple(said.objects),
            fields=self._fields(said, labelled), labelled=labelled, annotator=self.options.annotator, shared=True,
            tags=(subset,) if subset else (),
        )  # fmt: skip
        item = replace(item, kind=self._kind(item))
        yield item
        if picture is None:
            yield item.problem(None, say("The picture %(name)s was not found; its task waits for it.", name=image.name))
        for about, sentence, lost in said.problems:
            yield item.problem(about, sentence, lost)

    def _labelled(self, file: CocoFile, image: Image) -> bool:
        """Pictures without objects in a file of objects are gold that says: nothing is there."""
        if image.labelled is not None:
            return image.labelled
        objects = file.role in ("instances", "person_keypoints", "stuff", "panoptic")
        return file.groups.count(image.group) > 0 or (objects and len(file.groups) > 0)

    def _fields(self, said: _Said, labelled: bool = True) -> dict[str, Any]:
        fields: dict[str, Any] = {"choices": []} if labelled and self.kind == "multilabel" else {}
        if said.choices:
            several = self.several or len(said.choices) > 1
            fields |= {"choices": said.choices} if several else {"choice": said.choices[0]}
        if said.texts:
            fields["text"] = said.texts[0]
        accepted = said.accepted or said.texts[1:]
        return fields | ({"accepted": accepted} if accepted else {})

    def _kind(self, item: FoundItem) -> str:
        if item.fields.keys() <= {"text", "accepted"} and "text" in item.fields and not item.objects:
            return self.kind if self.kind in ("transcription", "writing") else "writing"
        if item.objects and "text" in item.fields:
            return "mixed"
        return kind_of(item.objects, item.fields) or (self.kind if item.labelled else "")

    def _gather(self, file: CocoFile, image: Image, said: _Said, name: str) -> None:
        for place, annotation in annotations_of(file, image.group):
            key = key_of(annotation, place + 1)
            if place in file.doubles:
                said.complain(key, say("The id %(id)s is used twice; the second was not imported.", id=key),
                              _objects_in(annotation))  # fmt: skip
            elif "segments_info" in annotation:
                self._segments(file, annotation, said, image.size)
            elif "caption" in annotation and not has_geometry(annotation):
                self._caption(annotation, key, said)
            else:
                self._object(file, annotation, key, said)

    def _caption(self, annotation: Mapping[str, Any], key: str, said: _Said) -> None:
        text = annotation["caption"]
        if isinstance(text, str) and text:
            said.texts.append(text)
        else:
            said.complain(key, say("The caption is empty or no text; it was not imported."), 1)

    def _object(self, file: CocoFile, annotation: Mapping[str, Any], key: str, said: _Said) -> None:
        label = self._label(file, annotation, key, said)
        if label is None:
            return
        image_label = annotation.get("shape") == "label" or not file.geometry
        if image_label and not has_geometry(annotation):
            (said.accepted if annotation.get("accepted") in (1, True) else said.choices).append(label)
            return
        result = made(annotation, key, label, self.options.kind)
        said.outlines_left += result.outline_left
        for sentence, lost in result.odd:
            said.complain(key, sentence, lost)
        if result.found is not None:
            said.objects.append(result.found)

    def _label(self, file: CocoFile, annotation: Mapping[str, Any], key: str, said: _Said) -> str | None:
        category = annotation.get("category_id")
        label = file.labels.get(category) if is_id(category) else None
        if label is None:
            shown = str(category)[:100]
            said.complain(key, say("The category %(id)s is not listed; the object was not imported.", id=shown), 1)
        return label

    def _segments(
        self, file: CocoFile, annotation: Mapping[str, Any], said: _Said, size: tuple[float, float] | None
    ) -> None:
        """Panoptic: the pixels of each segment are those of its id in a picture of ids."""
        segments = [one for one in annotation["segments_info"] or () if isinstance(one, Mapping)]
        called = annotation.get("file_name")
        folder = file.path.stem
        path = self.place.find(f"{folder}/{called}", frozenset({".png"})) if isinstance(called, str) else None
        if path is None or not (path.parent.name.startswith("panoptic") or path.parent.name == folder):
            said.complain(None, say("The picture of ids %(name)s was not found; its segments were not imported.",
                                    name=str(called)[:200]), len(segments))  # fmt: skip
            return
        try:
            ids = masks.read_ids(path)
        except masks.BadMask as error:
            said.complain(None, say("%(name)s: %(why)s; its segments were not imported.", name=self.place.name(path),
                                    why=str(error)), len(segments))  # fmt: skip
            return
        ids, sentence = _fit(ids, size, self.place.name(path))
        if sentence:
            said.complain(None, sentence)
        left = set(np.unique(ids).tolist()) - {0}
        for segment in segments:
            own, key = segment.get("id"), key_of(segment, 0)
            label = self._label(file, segment, key, said)
            if label is None:
                left.discard(own)
                continue
            if type(own) is not int or own not in left:
                said.complain(key, say("%(label)s: no pixel of the picture of ids has the number %(id)s; the object "
                                       "was not imported.", label=label, id=key), 1)  # fmt: skip
                continue
            left.discard(own)
            value = masks.from_grid(ids == own)
            given = {**segment, "segmentation": value}
            given.pop("bbox", None)
            found = made(given, key, label, "mask").found
            if found is not None:
                said.objects.append(found)
        if left:
            said.complain(None, say("%(name)s: %(count)s of its numbers are no segment that is listed; they were left "
                                    "out.", name=self.place.name(path), count=len(left)))  # fmt: skip


def _fit(ids: Ids, size: tuple[float, float] | None, name: str) -> tuple[Ids, Sentence | None]:
    """A picture of ids that is smaller than the picture itself covers its upper left part."""
    height, width = ids.shape
    if size is None or size == (width, height) or size[0] < width or size[1] < height:
        return ids, None
    whole = np.zeros((int(size[1]), int(size[0])), np.uint32)
    whole[:height, :width] = ids
    sentence = say("%(name)s has %(width)s x %(height)s pixels and the picture is larger; it was laid into its upper "
                   "left corner.", name=name, width=width, height=height)  # fmt: skip
    return whole, sentence


def _rename(objects: list[FoundObject], before: int, role: str) -> None:
    """Objects of a further file or with our ids repeated get names of their own."""
    taken = {thing.id for thing in objects[:before]}
    for position in range(before, len(objects)):
        thing, number = objects[position], 1
        name = thing.id
        while name in taken:
            tail = f"-{role}" if number == 1 and before else f"-{number}"
            name, number = f"{thing.id[: LONGEST_NAME - 20]}{tail}", number + 1
        taken.add(name)
        if name != thing.id:
            objects[position] = replace(thing, id=name)


def results_of(file: CocoFile, beside: list[CocoFile], place: Place, options: Options) -> Iterator[FoundItem | Problem]:
    """A list of results: one person's (or a model's) labels of pictures that other files list."""
    reading = _Reading([file, *beside], place, options)
    person = options.annotator or file.path.stem
    listed = {image_id: other for other in beside for image_id in other.numbers}
    for image_id, group in file.numbers.items():
        base = listed.get(image_id)
        image = next((one for one in base.images if one.group == base.numbers[image_id]), None) if base else None
        if base is None or image is None:
            for at, annotation in annotations_of(file, group):
                sentence = say("The picture %(id)s is not listed; the object was not imported.", id=str(image_id)[:100])
                yield Problem(file.name, key_of(annotation, at + 1), sentence, 1)
            continue
        file.labels = base.labels
        picture, said = reading.picture(base, image), _Said()
        reading._gather(file, replace_group(image, group), said, image.name)
        _rename(said.objects, 0, "")
        item = FoundItem(
            name=place.name(picture) if picture else image.name, file=file.name, media=picture,
            missing="" if picture else image.name, size=image.size, objects=tuple(said.objects),
            fields=reading._fields(said), annotator=person, shared=True,
        )  # fmt: skip
        yield replace(item, kind=reading._kind(item))
        for about, sentence, lost in said.problems:
            yield item.problem(about, sentence, lost)


def replace_group(image: Image, group: int) -> Image:
    return image._replace(group=group)
