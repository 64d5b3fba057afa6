"""Reading what the check of an upload says, line by line; for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.formats.found import Problem
from academy.annotation.models import Media, Task
from academy.annotation.rules import MediaKind, Verdict
from academy.db import Page, db

LINES = 24
"""On one page."""


class Show(StrEnum):
    """Which lines of a preview are wanted."""

    ALL = "all"
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ODD = "odd"
    """Something about them is said, whether they come in or not."""
    REFUSED = "refused"


_VERDICTS = {
    Show.NEW: Verdict.NEW,
    Show.CHANGED: Verdict.CHANGED,
    Show.SAME: Verdict.SAME,
    Show.REFUSED: Verdict.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines of each kind, and the objects that would come in with the new and the changed ones."""

    lines: Mapping[Show, int]
    objects: int

    @property
    def comes_in(self) -> int:
        return self.lines[Show.NEW] + self.lines[Show.CHANGED]


def counts_of(upload_id: int) -> Counts:
    rows = db.session.execute(
        select(UploadFile.verdict, UploadFile.odd, func.count(), func.coalesce(func.sum(UploadFile.objects), 0))
        .where(UploadFile.upload_id == upload_id)
        .group_by(UploadFile.verdict, UploadFile.odd)
    ).all()
    lines = {show: sum(count for verdict, _, count, _ in rows if verdict is kind) for show, kind in _VERDICTS.items()}
    lines[Show.ALL] = sum(count for _, _, count, _ in rows)
    lines[Show.ODD] = sum(count for _, odd, count, _ in rows if odd)
    objects = sum(int(many) for verdict, _, _, many in rows if verdict in {Verdict.NEW, Verdict.CHANGED})
    return Counts(lines, objects)


def line_page(upload_id: int, show: Show, after: int) -> Page[UploadFile]:
    """Lines in the order of the files, those after the given place."""
    query = (
        select(UploadFile)
        .where(UploadFile.upload_id == upload_id, UploadFile.position > after, _wanted(show))
        .order_by(UploadFile.position)
        .limit(LINES + 1)
    )
    rows = list(db.session.scalars(query))
    return Page(rows[:LINES], str(rows[LINES - 1].position) if len(rows) > LINES else None)


def _wanted(show: Show) -> ColumnElement[bool]:
    if show is Show.ALL:
        return true()
    return UploadFile.odd.is_(True) if show is Show.ODD else UploadFile.verdict == _VERDICTS[show]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, ready to be shown."""

    file: UploadFile
    problems: tuple[Problem, ...]
    media: Media | None
    """What the set holds of it already."""
    pictured: bool
    """Whether it brought something to be seen: see `picture_of`."""


def lines_of(page: Page[UploadFile]) -> list[Line]:
    wanted = [file.task_id for file in page.rows if file.task_id is not None]
    tasks = {task.id: task for task in db.session.scalars(select(Task).where(Task.id.in_(wanted))).unique()}
    return [
        Line(
            file,
            tuple(Problem.from_json(kept) for kept in file.problems),
            tasks[file.task_id].media if file.task_id in tasks else None,
            bool(_picture(file)),
        )
        for file in page.rows
    ]


def picture_of(upload_id: int, position: int) -> tuple[str, str] | None:
    """Key and content type of what a line shows: its thumbnail, else its picture."""
    query = select(UploadFile).where(UploadFile.upload_id == upload_id, UploadFile.position == position)
    file = db.session.scalars(query).one_or_none()
    return _picture(file) if file else None


def _picture(file: UploadFile) -> tuple[str, str] | None:
    """A line that came in keeps its key: the picture is kept as long as the set needs it."""
    thumbnail = file.derived.get("thumbnail")
    if isinstance(thumbnail, str):
        return thumbnail, "image/webp"
    if file.media_kind is MediaKind.PICTURE and file.storage_key:
        return file.storage_key, file.content_type
    return None


def labels_of(upload: Upload, known: Mapping[str, Any]) -> dict[str, Any]:
    """The labels that documents of an upload may use, by name: those of the set before those of the source."""
    found = {label["name"]: label for label in upload.labels if isinstance(label, Mapping) and label.get("name")}
    return found | dict(known)
