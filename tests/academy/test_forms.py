"""Forms tidy what people type and answer in plain words of their language."""

import unicodedata

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, PasswordField, SelectField, StringField, TimeField
from wtforms.validators import DataRequired, Length, NumberRange

from academy.forms import AcademyForm
from academy.i18n import force_locale


class Sample(AcademyForm):
    name = StringField(validators=[DataRequired(), Length(min=2, max=5)])
    short = StringField(validators=[Length(max=3)])
    word = PasswordField()
    number = IntegerField(validators=[NumberRange(1, 9)])
    day = DateField()
    at = TimeField()
    choice = SelectField(choices=[("a", "A")])


def answered(app, language: str, **typed: str) -> Sample:
    with app.test_request_context(method="POST"), force_locale(language):
        form = Sample(MultiDict(typed), meta={"csrf": False})
        form.validate()
        return form


def test_text_is_tidied_and_a_password_is_kept_as_typed(app):
    spread = unicodedata.normalize("NFD", "김영희")
    form = answered(app, "ko", name=f" {spread}\0 ", word=f" {spread} ")
    assert (form.name.data, form.word.data) == ("김영희", f" {spread} ")


@pytest.mark.parametrize(
    ("language", "field", "typed", "said"),
    [
        ("en", "name", "", "Please fill this in."),
        ("ko", "name", "", "여기를 채워 주세요."),
        ("ko", "name", "김", "2자에서 5자까지 적어 주세요."),
        ("ko", "short", "가나다라", "3자까지 적을 수 있어요."),
        ("ko", "number", "many", "숫자로 적어 주세요. 소수점은 쓸 수 없어요."),
        ("ko", "day", "tomorrow", "날짜를 골라 주세요. 예: 2026-03-02"),
        ("ko", "at", "noon", "시각을 골라 주세요. 예: 14:00"),
        ("ko", "choice", "z", "이 가운데 하나를 골라 주세요."),
        ("en", "choice", "z", "Please choose one of these."),
    ],
)
def test_what_is_wrong_is_said_plainly(app, language, field, typed, said):
    assert answered(app, language, **{field: typed})[field].errors[0] == said


def test_words_we_have_none_for_are_those_of_wtforms(app):
    assert answered(app, "ko", number="12").number.errors == ["이 값은 1 이상, 9 이하이어야 합니다."]
