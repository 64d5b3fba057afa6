"""Reading results. As with sittings: only the candidate's own exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, func, literal, select

from academy.accounts.models import User
from academy.annotation.models import Gold
from academy.credentials.models import Award
from academy.db import Page, db, page_by_key
from exams.bank.models import Exam
from exams.results.models import Result
from exams.sittings.models import PaperItem, Sitting
from exams.sittings.queries import Part, own, paper_of
from exams.sittings.rules import Phase, phase


@dataclass(frozen=True, slots=True)
class SatExam:
    """One sitting in the list of a person's exams."""

    sitting: Sitting
    exam: Exam
    result: Result | None

    def over(self, now: datetime) -> bool:
        return phase(self.sitting.deadline_at, self.sitting.closed_at, now) is Phase.OVER


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """One item of a closed paper with what it earned."""

    part: Part
    points: float
    of: int


def cause_of(sitting_id: int) -> str:
    """What an award says it was issued for."""
    return f"sitting:{sitting_id}"


def result_of(sitting_id: int) -> Result | None:
    """The result that holds: the newest version."""
    return db.session.scalars(
        select(Result).where(Result.sitting_id == sitting_id).order_by(Result.version.desc()).limit(1)
    ).one_or_none()


def award_for(sitting: Sitting) -> Award | None:
    return db.session.scalars(select(Award).where(Award.cause == cause_of(sitting.id))).one_or_none()


def marked_parts(sitting: Sitting, result: Result) -> list[MarkedPart]:
    """The items of a marked paper, for the page that explains the result; without any gold."""
    marks = {mark["position"]: mark for mark in result.marks}
    return [
        MarkedPart(part, marks[part.item.position]["points"], marks[part.item.position]["of"])
        for part in paper_of(sitting)
    ]


def golds_of(sitting: Sitting) -> dict[int, Gold]:
    """The pinned gold of a paper by position, for marking only."""
    rows = db.session.execute(
        select(PaperItem.position, Gold)
        .join(Gold, Gold.id == PaperItem.gold_id)
        .where(PaperItem.sitting_id == sitting.id)
    )
    return {position: gold for position, gold in rows}


def unmarked(since: datetime, limit: int) -> Sequence[int]:
    """Sittings that closed after `since` and have no result: what a job that was lost left behind."""
    return db.session.scalars(
        select(Sitting.id)
        .outerjoin(Result, Result.sitting_id == Sitting.id)
        .where(Sitting.closed_at > since, Result.id.is_(None))
        .order_by(Sitting.closed_at)
        .limit(limit)
    ).all()


def passed_without_badge(limit: int) -> Sequence[Result]:
    """Passes from a time when no badge could be issued."""
    cause = literal("sitting:").concat(cast(Result.sitting_id, Text))
    return db.session.scalars(
        select(Result)
        .outerjoin(Award, Award.cause == cause)
        .where(Result.passed, Award.id.is_(None))
        .order_by(Result.id)
        .limit(limit)
    ).all()


def exams_of(viewer: User, after: str | None) -> tuple[Page[Sitting], list[SatExam]]:
    """The exams a person sat, newest first; three queries whatever their number."""
    page = page_by_key(select(Sitting).where(own(viewer)), Sitting.started_at, Sitting.id, after=after)
    ids = [sitting.id for sitting in page.rows]
    exams = {
        exam.id: exam
        for exam in db.session.scalars(select(Exam).where(Exam.id.in_({one.exam_id for one in page.rows})))
    }
    newest = (
        select(Result.sitting_id, func.max(Result.version).label("version"))
        .where(Result.sitting_id.in_(ids))
        .group_by(Result.sitting_id)
        .subquery()
    )
    results = db.session.scalars(
        select(Result).join(newest, (Result.sitting_id == newest.c.sitting_id) & (Result.version == newest.c.version))
    )
    by_sitting = {result.sitting_id: result for result in results}
    return page, [SatExam(one, exams[one.exam_id], by_sitting.get(one.id)) for one in page.rows]
