"""Guidelines by hand. A version is never edited: a changed guideline is a new version, and sets move along to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from academy.annotation.editing import changes
from academy.annotation.editing.changes import Change
from academy.annotation.editing.label_edits import NameTaken
from academy.annotation.models import Guideline, GuidelineRule, TaskSet
from academy.annotation.queries import guideline_named
from academy.db import db
from academy.errors import Conflict
from academy.i18n import _l

WORDS = ("title", "text", "good", "bad")
PICTURES = ("good_media_id", "bad_media_id")
RESERVED = frozenset({"new"})


class NewerVersion(Conflict):
    """Somebody published a version while this one was being written."""


def publish(
    slug: str,
    title: Mapping[str, str],
    rules: Sequence[Mapping[str, Any]],
    started_from: int,
    by_id: int,
    now: datetime,
    *,
    follow: bool = True,
) -> Guideline:
    """A new version of a guideline, or its first one (`started_from` 0); the newest as it is when nothing differs.

    rules: number and, in two languages, WORDS; `good_media_id`, `bad_media_id` name pictures. `follow`: sets that used
    the version before use the new one, except locked ones. Raises NewerVersion, NameTaken.
    """
    newest = guideline_named(slug)
    version = newest.version if newest is not None else 0
    if version != started_from:
        if started_from == 0:
            raise NameTaken(_l("There is a guideline with this name already. Choose another name."))
        raise NewerVersion(
            _l("Somebody has published version %(version)s meanwhile. Your words are still here; compare the two.",
               version=version)
        )  # fmt: skip
    wanted = [_plain(rule) for rule in rules]
    if newest is not None and newest.title == dict(title) and [content(rule) for rule in newest.rules] == wanted:
        return newest
    made = _make(slug, version + 1, title, wanted, now)
    moved = _follow(newest, made) if follow and newest is not None else []
    before = [{"version": version, "sets": moved}] if version else []
    changes.record(
        f"guideline:{slug}", "guideline published", before, [{"version": version + 1, "sets": moved}], by_id, now
    )
    return made


def _make(
    slug: str, version: int, title: Mapping[str, str], rules: Sequence[Mapping[str, Any]], now: datetime
) -> Guideline:
    made = Guideline(slug=slug, version=version, title=dict(title), created_at=now)
    made.rules = [GuidelineRule(position=position, **rule) for position, rule in enumerate(rules, 1)]
    db.session.add(made)
    db.session.flush()
    return made


def content(rule: GuidelineRule) -> dict[str, Any]:
    """What a rule says, without its place."""
    return {name: getattr(rule, name) for name in ("number", *WORDS, *PICTURES)}


def _plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: dict(rule.get(name) or {"ko": "", "en": ""}) for name in WORDS}
    return {"number": str(rule["number"]), **words, **{name: rule.get(name) for name in PICTURES}}


def _follow(older: Guideline, newer: Guideline) -> list[int]:
    """Sets of one version use another from now on; locked ones stay."""
    sets = db.session.scalars(
        select(TaskSet).where(TaskSet.guideline_id == older.id, TaskSet.locked_at.is_(None)).order_by(TaskSet.id)
    ).all()
    for task_set in sets:
        task_set.guideline_id = newer.id
    db.session.flush()
    return [task_set.id for task_set in sets]


def versions_of(slug: str) -> list[Guideline]:
    """Every version of a guideline, newest first, without their rules."""
    query = select(Guideline).where(Guideline.slug == slug).order_by(Guideline.version.desc())
    return list(db.session.scalars(query))


def newest_guidelines() -> list[Guideline]:
    """The newest version of each guideline, by name."""
    newest = select(Guideline.slug, func.max(Guideline.version).label("version")).group_by(Guideline.slug).subquery()
    same = (Guideline.slug == newest.c.slug) & (Guideline.version == newest.c.version)
    return list(db.session.scalars(select(Guideline).join(newest, same).order_by(Guideline.slug)))


def sets_of(guideline_ids: Sequence[int]) -> dict[int, int]:
    """How many task sets use each version."""
    rows = db.session.execute(
        select(TaskSet.guideline_id, func.count())
        .where(TaskSet.guideline_id.in_(list(guideline_ids)))
        .group_by(TaskSet.guideline_id)
    )
    return {guideline_id: count for guideline_id, count in rows}


# Undo --------------------------------------------------------------------------------------------------------------


def _present(change: Change) -> list[Any]:
    newest = guideline_named(change.subject.partition(":")[2])
    return [{"version": newest.version if newest else 0, "sets": change.after[0]["sets"]}]


def _restore(change: Change, _by_id: int, now: datetime) -> None:
    slug = change.subject.partition(":")[2]
    older = guideline_named(slug, change.before[0]["version"]) if change.before else None
    undone = guideline_named(slug, change.after[0]["version"])
    if older is None or undone is None:
        raise Conflict(_l("The first version of a guideline stays. Write a new version instead."))
    rules = [content(rule) for rule in older.rules]
    _follow(undone, _make(slug, undone.version + 1, older.title, rules, now))


changes.keeps("guideline", _present, _restore)
