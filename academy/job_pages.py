"""How far a piece of background work is, for whoever asked for it."""

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, select, true

from academy.api_docs import COUNT, TEXT, YES_OR_NO, Answer, Part, Topic, documented, shape
from academy.db import one_or_404
from academy.i18n import _, _l
from academy.jobs import Job, JobState
from academy.permissions import Permission, requires
from academy.web import wants_json

bp = Blueprint("jobs", __name__)

JOB = Part(
    "Job",
    shape(
        {
            "state": {"enum": list(JobState)},
            "done": COUNT,
            "total": {"anyOf": [COUNT, {"type": "null"}]},
            "words": TEXT,
            "finished": YES_OR_NO,
        }
    ),
)


def seen_by_viewer() -> ColumnElement[bool]:
    """Jobs this person asked for; whoever operates the house sees all."""
    return true() if current_user.may(Permission.OPERATE) else Job.requested_by_id == current_user.id


@bp.get("/jobs/<int:job_id>")
@requires(Permission.STUDY)
@documented(
    Topic.JOBS,
    _l("How far a piece of background work is"),
    {200: Answer(_l("Where it stands."), JOB, page=True)},
)
def show(job_id: int) -> ResponseReturnValue:
    job = one_or_404(select(Job).where(Job.id == job_id, seen_by_viewer()))
    if wants_json():
        return _as_json(job)
    return render_template("academy/jobs/show.html", job=job, words=in_words(job), JobState=JobState)


def _as_json(job: Job) -> Response:
    return jsonify(state=job.state, done=job.done, total=job.total, words=in_words(job), finished=bool(job.finished_at))


def in_words(job: Job) -> str:
    """Where the job stands, as one sentence."""
    if job.state == JobState.WAITING and job.tries:
        return _("That did not work yet; it will be tried again by itself.")
    if job.state == JobState.WAITING:
        return _("Waiting for its turn.")
    if job.state == JobState.RUNNING and job.total:
        return _("%(done)s of %(total)s done.", done=job.done, total=job.total)
    if job.state == JobState.RUNNING:
        return _("Working on it.")
    return (
        _("Done.") if job.state == JobState.DONE else _("This did not work. The people who run this house can see why.")
    )
