"""Out and in again: a made set is written by a format, read back, and compared with what left.

@given(leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path, leaving):
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from pycocotools import mask as rle

from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    FoundObject,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
)
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.sinks import FolderSink
from academy.grading.shapes import KINDS, check_form, shape_of
from tests.academy.annotation.made_sets import Making, documents, kinds_of, leaving_sets, media_bytes

__all__ = ["ROUNDS", "Making", "assert_same", "documents", "kinds_of", "leaving_sets", "media_bytes", "write_and_read"]

ROUNDS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FLAGS = ("crowd", "ignore", "optional", "rule")
LABEL_FACTS = ("color", "title", "parent", "hotkey", "description", "skeleton", "attributes")


def write_and_read(form: Format, leaving: LeavingSet, folder: Path, options: Options | None = None) -> list[Found]:
    """What the format finds in what it wrote, media included. Each call uses a new folder below `folder`."""
    assert form.write is not None
    root = Path(tempfile.mkdtemp(dir=folder))
    form.write(leaving, FolderSink(root, media_bytes))
    assert form.fits(Place(root)), "the format does not know its own files"
    return list(form.read(Place(root), options or Options()))


def assert_same(
    leaving: LeavingSet,
    found: Iterable[Found],
    carries: Carries,
    tolerance: float = 1e-6,
    *,
    ordered: bool = True,
    media: bool = True,
) -> None:
    """Everything that left and can be carried came back: items, objects to the tolerance, fields, labels."""
    arrived = list(found)
    problems = [str(thing.sentence) for thing in arrived if isinstance(thing, Problem)]
    assert not problems
    _same_labels(leaving.labels, [thing for thing in arrived if isinstance(thing, FoundLabel)], carries)
    items = [thing for thing in arrived if isinstance(thing, FoundItem)]
    for item in leaving.items():
        if item.document is not None:
            check_form(item.document["kind"], item.document, gold=True)
        if item.media not in carries.media or (item.document is None and not carries.bare_items):
            continue
        own = [thing for thing in items if _called_alike(thing, item)]
        assert len({thing.name for thing in own}) == 1, f"{item.name}: {[thing.name for thing in items]}"
        if media:
            _same_media(own[0], item)
        _same_people(own, item, carries, tolerance, ordered)
        items = [thing for thing in items if thing not in own]
    assert not items, f"came in and never left: {[thing.name for thing in items]}"


def _called_alike(found: FoundItem, item: LeavingItem) -> bool:
    """By its name, or as the media file that was written for it below some folder of the format's."""
    return any(found.name == name or found.name.endswith(f"/{name}") for name in (item.name, item.file_name))


def _same_media(found: FoundItem, item: LeavingItem) -> None:
    if item.media == "text":
        assert found.parts == item.parts
    elif item.media == "video":
        assert [path.read_bytes() for path in found.frames] == [media_bytes(key) for key in item.frames]
    else:
        assert found.media is not None, f"{item.name}: its file was not found"
        assert found.media.read_bytes() == media_bytes(item.key)


def _same_people(
    own: Sequence[FoundItem], item: LeavingItem, carries: Carries, tolerance: float, ordered: bool
) -> None:
    wanted: dict[str, Mapping[str, Any] | None] = {"": item.document}
    if carries.opinions:
        wanted |= item.opinions
    people = {thing.annotator: thing for thing in own}
    assert len(people) == len(own), f"{item.name}: labels of one person came in twice"
    assert set(people) == set(wanted)
    for person, document in wanted.items():
        _same_document(people[person], document, carries, tolerance, ordered)


def _same_document(
    found: FoundItem, document: Mapping[str, Any] | None, carries: Carries, tolerance: float, ordered: bool
) -> None:
    assert found.kind in ("", *KINDS)
    if document is None:
        assert not found.labelled
        assert not found.objects
        return
    assert found.labelled, f"{found.name} came in without labels"
    if document["kind"] in ("transcription", "writing"):
        assert found.kind in (document["kind"], "mixed")
    shown = bool(found.parts) and document["kind"] not in ("transcription", "writing")
    answers = carries.fields - ({"text"} if shown else set())
    for field in answers:
        left, came = document.get(field), found.fields.get(field)
        assert (list(came) if isinstance(came, tuple) else came) == left, field
    _same_objects(list(document.get("objects", ())), list(found.objects), carries, tolerance, ordered)


