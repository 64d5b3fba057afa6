"""What a reviewer's page may send."""

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from academy.forms import AcademyForm
from academy.i18n import _, _l
from academy.projects.rules import Reason
from academy.projects.words import reason_words

LONGEST_NOTE = 2000


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]
    """Several of several, as check boxes: easier to hit than a list held with a key."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ReturnForm(AcademyForm):
    """Why work goes back: a reason, a sentence, the rule it breaks and the objects it is about."""

    reason = RadioField(_l("What is wrong?"), validators=[DataRequired(_l("Choose what is wrong."))])
    note = TextAreaField(
        _l("What should the labeler do?"),
        description=_l("One or two friendly sentences. The labeler reads them."),
        validators=[Length(max=LONGEST_NOTE, message=_l("This is too long; a few sentences are enough."))],
    )
    rule = SelectField(_l("Which rule of the guideline?"), validate_choice=True)
    pins = MultiCheckboxField(_l("Which objects?"))

    def __init__(self, rules: Sequence[tuple[str, str]], objects: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        self.reason.choices = [(reason.value, reason_words(reason)) for reason in Reason]
        self.rule.choices = [("", _("none in particular")), *rules]
        self.pins.choices = list(objects)

    def validate_note(self, field: Any) -> None:
        if self.reason.data == Reason.OTHER.value and not field.data:
            raise ValidationError(_("Say in a sentence what is wrong."))
