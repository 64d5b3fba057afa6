"""What operators send about the quality of gold."""

from collections.abc import Iterable

from wtforms import IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from academy.annotation.models import Label
from academy.annotation.quality.looking import LARGEST_SAMPLE
from academy.forms import AcademyForm
from academy.i18n import _l, pick


class DrawForm(AcademyForm):
    """How large a sample is drawn, and from what."""

    count = IntegerField(
        _l("How many tasks"),
        [InputRequired(_l("Please fill this in.")), NumberRange(1, LARGEST_SAMPLE, _l("Between 1 and 1,000."))],
        default=20,
        description=_l("About 60 without a mistake show that fewer than 6 in 100 are wrong."),
    )
    reason = RadioField(
        _l("Drawn from"),
        choices=[
            ("random", _l("all tasks with gold, by chance")),
            ("label", _l("tasks with one label")),
            ("suspicious", _l("what the last measuring found suspicious")),
            ("disagreement", _l("where annotators disagree most")),
        ],
        default="random",
    )
    label = SelectField(_l("Label (for tasks with one label)"), choices=[], validate_choice=True, default="")

    def offer_labels(self, labels: Iterable[Label]) -> None:
        self.label.choices = [("", str(_l("any")))] + [(label.name, pick(label.title)) for label in labels]


class LookForm(AcademyForm):
    """What a second pair of eyes says."""

    verdict = RadioField(
        _l("Is this gold right?"),
        [InputRequired(_l("Please choose one."))],
        choices=[("right", _l("Right")), ("wrong", _l("Wrong")), ("unsure", _l("Unclear"))],
    )
    note = TextAreaField(
        _l("What is wrong or unclear"), [Length(max=500)], description=_l("Needed unless the gold is right.")
    )
