"""Marking a closed sitting, and handing a pass to credentials. Runs inside the caller's transaction()."""

from datetime import datetime
from typing import Any

from academy import audit
from academy.accounts.mailing import write_to
from academy.config import settings
from academy.credentials.operations import issue
from academy.credentials.rules import may_issue
from academy.db import db
from academy.errors import Refused
from academy.grading.documents import RefusedDocument
from academy.grading.engine import grade
from academy.i18n import _l
from academy.mail.addresses import public_link
from academy.questions.rules import mark as mark_question
from academy.records.operations import note
from exams.bank.models import Exam
from exams.results import letters
from exams.results.models import Result
from exams.results.queries import cause_of, golds_of, result_of
from exams.results.rules import Mark, Marking, mark_paper, practical_points, question_points
from exams.sittings.models import Sitting
from exams.sittings.queries import Part, exam_of, paper_of

FIRST = "marked"


class StillRunning(Refused):
    """A sitting is marked after its end, never before."""


class PassStands(Refused):
    """A certified pass is not lowered by marking again; that needs a decision of two people."""


def mark_sitting(sitting: Sitting, now: datetime) -> Result:
    """Mark a closed sitting once, note it in the record and issue the badge if it passed."""
    found = result_of(sitting.id)
    if found is not None:
        return found
    if sitting.closed_at is None:
        raise StillRunning(_l("This exam is still running."))
    exam = exam_of(sitting)
    marking = _marking(sitting, exam)
    result = _keep(sitting, exam, marking, version=1, reason=FIRST, now=now)
    _tell(sitting, exam, result, now)
    return result


def mark_again(sitting: Sitting, reason: str, now: datetime, by_id: int | None = None) -> Result:
    """A correction: a new version of the result, which may give a pass and never takes one."""
    before = result_of(sitting.id)
    if before is None:
        raise StillRunning(_l("This exam has not been marked yet."))
    exam = exam_of(sitting)
    marking = _marking(sitting, exam)
    if before.passed and not marking.passed:
        raise PassStands(_l("Marking again would take away a pass. That needs the decision of two people."))
    result = _keep(sitting, exam, marking, version=before.version + 1, reason=reason, now=now)
    subject, detail = f"sitting:{sitting.public_id}", {"passed": result.passed}
    audit.note("exam marked again", by=by_id, about=sitting.candidate_id, subject=subject, detail=detail, now=now)
    if result.passed and not before.passed:
        _tell(sitting, exam, result, now)
    return result


def _marking(sitting: Sitting, exam: Exam) -> Marking:
    golds = golds_of(sitting)
    marks = [_mark(part, golds[part.item.position].document if part.task else None) for part in paper_of(sitting)]
    return mark_paper(marks, exam.pass_mark)


def _mark(part: Part, gold: dict[str, Any] | None) -> Mark:
    answer = part.answer.answer if part.answer else None
    points, position, domain = part.asked.points, part.item.position, part.asked.domain
    if part.version is not None:
        share = mark_question(part.version.kind, part.version.key, answer)
        return Mark(position, domain, question_points(share, points), points)
    earned, reached = practical_points(_practical_score(part, gold, answer), points)
    return Mark(position, domain, earned, points, reached)


def _practical_score(part: Part, gold: dict[str, Any] | None, answer: dict[str, Any] | None) -> float | None:
    """The grade of a practical item with its rubric at exam level; None without an answer that can be graded."""
    if answer is None or gold is None or part.task_set is None:
        return None
    rubric = {**part.task_set.rubric, "level": part.asked.level.value}
    try:
        return grade(part.task_set.kind, gold, answer, rubric).score
    except RefusedDocument:
        return None


def _keep(sitting: Sitting, exam: Exam, marking: Marking, *, version: int, reason: str, now: datetime) -> Result:
    result = Result(
        sitting_id=sitting.id,
        version=version,
        score=marking.score,
        pass_mark=exam.pass_mark,
        passed=marking.passed,
        marks=[
            {"position": one.position, "domain": one.domain, "points": one.points, "of": one.of,
             "category": one.category}
            for one in marking.marks
        ],
        domains=[
            {"domain": one.domain, "points": one.points, "of": one.of, "strength": one.strength.value}
            for one in marking.domains
        ],
        reason=reason,
        marked_at=now,
    )  # fmt: skip
    db.session.add(result)
    db.session.flush()  # one result of each version: a second marking meets the unique constraint
    return result


def _tell(sitting: Sitting, exam: Exam, result: Result, now: datetime) -> None:
    """The record, for the cohort's page and the record's; and the badge, in the same transaction as the pass."""
    data = {"exam": exam.slug, "title": exam.title, "score": result.score, "pass_mark": result.pass_mark,
            "mock": exam.mock, "sitting": sitting.public_id}  # fmt: skip
    note(sitting.candidate_id, "exam passed" if result.passed else "exam not passed", f"exam:{exam.slug}", data, now)
    if not exam.mock:  # of a mock exam, the result is on the screen a moment later
        link = public_link("exams.results.show", public_id=sitting.public_id)
        words = {"exam": exam.title, "passed": result.passed, "link": link}
        write_to(sitting.candidate_id, letters.READY, words, now, key=f"{sitting.public_id}:{result.version}")
    if result.passed:
        give_badge(sitting, exam, result, now)


def give_badge(sitting: Sitting, exam: Exam, result: Result, now: datetime) -> None:
    """Issue the badge of a pass. Where badges can not be issued yet, the pass stands and the badge follows later."""
    if not may_issue(settings().public_url):
        return
    score = {
        "name": {"ko": "점수", "en": "Score"},
        "value": f"{result.score:g}",
        "type": "Percent",
        "min": "0",
        "max": "100",
        "required": str(result.pass_mark),
    }
    issue(sitting.candidate_id, exam.achievement_slug, cause=cause_of(sitting.id), results=[score], now=now)
