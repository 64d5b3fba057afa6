"""What a person may send us about themselves."""

import re
from typing import Any

from flask_login import current_user
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from academy.accounts import rules
from academy.accounts.rules import NameFault, PasswordFault, TextSize
from academy.audit_words import ACT_NAMES as ACT_NAMES
from academy.forms import AcademyForm
from academy.i18n import LANGUAGE_NAMES, _l
from academy.permissions import Role

NAME_FAULTS = {
    NameFault.TOO_SHORT: _l("A name needs at least two letters."),
    NameFault.TOO_LONG: _l("A name can have at most 40 letters."),
    NameFault.NO_LETTER: _l("A name needs at least one letter."),
}
PASSWORD_FAULTS = {
    PasswordFault.TOO_SHORT: _l("This password is too short. Use at least 8 characters."),
    PasswordFault.TOO_LONG: _l("This password is too long. Use at most 128 characters."),
    PasswordFault.IS_THE_NAME: _l("The password is your name. Anybody would try that first; choose another one."),
    PasswordFault.TOO_COMMON: _l("Very many people use this password. Choose one that nobody would guess."),
}
NAME_USE = _l("You sign in with this name, and it stands on your badges. Your class and your reviewers see it.")
PASSWORD_USE = _l("At least 8 characters of any kind. Three or four words in a row are safe and easy to keep in mind.")
ROLE_NAMES = {
    Role.LEARNER: _l("Learner"),
    Role.INSTRUCTOR: _l("Instructor"),
    Role.PROGRAMME_MANAGER: _l("Programme manager"),
    Role.REVIEWER: _l("Reviewer"),
    Role.CLIENT: _l("Client"),
    Role.OPERATOR: _l("Operator"),
    Role.ADMINISTRATOR: _l("Administrator"),
}
TEXT_SIZES = [(TextSize.NORMAL, _l("Normal")), (TextSize.LARGE, _l("Large")), (TextSize.LARGER, _l("Very large"))]

_filled = InputRequired(_l("Please fill this in."))
_no_novel = Length(max=1000, message=_l("This is far too long."))


def check_name(_form: Any, field: Any) -> None:
    fault = rules.name_fault(field.data or "")
    if fault:
        raise ValidationError(str(NAME_FAULTS[fault]))


def check_email(_form: Any, field: Any) -> None:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", field.data or "") or len(field.data) > 254:
        raise ValidationError(str(_l("This does not look like an e-mail address. It may also stay empty.")))


def refuse_weak(password: Any, name: str) -> None:
    fault = rules.password_fault(password.data or "", name)
    if fault:
        raise ValidationError(str(PASSWORD_FAULTS[fault]))


class SignUpForm(AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel, check_name], description=NAME_USE)
    password = PasswordField(_l("Password"), [_filled], description=PASSWORD_USE)
    email = StringField(
        _l("E-mail"),
        [Optional(), check_email],
        description=_l("So that we can reach you if you forget your password one day."),
    )
    of_age = BooleanField(_l("I am 14 years old or older."), [InputRequired(_l("You need to be 14 or older."))])

    def validate_password(self, field: Any) -> None:
        refuse_weak(field, self.name.data or "")


class SignInForm(AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel])
    password = PasswordField(_l("Password"), [_filled, _no_novel])


class ProfileForm(AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel, check_name], description=NAME_USE)
    email = StringField(_l("E-mail"), [Optional(), check_email])
    language = RadioField(_l("Language"), choices=list(LANGUAGE_NAMES.items()))
    text_size = RadioField(_l("Text size"), choices=TEXT_SIZES)


class PasswordForm(AcademyForm):
    current = PasswordField(_l("Password until now"), [_filled, _no_novel])
    password = PasswordField(_l("New password"), [_filled], description=PASSWORD_USE)

    def validate_password(self, field: Any) -> None:
        refuse_weak(field, current_user.name)


class RoleForm(AcademyForm):
    role = SelectField(
        _l("Role"), choices=[(role, ROLE_NAMES[role]) for role in Role if role is not Role.LEARNER], coerce=Role
    )
