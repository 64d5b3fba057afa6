"""Setting up exams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from academy.annotation.models import Gold, Task, TaskSet
from academy.annotation.queries import usable
from academy.annotation.rules import Purpose
from academy.db import db
from academy.questions.models import QuestionVersion
from exams.bank.models import Exam, ExamItem
from exams.bank.rules import WrongExam, check_points


@dataclass(frozen=True, slots=True)
class Asked:
    """One item to be: what it pins, what it is about and what it is worth."""

    pinned: QuestionVersion | Gold
    domain: str
    domain_title: Mapping[str, str]
    points: int


def ensure_exam(
    slug: str,
    *,
    title: Mapping[str, str],
    summary: Mapping[str, str],
    duration_minutes: int,
    pass_mark: int,
    achievement_slug: str,
    mock: bool,
    asked: Sequence[Asked],
    now: datetime,
) -> Exam:
    """The exam of this name; made with its items if there is none. One that exists is left as it is."""
    found = db.session.scalars(select(Exam).where(Exam.slug == slug)).one_or_none()
    if found is not None:
        return found
    check_points([one.points for one in asked], pass_mark)
    task_ids = [one.pinned.task_id for one in asked if isinstance(one.pinned, Gold)]
    _refuse_open_gold(task_ids)
    _refuse_unusable(task_ids)
    exam = Exam(
        slug=slug,
        title=dict(title),
        summary=dict(summary),
        duration_minutes=duration_minutes,
        pass_mark=pass_mark,
        achievement_slug=achievement_slug,
        mock=mock,
        created_at=now,
    )
    db.session.add(exam)
    db.session.flush()
    for position, one in enumerate(asked, 1):
        is_question = isinstance(one.pinned, QuestionVersion)
        db.session.add(
            ExamItem(
                exam_id=exam.id,
                position=position,
                question_version_id=one.pinned.id if is_question else None,
                gold_id=None if is_question else one.pinned.id,
                domain=one.domain,
                domain_title=dict(one.domain_title),
                points=one.points,
            )
        )
    db.session.flush()
    return exam


def _refuse_open_gold(task_ids: Sequence[int]) -> None:
    """Practice shows the gold of its pictures to everybody who tries them."""
    query = select(TaskSet.slug).join(Task, Task.task_set_id == TaskSet.id).where(Task.id.in_(task_ids))
    slug = db.session.scalar(query.where(TaskSet.purpose != Purpose.EXAM).limit(1))
    if slug is not None:
        raise WrongExam(f"The pictures of {slug} are not kept for exams, so their gold may be known.")


def _refuse_unusable(task_ids: Sequence[int]) -> None:
    """What is withdrawn, not released or waits for its picture can be asked of nobody."""
    query = select(Task.id).where(Task.id.in_(task_ids), ~usable()).limit(1)
    if db.session.scalar(query) is not None:
        raise WrongExam(
            "Some task is withdrawn or waits for its picture, or its set is not released or can not be graded."
        )
