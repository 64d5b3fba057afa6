"""Our own documents as items and back: the form in which nothing is lost."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from academy.annotation.formats.found import FoundItem, FoundObject, Problem
from academy.annotation.formats.own import FLAGS
from academy.grading.documents import RefusedDocument
from academy.grading.shapes import KIND_SHAPES, KINDS, check_form, shape_of
from academy.i18n import say

_OF_MEDIA = frozenset({"kind", "image", "audio", "points", "frames", "objects"})
"""What a document says of its kind and its media, and its objects: all else is an answer."""
_TOLD_LATER = frozenset({"size", "outside", "count", "relation"})
"""Why an object may be refused that is said when it is held against its media."""


_REFUSED = {
    "shape": say("The object has no shape that can be read; it was not imported. Look at its numbers."),
    "label": say("The object has no label of 1 to 200 characters; it was not imported."),
    "flag": say(
        "The object says something else than true or false for crowd, ignore or optional; it was not imported."
    ),
    "id": say("The id of the object is no short text; it was not imported."),
    "number": say("The object has a number that is not finite or far too large; it was not imported."),
}


def shown_text(kind: str, item: FoundItem) -> bool:
    """Whether "text" in a document is what was shown, and not an answer."""
    return kind in ("spans", "relations") or (bool(item.parts) and kind not in ("transcription", "writing"))


def found_in(document: Mapping[str, Any], item: FoundItem, annotator: str) -> Iterator[FoundItem | Problem]:
    """The item with what a document says of it, and a problem for each object that is none."""
    kind = document.get("kind")
    if kind not in KINDS:
        sentence = say("There is no kind %(kind)s; these labels were not imported.", kind=repr(kind)[:60])
        listed = document.get("objects")
        yield item.problem(None, sentence, len(listed) if isinstance(listed, list) else 1)
        return
    objects: list[FoundObject] = []
    problems: list[Problem] = []
    listed = document.get("objects")
    for position, thing in enumerate(listed if isinstance(listed, list) else (), 1):
        found = _object(thing, position, item)
        (objects if isinstance(found, FoundObject) else problems).append(found)  # type: ignore[arg-type]
    image = document.get("image")
    sides = [image.get(side) for side in ("width", "height")] if isinstance(image, Mapping) else []
    width, height = sides or (None, None)
    fields = {
        name: value
        for name, value in document.items()
        if name not in _OF_MEDIA and not (name == "text" and shown_text(kind, item)) and value is not None
    }
    yield FoundItem(
        name=item.name, file=item.file, kind=kind, media=item.media, missing=item.missing, frames=item.frames,
        parts=item.parts, shared=item.shared, tags=item.tags, annotator=annotator, objects=tuple(objects),
        size=(width, height) if _is_side(width) and _is_side(height) else None, fields=fields,
    )  # fmt: skip
    yield from problems


def _object(thing: Any, position: int, item: FoundItem) -> FoundObject | Problem:
    shape = shape_of(thing) if isinstance(thing, Mapping) else None
    name = str(thing.get("id", position)) if isinstance(thing, Mapping) else str(position)
    try:
        check_form("mixed", {"kind": "mixed", "objects": [thing]}, gold=True)
    except RefusedDocument as error:
        if shape is None or error.reason not in _TOLD_LATER:
            return Problem(item.place, name, _REFUSED.get(error.reason, _REFUSED["shape"]), 1)
    assert shape is not None  # noqa: S101 - the check above refuses an object without one
    told = {"id", "label", shape, "rule", "attributes", *FLAGS}
    return FoundObject(
        id=name, label=thing["label"], shape=shape, value=thing[shape], crowd=bool(thing.get("crowd")),
        ignore=bool(thing.get("ignore")), optional=bool(thing.get("optional")), rule=str(thing.get("rule") or ""),
        attributes=thing.get("attributes") or {},
        beside={field: value for field, value in thing.items() if field not in told and value is not None},
    )  # fmt: skip


def holds_objects(kind: str) -> bool:
    """Whether documents of the kind list objects."""
    return kind in KIND_SHAPES


def _is_side(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1
