"""Projects, their units, who holds one, what was handed in and what a reviewer said."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.models import User
from academy.annotation.models import Task, TaskSet
from academy.appending import Forgetting
from academy.db import Base, JsonDict, Localized, append_only, enum_column, pk, user_fk
from academy.projects.rules import LeaseEnding, ProjectState, Reason, UnitState, Verdict

OPEN_LEASE = text("ended_at IS NULL")
OPEN_REVIEW = text("decided_at IS NULL")
RETURNED_UNIT = text("state = 'returned'")
ACCEPTING = text("verdict = 'accepted'")


class Project(Base):
    """Paid work for a client: pictures of one task set at one price."""

    __table_args__ = (
        CheckConstraint("price > 0", name="pays"),
        CheckConstraint("lease_minutes > 0", name="lease_lasts"),
        CheckConstraint("seconds_per_unit > 0", name="has_a_pace"),
        CheckConstraint("(state = 'draft') = (started_at IS NULL)", name="started_when_open"),
    )

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[user_fk]
    task_set_id: Mapped[int] = mapped_column(ForeignKey("task_set.id"), index=True)
    title: Mapped[Localized]
    summary: Mapped[Localized]
    price: Mapped[int]
    lease_minutes: Mapped[int] = mapped_column(default=60)
    seconds_per_unit: Mapped[int]
    state: Mapped[ProjectState] = enum_column(ProjectState, default=ProjectState.DRAFT, index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]

    client: Mapped[User] = relationship()
    task_set: Mapped[TaskSet] = relationship()
    requirements: Mapped[list["ProjectRequirement"]] = relationship(order_by="ProjectRequirement.id")
    tally: Mapped["ProjectTally"] = relationship()


class ProjectRequirement(Base):
    """A badge that opens the project, and the page where it is earned."""

    __table_args__ = (
        UniqueConstraint("project_id", "badge"),
        CheckConstraint("level > 0", name="asks_for_something"),
        CheckConstraint("substr(earn_path, 1, 1) = '/' AND substr(earn_path, 2, 1) <> '/'", name="earned_here"),
    )

    id: Mapped[pk]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    badge: Mapped[str]
    level: Mapped[int] = mapped_column(default=1)
    title: Mapped[Localized]
    earn_path: Mapped[str]


class ProjectTally(Base):
    """Where a project stands, counted along: a page never counts all units."""

    __table_args__ = (
        CheckConstraint("in_review >= 0 AND returned >= 0 AND accepted >= 0", name="counts_up"),
        CheckConstraint("in_review + returned + accepted <= units", name="within_units"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    units: Mapped[int] = mapped_column(default=0)
    in_review: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)

    @property
    def left(self) -> int:
        """Not handed in yet: waiting, or on somebody's screen."""
        return self.units - self.in_review - self.returned - self.accepted


class Unit(Base):
    """One picture to label and be paid for once."""

    __table_args__ = (
        UniqueConstraint("project_id", "task_id"),
        CheckConstraint(
            "(labeler_id IS NULL) = (state IN ('waiting', 'leased'))", name="labeler_of_what_was_handed_in"
        ),
        Index("ix_unit_claim", "project_id", "state", "position"),
        Index("ix_unit_labeler", "labeler_id", "state", "id"),
        Index("ix_unit_labeler_time", "labeler_id", "since", "id"),
        Index("ix_unit_unfixed", "since", sqlite_where=RETURNED_UNIT, postgresql_where=RETURNED_UNIT),
    )

    id: Mapped[pk]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    position: Mapped[int]
    state: Mapped[UnitState] = enum_column(UnitState, default=UnitState.WAITING)
    since: Mapped[datetime]
    labeler_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    project: Mapped[Project] = relationship()
    task: Mapped[Task] = relationship()


class Lease(Base):
    """A labeler's hold on one unit. Nobody holds two of a project, no unit is held twice."""

    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_somehow"),
        CheckConstraint("expires_at > taken_at", name="lasts"),
        Index("ix_lease_unit_held", "unit_id", unique=True, sqlite_where=OPEN_LEASE, postgresql_where=OPEN_LEASE),
        Index(
            "ix_lease_labeler_holds", "project_id", "labeler_id", unique=True,
            sqlite_where=OPEN_LEASE, postgresql_where=OPEN_LEASE,
        ),
        Index("ix_lease_expiring", "expires_at", sqlite_where=OPEN_LEASE, postgresql_where=OPEN_LEASE),
        Index("ix_lease_of_unit", "unit_id", "labeler_id"),
        Index("ix_lease_of_labeler", "labeler_id", "id"),
    )  # fmt: skip

    id: Mapped[pk]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    labeler_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ending: Mapped[LeaseEnding | None] = enum_column(LeaseEnding)

    unit: Mapped[Unit] = relationship()


@append_only
class Submission(Base):
    """What a labeler handed in. Fixing is a new submission; the old one stays as it was."""

    __forgetting__ = Forgetting("OLD.submitted_at")

    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        UniqueConstraint("labeler_id", "key"),
        CheckConstraint("number > 0", name="numbered_from_one"),
    )

    id: Mapped[pk]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    labeler_id: Mapped[user_fk]
    number: Mapped[int]
    key: Mapped[str]
    document: Mapped[JsonDict]
    submitted_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()


class Review(Base):
    """A submission that waits to be looked at; the first decision closes it."""

    __table_args__ = (
        Index(
            "ix_review_queue", "requested_at", "id",
            sqlite_where=OPEN_REVIEW, postgresql_where=OPEN_REVIEW,
        ),
    )  # fmt: skip

    id: Mapped[pk]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    labeler_id: Mapped[user_fk]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Who sent the work back before, and so sees it first when it is fixed."""
    reserved_until: Mapped[datetime | None]
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    submission: Mapped[Submission] = relationship()
    project: Mapped[Project] = relationship()


@append_only
class ReviewDecision(Base):
    """What a reviewer said. Only time itself (nobody looked) accepts without a reviewer."""

    __forgetting__ = Forgetting("OLD.decided_at", texts=("note",))

    __table_args__ = (
        CheckConstraint("(verdict = 'returned') = (reason IS NOT NULL)", name="returned_with_reason"),
        CheckConstraint("reviewer_id IS NOT NULL OR verdict = 'accepted'", name="returned_by_somebody"),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> labeler_id", name="never_own_work"),
        Index(
            "ix_review_decision_paid", "unit_id", unique=True,
            sqlite_where=ACCEPTING, postgresql_where=ACCEPTING,
        ),
        Index("ix_review_decision_seen", "unit_id", "reviewer_id"),
    )  # fmt: skip

    id: Mapped[pk]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), unique=True)
    labeler_id: Mapped[user_fk]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    verdict: Mapped[Verdict] = enum_column(Verdict)
    reason: Mapped[Reason | None] = enum_column(Reason)
    note: Mapped[str] = mapped_column(default="")
    rule_number: Mapped[str | None]
    pins: Mapped[list[Any]]
    decided_at: Mapped[datetime]
