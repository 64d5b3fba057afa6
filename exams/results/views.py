"""What became of a person's exams."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.clock import now
from academy.permissions import Permission, requires
from exams.results import jobs as jobs  # registers the marking
from exams.results import queries
from exams.sittings.queries import exam_of, sitting_for
from exams.sittings.rules import Phase, phase

bp = Blueprint("results", __name__)


@bp.get("/sittings/<public_id>/result")
@requires(Permission.SIT_EXAMS)
def show(public_id: str) -> ResponseReturnValue:
    sitting = sitting_for(current_user, public_id)
    exam = exam_of(sitting)
    result = queries.result_of(sitting.id)
    if result is None:
        over = phase(sitting.deadline_at, sitting.closed_at, now()) is Phase.OVER
        return render_template("exams/results/waiting.html", sitting=sitting, exam=exam, over=over)
    parts = queries.marked_parts(sitting, result)
    return render_template(
        "exams/results/show.html",
        sitting=sitting,
        exam=exam,
        result=result,
        parts=parts,
        domain_titles={part.part.asked.domain: part.part.asked.domain_title for part in parts},
        award=queries.award_for(sitting) if result.passed else None,
    )


@bp.get("/my/exams")
@requires(Permission.SIT_EXAMS)
def index() -> ResponseReturnValue:
    page, sat = queries.exams_of(current_user, request.args.get("after"))
    return render_template("exams/results/index.html", page=page, sat=sat, now=now())
