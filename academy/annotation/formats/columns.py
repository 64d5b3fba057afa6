"""What the columns of a table mean, or the names in JSON records: told by the person, else by their names, else by what
they hold. What was only guessed is said. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from academy.annotation.formats.found import Options, UnreadableSource
from academy.annotation.formats.places import MEDIA
from academy.i18n import Sentence, say

Record = Mapping[str, Any]
TEXT_PART = "text:"
"""What the columns of our own tables begin with that hold the parts of a text."""

_ITEM = ("item", "item_id", "task", "task_id", "id", "idx", "guid", "uid", "uuid", "key", "번호", "아이디", "문항")
_FILE = (
    "file", "filename", "file_name", "filepath", "file_path", "path", "image", "image_path", "img", "img_path",
    "picture", "photo", "audio", "audio_path", "sound", "clip", "image_id", "imageid", "파일", "파일명", "이미지",
    "사진", "음성", "경로",
)  # fmt: skip
_TEXT = (
    "text", "document", "sentence", "review", "content", "comment", "utterance", "body", "message", "tweet", "title",
    "question", "query", "문장", "본문", "텍스트", "내용", "리뷰", "댓글", "질문", "발화",
)  # fmt: skip
_LABEL = (
    "label", "gold_label", "gold", "labels", "labelname", "class", "class_name", "classname", "category", "target",
    "sentiment", "emotion", "intent", "topic", "annotation", "y", "라벨", "레이블", "분류", "정답", "감정", "클래스",
    "주제",
)  # fmt: skip
_TITLE = ("name", "label_name", "class_name", "category_name", "라벨명", "이름")
_ANNOTATOR = (
    "annotator", "annotator_id", "worker", "worker_id", "workerid", "rater", "rater_id", "coder", "labeler", "labeller",
    "judge", "user", "user_id", "작업자", "라벨러", "평가자", "주석자",
)  # fmt: skip
_PREFERENCE = ("preference", "winner", "choice", "preferred", "better", "선호", *_LABEL)
_TRANSCRIPTION = ("transcription", "writing", "transcript", "전사", "받아쓰기")
_TAGS = ("tags", "tag", "split", "subset", "태그")
_PERSON = re.compile(r"(annotator|annotation|label|rater|worker|judge|coder|labell?er|작업자|평가자|라벨)[_ ]?\d{1,3}")
_WITH_PEOPLE = frozenset({"author", "작성자"})
_PAIRS = (("premise", "hypothesis"), ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("text_a", "text_b"),
          ("text1", "text2"), ("context", "question"), ("전제", "가설"))  # fmt: skip
_ANSWER = re.compile(r"(response|answer|output|completion|summary|reply|답변|응답)[_ ]?(1|2|a|b)")
_BEFORE_ANSWERS = (
    "instruction",
    "prompt",
    "question",
    "input",
    "context",
    "system",
    "document",
    "text",
    "질문",
    "지시",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which column is what. "" or () where there is none."""

    item: str = ""
    file: str = ""
    texts: tuple[str, ...] = ()
    label: str = ""
    title: str = ""
    """What people call the label, where the label itself is a number."""
    annotator: str = ""
    people: tuple[str, ...] = ()
    """Columns that are named after people and hold what each of them said."""
    answers: tuple[str, ...] = ()
    """Two columns of `texts` between which people chose."""
    transcription: str = ""
    accepted: str = ""
    """Other right answers, as a JSON list."""
    labelled: str = ""
    """Says "no" of items that nobody has labelled."""
    many: bool = False
    """The label column holds several labels at once."""
    tags: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    preference: bool = False
    """The labels say which of two answers is better."""
    guessed: bool = False
    """Some column was taken for what it holds or is called, and not because it was named by the person."""

    @property
    def parts(self) -> dict[str, str]:
        """The name of each part of a text by its column; a single one has the name ""."""
        if len(self.texts) == 1 and not self.texts[0].startswith(TEXT_PART):
            return {self.texts[0]: ""}
        return {column: column.removeprefix(TEXT_PART) for column in self.texts}

    @property
    def useful(self) -> bool:
        """Whether there is anything to label, or anything that was labelled."""
        return bool(self.texts or self.file or (self.item and (self.label or self.people)))

    @property
    def telling(self) -> bool:
        """Whether the names alone say that something is labelled here, or is to be."""
        texts = [plain_name(text) for text in self.texts]
        shown = bool(texts) and (len(texts) > 1 or texts[0] in _TEXT[:10])
        return bool(self.label or self.people or self.transcription) or shown

    @property
    def ours(self) -> bool:
        """Whether we wrote the table: then the names of items stand in a column of their own."""
        return self.item == "item"

    def words(self) -> Sentence:
        """Which columns were taken for what."""
        return say(
            "The columns were read so: items %(item)s, texts or files %(shown)s, labels %(label)s, people %(people)s; "
            "left out: %(others)s. If that is wrong, name the columns and check again.",
            item=self.item or "–", shown=", ".join(filter(None, (*self.texts, self.file))) or "–",
            label=self.label or "–", people=", ".join(filter(None, (self.annotator, *self.people))) or "–",
            others=", ".join(self.others) or "–",
        )  # fmt: skip


