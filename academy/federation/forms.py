"""What somebody who comes from another house tells us about themselves."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from academy.accounts.forms import NAME_USE, AgeFields, check_email, check_name
from academy.forms import AcademyForm
from academy.i18n import _l


class ArrivalForm(AgeFields, AcademyForm):
    """Like signing up, but without a password: the other house opens the door."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Please fill this in.")), Length(max=1000, message=_l("This is far too long.")), check_name],
        description=NAME_USE,
    )
    email = StringField(
        _l("E-mail"), [Optional(), check_email], description=_l("So that we can reach you. It may also stay empty.")
    )
