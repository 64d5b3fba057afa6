"""Why a document can not be kept, in the language of whoever edits it."""

from collections.abc import Mapping
from typing import Any

from academy.grading.documents import RefusedDocument
from academy.i18n import _, _l

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
