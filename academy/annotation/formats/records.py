"""One record, a row of a table or a JSON object, as an item with what people said of it: a label, several, a
transcription, a preference."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from academy.annotation.formats.columns import Plan, Record
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, Options, Problem, plain_label
from academy.annotation.formats.places import Place
from academy.i18n import say
from academy.safe_json import RefusedJson, parse_json

PREFERENCES: Mapping[str, str] = {
    "1": "A", "2": "B", "0": "tie", "a": "A", "b": "B", "tie": "tie", "equal": "tie", "same": "tie", "both": "tie",
    "left": "A", "right": "B", "first": "A", "second": "B", "model_a": "A", "model_b": "B", "동점": "tie",
}  # fmt: skip
NO = frozenset({"no", "false", "0"})
LONGEST_TAG = 60


class Records:
    """The items of one file, record by record; remembers what it has seen by 64 bits for each record."""

    def __init__(self, plan: Plan, file: str, place: Place, options: Options) -> None:
        self.plan, self.file, self.place, self.options = plan, file, place, options
        self._seen: dict[int, int] = {}
        self._titles: dict[str, str] = {}
        self._missing: set[str] = set()

    def read(self, record: Record, where: str) -> Iterator[Found]:
        """What one record says. `where` names it in messages: its line, or its place in a list."""
        item, problems = self._item(record, where)
        if item is None:
            yield from problems
            return
        answers = list(self._answers(record, item))
        answers = answers or [replace(item, labelled=False)]
        for answer in answers:
            if isinstance(answer, FoundItem):
                repeated = self._repeated(answer, where)
                if repeated is not None:
                    yield repeated
                    continue
                yield from self._label(record, answer)
            yield answer
        yield from problems

    def _item(self, record: Record, where: str) -> tuple[FoundItem | None, list[Problem]]:
        """The item without its labels, and what is odd about it."""
        parts = tuple((name, words(record.get(column))) for column, name in self.plan.parts.items())
        written = words(record.get(self.plan.file)).strip() if self.plan.file else ""
        media = self.place.find(written) if written else None
        name = self._name(record, media, written, where)
        item = FoundItem(
            name=name, file=self.file, media=media, parts=parts, shared=True, tags=self._tags(record),
            missing=written or name if media is None and not parts else "",
        )  # fmt: skip
        if self.plan.file and not written and not parts:
            sentence = say("Line %(line)s names no file; it was not imported.", line=where)
            return None, [Problem(self.file, where, sentence, 1)]
        if parts and not any(text.strip() for _, text in parts):
            sentence = say("Line %(line)s has no text; there is nothing to label, and it was not imported.", line=where)
            return None, [Problem(self.file, where, sentence, 1)]
        return item, list(self._odd(item, written))

    def _odd(self, item: FoundItem, written: str) -> Iterator[Problem]:
        names = {self.plan.parts[column] for column in self.plan.answers}
        for part, text in item.parts:
            if part in names and not text.strip():
                yield item.problem(None, say("The answer %(part)s is empty; it stays an empty answer.", part=part))
        if written and item.media is None and not item.parts and item.name not in self._missing:
            self._missing.add(item.name)
            sentence = say("The file %(file)s is not there; the task waits until it is brought.", file=written)
            yield item.problem(None, sentence)

    def _name(self, record: Record, media: Path | None, written: str, where: str) -> str:
        own = plain_label(words(record.get(self.plan.item))) if self.plan.item else ""
        if (self.plan.file and written) and not (self.plan.ours and own):
            return self.place.name(media) if media is not None else plain_label(written)
        return own or f"{self.file}:{where}"

    def _tags(self, record: Record) -> tuple[str, ...]:
        values = [record.get(column) for column in self.plan.tags]
        found = [tag for value in values for tag in (value if isinstance(value, list) else words(value).split("|"))]
        named = dict.fromkeys(plain_label(words(tag)) for tag in found)
        return tuple(tag for tag in named if 0 < len(tag) <= LONGEST_TAG)

    def _answers(self, record: Record, item: FoundItem) -> Iterator[FoundItem | Problem]:
        """What each person said, gold first."""
        plan = self.plan
        if plan.labelled and words(record.get(plan.labelled)).strip().casefold() in NO:
            return
        person = plain_label(words(record.get(plan.annotator))) if plan.annotator else ""
        person = person or self.options.annotator
        if plan.label or plan.transcription:
            yield from self._answer(record, item, plan.label, person)
        for column in plan.people:
            yield from self._answer(record, item, column, column)

    def _answer(self, record: Record, item: FoundItem, column: str, person: str) -> Iterator[FoundItem | Problem]:
        fields: dict[str, Any] = {}
        value = record.get(column) if column else None
        if self.plan.preference and value not in (None, ""):
            preference = PREFERENCES.get(words(value).strip().casefold().removesuffix(".0"))
            if preference is None:
                sentence = say(
                    "%(column)s: %(value)s is no preference (1, 2, 0, A, B or tie); it was not imported.",
                    column=column, value=words(value)[:60],
                )  # fmt: skip
                yield item.problem(None, sentence, 1)
                return
            fields["preference"] = preference
        elif self.plan.many:
            if (several := labels_of(value)) is not None:
                fields["choices"] = several
        elif label := plain_label(words(value[0] if isinstance(value, list) and len(value) == 1 else value)):
            fields["choice"] = label
        if self.plan.transcription and (words(record.get(self.plan.transcription)) or self.plan.labelled):
            fields["text"] = words(record.get(self.plan.transcription))
        if self.plan.accepted and (accepted := labels_of(record.get(self.plan.accepted))):
            fields["accepted"] = accepted
        if fields:
            kind = "writing" if self.plan.transcription == "writing" and "text" in fields else _kind(fields)
            yield replace(item, fields=fields, annotator=person, kind=kind)

    def _repeated(self, item: FoundItem, where: str) -> Problem | None:
        """Said of what stands in the file before: the same again, or something else by the same person."""
        said = hash((repr(item.fields), item.parts, item.labelled)) & 0xFFFFFFFF
        number = int(where)
        first, before = divmod(self._seen.setdefault(hash((item.name, item.annotator)), number << 32 | said), 1 << 32)
        if first == number:
            return None
        if before == said:
            sentence = say(
                "Line %(line)s says again what line %(first)s says (%(who)s); it was taken once.", line=where,
                first=first, who=_who(item),
            )  # fmt: skip
        else:
            sentence = say(
                "Line %(line)s speaks of %(who)s as line %(first)s does, but says something else; the first was taken.",
                line=where, first=first, who=_who(item),
            )  # fmt: skip
        return Problem(self.file, item.name, sentence, 1)

    def _label(self, record: Record, item: FoundItem) -> Iterator[Found]:
        """The title of its label, when it is first met."""
        name = item.fields.get("choice")
        if not self.plan.title or name is None or name in self._titles:
            return
        self._titles[name] = plain_label(words(record.get(self.plan.title)))
        if self._titles[name]:
            yield FoundLabel(name, title=self._titles[name])


def words(value: Any) -> str:
    """A value as text, its letters composed; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", value if isinstance(value, str) else str(value))


def labels_of(value: Any) -> list[str] | None:
    """Several labels: a list, its JSON, or a text that parts them by |. None if there is nothing."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        try:
            value = parse_json(text) if text.startswith("[") else text.split("|")
        except RefusedJson:
            value = text.split("|")
    if not isinstance(value, list):
        return None
    return list(dict.fromkeys(label for one in value if (label := plain_label(words(one)))))


def _kind(fields: Mapping[str, Any]) -> str:
    kinds = {"choice": "classification", "choices": "multilabel", "preference": "preference", "text": "transcription"}
    found = [kind for field, kind in kinds.items() if field in fields]
    return found[0] if len(found) == 1 else "mixed" if found else "classification"


def _who(item: FoundItem) -> str:
    return f"{item.annotator}, {item.name}" if item.annotator else item.name
