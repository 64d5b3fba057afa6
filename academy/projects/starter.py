"""Two projects to begin with: one that everybody may take, one that the mock exam's badge opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import select

from academy.accounts.models import RoleGrant
from academy.accounts.operations import grant_role, sign_up
from academy.annotation.models import Guideline, LabelSet, TaskSet
from academy.annotation.operations import (
    add_task,
    ensure_guideline,
    ensure_label_set,
    ensure_task_set,
    store_picture,
)
from academy.annotation.rules import Purpose
from academy.annotation.scenes import BOX_LABELS, draw_scene
from academy.credentials.models import Achievement
from academy.db import db
from academy.ledger.operations import post
from academy.ledger.rules import HOUSE, EntryKind, client_account
from academy.permissions import Role
from academy.projects.models import Project, ProjectRequirement
from academy.projects.operations import bring_project, start_project
from academy.projects.rules import hold_needed

BADGE = "level-2-mock"
BADGE_TITLE = {"ko": "데이터 라벨링 2급 모의시험 합격", "en": "Passed: data labelling level 2 mock exam"}
EARN_PATH = "/exams/level-2-mock"

LICENCE = "Apache-2.0"
ATTRIBUTION = "Labeler Academy"
GOLD_EVERY = 4
"""One picture in so many has gold of its own; nothing that leaves the server tells which."""

RULES: tuple[Mapping[str, Any], ...] = (
    {
        "number": "1",
        "title": {"ko": "목록에 있는 것은 모두", "en": "Everything on the list"},
        "text": {
            "ko": "라벨 목록에 있는 것은 작거나 일부가 가려져 있어도 모두 상자를 그립니다.",
            "en": "Draw a box around everything that has a label, even when it is small or partly hidden.",
        },
    },
    {
        "number": "2",
        "title": {"ko": "보이는 부분에 딱 맞게", "en": "Tight around what is seen"},
        "text": {
            "ko": "상자의 네 변이 보이는 부분의 끝에 닿게 그립니다. 그림자와 가려진 부분은 넣지 않습니다.",
            "en": "The four edges touch the end of what is seen. Shadows and hidden parts stay outside.",
        },
    },
    {
        "number": "3",
        "title": {"ko": "하나에 상자 하나", "en": "One box for each"},
        "text": {
            "ko": "여럿이 겹쳐 있어도 하나마다 상자를 하나씩 그립니다.",
            "en": "Each one gets a box of its own, also where several overlap.",
        },
    },
    {
        "number": "4",
        "title": {"ko": "없으면 없는 대로", "en": "Nothing is an answer"},
        "text": {
            "ko": "그릴 것이 없는 그림은 상자 없이 그대로 제출합니다.",
            "en": "A picture with nothing to mark is handed in without a box.",
        },
    },
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes one starter project."""

    slug: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    level: int
    seeds: Sequence[int]
    price: int
    seconds_per_unit: int
    lease_minutes: int
    badge: str | None = None


PARK = Plan(
    slug="park-scenes",
    title={"ko": "공원 풍경", "en": "Park scenes"},
    summary={
        "ko": "공원 그림에서 사람, 개, 자전거 등을 상자로 표시합니다. 배지 없이 바로 시작할 수 있습니다.",
        "en": "Mark people, dogs, bicycles and more in pictures of a park. Open to everybody, without a badge.",
    },
    level=1,
    seeds=(8100, 8101, 8102, 8103, 8105, 8106, 8114, 8115, 8116, 8120, 8125, 8138),
    price=80,
    seconds_per_unit=25,
    lease_minutes=30,
)
STREET = Plan(
    slug="busy-streets",
    title={"ko": "붐비는 거리", "en": "Busy streets"},
    summary={
        "ko": "서로 가리고 작게 보이는 것까지 꼼꼼히 표시하는 거리 그림입니다. 2급 모의시험 배지가 있으면 열립니다.",
        "en": "Street pictures with small things that hide each other. The badge of the mock exam opens them.",
    },
    level=3,
    seeds=(8300, 8301, 8303, 8305, 8306, 8307, 8309, 8310, 8311, 8313, 8314, 8316),
    price=350,
    seconds_per_unit=100,
    lease_minutes=60,
    badge=BADGE,
)


def load(now: datetime) -> None:
    """Bring and start both projects, paid for by a client; loading again changes nothing."""
    missing = [plan for plan in (PARK, STREET) if not _known(plan)]
    if not missing:
        return
    client_id = _client(now)
    label_set = ensure_label_set("scene-things", {"ko": "거리와 공원", "en": "Street and park"}, BOX_LABELS)
    guideline = ensure_guideline("scene-work", {"ko": "상자 그리기 지침", "en": "How to draw the boxes"}, RULES)
    for plan in missing:
        _bring(plan, client_id, label_set, guideline, now)


def _known(plan: Plan) -> bool:
    return db.session.scalar(select(Project.id).where(Project.slug == plan.slug)) is not None


def _client(now: datetime) -> int:
    """The first client there is; else an account of the academy's own, whose password nobody knows."""
    standing = select(RoleGrant.user_id).where(RoleGrant.role == Role.CLIENT, RoleGrant.revoked_at.is_(None))
    known = db.session.scalar(standing.order_by(RoleGrant.id).limit(1))
    if known is not None:
        return known
    user = sign_up("Labeler Academy", token_urlsafe(32), None, "ko", now)
    grant_role(user, Role.CLIENT, None, now)
    return user.id


def _bring(plan: Plan, client_id: int, label_set: LabelSet, guideline: Guideline, now: datetime) -> None:
    task_set = ensure_task_set(
        f"work-{plan.slug}", plan.title, "box", label_set, guideline,
        licence=LICENCE, attribution=ATTRIBUTION, purpose=Purpose.WORK,
    )  # fmt: skip
    _draw(plan, task_set, now)
    project = bring_project(
        plan.slug, client_id, task_set, title=plan.title, summary=plan.summary, price=plan.price,
        seconds_per_unit=plan.seconds_per_unit, lease_minutes=plan.lease_minutes, needs=_needs(plan), now=now,
    )  # fmt: skip
    amount = hold_needed(plan.price, len(plan.seeds))
    post(
        EntryKind.DEPOSIT,
        f"starter:{plan.slug}",
        [(HOUSE, -amount), (client_account(client_id), amount)],
        now,
        subject="deposit",
        about={"title": dict(plan.title)},
    )
    start_project(project, now)


def _draw(plan: Plan, task_set: TaskSet, now: datetime) -> None:
    for number, seed in enumerate(plan.seeds):
        scene = draw_scene("boxes", seed, plan.level)
        media, _turn = store_picture(scene.png, licence=LICENCE, attribution=ATTRIBUTION, alt=scene.alt, public=False)
        document = scene.document if number % GOLD_EVERY == 0 else None
        add_task(task_set, media, document, f"scene {seed}", now)


def _needs(plan: Plan) -> list[ProjectRequirement]:
    if plan.badge is None:
        return []
    achievement = db.session.scalars(select(Achievement).where(Achievement.slug == plan.badge)).one_or_none()
    return [
        ProjectRequirement(
            badge=plan.badge,
            level=achievement.level if achievement else 2,
            title=dict(achievement.title if achievement else BADGE_TITLE),
            earn_path=EARN_PATH,
        )
    ]
