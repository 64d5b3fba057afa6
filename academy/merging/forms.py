"""What somebody says before two accounts become one."""

from typing import Any

from wtforms import BooleanField, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired

from academy.accounts.rules import name_key
from academy.forms import AcademyForm
from academy.i18n import _l


class MergeForm(AcademyForm):
    """The second yes: the name of the account that will be gone, written by hand."""

    keep = HiddenField()
    name = StringField(_l("Name of the account that will be closed"), [InputRequired(_l("Please fill this in."))])
    sure = BooleanField(
        _l("I know that this can not be undone."),
        [InputRequired(_l("Tick this, or leave all as it is."))],
    )

    def __init__(self, emptied_name: str, **named: Any) -> None:
        super().__init__(**named)
        self._emptied_name = emptied_name

    def validate_name(self, field: Any) -> None:
        if name_key(field.data or "") != name_key(self._emptied_name):
            raise ValidationError(str(_l("This is not the name of that account. Copy it from above.")))
