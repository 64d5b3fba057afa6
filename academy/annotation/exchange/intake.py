"""Imports of the command line: the same check and the same adding as the page's, one after the other, and a report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select

from academy.annotation import operations, queries
from academy.annotation.exchange import adding, inspecting
from academy.annotation.exchange.checking import Line, Source, Told, check
from academy.annotation.exchange.comparing import fixed_kind
from academy.annotation.exchange.importing import Progress, kept_keys
from academy.annotation.exchange.importing import forget as forget_keys
from academy.annotation.exchange.media_bench import MediaBench
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.formats.found import Problem
from academy.annotation.locking import refuse_locked
from academy.annotation.models import Guideline, Label, LabelSet, Task, TaskSet
from academy.annotation.rules import Outside, Purpose, UploadState, Verdict
from academy.db import after_commit, db, transaction
from academy.i18n import LANGUAGES, Sentence

MOST_TOLD = 100_000
"""Problems that one report lists; who has more repairs those first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a new set is to be called and used. An existing set keeps what it has."""

    slug: str
    title: Mapping[str, str]
    licence: str = ""
    attribution: str = ""
    purpose: Purpose = Purpose.PRACTICE
    public: bool = False
    draft: bool = False
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of labels, in both languages, by name."""


@dataclass(slots=True)
class Report:
    """What an import found and did."""

    form: str = ""
    guessed: bool = False
    items: set[str] = field(default_factory=set)
    documents: int = 0
    objects: int = 0
    importable: int = 0
    imported: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0
    stopped: Sentence | None = None

    def see(self, line: Line) -> None:
        """One line of the check."""
        if line.item is not None:
            self.items.add(line.name)
            self.documents += line.item.labelled
        self.objects += line.found
        self.importable += line.objects
        self.tell(line.problems)

    def tell(self, problems: Sequence[Problem]) -> None:
        room = MOST_TOLD - len(self.problems)
        self.problems += problems[:room]
        self.untold += max(0, len(problems) - room)

    def as_json(self, *, dry: bool) -> dict[str, Any]:
        told = {
            "format": self.form,
            "guessed": self.guessed,
            "items": len(self.items),
            "documents": self.documents,
            "objects": self.objects,
            "imported": self.imported,
            **{verdict.value: self.verdicts[verdict] for verdict in Verdict},
            "problems": [_told(problem) for problem in self.problems],
        }
        return (
            told | ({"importable": self.importable} if dry else {}) | ({"untold": self.untold} if self.untold else {})
        )


def _told(problem: Problem) -> dict[str, Any]:
    messages = {language: problem.words(language) for language in LANGUAGES}
    return {"file": problem.file, "object": problem.object, "message": messages["en"], "messages": messages}


def look(source: Source, report: Report, progress: Progress, *, clip: bool) -> None:
    """What an import into a new set would do. Keeps nothing, asks no database."""
    report.form, report.guessed = source.form, source.guessed
    with MediaBench(None, "uploads/dry") as bench:
        for done, line in enumerate(check(source, bench, Told(), clip=clip), 1):
            report.see(line)
            report.verdicts[Verdict.REFUSED if line.refused else Verdict.NEW] += 1
            progress(done, max(done + 1, len(source.place.files)))


def bring_in(source: Source, plan: Plan, outside: Outside, now: datetime, progress: Progress) -> Report:
    """Check a source and add it, in transactions of its own: all of it or nothing. Raises Locked."""
    with transaction():
        upload, fresh = _open(plan, source, outside, now)
        upload_id = upload.id
    report = Report()
    inspecting.check_upload(upload_id, progress, given=source, each=report.see)
    with transaction():
        upload = db.session.get_one(Upload, upload_id)
        report.form, report.guessed = upload.form, upload.guessed
        report.stopped = Sentence.from_json(upload.problem) if upload.problem else _all_refused(upload)
        if report.stopped is not None:
            _take_back(upload, now, fresh)
            return report
        # In the same transaction: whoever is killed in between leaves an upload that can be added or thrown away.
        upload.state = UploadState.ADDING
        db.session.flush()
        adding.add_now(upload_id, None, now, plan.titles)
        _count(upload_id, report)
    return report


