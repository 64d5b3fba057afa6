"""Finding tasks of a set: by words, label, tag, difficulty and state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased, joinedload, selectinload

from academy.annotation.exchange.models import UploadFile
from academy.annotation.models import Gold, LabelSet, Media, Task, TaskSet, TaskTag
from academy.annotation.rules import MediaKind
from academy.db import Page, db, page_by_key


class State(StrEnum):
    """What may be asked of a task."""

    ANY = ""
    GOLD = "gold"
    NO_GOLD = "none"
    AWAITED = "awaited"
    WITHDRAWN = "withdrawn"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; what is empty is not asked. `difficulty` 0: nobody has said."""

    words: str = ""
    label: str = ""
    tag: str = ""
    difficulty: int | None = None
    state: State = State.ANY

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Sought":
        """From an address. What is not known is as if it had not been asked."""
        state = args.get("state", "")
        difficulty = args.get("difficulty", "")
        return cls(
            words=_plain(args.get("q")),
            label=_plain(args.get("label")),
            tag=_plain(args.get("tag")),
            difficulty=int(difficulty) if difficulty in {"0", "1", "2", "3", "4", "5"} else None,
            state=State(state) if state in set(State) else State.ANY,
        )

    def as_args(self) -> dict[str, str]:
        """For the address of a page, without what is empty."""
        difficulty = "" if self.difficulty is None else str(self.difficulty)
        said = {
            "q": self.words,
            "label": self.label,
            "tag": self.tag,
            "difficulty": difficulty,
            "state": self.state.value,
        }
        return {name: value for name, value in said.items() if value}


def _plain(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()[:200]


def found(task_set_id: int, sought: Sought) -> Select[Any]:
    """The tasks of a set that are looked for. Withdrawn ones only if they are asked for."""
    query = select(Task).where(Task.task_set_id == task_set_id)
    if sought.state is State.WITHDRAWN:
        query = query.where(Task.withdrawn_at.is_not(None))
    else:
        query = query.where(Task.withdrawn_at.is_(None))
    return query.where(*_conditions(sought))


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if sought.words:
        number = [Task.position == int(sought.words)] if sought.words.isdecimal() and len(sought.words) < 10 else []
        wanted.append(or_(Task.source.icontains(sought.words, autoescape=True), *number))
    if sought.tag:
        wanted.append(exists().where(TaskTag.task_id == Task.id, TaskTag.tag == sought.tag))
    if sought.difficulty is not None:
        wanted.append(Task.difficulty == sought.difficulty if sought.difficulty else Task.difficulty.is_(None))
    if sought.label:
        wanted.append(_newest_gold(lambda gold: names_label(gold, sought.label)))
    if sought.state is State.GOLD:
        wanted.append(_newest_gold(_says_something))
    elif sought.state is State.NO_GOLD:
        wanted.append(~_newest_gold(_says_something))
    elif sought.state is State.AWAITED:
        wanted.append(exists().where(Media.id == Task.media_id, Media.kind == MediaKind.AWAITED))
    elif sought.state is State.ODD:
        wanted.append(exists().where(UploadFile.task_id == Task.id, UploadFile.odd))
    return wanted


def _newest_gold(condition: Any) -> ColumnElement[bool]:
    """Whether the newest gold of a task fulfils a condition."""
    gold, later = aliased(Gold), aliased(Gold)
    superseded = exists().where(later.task_id == gold.task_id, later.version > gold.version)
    return exists().where(and_(gold.task_id == Task.id, ~superseded, condition(gold)))


def _says_something(gold: Any) -> ColumnElement[bool]:
    """An empty document says that there is no gold any more."""
    return cast(gold.document, Text) != "{}"


def names_label(gold: Any, label: str) -> ColumnElement[bool]:
    """Whether gold names a label: one of its objects has it, or it is a right choice."""
    if db.engine.dialect.name == "postgresql":
        document = cast(gold.document, JSONB)
        said = ({"objects": [{"label": label}]}, {"choice": label}, {"choices": [label]}, {"accepted": [label]})
        return or_(*(document.contains(one) for one in said))
    document = cast(gold.document, Text)
    conditions: list[ColumnElement[bool]] = [func.json_extract(document, "$.choice") == label]
    for path, at in (("$.objects", "$.label"), ("$.choices", ""), ("$.accepted", "")):
        each = func.json_each(document, path).table_valued("value")
        value = func.json_extract(each.c.value, at) if at else each.c.value
        conditions.append(exists(select(1).select_from(each).where(value == label)))
    return or_(*conditions)


def set_page(words: str, after: str | None) -> Page[TaskSet]:
    """Task sets, newest first, in whose names the words stand; for operators."""
    query = select(TaskSet).options(selectinload(TaskSet.label_set))
    if words:
        titles = [TaskSet.title[language].as_string() for language in ("ko", "en")]
        query = query.where(or_(*(text.icontains(words, autoescape=True) for text in (TaskSet.slug, *titles))))
    return page_by_key(query, TaskSet.created_at, TaskSet.id, after=after)


def set_named(slug: str) -> TaskSet | None:
    """A task set with its labels and its guideline without rules, in two queries; for operators."""
    label_set, guideline = joinedload(TaskSet.label_set), joinedload(TaskSet.guideline)
    query = select(TaskSet).where(TaskSet.slug == slug).options(label_set.selectinload(LabelSet.labels), guideline)
    return db.session.scalars(query).one_or_none()


def task_page(task_set_id: int, sought: Sought, after: str | None) -> Page[Task]:
    """Tasks that are looked for, last added first."""
    return page_by_key(found(task_set_id, sought), Task.position, Task.id, after=after)


def ids_of(task_set_id: int, sought: Sought, most: int) -> list[int]:
    """The numbers of all tasks that are looked for, at most one more than `most`."""
    query = found(task_set_id, sought).with_only_columns(Task.id).order_by(Task.id).limit(most + 1)
    return list(db.session.scalars(query))


def count(task_set_id: int, sought: Sought) -> int:
    """How many tasks are looked for."""
    inner = found(task_set_id, sought).with_only_columns(Task.id).subquery()
    return db.session.scalar(select(func.count()).select_from(inner)) or 0


def tags_in(task_set_id: int, most: int = 200) -> list[str]:
    """The tags of a set, in order."""
    query = select(TaskTag.tag).join(Task, Task.id == TaskTag.task_id).where(Task.task_set_id == task_set_id).distinct()
    return list(db.session.scalars(query.order_by(TaskTag.tag).limit(most)))
