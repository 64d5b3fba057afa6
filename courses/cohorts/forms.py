"""What the pages of classes may send."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from academy.forms import AcademyForm
from academy.i18n import _, _l
from courses.cohorts.rules import DIGITS, LONGEST_MEETING, MOST_REPEATS, StaffRole
from courses.cohorts.words import role_words

ZONES = ("Asia/Seoul", "Asia/Tokyo", "Asia/Ho_Chi_Minh", "Asia/Manila", "Europe/London", "America/New_York", "UTC")


class CodeForm(AcademyForm):
    """A join code as it was read from the board."""

    code = StringField(
        _l("Class code"),
        validators=[DataRequired(_l("Type the code of your class.")), Length(max=40)],
        description=_l("Eight letters and digits; your instructor shows them."),
    )


class DigitsForm(AcademyForm):
    digits = StringField(
        _l("Six digits from the board"),
        validators=[DataRequired(_l("Type the six digits from the board.")), Length(max=20)],
    )

    def validate_digits(self, field: Any) -> None:
        if sum(sign.isdecimal() for sign in field.data) != DIGITS:
            raise ValidationError(_("There are six digits on the board. Type all of them."))


class CohortForm(AcademyForm):
    """A new class."""

    title = StringField(
        _l("Name of the class"), validators=[DataRequired(_l("Give the class a name.")), Length(max=80)]
    )
    course = SelectField(_l("Course"), coerce=int)
    instructor = SelectField(_l("Instructor"), coerce=int)
    seats = IntegerField(
        _l("Seats"),
        default=18,
        validators=[
            InputRequired(_l("How many seats?")),
            NumberRange(1, 200, message=_l("A class has between 1 and 200 seats.")),
        ],
    )

    def __init__(self, courses: Sequence[tuple[int, str]], staff: Sequence[tuple[int, str]], **more: Any) -> None:
        super().__init__(**more)
        self.course.choices = list(courses)
        self.instructor.choices = list(staff)


class MeetingForm(AcademyForm):
    """One meeting, or the same one for several weeks."""

    day = DateField(_l("First day"), validators=[InputRequired(_l("On which day?"))])
    at = TimeField(_l("Begins at"), validators=[InputRequired(_l("At what time?"))])
    minutes = IntegerField(
        _l("Minutes"),
        default=180,
        validators=[
            InputRequired(_l("How long?")),
            NumberRange(
                10,
                LONGEST_MEETING // timedelta(minutes=1),
                message=_l("A meeting takes between 10 minutes and 12 hours."),
            ),
        ],
    )
    times = IntegerField(
        _l("How many weeks in a row?"),
        default=1,
        validators=[
            InputRequired(_l("How many weeks?")),
            NumberRange(1, MOST_REPEATS, message=_l("Between 1 and 30 weeks.")),
        ],
    )
    topic = StringField(_l("What it is about"), validators=[Optional(), Length(max=120)])


class NewCodeForm(AcademyForm):
    """How many people a join code lets in, and for how long."""

    seats = IntegerField(
        _l("For how many people?"),
        default=18,
        validators=[
            InputRequired(_l("For how many people?")),
            NumberRange(1, 200, message=_l("Between 1 and 200 people.")),
        ],
    )
    days = IntegerField(
        _l("For how many days?"),
        default=14,
        validators=[
            InputRequired(_l("For how many days?")),
            NumberRange(1, 180, message=_l("Between 1 and 180 days.")),
        ],
    )


class StaffForm(AcademyForm):
    name = StringField(_l("Name of the person"), validators=[DataRequired(_l("Whom?")), Length(max=80)])
    role = RadioField(_l("Works as"), default=StaffRole.INSTRUCTOR.value)

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.role.choices = [(role.value, role_words(role)) for role in StaffRole]


class CentreForm(AcademyForm):
    """A new centre with its first programme manager."""

    title_ko = StringField(_l("Name in Korean"), validators=[DataRequired(_l("Give it a name.")), Length(max=80)])
    title_en = StringField(_l("Name in English"), validators=[DataRequired(_l("Give it a name.")), Length(max=80)])
    slug = StringField(
        _l("Short name"),
        description=_l("Small letters, digits and hyphens, for lists and addresses."),
        validators=[DataRequired(_l("Give it a short name.")), Length(min=2, max=40)],
    )
    zone = SelectField(_l("Time zone"), choices=ZONES)
    manager = StringField(_l("Programme manager"), validators=[DataRequired(_l("Who leads it?")), Length(max=80)])

    def validate_slug(self, field: Any) -> None:
        if not all(part.isalnum() and part.isascii() and part == part.lower() for part in field.data.split("-")):
            raise ValidationError(_("Only small letters, digits and hyphens between them."))
