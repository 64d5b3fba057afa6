"""The thresholds of a task: how close is close enough, and what passes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from academy.grading.documents import RefusedDocument

LEVELS = ("practice", "exam", "master")

MIN_OVERLAP = {
    "box": (0.5, 0.7, 0.85),
    "polygon": (0.6, 0.75, 0.85),
    "mask": (0.6, 0.8, 0.9),
    "polyline": (0.7, 0.8, 0.9),
    "keypoints": (0.5, 0.75, 0.85),
    "cuboid": (0.3, 0.5, 0.7),
    "segments": (0.5, 0.5, 0.7),
}


@dataclass(frozen=True, slots=True)
class Rubric:
    """What an answer is measured with. Two settings of a scale exclude each other: `ordinal` and `taxonomy`."""

    min_overlap: float = 0.5
    near: float = 0.1
    pass_score: float = 0.7
    tolerance_px: float = 2.0
    tolerance_share: float = 0.02
    # How much of an object a wrong label costs: 1 all of it, 0 nothing.
    label_weight: float = 1.0
    # Classification: labels from one end of the scale to the other.
    ordinal: tuple[str, ...] = ()
    # Classification: each label's parent, for instance {"poodle": "dog", "dog": "animal"}.
    taxonomy: Mapping[str, str] = field(default_factory=dict)
    # Classification: the choice that says "it can not be told from this picture".
    cannot_tell: str | None = None
    # The guideline's rule that a kind of mistake breaks, for instance {"missed": "1"}, where the gold names none.
    rules: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("near", "pass_score", "tolerance_share", "label_weight")}
        for name, value in {"min_overlap": self.min_overlap, **shares}.items():
            if not _is_number(value) or not 0 <= value <= 1:
                raise RefusedDocument(f'"{name}" of the rubric must be a number from 0 to 1.', name, "rubric")
        if self.min_overlap == 0:
            raise RefusedDocument('"min_overlap" of the rubric must be above 0.', "min_overlap", "rubric")
        if not _is_number(self.tolerance_px) or not 0 <= self.tolerance_px <= 1000:
            raise RefusedDocument(
                '"tolerance_px" of the rubric must be a number from 0 to 1000.', "tolerance_px", "rubric"
            )
        self._check_scale()

    def _check_scale(self) -> None:
        if self.ordinal and (len(self.ordinal) < 2 or len(set(self.ordinal)) < len(self.ordinal)):
            raise RefusedDocument('"ordinal" of the rubric needs two or more different labels.', "ordinal", "rubric")
        if self.ordinal and self.taxonomy:
            raise RefusedDocument('A rubric has either "ordinal" or "taxonomy", not both.', "taxonomy", "rubric")
        for label in self.taxonomy:
            seen = {label}
            while (label := self.taxonomy.get(label, "")) != "":
                if label in seen:
                    raise RefusedDocument(f'"{label}" is its own ancestor in the taxonomy.', "taxonomy", "rubric")
                seen.add(label)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any] | None, *, kind: str = "box", level: str = "practice") -> Self:
        """The defaults of a level (the settings may name it as "level"), changed where the settings say so."""
        settings = {} if settings is None else settings
        if not isinstance(settings, Mapping):
            raise RefusedDocument("The rubric must be a JSON object with braces.", None, "rubric")
        level = settings.get("level", level)
        if level not in LEVELS:
            raise RefusedDocument(
                f'The rubric has no level "{level}"; known are {", ".join(LEVELS)}.', "level", "rubric"
            )
        changes = {name: value for name, value in settings.items() if name != "level"}
        unknown = sorted(set(changes) - {setting.name for setting in fields(cls)})
        if unknown:
            raise RefusedDocument(f'The rubric has no setting "{unknown[0]}".', unknown[0], "rubric")
        if "ordinal" in changes:
            changes["ordinal"] = tuple(_texts(changes["ordinal"] or (), "ordinal"))
        if "taxonomy" in changes:
            changes["taxonomy"] = _parents(changes["taxonomy"] or {})
        if "rules" in changes:
            changes["rules"] = _rules(changes["rules"] or {})
        if not isinstance(changes.get("cannot_tell"), str | None):
            raise RefusedDocument('"cannot_tell" of the rubric must be a label.', "cannot_tell", "rubric")
        overlaps = MIN_OVERLAP.get(kind, MIN_OVERLAP["box"])
        return cls(**({"min_overlap": overlaps[LEVELS.index(level)]} | changes))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(label, str) and label for label in value):
        raise RefusedDocument(f'"{name}" of the rubric must be a list of labels.', name, "rubric")
    return list(value)


def _parents(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise RefusedDocument('"taxonomy" of the rubric must give the parent of each label.', "taxonomy", "rubric")
    _texts([*value, *value.values()], "taxonomy")
    return dict(value)


def _rules(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise RefusedDocument('"rules" of the rubric must give a rule for kinds of verdicts.', "rules", "rubric")
    _texts([*value, *value.values()], "rules")
    return dict(value)


def _level(level: str) -> dict[str, Rubric]:
    return {
        kind: replace(Rubric(), min_overlap=overlaps[LEVELS.index(level)]) for kind, overlaps in MIN_OVERLAP.items()
    }


# The defaults, by level and kind; kinds without a shape use Rubric() as it is.
RUBRICS: Mapping[str, Mapping[str, Rubric]] = {level: _level(level) for level in LEVELS}