def _same_objects(
    left: list[Mapping[str, Any]], came: list[FoundObject], carries: Carries, tolerance: float, ordered: bool
) -> None:
    left = [thing for thing in left if shape_of(thing) in carries.shapes]
    assert len(came) == len(left), f"{len(left)} objects left, {len(came)} came back"
    assert len({thing.id for thing in came}) == len(came), "two objects have one id"
    names: dict[str, str] = {}
    waiting = list(came)
    for thing in sorted(left, key=lambda thing: "relation" in thing):
        near = waiting if not ordered or "relation" in thing else [came[left.index(thing)]]
        whys = []
        for other in near:
            why = _difference(thing, other, names, carries, tolerance)
            if not why:
                names[thing["id"]] = other.id
                waiting.remove(other)
                break
            whys.append(why)
        else:
            raise AssertionError(f"{thing} did not come back: {whys}")


def _difference(
    left: Mapping[str, Any], came: FoundObject, names: Mapping[str, str], carries: Carries, tolerance: float
) -> str:
    """In what two objects differ; "" if they are the same."""
    shape = shape_of(left)
    if (came.shape, came.label) != (shape, left["label"]):
        return f"{came.shape} of {came.label}"
    if carries.ids and came.id != left["id"]:
        return f"id {came.id}"
    if carries.attributes and dict(came.attributes) != left.get("attributes", {}):
        return f"attributes {came.attributes}"
    said = {flag: getattr(came, flag) or None for flag in FLAGS if flag in carries.flags}
    said |= {field: came.beside.get(field) for field in carries.beside if field != shape}
    for name, value in said.items():
        if not _near(value, left.get(name) or None, tolerance):
            return f"{name} {value}"
    if shape == "mask":
        return "" if _pixels(came.value) == _pixels(left["mask"]) else "other pixels"
    if shape == "track":
        return "" if _near(_walk(came.value), _walk(left["track"]), tolerance) else f"walks otherwise: {came.value}"
    value = left[shape] if shape else None
    if shape == "rotated_box":  # a whole turn more or less is the same box
        turns = round((came.value[4] - left[shape][4]) / 360)
        value = [*left[shape][:4], left[shape][4] + 360 * turns]
    if shape == "relation":
        value = {end: names[value[end]] for end in ("head", "tail")} if value else None
    return "" if _near(came.value, value, tolerance) else f"{came.value} instead of {value}"


def _near(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= tolerance
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_near(a, b, tolerance) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _pixels(mask: Mapping[str, Any]) -> tuple[tuple[int, ...], bytes]:
    height, width = mask["size"]
    counts = mask["counts"]
    encoded = (
        rle.frPyObjects({"size": [height, width], "counts": counts}, height, width)
        if isinstance(counts, list)
        else {"size": [height, width], "counts": counts.encode()}
    )
    return (height, width), rle.decode(encoded).tobytes()


def _walk(track: Mapping[str, list[float] | None]) -> list[list[float] | None]:
    """Where the box is in each frame from the first key frame to the last: straight between, nowhere after a null."""
    keys = sorted((int(frame), box) for frame, box in track.items())
    while len(keys) > 1 and keys[-1][1] is None and keys[-2][1] is None:
        keys.pop()  # gone already
    walk: list[list[float] | None] = [None] * keys[0][0]
    for (frame, box), (later, next_box) in pairwise(keys):
        for now in range(frame, later):
            share = (now - frame) / (later - frame)
            if box is None or next_box is None:
                walk.append(box)
            else:
                walk.append([a + (b - a) * share for a, b in zip(box, next_box, strict=True)])
    return [*walk, keys[-1][1]]


def _same_labels(left: Sequence[FoundLabel], came: Sequence[FoundLabel], carries: Carries) -> None:
    by_name = {label.name: label for label in came}
    assert len(by_name) == len(came), "a label is defined twice"
    for label in left:
        if carries.unused_labels:
            assert label.name in by_name
        other = by_name.get(label.name)
        for fact in LABEL_FACTS if other is not None else ():
            if fact in carries.label_facts:
                assert _plain(getattr(other, fact)) == _plain(getattr(label, fact)), f"{fact} of {label.name}"


def _plain(fact: Any) -> Any:
    return [dict(one) for one in fact] if isinstance(fact, tuple) else fact
