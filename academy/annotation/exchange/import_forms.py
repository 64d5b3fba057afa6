"""What operators send about data they bring."""

import re
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, Field, MultipleFileField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from academy.annotation.editing.set_edits import RESERVED
from academy.annotation.formats.every import FORMATS
from academy.annotation.rules import Outside, Purpose
from academy.forms import AcademyForm
from academy.i18n import _l
from academy.uploads.rules import LARGEST_UPLOAD

GUESS, MEDIA_ONLY = "", "pictures"
_needed = InputRequired(_l("Please fill this in."))
_short = Length(max=200)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def format_choices() -> list[tuple[str, Any]]:
    """Every format that can be read, with what comes before and after."""
    forms = sorted(FORMATS.values(), key=lambda form: form.title.casefold())
    return [
        (GUESS, _l("Find out by itself")),
        *((form.token, form.title) for form in forms if form.token != MEDIA_ONLY),
        (MEDIA_ONLY, _l("Only pictures, sounds or point clouds, without labels")),
    ]


class TokensField(Field):  # type: ignore[misc]
    """The transfers a form speaks of: any number of short words, several of them parted by commas."""

    def process_formdata(self, valuelist: Iterable[str]) -> None:
        words = [word for value in valuelist for word in value.split(",")]
        self.data = [word for word in words if re.fullmatch(r"[a-z0-9-]{1,80}", word)]


class ReadingForm(AcademyForm):
    """How a source is to be read; what its format has no use for is passed over."""

    form = SelectField(_l("Format"), [Optional()], default=GUESS)
    outside = RadioField(
        _l("Objects that reach out of their picture"),
        choices=[
            (Outside.CLIP.value, _l("cut off what is outside")),
            (Outside.REFUSE.value, _l("leave the object out")),
        ],
        default=Outside.CLIP.value,
    )
    text_column = StringField(
        _l("Columns with the text"),
        [Optional(), _short],
        description=_l("For tables. Several are parted by commas. Empty: they are found by their names."),
    )
    label_column = StringField(_l("Column with the label"), [Optional(), _short])
    labels = StringField(
        _l("File that lists the labels"),
        [Optional(), _short],
        description=_l("Its name in what you send, if the labels lie in a file of their own."),
    )
    annotator = StringField(
        _l("Whose labels are these?"),
        [Optional(), _short],
        description=_l("Empty: the trusted answer. A name: what this person said, kept beside the gold."),
    )
    kind = SelectField(
        _l("Take objects as"),
        [Optional()],
        choices=[("", _l("what the file says")), ("box", _l("boxes only"))],
        default="",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.choices = format_choices()

    @property
    def options(self) -> dict[str, str]:
        """As an upload keeps them: only what was said."""
        said = {name: self[name].data for name in ("text_column", "label_column", "labels", "annotator", "kind")}
        return {name: value for name, value in said.items() if value}


class BringForm(ReadingForm):
    """Files, or transfers that are here already, and whose they are."""

    files = MultipleFileField(
        _l("Files"),
        description=_l(
            "One zip of everything is best: pictures and labels together. Without scripts %(most)s MB at most.",
            most=LARGEST_UPLOAD // 2**20,
        ),
    )
    transfer = TokensField()
    licence = StringField(
        _l("Licence"), [_needed, _short], description=_l("It stands beside each item, for example CC BY 4.0.")
    )
    attribution = StringField(
        _l("Made by"), [_needed, _short], description=_l("The people or the house to name as the makers.")
    )
    public = BooleanField(_l("Strangers may see these items, too"))

    def validate_files(self, field: Any) -> None:
        if not self.transfer.data and not any(file and file.filename for file in field.data or ()):
            raise ValidationError(str(_l("Please choose at least one file.")))


class BringNewForm(BringForm):
    """The same, for a set that does not exist yet."""

    title_ko = StringField(_l("Title in Korean"), [_needed, _short])
    title_en = StringField(_l("Title in English"), [_needed, _short])
    slug = StringField(
        _l("Name in addresses and commands"),
        [_needed, _short],
        description=_l("Small letters a to z, digits and hyphens: blood-cells."),
    )
    purpose = RadioField(
        _l("What is it for?"),
        choices=[
            (Purpose.PRACTICE.value, _l("Practice: the answers are shown after a try")),
            (Purpose.EXAM.value, _l("Exams: the answers stay secret")),
            (Purpose.WORK.value, _l("Paid work: the answers stay secret")),
        ],
        default=Purpose.PRACTICE.value,
    )

    def validate_slug(self, field: Any) -> None:
        if not _SLUG.fullmatch(field.data) or field.data in RESERVED:
            raise ValidationError(str(_l("Use small letters a to z, digits and hyphens.")))
