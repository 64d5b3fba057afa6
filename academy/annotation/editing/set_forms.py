"""What operators send about task sets, their rubrics, tasks and gold."""

from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FloatField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from academy.annotation.editing.label_forms import LONG, NEEDED, PLAIN_NAME, SHORT, lines
from academy.annotation.models import Label
from academy.annotation.rules import Purpose
from academy.forms import AcademyForm
from academy.grading.documents import LONGEST_NAME
from academy.grading.rubric import LEVELS, MIN_OVERLAP
from academy.grading.shapes import KINDS
from academy.i18n import _l

PURPOSES = {
    Purpose.PRACTICE: _l("Practice"),
    Purpose.EXAM: _l("Exams"),
    Purpose.WORK: _l("Paid work"),
}
KIND_NAMES = {
    "box": _l("Boxes"),
    "rotated_box": _l("Turned boxes"),
    "polygon": _l("Outlines"),
    "mask": _l("Masks"),
    "polyline": _l("Lines"),
    "points": _l("Points"),
    "keypoints": _l("Key points"),
    "cuboid": _l("Boxes in space"),
    "track": _l("Tracks in a video"),
    "spans": _l("Marked words"),
    "relations": _l("Relations between words"),
    "segments": _l("Parts of a sound"),
    "mixed": _l("Shapes of several kinds"),
    "classification": _l("One choice"),
    "multilabel": _l("Several choices"),
    "transcription": _l("Written down"),
    "preference": _l("The better of two"),
    "ranking": _l("An order"),
    "writing": _l("Free writing"),
    "inspection": _l("Inspection of work"),
}
LEVEL_NAMES = {"practice": _l("Practice"), "exam": _l("Exam"), "master": _l("Master")}
_SHARE = (Optional(), NumberRange(0, 1, message=_l("A number from 0 to 1.")))


class SetForm(AcademyForm):
    """What a task set says of itself."""

    title_ko = StringField(_l("Title in Korean"), [NEEDED, SHORT])
    title_en = StringField(_l("Title in English"), [NEEDED, SHORT])
    licence = StringField(
        _l("Licence"), [Optional(), SHORT], description=_l("It stands beside the set, for example CC BY 4.0.")
    )
    attribution = StringField(
        _l("Made by"), [Optional(), SHORT], description=_l("The people or the house to name as the makers.")
    )
    guideline = SelectField(_l("Guideline"), [NEEDED], coerce=int)


class NewSetForm(SetForm):
    """A new task set; what is chosen here besides the words stays."""

    slug = StringField(
        _l("Short name"), [NEEDED, SHORT, PLAIN_NAME], description=_l("It stands in addresses: street-boxes-1.")
    )
    kind = SelectField(_l("What people do"), [NEEDED], choices=[(kind, KIND_NAMES[kind]) for kind in KINDS])
    purpose = SelectField(
        _l("What it is for"), [NEEDED], choices=[(purpose.value, words) for purpose, words in PURPOSES.items()],
        description=_l("Practice shows the gold after each try. Exams and paid work never do."),
    )  # fmt: skip
    label_set = SelectField(_l("Labels"), [NEEDED], coerce=int)


class RubricForm(AcademyForm):
    """Every setting of academy.grading.rubric; what is empty is the default of the level."""

    level = SelectField(
        _l("Level"), choices=[(level, LEVEL_NAMES[level]) for level in LEVELS], default="practice",
        description=_l("Sets how exact work must be where nothing else is said below."),
    )  # fmt: skip
    min_overlap = FloatField(
        _l("Overlap that counts as found"), list(_SHARE),
        description=_l("From 0 to 1. What overlaps less than this is not tight enough or missed."),
    )  # fmt: skip
    near = FloatField(
        _l("Overlap that counts as near"), list(_SHARE),
        description=_l("Between this and the number above it is one mistake, “not tight enough”."),
    )  # fmt: skip
    pass_score = FloatField(
        _l("Score that passes"), list(_SHARE), description=_l("From 0 to 1: 0.7 is 70 of 100 points.")
    )
    tolerance_px = FloatField(
        _l("Edges may be off by pixels"), [Optional(), NumberRange(0, 1000, message=_l("A number from 0 to 1000."))],
        description=_l("A box counts as found if each edge is within this, or within the share below."),
    )  # fmt: skip
    tolerance_share = FloatField(
        _l("Edges may be off by a share of the side"), list(_SHARE), description=_l("0.02 is 2 of 100.")
    )
    label_weight = FloatField(
        _l("What a wrong label costs"), list(_SHARE), description=_l("1: the whole object. 0: nothing.")
    )
    ordinal = TextAreaField(
        _l("A scale: labels from one end to the other, one on each line"), [Optional(), LONG],
        description=_l("A neighbour on the scale is then only half wrong. For choices only."),
    )  # fmt: skip
    taxonomy = TextAreaField(
        _l("A family tree: one “label < wider label” on each line"), [Optional(), LONG],
        description=_l("A relative is then only partly wrong. For choices only; not together with a scale."),
    )  # fmt: skip
    cannot_tell = SelectField(_l("The choice that says “it can not be told”"))
    rules = TextAreaField(
        _l("Rules that mistakes break: one “mistake: rule” on each line"), [Optional(), LONG],
        description=_l("Mistakes: matched, loose, wrong_label, duplicate, missed, extra, merged, split."),
    )  # fmt: skip

    def offer(self, labels: list[Label]) -> None:
        self.cannot_tell.choices = [("", _l("none")), *((label.name, label.name) for label in labels)]

    def validate_taxonomy(self, field: Any) -> None:
        if any(
            len(line.split("<")) != 2 or not all(part.strip() for part in line.split("<")) for line in lines(field.data)
        ):
            raise ValidationError(str(_l("Write each line as: poodle < dog")))

    def validate_rules(self, field: Any) -> None:
        for line in lines(field.data):
            verdict, colon, rule = line.partition(":")
            if not colon or verdict.strip() not in VERDICTS or not rule.strip():
                raise ValidationError(str(_l("Write each line as: missed: 1.1")))

    def said(self) -> dict[str, Any]:
        """The rubric as the set keeps it: the level, and what differs from its defaults."""
        numbers = {name: self[name].data for name in NUMBERS if self[name].data is not None}
        taxonomy = {
            line.partition("<")[0].strip(): line.partition("<")[2].strip() for line in lines(self.taxonomy.data)
        }
        rules = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines(self.rules.data)}
        said = {"ordinal": lines(self.ordinal.data), "taxonomy": taxonomy, "rules": rules,
                "cannot_tell": self.cannot_tell.data}  # fmt: skip
        return {"level": self.level.data, **numbers, **{name: value for name, value in said.items() if value}}


