"""Reading exams. What an exam is about is public; what it asks is not."""

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import lazyload

from academy.annotation.models import Gold, Task, TaskSet
from academy.db import db, one_or_404
from academy.projects.models import Project, ProjectRequirement
from academy.projects.rules import ProjectState
from academy.questions.models import QuestionVersion
from exams.bank.models import Exam, ExamItem
from exams.bank.rules import Outline


def exams() -> Sequence[Exam]:
    """All exams that can be sat here, in the order they were set up."""
    return db.session.scalars(select(Exam).order_by(Exam.id)).all()


def exam_by_slug(slug: str) -> Exam:
    return one_or_404(select(Exam).where(Exam.slug == slug))


def exam_named(slug: str) -> Exam | None:
    return db.session.scalars(select(Exam).where(Exam.slug == slug)).one_or_none()


def outlines(exam_ids: Sequence[int]) -> dict[int, Outline]:
    """How much of what each exam asks; one query."""
    practical = ExamItem.gold_id.is_not(None)
    rows = db.session.execute(
        select(
            ExamItem.exam_id,
            func.sum(case((practical, 0), else_=1)),
            func.sum(case((practical, 1), else_=0)),
            func.sum(case((practical, 0), else_=ExamItem.points)),
            func.sum(case((practical, ExamItem.points), else_=0)),
        )
        .where(ExamItem.exam_id.in_(exam_ids))
        .group_by(ExamItem.exam_id)
    )
    return {exam_id: Outline(*(int(number) for number in numbers)) for exam_id, *numbers in rows}


def practical_kinds(exam: Exam) -> list[str]:
    """The kinds of labelling an exam asks for, without repeats, in the order of its items."""
    rows = db.session.scalars(
        select(TaskSet.kind)
        .join(Task, Task.task_set_id == TaskSet.id)
        .join(Gold, Gold.task_id == Task.id)
        .join(ExamItem, ExamItem.gold_id == Gold.id)
        .where(ExamItem.exam_id == exam.id)
        .order_by(ExamItem.position)
    )
    return list(dict.fromkeys(rows))


def projects_opened_by(exam: Exam, most: int = 5) -> Sequence[Project]:
    """Paid work that asks for the badge of this exam, the best paid first: what a pass is good for."""
    return db.session.scalars(
        select(Project)
        .join(ProjectRequirement, ProjectRequirement.project_id == Project.id)
        .where(ProjectRequirement.badge == exam.achievement_slug, Project.state == ProjectState.OPEN)
        .order_by(Project.price.desc(), Project.id)
        .limit(most)
    ).all()


def items_with_options(exam: Exam) -> list[tuple[ExamItem, QuestionVersion | None]]:
    """Every item in order, with its question if it is one; for drawing papers and never for pages."""
    rows = db.session.execute(
        select(ExamItem, QuestionVersion)
        .outerjoin(QuestionVersion, QuestionVersion.id == ExamItem.question_version_id)
        .where(ExamItem.exam_id == exam.id)
        .order_by(ExamItem.position)
        .options(lazyload(QuestionVersion.question))  # its inner join would drop the practical items
    )
    return [(item, version) for item, version in rows]
