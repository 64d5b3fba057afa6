"""Centres, classes and seats."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0012_cohorts"
down_revision = "0011_practice"
branch_labels = None
depends_on = None

APPEND_ONLY = ("attendance_event", "check_in_guess", "code_guess")


def upgrade() -> None:
    op.create_table(
        "centre",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("slug", name=op.f("uq_centre_slug")),
    )
    op.create_table(
        "code_guess",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("network_hash", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_guess")),
    )
    op.create_index("ix_code_guess_network", "code_guess", ["network_hash", "at"], unique=False)
    op.create_table(
        "centre_staff",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("centre_id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "programme_manager",
                "instructor",
                name="staff_role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_centre_staff_centre_id_centre")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_centre_staff_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_staff")),
    )
    op.create_index(op.f("ix_centre_staff_centre_id"), "centre_staff", ["centre_id"], unique=False)
    op.create_index(op.f("ix_centre_staff_user_id"), "centre_staff", ["user_id"], unique=False)
    op.create_index(
        "uq_centre_staff_working",
        "centre_staff",
        ["centre_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "cohort",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("centre_id", BigKey, nullable=False),
        sa.Column("course_id", BigKey, nullable=False),
        sa.Column("instructor_id", BigKey, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seats", BigKey, nullable=False),
        sa.Column("seats_taken", BigKey, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_cohort_has_seats")),
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= seats", name=op.f("ck_cohort_not_overfull")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_cohort_centre_id_centre")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_cohort_course_id_course")),
        sa.ForeignKeyConstraint(["instructor_id"], ["user.id"], name=op.f("fk_cohort_instructor_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_index(op.f("ix_cohort_centre_id"), "cohort", ["centre_id"], unique=False)
    op.create_index(op.f("ix_cohort_course_id"), "cohort", ["course_id"], unique=False)
    op.create_index(op.f("ix_cohort_instructor_id"), "cohort", ["instructor_id"], unique=False)
    op.create_table(
        "join_code",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("cohort_id", BigKey, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("made_by_id", BigKey, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("seats", BigKey, nullable=False),
        sa.Column("used", BigKey, nullable=False),
        sa.CheckConstraint("seats > 0 AND used >= 0 AND used <= seats", name=op.f("ck_join_code_within_seats")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_join_code_cohort_id_cohort")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_join_code_made_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_code")),
        sa.UniqueConstraint("hash", name=op.f("uq_join_code_hash")),
    )
    op.create_index(op.f("ix_join_code_cohort_id"), "join_code", ["cohort_id"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("cohort_id", BigKey, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("digit_secret", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meeting_takes_time")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_meeting_cohort_id_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("cohort_id", "starts_at", name=op.f("uq_meeting_cohort_id_starts_at")),
    )
    op.create_index(op.f("ix_meeting_starts_at"), "meeting", ["starts_at"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("cohort_id", BigKey, nullable=False),
        sa.Column("learner_id", BigKey, nullable=False),
        sa.Column("code_id", BigKey, nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["join_code.id"], name=op.f("fk_seat_code_id_join_code")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_seat_cohort_id_cohort")),
        sa.ForeignKeyConstraint(["learner_id"], ["user.id"], name=op.f("fk_seat_learner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("cohort_id", "learner_id", name=op.f("uq_seat_cohort_id_learner_id")),
    )
    op.create_index(op.f("ix_seat_learner_id"), "seat", ["learner_id"], unique=False)
    op.create_table(
        "attendance_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("meeting_id", BigKey, nullable=False),
        sa.Column("seat_id", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("entry", "correction", name="event_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "mark",
            sa.Enum(
                "present",
                "late",
                "absent",
                "excused",
                name="mark",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'correction') = (mark IS NOT NULL)", name=op.f("ck_attendance_event_correction_says_what")
        ),
        sa.CheckConstraint(
            "kind <> 'correction' OR (by_id IS NOT NULL AND reason <> '')",
            name=op.f("ck_attendance_event_correction_says_why"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_attendance_event_by_id_user")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_event_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_attendance_event_seat_id_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_event")),
    )
    op.create_index(
        "ix_attendance_event_meeting_seat", "attendance_event", ["meeting_id", "seat_id", "id"], unique=False
    )
    op.create_index(op.f("ix_attendance_event_seat_id"), "attendance_event", ["seat_id"], unique=False)
    op.create_index(
        "uq_attendance_event_entry",
        "attendance_event",
        ["meeting_id", "seat_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'entry'"),
        postgresql_where=sa.text("kind = 'entry'"),
    )
    op.create_table(
        "check_in_guess",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("seat_id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_check_in_guess_seat_id_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_guess")),
    )
    op.create_index("ix_check_in_guess_seat", "check_in_guess", ["seat_id", "at"], unique=False)
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_index("ix_check_in_guess_seat", table_name="check_in_guess")
    op.drop_table("check_in_guess")
    op.drop_index(
        "uq_attendance_event_entry",
        table_name="attendance_event",
        sqlite_where=sa.text("kind = 'entry'"),
        postgresql_where=sa.text("kind = 'entry'"),
    )
    op.drop_index(op.f("ix_attendance_event_seat_id"), table_name="attendance_event")
    op.drop_index("ix_attendance_event_meeting_seat", table_name="attendance_event")
    op.drop_table("attendance_event")
    op.drop_index(op.f("ix_seat_learner_id"), table_name="seat")
    op.drop_table("seat")
    op.drop_index(op.f("ix_meeting_starts_at"), table_name="meeting")
    op.drop_table("meeting")
    op.drop_index(op.f("ix_join_code_cohort_id"), table_name="join_code")
    op.drop_table("join_code")
    op.drop_index(op.f("ix_cohort_instructor_id"), table_name="cohort")
    op.drop_index(op.f("ix_cohort_course_id"), table_name="cohort")
    op.drop_index(op.f("ix_cohort_centre_id"), table_name="cohort")
    op.drop_table("cohort")
    op.drop_index(
        "uq_centre_staff_working",
        table_name="centre_staff",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_centre_staff_user_id"), table_name="centre_staff")
    op.drop_index(op.f("ix_centre_staff_centre_id"), table_name="centre_staff")
    op.drop_table("centre_staff")
    op.drop_index("ix_code_guess_network", table_name="code_guess")
    op.drop_table("code_guess")
    op.drop_table("centre")
