"""Answers of Label Studio about a whole task, read: classes, texts, ratings, which of two is better."""

from collections.abc import Mapping, Sequence
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.labelstudio_config import Config
from academy.annotation.formats.labelstudio_shapes import Said
from academy.i18n import say

_CLASSES = frozenset({"choice", "choices"})
_SIDES = {"left": "A", "right": "B", "none": "tie"}


def fields_of(answers: Sequence[Mapping[str, Any]], config: Config, said: list[Said]) -> dict[str, Any]:
    """What a document says beside its objects. A second answer of the same kind has no place and is said."""
    fields: dict[str, Any] = {}
    for answer in answers:
        found = _field(answer, config)
        name = str(answer.get("from_name") or answer.get("type") or "?")
        if found is None:
            sentence = say("The answer %(name)s is of a kind that we do not keep; it was left out.", name=name)
            said.append((name, sentence, 1))
            continue
        field, value = found
        if field in fields or (field in _CLASSES and not _CLASSES.isdisjoint(fields)):
            sentence = say(
                "The task was answered twice in the same way; %(name)s was left out. Import it as a set of its own.",
                name=name,
            )
            said.append((name, sentence, 1))
            continue
        fields |= _with_accepted(field, value, answer)
    return fields


def _with_accepted(field: str, value: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    facts = own.facts_in(own.facts_in(answer.get("meta")).get(own.KEY))
    accepted = facts.get("accepted")
    if not isinstance(accepted, list) or not all(isinstance(label, str) for label in accepted):
        return {field: value}
    return {"accepted": accepted} | ({} if facts.get("only_accepted") else {field: value})


def _field(answer: Mapping[str, Any], config: Config) -> tuple[str, Any] | None:
    value, kind = answer["value"], str(answer.get("type") or "")
    if isinstance(value.get("choices"), list):
        return _choices(value["choices"], answer, config)
    if isinstance(value.get("taxonomy"), list):
        paths = ["/".join(map(str, path)) for path in value["taxonomy"] if isinstance(path, list)]
        return "choices", [label for label in map(own.label_or_none, paths) if label]
    if isinstance(value.get("text"), list | str) and kind in ("textarea", "text"):
        text = value["text"]
        return "text", text if isinstance(text, str) else "\n".join(line for line in text if isinstance(line, str))
    if value.get("selected") in _SIDES:
        return "preference", _SIDES[value["selected"]]
    for counted in ("rating", "number"):
        if own.is_number(value.get(counted)):
            return "choice", str(value[counted])
    ranked = value.get("ranker")
    if isinstance(ranked, dict) and len(ranked) == 1:
        ranked = next(iter(ranked.values()))
    if isinstance(ranked, list) and all(isinstance(one, str | int) for one in ranked):
        return "ranking", list(map(str, ranked))
    return None


def _choices(listed: list[Any], answer: Mapping[str, Any], config: Config) -> tuple[str, Any] | None:
    labels = [label for label in (own.label_or_none(one) for one in listed if isinstance(one, str)) if label]
    control = config.controls.get(str(answer.get("from_name")))
    facts = own.facts_in(own.facts_in(answer.get("meta")).get(own.KEY))
    several = facts.get("several") is True or (control is not None and control.several and "several" not in facts)
    if several or len(labels) != 1:
        return "choices", labels
    return "choice", labels[0]
