"""My record: everything that happened, in words."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.permissions import Permission, requires
from academy.records import queries, words

bp = Blueprint("records", __name__)


@bp.get("/my/record")
@requires(Permission.STUDY)
def mine() -> ResponseReturnValue:
    after = request.args.get("after")
    page = queries.recent(current_user, after=after)
    return render_template(
        "academy/records/mine.html", page=page, lines=[words.line(record) for record in page.rows], after=after
    )
