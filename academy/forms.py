"""The form every form of ours is made from."""

import unicodedata
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import PasswordField, StringField

from academy.i18n import _l

PLAINLY = {
    "This field is required.": _l("Please fill this in."),
    "Not a valid choice.": _l("Please choose one of these."),
    "Invalid Choice: could not coerce.": _l("Please choose one of these."),
    "Not a valid integer value.": _l("Please write a whole number in digits."),
    "Not a valid date value.": _l("Please choose a day, for example 2026-03-02."),
    "Not a valid time value.": _l("Please choose a time, for example 14:00."),
    "Field must be at least %(min)d character long.": _l("Please write a little more."),
    "Field must be at least %(min)d characters long.": _l("This needs at least %(min)d characters."),
    "Field cannot be longer than %(max)d character.": _l("This can have at most %(max)d characters."),
    "Field cannot be longer than %(max)d characters.": _l("This can have at most %(max)d characters."),
    "Field must be between %(min)d and %(max)d characters long.": _l("This needs %(min)d to %(max)d characters."),
}
"""What WTForms says by itself, and how we say it."""


class PlainWords:
    """The sentences of WTForms in ours; those we have no words for, as WTForms translates them."""

    def __init__(self, others: Any) -> None:
        self.others = others

    def gettext(self, sentence: str) -> str:
        return str(PLAINLY[sentence]) if sentence in PLAINLY else str(self.others.gettext(sentence))

    def ngettext(self, one: str, several: str, count: int) -> str:
        sentence = one if count == 1 else several
        return str(PLAINLY[sentence]) if sentence in PLAINLY else str(self.others.ngettext(one, several, count))


def tidy(value: Any) -> Any:
    """Text as we keep it: NFC, without surrounding spaces and NUL."""
    return unicodedata.normalize("NFC", value).replace("\0", "").strip() if isinstance(value, str) else value


UNSENT: Any = object()
"""For `formdata`: the form shows the values it is given, whatever was sent with this request."""


class AcademyForm(FlaskForm):  # type: ignore[misc]
    """Guards against forged requests, tidies text fields, speaks the page's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: Any) -> PlainWords:
            return PlainWords(super().get_translations(form))

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            kind = unbound_field.field_class
            # A password is kept as it was typed; every other text is tidied.
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                options["filters"] = [*unbound_field.kwargs.get("filters", ()), tidy]
            return unbound_field.bind(form=form, **options)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Forms read forms only: JSON goes through academy.web.read_json, which is guarded."""
            if formdata is UNSENT:
                return None
            if formdata is not None and hasattr(formdata, "getlist"):
                return formdata
            if request and request.method in {"POST", "PUT", "PATCH", "DELETE"}:
                return CombinedMultiDict((request.files, request.form)) if request.files else request.form
            return None
