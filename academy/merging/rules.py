"""What stands in the way of two accounts becoming one. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

OFFER_LASTS = timedelta(minutes=15)
"""So long somebody may take to sign in to their other account."""


class Obstacle(StrEnum):
    """What has to be done first."""

    SAME = "same account"
    ROLE = "holds a role"
    EXAM = "exam running"
    WORK = "work not decided"
    PROJECT = "brought a project"
    LEAVING = "is to be deleted"
    GUARDIAN = "waits for a guardian"
    REVIEWED = "reviewed the other's work"


@dataclass(frozen=True, slots=True)
class Account:
    """One of the two, as far as it matters here."""

    id: int
    holds_role: bool = False
    exams_running: int = 0
    work_open: int = 0
    projects: int = 0
    leaving: bool = False
    waits_for_guardian: bool = False


def obstacles(emptied: Account, kept: Account, *, reviewed_each_other: bool = False) -> list[Obstacle]:
    """What must be settled before all of `emptied` becomes part of `kept`; an empty list opens the way."""
    if emptied.id == kept.id:
        return [Obstacle.SAME]
    found = {
        Obstacle.ROLE: emptied.holds_role,
        Obstacle.EXAM: bool(emptied.exams_running or kept.exams_running),
        Obstacle.WORK: bool(emptied.work_open),
        Obstacle.PROJECT: bool(emptied.projects),
        Obstacle.LEAVING: emptied.leaving or kept.leaving,
        Obstacle.GUARDIAN: emptied.waits_for_guardian or kept.waits_for_guardian,
        Obstacle.REVIEWED: reviewed_each_other,
    }
    return [obstacle for obstacle, stands in found.items() if stands]
