"""Reading sittings. A sitting is its candidate's alone: for everybody else it does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload, lazyload

from academy.accounts.models import User
from academy.annotation.models import Gold, Guideline, LabelSet, Media, Task, TaskSet
from academy.annotation.queries import reason_to_see
from academy.credentials.queries import held_levels
from academy.db import db, for_change, one_or_404
from academy.questions.models import QuestionVersion
from exams.bank.models import Exam, ExamItem
from exams.sittings.models import Answer, PaperItem, Sitting
from exams.sittings.rules import Hindrance, Phase, hindrance, phase


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a paper with all that is needed to draw it; its gold is deliberately not among it."""

    item: PaperItem
    asked: ExamItem
    version: QuestionVersion | None
    task: Task | None
    task_set: TaskSet | None
    answer: Answer | None

    @property
    def rev(self) -> int:
        return self.answer.rev if self.answer else 0

    @property
    def practical(self) -> tuple[Task, TaskSet]:
        """The task of a practical item with its set."""
        if self.task is None or self.task_set is None:
            raise TypeError(f"Item {self.item.position} is a question.")
        return self.task, self.task_set


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with an exam: a sitting to go on with, or what keeps them from starting."""

    running: Sitting | None
    hindrance: Hindrance | None


def own(viewer: User) -> ColumnElement[bool]:
    """The sittings of this person."""
    return Sitting.candidate_id == viewer.id


def _sitting(viewer: User, public_id: str) -> Select[Sitting]:
    return select(Sitting).where(Sitting.public_id == public_id, own(viewer))


def sitting_for(viewer: User, public_id: str) -> Sitting:
    return one_or_404(_sitting(viewer, public_id))


def sitting_to_change(viewer: User, public_id: str) -> Sitting:
    """The sitting, held until the transaction ends: its saves come one after another."""
    sitting: Sitting = one_or_404(for_change(_sitting(viewer, public_id)))
    return sitting


@reason_to_see
def _stands_on_paper(viewer: Any, _now: datetime) -> ColumnElement[bool]:
    """Pictures of an exam: for who sits at it, and only until the paper is closed."""
    return exists().where(
        Sitting.candidate_id == viewer.id, Sitting.closed_at.is_(None), PaperItem.sitting_id == Sitting.id,
        Gold.id == PaperItem.gold_id, Task.id == Gold.task_id, Task.media_id == Media.id,
    )  # fmt: skip


def exam_of(sitting: Sitting) -> Exam:
    return db.session.scalars(select(Exam).where(Exam.id == sitting.exam_id)).one()


def paper_of(sitting: Sitting, *, to_draw: bool = False) -> list[Part]:
    """Every item of the paper in order, with the stored answers; with labels and guidelines when it is drawn."""
    query = (
        select(PaperItem, ExamItem, QuestionVersion, Task, TaskSet, Answer)
        .join(ExamItem, ExamItem.id == PaperItem.exam_item_id)
        .outerjoin(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .outerjoin(Gold, Gold.id == PaperItem.gold_id)
        .outerjoin(Task, Task.id == Gold.task_id)
        .outerjoin(TaskSet, TaskSet.id == Task.task_set_id)
        .outerjoin(Answer, Answer.paper_item_id == PaperItem.id)
        .where(PaperItem.sitting_id == sitting.id)
        .order_by(PaperItem.position)
        # These are drawn in by inner joins elsewhere, which would drop every item that lacks one of them.
        .options(joinedload(Task.media, innerjoin=False), lazyload(QuestionVersion.question))
    )
    if to_draw:
        query = query.options(
            joinedload(TaskSet.label_set).selectinload(LabelSet.labels),
            joinedload(TaskSet.guideline).selectinload(Guideline.rules),
        )
    return [Part(*row) for row in db.session.execute(query).unique()]


def sittings_of(user_id: int, exam_id: int) -> Sequence[Sitting]:
    """All sittings of one person at one exam, the last one first."""
    return db.session.scalars(
        select(Sitting).where(Sitting.candidate_id == user_id, Sitting.exam_id == exam_id).order_by(Sitting.id.desc())
    ).all()


def standing(user_id: int, exam: Exam, now: datetime) -> Standing:
    """Whether this person may start, is running, or must wait. A sitting past its end counts as ended."""
    sittings = sittings_of(user_id, exam.id)
    running = next((one for one in sittings if phase(one.deadline_at, one.closed_at, now) is not Phase.OVER), None)
    ends = [None if one is running else one.closed_at or one.deadline_at for one in sittings]
    holds = exam.achievement_slug in held_levels(user_id, now)
    return Standing(running, hindrance(ends, holds, now))
