"""What operators send about label sets and labels."""

import re
from typing import Any

from wtforms import (
    ColorField,
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp

from academy.annotation.models import Label, LabelSet
from academy.forms import AcademyForm, tidy
from academy.i18n import _l

NEEDED = InputRequired(_l("Please fill this in."))
SHORT = Length(max=200)
LONG = Length(max=2_000)
PLAIN_NAME = Regexp(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", message=_l("Use small letters a to z, digits and hyphens."))
SPARE_ROWS = 2
_KEY_WORDS = _l("One digit from 1 to 9, or a letter, but not F or N.")
MOST_ROWS = 30
MOST_POINTS = 200

TYPES = (
    ("choice", _l("One of several values")),
    ("text", _l("Words")),
    ("number", _l("A number")),
    ("flag", _l("Yes or no")),
)


class LabelSetForm(AcademyForm):
    """A new label set."""

    slug = StringField(
        _l("Short name"), [NEEDED, SHORT, PLAIN_NAME], description=_l("It stands in addresses: street-objects.")
    )
    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT])


class TitleForm(AcademyForm):
    """Another title for something."""

    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT])


class AttributeForm(Form):  # type: ignore[misc]
    """One thing an object of a label may say besides; a row without a name is passed over."""

    name = StringField(_l("Name in files"), [Optional(), SHORT], filters=[tidy])
    title_ko = StringField(_l("Title in Korean"), [Optional(), SHORT], filters=[tidy])
    title_en = StringField(_l("Title in English"), [Optional(), SHORT], filters=[tidy])
    type = SelectField(_l("What it may say"), choices=TYPES, default="choice")
    values = StringField(_l("Values, parted by commas"), [Optional(), LONG], filters=[tidy])

    def validate_values(self, field: Any) -> None:
        if self.name.data and self.type.data == "choice" and len(_listed(field.data)) < 2:
            raise ValidationError(str(_l("Name at least two values.")))


class LabelForm(AcademyForm):
    """One label with all it says of itself."""

    name = StringField(
        _l("Name in files"), [NEEDED, SHORT],
        description=_l("It stands in gold and in files. If you change it, gold gets new versions with the new name."),
    )  # fmt: skip
    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT])
    color = ColorField(_l("Colour"), [Regexp(r"^#[0-9a-fA-F]{6}$", message=_l("Choose a colour."))])
    hotkey = StringField(
        _l("Key"), [Optional(), Regexp(r"^[1-9a-eg-mo-zA-EG-MO-Z]$", message=_KEY_WORDS)],
        description=_l("One digit or letter. Leave it empty for the number of its place."),
    )  # fmt: skip
    description_ko = TextAreaField(_l("Description in Korean"), [Optional(), LONG])
    description_en = TextAreaField(_l("Description in English"), [Optional(), LONG])
    parent = SelectField(_l("Belongs to"), description=_l("The wider label above it, if there is one."))
    attributes = FieldList(FormField(AttributeForm), max_entries=MOST_ROWS)
    points = TextAreaField(
        _l("Key points, one on each line"), [Optional(), LONG],
        description=_l("Only for skeletons: nose, left eye, right eye …"),
    )  # fmt: skip
    edges = TextAreaField(
        _l("Lines between key points, one on each line"), [Optional(), LONG],
        description=_l("Two numbers of points with a hyphen: 1-2"),
    )  # fmt: skip
    sigmas = StringField(
        _l("How exact each point can be set, parted by commas"), [Optional(), LONG],
        description=_l("One number for each point, for example 0.026, 0.025. Empty: 0.05 for all."),
    )  # fmt: skip

    def offer(self, label_set: LabelSet, own: Label | None) -> None:
        """Which labels may stand above this one."""
        others = [label.name for label in label_set.labels if label is not own and label.retired_at is None]
        self.parent.choices = [("", _l("nothing wider")), *((name, name) for name in others)]

    def add_spare_rows(self) -> None:
        while len(self.attributes) < MOST_ROWS and sum(not row.form.name.data for row in self.attributes) < SPARE_ROWS:
            self.attributes.append_entry()

    def validate_points(self, field: Any) -> None:
        if len(lines(field.data)) > MOST_POINTS:
            raise ValidationError(str(_l("At most %(most)s points.", most=MOST_POINTS)))

    def validate_edges(self, field: Any) -> None:
        count = len(lines(self.points.data))
        for line in lines(field.data):
            found = re.fullmatch(r"(\d{1,3})\s*-\s*(\d{1,3})", line)
            if not found or not all(1 <= int(end) <= count for end in found.groups()):
                raise ValidationError(
                    str(_l("“%(line)s” does not name two points. There are %(count)s.", line=line[:40], count=count))
                )

    def validate_sigmas(self, field: Any) -> None:
        numbers = _numbers(field.data)
        if not numbers:
            return
        if len(numbers) != len(lines(self.points.data)) or not all(_is_sigma(number) for number in numbers):
            raise ValidationError(str(_l("Give one number above 0 and at most 1 for each point.")))

    def said(self) -> dict[str, Any]:
        """The label as label_edits takes it."""
        return {
            "name": self.name.data,
            "title": {"ko": self.title_ko.data, "en": self.title_en.data},
            "description": _both(self.description_ko.data, self.description_en.data),
            "color": self.color.data.lower(),
            "hotkey": (self.hotkey.data or "").lower(),
            "parent": self.parent.data or "",
            "attributes": [_attribute(row.form) for row in self.attributes if row.form.name.data],
            "skeleton": self._skeleton(),
        }

    def _skeleton(self) -> dict[str, Any]:
        points = lines(self.points.data)
        if not points:
            return {}
        edges = [[int(end) - 1 for end in line.split("-")] for line in lines(self.edges.data)]
        sigmas = [float(number) for number in _numbers(self.sigmas.data)]
        return {"points": points, "edges": edges, **({"sigmas": sigmas} if sigmas else {})}