def plan(names: Sequence[str], sample: Sequence[Record], options: Options, *, is_media: Callable[[str], bool]) -> Plan:
    """What the columns mean. Raises UnreadableSource if the person named one that is not there."""
    columns = _Columns(names, sample)
    wanted = [columns.named(text.strip()) for text in options.text_column.split(",") if text.strip()]
    label = columns.named(options.label_column.strip()) if options.label_column.strip() else ""
    columns.take(*wanted, label)
    file = _file(columns, is_media)
    annotator = columns.take(columns.called(_ANNOTATOR))
    item = columns.take(columns.called(_ITEM))
    transcription = columns.take(columns.called(_TRANSCRIPTION)) if file or item == "item" else ""
    accepted, labelled = columns.take(columns.called(["accepted"])), columns.take(columns.called(["labelled"]))
    tags = tuple(filter(None, [columns.take(columns.called(_TAGS))]))
    people = columns.take_all(_people(columns))
    answers = _answers(columns)
    if not set(answers) <= {*(wanted or answers)}:
        answers = ()
    texts = tuple(wanted) or _texts(columns, answers, alone=not (file or annotator))
    columns.take(*texts)
    if not label:
        label = columns.take(columns.called(_PREFERENCE if answers or item == "item" else _LABEL))
    if not label and file and not (texts or people or transcription):
        label = columns.take(_like_labels(columns, file))
    title = columns.called(_TITLE) if label else ""
    if title and not _one_to_one(columns, label, title):
        title = ""
    columns.take(title)
    return Plan(
        item=item, file=file, texts=texts, label=label, title=title, annotator=annotator, people=people,
        answers=answers, preference=plain_name(label) in ("preference", "선호") or (bool(answers) and item != "item"),
        transcription=transcription, accepted=accepted,
        labelled=labelled, many=_many(columns, label), tags=tags, others=tuple(columns.left),
        guessed=not ((wanted or file) and options.label_column) and item != "item",
    )  # fmt: skip


def plain_name(name: str) -> str:
    """A column's name without what writers vary: case, blanks and hyphens."""
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


def media_name(written: object) -> bool:
    """Whether this looks like the name of a media file."""
    if not isinstance(written, str) or len(written) > 1_000:
        return False
    return PurePosixPath(PureWindowsPath(written.strip()).name).suffix.lower() in MEDIA


