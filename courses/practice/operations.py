"""Handing in practice: graded at once, kept for ever, the same try never twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import delete, func, select, update

from academy.accounts.models import User
from academy.annotation.models import Task, TaskSet
from academy.annotation.queries import gold_of, labels_of
from academy.db import db, for_change, guarded
from academy.errors import Conflict, NotFound, Refused
from academy.grading.engine import RefusedDocument, grade
from academy.i18n import _
from academy.records import operations as records
from academy.records.models import Record
from courses.learning import operations as learning
from courses.practice import feedback, queries
from courses.practice.models import Attempt, Trial
from courses.practice.rules import Progress, UnfitAnswer, answer_document, is_key

FORGET_TRIALS_AFTER = timedelta(days=30)


def hand_in(learner: User, task: Task, sent: Any, key: str, now: datetime) -> Attempt:
    """Grade and keep one try. The same key again is the same try, however often the browser sends it."""
    _check_key(key)
    # One at a time for each learner, so that two tabs can not both be the first try.
    db.session.execute(for_change(select(User.id).where(User.id == learner.id)))
    known = db.session.scalars(
        select(Attempt).where(Attempt.learner_id == learner.id, Attempt.idempotency_key == key)
    ).one_or_none()
    if known is not None:
        if known.task_id != task.id:
            raise Conflict(_("This answer was handed in for another picture. Reload the page."))
        return known
    return _keep(learner.id, task.task_set_id, graded(task, sent), key, now)


def graded(task: Task, sent: Any) -> dict[str, Any]:
    """The answer and its grade by the newest gold, as the columns of a try."""
    gold = gold_of([task.id]).get(task.id)
    if gold is None:
        raise NotFound(_("This picture can not be graded."))
    task_set = task.task_set
    labels = {label.name for label in labels_of(task_set.label_set_id)}
    try:
        document = answer_document(task_set.kind, sent, width=task.media.width, height=task.media.height, labels=labels)
        report = grade(task_set.kind, gold.document, document, task_set.rubric)
    except UnfitAnswer as unfit:
        raise Refused(feedback.refusal(unfit.reason, None)) from unfit
    except RefusedDocument as refused:
        raise Refused(feedback.refusal(refused.reason, refused.object_id)) from refused
    return {
        "task_id": task.id,
        "gold_id": gold.id,
        "document": document,
        "report": report.as_dict(),
        "score": report.score,
        "passed": report.passed,
    }


def _keep(learner_id: int, task_set_id: int, result: Mapping[str, Any], key: str, now: datetime) -> Attempt:
    before = queries.progress_of(learner_id, task_set_id)
    task_id = result["task_id"]
    tries = select(func.max(Attempt.number)).where(Attempt.task_id == task_id, Attempt.learner_id == learner_id)
    number = (db.session.scalar(tries) or 0) + 1
    attempt = Attempt(**result, learner_id=learner_id, number=number, idempotency_key=key, handed_in_at=now)
    db.session.add(attempt)
    db.session.flush()
    records.note(
        learner_id,
        "practice tried",
        f"task:{task_id}",
        {"title": _title_of(task_set_id), "attempt": attempt.id, "number": number, "score": attempt.score,
         "passed": attempt.passed},
        now,
    )  # fmt: skip
    if attempt.passed:
        learning.complete_practice(learner_id, task_set_id, now, task_id=task_id)
        _note_when_done(attempt, task_set_id, before, now)
    return attempt


def _title_of(task_set_id: int) -> dict[str, str]:
    return dict(db.session.get_one(TaskSet, task_set_id).title)


def _note_when_done(attempt: Attempt, task_set_id: int, before: Progress, now: datetime) -> None:
    after = queries.progress_of(attempt.learner_id, task_set_id)
    if after.done and not before.done:
        _note_passed(attempt.learner_id, task_set_id, after, now)


def _note_passed(learner_id: int, task_set_id: int, after: Progress, now: datetime) -> None:
    data = {"title": _title_of(task_set_id), "average": after.average, "pictures": after.pictures}
    records.note(learner_id, "practice passed", f"task_set:{task_set_id}", data, now)


def settle(learner_id: int, now: datetime) -> None:
    """Note the sets that are passed by now and were not noted: what two accounts passed apart may be whole in one."""
    told = select(Record.subject).where(Record.user_id == learner_id, Record.kind == "practice passed")
    noted = set(db.session.scalars(told))
    tried = select(Task.task_set_id).join(Attempt, Attempt.task_id == Task.id).where(Attempt.learner_id == learner_id)
    for task_set_id in db.session.scalars(tried.distinct()).all():
        progress = queries.progress_of(learner_id, task_set_id)
        if progress.done and f"task_set:{task_set_id}" not in noted:
            _note_passed(learner_id, task_set_id, progress, now)


def hand_in_trial(task: Task, sent: Any, key: str, now: datetime) -> Trial:
    """Grade and keep a guest's try; the same key again is the same try."""
    _check_key(key)
    known = db.session.scalars(select(Trial).where(Trial.idempotency_key == key)).one_or_none()
    if known is not None:
        return known
    trial = Trial(**graded(task, sent), token=token_urlsafe(24), idempotency_key=key, handed_in_at=now)
    db.session.add(trial)
    db.session.flush()
    return trial


def keep_trial(learner: User, trial: Trial, now: datetime) -> Attempt | None:
    """Make a guest's try the first try of their account; None when it is taken or the picture has been tried since."""
    db.session.execute(for_change(select(User.id).where(User.id == learner.id)))
    if queries.last_attempt(learner, trial.task) is not None:
        return None
    result = {name: getattr(trial, name) for name in ("task_id", "gold_id", "document", "report", "score", "passed")}
    attempt = _keep(learner.id, trial.task.task_set_id, result, trial.idempotency_key, now)
    taken = update(Trial).where(Trial.id == trial.id, Trial.attempt_id.is_(None)).values(attempt_id=attempt.id)
    if guarded(taken) == 0:
        raise Conflict(_("This try belongs to an account already."))
    return attempt


def forget_trials(now: datetime) -> None:
    """Guests who did not come back leave nothing behind."""
    db.session.execute(delete(Trial).where(Trial.handed_in_at < now - FORGET_TRIALS_AFTER))


def _check_key(key: str) -> None:
    if not is_key(key):
        raise Refused(_("This answer came without its key. Reload the page and hand it in again."))
