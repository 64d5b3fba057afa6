"""The form every form of ours is made from."""

import unicodedata
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import PasswordField, StringField


def tidy(value: Any) -> Any:
    """Text as we keep it: NFC, without surrounding spaces and NUL."""
    return unicodedata.normalize("NFC", value).replace("\0", "").strip() if isinstance(value, str) else value


class AcademyForm(FlaskForm):  # type: ignore[misc]
    """Guards against forged requests, tidies text fields, speaks the page's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            kind = unbound_field.field_class
            # A password is kept as it was typed; every other text is tidied.
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                options["filters"] = [*unbound_field.kwargs.get("filters", ()), tidy]
            return unbound_field.bind(form=form, **options)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Forms read forms only: JSON goes through academy.web.read_json, which is guarded."""
            if formdata is not None and hasattr(formdata, "getlist"):
                return formdata
            if request and request.method in {"POST", "PUT", "PATCH", "DELETE"}:
                return CombinedMultiDict((request.files, request.form)) if request.files else request.form
            return None
