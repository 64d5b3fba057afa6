"""A centre with one class, so that a new installation has a room to try everything in."""

from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import select

from academy.accounts.models import RoleGrant
from academy.accounts.operations import sign_up
from academy.db import db
from academy.permissions import Role
from courses.catalogue.models import Course
from courses.cohorts.models import Centre, Cohort, Meeting
from courses.cohorts.operations import add_meeting, employ, make_code, open_centre, open_cohort
from courses.cohorts.rules import OPENS_BEFORE, StaffRole

CENTRE = "haengbok"
CENTRE_TITLE = {"ko": "행복 주민센터", "en": "Haengbok Community Center"}
ZONE = "Asia/Seoul"
COURSE = "what-is-labelling"
CLASS_TITLE = "데이터 라벨링 첫걸음 · First steps"
SEATS = 18
MINUTES = 180
MEETINGS = 8
BEFORE_TODAY = 3


def load(now: datetime) -> None:
    """The centre, its class and its eight meetings, one of them about to begin; loading again changes nothing."""
    course = db.session.scalars(select(Course).where(Course.slug == COURSE)).one_or_none()
    if course is None or _class() is not None:
        return
    instructor_id = _somebody(Role.INSTRUCTOR, "행복센터 강사", now)
    manager_id = _somebody(Role.PROGRAMME_MANAGER, "행복센터 담당자", now)
    centre = open_centre(CENTRE, CENTRE_TITLE, ZONE, now)
    employ(centre, instructor_id, StaffRole.INSTRUCTOR, now)
    employ(centre, manager_id, StaffRole.PROGRAMME_MANAGER, now)
    cohort = open_cohort(centre, course, instructor_id, CLASS_TITLE, SEATS, now)
    for number in range(MEETINGS):
        add_meeting(cohort, _next_half_hour(now) + timedelta(weeks=number - BEFORE_TODAY), MINUTES, ZONE)


def _class() -> Cohort | None:
    query = select(Cohort).join(Centre, Centre.id == Cohort.centre_id).where(Centre.slug == CENTRE)
    return db.session.scalars(query.order_by(Cohort.id).limit(1)).one_or_none()


def _next_half_hour(now: datetime) -> datetime:
    """When a meeting begins to which people can already check in, and be in time."""
    begun = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return begun + timedelta(minutes=30)


def _somebody(role: Role, name: str, now: datetime) -> int:
    """Who already holds the role; else a new account, to which an administrator opens the door."""
    query = select(RoleGrant.user_id).where(RoleGrant.role == role, RoleGrant.revoked_at.is_(None))
    known = db.session.scalar(query.order_by(RoleGrant.id).limit(1))
    if known is not None:
        return known
    return sign_up(name, token_urlsafe(32), None, "ko", now).id


def open_the_door(now: datetime) -> str | None:
    """For a demo that is started: a meeting to check in to now, and a fresh join code to print."""
    cohort = _class()
    if cohort is None:
        return None
    on = select(Meeting.id).where(
        Meeting.cohort_id == cohort.id, Meeting.starts_at <= now + OPENS_BEFORE, Meeting.ends_at > now
    )
    if db.session.scalar(on) is None:
        add_meeting(cohort, _next_half_hour(now), MINUTES, ZONE)
    return make_code(cohort, SEATS, now + timedelta(days=30), None, now)
