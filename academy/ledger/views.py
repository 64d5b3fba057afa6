"""My earnings: what is due, what is on the way, and the statement to take home."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy.clock import now
from academy.i18n import _, local_day, pick
from academy.ledger import pending, queries
from academy.ledger.rules import EntryKind, plain_cell
from academy.permissions import Permission, requires

bp = Blueprint("ledger", __name__)


def entry_words(kind: EntryKind) -> str:
    """What an entry is called on a statement."""
    return {
        EntryKind.DEPOSIT: _("Deposit"),
        EntryKind.HOLD: _("Set aside for a project"),
        EntryKind.RELEASE: _("Given back by a project"),
        EntryKind.ACCEPTANCE: _("Accepted work"),
        EntryKind.PAYOUT: _("Paid out"),
        EntryKind.STIPEND: _("Allowance"),
        EntryKind.FEE: _("Fee"),
        EntryKind.REFUND: _("Refund"),
        EntryKind.CORRECTION: _("Correction"),
    }[kind]


def _week_asked() -> date | None:
    text = request.args.get("week")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


@bp.get("/my/earnings")
@requires(Permission.WORK)
def earnings() -> ResponseReturnValue:
    week = _week_asked()
    on_the_way = pending.told_to(current_user.id)
    return render_template(
        "academy/ledger/earnings.html",
        money=queries.earnings_of(current_user.id),
        on_the_way=on_the_way,
        in_review=sum(line.in_review_amount for line in on_the_way),
        returned=sum(line.returned_amount for line in on_the_way),
        lines=queries.statement(current_user.id, after=request.args.get("after"), week=week),
        week=week,
        words=entry_words,
    )


@bp.get("/my/earnings/statement.csv")
@requires(Permission.WORK)
def statement() -> ResponseReturnValue:
    """The statement as a spreadsheet; a byte order mark first, so that Korean opens well in every program."""
    week = _week_asked()
    name = f"earnings-{week or local_day(now())}.csv"
    response = Response("".join(_rows(current_user.id, week)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _rows(user_id: int, week: date | None) -> Iterator[str]:
    yield "\ufeff" + _csv_line([_("Date"), _("What"), _("Project"), _("Amount (KRW)"), _("Reference")])
    for line in queries.whole_statement(user_id, week):
        title = pick(line.about.get("title")) or line.subject
        yield _csv_line(
            [local_day(line.at).isoformat(), entry_words(line.kind), plain_cell(title), str(line.amount), str(line.id)]
        )


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
