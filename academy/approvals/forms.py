"""What the second person may send us."""

from wtforms import TextAreaField
from wtforms.validators import Length

from academy.forms import AcademyForm
from academy.i18n import _l


class DecisionForm(AcademyForm):
    """A yes, or a no with its reason; which of the two, the button says."""

    reason = TextAreaField(
        _l("What you want to say about it"),
        [Length(max=500)],
        description=_l("Needed if you refuse. Whoever asked reads it."),
    )
