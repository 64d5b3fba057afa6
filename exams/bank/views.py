"""Public pages about exams."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from academy.i18n import _l
from exams.bank import queries

KIND_WORDS: dict[str, Any] = {"box": _l("drawing boxes"), "classification": _l("classification")}

bp = Blueprint("bank", __name__)


@bp.get("/exams")
def index() -> ResponseReturnValue:
    exams = queries.exams()
    return render_template("exams/bank/index.html", exams=exams, outlines=queries.outlines([exam.id for exam in exams]))


@bp.get("/exams/<slug>")
def show(slug: str) -> ResponseReturnValue:
    exam = queries.exam_by_slug(slug)
    return render_template(
        "exams/bank/show.html",
        exam=exam,
        outline=queries.outlines([exam.id])[exam.id],
        opens=queries.projects_opened_by(exam),
        kind_words=", ".join(str(KIND_WORDS.get(kind, kind)) for kind in queries.practical_kinds(exam)),
    )
