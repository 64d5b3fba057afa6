"""What the pages about one's own data may send."""

from typing import Any

from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from academy.forms import AcademyForm
from academy.i18n import _, _l
from academy.mail.rules import is_address

_must_say = InputRequired(_l("Please tick this, or leave the page."))


class ErasureForm(AcademyForm):
    """The wish to be forgotten, said on purpose."""

    sure = BooleanField(_l("Delete my account. I know that it can not be brought back."), [_must_say])
    give_up = BooleanField(_l("I give up the money that is still due to me."))


class AdultForm(AcademyForm):
    adult = BooleanField(_l("I am 18 years old or older."), [InputRequired(_l("Paid work is only open from 18."))])


class GuardianAddressForm(AcademyForm):
    """Where the letter to a parent goes."""

    address = StringField(
        _l("E-mail of a parent or guardian"),
        [InputRequired(_l("Please fill this in.")), Length(max=254)],
        description=_l("They get one letter, and we keep their address only until it has left."),
    )

    def validate_address(self, field: Any) -> None:
        if not is_address(field.data or ""):
            raise ValidationError(_("This does not look like an e-mail address."))


class AgreeForm(AcademyForm):
    """What a parent or guardian says."""

    guardian = BooleanField(_l("I am a parent or the legal guardian of this child."), [_must_say])
    agree = BooleanField(_l("I have read the privacy notice and agree that the child learns here."), [_must_say])


class PaperForm(AcademyForm):
    """Staff write down what a guardian said in person or on paper, or print a link for them."""

    name = StringField(
        _l("Name with which the child signs in"), [InputRequired(_l("Please fill this in.")), Length(max=80)]
    )
    how = RadioField(
        _l("What happened?"),
        choices=[
            ("here", _l("A parent or guardian was here and agreed, and I have seen who they are.")),
            ("paper", _l("The signed form of a parent or guardian lies with us.")),
            ("print", _l("Not yet: print a sheet with a link that they can open at home.")),
            ("back", _l("A parent or guardian takes their consent back. The account closes at once.")),
        ],
        validators=[InputRequired(_l("Please choose one of these."))],
    )
