"""Badges earned by people, for the tests that need a database."""

from datetime import datetime
from typing import Any

from academy.accounts.models import User
from academy.clock import now
from academy.credentials import operations
from academy.credentials.models import Award
from academy.db import transaction

SCORE = {
    "name": {"ko": "점수", "en": "Score"},
    "value": "87",
    "type": "Percent",
    "min": "0",
    "max": "100",
    "required": "60",
}


def achievement(slug: str = "labeler-2", *, level: int = 2, valid_days: int | None = None) -> None:
    with transaction():
        operations.ensure_achievement(
            slug,
            title={"ko": "데이터 라벨링 2급", "en": "Data labelling level 2"},
            description={"ko": "상자를 꼭 맞게 그립니다.", "en": "Draws boxes that fit."},
            criteria={"ko": "시험 60점 이상", "en": "60 of 100 points in the exam"},
            kind="exam",
            level=level,
            valid_days=valid_days,
        )


def award(
    user: User, *, slug: str = "labeler-2", cause: str = "sitting:1", at: datetime | None = None, **options: Any
) -> Award:
    """A badge for this person, signed as soon as it was awarded (jobs run at once in tests)."""
    achievement(slug, **options)
    with transaction():
        given = operations.issue(user.id, slug, cause, [SCORE], at or now())
    return given
