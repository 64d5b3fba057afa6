"""Routes for people: practising on pictures, and one picture for guests."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from academy import limits
from academy.annotation.models import Task
from academy.annotation.workspace import workspace_config
from academy.api_docs import Answer, Topic, documented
from academy.clock import now
from academy.db import transaction
from academy.errors import NotFound
from academy.i18n import _, _l, pick
from academy.limits import Limit, limited
from academy.permissions import Permission, requires
from academy.web import read_json, row_number, wants_json
from courses.practice import operations, queries
from courses.practice.feedback import Feedback, put_into_words
from courses.practice.models import Attempt, Trial
from courses.practice.schemas import HANDED_IN, KEY, TRIED, TRIED_AS_GUEST

bp = Blueprint("practice", __name__)

TRIES = Limit("pictures handed in", 200, timedelta(minutes=10))
"""Counted for a person inside the transaction that keeps the picture."""
TRIALS = 1200
"""Without an account, from one network: a class of a hundred that tries a dozen pictures each."""

TRIAL = "trial"


@bp.get("/practice/<set_slug>")
@requires(Permission.STUDY)
def show(set_slug: str) -> ResponseReturnValue:
    task_set = queries.practice_set_alone(set_slug)
    after = request.args.get("after", 0, type=row_number)
    return render_template(
        "courses/practice/show.html",
        task_set=task_set,
        progress=queries.progress_of(current_user.id, task_set.id),
        pictures=queries.pictures(current_user, task_set, after),
        next_task_id=queries.next_task_id(current_user, task_set),
        after=after,
    )


@bp.get("/practice/<set_slug>/<int:task_id>")
@requires(Permission.STUDY)
@documented(Topic.PRACTICE, _l("The picture to practise on"), {200: Answer(_l("A page."), page=True)})
def task(set_slug: str, task_id: int) -> ResponseReturnValue:
    task_set = queries.practice_set(set_slug)
    chosen = queries.practice_task(current_user, task_set, task_id)
    last = queries.last_attempt(current_user, chosen)
    draft_key = f"practice/{current_user.public_id}/{chosen.id}/{last.number + 1 if last else 1}"
    config = _workspace(chosen, draft_key, last.document if last else None)
    return render_template(
        "courses/practice/task.html",
        task_set=task_set,
        task=chosen,
        last=last,
        config=config,
        key=token_hex(16),
        count=queries.progress_of(current_user.id, task_set.id).pictures,
    )


@bp.post("/practice/<set_slug>/<int:task_id>")
@requires(Permission.STUDY)
@documented(
    Topic.PRACTICE,
    _l("Hand in a picture of practice"),
    {200: Answer(_l("It is graded; the result is at the location."), TRIED), 303: Answer(_l("The same, for a form."))},
    body=HANDED_IN,
    form=True,
    asked=(KEY,),
    refusals=(409, 429),
)
def submit(set_slug: str, task_id: int) -> ResponseReturnValue:
    sent, key = _sent()
    with transaction():
        limits.spend(TRIES, current_user.id, at=now())
        task_set = queries.practice_set_alone(set_slug)
        chosen = queries.task_to_hand_in(task_set, task_id)
        attempt = operations.hand_in(current_user, chosen, sent, key, now())
        location = url_for(".result", attempt_id=attempt.id)
    return _go_to(location, attempt=attempt.id)


@bp.get("/practice/attempts/<int:attempt_id>")
@requires(Permission.STUDY)
def result(attempt_id: int) -> ResponseReturnValue:
    attempt = queries.attempt_for(current_user, attempt_id)
    task_set = attempt.task.task_set
    words = _words(attempt)
    return render_template(
        "courses/practice/result.html",
        attempt=attempt,
        task_set=task_set,
        words=words,
        config=_workspace(attempt.task, f"result/{attempt.id}", attempt.document, words),
        progress=queries.progress_of(current_user.id, task_set.id),
        next_task_id=queries.next_task_id(current_user, task_set, attempt.task.position),
    )


@bp.get("/try")
@documented(
    Topic.PRACTICE, _l("The picture that guests may try"), {200: Answer(_l("A page."), page=True)}, refusals=(404,)
)
def trial() -> ResponseReturnValue:
    """One picture without an account; after it was handed in, its result."""
    tried = None if "again" in request.args else queries.trial_of(session.get(TRIAL))
    if tried is not None:
        words = _words(tried)
        config = _workspace(tried.task, f"trial-result/{tried.id}", tried.document, words)
        return render_template("courses/practice/trial_result.html", trial=tried, words=words, config=config)
    chosen = queries.trial_task()
    if chosen is None:
        raise NotFound(_("There is no picture to try at the moment. Have a look at the courses."))
    config = _workspace(chosen, f"trial/{chosen.id}")
    return render_template("courses/practice/trial.html", task=chosen, config=config, key=token_hex(16))


@bp.post("/try")
@documented(
    Topic.PRACTICE,
    _l("Hand in the picture that guests may try"),
    {
        200: Answer(_l("It is graded; the result is at the location."), TRIED_AS_GUEST),
        303: Answer(_l("The same, for a form.")),
    },
    body=HANDED_IN,
    form=True,
    asked=(KEY,),
    refusals=(404, 409, 429),
)
@limited(TRIALS)
def try_submit() -> ResponseReturnValue:
    sent, key = _sent()
    with transaction():
        chosen = queries.trial_task()
        if chosen is None:
            raise NotFound(_("There is no picture to try at the moment. Have a look at the courses."))
        token = operations.hand_in_trial(chosen, sent, key, now()).token
    session[TRIAL] = token
    return _go_to(url_for(".trial"))


@bp.post("/try/keep")
@requires(Permission.STUDY)
def keep_trial() -> ResponseReturnValue:
    """Take the try made as a guest into the account."""
    with transaction():
        tried = queries.trial_of(session.get(TRIAL))
        if tried is None:
            raise NotFound(_("Your try as a guest is not there any more. You can simply start again."))
        slug = tried.task.task_set.slug
        kept = None if tried.attempt_id else operations.keep_trial(current_user, tried, now())
    session.pop(TRIAL, None)
    if kept is not None:
        flash(_("Your try is now in your account: it is your first picture."), "ok")
    return redirect(url_for(".show", set_slug=slug))


def _sent() -> tuple[Any, str]:
    """The answer and its key: as JSON from the workspace, as a form where scripts are off."""
    if request.is_json:
        body = read_json()
        return (body.get("document") if isinstance(body, dict) else None), request.headers.get("Idempotency-Key", "")
    return {"choice": request.form.get("choice")}, request.form.get("key", "")


def _go_to(location: str, **more: Any) -> ResponseReturnValue:
    if wants_json():
        return jsonify(location=location, **more)
    return redirect(location, 303)


def _workspace(
    chosen: Task, draft_key: str, document: dict[str, Any] | None = None, words: Feedback | None = None
) -> dict[str, Any]:
    task_set = chosen.task_set
    return workspace_config(
        chosen,
        chosen.media,
        task_set.label_set,
        task_set.guideline,
        document=document,
        draft_key=draft_key,
        read_only=words is not None,
        report=words.shown if words else None,
    )


def _words(tried: Attempt | Trial) -> Feedback:
    titles = {label.name: pick(label.title) for label in tried.task.task_set.label_set.labels}
    return put_into_words(tried.report, tried.gold.document, tried.document, titles)
