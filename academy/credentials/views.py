"""Badges for people: the public page of a badge, checking any badge, my badges, and the desk of those who issue."""

from typing import Any

import segno
from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from academy.api_docs import Answer, Topic, documented
from academy.approvals.queries import open_about, open_subjects
from academy.clock import now
from academy.config import settings
from academy.credentials import checking, image, operations, queries, revoking
from academy.credentials.canonical import MAX_BYTES
from academy.credentials.forms import CheckForm, RevokeForm, ShowNameForm
from academy.credentials.models import Award
from academy.credentials.openbadge import Verification
from academy.credentials.proof import did_document
from academy.credentials.rules import Addresses, EventKind, Finding, Standing, Verdict, for_show
from academy.credentials.schemas import BADGE, DID, LIST
from academy.db import transaction
from academy.errors import NotFound
from academy.i18n import _, _l, pick
from academy.limits import limited
from academy.permissions import Permission, requires
from academy.safe_json import RefusedJson, parse_json

bp = Blueprint("credentials", __name__)

MINUTES_5 = 300


def _addresses() -> Addresses:
    return Addresses(settings().public_url)


@bp.get("/badges/<public_id>")
def verify(public_id: str) -> ResponseReturnValue:
    award = queries.award_public(public_id)
    at = now()
    link = _addresses().badge(award.public_id)
    page = render_template(
        "academy/credentials/verify.html",
        award=award,
        standing=queries.standing_of(award, at),
        revoked=queries.event(award, EventKind.REVOKED),
        verification=checking.check(award.credential, at) if award.credential else None,
        results=results_of(award),
        link=link,
        picture=_addresses().image(award.public_id),
        qr=segno.make(link, error="m").svg_data_uri(scale=4, border=2, dark="#1f2728", light="#ffffff"),
        for_show=for_show(settings().public_url),
        at=at,
    )
    return _only_for_those_with_the_link(Response(page))


