"""Measuring the gold of a set, drawing samples for a second look, and what that look says of the whole."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, update

from academy import audit
from academy.annotation import queries
from academy.annotation.editing.models import QualityReport, SecondLook
from academy.annotation.models import Gold, Opinion, Task, TaskSet
from academy.annotation.quality.survey import Member, Survey, rare_labels, suspects
from academy.annotation.rules import Look
from academy.db import Page, db, guarded, one_or_404, page_by_key
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.jobs import Job, JobState, request_job

MEASURE = "annotation.measure_set"
AT_ONCE = 500
LARGEST_SAMPLE = 1_000
REASONS = ("random", "label", "suspicious", "disagreement")


# Measuring ---------------------------------------------------------------------------------------------------------


def members(task_set_id: int) -> Iterator[Member]:
    """Every task that is not withdrawn, with its newest gold and what each annotator said last; a few at a time."""
    after = 0
    while True:
        wanted = select(Task.id, Task.source, Task.position).where(
            Task.task_set_id == task_set_id, Task.position > after, Task.withdrawn_at.is_(None)
        )
        rows = db.session.execute(wanted.order_by(Task.position).limit(AT_ONCE)).all()
        if not rows:
            return
        after = rows[-1].position
        ids = [row.id for row in rows]
        gold, said = queries.gold_of(ids), opinions_of(ids)
        for row in rows:
            newest = gold.get(row.id)
            spoken = tuple((one.annotator, one.document) for one in said.get(row.id, ()) if one.document)
            yield Member(row.id, row.source or str(row.position), newest.document if newest else None, spoken)
        db.session.expunge_all()


def opinions_of(task_ids: Sequence[int]) -> dict[int, list[Opinion]]:
    """What each annotator said last of each task."""
    newest = (
        select(Opinion.task_id, Opinion.annotator, func.max(Opinion.version).label("version"))
        .where(Opinion.task_id.in_(task_ids))
        .group_by(Opinion.task_id, Opinion.annotator)
        .subquery()
    )
    query = select(Opinion).join(
        newest,
        (Opinion.task_id == newest.c.task_id)
        & (Opinion.annotator == newest.c.annotator)
        & (Opinion.version == newest.c.version),
    )
    found: dict[int, list[Opinion]] = {}
    for opinion in db.session.scalars(query.order_by(Opinion.annotator)):
        found.setdefault(opinion.task_id, []).append(opinion)
    return found


def ask_to_measure(task_set: TaskSet, by_id: int | None, now: datetime) -> Job:
    """Ask for the measuring, at most once a minute."""
    audit.note("gold measured", by=by_id, subject=f"task-set:{task_set.slug}", detail={}, now=now)
    key = f"{task_set.id}/{now:%Y%m%d%H%M}"
    return request_job(MEASURE, {"task_set_id": task_set.id}, key=key, by=by_id)


def measuring(task_set_id: int) -> Job | None:
    """The newest measuring that is not done; finished work is forgotten after some weeks."""
    mine = Job.key.startswith(f"{task_set_id}/")
    query = select(Job).where(Job.kind == MEASURE, mine).order_by(Job.id.desc()).limit(1)
    found = db.session.scalars(query).one_or_none()
    return found if found and found.state != JobState.DONE else None


def newest_gold(task_set_id: int) -> int:
    query = select(func.max(Gold.id)).join(Task, Task.id == Gold.task_id).where(Task.task_set_id == task_set_id)
    return db.session.scalar(query) or 0


def measure(task_set_id: int) -> dict[str, Any]:
    """Both walks over the gold of a set. Reads only; the caller keeps what it says."""
    survey = Survey()
    for member in members(task_set_id):
        survey.add(member)
    found = suspects(members(task_set_id), survey.usual(), rare_labels(survey))
    return survey.as_json() | {"suspects": [one.as_json() for one in found]}


def keep_report(task_set_id: int, content: dict[str, Any], last_gold_id: int, now: datetime) -> None:
    report = db.session.get(QualityReport, task_set_id) or QualityReport(task_set_id=task_set_id)
    report.content, report.last_gold_id, report.measured_at = content, last_gold_id, now
    db.session.add(report)
    db.session.flush()


def report_of(task_set_id: int) -> QualityReport | None:
    return db.session.get(QualityReport, task_set_id)


def newer_gold(task_set_id: int, report: QualityReport) -> int:
    """How much gold came after the report."""
    query = (
        select(func.count())
        .select_from(Gold)
        .join(Task, Task.id == Gold.task_id)
        .where(Task.task_set_id == task_set_id, Gold.id > report.last_gold_id)
    )
    return db.session.scalar(query) or 0


# A second look -----------------------------------------------------------------------------------------------------


class LookedAt(Conflict):
    """Somebody, perhaps in another window, has looked at it already."""


def draw(task_set: TaskSet, count: int, reason: str, label: str, by_id: int, now: datetime) -> int:
    """Draw a sample of tasks with gold, at random among those that fit the reason; tells how many were drawn.

    `random`: all; `label`: those whose gold has the label; `suspicious` and `disagreement`: those of the last report.
    Raises Refused when there is nothing to draw from.
    """
    if not 1 <= count <= LARGEST_SAMPLE or reason not in REASONS:
        raise Refused(_l("Draw between 1 and %(most)s tasks.", most=LARGEST_SAMPLE))
    waiting = set(db.session.scalars(select(SecondLook.task_id).join(Task).where(
        Task.task_set_id == task_set.id, SecondLook.verdict.is_(None)
    )))  # fmt: skip
    candidates = [task_id for task_id in _candidates(task_set.id, reason, label) if task_id not in waiting]
    gold: dict[int, Gold] = {}
    for start in range(0, len(candidates), AT_ONCE):
        gold |= queries.gold_of(candidates[start : start + AT_ONCE])
    drawn = random.SystemRandom().sample(sorted(gold), min(count, len(gold)))
    if not drawn:
        raise Refused(_l("There is nothing to draw: no task with gold fits, or all that fit wait for a look already."))
    sample = token_hex(6)
    db.session.add_all(
        SecondLook(
            task_id=task_id, gold_id=gold[task_id].id, sample=sample, reason=reason, asked_by_id=by_id, asked_at=now
        )
        for task_id in drawn
    )
    db.session.flush()
    detail = {"tasks": len(drawn), "reason": reason}
    audit.note("second look asked for", by=by_id, subject=f"task-set:{task_set.slug}", detail=detail, now=now)
    return len(drawn)


def _candidates(task_set_id: int, reason: str, label: str) -> list[int]:
    if reason == "random":
        query = select(Task.id).where(Task.task_set_id == task_set_id, Task.withdrawn_at.is_(None))
        return list(db.session.scalars(query))
    if reason == "label":
        return [member.task_id for member in members(task_set_id) if _has(member, label)]
    report = report_of(task_set_id)
    content = report.content if report else {}
    if reason == "suspicious":
        return list(dict.fromkeys(one["task"] for one in content.get("suspects", ())))
    return [task_id for task_id, _name, _alike in content.get("apart", ())]


def _has(member: Member, label: str) -> bool:
    document = member.document or {}
    said = [item["label"] for item in document.get("objects") or ()]
    return label in said or label in (document.get("choices") or ()) or document.get("choice") == label


def look(asked: SecondLook, verdict: Look, note: str, by_id: int, now: datetime) -> None:
    """Say what one thinks of a drawn task's gold. Raises LookedAt; Refused for one's own gold or without a reason."""
    made_by = db.session.scalar(select(Gold.by_id).where(Gold.id == asked.gold_id))
    if made_by == by_id:
        raise Refused(_l("You made this gold yourself: somebody else has to look at it."))
    if verdict is not Look.RIGHT and not note.strip():
        raise Refused(_l("Write in a few words what is wrong or unclear."))
    waiting = update(SecondLook).where(SecondLook.id == asked.id, SecondLook.verdict.is_(None))
    if guarded(waiting.values(verdict=verdict, note=note.strip(), by_id=by_id, looked_at=now)) == 0:
        raise LookedAt(_l("Somebody has looked at this task already. The next one is shown."))
    subject = f"task-set:{asked.task.task_set.slug}"
    audit.note("gold looked at", by=by_id, subject=subject, detail={"task": asked.task_id}, now=now)


def look_named(look_id: int) -> SecondLook:
    return one_or_404(select(SecondLook).where(SecondLook.id == look_id))


def gold_looked_at(asked: SecondLook) -> Gold:
    """The version of gold that was drawn; a newer one may have come since."""
    return db.session.get_one(Gold, asked.gold_id)


def next_look(task_set_id: int, by_id: int, after: int = 0) -> SecondLook | None:
    """The next drawn task that nobody has looked at and whose gold this person did not make."""
    query = (
        select(SecondLook)
        .join(Task, Task.id == SecondLook.task_id)
        .join(Gold, Gold.id == SecondLook.gold_id)
        .where(Task.task_set_id == task_set_id, SecondLook.verdict.is_(None), SecondLook.id > after)
        .where(Gold.by_id.is_(None) | (Gold.by_id != by_id))
    )
    return db.session.scalars(query.order_by(SecondLook.id).limit(1)).unique().one_or_none()


def looks_found(task_set_id: int, after: str | None) -> Page[SecondLook]:
    """What was found wrong or unclear, newest first."""
    query = select(SecondLook).join(Task, Task.id == SecondLook.task_id).where(
        Task.task_set_id == task_set_id, SecondLook.verdict.in_([Look.WRONG, Look.UNSURE])
    )  # fmt: skip
    return page_by_key(query, SecondLook.looked_at, SecondLook.id, after=after)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the second look is. `low` and `high`: between these the share of wrong gold lies with 95 % confidence,
    from what was drawn at random only (Wilson 1927); None before anything was looked at. `own`: how many of those that
    wait show gold of the person who asks, which somebody else has to look at."""

    drawn: int
    looked: int
    wrong: int
    unsure: int
    low: float | None
    high: float | None
    own: int = 0


