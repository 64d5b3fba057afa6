"""Changing label sets, guidelines, tasks and gold."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from academy.annotation.media.keeping import Rights, keep
from academy.annotation.models import (
    Document,
    Gold,
    Guideline,
    GuidelineRule,
    Label,
    LabelSet,
    Media,
    Task,
    TaskSet,
)
from academy.annotation.rules import Purpose
from academy.annotation.sketch import PALETTE
from academy.clock import now as _now
from academy.db import db
from academy.grading.documents import READERS as GRADED
from academy.grading.documents import check_document
from academy.grading.shapes import check_form
from academy.uploads.media import Brought
from academy.uploads.pictures import Picture, Turn
from academy.uploads.thumbnails import open_with_thumbnail

_NO_TEXT = {"ko": "", "en": ""}


def ensure_label_set(slug: str, title: Mapping[str, str], labels: Sequence[Mapping[str, Any]]) -> LabelSet:
    """The label set of this name; made if it is new, completed if labels are. Labels: name, title, optional color."""
    found = db.session.scalars(select(LabelSet).where(LabelSet.slug == slug)).one_or_none()
    if found is None:
        found = LabelSet(slug=slug, title=dict(title))
        db.session.add(found)
    known = {label.name for label in found.labels}
    for given in labels:
        if given["name"] in known:
            continue
        position = len(found.labels) + 1
        color = given.get("color") or PALETTE[(position - 1) % len(PALETTE)]
        found.labels.append(Label(position=position, name=given["name"], title=dict(given["title"]), color=color))
        known.add(given["name"])
    db.session.flush()
    return found


def ensure_guideline(slug: str, title: Mapping[str, str], rules: Sequence[Mapping[str, Any]]) -> Guideline:
    """The newest version of a guideline; a new version when its rules differ. Rules: number, title, text, good, bad."""
    newest = select(Guideline).where(Guideline.slug == slug).order_by(Guideline.version.desc()).limit(1)
    found = db.session.scalars(newest).one_or_none()
    wanted = [_rule(position, rule) for position, rule in enumerate(rules, 1)]
    if found is not None and [_content(rule) for rule in found.rules] == [_content(rule) for rule in wanted]:
        return found
    made = Guideline(slug=slug, version=found.version + 1 if found else 1, title=dict(title), rules=wanted)
    db.session.add(made)
    db.session.flush()
    return made


def _rule(position: int, rule: Mapping[str, Any]) -> GuidelineRule:
    return GuidelineRule(
        position=position,
        number=str(rule["number"]),
        title=dict(rule["title"]),
        text=dict(rule["text"]),
        good=dict(rule.get("good") or _NO_TEXT),
        bad=dict(rule.get("bad") or _NO_TEXT),
    )


def _content(rule: GuidelineRule) -> tuple[Any, ...]:
    return rule.number, rule.title, rule.text, rule.good, rule.bad


def ensure_task_set(
    slug: str,
    title: Mapping[str, str],
    kind: str,
    label_set: LabelSet,
    guideline: Guideline,
    *,
    rubric: Mapping[str, Any] | None = None,
    licence: str = "",
    attribution: str = "",
    purpose: Purpose | str = Purpose.PRACTICE,
) -> TaskSet:
    """The task set of this name, made and released if it is new."""
    found = db.session.scalars(select(TaskSet).where(TaskSet.slug == slug)).one_or_none()
    if found is None:
        found = TaskSet(
            slug=slug,
            title=dict(title),
            kind=kind,
            purpose=Purpose(purpose),
            label_set_id=label_set.id,
            guideline_id=guideline.id,
            rubric=dict(rubric or {}),
            licence=licence,
            attribution=attribution,
            released_at=_now(),
        )
        db.session.add(found)
        db.session.flush()
    return found


def add_task(task_set: TaskSet, media: Media, document: Document | None, source: str, now: datetime) -> Task:
    """A new task at the end of its set, with its first gold if it has one."""
    last = db.session.scalar(select(func.max(Task.position)).where(Task.task_set_id == task_set.id)) or 0
    task = Task(task_set_id=task_set.id, position=last + 1, media_id=media.id, media=media, source=source)
    db.session.add(task)
    db.session.flush()
    if document is not None:
        revise_gold(task, document, source, now)
    return task


def revise_gold(
    task: Task,
    document: Document,
    source: str,
    now: datetime,
    *,
    by_id: int | None = None,
    upload_id: int | None = None,
    note: str = "",
) -> Gold:
    """A new version of a task's gold; attempts keep the version they were graded by. Raises RefusedDocument."""
    check_gold(document)
    newest = db.session.scalar(select(func.max(Gold.version)).where(Gold.task_id == task.id)) or 0
    gold = Gold(
        task_id=task.id, version=newest + 1, document=document, source=source, created_at=now, by_id=by_id,
        upload_id=upload_id, note=note,
    )  # fmt: skip
    db.session.add(gold)
    db.session.flush()
    return gold


def check_gold(document: Document) -> None:
    """Raise RefusedDocument, naming the object, unless this can be kept as gold."""
    kind = document["kind"]
    check_form(kind, document, gold=True)
    if kind in GRADED:
        check_document(kind, document, gold=True)


def store_picture(
    data: bytes, *, licence: str, attribution: str, alt: Mapping[str, str], public: bool
) -> tuple[Media, Turn]:
    """Keep a picture: re-encoded and upright. The turn says how its gold must be turned with it.

    The same picture under the same licence is kept once. Raises RefusedFile.
    """
    brought = open_with_thumbnail(data)
    return keep(brought, Rights(licence, attribution, alt, public)), brought.turn


def keep_picture(picture: Picture, *, licence: str, attribution: str, alt: Mapping[str, str], public: bool) -> Media:
    """Keep a picture that was opened before; the same picture under the same licence is kept once."""
    brought = Brought(
        kind="picture", data=picture.data, content_type=picture.content_type, extension=picture.extension,
        width=picture.width, height=picture.height,
    )  # fmt: skip
    return keep(brought, Rights(licence, attribution, alt, public))
