"""Gold put into words for whoever edits it: why a document can not be kept, what differs, where a version came from."""

import json
from collections.abc import Mapping
from typing import Any

from academy.annotation.editing.differing import Differs, Pair
from academy.annotation.models import Label
from academy.grading.documents import RefusedDocument
from academy.i18n import _, _l, pick

_REASONS: Mapping[str, Any] = {
    "count": _l("there are too many objects, or one has too many points. Take out what is not needed."),
    "flag": _l("ignore, optional and crowd are either true or false."),
    "id": _l("every object needs an id of its own, a short text."),
    "image": _l("the size of the picture must be two numbers of at least 1."),
    "kind": _l("this kind of document is not known here."),
    "label": _l("a label is missing or too long."),
    "number": _l("a number is missing, not finite or far too large."),
    "outside": _l("it lies outside the picture, the text or the sound. Move it inside or delete it."),
    "relation": _l("a relation names objects that are not there."),
    "rubric": _l("a setting of the rubric can not be used."),
    "shape": _l("its shape can not be read. Look at the numbers and brackets."),
    "size": _l("it has no size: it is smaller than one square pixel, or its points fall together."),
}


def refusal_words(refused: RefusedDocument) -> str:
    """A sentence that names the object and says what to do."""
    reason = str(_REASONS.get(refused.reason, _REASONS["shape"]))
    if refused.object_id is None:
        return _("This can not be kept: %(reason)s", reason=reason)
    return _("Object %(object)s: %(reason)s", object=refused.object_id, reason=reason)


_NAMES: Mapping[str, Any] = {
    "accepted": _l("Also right"),
    "attributes": _l("Said besides"),
    "box": _l("Box (left, top, width, height)"),
    "choice": _l("Answer"),
    "choices": _l("Answers"),
    "crowd": _l("A crowd"),
    "ignore": _l("Not counted"),
    "label": _l("Label"),
    "optional": _l("May be left out"),
    "polygon": _l("Outline"),
    "preference": _l("Better"),
    "ranking": _l("Order"),
    "rule": _l("Rule"),
    "text": _l("Text"),
}
_SOURCES: Mapping[str, Any] = {
    "editor": _l("edited by hand"),
    "label": _l("a label got another name"),
    "undo": _l("a change was taken back"),
}


def source_words(source: str) -> str:
    """Where a version of gold came from."""
    kind, _colon, name = source.partition(":")
    if source in _SOURCES:
        return str(_SOURCES[source])
    if kind == "annotator":
        return _("what %(name)s said", name=name)
    if source.startswith("version ") and source[8:].isdecimal():
        return _("version %(version)s again", version=source[8:])
    return source


def pair_name(pair: Pair) -> str:
    """The id of an object, or the answer in words."""
    there = pair.after if pair.after is not None else pair.before
    return pair.name if isinstance(there, Mapping) else str(_NAMES.get(pair.name, pair.name))


def differs_words(pair: Pair, labels: Mapping[str, Label] | None = None) -> str:
    """In words what became of an object or of an answer."""
    there = pair.after if pair.after is not None else pair.before
    name = there.get("label") if isinstance(there, Mapping) else None
    known = labels.get(name) if labels and isinstance(name, str) else None
    label = pick(known.title) if known else name
    if pair.how is Differs.ADDED:
        return _("new: %(label)s", label=label or _said(pair.after))
    if pair.how is Differs.REMOVED:
        return _("gone: %(label)s", label=label or _said(pair.before))
    if not isinstance(pair.before, Mapping) or not isinstance(pair.after, Mapping):
        return _("was %(old)s, is %(new)s", old=_said(pair.before), new=_said(pair.after))
    names = pair.before.keys() | pair.after.keys()
    changed = sorted(name for name in names if pair.before.get(name) != pair.after.get(name))
    told = [
        _("%(name)s: was %(old)s, is %(new)s", name=_NAMES.get(name, name), old=_said(pair.before.get(name)),
          new=_said(pair.after.get(name)))
        for name in changed
    ]  # fmt: skip
    return "; ".join(told)


def _said(value: Any) -> str:
    """A value short enough for a line."""
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
