"""What the pages of this room may be sent."""

from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from academy.forms import AcademyForm
from academy.i18n import _l


class CheckForm(AcademyForm):
    """A badge to be checked: pasted or as a file."""

    badge = TextAreaField(_l("Link or text of the badge"), [Length(max=300_000)])
    file = FileField(_l("Or the badge as a file (PNG or JSON)"))


class RevokeForm(AcademyForm):
    """Why a badge is taken back."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Write a reason: the holder has a right to know.")), Length(max=500)],
        description=_l("The holder reads this sentence. The public page only says that the badge was taken back."),
    )


class ShowNameForm(AcademyForm):
    """Whether the public page names the holder."""

    shown = BooleanField()