NUMBERS = ("min_overlap", "near", "pass_score", "tolerance_px", "tolerance_share", "label_weight")
VERDICTS = ("matched", "loose", "wrong_label", "duplicate", "missed", "extra", "merged", "split")


def rubric_values(rubric: dict[str, Any]) -> dict[str, Any]:
    """A kept rubric as the form shows it."""
    return {
        "level": rubric.get("level", "practice"),
        **{name: rubric.get(name) for name in NUMBERS},
        "ordinal": "\n".join(rubric.get("ordinal") or ()),
        "taxonomy": "\n".join(f"{label} < {above}" for label, above in (rubric.get("taxonomy") or {}).items()),
        "rules": "\n".join(f"{verdict}: {rule}" for verdict, rule in (rubric.get("rules") or {}).items()),
        "cannot_tell": rubric.get("cannot_tell") or "",
    }


def default_overlaps(kind: str) -> dict[str, float]:
    """The overlap that counts as found, by level."""
    return dict(zip(LEVELS, MIN_OVERLAP.get(kind, MIN_OVERLAP["box"]), strict=True))


class TasksForm(AcademyForm):
    """What to do with the chosen tasks of a list."""

    act = SelectField(
        _l("What to do"), [NEEDED],
        choices=[
            ("difficulty", _l("Set the difficulty")), ("add", _l("Add tags")), ("remove", _l("Take tags off")),
            ("withdraw", _l("Take out of the set")), ("restore", _l("Bring back into the set")),
        ],
    )  # fmt: skip
    difficulty = SelectField(
        _l("Difficulty"), coerce=int, default=0,
        choices=[(0, _l("not said")), (1, _l("1, easy")), (2, "2"), (3, "3"), (4, "4"), (5, _l("5, hard"))],
    )  # fmt: skip
    tags = StringField(_l("Tags, parted by commas"), [Optional(), Length(max=1_000)])
    which = SelectField(
        _l("Which tasks"), choices=[("chosen", _l("Those I have ticked")), ("all", _l("All that were found"))],
        default="chosen",
    )  # fmt: skip


class GoldForm(AcademyForm):
    """A new version of a task's gold, as a document or as choices."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    document = TextAreaField(_l("The document"), [Optional(), Length(max=2_000_000)])
    note = StringField(
        _l("Note"), [Optional(), Length(max=500)], description=_l("Why it was changed. It stands beside the version.")
    )


class ChoicesField(SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AcceptedForm(AcademyForm):
    """Several right answers to one choice."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    accepted = ChoicesField(_l("Also right"))

    def offer(self, names: list[tuple[str, str]]) -> None:
        self.accepted.choices = names


class FlagsRow(Form):  # type: ignore[misc]
    """What gold says of one object besides its shape."""

    object = HiddenField()
    ignore = BooleanField(_l("Not counted"))
    optional = BooleanField(_l("May be left out"))
    crowd = BooleanField(_l("A crowd"))
    rule = StringField(_l("Rule"), [Optional(), Length(max=20)])


class FlagsForm(AcademyForm):
    """The flags of every object of a document."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    objects = FieldList(FormField(FlagsRow), max_entries=500)


class TakeForm(AcademyForm):
    """An older version, or an annotator's opinion, becomes the newest gold."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    older = IntegerField(validators=[Optional()])
    annotator = StringField(validators=[Optional(), Length(max=LONGEST_NAME)])
