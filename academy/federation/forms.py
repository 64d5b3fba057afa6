"""What somebody who comes from another house tells us about themselves."""

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, Optional

from academy.accounts.forms import NAME_USE, check_email, check_name
from academy.forms import AcademyForm
from academy.i18n import _l


class ArrivalForm(AcademyForm):
    """Like signing up, but without a password: the other house opens the door."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Please fill this in.")), Length(max=1000, message=_l("This is far too long.")), check_name],
        description=NAME_USE,
    )
    email = StringField(
        _l("E-mail"), [Optional(), check_email], description=_l("So that we can reach you. It may also stay empty.")
    )
    of_age = BooleanField(_l("I am 14 years old or older."), [InputRequired(_l("You need to be 14 or older."))])
