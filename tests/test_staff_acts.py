"""Whatever staff change, the list of acts says who did it: every POST of a role is done here once, over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from academy.annotation.models import Gold, Guideline, LabelSet
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import db
from academy.permissions import GRANTS, PUBLIC_ENDPOINTS, Role
from courses.cohorts.models import Seat
from tests import people
from tests.tour import World, addresses

EVERYBODYS = GRANTS[Role.LEARNER]


@dataclass(frozen=True)
class Act:
    """One act: who does it, what they send, and what the list says afterwards."""

    who: str
    noted: str
    sends: dict[str, Any] | Callable[[World], dict[str, Any]] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    """Endpoints that the same person posts to first, with what stands in this table."""


def _seat() -> int:
    """The seat of the learner 김영희."""
    return db.session.scalars(select(Seat.id).where(Seat.learner_id == people.known("김영희").id)).one()


def _picture() -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    file.seek(0)
    return file


def _newest_event() -> int:
    return db.session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)) or 0


ADMINISTRATOR, OPERATOR, REVIEWER = "관리자", "운영자", "정검수"
TEACHER, HEAD = "행복센터 강사", "행복센터 담당자"

_LABEL = {"name": "third", "title_ko": "셋째", "title_en": "Third", "color": "#1971c2", "hotkey": "", "parent": ""}
_SET = {"title_ko": "새 제목", "title_en": "Another title", "licence": "CC0", "attribution": "The academy"}
_RULE = {"number": "1", "title_ko": "딱 맞게", "title_en": "Tight", "text_ko": "딱 맞게", "text_en": "Draw it tight."}
_GUIDELINE = {
    "version": "1", "title_ko": "지침", "title_en": "A guideline", "act": "keep", "follow": "y",
    **{f"rules-0-{name}": words for name, words in _RULE.items()},
}  # fmt: skip
_BOX = '{"kind": "box", "objects": [{"id": "1", "label": "car", "box": [5, 5, 90, 60]}]}'


def _first(model: Any) -> str:
    return str(db.session.scalars(select(model.id).order_by(model.id)).first())


def _wrong_choice(world: World) -> str:
    """A choice that is not the right one of the task."""
    gold = db.session.scalars(select(Gold).where(Gold.task_id == world.choice_task)).one()
    return "cat" if gold.document["choice"] != "cat" else "dog"


EDITORS = {
    "academy.annotation.edit_accepted": Act(
        OPERATOR, "gold changed", lambda world: {"version": "1", "accepted": _wrong_choice(world)}
    ),
    "academy.annotation.edit_flags": Act(
        OPERATOR, "gold changed", {"version": "1", "objects-0-object": "1", "objects-0-optional": "y"}
    ),
    "academy.annotation.edit_gold": Act(OPERATOR, "gold changed", {"version": "1", "document": _BOX}),
    "academy.annotation.download_set": Act(OPERATOR, "gold exported", {"form": "coco"}),
    "academy.annotation.edit_guideline": Act(OPERATOR, "guideline published", _GUIDELINE),
    "academy.annotation.edit_label": Act(OPERATOR, "label changed", {**_LABEL, "name": "first"}),
    "academy.annotation.edit_rubric": Act(OPERATOR, "rubric changed", {"level": "master", "cannot_tell": ""}),
    "academy.annotation.edit_set": Act(
        OPERATOR, "set changed", lambda _world: {**_SET, "guideline": _first(Guideline)}
    ),
    "academy.annotation.edit_tasks": Act(
        OPERATOR, "tasks changed", {"which": "all", "act": "difficulty", "difficulty": "3", "tags": ""}
    ),
    "academy.annotation.label_set": Act(OPERATOR, "label set renamed", {"title_ko": "다른", "title_en": "Other"}),
    "academy.annotation.merge_label": Act(OPERATOR, "labels merged", {"into": "second"}),
    "academy.annotation.move_label": Act(OPERATOR, "labels ordered", {"way": "down"}),
    "academy.annotation.new_guideline": Act(OPERATOR, "guideline published", {"slug": "brand-new"}),
    "academy.annotation.new_label": Act(OPERATOR, "label added", _LABEL),
    "academy.annotation.new_label_set": Act(
        OPERATOR, "label set made", {"slug": "brand-new", "title_ko": "새", "title_en": "New"}
    ),
    "academy.annotation.new_set": Act(
        OPERATOR, "set made",
        lambda _world: {**_SET, "slug": "brand-new", "kind": "box", "purpose": "practice",
                        "label_set": _first(LabelSet), "guideline": _first(Guideline)},
    ),
    "academy.annotation.retire_label": Act(OPERATOR, "label retired"),
    "academy.annotation.take_gold": Act(
        OPERATOR, "gold changed", {"version": "2", "older": "1"}, before=("academy.annotation.edit_gold",)
    ),
    "academy.annotation.undo_change": Act(OPERATOR, "change taken back"),
}  # fmt: skip
"""Changes of labels, guidelines, sets, tasks and gold by hand."""

ACTS = EDITORS | {
    "academy.accounts.close": Act(ADMINISTRATOR, "account closed"),
    "academy.accounts.grant": Act(ADMINISTRATOR, "role granted", {"role": "reviewer"}),
    "academy.accounts.invite": Act(
        ADMINISTRATOR, "person invited", {"role": "reviewer", "scope": "", "language": "ko", "email": ""}
    ),
    "academy.accounts.print_reset": Act(ADMINISTRATOR, "link for a new password made"),
    "academy.accounts.reopen": Act(ADMINISTRATOR, "account reopened", before=("academy.accounts.close",)),
    "academy.accounts.revoke": Act(
        ADMINISTRATOR, "role revoked", {"role": "reviewer"}, before=("academy.accounts.grant",)
    ),
    "academy.accounts.sign_out_person": Act(ADMINISTRATOR, "signed out everywhere"),
    "academy.accounts.undo": Act(
        ADMINISTRATOR, "role revoked", lambda _world: {"event": _newest_event()}, before=("academy.accounts.grant",)
    ),
    "academy.accounts.withdraw": Act(ADMINISTRATOR, "invitation withdrawn"),
    "academy.annotation.add_brought": Act(OPERATOR, "data added"),
    "academy.annotation.bring_new": Act(
        OPERATOR, "data brought",
        lambda _world: {"files": (_picture(), "a.png"), "licence": "CC0", "attribution": "The academy", "form": "",
                        "outside": "clip", "kind": "", "title_ko": "새 묶음", "title_en": "A new set",
                        "slug": "brought-new", "purpose": "practice"},
    ),
    "academy.annotation.check_again": Act(OPERATOR, "data brought", {"form": "", "outside": "refuse", "kind": ""}),
    "academy.annotation.drop_brought": Act(OPERATOR, "data thrown away"),
    "academy.annotation.undo_brought": Act(OPERATOR, "import undone", before=("academy.annotation.add_brought",)),
    "academy.annotation.draw_sample": Act(
        OPERATOR, "second look asked for", {"count": "1", "reason": "random", "label": ""}
    ),
    "academy.annotation.measure": Act(OPERATOR, "gold measured"),
    "academy.annotation.say_look": Act(OPERATOR, "gold looked at", {"verdict": "right", "note": ""}),
    "academy.annotation.set_state": Act(OPERATOR, "set locked", {"state": "lock"}),
    "academy.annotation.bring": Act(
        OPERATOR, "data brought",
        lambda _world: {"files": (_picture(), "a.png"), "licence": "CC0", "attribution": "The academy", "form": "",
                        "outside": "clip", "kind": ""},
    ),
    "academy.approvals.decide": Act(ADMINISTRATOR, "approval given", {"decision": "approve"}),
    "academy.approvals.withdraw": Act(OPERATOR, "approval withdrawn"),
    "academy.audit.export": Act(ADMINISTRATOR, "audit exported"),
    "academy.credentials.revoke": Act(
        OPERATOR, "approval asked", {"reason": "A mistake."}, before=("academy.approvals.withdraw",)
    ),
    "academy.mail.send_again": Act(OPERATOR, "letter sent again"),
    "academy.mail.send_all_again": Act(OPERATOR, "letter sent again"),
    "academy.projects.accept": Act(REVIEWER, "work accepted"),
    "academy.projects.send_back": Act(REVIEWER, "work returned", {"reason": "loose", "rule": "", "note": "Too far."}),
    "courses.cohorts.add_meetings": Act(
        TEACHER, "meetings planned",
        lambda _world: {"day": str((now() + timedelta(days=3)).date()), "at": "14:00", "minutes": "60", "times": "2"},
    ),
    "courses.cohorts.all_centres": Act(
        OPERATOR, "centre opened",
        {"slug": "new", "title_ko": "새 센터", "title_en": "New", "zone": "Asia/Seoul", "manager": "최과장"},
    ),
    "courses.cohorts.dismiss": Act(HEAD, "role revoked"),
    "courses.cohorts.employ": Act(HEAD, "role granted", {"name": "이철수", "role": "instructor"}),
    "courses.cohorts.make_code": Act(TEACHER, "join code made", {"seats": "5", "days": "7"}),
    "courses.cohorts.new_class": Act(
        HEAD, "class opened",
        lambda world: {"title": "Morning", "seats": "12", "course": "1", "instructor": str(world.teacher)},
    ),
    "courses.cohorts.print_reset": Act(TEACHER, "link for a new password made", lambda _world: {"seat": _seat()}),
    "courses.cohorts.revoke_code": Act(TEACHER, "join code ended"),
    "courses.cohorts.roll_call": Act(
        TEACHER, "attendance corrected", lambda _world: {f"mark-{_seat()}": "present", "reason": "She was there."}
    ),
}  # fmt: skip

NOTES_NOTHING = {
    "academy.annotation.begin_transfer": "a file on its way is nothing yet; the upload it becomes is noted",
    "academy.privacy.guardian_desk": "nobody waits for a guardian in the tour; see tests of privacy",
    "academy.accounts.forget_factors": "the learner of the tour has no second step to remove; see tests of accounts",
}
"""POSTs of staff that change nothing in the tour, each with where it is tried instead."""


def staff_posts(app: Flask) -> set[str]:
    """Every endpoint that staff, and only staff, may post to."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.endpoint not in PUBLIC_ENDPOINTS
        and getattr(app.view_functions[rule.endpoint], "permission", None) not in EVERYBODYS
    }


def post(client: Any, world: World, endpoint: str, act: Act) -> int:
    sends = act.sends(world) if callable(act.sends) else act.sends
    address = people.path(endpoint, **addresses(world).get(endpoint, {}))
    return int(client.post(address, data=sends).status_code)


@pytest.mark.played
@pytest.mark.parametrize("endpoint", sorted(ACTS))
def test_what_staff_do_is_written_down_with_who_did_it(app, world, endpoint):
    act = ACTS[endpoint]
    actor = people.known(act.who)
    client = people.sign_in(app.test_client(), actor)
    for first in act.before:
        assert post(client, world, first, ACTS[first]) < 400
    newest = _newest_event()
    status = post(client, world, endpoint, act)
    assert status < 400
    events = db.session.execute(select(AuditEvent.act, AuditEvent.actor_id).where(AuditEvent.id > newest)).all()
    assert (act.noted, actor.id) in events


def test_no_post_of_staff_is_missing_in_the_table(app):
    assert staff_posts(app) - set(ACTS) - set(NOTES_NOTHING) == set()
    assert set(ACTS) - staff_posts(app) == set()
