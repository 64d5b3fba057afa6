"""What a person may send us about themselves."""

import re
from typing import Any

from flask_login import current_user
from wtforms import BooleanField, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from academy.accounts import rules
from academy.accounts.models import User
from academy.accounts.rules import NameFault, PasswordFault, TextSize
from academy.accounts.strength import Weakness, weakness
from academy.forms import AcademyForm
from academy.i18n import LANGUAGE_NAMES, _l

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
WEAKNESSES = {
    Weakness.OWN_WORDS: _l("This is easy to guess for anybody who knows your name or address."),
    Weakness.COMMON_WORDS: _l("This is easy to guess: it is a word or password that many people use."),
    Weakness.KEYBOARD: _l("This is easy to guess: it follows the keyboard or the alphabet."),
    Weakness.REPEATS: _l("This is easy to guess: it repeats the same signs."),
    Weakness.DATE: _l("This is easy to guess: dates are tried first."),
    Weakness.SHORT: _l("This is still easy to guess."),
}
ADD_WORDS = _l("Add two or three words that have nothing to do with you or with each other.")
NAME_USE = _l("You sign in with this name, and it can stand on your badges. The people of your class see it.")
PASSWORD_USE = _l("At least 8 characters of any kind. Three or four words in a row are safe and easy to keep in mind.")
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


def password_problem(password: str, name: str, email: str | None = None) -> str | None:
    """Why this can not be somebody's password, and what to do about it; None when it can."""
    fault = rules.password_fault(password, name)
    if fault:
        return str(PASSWORD_FAULTS[fault])
    weak = weakness(password, [name, email or ""])
    return f"{WEAKNESSES[weak]} {ADD_WORDS}" if weak else None


def refuse_weak(password: Any, name: str, email: str | None = None) -> None:
    problem = password_problem(password.data or "", name, email)
    if problem:
        raise ValidationError(problem)


class AgeFields:
    """What everybody says who makes an account, by whatever way: one of the two."""

    of_age = BooleanField(_l("I am 14 years old or older."))
    younger = BooleanField(_l("I am younger than 14. I will ask a parent or guardian."))

    def validate_of_age(self, field: Any) -> None:
        if field.data and self.younger.data:
            raise ValidationError(str(_l("Please tick only one of the two.")))
        if not field.data and not self.younger.data:
            raise ValidationError(str(_l("Please say whether you are 14 or older.")))


class SignUpForm(AgeFields, AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel, check_name], description=NAME_USE)
    password = PasswordField(_l("Password"), [_filled], description=PASSWORD_USE)
    email = StringField(
        _l("E-mail"),
        [Optional(), check_email],
        description=_l("So that we can reach you if you forget your password one day."),
    )

    def validate_password(self, field: Any) -> None:
        refuse_weak(field, self.name.data or "", self.email.data)


class SignInForm(AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel])
    password = PasswordField(_l("Password"), [_filled, _no_novel])


class ProfileForm(AcademyForm):
    name = StringField(_l("Name"), [_filled, _no_novel, check_name], description=NAME_USE)
    language = RadioField(_l("Language"), choices=list(LANGUAGE_NAMES.items()))
    text_size = RadioField(_l("Text size"), choices=TEXT_SIZES)


class PasswordForm(AcademyForm):
    current = PasswordField(_l("Password until now"), [_filled, _no_novel])
    password = PasswordField(_l("New password"), [_filled], description=PASSWORD_USE)

    def validate_password(self, field: Any) -> None:
        refuse_weak(field, current_user.name, current_user.identity.email)


class FirstPasswordForm(AcademyForm):
    """A password for somebody who has none, or who forgot it."""

    password = PasswordField(_l("New password"), [_filled], description=PASSWORD_USE)

    def __init__(self, of: User, **more: Any) -> None:
        super().__init__(**more)
        self.of = of

    def validate_password(self, field: Any) -> None:
        refuse_weak(field, self.of.name, self.of.identity.email if self.of.identity else None)


class AddressForm(AcademyForm):
    email = StringField(
        _l("E-mail"),
        [Optional(), check_email],
        description=_l("Leave it empty if you want no letters from us."),
    )


class ForgottenForm(AcademyForm):
    who = StringField(_l("Your name or your e-mail address"), [_filled, _no_novel])
