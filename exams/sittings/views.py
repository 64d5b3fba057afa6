"""The way through an exam: start, paper, saving, handing in."""

import re
import zlib
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from academy import limits
from academy.api_docs import Answer, Topic, documented
from academy.clock import now
from academy.db import transaction
from academy.errors import Refused
from academy.i18n import _, _l
from academy.limits import Limit
from academy.permissions import Permission, requires
from academy.questions.rules import read_answer
from academy.web import compact, read_json, row_number
from exams.bank.models import Exam
from exams.bank.queries import exam_by_slug
from exams.sittings import jobs as jobs  # registers the closing of due sittings
from exams.sittings import operations, queries, rules
from exams.sittings.models import Sitting
from exams.sittings.operations import Incoming
from exams.sittings.paper import paper_page
from exams.sittings.queries import Part, Standing
from exams.sittings.rules import Phase
from exams.sittings.schemas import SAVE, SAVED
from exams.sittings.words import retake_rule, sentence

bp = Blueprint("sittings", __name__)

SAVES = Limit("exam answers", 1500, timedelta(minutes=10))
"""A script that saves once a second does 600. Counted for a person inside the transaction that saves."""

_CLIENT = re.compile(r"[A-Za-z0-9-]{8,64}")
_LARGEST = 2**31 - 1


@bp.app_template_global()
def sitting_standing(exam: Exam) -> Standing | None:
    """For the public page of an exam: where the person who looks stands with it."""
    return queries.standing(current_user.id, exam, now()) if current_user.is_authenticated else None


bp.add_app_template_global(sentence, "hindrance_sentence")
bp.add_app_template_global(retake_rule, "retake_rule")


@bp.post("/exams/<slug>/start")
@requires(Permission.SIT_EXAMS)
def start(slug: str) -> ResponseReturnValue:
    try:
        with transaction():
            exam = exam_by_slug(slug)
            sitting = operations.start(exam, current_user.id, now())
            public_id = sitting.public_id
    except IntegrityError:  # two clicks at once: the other one has opened the paper
        exam = exam_by_slug(slug)
        running = queries.standing(current_user.id, exam, now()).running
        if running is None:
            raise
        public_id = running.public_id
    return redirect(url_for(".paper", public_id=public_id), 303)


@bp.get("/sittings/<public_id>")
@requires(Permission.SIT_EXAMS)
def paper(public_id: str) -> ResponseReturnValue:
    at = now()
    sitting = queries.sitting_for(current_user, public_id)
    if rules.phase(sitting.deadline_at, sitting.closed_at, at) is Phase.OVER:
        return redirect(url_for("exams.results.show", public_id=public_id))
    page = paper_page(sitting, queries.exam_of(sitting), at)
    return render_template("exams/sittings/paper.html", page=page, data=compact(page.data()))


@bp.post("/sittings/<public_id>/answers")
@requires(Permission.SIT_EXAMS)
@documented(
    Topic.EXAMS,
    _l("Save answers of a running exam"),
    {
        200: Answer(_l("What became of each answer. It is told only after they are on the disk."), SAVED),
        303: Answer(_l("The same, for a plain form.")),
        410: Answer(_l("The exam is over. What came late is kept but does not count."), SAVED),
    },
    words=_l(
        "Each answer carries a number of its own (`seq`) and the revision it started from (`base_rev`). The same "
        "number sent again is answered the same again; an answer that started from an older revision changes nothing "
        "and is told what is stored."
    ),
    body=SAVE,
    form=True,
    refusals=(429,),
)
def save(public_id: str) -> ResponseReturnValue:
    received = now()  # before anything waits for a lock: what counts is when it reached us
    return _save_list(public_id, received) if request.is_json else _save_form(public_id, received)


@bp.post("/sittings/<public_id>/hand-in")
@requires(Permission.SIT_EXAMS)
def hand_in(public_id: str) -> ResponseReturnValue:
    with transaction():
        sitting = queries.sitting_to_change(current_user, public_id)
        operations.hand_in(sitting, now())
    return redirect(url_for("exams.results.show", public_id=public_id), 303)


