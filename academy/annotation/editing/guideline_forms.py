"""What operators send about guidelines."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from academy.annotation.editing.guideline_edits import PICTURES, WORDS
from academy.annotation.editing.label_forms import LONG, NEEDED, PLAIN_NAME, SHORT
from academy.annotation.models import Guideline
from academy.forms import AcademyForm, tidy
from academy.i18n import _l

MOST_RULES = 35
_NUMBER = Regexp(r"^[0-9A-Za-z][0-9A-Za-z.\-]{0,9}$", message=_l("A short number such as 1 or 2.3."))


class RuleForm(Form):  # type: ignore[misc]
    """One rule in two languages, with a picture of it done well and done badly."""

    number = StringField(_l("Number"), [InputRequired(_l("Please fill this in.")), _NUMBER], filters=[tidy])
    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT], filters=[tidy])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT], filters=[tidy])
    text_ko = TextAreaField(_l("The rule in Korean"), [NEEDED, LONG], filters=[tidy])
    text_en = TextAreaField(_l("The rule in English"), [NEEDED, LONG], filters=[tidy])
    good_ko = TextAreaField(_l("Done well, in Korean"), [Optional(), LONG], filters=[tidy])
    good_en = TextAreaField(_l("Done well, in English"), [Optional(), LONG], filters=[tidy])
    bad_ko = TextAreaField(_l("Done badly, in Korean"), [Optional(), LONG], filters=[tidy])
    bad_en = TextAreaField(_l("Done badly, in English"), [Optional(), LONG], filters=[tidy])
    good_media_id = HiddenField(filters=[lambda value: value or ""])
    bad_media_id = HiddenField(filters=[lambda value: value or ""])
    good_file = FileField(_l("Picture of it done well"))
    bad_file = FileField(_l("Picture of it done badly"))


class GuidelineForm(AcademyForm):
    """A whole guideline: its title and its rules in order."""

    version = IntegerField(widget=HiddenInput(), default=0)
    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT])
    rules = FieldList(FormField(RuleForm), max_entries=MOST_RULES)
    licence = StringField(
        _l("Licence of the pictures"), [Optional(), Length(max=200)],
        description=_l("Needed if you choose a picture, for example CC BY 4.0."),
    )  # fmt: skip
    attribution = StringField(_l("Pictures made by"), [Optional(), Length(max=200)])
    follow = BooleanField(_l("Task sets that use this guideline use the new version from now on"), default=True)

    def validate_version(self, field: Any) -> None:
        if field.data is None or field.data < 0:
            raise ValidationError(str(_l("Please write a whole number in digits.")))

    def validate_rules(self, field: Any) -> None:
        numbers = [row.form.number.data for row in field]
        if len(set(numbers)) < len(numbers):
            raise ValidationError(str(_l("Two rules have the same number. Give each its own.")))


class NewGuidelineForm(AcademyForm):
    """The name under which a guideline is found; its rules are written afterwards."""

    slug = StringField(
        _l("Short name"), [NEEDED, SHORT, PLAIN_NAME], description=_l("It stands in addresses: street-boxes.")
    )


def row_values(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule (as guideline_edits.content has it) as the form shows it."""
    said = {f"{name}_{language}": (rule[name] or {}).get(language, "") for name in WORDS for language in ("ko", "en")}
    return {"number": rule["number"], **said, **{name: rule[name] or "" for name in PICTURES}}


def rule_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the form as guideline_edits takes it."""
    said = {
        name: {language: (row[f"{name}_{language}"] or "").replace("\r\n", "\n") for language in ("ko", "en")}
        for name in WORDS
    }
    pictures = {name: int(row[name]) if str(row[name] or "").isdecimal() else None for name in PICTURES}
    return {"number": row["number"], **said, **pictures}


def values_of(guideline: Guideline, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "version": guideline.version,
        "title_ko": guideline.title.get("ko", ""),
        "title_en": guideline.title.get("en", ""),
        "rules": [row_values(rule) for rule in rules],
    }


def next_number(rows: Sequence[Mapping[str, Any]]) -> str:
    """A number for one more rule: one above the highest whole one."""
    whole = [int(str(row["number"]).partition(".")[0]) for row in rows if str(row["number"])[:1].isdecimal()
             and str(row["number"]).partition(".")[0].isdecimal()]  # fmt: skip
    return str(max(whole, default=0) + 1)


def rearranged(rows: list[dict[str, Any]], act: str) -> list[dict[str, Any]]:
    """Rows after a button was pressed: "add", "up-2", "down-2", "remove-2", "nogood-2", "nobad-2" (rows from 0)."""
    verb, _dash, place = act.partition("-")
    at = int(place) if place.isdecimal() else -1
    if verb == "add":
        blank = row_values({"number": next_number(rows), **dict.fromkeys((*WORDS, *PICTURES))})
        return [*rows, blank] if len(rows) < MOST_RULES else rows
    if not 0 <= at < len(rows):
        return rows
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if verb == "remove":
        return rows[:at] + rows[at + 1 :]
    if verb in ("nogood", "nobad"):
        return [{**row, f"{verb[2:]}_media_id": ""} if place_ == at else row for place_, row in enumerate(rows)]
    if 0 <= other < len(rows):
        rows = list(rows)
        rows[at], rows[other] = rows[other], rows[at]
    return rows