class _Columns:
    """The columns that nobody has taken yet, by their plain names."""

    def __init__(self, names: Iterable[str], sample: Sequence[Record]) -> None:
        self.left = list(dict.fromkeys(names))
        self.all = tuple(self.left)
        self.sample = sample

    def named(self, name: str) -> str:
        """The column that a person named."""
        for column in self.all:
            if name in (column, plain_name(column)) or plain_name(name) == plain_name(column):
                return column
        sentence = say(
            "There is no column %(column)s; the columns are: %(columns)s.", column=name,
            columns=", ".join(self.all)[:1_000],
        )  # fmt: skip
        raise UnreadableSource(sentence)

    def called(self, names: Iterable[str]) -> str:
        """The first column that has one of these names; the earlier name counts more."""
        by_name = {plain_name(column): column for column in reversed(self.left)}
        return next((by_name[name] for name in names if name in by_name), "")

    def take(self, *columns: str) -> str:
        self.left = [column for column in self.left if column not in columns]
        return columns[0] if columns else ""

    def take_all(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        self.take(*columns)
        return columns

    def values(self, column: str) -> list[Any]:
        return [value for record in self.sample if (value := record.get(column)) not in (None, "")]


def _file(columns: _Columns, is_media: Callable[[str], bool]) -> str:
    """The column that names files: by its name and what it holds, or only by what it holds."""
    named = columns.called(_FILE)
    values = columns.values(named)[:20] if named else []
    if values and any(media_name(value) or (isinstance(value, str) and is_media(value)) for value in values):
        return columns.take(named)
    for column in columns.left:
        values = columns.values(column)
        if values and all(media_name(value) for value in values):
            return columns.take(column)
    return ""


def _people(columns: _Columns) -> tuple[str, ...]:
    people = [column for column in columns.left if _PERSON.fullmatch(plain_name(column))]
    if len(people) < 2:
        return ()
    return tuple(column for column in columns.left if column in people or plain_name(column) in _WITH_PEOPLE)


def _answers(columns: _Columns) -> tuple[str, ...]:
    """Two columns that hold answers to compare: response1 and response2, answer_a and answer_b."""
    found: dict[str, list[str]] = {}
    for column in columns.left:
        if match := _ANSWER.fullmatch(plain_name(column).removeprefix(TEXT_PART)):
            found.setdefault(match[1], []).append(column)
    return next((tuple(pair) for pair in found.values() if len(pair) == 2), ())


def _texts(columns: _Columns, answers: tuple[str, ...], *, alone: bool) -> tuple[str, ...]:
    parts = tuple(column for column in columns.left if column.startswith(TEXT_PART))
    if parts:
        return parts
    by_name = {plain_name(column): column for column in columns.left}
    if answers:
        return (*(by_name[name] for name in _BEFORE_ANSWERS if name in by_name), *answers)
    for pair in _PAIRS:
        if all(name in by_name for name in pair):
            return tuple(by_name[name] for name in pair)
    if single := columns.called(_TEXT):
        return (single,)
    return _longest(columns) if alone else ()


def _longest(columns: _Columns) -> tuple[str, ...]:
    """The column with the longest texts, if they look like texts at all."""
    lengths: dict[str, float] = {}
    for column in columns.left:
        values = columns.values(column)
        if values and all(isinstance(value, str) for value in values):
            lengths[column] = sum(map(len, values)) / len(values)
    best = max(lengths, key=lambda column: lengths[column], default="")
    spaced = sum(" " in value.strip() for value in columns.values(best)) if best else 0
    return (best,) if best and (lengths[best] > 25 or (lengths[best] > 8 and spaced)) else ()


def _like_labels(columns: _Columns, file: str) -> str:
    """The first column behind the files whose values come again and again."""
    place = columns.all.index(file)
    for column in sorted(
        columns.left, key=lambda column: (columns.all.index(column) < place, columns.all.index(column))
    ):
        values = [str(value) for value in columns.values(column)]
        if 1 < len(set(values)) <= max(2, len(values) // 2):
            return column
    return ""


def _one_to_one(columns: _Columns, label: str, title: str) -> bool:
    """Whether each label has one title, and comes again and again."""
    pairs = {(str(record.get(label)), str(record.get(title))) for record in columns.sample}
    once = len({name for name, _ in pairs}) == len({words for _, words in pairs}) == len(pairs)
    return once and (len(pairs) < len(columns.sample) or len(columns.sample) < 3)


def _many(columns: _Columns, label: str) -> bool:
    """Whether the values are lists, or texts that hold several labels parted by |."""
    values = columns.values(label) if label else []
    if label == "labels" and "item" in columns.all:
        return True
    if any(isinstance(value, list) and len(value) != 1 for value in values):
        return True
    several = plain_name(label) in ("labels", "tags", "categories")
    return several and any(isinstance(value, str) and ("|" in value or value.startswith("[")) for value in values)