def standing(task_set_id: int, by_id: int | None = None) -> Standing:
    mine = (SecondLook.verdict.is_(None)) & (Gold.by_id == by_id)
    rows = db.session.execute(
        select(SecondLook.reason, SecondLook.verdict, func.count(), func.count(case((mine, 1))))
        .join(Task, Task.id == SecondLook.task_id)
        .join(Gold, Gold.id == SecondLook.gold_id)
        .where(Task.task_set_id == task_set_id)
        .group_by(SecondLook.reason, SecondLook.verdict)
    ).all()
    total = sum(row[2] for row in rows)
    by_verdict = {verdict: sum(n for _r, v, n, _own in rows if v == verdict) for verdict in (None, *Look)}
    random_rows = [
        (verdict, count) for reason, verdict, count, _own in rows if reason == "random" and verdict is not None
    ]
    seen = sum(count for _verdict, count in random_rows)
    wrong = sum(count for verdict, count in random_rows if verdict is Look.WRONG)
    low, high = wilson(wrong, seen) if seen else (None, None)
    looked = total - by_verdict[None]
    own = sum(row[3] for row in rows)
    return Standing(total, looked, by_verdict[Look.WRONG], by_verdict[Look.UNSURE], low, high, own)


class Interval(NamedTuple):
    low: float
    high: float


def wilson(hits: int, count: int, z: float = 1.959963984540054) -> Interval:
    """The score interval of a share (Wilson 1927), by default for 95 %."""
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
