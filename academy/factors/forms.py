"""What people type to show or to set up a second factor."""

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from academy.factors.rules import PASSKEY_NAME_LENGTH
from academy.forms import AcademyForm
from academy.i18n import _l

_filled = InputRequired(_l("Please fill this in."))


class AppCodeForm(AcademyForm):
    """What the app shows now."""

    code = StringField(
        _l("The six digits in the app"),
        [_filled, Length(max=40)],
        description=_l("They change every half minute. If they are about to change, wait for the next ones."),
    )


class RecoveryForm(AcademyForm):
    """A code from paper, in place of the app."""

    recovery = StringField(
        _l("Recovery code"),
        [_filled, Length(max=40)],
        description=_l("It looks like K7QM-2XWP-9RTD. You wrote or printed it when you set the second step up."),
    )


class PasswordAgainForm(AcademyForm):
    password = PasswordField(_l("Your password"), [_filled, Length(max=1000)])


class PasskeyNameForm(AcademyForm):
    name = StringField(_l("Name of this passkey"), [_filled, Length(max=PASSKEY_NAME_LENGTH)])