def values_of(label: Label, label_set: LabelSet) -> dict[str, Any]:
    """A label as the form shows it."""
    names = {one.id: one.name for one in label_set.labels}
    skeleton = label.skeleton or {}
    return {
        "name": label.name,
        "title_ko": label.title.get("ko", ""),
        "title_en": label.title.get("en", ""),
        "color": label.color,
        "hotkey": label.hotkey,
        "description_ko": (label.description or {}).get("ko", ""),
        "description_en": (label.description or {}).get("en", ""),
        "parent": names.get(label.parent_id, "") if label.parent_id else "",
        "attributes": [_row(attribute) for attribute in label.attributes],
        "points": "\n".join(skeleton.get("points", ())),
        "edges": "\n".join(f"{start + 1}-{end + 1}" for start, end in skeleton.get("edges", ())),
        "sigmas": ", ".join(f"{sigma:g}" for sigma in skeleton.get("sigmas", ())),
    }


def _row(attribute: dict[str, Any]) -> dict[str, Any]:
    title = attribute.get("title") or {}
    title = title if isinstance(title, dict) else {"ko": str(title), "en": str(title)}
    return {
        "name": attribute["name"],
        "title_ko": title.get("ko", ""),
        "title_en": title.get("en", ""),
        "type": attribute.get("type", "text"),
        "values": ", ".join(str(value) for value in attribute.get("values") or ()),
    }


def _attribute(row: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"name": row.name.data, "type": row.type.data}
    title = _both(row.title_ko.data, row.title_en.data)
    if title:
        said["title"] = title
    if row.type.data == "choice":
        said["values"] = _listed(row.values.data)
    return said


def _both(korean: str | None, english: str | None) -> dict[str, str]:
    return {"ko": korean or "", "en": english or ""} if korean or english else {}


def lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _listed(text: str | None) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def _numbers(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _is_sigma(text: str) -> bool:
    try:
        return 0 < float(text) <= 1
    except ValueError:
        return False


class MergeForm(AcademyForm):
    """Which label takes over what another one labelled."""

    into = SelectField(_l("Into which label?"), [NEEDED])

    def offer(self, label_set: LabelSet, own: Label) -> None:
        others = [label.name for label in label_set.labels if label is not own and label.retired_at is None]
        self.into.choices = [(name, name) for name in others]