def _save_list(public_id: str, received: datetime) -> ResponseReturnValue:
    """The saving script: a list of answers, each told what became of it, only after the commit."""
    body = read_json()
    client, device, incoming = _read_save(body)
    with transaction():
        limits.spend(SAVES, current_user.id, at=received)
        sitting = queries.sitting_to_change(current_user, public_id)
        operations.close_if_due(sitting, received)
        if body.get("hello") is True and sitting.closed_at is None and sitting.device != device:
            operations.take_over(sitting, device)
        answers = operations.save(sitting, client, incoming, received)
        over = sitting.closed_at is not None
        told = {
            "saved": not over,
            "answers": answers,
            "seconds_left": rules.seconds_left(sitting.deadline_at, sitting.closed_at, received),
            "elsewhere": sitting.device not in {None, device},
        }
    return jsonify(told), 410 if over else 200


def _read_save(body: Any) -> tuple[str, str, list[Incoming]]:
    if not isinstance(body, dict):
        raise Refused(_("Send an object with client and answers."))
    client, device = body.get("client"), body.get("device", body.get("client"))
    for name in (client, device):
        if not isinstance(name, str) or not _CLIENT.fullmatch(name):
            raise Refused(_("The client needs a name of 8 to 64 letters, digits or dashes."))
    answers = body.get("answers")
    if not isinstance(answers, list) or len(answers) > rules.ANSWERS_IN_ONE_REQUEST:
        raise Refused(_("Send a list of at most %(count)s answers.", count=rules.ANSWERS_IN_ONE_REQUEST))
    return str(client), str(device), [_read_incoming(one) for one in answers]


def _read_incoming(one: Any) -> Incoming:
    if not isinstance(one, dict) or not isinstance(one.get("answer"), dict):
        raise Refused(_("Each answer needs item, seq, base_rev and answer."))
    numbers = [one.get(name) for name in ("item", "seq", "base_rev")]
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _LARGEST:
            raise Refused(_("Item, seq and base_rev are whole numbers from 0."))
    return Incoming(one["item"], one["seq"], one["base_rev"], one["answer"])


def _save_form(public_id: str, received: datetime) -> ResponseReturnValue:
    """Without scripts: one question, one form. The same rules hold, told as a page."""
    position = request.form.get("item", type=row_number) or 0
    with transaction():
        limits.spend(SAVES, current_user.id, at=received)
        sitting = queries.sitting_to_change(current_user, public_id)
        if not operations.close_if_due(sitting, received):
            flash(*_keep_form(sitting, position, received))
            return redirect(url_for(".paper", public_id=public_id, _anchor=f"item-{position}"), 303)
        _keep_form(sitting, position, received)
    return redirect(url_for("exams.results.show", public_id=public_id), 303)


def _read_plain(part: Part) -> dict[str, Any] | None:
    if part.version is not None:
        return read_answer(part.version.kind, part.version.options, request.form, f"q{part.item.position}")
    choice = request.form.get("choice")
    if part.task is None or part.task_set is None or part.task_set.kind != "classification" or not choice:
        return None
    size = {"width": part.task.media.width, "height": part.task.media.height}
    return {"kind": "classification", "image": size, "choice": choice}


def _keep_form(sitting: Sitting, position: int, received: datetime) -> tuple[str, str]:
    part = next((part for part in queries.paper_of(sitting) if part.item.position == position), None)
    if part is None:
        raise Refused(_("This paper has no such item."))
    answer = _read_plain(part)
    if answer is None:
        return _("Item %(number)s has no answer yet. Choose one and save it.", number=position), "info"
    key, rev = request.form.get("key", ""), request.form.get("rev", type=row_number) or 0
    client = f"form-{key}" if _CLIENT.fullmatch(key) else "form-without-key"
    seq = zlib.crc32(compact([position, rev, answer]).encode()) & _LARGEST
    told = operations.save(sitting, client, [Incoming(position, seq, rev, answer)], received)[0]
    if "rev" in told and "conflict" not in told:
        return _("The answer to item %(number)s is saved.", number=position), "ok"
    return (
        _("Item %(number)s was answered in another window meanwhile. Look at it and save it again.", number=position),
        "error",
    )