def _open(plan: Plan, source: Source, outside: Outside, now: datetime) -> tuple[Upload, bool]:
    options = source.options
    fresh = queries.task_set_named(plan.slug) is None
    task_set = open_set(plan)
    refuse_locked(task_set)
    kept = {"text_column": options.text_column, "label_column": options.label_column, "annotator": options.annotator,
            "kind": options.kind, "labels": str(options.labels) if options.labels else ""}  # fmt: skip
    licence = task_set.licence if not fresh else plan.licence
    attribution = task_set.attribution if not fresh else plan.attribution
    upload = Upload(
        token=token_hex(12), task_set_id=task_set.id, by_id=None, licence=licence, attribution=attribution,
        public=plan.public, form=source.form, guessed=source.guessed, options=kept, outside=outside,
        state=UploadState.CHECKING,
        sources=[], labels=[], created_at=now,
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    return upload, fresh


def open_set(plan: Plan) -> TaskSet:
    """The task set of this name; made if it is new, of the kind that its first import turns out to have."""
    found = db.session.scalars(select(TaskSet).where(TaskSet.slug == plan.slug)).one_or_none()
    if found is not None:
        return found
    label_set = operations.ensure_label_set(plan.slug, plan.title, [])
    guideline = queries.guideline_named(plan.slug) or operations.ensure_guideline(plan.slug, plan.title, [])
    made = operations.ensure_task_set(
        plan.slug, plan.title, "mixed", label_set, guideline, licence=plan.licence, attribution=plan.attribution,
        purpose=plan.purpose,
    )  # fmt: skip
    if plan.draft:
        made.released_at = None
        db.session.flush()
    return made


def _all_refused(upload: Upload) -> Sentence | None:
    """Labels that all are of another kind than the set's: the one thing to be said of them."""
    wanted = fixed_kind(upload.task_set)
    if wanted in ("", "mixed"):
        return None
    rows = db.session.execute(
        select(UploadFile.verdict, UploadFile.kind, UploadFile.problems)
        .where(UploadFile.upload_id == upload.id, UploadFile.kind != "").limit(1000)
    ).all()  # fmt: skip
    if not rows or any(verdict is not Verdict.REFUSED or kind == wanted for verdict, kind, _problems in rows):
        return None
    return Sentence.from_json(rows[0].problems[-1])


def _take_back(upload: Upload, now: datetime, fresh: bool) -> None:
    """Nothing came in, so nothing of the attempt stays."""
    keys = kept_keys(upload.id)
    after_commit(lambda: forget_keys(keys))
    upload.state, upload.settled_at = UploadState.DROPPED, now
    db.session.flush()
    if not fresh:
        return
    task_set = upload.task_set
    db.session.execute(delete(UploadFile).where(UploadFile.upload_id == upload.id))
    db.session.delete(upload)
    db.session.flush()
    if db.session.scalar(select(Task.id).where(Task.task_set_id == task_set.id).limit(1)) is None:
        label_set_id, guideline_id = task_set.label_set_id, task_set.guideline_id
        db.session.execute(delete(TaskSet).where(TaskSet.id == task_set.id))
        for model, column, row_id in ((LabelSet, TaskSet.label_set_id, label_set_id),
                                      (Guideline, TaskSet.guideline_id, guideline_id)):  # fmt: skip
            used = db.session.scalar(select(TaskSet.id).where(column == row_id).limit(1))
            filled = model is LabelSet and db.session.scalar(
                select(Label.id).where(Label.label_set_id == row_id).limit(1)
            )
            if used is None and not filled:
                db.session.execute(delete(model).where(model.id == row_id))


def _count(upload_id: int, report: Report) -> None:
    """What became of the lines, and all that is said of them: by the check, and by the set."""
    mine = UploadFile.upload_id == upload_id
    rows = db.session.execute(select(UploadFile.verdict, UploadFile.objects).where(mine))
    for verdict, objects in rows:
        report.verdicts[verdict] += 1
        if verdict in (Verdict.NEW, Verdict.CHANGED):
            report.imported += objects
    report.problems.clear()
    report.untold = 0
    kept = select(UploadFile.problems).where(mine, UploadFile.odd).order_by(UploadFile.position)
    for problems in db.session.scalars(kept):
        report.tell([Problem.from_json(one) for one in problems])
