"""What operators send about pictures."""

from typing import Any

from wtforms import BooleanField, MultipleFileField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from academy.forms import AcademyForm
from academy.i18n import _l
from academy.uploads.rules import LARGEST_UPLOAD

_short = Length(max=200)


class UploadForm(AcademyForm):
    """Pictures for a task set, or zips of them, and whose they are."""

    files = MultipleFileField(
        _l("Pictures or zip files"),
        description=_l(
            "PNG, JPEG or WebP. All files together may have %(most)s MB; a zip may hold 2,000 pictures.",
            most=LARGEST_UPLOAD // 2**20,
        ),
    )
    licence = StringField(
        _l("Licence"),
        [InputRequired(_l("Please fill this in.")), _short],
        description=_l("It stands beside each picture, for example CC BY 4.0."),
    )
    attribution = StringField(
        _l("Made by"),
        [InputRequired(_l("Please fill this in.")), _short],
        description=_l("The people or the house to name as the makers."),
    )
    public = BooleanField(_l("Strangers may see these pictures, too"))

    def validate_files(self, field: Any) -> None:
        if not any(file and file.filename for file in field.data or ()):
            raise ValidationError(str(_l("Please choose at least one file.")))
