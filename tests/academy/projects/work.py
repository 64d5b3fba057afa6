"""A small project for tests: pictures of one grey, a client who has paid, people who label and review."""

import io
from typing import Any

from PIL import Image
from sqlalchemy import select

from academy.accounts.models import User
from academy.annotation.operations import add_task, ensure_guideline, ensure_label_set, ensure_task_set, store_picture
from academy.annotation.rules import Purpose
from academy.clock import now
from academy.credentials import operations as credentials
from academy.credentials.models import Award
from academy.db import db, transaction
from academy.ledger.operations import post
from academy.ledger.rules import EntryKind, client_account, hold_account
from academy.projects import operations
from academy.projects.models import Project, ProjectRequirement, Review, Submission, Unit

BADGE = "sharp-eye"
TITLE = {"ko": "거리", "en": "Streets"}
RULE = {"number": "1", "title": {"ko": "모두", "en": "All of them"}, "text": {"ko": "모두", "en": "Mark all."}}
LABELS = [{"name": "car", "title": {"ko": "승용차", "en": "Car"}}]
SECRET_BOX = [11.5, 22.25, 33.125, 44.0625]
"""Where the hidden gold is: numbers that appear nowhere else."""


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade % 256, shade // 256, 90)).save(out, "PNG")
    return out.getvalue()


def document(*boxes: list[float], label: str = "car") -> dict[str, Any]:
    objects = [{"id": str(number), "label": label, "box": box} for number, box in enumerate(boxes, 1)]
    return {"kind": "box", "image": {"width": 64, "height": 48}, "objects": objects}


def a_project(
    client: User, units: int = 3, *, slug: str = "streets", price: int = 100, badge: str | None = None, gold: int = 0
) -> int:
    """A running project; the first `gold` pictures have hidden gold."""
    with transaction():
        labels = ensure_label_set("cars", TITLE, LABELS)
        guideline = ensure_guideline("cars", TITLE, [RULE])
        tasks = ensure_task_set(f"work-{slug}", TITLE, "box", labels, guideline, purpose=Purpose.WORK)
        media, _ = store_picture(picture(units), licence="", attribution="", alt=TITLE, public=False)
        for number in range(units):
            add_task(tasks, media, document(SECRET_BOX) if number < gold else None, f"{slug}-{number}", now())
        needs = [ProjectRequirement(badge=badge, level=1, title=TITLE, earn_path="/exams/streets")] if badge else []
        project = operations.bring_project(
            slug, client.id, tasks, title=TITLE, summary=TITLE, price=price, seconds_per_unit=20, needs=needs, now=now()
        )
        amount = price * units
        lines = [("house", -amount), (client_account(client.id), amount)]
        post(EntryKind.DEPOSIT, f"deposit:{slug}", lines, now())
        operations.start_project(project, now())
        return project.id


def take(project_id: int, user: User) -> int:
    """The unit this person now holds."""
    with transaction():
        project = db.session.get_one(Project, project_id)
        return operations.take_next(project, user.id, now()).unit_id


def hand_in(unit_id: int, user: User, key: str = "", boxes: int = 1) -> int:
    """Hand in a drawing; answers the review's number."""
    with transaction():
        unit = db.session.get_one(Unit, unit_id)
        drawn = document(*([5 + number, 5, 20, 20] for number in range(boxes)))
        submission = operations.hand_in(unit, user.id, drawn, key or f"key-{unit_id}-{user.id}", now())
        return db.session.scalars(select(Review.id).where(Review.submission_id == submission.id)).one()


def submissions_of(unit_id: int) -> list[Submission]:
    query = select(Submission).where(Submission.unit_id == unit_id).order_by(Submission.number)
    return list(db.session.scalars(query))


def held(project_id: int) -> str:
    return hold_account(project_id)


def give_badge(user: User, slug: str = BADGE) -> Award:
    with transaction():
        credentials.ensure_achievement(slug, title=TITLE, description=TITLE, criteria=TITLE, kind="exam", level=1)
        return credentials.issue(user.id, slug, f"test:{user.id}", [], now())


def revoke(award: Award, by: User) -> None:
    with transaction():
        credentials.revoke(db.session.get_one(Award, award.id), "a mistake", by.id, now())