def _only_for_those_with_the_link(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def results_of(award: Award) -> list[tuple[str, str]]:
    """What was measured, in the language of the page."""
    return [
        (result["name"] if isinstance(result["name"], str) else pick(result["name"]), _with_unit(result))
        for result in award.results
    ]


def _with_unit(result: dict[str, Any]) -> str:
    value = str(result["value"])
    if result.get("type") == "Percent":
        return value if value.endswith("%") else f"{value}%"
    return f"{value} / {result['max']}" if result.get("max") else value


def _signed(public_id: str) -> Award:
    award = queries.award_public(public_id)
    if award.credential is None:
        raise NotFound(_l("This badge is being prepared. Please come back in a minute."))
    return award


@bp.get("/badges/<public_id>/credential.json")
@documented(Topic.BADGES, _l("A signed badge"), {200: Answer(_l("Open Badges 3.0."), BADGE)})
def credential(public_id: str) -> ResponseReturnValue:
    response = _for_programs(_signed(public_id).credential)
    response.headers["Content-Disposition"] = "attachment; filename=badge.json"
    return _only_for_those_with_the_link(response)


@bp.get("/badges/<public_id>/badge.png", endpoint="image")
@documented(
    Topic.BADGES, _l("The picture of a badge, with the badge inside"), {200: Answer(_l("A PNG."), other="image/png")}
)
def image_of(public_id: str) -> ResponseReturnValue:
    award = _signed(public_id)
    picture = image.bake(image.draw(award.achievement.level), award.credential or {})
    response = Response(picture, mimetype="image/png")
    if "download" in request.args:
        response.headers["Content-Disposition"] = "attachment; filename=badge.png"
    return _only_for_those_with_the_link(response)


@bp.get("/achievements/<slug>")
def achievement(slug: str) -> ResponseReturnValue:
    return render_template("academy/credentials/achievement.html", achievement=queries.achievement_named(slug))


@bp.get("/.well-known/did.json")
@documented(Topic.BADGES, _l("The keys that badges are signed with"), {200: Answer(_l("A DID document."), DID)})
def did() -> ResponseReturnValue:
    response = _for_programs(did_document(_addresses().did, queries.published_keys()))
    response.headers["Cache-Control"] = f"public, max-age={MINUTES_5}"
    return response


@bp.get("/status/<int:number>")
@documented(Topic.BADGES, _l("Which badges were taken back"), {200: Answer(_l("A signed list of bits."), LIST)})
def status_list(number: int) -> ResponseReturnValue:
    signed = queries.signed_list(number)
    if signed is None:
        raise NotFound(_l("There is no such list."))
    response = _for_programs(signed)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _for_programs(document: Any) -> Response:
    """JSON that other sites' verifiers may read in a browser; it is the same for everybody."""
    response = jsonify(document)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


# Checking any badge ------------------------------------------------------------------------------------------------


@bp.route("/verify", methods=["GET", "POST"])
@limited(600)
def check() -> ResponseReturnValue:
    form = CheckForm()
    if request.method == "GET":
        return render_template("academy/credentials/check.html", form=form, verification=None, problem=None)
    if not form.validate():
        return render_template("academy/credentials/check.html", form=form, verification=None, problem=None), 422
    text = form.badge.data or ""
    link = _addresses().award_in(text)
    if link is not None and not _has_file(form.file.data):
        return redirect(url_for(".verify", public_id=link))
    problem, found = _read(text, form.file.data)
    if problem:
        return render_template("academy/credentials/check.html", form=form, verification=None, problem=problem), 422
    form.badge.data = None
    verification = checking.check(found, now())
    return render_template("academy/credentials/check.html", form=form, verification=verification, problem=None)


def _has_file(file: FileStorage | None) -> bool:
    return bool(file and file.filename)


def _read(text: str, file: FileStorage | None) -> tuple[str | None, Any]:
    """What is wrong with what was sent, or the badge in it."""
    if file is not None and _has_file(file):
        data = file.stream.read(image.MAX_BYTES + 1)
    elif text.startswith(("http://", "https://")):
        return _(
            "This link leads to another site, which we do not visit. Download the badge there and give us the file."
        ), None
    elif text:
        data = text.encode()
    else:
        return _("Paste the link or text of a badge, or choose its file."), None
    try:
        return None, parse_json(image.read_baked(data) if image.is_png(data) else data, max_bytes=MAX_BYTES)
    except image.NotBaked:
        return _("There is no badge inside this picture; phones and chats often remove it. Use the badge's link."), None
    except RefusedJson:
        return _(
            "This is not a badge we can read. We read links to our badges, JSON, and PNG pictures with a badge inside."
        ), None


# My badges ---------------------------------------------------------------------------------------------------------


@bp.get("/my/badges")
@requires(Permission.STUDY)
def mine() -> ResponseReturnValue:
    after = request.args.get("after")
    page = queries.my_awards(current_user, after=after)
    return render_template(
        "academy/credentials/mine.html", page=page, rows=_rows(page.rows), after=after, form=ShowNameForm(),
        for_show=for_show(settings().public_url),
    )  # fmt: skip


def _rows(awards: Any) -> list[dict[str, Any]]:
    at, addresses = now(), _addresses()
    return [
        {
            "award": award,
            "standing": queries.standing_of(award, at),
            "revoked": queries.event(award, EventKind.REVOKED),
            "link": addresses.badge(award.public_id),
            "results": results_of(award),
        }
        for award in awards
    ]


@bp.post("/my/badges/<public_id>/name")
@requires(Permission.STUDY)
def show_name(public_id: str) -> ResponseReturnValue:
    shown = bool(ShowNameForm().shown.data)
    with transaction():
        operations.show_name(queries.my_award(current_user, public_id), shown)
    flash(_("Your name is on the page of this badge now.") if shown else _("Your name is no longer on the page."), "ok")
    return redirect(url_for(".mine"))


# Those who issue ---------------------------------------------------------------------------------------------------


@bp.get("/badges")
@requires(Permission.OPERATE)
def issued() -> ResponseReturnValue:
    after = request.args.get("after")
    page = queries.all_awards(after=after)
    asked = open_subjects(revoking.KIND.name, [revoking.subject_of(award) for award in page.rows], now())
    return render_template(
        "academy/credentials/issued.html", page=page, rows=_rows(page.rows), after=after, asked=asked,
        subject_of=revoking.subject_of,
    )  # fmt: skip


@bp.route("/badges/<public_id>/revoke", methods=["GET", "POST"])
@requires(Permission.OPERATE, confirmed=True)
def revoke(public_id: str) -> ResponseReturnValue:
    form = RevokeForm()
    if request.method == "GET" or not form.validate():
        award = queries.award_public(public_id)
        page = render_template(
            "academy/credentials/revoke.html", form=form, award=award, revoked=queries.event(award, EventKind.REVOKED),
            asked=open_about(revoking.KIND.name, revoking.subject_of(award), now()),
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200
    with transaction():
        approval = revoking.ask(queries.award_public(public_id), form.reason.data, current_user, now())
    flash(_("You asked to take this badge back. It still counts until somebody else agrees."), "ok")
    return redirect(url_for("academy.approvals.show", approval_id=approval.id))


# Words -------------------------------------------------------------------------------------------------------------

_STANDINGS = {
    Standing.VALID: (_l("Valid"), "ok"),
    Standing.REVOKED: (_l("Taken back"), "bad"),
    Standing.EXPIRED: (_l("Expired"), "warn"),
    Standing.PREPARING: (_l("Being prepared"), "plain"),
}


@bp.app_template_global()
def standing_words(standing: Standing) -> tuple[Any, str]:
    """The word for where an award stands, and its colour."""
    return _STANDINGS[standing]


@bp.app_template_global()
def verdict_words(verification: Verification) -> tuple[str, str, str]:
    """Headline, sentence and colour for a judgement."""
    found = {check.finding for check in verification.checks}
    if verification.verdict is Verdict.VALID:
        return _("This badge is valid"), _("All checks passed: it says what its issuer signed."), "ok"
    if verification.verdict is Verdict.UNDETERMINED:
        return (
            _("We can not tell whether this badge is valid"),
            _("Some checks could not be made. Do not rely on it until its issuer confirms it."),
            "warn",
        )
    if Finding.REVOKED in found:
        return _("This badge was taken back"), _("Its issuer has revoked it. It no longer counts."), "error"
    if Finding.EXPIRED in found:
        return _("This badge has expired"), _("It was only valid for a time, and that time is over."), "warn"
    if Finding.NOT_YET in found:
        return _("This badge is not valid yet"), _("Its time begins later."), "warn"
    return _("This badge is not valid"), _("At least one check failed. Do not rely on it."), "error"
