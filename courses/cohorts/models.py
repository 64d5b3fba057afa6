"""Centres, their classes, who sits in them, and who was there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.models import User
from academy.accounts.scopes import CENTRE, scope_of
from academy.appending import Forgetting
from academy.db import Base, BigKey, Localized, append_only, enum_column, pk, user_fk
from courses.catalogue.models import Course
from courses.cohorts.rules import EventKind, Mark

ENTRY_ONLY = text("kind = 'entry'")


class Centre(Base):
    """A community centre. Its classes keep the time of its wall clock; who works there holds a role in it."""

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Localized]
    zone: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def scope(self) -> str:
        """The place in which its staff hold their roles."""
        return scope_of(CENTRE, self.id)


class Cohort(Base):
    """One class on its way through one course."""

    id: Mapped[pk]
    centre_id: Mapped[int] = mapped_column(BigKey, ForeignKey("centre.id"), index=True)
    course_id: Mapped[int] = mapped_column(BigKey, ForeignKey("course.id"), index=True)
    instructor_id: Mapped[int] = mapped_column(BigKey, ForeignKey("user.id"), index=True)
    title: Mapped[str]
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    centre: Mapped[Centre] = relationship()
    course: Mapped[Course] = relationship()
    instructor: Mapped[User] = relationship()
    meetings: Mapped[list["Meeting"]] = relationship(order_by="Meeting.starts_at", back_populates="cohort")

    __table_args__ = (
        CheckConstraint("seats > 0", name="has_seats"),
        CheckConstraint("seats_taken >= 0 AND seats_taken <= seats", name="not_overfull"),
    )


class Meeting(Base):
    """One time the class comes together: a moment, and the zone in which its wall clock is read."""

    id: Mapped[pk]
    cohort_id: Mapped[int] = mapped_column(BigKey, ForeignKey("cohort.id"))
    topic: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    zone: Mapped[str]
    digit_secret: Mapped[str] = mapped_column(deferred=True)
    """Never leaves the server; only the digits of the present moment do."""

    cohort: Mapped[Cohort] = relationship(back_populates="meetings")

    __table_args__ = (
        UniqueConstraint("cohort_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="takes_time"),
    )


class JoinCode(Base):
    """A code that gives seats. Only its keyed hash is kept: it is shown once, when it is made."""

    id: Mapped[pk]
    cohort_id: Mapped[int] = mapped_column(BigKey, ForeignKey("cohort.id"), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    """Its last two signs, so that staff can tell their codes apart."""
    made_by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    seats: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)

    cohort: Mapped[Cohort] = relationship()

    __table_args__ = (CheckConstraint("seats > 0 AND used >= 0 AND used <= seats", name="within_seats"),)


class Seat(Base):
    """A person's place in a cohort."""

    id: Mapped[pk]
    cohort_id: Mapped[int] = mapped_column(BigKey, ForeignKey("cohort.id"))
    learner_id: Mapped[user_fk]
    code_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("join_code.id"))
    taken_at: Mapped[datetime]

    cohort: Mapped[Cohort] = relationship()
    learner: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("cohort_id", "learner_id"),)


@append_only
class AttendanceEvent(Base):
    """Something that happened at a meeting: somebody came in, or staff put it right with a reason."""

    __forgetting__ = Forgetting("OLD.at", texts=("reason",))

    id: Mapped[pk]
    meeting_id: Mapped[int] = mapped_column(BigKey, ForeignKey("meeting.id"))
    seat_id: Mapped[int] = mapped_column(BigKey, ForeignKey("seat.id"), index=True)
    kind: Mapped[EventKind] = enum_column(EventKind)
    mark: Mapped[Mark | None] = enum_column(Mark)
    by_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_attendance_event_meeting_seat", "meeting_id", "seat_id", "id"),
        Index(
            "uq_attendance_event_entry", "meeting_id", "seat_id", unique=True,
            sqlite_where=ENTRY_ONLY, postgresql_where=ENTRY_ONLY,
        ),
        CheckConstraint("(kind = 'correction') = (mark IS NOT NULL)", name="correction_says_what"),
        CheckConstraint("kind <> 'correction' OR (by_id IS NOT NULL AND reason <> '')", name="correction_says_why"),
    )  # fmt: skip
